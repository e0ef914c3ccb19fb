"""Which trades lie inside of which candidates' sets, and which sets may be matched at once."""

from collections.abc import Sequence

import msgspec
import numpy as np

from tradelatch.detect.ledger import Ints, Ledger
from tradelatch.detect.wash.components import Candidate


class Wave(msgspec.Struct, frozen=True):
    """Candidates without a trade in common: the trades inside of each, as an index of the candidate
    and one of the trade, pair by pair."""

    candidate: Ints
    trade: Ints


def trades_inside(ledger: Ledger, candidates: Sequence[Candidate]) -> list[Wave]:
    """All trades between two accounts of one set, for each set. A trade may be inside of several
    sets; these come in the order of the candidates, each in a wave of its own."""
    pairs = Pairs(ledger)
    last_wave = np.full(pairs.count, -1, dtype=np.int64)
    waves: list[list[tuple[int, Ints]]] = []
    for index, candidate in enumerate(candidates):
        between = pairs.between(candidate.accounts)
        number = int(last_wave[between].max(initial=-1)) + 1
        last_wave[between] = number
        if number == len(waves):
            waves.append([])
        waves[number].append((index, pairs.trades(between)))
    return [
        Wave(
            np.repeat(
                np.array([index for index, _ in wave], dtype=np.int64),
                [len(trades) for _, trades in wave],
            ),
            np.concatenate([trades for _, trades in wave]),
        )
        for wave in waves
    ]


class Pairs:
    """The trades of a ledger by the two accounts they are between, whoever sold."""

    def __init__(self, ledger: Ledger) -> None:
        low = np.minimum(ledger.buyer, ledger.seller)
        self._high_of = np.maximum(ledger.buyer, ledger.seller)
        accounts = len(ledger.accounts)
        key = low * accounts + self._high_of
        key[low == self._high_of] = -1
        self._order: Ints = np.argsort(key, kind="stable")
        keys, begin = np.unique(key[self._order], return_index=True)
        known = keys >= 0
        self._begin = np.append(begin, len(key))
        self._skip = int((~known).sum())
        self._low, self._high = np.divmod(keys[known], max(accounts, 1))
        self._of_low = np.searchsorted(self._low, np.arange(accounts + 1))
        self._is_member = np.zeros(accounts, dtype=np.bool_)
        self.count = len(self._low)

    def between(self, accounts: Sequence[int]) -> Ints:
        """Indices of the pairs that have both accounts in a set."""
        members = np.array(accounts, dtype=np.int64)
        self._is_member[members] = True
        found = _ranges(self._of_low[members], self._of_low[members + 1])
        found = found[self._is_member[self._high[found]]]
        self._is_member[members] = False
        return found

    def trades(self, pairs: Ints) -> Ints:
        """Indices of the trades of pairs."""
        number = pairs + self._skip
        return self._order[_ranges(self._begin[number], self._begin[number + 1])]


def _ranges(starts: Ints, stops: Ints) -> Ints:
    """All numbers of [start, stop), range by range."""
    lengths = stops - starts
    before = np.cumsum(lengths) - lengths
    numbers: Ints = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return numbers
