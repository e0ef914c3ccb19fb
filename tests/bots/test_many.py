"""Many bots for many days on one account: no fill is missed, every ledger ties out, nothing
grows."""

import gc
import os
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tests.bots import crowd
from tests.bots.crowd import DAY, FEE, MINUTE_MS, START_MS
from tradelatch.bots.backtest.feed import CandleFeed
from tradelatch.bots.backtest.replay import Replay
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.bot import KEPT_BARS, Bot
from tradelatch.bots.desk import Batch
from tradelatch.bots.runner.recording import changes
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.store import rows
from tradelatch.store.store import Store, open_store

ACCOUNT = "one"
DAY_MS = DAY * MINUTE_MS
_TOGETHER = 200
"""Events of which the changes are written in one transaction, so that the disk does not set the
pace."""
_SETTLED, _GROWTH_MIB = 3, 16
"""After so many days all that is bounded has come to its bound; from then on the process may grow
by so much, for what the allocator does not give back."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Recorder:
    """A `Sink` into a store."""

    def __init__(self, store: Store) -> None:
        self._store, self._waiting = store, list[rows.Changes]()
        self.fills = 0

    def save(self, bot: Bot, batch: Batch) -> None:
        """One event's changes, in their order."""
        row = rows.BotState(bot.name, "running", next_deal=bot.desk.next_deal)
        self._waiting.append(changes(bot, batch, row, ACCOUNT, lambda asset: None))
        if len(self._waiting) == _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what waits; of several rows of one thing the last counts."""
        waiting, self._waiting = self._waiting, []
        fills = [fill for one in waiting for fill in one.fills]
        added = self._store.save(
            rows.Changes(
                bots=list({row.name: row for one in waiting for row in one.bots}.values()),
                deals=list({(r.bot, r.number): r for one in waiting for r in one.deals}.values()),
                orders=list({row.client_id: row for one in waiting for row in one.orders}.values()),
                fills=fills,
                notes=[note for one in waiting for note in one.notes],
            )
        )
        assert added == fills, "a fill was told twice"
        self.fills += len(fills)


class House:
    """The replay, and what is looked at from day to day."""

    def __init__(
        self, folder: Path, bots: int, days: int, pairs: int, seed: int, euros: int
    ) -> None:
        """There is enough of all but of `euros`, so that some orders are denied."""
        listed = crowd.markets(pairs, seed)
        candles = {symbol: crowd.candles(one, days, seed) for symbol, one in listed.items()}
        feeds = {symbol: CandleFeed(one) for symbol, one in candles.items()}
        prices = {symbol: feed.first for symbol, feed in feeds.items()}
        plans = crowd.plans(bots, listed, prices, seed)
        self.start = {market.base: Decimal(100_000) for market in listed.values()}
        self.start |= {"USDT": Decimal(10_000_000), "EUR": Decimal(euros)}
        self.store = open_store(f"sqlite:///{folder / 'store.db'}")
        self.recorder = Recorder(self.store)
        for plan in plans:
            row = rows.Bot(plan.name, "dca", ACCOUNT, plan.symbols, b"{}", START_MS)
            self.store.add_bot(row)
        terms = Terms(maker=FEE, taker=FEE)
        self.replay = Replay(plans, feeds, listed, self.start, terms, self.recorder, candles)
        self.memory_mib: list[int] = []
        """By day."""
        self._day = 0

    def run(self) -> None:
        """All days."""
        self.replay.run(self._look)
        self._end_day()
        self.ledgers()

    def _look(self, now_ms: int) -> None:
        day = (now_ms - START_MS) // DAY_MS
        if day <= self._day:
            return
        self._day = day
        self._end_day()

    def _end_day(self) -> None:
        self.check()
        gc.collect()
        self.memory_mib.append(_resident_mib())
        days, fills = len(self.memory_mib), self.recorder.fills
        print(f"day {days}: {self.memory_mib[-1]} MiB, {fills} fills", flush=True)

    def check(self) -> None:
        """What has to hold at any moment: the store knows every fill, what is open is the same in
        the exchange, at the desks and in the store, and the account has what its deals say."""
        self.recorder.flush()
        replay, store = self.replay, self.store
        assert self.recorder.fills == replay.exchange.trades
        resting = {id_ for pit in replay.exchange.pits.values() for id_ in pit}
        live = {id_: order for bot in replay.bots for id_, order in bot.desk.live.items()}
        on_its_way = {id_ for id_ in live if id_ not in resting}
        assert resting <= set(live)
        assert on_its_way == replay.on_its_way()
        for bot in replay.bots:
            orders = store.open_orders(bot.name)
            assert {order.client_id for order in orders} == set(bot.desk.live)
            deals = {deal.number for deal in store.open_deals(bot.name)}
            assert deals == set(bot.desk.deals)
            self._check_bounds(bot)
        self._check_holdings()

    def _check_bounds(self, bot: Bot) -> None:
        """A bot keeps nothing of what is over."""
        desk = bot.desk
        assert {order.deal for order in desk.live.values()} <= set(desk.deals)
        names = [name for _, name in desk.alerts] + list(desk.timers)
        of_deals = {int(name.split()[-1]) for name in names if name.split()[-1].isdecimal()}
        assert of_deals <= set(desk.deals), "an alert or a timer of a deal that is closed"
        assert len(names) <= 4 * len(desk.deals) + 3 * len(desk.markets)
        assert all(len(bars) <= 2 * KEPT_BARS for bars in desk.bars.values())

    def _check_holdings(self) -> None:
        should = defaultdict(Decimal, self.start)
        for deal in self.store.deals(account=ACCOUNT):
            base, quote = split_symbol(deal.symbol)
            should[base] += deal.bought - deal.sold - deal.base_fees
            should[quote] += deal.received - deal.spent - deal.quote_fees
        for asset, amount in should.items():
            assert self.replay.exchange.total(asset) == amount, asset
        assert set(self.replay.exchange.free) <= set(should)

    def ledgers(self) -> None:
        """Each deal is the sum of its fills, and each fill is there once."""
        sums: dict[tuple[str, int], dict[str, Decimal]] = {}
        orders: dict[str, rows.Order] = {}
        for bot in self.replay.bots:
            orders |= {order.client_id: order for order in self.store.orders(bot.name)}
        ids = []
        for fill in self.store.fills(account=ACCOUNT):
            order = orders[fill.client_id]
            found = sums.setdefault((order.bot, order.deal), defaultdict(Decimal))
            names = ("bought", "spent") if order.side == "BUY" else ("sold", "received")
            found[names[0]] += fill.quantity
            found[names[1]] += fill.value
            is_base = fill.fee_asset == split_symbol(fill.symbol)[0]
            found["base_fees" if is_base else "quote_fees"] += fill.fee
            ids.append(int(fill.trade_id))
        assert sorted(ids) == list(range(1, self.replay.exchange.trades + 1))
        for deal in self.store.deals(account=ACCOUNT):
            found = sums.pop((deal.bot, deal.number), {})
            for name in ("bought", "sold", "spent", "received", "base_fees", "quote_fees"):
                assert getattr(deal, name) == found.get(name, ZERO), (deal.bot, deal.number, name)
        assert not sums


def _resident_mib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE // 2**20


def test_two_days_of_twenty_bots_tie_out(tmp_path: Path) -> None:
    house = House(tmp_path, bots=20, days=2, pairs=4, seed=1, euros=400)
    house.run()
    assert house.recorder.fills > 300
    assert "denial" in {note.kind for note in house.store.notes()}


@pytest.mark.soak
def test_thirty_days_of_two_hundred_bots_tie_out_and_nothing_grows(tmp_path: Path) -> None:
    begun = time.monotonic()
    house = House(tmp_path, bots=200, days=30, pairs=20, seed=1, euros=9_000)
    house.run()
    memory = house.memory_mib
    print(f"{time.monotonic() - begun:.0f} s, {house.recorder.fills} fills, MiB by day: {memory}")
    assert max(memory[_SETTLED:]) - memory[_SETTLED - 1] <= _GROWTH_MIB
