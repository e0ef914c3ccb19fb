"""Generated prices and candles: seeded, seamless, and true to themselves."""

import math
import statistics
from itertools import pairwise

import pytest

from tests.venue.floor import NOW, Floor
from tradelatch.model.orders import Side
from tradelatch.venue.engine.bars import MINUTE_MS, Bar
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import SCALE
from tradelatch.venue.life.candles import INTERVALS, Candles
from tradelatch.venue.life.history import GeneratedHistory
from tradelatch.venue.life.markets import ETH_BTC, STANDARD, VIN_BTC
from tradelatch.venue.life.walk import Walk

OPENED = NOW - NOW % MINUTE_MS
DAY_MS = 1_440 * MINUTE_MS


def generated(listing: Listing, seed: int = 5) -> tuple[Walk, GeneratedHistory]:
    assert listing.life is not None
    walk = Walk(seed, listing.name, listing.life.sigma, listing.life.opening, NOW)
    return walk, GeneratedHistory(seed, listing, listing.life, walk, OPENED)


def market(listing: Listing) -> tuple[Trading, Candles]:
    trading = Trading(listing, NOW, NOW)
    return trading, Candles(trading, generated(listing)[1])


@pytest.mark.parametrize("listing", STANDARD, ids=lambda listing: listing.name)
def test_thirty_days_look_like_the_market_they_are_of(listing: Listing) -> None:
    assert listing.life is not None
    _, history = generated(listing)
    days = [history.day(number) for number in range(-30, 0)]
    turnover = statistics.median(sum(bar.quote for bar in day) for day in days)
    assert 0.7 < turnover / listing.life.turnover < 1.3
    closes = [day[-1].close for day in days]
    sigma = statistics.pstdev(math.log(b / a) for a, b in pairwise(closes))
    assert 0.5 < sigma / (listing.life.sigma / 1e6) < 1.5
    quiet = sum(bar.trades == 0 for day in days for bar in day) / (30 * 1_440)
    assert quiet < 0.05 if listing is ETH_BTC else 0.5 < quiet < 0.9
    for bar in (bar for day in days for bar in day):
        assert_sound(listing, bar)


def assert_sound(listing: Listing, bar: Bar) -> None:
    assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
    assert (bar.trades == 0) == (bar.lots == 0) == (bar.quote == 0)
    # Each trade's value lost less than one unit.
    assert listing.value(bar.low, bar.lots) - bar.trades <= bar.quote
    assert bar.quote <= listing.value(bar.high, bar.lots)
    assert bar.bought_lots <= bar.lots


@pytest.mark.parametrize("listing", STANDARD, ids=lambda listing: listing.name)
def test_history_ends_exactly_where_live_trading_starts(listing: Listing) -> None:
    assert listing.life is not None
    walk, history = generated(listing)
    assert history.day(-1)[-1].close == listing.life.opening == walk.ticks(NOW)
    assert history.day(-1)[-1].at == OPENED - MINUTE_MS


def test_any_day_alone_is_the_same_and_days_meet() -> None:
    _, first = generated(VIN_BTC)
    _, second = generated(VIN_BTC)
    assert second.day(-17) == first.day(-17)
    assert first.day(-18)[-1].close == first.day(-17)[0].open or first.day(-17)[0].trades
    walk, _ = generated(VIN_BTC)
    for day in range(-3, 3):
        assert walk.day(day)[-1] == walk.day(day + 1)[0]
    assert generated(VIN_BTC, seed=6)[1].day(-17) != first.day(-17)


def test_the_walk_is_smooth_over_the_opening() -> None:
    walk, _ = generated(ETH_BTC)
    prices = [walk.ticks(NOW + second * 1_000) for second in range(-120, 120)]
    steps = [abs(b / a - 1) for a, b in pairwise(prices)]
    assert max(steps) < 0.001
    assert len(set(prices)) > 200


@pytest.mark.parametrize("interval", INTERVALS)
async def test_every_interval_is_the_sum_of_its_minutes(interval: str) -> None:
    trading, candles = market(VIN_BTC)
    bars = await candles.read(interval, None, NOW, NOW, 1_000)
    length = INTERVALS[interval]
    assert all(b.at - a.at == length for a, b in pairwise(bars))
    minutes = list(candles.minutes(bars[0].at, NOW + 1))
    assert sum(bar.quote for bar in bars) == sum(bar.quote for bar in minutes)
    assert sum(bar.lots for bar in bars) == sum(bar.lots for bar in minutes)
    assert bars[-1].close == trading.last
    for bar in bars:
        assert_sound(VIN_BTC, bar)


async def test_start_end_and_limit_choose_candles_as_binance_does() -> None:
    _, candles = market(VIN_BTC)
    start = OPENED - 10 * MINUTE_MS
    assert [bar.at for bar in await candles.read("1m", start, NOW, NOW, 3)] == [
        start + n * MINUTE_MS for n in range(3)
    ]
    assert [bar.at for bar in await candles.read("1m", start + 1, NOW, NOW, 1)] == [
        start + MINUTE_MS
    ]
    last = await candles.read("1m", None, NOW, NOW, 2)
    assert [bar.at for bar in last] == [OPENED - MINUTE_MS, OPENED]
    ended = await candles.read("1m", None, start, NOW, 2)
    assert [bar.at for bar in ended] == [start - MINUTE_MS, start]
    assert await candles.read("1m", NOW + DAY_MS, NOW + 2 * DAY_MS, NOW, 5) == []
    assert await candles.read("1d", 0, OPENED - 60 * DAY_MS, NOW, 5) == []
    assert (await candles.read("1d", 0, NOW, NOW, 1_000))[0].at <= OPENED - 30 * DAY_MS


async def test_live_trades_join_on_and_quiet_minutes_keep_the_last_price() -> None:
    floor = Floor()
    candles = Candles(floor.engine.markets["COINBTC"], None)
    floor.limit("ann", Side.SELL, 100, 10_000)
    floor.market("bob", Side.BUY, lots=10)
    floor.now += 3 * MINUTE_MS
    floor.market("bob", Side.BUY, lots=5)
    bars = await candles.read("1m", OPENED, floor.now, floor.now, 10)
    assert [(bar.close, bar.lots) for bar in bars] == [
        (10_000, 10),
        (10_000, 0),
        (10_000, 0),
        (10_000, 5),
    ]
    assert bars[0].quote == 10 * 10_000 * 100
    assert bars[0].bought_lots == 10


async def test_a_day_of_turnover() -> None:
    _, candles = market(ETH_BTC)
    bar = await candles.recent(NOW - DAY_MS, NOW)
    assert bar is not None
    assert 2_000 * SCALE < bar.quote < 7_000 * SCALE
