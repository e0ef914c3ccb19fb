"""Recorded prices as a bot meets them, step by step; steps at which nothing can happen to it can be
found without taking each."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Protocol

from tradelatch.bots.backtest.market import Market
from tradelatch.model.money import MONEY
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.trades import Trades

_MIN, _MAX = -(2**63), 2**63
TRADE_UNIT = Decimal("1e-8")
"""Of prices and amounts on tapes of trades."""


class Feed(Protocol):
    """One market's recorded prices."""

    def __len__(self) -> int:
        """How many steps there are."""

    @property
    def first(self) -> Decimal:
        """The first price."""

    @property
    def end_ms(self) -> int:
        """When the last step has ended."""

    def time(self, index: int) -> int:
        """When a step begins (ms)."""

    def price(self, now_ms: int) -> Decimal | None:
        """The last price at a time, if there was one."""

    def find(self, index: int, until_ms: int, low: Decimal | None, high: Decimal | None) -> int:
        """The first step from `index` on that reaches down to `low` or up to `high`, or that has
        not ended by `until_ms`; the number of steps if there is none."""

    def step(self, index: int, market: Market, set_now: Callable[[int], None]) -> int:
        """Let a step happen; when it ends (ms)."""


class CandleFeed:
    """Prices from candles: each is a step."""

    def __init__(self, candles: Candles) -> None:
        self.candles = candles

    def __len__(self) -> int:
        """How many candles there are."""
        return len(self.candles)

    @property
    def first(self) -> Decimal:
        """The first candle's open."""
        return MONEY.multiply(self.candles.opens[0], self.candles.price_unit)

    @property
    def end_ms(self) -> int:
        """When the last candle has closed."""
        return self.candles.times[-1] + self.candles.interval_ms

    def time(self, index: int) -> int:
        """When a candle opens (ms)."""
        return self.candles.times[index]

    def price(self, now_ms: int) -> Decimal | None:
        """The close of the last candle that is over."""
        candles = self.candles
        index = bisect_right(candles.times, now_ms - candles.interval_ms) - 1
        return None if index < 0 else MONEY.multiply(candles.closes[index], candles.price_unit)

    def find(self, index: int, until_ms: int, low: Decimal | None, high: Decimal | None) -> int:
        """The first candle that touches a bound, or that closes at `until_ms` or later."""
        candles = self.candles
        last = bisect_left(candles.times, until_ms - candles.interval_ms, index)
        return _first_touch(candles.lows, candles.highs, index, last, candles.price_unit, low, high)

    def step(self, index: int, market: Market, set_now: Callable[[int], None]) -> int:
        """Open it and go its path; its quarters take a quarter of its time each."""
        candles = self.candles
        candle, length = candles[index], candles.interval_ms
        market.price = self.price(candle.open_ms)
        market.is_moving = True
        market.open(candle.open, candle.volume, candle.open_ms)
        market.cross(candle, lambda quarter: set_now(candle.open_ms + quarter * length // 4))
        market.is_moving = False
        return candle.open_ms + length


class TradeFeed:
    """Prices from single trades: each is a step."""

    def __init__(self, trades: Trades) -> None:
        self.trades = trades

    def __len__(self) -> int:
        """How many trades there are."""
        return len(self.trades)

    @property
    def first(self) -> Decimal:
        """The first trade's price."""
        return self._scaled(self.trades.prices[0])

    @property
    def end_ms(self) -> int:
        """A moment after the last trade."""
        return self.trades.times[-1] + 1

    def time(self, index: int) -> int:
        """When it happened (ms)."""
        return self.trades.times[index]

    def price(self, now_ms: int) -> Decimal | None:
        """Of the last trade before a time."""
        index = bisect_left(self.trades.times, now_ms) - 1
        return None if index < 0 else self._scaled(self.trades.prices[index])

    def find(self, index: int, until_ms: int, low: Decimal | None, high: Decimal | None) -> int:
        """The first trade that touches a bound, or that happened at `until_ms` or later."""
        prices = self.trades.prices
        last = bisect_left(self.trades.times, until_ms, index)
        return _first_touch(prices, prices, index, last, TRADE_UNIT, low, high)

    def step(self, index: int, market: Market, set_now: Callable[[int], None]) -> int:
        """Trade it."""
        trades = self.trades
        market.price = self._scaled(trades.prices[index - 1]) if index else None
        amount = self._scaled(trades.amounts[index])
        market.open(self._scaled(trades.prices[index]), amount, trades.times[index])
        return trades.times[index]

    @staticmethod
    def _scaled(value: int) -> Decimal:
        return MONEY.multiply(value, TRADE_UNIT)


def _first_touch(
    lows: "array[int]",
    highs: "array[int]",
    index: int,
    last: int,
    unit: Decimal,
    low: Decimal | None,
    high: Decimal | None,
) -> int:
    """The first of `index` up to but without `last` that reaches a bound; else `last`."""
    below = _MIN if low is None else int((low / unit).to_integral_value(ROUND_CEILING))
    above = _MAX if high is None else int((high / unit).to_integral_value(ROUND_FLOOR))
    for at in range(index, last):
        if lows[at] <= below or highs[at] >= above:
            return at
    return last
