"""Seeded fair prices at any minute, before and after a market's opening.

Log price is a sum of normal daily returns with a Brownian bridge inside each day, so that any
day can be computed alone and all of them meet. Minute zero is the opening, at log price zero.
"""

import math
import random
from functools import lru_cache
from typing import Protocol

from tradelatch.venue.engine.bars import DAY_MINUTES, MINUTE_MS
from tradelatch.venue.engine.units import PPM

_LARGEST = 2.0
"""Daily returns are cut off at this many standard deviations."""


class Fair(Protocol):
    """Where a market's fair price comes from."""

    def ticks(self, at: int) -> float:
        """The fair price at `at` (ms on the walk's clock), in ticks."""


class Walk:
    """The fair price of one generated market. `sigma` is the daily volatility in ppm and
    `zero` the time (ms on its clock) at which the price is `opening` ticks."""

    def __init__(self, seed: int, market: str, sigma: int, opening: int, zero: int) -> None:
        self._name = f"{seed}/{market}"
        self._sigma = sigma / PPM
        self._opening = opening
        self._zero = zero
        self._ends = {0: 0.0}
        self.day = lru_cache(maxsize=64)(self._day)

    def ticks(self, at: int) -> float:
        """The fair price at `at` (ms), in ticks."""
        minute, rest = divmod(at - self._zero, MINUTE_MS)
        day, index = divmod(minute, DAY_MINUTES)
        path = self.day(day)
        here = path[index] + (path[index + 1] - path[index]) * rest / MINUTE_MS
        return self._opening * math.exp(here)

    def _day(self, day: int) -> list[float]:
        """Log price at the day's 1,441 minute marks, its first and last included."""
        start, end = self._mark(day), self._mark(day + 1)
        random_ = random.Random(f"{self._name}/path/{day}")  # noqa: S311 - not a secret
        step = self._sigma / math.sqrt(DAY_MINUTES)
        free = [0.0]
        for _ in range(DAY_MINUTES):
            free.append(free[-1] + random_.gauss(0.0, step))
        slope = (end - start - free[-1]) / DAY_MINUTES
        path = [start + value + slope * index for index, value in enumerate(free)]
        path[-1] = end
        return path

    def _mark(self, day: int) -> float:
        """Log price at the beginning of a day, from the nearest one that is known."""
        known = self._ends
        if day not in known:
            step = 1 if day > 0 else -1
            last = max(known) if day > 0 else min(known)
            while last != day:
                # The return of day n leads from mark n to mark n + 1.
                gain = self._return(last if step > 0 else last - 1)
                known[last + step] = known[last] + step * gain
                last += step
        return known[day]

    def _return(self, day: int) -> float:
        random_ = random.Random(f"{self._name}/return/{day}")  # noqa: S311 - not a secret
        value = random_.gauss(0.0, 1.0)
        return max(-_LARGEST, min(_LARGEST, value)) * self._sigma
