"""Volume matching: which trades inside a candidate's set leave nobody's position changed.

Victor & Weintraud, WWW '21 (arXiv 2102.07001). For windows of an hour, a day, a week, in that
order, and for each candidate in its order: the trades of one asset inside the set, not yet labelled
and in one bin of the window, in canonical order. While more than one trade remains: if every
account's net position is at most `margin` of the mean trade size, these are wash trades; else the
last is undone.

Bins are left-closed and count from 00:00 (UTC) of the day of the first trade that is none with
oneself, for all assets alike.

Instead of undoing trade by trade, all prefixes of all groups are judged at once: an account's
position holds from one of its trades to its next, and the largest position over each prefix is the
maximum over such intervals.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.ledger import Floats, Ints, Ledger
from tradelatch.detect.wash.components import Candidate
from tradelatch.detect.wash.inside import trades_inside

WINDOWS_S = (3_600, 86_400, 604_800)
DAY_MS = 86_400_000
SLACK = 1e-9
"""By how much of the mean trade size a position may pass the margin: amounts such as 2.01 and 1.99,
a margin of 1 % apart, are not exact as binary fractions."""
_UNITS = 2**61
"""Positions are whole numbers of all that their group traded, divided by this: their sums are exact
in 64 bits, and those of all groups may run over, as only differences inside of one are used."""


class Matched(msgspec.Struct, frozen=True):
    """What each trade of a ledger was labelled by.

    Attributes:
        candidate: its index; -1 where the trade is no wash trade of a set.
        window: seconds; 0 where there is none.
        apart: the largest position left in its group, as a share of the mean trade size; NaN where
            there is none.
    """

    candidate: Ints
    window: Ints
    apart: Floats


def match(ledger: Ledger, candidates: Sequence[Candidate], margin: float) -> Matched:
    """Label all trades.

    Args:
        candidates: in the order in which they take trades.
        margin: of the mean trade size, such as 0.01.
    """
    count = len(ledger.row)
    labels = Matched(
        np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int64), np.full(count, np.nan)
    )
    waves = trades_inside(ledger, candidates)
    others = ledger.buyer != ledger.seller
    origin = int(ledger.time[others].min()) // DAY_MS * DAY_MS if others.any() else 0
    for window in WINDOWS_S:
        bins = (ledger.time - origin) // (window * 1000)
        for wave in waves:
            free = labels.candidate[wave.trade] < 0
            candidate, trade = wave.candidate[free], wave.trade[free]
            order = np.lexsort((trade, bins[trade], ledger.symbol[trade], candidate))
            candidate, trade = candidate[order], trade[order]
            starts = _starts(candidate, ledger.symbol[trade], bins[trade])
            length, apart = balanced_prefixes(
                starts, ledger.buyer[trade], ledger.seller[trade], ledger.amount[trade], margin
            )
            number = np.repeat(np.arange(len(starts)), _lengths(starts, len(trade)))
            is_wash = np.arange(len(trade)) - starts[number] < length[number]
            labelled = trade[is_wash]
            labels.candidate[labelled] = candidate[is_wash]
            labels.window[labelled] = window
            labels.apart[labelled] = apart[number[is_wash]]
    return labels


def balanced_prefixes(
    starts: Ints, buyer: Ints, seller: Ints, amount: Floats, margin: float
) -> tuple[Ints, Floats]:
    """The longest prefix of more than one trade, of each group, that leaves every position within
    the margin.

    Args:
        starts: where each group begins in the other arrays (g).
        buyer, seller, amount: one per trade (n), none a self-trade, in order in each group.

    Returns:
        Trades in each prefix (g), 0 where there is none; the largest position left as a share of
        the mean trade size (g), NaN where there is none.
    """
    count = len(amount)
    if not count:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    group = np.repeat(np.arange(len(starts)), _lengths(starts, count))
    total = np.add.reduceat(amount, starts)
    total[total == 0] = 1.0
    whole = np.rint(amount / total[group] * _UNITS).astype(np.int64)
    largest = _largest_positions(group, starts, buyer, seller, whole)
    traded = np.cumsum(whole)
    traded -= (traded - whole)[starts][group]
    number = np.arange(count) - starts[group] + 1
    apart = np.full(count, np.inf)  # where nothing was traded, nothing is matched
    np.divide(largest.astype(np.float64) * number, traded, out=apart, where=traded > 0)
    fits = (apart <= margin + SLACK) & (number > 1)
    length = np.maximum.reduceat(np.where(fits, number, 0), starts)
    return length, np.where(length > 0, apart[starts + np.maximum(length, 1) - 1], np.nan)


def _largest_positions(group: Ints, starts: Ints, buyer: Ints, seller: Ints, whole: Ints) -> Ints:
    """After each trade (n), the largest absolute position of any account of its group."""
    count = len(whole)
    account = np.concatenate([buyer, seller])
    key = np.tile(group, 2) * (int(account.max()) + 1) + account
    trade = np.tile(np.arange(count), 2)
    order = np.lexsort((trade, key))
    key, trade = key[order], trade[order]
    change = np.concatenate([whole, -whole])[order]
    first = _starts(key)
    number = np.repeat(np.arange(len(first)), _lengths(first, len(key)))
    position = np.cumsum(change)
    position -= (position - change)[first][number]
    ends = np.append(starts[1:], count)[group[trade]]
    has_next = np.append(key[1:] == key[:-1], False)
    stop = np.where(has_next, np.append(trade[1:], 0), ends)
    return _maxima(count, trade, stop, np.abs(position))


def _maxima(count: int, start: Ints, stop: Ints, value: Ints) -> Ints:
    """At each of `count` places the largest value of all intervals [start, stop) that hold it; 0
    where none does.

    Each interval is covered by two of a power of two in length; those of each power are split into
    halves, from the longest down, so that all takes count * log(count) steps.
    """
    maxima = np.zeros(count, dtype=np.int64)
    power = np.frexp(stop - start)[1] - 1
    for exponent in range(int(power.max()), -1, -1):
        half = 1 << exponent
        maxima[half:] = np.maximum(maxima[half:], maxima[:-half])
        these = power == exponent
        np.maximum.at(maxima, start[these], value[these])
        np.maximum.at(maxima, stop[these] - half, value[these])
    return maxima


def _starts(*keys: Ints) -> Ints:
    """Where a new combination of keys begins, in arrays that are sorted by them."""
    changes: NDArray[np.bool_] = np.zeros(len(keys[0]), dtype=np.bool_)
    changes[:1] = True
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changes)


def _lengths(starts: Ints, count: int) -> Ints:
    return np.diff(np.append(starts, count))
