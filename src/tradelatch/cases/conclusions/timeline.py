"""When value passed: by day, with who was robbed for the first time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from tradelatch.cases.verified import Victim
from tradelatch.model.money import ZERO


class Day(msgspec.Struct, frozen=True):
    """A day (UTC, ISO date): dollars passed on it, and the victims whose first adverse fill it
    saw."""

    date: str
    passed: Decimal
    first_of: tuple[str, ...]


def timeline(victims: Sequence[Victim]) -> tuple[Day, ...]:
    """The days on which value passed, in order."""
    passed: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    first: defaultdict[str, list[str]] = defaultdict(list)
    for victim in victims:
        for fill in victim.fills:
            passed[day(fill.time_ms)] += fill.passed
        if victim.fills:
            first[day(victim.fills[0].time_ms)].append(victim.name)
    return tuple(Day(date, passed[date], tuple(sorted(first[date]))) for date in sorted(passed))


def day(time_ms: int) -> str:
    """The ISO date of a moment, UTC."""
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%d}"
