"""A market that follows a tape: its price, its book, and what a client's orders meet there."""

import random
from bisect import bisect_right
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tests.venue.stage import CLIENT, NOW, STEP_MS, Row, Stage, write_tape
from tradelatch.model.clock import MS, ManualClock
from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.bars import MINUTE_MS
from tradelatch.venue.engine.commands import (
    Deposit,
    Genesis,
    ListMarket,
    OpenAccount,
    Place,
)
from tradelatch.venue.engine.listing import Life
from tradelatch.venue.engine.state import violations
from tradelatch.venue.house import HOUSE_MONEY, House
from tradelatch.venue.life.liquidity import DENSITY
from tradelatch.venue.life.makers import TAKER
from tradelatch.venue.life.player import MOST, SHAPE
from tradelatch.venue.life.quotes import MAKER
from tradelatch.venue.life.tape import Tape
from tradelatch.venue.log import CommandLog

BUY, SELL = Side.BUY, Side.SELL
OTHER = {BUY: SELL, SELL: BUY}
START = 1_562_000_040_000
"""When the tapes here begin, on them."""
LIVE = START + 10 * MINUTE_MS
"""When their markets go live: before it they trade ten lots at 1.00 and 1.04 in turn."""


def before() -> list[Row]:
    return [
        (START + n * 1_000, *(("1.04", "10", "buy") if n % 2 else ("1.00", "10", "sell")))
        for n in range(600)
    ]


def later(seconds: float, price: str, amount: str, side: str) -> Row:
    return LIVE + int(seconds * 1_000), price, amount, side


