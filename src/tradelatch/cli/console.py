"""Output: rich tables on a terminal, plain aligned columns elsewhere, JSON on request."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 10_000
"""Columns of a terminal in which every table fits."""


def printable(text: str) -> str:
    """What exchanges and strategies say, with no power over the terminal: every character that is
    not printed stands as its escape, line ends too."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_line(text: str) -> None:
    """A line, broken between words where a terminal is too narrow for it."""
    text = printable(text)
    if sys.stdout.isatty():
        Console().print(text, markup=False, highlight=False)
    else:
        print(text)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()
) -> None:
    """A table; `right` are the indices of columns that hold numbers."""
    rows = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        _print_plain([columns, *rows], right)
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console()
    if console.measure(table, options=console.options.update(width=_WIDE)).maximum > console.width:
        # Without lines more fits in: numbers are not to be read across two rows.
        table.box, table.pad_edge, table.padding = None, False, (0, 2, 0, 0)
    console.print(table)


def _print_plain(rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
    """Columns padded with spaces, two between them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
