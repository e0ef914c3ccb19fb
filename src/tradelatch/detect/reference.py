"""The reference price of a market: what it was worth, whatever a thief made of it.

The median of the last traded minutes' volume-weighted mean prices (VWAP) before a moment. Whose
prints are judged are left out by the caller, and so are those of whoever is on the other side.
Medians of minutes, since volume is cheap to fake and a minute full of trades is still one minute
(docs/loss-budget.md: a five-minute median is moved by 5 % with 0.7 BTC of wash trades, which leaves
those of others where they are).

`references` knows nothing later than its moment, as whoever raises an alert. What something came to
is told afterwards, by `settled`.

Prices are IEEE doubles in quote, times int64 ms since 1970 (UTC). These are pure functions of
their arguments, for one market at a time.
"""

from collections.abc import Sequence
from enum import IntEnum
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MINUTE_MS = 60_000
APART = 0.05
"""Two pairs of a coin, or two times of one, disagree when they are further apart."""
SIDE = 3
"""So many traded minutes on either side of a moment settle what it was worth."""
LATER = 15
"""So many minutes afterwards the market is itself again."""
Times = NDArray[np.int64]
Prices = NDArray[np.float64]


class Source(IntEnum):
    """Where a reference is from, in the order in which they are asked."""

    RECENT = 0
    """At least `Terms.least` traded minutes in the `Terms.recent` minutes before."""
    OTHER_PAIR = 1
    """The same of another pair of the same coin, at the rate between the quotes; also where the two
    disagree and it is nearer to what this pair was worth in the week before."""
    WEEK = 2
    """The last traded minutes of the seven days before; the market is thin."""
    AFTER = 3
    """The first traded minutes afterwards: there was no trade of others before."""
    NONE = 4
    """Nobody else ever traded here: there is no reference, and its price is NaN."""

    @property
    def says(self) -> str:
        """In words."""
        return _WORDS[self]


_WORDS = {
    Source.RECENT: "the last traded minutes",
    Source.OTHER_PAIR: "another pair of the same coin",
    Source.WEEK: "the week before",
    Source.AFTER: "trades afterwards",
    Source.NONE: "nothing",
}


class Terms(NamedTuple):
    """How many traded minutes the median is of, and how old they may be (minutes)."""

    bars: int = 15
    least: int = 5
    recent: int = 120
    week: int = 7 * 24 * 60


DEFAULT = Terms()


class Bars(NamedTuple):
    """A market's traded minutes, in order: minutes since 1970, and the VWAP of each."""

    minutes: Times
    vwap: Prices


class References(NamedTuple):
    """For each moment asked for: a price, and a `Source`."""

    prices: Prices
    sources: NDArray[np.int8]


def minute_bars(times: Times, prices: Prices, amounts: Prices) -> Bars:
    """The traded minutes of prints in the order of time; all three of one length."""
    minutes = times // MINUTE_MS
    if not len(minutes):
        return Bars(minutes, prices)
    first = np.flatnonzero(np.r_[True, minutes[1:] != minutes[:-1]])
    money = np.add.reduceat(prices * amounts, first)
    return Bars(minutes[first], money / np.add.reduceat(amounts, first))


