"""Tables: on the terminal, and in ``bench/results/`` with everything that makes them comparable."""

import datetime
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
from rich.console import Console
from rich.table import Table as RichTable

from bench.machine import Machine

RESULTS = Path(__file__).parent / "results"
Cell: TypeAlias = str | int | float | None
"""None where nothing was measured."""


class Table(msgspec.Struct, frozen=True):
    """One table. `formats` says how each column is written, in the words of `format`; rows keep
    their numbers as they were measured."""

    title: str
    columns: tuple[str, ...]
    formats: tuple[str, ...]
    rows: list[tuple[Cell, ...]]

    def texts(self) -> list[list[str]]:
        """The rows as they are shown."""
        return [
            [
                "-" if cell is None else format(cell, form)
                for cell, form in zip(row, self.formats, strict=True)
            ]
            for row in self.rows
        ]

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return any(isinstance(row[column], int | float) for row in self.rows)


class Report(msgspec.Struct, frozen=True):
    """What one bench found. `notes` say what was measured and how, one sentence or two each;
    `problems` why it counts for nothing."""

    name: str
    tables: list[Table]
    notes: list[str]
    problems: list[str] = []


class _Kept(msgspec.Struct, frozen=True):
    name: str
    date: str
    command: str
    machine: Machine
    tables: list[Table]
    notes: list[str]


def show(report: Report, machine: Machine) -> None:
    """Print a report: tables on a terminal, Markdown elsewhere."""
    if not sys.stdout.isatty():
        print(_markdown(_kept(report, machine)))
        return
    console = Console()
    for table in report.tables:
        shown = RichTable(title=table.title, title_justify="left", header_style="bold")
        for number, column in enumerate(table.columns):
            shown.add_column(column, justify="right" if table.is_number(number) else "left")
        for row in table.texts():
            shown.add_row(*row)
        console.print(shown)
    for line in [*machine.lines(), *report.notes]:
        console.print(line, style="dim", highlight=False)


def keep(report: Report, machine: Machine) -> None:
    """Write a report for people and for programs."""
    kept = _kept(report, machine)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{report.name}.md").write_text(_markdown(kept))
    encoded = msgspec.json.format(msgspec.json.encode(kept), indent=2)
    (RESULTS / f"{report.name}.json").write_bytes(encoded + b"\n")


def _kept(report: Report, machine: Machine) -> _Kept:
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    spec = sys.modules["__main__"].__spec__
    command = " ".join([f"python -m {spec.parent if spec else 'bench'}", *sys.argv[1:]])
    return _Kept(report.name, date, command, machine, report.tables, report.notes)


def _markdown(kept: _Kept) -> str:
    lines = [f"# {kept.name}", "", f"{kept.date}, `{kept.command}`", ""]
    lines += [f"- {fact}" for fact in kept.machine.lines()]
    for table in kept.tables:
        rule = ["---:" if table.is_number(n) else "---" for n in range(len(table.columns))]
        rows = [table.columns, rule, *table.texts()]
        lines += ["", f"## {table.title}", "", *(_row(row) for row in rows)]
    lines += ["", *(f"{note}\n" for note in kept.notes)]
    return "\n".join(lines).rstrip() + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
