"""What the commands of ``tradelatch detect`` are given, and how mistakes in it end them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tradelatch.cli.settings import fail
from tradelatch.detect.catalogue import MissingExtra, load
from tradelatch.detect.detector import Detector
from tradelatch.detect.parameters import BadParameter, with_values
from tradelatch.detect.trades import UnusableTrades, read_trades, trade_files

Trades = Annotated[
    Path, typer.Argument(help="CSV (also .csv.gz) or Parquet of trades, or a folder of them.")
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=NAME", help="Our column, and its name in the file."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the detector."),
]


def detector_named(name: str) -> Detector:
    """A detector; a missing extra ends the command."""
    try:
        return load(name)
    except MissingExtra as error:
        fail(str(error))


def trades_of(detector: Detector, path: Path, mapping: Sequence[str] | None) -> Any:
    """The table that a detector asks for; a mistake in files or mapping ends the command."""
    names = {}
    for one in mapping or ():
        ours, equals, theirs = one.partition("=")
        if not equals:
            fail(f"--map {one}: write it as COLUMN=NAME, such as --map time=created_at")
        names[ours.strip()] = theirs.strip()
    with usable():
        return read_trades(trade_files(path), detector.asked, names)


@contextmanager
def usable() -> Iterator[None]:
    """A table that cannot be used ends the command with one sentence."""
    try:
        yield
    except UnusableTrades as error:
        fail(str(error))


def parameters_of(detector: Detector, settings: Sequence[str] | None) -> msgspec.Struct:
    """A detector's parameters; a mistake in them ends the command."""
    try:
        return with_values(detector.parameters, settings or ())
    except BadParameter as error:
        fail(str(error))
