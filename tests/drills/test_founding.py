"""A venue's past: what a venue that starts on it finds."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tradelatch.drills.cast import BROUGHT, BTC, draw
from tradelatch.drills.founding import found
from tradelatch.drills.tale import Tale, Yardstick
from tradelatch.venue.engine.units import from_units
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
