"""From text to rows of cells, with the line of each."""

import csv
import io
from collections.abc import Iterator

import msgspec

from tradelatch.exports.refusal import Refused, Rejected

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LONGEST = 10_000
"""Characters in a cell."""
MOST_COLUMNS = 200
MOST_ROWS = 2_000_000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula."""

_NARROW = {0xFF00 + code: 0x20 + code for code in range(1, 0x5F)}
"""The full-width forms of ASCII; no other forms, since ``10²`` is not 102."""


class Line(msgspec.Struct, frozen=True):
    """The cells of one row, and the line of the file on which it begins (from 1)."""

    number: int
    cells: list[str]


def lines_of(text: str, delimiter: str, name: str) -> tuple[list[Line], list[Rejected]]:
    """All rows that are not empty, cells without surrounding blanks; and those that cannot be
    taken apart: a quote that is never closed means a file that was cut off.

    Raises:
        Refused: it has more rows than are read.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    rejected: list[Rejected] = []
    while True:
        number = reader.line_num + 1
        if len(lines) + len(rejected) >= MOST_ROWS:
            raise Refused(f"{name}: has more than {MOST_ROWS:,} rows: split it")
        try:
            cells = next(reader)
        except StopIteration:
            return lines, rejected
        except csv.Error as error:
            cut = "end of data" in str(error)
            why = "a quote is never closed: the file is cut off" if cut else f"no CSV: {error}"
            rejected.append(Rejected(number, why))
            if cut:
                return lines, rejected
            continue
        if any(cell.strip() for cell in cells):
            if len(cells) > MOST_COLUMNS:
                rejected.append(Rejected(number, f"has more than {MOST_COLUMNS} cells"))
            elif max(map(len, cells)) > LONGEST:
                rejected.append(Rejected(number, f"a cell has more than {LONGEST} characters"))
            else:
                lines.append(Line(number, [_cleaned(cell) for cell in cells]))


def _cleaned(cell: str) -> str:
    """A cell without surrounding blanks, and without the apostrophe by which a spreadsheet is told
    that a number is text; digits and letters as wide as Chinese ones are made narrow."""
    cell = cell.strip()
    if not cell.isascii():
        cell = cell.translate(_NARROW)
    return cell[1:] if cell[:1] == "'" and cell[1:2].isdecimal() else cell


def delimiters(text: str) -> Iterator[str]:
    """The delimiters by how often they stand in the first lines, the likeliest first."""
    start = text[:10_000]
    yield from sorted(DELIMITERS.values(), key=lambda one: -start.count(one))
