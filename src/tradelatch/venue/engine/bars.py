"""Minute bars in integers, and their sum to longer intervals."""

from collections.abc import Iterable

import msgspec

MINUTE_MS = 60_000
DAY_MINUTES = 1_440


class Bar(msgspec.Struct, gc=False):
    """Trading in one interval. Prices in ticks, volumes in lots, values in quote units."""

    at: int
    open: int
    high: int
    low: int
    close: int
    lots: int = 0
    quote: int = 0
    trades: int = 0
    bought_lots: int = 0
    bought_quote: int = 0

    def add(self, ticks: int, lots: int, quote: int, taker_bought: bool) -> None:
        """One more trade; an interval without trades opens with its first."""
        if self.trades == 0:
            self.open = self.high = self.low = ticks
        elif ticks > self.high:
            self.high = ticks
        elif ticks < self.low:
            self.low = ticks
        self.close = ticks
        self.lots += lots
        self.quote += quote
        self.trades += 1
        if taker_bought:
            self.bought_lots += lots
            self.bought_quote += quote


def quiet(at: int, ticks: int) -> Bar:
    """An interval without a trade, at the last price, as Binance reports it."""
    return Bar(at, ticks, ticks, ticks, ticks)


def join(at: int, bars: Iterable[Bar]) -> Bar | None:
    """The bar of an interval that begins at `at` and consists of `bars`; None without any."""
    total: Bar | None = None
    for bar in bars:
        if total is None:
            total = quiet(at, bar.open)
        if bar.trades == 0:
            continue
        if total.trades == 0:
            total.open = total.high = total.low = bar.open
        total.high = max(total.high, bar.high)
        total.low = min(total.low, bar.low)
        total.close = bar.close
        total.lots += bar.lots
        total.quote += bar.quote
        total.trades += bar.trades
        total.bought_lots += bar.bought_lots
        total.bought_quote += bar.bought_quote
    return total