def references(
    bars: Bars, at: Times, other: Bars | None = None, terms: Terms = DEFAULT
) -> References:
    """The references at moments.

    Args:
        bars: the market's, without the prints of those who are judged.
        at: the moments; the minute that one falls in does not count for it.
        other: bars of another pair of the same coin in the same quote (`converted`).
        terms: see `Terms`.
    """
    minutes, back = np.unique(at // MINUTE_MS, return_inverse=True)
    found = [_reference(bars, int(minute), other, terms) for minute in minutes]
    prices = np.array([price for price, _ in found], np.float64)
    sources = np.array([source for _, source in found], np.int8)
    return References(prices[back], sources[back])


def settled(
    bars: Bars, at: Times, told: References, other: Bars | None = None, terms: Terms = DEFAULT
) -> Prices:
    """What the market was worth at moments, as it is known afterwards.

    Where a reference is of the last traded minutes, of this pair or the other, and `SIDE` of these
    and the `SIDE` afterwards are no more than `APART` from one another, it is the median of both,
    half as far from the last price before as that of fifteen minutes (docs/detect/contra.md);
    followers may have made those afterwards, and then it is those of a quarter of an hour later.
    Where the other pair told the reference, and both pairs tell the same now, it is this pair's.
    Where what is told now is more than `APART` from the reference, wash trades had made up one of
    the two: the one nearer to the week before is told. Elsewhere it stays.

    Args:
        bars: the market's, without the prints of those who are judged.
        at: the moments, for which `references` told `told`.
        other: as `references` had it.
    """
    minutes, first, back = np.unique(at // MINUTE_MS, return_index=True, return_inverse=True)
    asked = {Source.RECENT: (bars,), Source.OTHER_PAIR: (other, bars)}
    found = [
        _settled(
            [one for one in asked.get(source, ()) if one is not None], int(minute), price, terms
        )
        for minute, price, source in zip(
            minutes, told.prices[first], told.sources[first], strict=True
        )
    ]
    return np.array(found, np.float64)[back]


def _settled(pairs: Sequence[Bars], minute: int, price: float, terms: Terms) -> float:
    """`pairs` are the one that told the price, and this one where that is another."""
    if not pairs:
        return price
    around, *own = [_around(bars, minute, terms) for bars in pairs]
    if around is not None and own and own[0] is not None and not _disagree(own[0], around):
        return own[0]
    if around is None:
        later = _after(pairs[0], minute + LATER, terms.recent)[: terms.bars]
        around = _median(later) if len(later) >= terms.least else price
        if not _disagree(price, around):
            return price
    # Six minutes of one pair are soon made up too.
    return _usual(pairs[0], minute, price, around, terms) if _disagree(price, around) else around


def _around(bars: Bars, minute: int, terms: Terms) -> float | None:
    """The median of the traded minutes before and of those after, or of a quarter of an hour later,
    where they agree."""
    before = _before(bars, minute, terms.recent)[-SIDE:]
    for wait in (1, LATER):
        after = _after(bars, minute + wait, terms.recent)[:SIDE]
        if len(before) == len(after) == SIDE and not _disagree(_median(after), _median(before)):
            return _median(np.r_[before, after])
    return None


def converted(bars: Bars, rate: Bars, terms: Terms = DEFAULT) -> Bars:
    """Bars of one quote in another, `rate` being the bars of the price of the one in the other;
    minutes without a rate are left out."""
    latest = terms._replace(bars=SIDE, least=1)
    rates = references(rate, bars.minutes * MINUTE_MS, terms=latest).prices
    known = ~np.isnan(rates)
    return Bars(bars.minutes[known], bars.vwap[known] * rates[known])


def inverted(bars: Bars) -> Bars:
    """Bars of the quote's price in base."""
    return Bars(bars.minutes, 1 / bars.vwap)


def _reference(bars: Bars, minute: int, other: Bars | None, terms: Terms) -> tuple[float, Source]:
    recent = _recent(bars, minute, terms)
    elsewhere = _recent(other, minute, terms) if other is not None else None
    if recent is not None and (elsewhere is None or not _disagree(recent, elsewhere)):
        return recent, Source.RECENT
    if elsewhere is not None:
        if recent is not None and _usual(bars, minute, recent, elsewhere, terms) == recent:
            return recent, Source.RECENT
        return elsewhere, Source.OTHER_PAIR
    week = _before(bars, minute, terms.week)
    if len(week):
        return _median(week[-terms.bars :]), Source.WEEK
    start = int(np.searchsorted(bars.minutes, minute, "right"))
    after = bars.vwap[start : start + terms.bars]
    if len(after):
        return _median(after), Source.AFTER
    return float("nan"), Source.NONE


def _recent(bars: Bars, minute: int, terms: Terms) -> float | None:
    """The median of the last traded minutes, where there are enough of them."""
    found = _before(bars, minute, terms.recent)[-terms.bars :]
    return _median(found) if len(found) >= terms.least else None


def _median(few: Prices) -> float:
    """That of a few prices; of so few numpy's takes twenty times as long."""
    prices: list[float] = few.tolist()
    return median(prices)


def _disagree(one: float, other: float) -> bool:
    return abs(one / other - 1) > APART


def _usual(bars: Bars, minute: int, one: float, other: float, terms: Terms) -> float:
    """Which of two prices is nearer to what the market was worth in the week before."""
    return _nearer(float(np.median(_before(bars, minute, terms.week))), one, other)


def _nearer(usual: float, one: float, other: float) -> float:
    """Which of two prices is nearer to a third."""
    return one if abs(one / usual - 1) <= abs(other / usual - 1) else other


def _before(bars: Bars, minute: int, age: int) -> Prices:
    """The bars before a minute that are not older than `age` minutes."""
    low, high = np.searchsorted(bars.minutes, (minute - age, minute))
    return bars.vwap[low:high]


def _after(bars: Bars, minute: int, age: int) -> Prices:
    """The bars from a minute on, `age` minutes long."""
    low, high = np.searchsorted(bars.minutes, (minute, minute + age))
    return bars.vwap[low:high]
