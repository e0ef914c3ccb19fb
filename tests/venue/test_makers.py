"""The house's agents: a realistic book that comes back to fair, at a bounded cost."""

import pytest

from tests.venue.town import STEP_MS, Town
from tradelatch.model.orders import Side, TimeInForce
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.state import violations
from tradelatch.venue.engine.units import SCALE
from tradelatch.venue.life.markets import ETH_BTC, QOR_BTC, STANDARD, VIN_BTC
from tradelatch.venue.life.quotes import MAKER

BUY, SELL = Side.BUY, Side.SELL


@pytest.mark.parametrize(
    ("listing", "half_spread", "within", "least", "most"),
    [
        (ETH_BTC, 0.0003, 0.0032, 22, 28),
        (VIN_BTC, 0.006, 0.051, 1, 3),
        (QOR_BTC, 0.006, 0.051, 1, 3),
    ],
)
def test_spread_and_depth(
    listing: Listing, half_spread: float, within: float, least: float, most: float
) -> None:
    town = Town(listing)
    town.run(1)
    bid, ask = town.top()
    assert 0 < (ask - bid) / (ask + bid) <= half_spread
    for side in Side:
        assert least < town.depth(side, within) < most


def test_the_deep_market_is_deep_further_out() -> None:
    town = Town(ETH_BTC)
    town.run(1)
    assert 40 < town.depth(BUY, 0.0101) < 100
    assert 150 < town.depth(BUY, 0.051) < 300


@pytest.mark.parametrize("listing", STANDARD, ids=lambda listing: listing.name)
def test_after_a_sweep_the_maker_is_back_around_fair(listing: Listing) -> None:
    town = Town(listing)
    town.run(1)
    before = town.top()
    absurd = before[1] * (115 if listing is ETH_BTC else 400) // 100
    offer = town.limit(SELL, listing.lots_for(absurd, 5 * SCALE), absurd, TimeInForce.GTC)
    sweep = town.limit(BUY, 10**9, absurd, TimeInForce.IOC)
    assert offer.remaining == 0
    assert sweep.filled > 0
    assert len(town.trading.book.asks) == 0
    assert town.trading.last == absurd
    town.maker.step(town.now, town.submit)
    assert len(town.trading.book.asks) == 0, "it does not come back at once"
    town.now += STEP_MS
    town.run(1)
    assert town.top() == before
    assert violations(town.engine) == []


def test_strangers_offers_are_the_only_support_right_after_a_sweep() -> None:
    town = Town(VIN_BTC)
    town.run(1)
    town.limit(SELL, 10_000, 10_000, TimeInForce.GTC)
    town.limit(BUY, 10**7, 9_999, TimeInForce.IOC)
    assert [level.ticks for level in town.trading.book.asks.levels()] == [10_000]


def test_the_maker_pays_nobody_more_than_fair() -> None:
    town = Town(VIN_BTC)
    town.run(1)
    town.limit(SELL, 100, 2_000, TimeInForce.GTC)  # below fair, as a gift
    town.limit(BUY, 10**6, 2_145, TimeInForce.GTC)
    town.run(5, noise=True)
    fair = town.walk.ticks(town.engine.walk_ms(town.now))
    for trade in town.trading.trades:
        if trade.buyer == MAKER:
            assert trade.ticks <= fair
        if trade.seller == MAKER:
            assert trade.ticks >= fair


@pytest.mark.parametrize("listing", STANDARD, ids=lambda listing: listing.name)
def test_a_day_is_about_as_busy_as_it_should_be_and_costs_few_commands(listing: Listing) -> None:
    assert listing.life is not None
    town = Town(listing, flat=False)
    hours = 3
    town.run(hours * 3_600, noise=True)
    turnover = sum(bar.quote for bar in town.trading.bars.values()) * 24 / hours
    assert 0.5 < turnover / listing.life.turnover < 1.6
    assert town.commands / (hours * 3_600) < 3
    fair = town.walk.ticks(town.engine.walk_ms(town.now))
    bid, ask = town.top()
    assert bid / fair < 1.001
    assert ask / fair > 0.999
    assert violations(town.engine) == []


def test_one_step_sends_a_bounded_number_of_commands() -> None:
    town = Town(ETH_BTC)
    town.maker.step(town.now, town.submit)
    assert town.commands <= 40
