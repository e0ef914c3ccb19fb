"""How reading ends where it cannot go on, and what is said of a row that is left out."""

import itertools
from collections.abc import Iterable

import msgspec

_MOST = 20


class Refused(ValueError):
    """A file cannot be read, or could be read in more than one way; the message is one sentence
    with the file and, where one helps, the option."""


class BadCell(ValueError):
    """A cell does not hold what its column should; the message says why, without the line."""


class Rejected(msgspec.Struct, frozen=True):
    """A row that is left out: its line in the file (from 1), and why."""

    line: int
    reason: str


def listed(cells: Iterable[str]) -> str:
    """Names of columns as they are told in a sentence: the first ones, and nothing that a terminal
    would obey."""
    told = (shown(cell)[1:-1] for cell in itertools.islice(cells, _MOST))
    return ", ".join(told)


def shown(cell: str) -> str:
    """A cell as it is told in a sentence: quoted, printable and not too long."""
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
