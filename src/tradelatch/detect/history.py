"""A rule over history: the same table with several thresholds, and what each would have raised."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tradelatch.detect.detector import Detector
from tradelatch.detect.findings import Finding

DAY_MS = 86_400_000


class Run(msgspec.Struct, frozen=True):
    """What one threshold gives: the findings, on how many days, about how many different subjects;
    `gained` and `lost` are told against the threshold before it."""

    threshold: float
    findings: tuple[Finding, ...]
    days: int
    subjects: int
    gained: int
    lost: int


def compare(
    detector: Detector, trades: Any, parameters: msgspec.Struct, thresholds: Sequence[float]
) -> Iterator[Run]:
    """Each threshold in turn, everything else as in `parameters`."""
    before: set[tuple[Any, ...]] = set()
    for threshold in thresholds:
        changed = msgspec.structs.replace(parameters, **{detector.threshold: threshold})
        found = tuple(detector.find(trades, changed))
        marks = {_mark(one) for one in found}
        yield Run(
            threshold,
            found,
            len({one.first_ms // DAY_MS for one in found}),
            len({tuple(sorted(one.subjects.items())) for one in found}),
            len(marks - before),
            len(before - marks),
        )
        before = marks


def _mark(finding: Finding) -> tuple[Any, ...]:
    """By which a finding is known again at another threshold."""
    return (*sorted(finding.subjects.items()), finding.first_ms)
