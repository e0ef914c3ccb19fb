"""How reading ends where it cannot go on, and what is said of a row that is left out."""

import msgspec


class Refused(ValueError):
    """A file cannot be read, or could be read in more than one way; the message is one sentence
    with the file and, where one helps, the option."""


class BadCell(ValueError):
    """A cell does not hold what its column should; the message says why, without the line."""


class Rejected(msgspec.Struct, frozen=True):
    """A row that is left out: its line in the file (from 1), and why."""

    line: int
    reason: str


def shown(cell: str) -> str:
    """A cell as it is told in a sentence: quoted, printable and not too long."""
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
