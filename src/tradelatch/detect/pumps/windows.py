"""Sums and extremes over windows of a series, many windows at once."""

import numpy as np

from tradelatch.detect.pumps.tape import Floats, Whole


class Sums:
    """Sums over any windows. They come from a sum that runs from the start of the series, so that
    nothing later in it changes a digit."""

    def __init__(self, values: Floats) -> None:
        self._running = np.concatenate(([0.0], np.cumsum(values)))

    def between(self, first: Whole, end: Whole) -> Floats:
        """The sum of the items from `first` up to, not including, `end`."""
        total: Floats = self._running[end] - self._running[first]
        return total


class Highest:
    """The highest of any windows, by a table of the highest of all runs of 1, 2, 4, 8 ... items."""

    def __init__(self, values: Floats) -> None:
        self._levels = [values]
        length = 1
        while 2 * length <= len(values):
            level = self._levels[-1]
            self._levels.append(np.maximum(level[:-length], level[length:]))
            length *= 2

    def between(self, first: Whole, end: Whole) -> Floats:
        """The highest of the items from `first` up to, not including, `end`; minus infinity where
        there is none."""
        found = np.full(len(first), -np.inf)
        count = np.maximum(end - first, 0)
        levels = np.frexp(count)[1] - 1  # the largest power of two that is not above the count
        for level in range(len(self._levels)):
            here = (count > 0) & (levels == level)
            values = self._levels[level]
            found[here] = np.maximum(values[first[here]], values[end[here] - (1 << level)])
        return found
