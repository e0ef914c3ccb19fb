"""What a detector found, with all that it takes to follow and to doubt it."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Term(msgspec.Struct, frozen=True):
    """One term of a score: what was measured, in which unit, and the threshold it was held
    against. `met` says whether this term spoke for a finding: by a value over the threshold, or
    `under` it."""

    name: str
    value: float
    threshold: float
    unit: str
    met: bool
    under: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One finding.

    Attributes:
        detector: its name, and `version` its version.
        subjects: whom or what it is about, by role: ``symbol``, ``account``, ``counterparty`` ...
        first_ms, last_ms: the first and the last of the rows, ms since 1970 (UTC).
        score: the larger the worse; what it is made of stands in `terms`.
        value: the money it is about, in `asset`; None where none can be told.
        terms: each term of the score.
        rows: the rows it stands on, as `row` of the table counts them, in order.
        spared: one sentence: what it would have taken not to fire.
        parameters: those that were used.
        raised_ms: when it would have been raised by who watches as it happens, ms since 1970 (UTC);
            None where a detector looks back only.
    """

    detector: str
    version: int
    subjects: Mapping[str, str]
    first_ms: int
    last_ms: int
    score: float
    terms: tuple[Term, ...]
    rows: tuple[int, ...]
    spared: str
    parameters: Mapping[str, Any]
    value: float | None = None
    asset: str = ""
    raised_ms: int | None = None
