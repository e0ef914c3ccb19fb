"""How much worse a fill was than the reference, and than what others paid at the time.

In a pump everybody pays far more than an hour ago: that is no theft. What a thief's victim pays
nobody else pays. So a fill is held against the reference or, where that is worse, against what
several others paid shortly before or after.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.reference import DEFAULT, MINUTE_MS, Prices, Times

AROUND, WITHIN = DEFAULT.bars, DEFAULT.recent
"""Others' prices count in so many traded minutes before that of a fill, and after it, if these are
no more than so many minutes away: as for the reference."""
OTHERS = 3
"""So many others must have paid a price, or a worse one, until it is the market's. One may have
been mistaken, or be the thief's."""
PAID = 0.1
"""And they must have paid so much of what the fills of whoever is judged came to meanwhile: three
trades of dust among a thief's other accounts cost him nothing."""
LEAP, MOSTLY = 2 / 3, 0.9
"""An order leapt if so much of its amount was filled so far from the reference, of its farthest."""
Flags = NDArray[np.bool_]


class Prints(NamedTuple):
    """Prints of one market, in the order of time."""

    times: Times
    prices: Prices
    amounts: Prices


def shared(others: Prints, buyers: Times, sellers: Times, own: Prints, bought: Flags) -> Prices:
    """The price at which `OTHERS` others traded with as many about each fill, for `PAID`, or at
    worse.

    Args:
        others: the market's prints without those of whoever is judged.
        buyers, sellers: for each print a number that stands for whoever bought or sold.
        own: the fills of whoever is judged.
        bought: at which the worse price is the higher one; it is the lower one elsewhere.

    Returns:
        A price for each fill; NaN where fewer others traded, or for less.
    """
    found = np.full(len(own.times), np.nan)
    traded = np.unique(others.times // MINUTE_MS)
    paid = others.prices * others.amounts
    for sign, mine in ((1.0, bought), (-1.0, ~bought)):
        at = own.times[mine]
        minutes, back = np.unique(at // MINUTE_MS, return_inverse=True)
        window = _window(traded, minutes)
        gave = np.r_[0.0, np.cumsum((own.prices * own.amounts)[mine])]
        least = [PAID * (gave[span.stop] - gave[span.start]) for span in _spans(at, window)]
        # Many buyers of one seller may be his victims all.
        worst = [
            np.min(
                [
                    _worst(sign * others.prices[span], paid[span], who[span], enough)
                    for who in (buyers, sellers)
                ]
            )
            for span, enough in zip(_spans(others.times, window), least, strict=True)
        ]
        found[mine] = sign * np.array(worst, np.float64)[back]
    return found


def _window(traded: Times, minutes: Times) -> tuple[Times, Times]:
    """The first and the last minute in which others' prices count, for each."""
    ends = np.iinfo(np.int64)
    padded = np.r_[np.full(AROUND, ends.min), traded, np.full(AROUND, ends.max)]
    firsts = padded[np.searchsorted(traded, minutes)]
    lasts = padded[np.searchsorted(traded, minutes, "right") + 2 * AROUND - 1]
    return np.maximum(firsts, minutes - WITHIN), np.minimum(lasts, minutes + WITHIN)


def _spans(times: Times, window: tuple[Times, Times]) -> list[slice]:
    """Where the times of each window lie."""
    firsts, lasts = window
    starts = np.searchsorted(times, firsts * MINUTE_MS)
    ends = np.searchsorted(times, (lasts + 1) * MINUTE_MS)
    return [slice(*pair) for pair in zip(starts, ends, strict=True)]


def _worst(prices: Prices, paid: Prices, who: Times, least: float) -> float:
    """The highest price at which so many different ones traded for at least so much, or above."""
    order = np.argsort(-prices, kind="stable")
    _, first = np.unique(who[order], return_index=True)
    enough = int(np.searchsorted(np.cumsum(paid[order]), least))
    if len(first) < OTHERS or enough == len(order):
        return float("nan")
    return float(prices[order[max(np.partition(first, OTHERS - 1)[OTHERS - 1], enough)]])


def excess(prices: Prices, bought: Flags, reference: Prices, shared: Prices) -> Prices:
    """By how much each fill was worse than the reference and than what others paid, in quote for
    one unit of base; a fill that was better than the reference counts below zero. NaN where there
    is no reference."""
    sign = np.where(bought, 1.0, -1.0)
    passed = sign * (prices - reference)
    beyond = np.fmin(passed, sign * (prices - shared))
    worse = np.where(np.isnan(passed), np.nan, np.maximum(beyond, 0.0))
    return np.where(passed > 0, worse, passed)


def leapt(passed: Prices, amounts: Prices) -> bool:
    """Whether nearly all was filled nearly as far from the reference as the farthest: nobody
    offered much in between, as after somebody cleared the book. An order at a mistaken price goes
    through the offers nearer by.

    Args:
        passed: what each fill passed on, in quote, for the same side; `amounts` as there.
    """
    distances = passed / amounts
    is_far = distances >= LEAP * distances.max()
    return bool(amounts[is_far].sum() >= MOSTLY * amounts.sum())


def paid_about(others: Prints, at: Times, price: float, bought: bool) -> float:
    """What others traded at a price or at worse about some moments, in quote; their number may be
    faked by dust, what they paid costs money."""
    start, end = np.searchsorted(
        others.times, (at.min() - AROUND * MINUTE_MS, at.max() + AROUND * MINUTE_MS)
    )
    prices, amounts = others.prices[start:end], others.amounts[start:end]
    is_as_bad = prices >= price if bought else prices <= price
    return float(prices[is_as_bad] @ amounts[is_as_bad])


def given(prices: Prices, amounts: Prices, reference: Prices, bought: Flags) -> Prices:
    """What was given in each fill, in quote: the money of a purchase, the coins of a sale at the
    reference."""
    worth: Prices = np.where(bought, prices, reference) * amounts
    return worth