class Theatre:
    """Opens stages in one folder and closes them in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stages: list[Stage] = []

    def open(self, *rows: Row, log: str = "a.jsonl") -> Stage:
        tape = write_tape(self.folder / "ABC.csv", [*before(), *rows])
        return self.show(tape, LIVE, log)

    def show(
        self, tape: Path | None, moment: int | None, log: str = "a.jsonl", now: int = NOW
    ) -> Stage:
        self.stages.append(Stage(self.folder / log, tape, moment, now))
        return self.stages[-1]

    async def reopen(self, stage: Stage, log: str) -> Stage:
        """The same venue after a restart."""
        await stage.close()
        self.stages.remove(stage)
        return self.show(None, None, log, stage.house.now)


@pytest_asyncio.fixture
async def theatre(tmp_path: Path) -> AsyncIterator[Theatre]:
    made = Theatre(tmp_path)
    yield made
    for stage in made.stages:
        assert violations(stage.house.engine) == []
        await stage.close()


async def test_the_book_is_as_wide_and_as_deep_as_the_tape_says(theatre: Theatre) -> None:
    stage = theatre.open(later(1, "1.04", "10", "buy"))
    bids, asks = stage.levels(BUY), stage.levels(SELL)
    assert (asks[0].ticks, bids[0].ticks) == (stage.ticks("1.04"), stage.ticks("1.00"))
    assert [level.ticks - asks[0].ticks for level in asks] == [0, 2, 5, 10, 18, 30, 48, 78]
    assert [bids[0].ticks - level.ticks for level in bids] == [0, 2, 5, 10, 18, 30, 48, 78]
    order = 10 * 1.02
    for levels in (bids, asks):
        worth = sum(stage.listing.value(level.ticks, level.lots) for level in levels) / 10**8
        assert worth == pytest.approx(DENSITY * SHAPE[-1] * order, rel=0.01)


async def test_what_the_tape_trades_is_traded_at_its_price(theatre: Theatre) -> None:
    rows = [
        later(1, "1.06", "3", "buy"),
        later(1, "1.07", "400", "buy"),
        later(2, "0.90", "0.5", "sell"),
        later(2.1, "0.91", "7", "buy"),
    ]
    stage = theatre.open(*rows)
    stage.run(3_000)
    trades = [(trade.ticks, trade.lots, trade.taker_bought) for trade in stage.market.trades]
    lot = 10**8 // stage.listing.lot
    assert sum(lots for ticks, lots, bought in trades if ticks == 107 and bought) == 403 * lot
    assert trades[-2:] == [(90, lot // 2, False), (91, 7 * lot, True)]
    assert {ticks for ticks, _, _ in trades} == {107, 90, 91}


@pytest.mark.parametrize("side", Side)
async def test_a_market_order_pays_what_walking_the_book_predicts(
    theatre: Theatre, side: Side
) -> None:
    stage = theatre.open()
    levels = [(level.ticks, level.lots) for level in stage.levels(OTHER[side])]
    wanted = left = sum(lots for _, lots in levels[:4]) + 7
    cost = 0
    for ticks, lots in levels:
        cost += stage.listing.value(ticks, min(lots, left))
        left -= min(lots, left)
    order = stage.order(side, wanted)
    assert (order.filled, order.spent) == (wanted, cost)
    assert stage.market.last == levels[4][0]


async def test_an_order_inside_the_spread_is_filled_before_the_makers(theatre: Theatre) -> None:
    stage = theatre.open(later(1, "1.00", "4", "sell"), later(2, "1.00", "3", "sell"))
    lot = 10**8 // stage.listing.lot
    mine = stage.order(BUY, 5 * lot, stage.ticks("1.02"))
    assert mine.filled == 0
    stage.run(1_000)
    assert (mine.filled, mine.spent) == (4 * lot, stage.listing.value(102, 4 * lot))
    stage.run(1_000)
    assert mine.filled == 5 * lot
    last = list(stage.market.trades)[-2:]
    assert [(trade.ticks, trade.lots) for trade in last] == [(102, lot), (100, 2 * lot)]


async def test_an_order_at_the_best_price_waits_for_what_came_before_it(theatre: Theatre) -> None:
    stage = theatre.open(later(1, "1.00", "8", "sell"), later(2, "1.00", "12", "sell"))
    lot = 10**8 // stage.listing.lot
    front = stage.levels(BUY)[0].lots
    assert 8 * lot < front < 20 * lot
    mine = stage.order(BUY, 2 * lot, stage.ticks("1.00"))
    behind = stage.order(BUY, 2 * lot, stage.ticks("1.00"))
    stage.run(1_000)
    assert (mine.filled, behind.filled) == (0, 0)
    stage.run(1_000)
    # What the maker renews goes to the end of the queue.
    assert (mine.filled, behind.filled) == (2 * lot, 2 * lot)
    assert [t.buyer for t in stage.market.trades][:1] == [MAKER]


async def test_an_order_behind_the_best_waits_until_the_tape_is_there(theatre: Theatre) -> None:
    rows = [
        later(1, "1.00", "30", "sell"),
        later(2, "0.98", "5", "sell"),
        later(3, "0.97", "9", "sell"),
        later(4, "0.96", "1", "sell"),
        later(5, "0.92", "0.1", "sell"),
    ]
    stage = theatre.open(*rows)
    lot = 10**8 // stage.listing.lot
    first = stage.order(BUY, 6 * lot, stage.ticks("0.97"))
    second = stage.order(BUY, 6 * lot, stage.ticks("0.97"))
    stage.run(2_000)
    assert (first.filled, second.filled) == (0, 0)
    stage.run(1_000)
    assert (first.filled, second.filled) == (6 * lot, 3 * lot)
    stage.run(1_000)
    assert second.filled == 4 * lot
    stage.run(1_000)
    # The recorded book's asks went below it.
    assert second.filled == second.lots
    assert second.spent == stage.listing.value(97, second.lots)


@pytest.mark.parametrize("side", Side)
async def test_after_a_sweep_the_book_is_back_around_the_tapes_price(
    theatre: Theatre, side: Side
) -> None:
    stage = theatre.open()
    whole = stage.book
    swept = stage.order(side, 10**6)
    assert 0 < swept.filled < swept.lots
    assert stage.levels(OTHER[side]) == []
    stage.run(STEP_MS)
    assert sorted(stage.book) == sorted(whole)


async def test_a_client_who_moves_the_price_does_not_move_the_tape(theatre: Theatre) -> None:
    stage = theatre.open(later(2, "1.00", "1", "sell"))
    stage.order(BUY, 10**5)
    assert stage.market.last > stage.ticks("1.20")
    stage.run(2_000)
    assert stage.market.last == stage.ticks("1.00")


async def test_what_is_overslept_is_traded_but_not_without_end(theatre: Theatre) -> None:
    rows = [later(10 + n, "1.04", f"{n + 1}", "buy") for n in range(MOST + 50)]
    stage = theatre.open(*rows)
    stage.clock.advance(24 * 60 * MINUTE_MS * MS)
    stage.house.step()
    lot = 10**8 // stage.listing.lot
    traded = sum(bar.lots for bar in stage.market.bars.values())
    assert traded == sum(range(51, MOST + 51)) * lot


def walk(seed: int, count: int) -> list[Row]:
    """Trades of a random walk, about two a second."""
    random_ = random.Random(seed)
    price, at, rows = 10_000, LIVE, []
    for _ in range(count):
        at += random_.choice((0, 3, 200, 500, 1_500))
        price = max(100, price + random_.choice((-30, -2, 0, 0, 2, 30)))
        side = random_.choice(("buy", "sell"))
        paid = price + (2 if side == "buy" else -2)
        rows.append((at, f"{paid / 10_000:.4f}", f"{random_.randint(1, 400) / 10}", side))
    return rows


@pytest.mark.parametrize("asleep", [0, 20_000])
async def test_after_a_restart_the_book_is_that_of_a_venue_that_ran_through(
    theatre: Theatre, asleep: int
) -> None:
    rows = walk(3, 400)
    through, halved = theatre.open(*rows), theatre.open(*rows, log="b.jsonl")
    for stage in (through, halved):
        stage.order(BUY, 5_000, stage.ticks("0.95"))
        stage.run(60_000)
    assert through.book == halved.book
    # A quote that is worn, and not so far that it is renewed at once.
    for stage in (through, halved):
        stage.order(BUY, stage.levels(SELL)[1].lots * 5 // 4)
        stage.run(STEP_MS)
    halved.clock.advance(asleep * MS)
    again = await theatre.reopen(halved, "b.jsonl")
    if asleep:
        through.clock.advance(asleep * MS)
        through.house.step()
    assert again.book == through.book
    for stage in (through, again):
        stage.run(60_000)
    assert again.book == through.book
    assert [trade.ticks for trade in again.market.trades] == [
        trade.ticks for trade in through.market.trades
    ]
    assert any(account == CLIENT for *_, account in again.book)


async def test_a_venue_of_an_older_version_goes_on(theatre: Theatre, tmp_path: Path) -> None:
    tape = Tape(write_tape(tmp_path / "ABC.csv", [*before(), later(1, "1.04", "1", "buy")]))
    listing = tape.listing(LIVE)
    life = listing.life
    assert isinstance(life, Life)
    old = msgspec.structs.replace(listing, life=msgspec.structs.replace(life, ladder=((4_000, 1),)))
    house = House(CommandLog(tmp_path / "a.jsonl"), ManualClock(NOW * MS))
    house.submit(Genesis(NOW, 1))
    house.submit(ListMarket(NOW, old))
    for name in (MAKER, TAKER):
        house.submit(OpenAccount(NOW, name, house=True, maker_fee=0, taker_fee=0))
        for asset in ("ABC", "BTC"):
            house.submit(Deposit(NOW, name, asset, HOUSE_MONEY))
    house.submit(Place(NOW, MAKER, "ABCBTC", BUY, OrderType.LIMIT, lots=77, ticks=103))
    await house.log.close()
    stage = theatre.show(None, None)
    assert (stage.best(BUY), stage.best(SELL)) == (100, 104)
    assert 77 not in [lots for _, _, lots, _, _ in stage.book]
    stage.run(1_000)
    assert stage.market.last == 104


LIQUID_AND_NOT = [
    "ADX_2019-07-05_17.00",
    "BLZ_2019-09-17_16.00",
    "EDO_2019-02-16_18.00",
    "FUEL_2020-03-27_21.00",
    "GVT_2020-09-30_17.00",
    "NEBL_2020-12-15_18.00",
    "SNGLS_2021-01-11_21.00",
    "TNB_2020-03-21_16.00",
]
"""From 8 to 80 BTC a day, and from a spread of 0.1 % to one of 5 %."""


@pytest.mark.recorded
@pytest.mark.parametrize("name", LIQUID_AND_NOT)
@pytest.mark.parametrize(("ahead", "minutes"), [(10, 30), (4 * 24 * 60, 60)], ids=["pump", "quiet"])
async def test_the_last_price_is_within_one_spread_of_the_recorded_one(
    theatre: Theatre, recorded_data: Path, name: str, ahead: int, minutes: int
) -> None:
    tape = Tape(recorded_data / f"pumps/tapes/{name}.csv.gz")
    moment = tape.default_moment() + (60 - ahead) * MINUTE_MS
    stage = theatre.show(tape.path, moment)
    played = bisect_right(tape.times, moment)
    traded = 0
    for _ in range(minutes * MINUTE_MS // STEP_MS):
        stage.run(STEP_MS)
        reached = bisect_right(tape.times, moment + stage.house.now - NOW)
        if reached > played:
            off = abs(stage.market.last - tape.prices[reached - 1] // stage.listing.tick)
            assert off <= stage.spread
            # No client is in the way: it is the tape's price itself.
            assert off == 0
            traded += sum(tape.amounts[played:reached])
            played = reached
    assert traded > 0
    lots = sum(bar.lots for bar in stage.market.bars.values())
    assert lots * stage.listing.lot == traded


@pytest.mark.recorded
async def test_nineteen_recorded_days_pass_in_a_test(theatre: Theatre, recorded_data: Path) -> None:
    tape = Tape(recorded_data / "pumps/tapes/SNM_2021-01-08_21.00.csv.gz")
    moment = tape.times[0] - tape.times[0] % MINUTE_MS
    assert tape.times[-1] - moment > 18.9 * 24 * 60 * MINUTE_MS
    stage = theatre.show(tape.path, moment)
    played = 1  # the first trade makes the book
    while played < len(tape.times):
        stage.wait(tape.times[played] - moment + NOW)
        reached = bisect_right(tape.times, moment + stage.house.now - NOW)
        off = abs(stage.market.last - tape.prices[reached - 1] // stage.listing.tick)
        assert off <= stage.spread
        played = reached
    lots = sum(bar.lots for bar in stage.market.bars.values())
    assert lots * stage.listing.lot == sum(tape.amounts[1:])
    assert stage.market.last == tape.prices[-1] // stage.listing.tick
