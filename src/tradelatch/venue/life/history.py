"""Thirty generated days of minute bars before a market's opening, made a day at a time."""

import math
import random
from functools import lru_cache
from typing import Protocol

from tradelatch.venue.engine.bars import DAY_MINUTES, MINUTE_MS, Bar, quiet
from tradelatch.venue.engine.listing import Life, Listing
from tradelatch.venue.engine.units import PPM
from tradelatch.venue.life.walk import Walk

HISTORY_DAYS = 30
DAY_MS = DAY_MINUTES * MINUTE_MS


class History(Protocol):
    """Minute bars from before live trading."""

    @property
    def days(self) -> int:
        """How many days there are."""

    def day(self, number: int) -> list[Bar]:
        """The 1,440 bars of one day; -1 is the one that ends at the opening."""


class GeneratedHistory:
    """The history of one market with a walk: prints at the walk's price plus or minus half a
    spread, with exponential sizes, closing exactly at the walk's price at each day's end."""

    days = HISTORY_DAYS

    def __init__(self, seed: int, listing: Listing, life: Life, walk: Walk, opened: int) -> None:
        self._name = f"{seed}/{listing.name}"
        self._listing = listing
        self._life = life
        self._walk = walk
        self._opened = opened
        self._half_spread = life.ladder[0][0] / PPM
        self._rate = life.prints / DAY_MINUTES
        self.day = lru_cache(maxsize=HISTORY_DAYS)(self._day)

    def _day(self, number: int) -> list[Bar]:
        random_ = random.Random(f"{self._name}/prints/{number}")  # noqa: S311 - not a secret
        path = self._walk.day(number)
        start = self._opened + number * DAY_MS
        # Some days are busier than others; the mean stays.
        busy = math.exp(random_.gauss(-0.02, 0.2))
        bars = []
        last = self._ticks(path[0])
        for index in range(DAY_MINUTES):
            bar = quiet(start + index * MINUTE_MS, last)
            self._fill(bar, random_, path[index], path[index + 1], self._rate * busy)
            last = bar.close
            bars.append(bar)
        self._close(bars[-1], self._ticks(path[-1]))
        return bars

    def _fill(
        self, bar: Bar, random_: random.Random, start: float, end: float, rate: float
    ) -> None:
        listing, life = self._listing, self._life
        mean = life.turnover / life.prints
        moment = random_.expovariate(rate)
        while moment < 1.0:
            middle = life.opening * math.exp(start + (end - start) * moment)
            bought = random_.random() < 0.5
            price = middle * (1 + (self._half_spread if bought else -self._half_spread))
            ticks = max(1, round(price))
            lots = 1 + listing.lots_for(ticks, int(random_.expovariate(1 / mean)))
            bar.add(ticks, lots, listing.value(ticks, lots), bought)
            moment += random_.expovariate(rate)

    def _close(self, bar: Bar, ticks: int) -> None:
        lots = 1 + self._listing.lots_for(ticks, self._life.turnover // self._life.prints)
        bar.add(ticks, lots, self._listing.value(ticks, lots), True)

    def _ticks(self, log_price: float) -> int:
        return max(1, round(self._life.opening * math.exp(log_price)))
