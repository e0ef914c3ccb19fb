"""Markets in which nobody had traded: what they are worth is told by another pair of the coin."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tradelatch.detect.reference import Prices, Times

DAY_HOURS = 24


class Hours(NamedTuple):
    """A market's traded hours since 1970, in order, and the median price of each."""

    hours: Times
    medians: Prices

    def before(self, hour: int) -> float | None:
        """The median of the last traded hour before, if it is of the day before."""
        place = int(np.searchsorted(self.hours, hour)) - 1
        if place < 0 or self.hours[place] < hour - DAY_HOURS:
            return None
        return float(self.medians[place])


def fill_silent(markets: Mapping[str, Hours]) -> dict[str, Prices]:
    """For each market the price of its traded hours by another pair of the coin, where the day
    before was silent and there is one; NaN elsewhere."""
    by_coin: dict[str, list[str]] = {}
    for symbol in markets:
        by_coin.setdefault(symbol.partition("/")[0], []).append(symbol)
    filled = {}
    for symbol, own in markets.items():
        found = np.full(len(own.hours), np.nan)
        others = [one for one in by_coin[symbol.partition("/")[0]] if one != symbol]
        if others:
            gaps = np.diff(own.hours, prepend=own.hours[:1] - DAY_HOURS - 1)
            for place in np.flatnonzero(gaps > DAY_HOURS):
                found[place] = _elsewhere(markets, symbol, others, int(own.hours[place]))
        filled[symbol] = found
    return filled


def _elsewhere(
    markets: Mapping[str, Hours], symbol: str, others: Sequence[str], hour: int
) -> float:
    quote = symbol.rpartition("/")[2]
    for other in others:
        money = other.rpartition("/")[2]
        price = markets[other].before(hour)
        for name, sign in ((f"{money}/{quote}", 1), (f"{quote}/{money}", -1)):
            rate = markets[name].before(hour) if name in markets else None
            if price is not None and rate is not None:
                return price * rate**sign
    return float("nan")
