"""A notice, and many of them in one."""

from collections import Counter
from typing import TypeAlias

import msgspec

from tradelatch.model.notices import Kind
from tradelatch.model.statements import utc


class Notice(msgspec.Struct, frozen=True):
    """What is sent: when it happened (UTC, to the second), what it is about, and the sentence."""

    time: str
    kind: Kind
    says: str


Letter: TypeAlias = tuple[Notice, ...]
"""What goes out as one: a notice, or all that quiet hours held back."""


def notice(time_ns: int, kind: Kind, says: str) -> Notice:
    """A notice of what happened then (ns since 1970, UTC)."""
    return Notice(utc(time_ns), kind, says)


def text_of(letter: Letter) -> str:
    """The words that people read; several notices have a line each under a heading."""
    if len(letter) == 1:
        return f"{letter[0].says}\n{letter[0].time}"
    counts = Counter(one.kind for one in letter)
    heading = ", ".join(f"{kind} {count}" for kind, count in counts.items())
    lines = (f"{one.time} {one.says}" for one in letter)
    return "\n".join([f"Held back in quiet hours: {heading}.", *lines])
