"""Trading hours: when a bot may take new risk, in UTC.

A span is ``HH:MM-HH:MM``, with the days on which it begins in front of it where it does not begin
on every day: ``mon-fri 06:00-22:00``, ``sat 22:00-04:00``. The end is not part of it; a span whose
end does not lie after its start ends on the next day.
"""

import re

import msgspec

from tradelatch.model.clock import DAY, MINUTE

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(
    rf"(?:({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? )?"
    r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)",
    re.ASCII,
)
_MINUTES = 1_440
_FIRST_DAY = 3
"""1970-01-01 was a Thursday."""


class Span(msgspec.Struct, frozen=True):
    """One span: the days on which it begins (0 is Monday), and minutes of the day."""

    days: frozenset[int]
    start: int
    end: int

    def covers(self, day: int, minute: int) -> bool:
        """Whether the span that begins on that weekday, or the day before, covers the minute."""
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        yesterday = (day - 1) % 7
        return (day in self.days and minute >= self.start) or (
            yesterday in self.days and minute < self.end
        )


def parse_span(text: str) -> Span:
    """Read one span.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no span of hours, write for example mon-fri 06:00-22:00")
    first, last, start_hour, start_minute, end_hour, end_minute = found.groups()
    begin = DAYS.index(first) if first else 0
    count = (DAYS.index(last or first) - begin) % 7 + 1 if first else 7
    return Span(
        frozenset((begin + number) % 7 for number in range(count)),
        int(start_hour) * 60 + int(start_minute),
        int(end_hour) * 60 + int(end_minute) if end_hour else _MINUTES,
    )


def is_open(spans: tuple[Span, ...], now_ns: int) -> bool:
    """Whether one of the spans covers the moment; without any, every moment is covered."""
    day = (now_ns // DAY + _FIRST_DAY) % 7
    minute = now_ns % DAY // MINUTE
    return not spans or any(span.covers(day, minute) for span in spans)
