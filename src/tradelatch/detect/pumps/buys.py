"""Taker buys of an asset in windows that end at given moments, and what is usual for it there.

What is usual is measured up to five minutes before, so that a pump itself does not count as usual.
Volumes are in quote.
"""

import numpy as np

from tradelatch.detect.pumps.tape import Floats, Tape, Whole
from tradelatch.detect.pumps.windows import Highest, Sums

WINDOW_MS, RECENT_MS = 25_000, 300_000
TINY = 1e-4
"""Added to volumes before a logarithm is taken."""


class Buys:
    """Taker buys and their orders: those of one ms are one order, a rush order if it has several
    fills."""

    def __init__(self, tape: Tape) -> None:
        bought = tape.cut(tape.buy)
        self.time, self.price = bought.time, bought.price
        first = np.flatnonzero(np.diff(bought.time, prepend=-1))
        self.order_time = bought.time[first]
        self.order_volume = np.add.reduceat(bought.volume, first)
        self.volume = Sums(bought.volume)
        self.rush = Sums((np.diff(first, append=len(bought)) > 1).astype(float))
        self.squares = Sums(self.order_volume**2)

    def window(self, end: Whole, length: int, until: int = 0) -> tuple[Whole, Whole]:
        """The buys from `length` to `until` ms before each end."""
        return np.searchsorted(self.time, end - length), np.searchsorted(self.time, end - until)

    def orders(self, end: Whole, length: int, until: int = 0) -> tuple[Whole, Whole]:
        """The same for orders."""
        times = self.order_time
        return np.searchsorted(times, end - length), np.searchsorted(times, end - until)

    def volume_in(self, end: Whole, length: int, until: int = 0) -> Floats:
        """The bought volume in such windows."""
        return self.volume.between(*self.window(end, length, until))

    def rush_in(self, end: Whole, length: int, until: int = 0) -> Floats:
        """The number of rush orders."""
        return self.rush.between(*self.orders(end, length, until))

    def orders_in(self, end: Whole, length: int, until: int = 0) -> Floats:
        """The number of orders."""
        first, last = self.orders(end, length, until)
        return (last - first).astype(float)


def rise_over(tape: Tape, buys: Buys, end: Whole, length: int) -> Floats:
    """From the last trade before the window to the highest price paid in its last 25 s."""
    top = Highest(buys.price).between(*buys.window(end, WINDOW_MS))
    rise: Floats = np.log(top / price_before(tape, end, length))
    return rise


def price_before(tape: Tape, end: Whole, length: int) -> Floats:
    """The last price before a window."""
    before = np.searchsorted(tape.time, end - length) - 1
    price: Floats = tape.price[np.maximum(before, 0)]
    return price


def seen_of(tape: Tape, end: Whole, length: int) -> Floats:
    """How many ms of a window before `end` lie after the tape's first trade."""
    seen: Floats = np.maximum(np.minimum(length, end - tape.time[0]), 1).astype(float)
    return seen


def usual_in(total: Floats, tape: Tape, end: Whole, length: int, least: float) -> Floats:
    """What 25 s hold on average, of the total of a window that ends five minutes before; `least`
    is added, so that a window without any is no divisor."""
    seen = np.maximum(seen_of(tape, end, length) - RECENT_MS, 60_000)
    return (total + least) / seen * WINDOW_MS


def log_ratio(volume: Floats, usual: Floats) -> Floats:
    """How many times the usual, as a logarithm (base e)."""
    ratio: Floats = np.log((volume + TINY) / usual)
    return ratio
