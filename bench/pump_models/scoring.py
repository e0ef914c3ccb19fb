"""Alerts against announced pumps.

An event is found if the asset has an alert within 120 s of its announced time, before or after. An
alert that finds no event is a false one, whatever the price did: a pump that nobody in the list
announced counts as false. After an alert, and only then, the asset is silent for 30 minutes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bench.pump_models.recorded import TOLERANCE_MS, Event, Moments
from tradelatch.detect.pumps.models import alerts
from tradelatch.detect.pumps.tape import Flags, Floats, Whole

PAUSE_MS = 1_800_000
DRAWS = 2_000


class Counts(NamedTuple):
    """Found, false and missed of one asset or of many."""

    found: int
    false: int
    missed: int

    def precision(self) -> float:
        return self.found / max(self.found + self.false, 1)

    def recall(self) -> float:
        return self.found / max(self.found + self.missed, 1)

    def f1(self) -> float:
        return 2 * self.found / max(2 * self.found + self.false + self.missed, 1)


def by_symbol(
    seen: Moments,
    score: Floats,
    known: Mapping[str, Sequence[Event]],
    threshold: float | Floats,
    judged: Flags,
) -> list[Counts]:
    """The counts of each asset, of the moments in `judged`; the threshold may differ by moment."""
    raised = np.where(judged & (score >= threshold), 1.0, 0.0)
    found = []
    for number, symbol in enumerate(seen.symbols):
        own = np.flatnonzero(seen.symbol == number)
        end = seen.end[own]
        times = end[alerts(end, raised[own], 1.0, PAUSE_MS)]
        found.append(_counts(times, known[symbol]))
    return found


def _counts(times: Whole, known: Sequence[Event]) -> Counts:
    right = np.zeros(len(times), np.bool_)
    found = 0
    for event in known:
        hits = (times >= event.first - TOLERANCE_MS) & (times <= event.last + TOLERANCE_MS)
        found += bool(hits.any())
        right |= hits
    return Counts(found, int((~right).sum()), len(known) - found)


def total(counts: Sequence[Counts]) -> Counts:
    """The sum over assets."""
    return Counts(*map(sum, zip(*counts, strict=True)))


def intervals(counts: Sequence[Counts]) -> list[tuple[float, float]]:
    """95 % intervals of precision, recall and F1: assets drawn anew, `DRAWS` times."""
    table = np.array(counts)
    draws = np.random.default_rng(1).integers(0, len(table), (DRAWS, len(table)))
    sums = [Counts(*map(int, row)) for row in table[draws].sum(axis=1)]
    measures = np.array([(one.precision(), one.recall(), one.f1()) for one in sums])
    low, high = np.quantile(measures, (0.025, 0.975), axis=0)
    return list(zip(map(float, low), map(float, high), strict=True))
