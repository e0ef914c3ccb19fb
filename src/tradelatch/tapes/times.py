"""Times as files tell them, as ms since 1970, UTC.

A whole number is told by its size, and no two ranges are near each other:

==================  ================  =================
counts              from (1973)       below (2286)
==================  ================  =================
seconds             100,000,000       10,000,000,000
milliseconds        10^11             10^13
microseconds        10^14             10^16
nanoseconds         10^17             10^19
==================  ================  =================

Anything else is a date by ISO 8601, in UTC where it names no zone.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_RANGES = (
    (10**8, 10**10, 1_000, 1),
    (10**11, 10**13, 1, 1),
    (10**14, 10**16, 1, 1_000),
    (10**17, 10**19, 1, 1_000_000),
)
"""From, below, and by what a number is multiplied and divided to be in ms."""
_WHOLE = re.compile(r"([0-9]{1,19})(?:\.0*)?", re.ASCII)
_ALL_WHOLE = re.compile(r"(?:[0-9]{1,19}+\n)++", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class BadTime(ValueError):
    """A text that tells no time; `index` tells which of them."""

    def __init__(self, text: str, index: int = 0) -> None:
        super().__init__(
            f"{text!r} is no time: write a date such as 2024-01-31T10:00:00Z, or s, ms, us or ns "
            "since 1970 as a whole number"
        )
        self.index = index


def parse_times(texts: Sequence[str]) -> list[int]:
    """Times in ms.

    Raises:
        BadTime: one is of no form that is known, before 1973, or between two milliseconds.
    """
    together = "\n".join(texts) + "\n"
    if _ALL_WHOLE.fullmatch(together) and together.count("\n") == len(texts):
        numbers = list(map(int, texts))
        lowest, highest = min(numbers), max(numbers)
        for first, end, times, parts in _RANGES:
            if first <= lowest and highest < end and (parts == 1 or not _odd(numbers, parts)):
                return [number * times // parts for number in numbers]
    found = []
    for index, text in enumerate(texts):
        try:
            found.append(parse_time(text))
        except BadTime:
            raise BadTime(text, index) from None
    return found


def parse_time(text: str) -> int:
    """One time in ms.

    Raises:
        BadTime: as `parse_times`.
    """
    whole = _WHOLE.fullmatch(text)
    if whole:
        number = int(whole[1])
        for first, end, times, parts in _RANGES:
            if first <= number < end and number % parts == 0:
                return number * times // parts
        raise BadTime(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime(text) from None
    ms, rest = divmod((when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH, _MS)
    if rest:
        raise BadTime(text)
    return ms


def iso(at_ms: int) -> str:
    """A time as ISO 8601, to the second if it is whole."""
    text = (_EPOCH + at_ms * _MS).isoformat(timespec="milliseconds" if at_ms % 1_000 else "seconds")
    return text.replace("+00:00", "Z")


def _odd(numbers: list[int], parts: int) -> bool:
    return any(number % parts for number in numbers)
