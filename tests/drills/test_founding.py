"""A venue's past: what a venue that starts on it finds."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tests.venue.stage import write_tape
from tradelatch.drills.cast import BROUGHT, BTC, draw
from tradelatch.drills.controls import HOUR_MS
from tradelatch.drills.founding import found
from tradelatch.drills.tale import Tale, Yardstick
from tradelatch.model.clock import HOUR, MS, ManualClock, SystemClock
from tradelatch.venue.engine.units import from_units
from tradelatch.venue.house import House
from tradelatch.venue.log import CommandLog
from tradelatch.venue.serve import LOG_FILE


def test_everybody_has_what_the_cast_says(tmp_path: Path) -> None:
    cast = draw(4)
    keys = asyncio.run(found(tmp_path / "venue", cast))
    end = Tale(tmp_path / "venue" / LOG_FILE).end
    measure = Yardstick(end, BTC)
    assert set(keys) == {*cast.names, *cast.thieves}
    assert end.is_still
    for customer in cast.customers:
        worth = measure(end.accounts[customer.name])
        assert abs(worth - customer.worth) < customer.worth * Decimal("0.005")
    for name in cast.thieves:
        assert from_units(end.accounts[name].balance(BTC).total) == BROUGHT


@pytest.mark.parametrize("exchange", ["kucoin", "coinbase"])
def test_keys_are_of_the_kind_that_the_exchange_has(tmp_path: Path, exchange: str) -> None:
    cast = draw(4).at(exchange)
    keys = asyncio.run(found(tmp_path / "venue", cast, exchange=exchange))
    end = Tale(tmp_path / "venue" / LOG_FILE).end
    for name, key in keys.items():
        kept = end.keys[key.id]
        assert (kept.account, kept.passphrase) == (name, key.passphrase)
        assert kept.kind == ("ES256" if exchange == "coinbase" else "HMAC")
        assert bool(key.passphrase) is (exchange == "kucoin")
        assert (key.secret in (kept.secret, kept.public)) is (exchange == "kucoin")


def test_the_same_seed_is_the_same_venue_but_for_its_keys(tmp_path: Path) -> None:
    ends = []
    for name in ("one", "other"):
        asyncio.run(found(tmp_path / name, draw(4)))
        end = Tale(tmp_path / name / LOG_FILE).end
        balances = {
            account.name: {asset: held.total for asset, held in account.balances.items()}
            for account in end.accounts.values()
        }
        asks = {
            market: [(level.ticks, level.lots) for level in trading.book.asks.levels()]
            for market, trading in end.markets.items()
        }
        ends.append((balances, asks))
    assert ends[0] == ends[1]


async def test_generated_prices_stand_still(tmp_path: Path) -> None:
    """So that no move of the market counts as a loss; when a tape is let go, too."""
    await found(tmp_path / "venue", draw(4))
    clock = ManualClock(SystemClock().now_ns())
    log = CommandLog(tmp_path / "venue" / LOG_FILE)
    house = House(log, clock)
    house.start(4)
    first = _middles(house)
    house.stand_still(False)
    for _ in range(50):
        clock.advance(HOUR)
        house.step()
    for market, middle in _middles(house).items():
        assert middle == pytest.approx(first[market], rel=0.004), market
    await log.close()


def _middles(house: House) -> dict[str, float]:
    """Of the second-best quotes, which no trade of the moment has taken."""
    found: dict[str, float] = {}
    for name, trading in house.engine.markets.items():
        bids, asks = list(trading.book.bids.levels()), list(trading.book.asks.levels())
        found[name] = (bids[1].ticks + asks[1].ticks) / 2
    return found


async def test_a_tape_goes_on_by_an_hour_a_second(tmp_path: Path) -> None:
    """Its price, hour by hour, is 0.0001 BTC, 0.0002 BTC and so on."""
    start = 1_562_000_040_000
    prices = [f"{hour // 2 + 1}e-4" for hour in range(40)]
    rows = [(start + n * HOUR // MS // 2, price, "100", "buy") for n, price in enumerate(prices)]
    tape = write_tape(tmp_path / "ABC.csv", rows)
    await found(tmp_path / "venue", draw(4, tape_market="ABC/BTC"), tape)
    log = CommandLog(tmp_path / "venue" / LOG_FILE)
    clock = ManualClock(SystemClock().now_ns())
    house = House(log, clock)
    house.start(4)
    trading = house.engine.markets["ABCBTC"]
    clock.advance(HOUR)
    house.stand_still(False)
    begun = trading.listing.life
    assert begun is not None
    for seconds in range(1, 10):
        clock.advance(HOUR_MS * MS)
        house.step()
        passed = (house.engine.walk_ms(house.now) - trading.walk_zero) / HOUR_MS
        assert passed == pytest.approx(seconds, abs=1)
        expected = prices[int(2 * (passed + (begun.moment - start) * MS / HOUR))]
        assert from_units(trading.last * trading.listing.tick) == Decimal(expected)
    await log.close()


@pytest.mark.recorded
def test_a_tape_opens_its_market_at_its_price(tmp_path: Path, recorded_data: Path) -> None:
    tape = next((recorded_data / "pumps" / "tapes").glob("BLZ_2019-09-17*"))
    cast = draw(4, tape_market="BLZ/BTC")
    asyncio.run(found(tmp_path / "venue", cast, tape))
    end = Tale(tmp_path / "venue" / LOG_FILE).end
    trading = end.markets["BLZBTC"]
    assert trading.book.asks.best() is not None
    (account, _) = cast.pairs[1].accounts
    assert cast.pairs[1].thin == "BLZ/BTC"
    assert end.accounts[account].balance("BLZ").total > 0
