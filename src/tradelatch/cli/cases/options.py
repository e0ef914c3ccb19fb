"""Arguments and options of ``tradelatch case``, and how mistakes in them end a command."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cases.folder import Case, Item, UnusableCase
from tradelatch.cli.settings import fail

Folder = Annotated[Path, typer.Argument(metavar="CASE", help="The case's folder.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="Our field, and its column in the file."),
]
Reads = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="How it is written: date=dmy ..."),
]
At = Annotated[str, typer.Option(help="The moment to note (ISO 8601), instead of now.")]


def opened(folder: Path) -> Case:
    """The case in a folder; anything else ends the command."""
    try:
        return Case(folder)
    except UnusableCase as error:
        fail(str(error))


def named(case: Case, name: str) -> Item:
    """The evidence of a name; anything else ends the command."""
    found = {item.name: item for item in (*case.dropped, *case.items)}
    if name not in found:
        fail(f"{case.path}: holds no evidence named {name}; `tradelatch case evidence` lists it")
    item = found[name]
    if item.dropped:
        fail(f"{case.path}: {name} was dropped at {item.dropped}: {item.because}")
    return item


def moment(told: str) -> str:
    """ISO 8601 in UTC, to the second, of what was told or of now."""
    try:
        at = datetime.fromisoformat(told) if told else datetime.now(UTC)
    except ValueError:
        fail(f"--at {told}: write it as 2023-01-10T12:00:00Z")
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
