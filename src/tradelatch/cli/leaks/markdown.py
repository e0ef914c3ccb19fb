"""The account of a leak, as people read it."""

from collections.abc import Sequence

from tradelatch.cli.leaks.hits import COLUMNS
from tradelatch.cli.leaks.report import Report

MOST_RANGES = 1_000
"""Ranges of lines in a sentence; the JSON has all."""


def markdown(told: Report) -> str:
    """The whole account."""
    lines = [
        "# Leaked keys",
        "",
        f"{told.time}, of the list with the SHA-256 `{told.sha256}`.",
        "",
        *(f"- {one}" for one in counts(told)),
    ]
    if told.hits:
        lines += ["", "## Hits", "", _row(COLUMNS), _row(["---"] * len(COLUMNS))]
        lines += [_row(hit.cells()) for hit in told.hits]
    lines += _section("What was done", told.done)
    lines += _section("What went wrong", told.problems)
    lines += _section("Left to do by hand, in this order", told.by_hand, numbered=True)
    lines += _section("Lines that were not understood", malformed(told, MOST_RANGES))
    return "\n".join(lines) + "\n"


def counts(told: Report) -> list[str]:
    """What the list came to, in figures."""
    return [
        _many(told.lines, "line"),
        f"{_many(told.ids, 'id')}, {told.duplicates:,} of them duplicates",
        f"{_many(told.malformed_lines, 'line')} not understood",
        _many(len(told.hits), "hit"),
    ]


def malformed(told: Report, most: int) -> list[str]:
    """A sentence for each reason, with so many ranges of lines."""
    return [f"line {_ranges(found, most)}: {why}" for why, found in told.malformed.items()]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _ranges(found: Sequence[tuple[int, int]], most: int) -> str:
    told = [str(first) if first == last else f"{first}-{last}" for first, last in found[:most]]
    more = f" and {len(found) - most} ranges more" if len(found) > most else ""
    return ", ".join(told) + more


def _section(title: str, said: Sequence[str], *, numbered: bool = False) -> list[str]:
    if not said:
        return []
    marks = [f"{number}." if numbered else "-" for number in range(1, len(said) + 1)]
    return ["", f"## {title}", "", *(f"{m} {one}" for m, one in zip(marks, said, strict=True))]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
