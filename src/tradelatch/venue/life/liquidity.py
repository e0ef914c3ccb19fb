"""How wide and how deep a market is, estimated from its last trades alone.

**Spread**: the median, over orders of takers that follow one of the other side, of how far the
price went their way: who buys right after somebody sold pays the spread more. This is the basic
model of Huang and Stoll, "The Components of the Bid-Ask Spread" (Review of Financial Studies 10,
1997), dP = S/2 * dQ + noise, with the median in the place of least squares: moves of the price
go either way and cancel out. All prints of one order (same time, same side) count as one, at
the price of the first: only that one was at the touch.

**Depth**: a block-shaped book, as in Obizhaeva and Wang, "Optimal trading strategy and
supply/demand dynamics" (Journal of Financial Markets 16, 2013): within k half spreads of the
middle each side holds `DENSITY` * k times what an order of a taker is worth on average.
"""

from bisect import bisect_left, insort
from collections import deque
from typing import NamedTuple

DENSITY = 1.5
"""Measured on a recorded book; ``docs/venue.md`` tells how."""
WINDOW = 1_000
"""How many prints are looked back on."""
_UNKNOWN = 200
"""Until the sides have changed, the spread is the price divided by this."""


class _Print(NamedTuple):
    value: int
    begins: bool
    """Whether it is the first of its order."""
    flip: int | None
    """How far its order went beyond the one before, which was of the other side."""


class Liquidity:
    """One market's spread and depth as of its last `window` prints."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._prints: deque[_Print] = deque()
        self._flips: list[int] = []
        self._value = 0
        self._orders = 0
        self._last: tuple[int, bool] | None = None
        self._price = 0

    def add(self, at: int, ticks: int, value: int, bought: bool) -> None:
        """One more print, at a time (ms) and a price in ticks, worth `value` (quote units)."""
        begins, flip = self._last != (at, bought), None
        if begins:
            if self._last is not None and self._last[1] is not bought:
                flip = ticks - self._price if bought else self._price - ticks
                insort(self._flips, flip)
            self._last, self._price = (at, bought), ticks
        self._prints.append(_Print(value, begins, flip))
        self._value += value
        self._orders += begins
        if len(self._prints) > self._window:
            self._forget(self._prints.popleft())

    @property
    def spread(self) -> int:
        """The distance between best bid and best ask, in ticks; at least one."""
        if self._flips:
            return max(1, self._flips[len(self._flips) // 2])
        return max(1, self._price // _UNKNOWN)

    @property
    def density(self) -> int:
        """What each side holds for each half spread of distance, in quote units."""
        return int(DENSITY * self._value / max(1, self._orders))

    def _forget(self, old: _Print) -> None:
        self._value -= old.value
        self._orders -= old.begins
        if old.flip is not None:
            del self._flips[bisect_left(self._flips, old.flip)]
