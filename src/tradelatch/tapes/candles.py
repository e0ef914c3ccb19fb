"""Candles in memory, as columns of integers: a million of them in 60 MB, and none rounded."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from itertools import compress, pairwise
from typing import NamedTuple

import msgspec

from tradelatch.model.markets import Candle
from tradelatch.model.money import MONEY
from tradelatch.tapes.scaled import Columns, Ints

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
_MONDAY_MS = 4 * DAY_MS
"""1970-01-05, with which weeks are aligned."""


class Gap(NamedTuple):
    """Candles that are missing, from the opening of the first of them (ms) to the opening of the
    next that is there."""

    start_ms: int
    end_ms: int


class Candles(msgspec.Struct, frozen=True, kw_only=True):
    """One market's candles, the oldest first, each `interval_ms` long; times are their openings in
    ms. A price is so many `price_unit` (quote per base), a volume so many `volume_unit` (base)."""

    symbol: str
    interval_ms: int
    price_unit: Decimal
    volume_unit: Decimal
    times: Ints
    opens: Ints
    highs: Ints
    lows: Ints
    closes: Ints
    volumes: Ints
    turnover_unit: Decimal = Decimal(1)
    turnovers: "Ints | None" = None
    """Traded value in quote, if it is known."""

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[Candle]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Candle:
        """One candle; a turnover that is not known is told as the volume at the close."""
        unit = self.price_unit
        close = MONEY.multiply(self.closes[index], unit)
        volume = MONEY.multiply(self.volumes[index], self.volume_unit)
        if self.turnovers is None:
            turnover = MONEY.multiply(volume, close)
        else:
            turnover = MONEY.multiply(self.turnovers[index], self.turnover_unit)
        return Candle(
            self.times[index],
            MONEY.multiply(self.opens[index], unit),
            MONEY.multiply(self.highs[index], unit),
            MONEY.multiply(self.lows[index], unit),
            close,
            volume,
            turnover,
        )

    @property
    def gaps(self) -> list[Gap]:
        """Where candles are missing between the first and the last."""
        step, times = self.interval_ms, self.times
        if not times or times[-1] - times[0] == (len(times) - 1) * step:
            return []
        wide = (after - before != step for before, after in pairwise(self.times))
        return [Gap(before + step, after) for before, after in compress(pairwise(self.times), wide)]

    def between(self, start_ms: int, end_ms: int) -> "Candles":
        """Those that open in `start_ms` up to but without `end_ms`."""
        first = bisect_left(self.times, start_ms)
        last = max(first, bisect_left(self.times, end_ms))
        part = slice(first, last)
        return msgspec.structs.replace(
            self,
            times=self.times[part],
            opens=self.opens[part],
            highs=self.highs[part],
            lows=self.lows[part],
            closes=self.closes[part],
            volumes=self.volumes[part],
            turnovers=None if self.turnovers is None else self.turnovers[part],
        )

    def resample(self, interval_ms: int) -> "Candles":
        """Longer candles, aligned as exchanges align them. Only whole ones: where the first or the
        last is not covered to its ends it is left out; gaps inside one are quiet minutes.

        Raises:
            ValueError: the interval is no multiple of this one.
        """
        if interval_ms <= 0 or interval_ms % self.interval_ms:
            raise ValueError(f"{interval_ms} ms are no multiple of {self.interval_ms} ms")
        bounds = list(pairwise(self._bounds(interval_ms)))
        turnovers, turnover_unit = _sums(self.turnovers, self.turnover_unit, bounds)
        return Candles(
            symbol=self.symbol,
            interval_ms=interval_ms,
            price_unit=self.price_unit,
            volume_unit=self.volume_unit,
            times=array("q", [opening(self.times[a], interval_ms) for a, _ in bounds]),
            opens=array("q", [self.opens[a] for a, _ in bounds]),
            highs=array("q", [max(self.highs[a:b]) for a, b in bounds]),
            lows=array("q", [min(self.lows[a:b]) for a, b in bounds]),
            closes=array("q", [self.closes[b - 1] for _, b in bounds]),
            volumes=array("q", [sum(self.volumes[a:b]) for a, b in bounds]),
            turnover_unit=turnover_unit,
            turnovers=turnovers,
        )

    def _bounds(self, interval_ms: int) -> list[int]:
        """The indices at which the longer candles begin, and where the last of them ends."""
        times = self.times
        if not times:
            return []
        first = opening(times[0], interval_ms)
        bounds = [0 if first == times[0] else bisect_left(times, first + interval_ms)]
        while bounds[-1] < len(times):
            end = opening(times[bounds[-1]], interval_ms) + interval_ms
            if end > times[-1] + self.interval_ms:
                break
            bounds.append(bisect_left(times, end, bounds[-1]))
        return bounds


def opening(at_ms: int, interval_ms: int) -> int:
    """When the candle opens in which a time lies: whole intervals since 1970, weeks on Monday."""
    phase = _MONDAY_MS if interval_ms % WEEK_MS == 0 else 0
    return at_ms - (at_ms - phase) % interval_ms


def _sums(
    column: "Ints | None", unit: Decimal, bounds: list[tuple[int, int]]
) -> tuple["Ints | None", Decimal]:
    """Turnovers added up, rounded to as many decimals as fit into 64 bits, and their unit."""
    if column is None or not bounds:
        return (None if column is None else array("q")), unit
    sums = Columns(is_exact=False)
    sums.add([[sum(column[a:b]) for a, b in bounds]], -int(unit.as_tuple().exponent))
    (whole,), unit = sums.close()
    return whole, unit
