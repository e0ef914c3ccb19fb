"""``tradelatch leak``: which keys of ours stand in a list of leaked ones, and what is done then."""

import os
import time
from pathlib import Path
from typing import Annotated, TextIO

import msgspec
import typer

from tradelatch.cli.console import print_line, print_table
from tradelatch.cli.leaks.acting import Outcome, act
from tradelatch.cli.leaks.hits import COLUMNS
from tradelatch.cli.leaks.known import Known, Place, ask_known
from tradelatch.cli.leaks.lines import Lines, Malformed, digest
from tradelatch.cli.leaks.markdown import counts, malformed, markdown
from tradelatch.cli.leaks.reading import Found, UnusableList, blocks_of, lines_of, read_list
from tradelatch.cli.leaks.report import Report, report
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.model.config import Config

app = typer.Typer(
    help="Leaks: find our keys in a list of leaked ones, and stop them.", no_args_is_help=True
)
SHOWN = 20
"""So many hits, and ranges of lines, are shown on a terminal; the account and `--json` have all."""


@app.command("match")
def match(
    file: Annotated[
        Path, typer.Argument(help="Hashed ids, or lines EXCHANGE,KEY_ID; more is not looked at.")
    ],
    suspend: Annotated[bool, typer.Option("--suspend", help="Freeze what was hit.")] = False,
    revoke: Annotated[
        bool,
        typer.Option("--revoke", help="Call keys that were hit compromised, and revoke grants."),
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write an account of it there (Markdown).")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Find every exchange key, former key and grant of ours that stands in a list; without an
    option nothing is changed. The status is 1 if there are hits. May be repeated: it goes on."""
    if suspend and revoke:
        fail("--suspend and --revoke exclude each other; --revoke suspends, too")
    settings = read_config(config)
    if output:
        _open(output, 0).close()  # what cannot be written is told before anything is done
    known = ask_known(settings)
    found = _read(file, known)
    places = known.places(found.hits)
    outcome = _act(settings, known, places, found, revoke) if suspend or revoke else None
    told = report(found, known, places, outcome, [*settings.notify.channels], time.time_ns())
    if output:
        with _open(output, os.O_TRUNC) as written:
            written.write(markdown(told))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        _show(told, output)
    raise typer.Exit(1 if told.hits or told.problems else 0)


@app.command("hash")
def hash_(
    file: Annotated[Path, typer.Argument(help="Lines EXCHANGE,KEY_ID; more is not looked at.")],
) -> None:
    """Print the hash of each line's key, so that a list can be shared without its ids: SHA-256 of
    EXCHANGE:KEY_ID. The status is 1 if lines were not understood; they are listed on stderr."""
    bad, lines = 0, Lines()
    try:
        with file.open("rb") as opened:
            for number, line in enumerate(lines_of(blocks_of(opened)), start=1):
                try:
                    if told := lines.key(line):
                        print(digest(*told).hex())
                except Malformed as error:
                    bad += 1
                    typer.echo(f"line {number}: {error}", err=True)
    except OSError as error:
        fail(f"{file}: cannot read it: {error.strerror}")
    except UnusableList as error:
        fail(f"{file}: {error}")
    raise typer.Exit(1 if bad else 0)


def _read(file: Path, known: Known) -> Found:
    try:
        size = file.stat().st_size
        with progress_bar("reading", 0, size) as tell:
            return read_list(file, known.index, tell)
    except OSError as error:
        fail(f"{file}: cannot read it: {error.strerror}")
    except UnusableList as error:
        fail(str(error))


def _act(
    settings: Config, known: Known, places: list[Place], found: Found, revoke: bool
) -> Outcome:
    verb = "leak revoke" if revoke else "leak suspend"
    with progress_bar("revoking" if revoke else "suspending", 0, len(places)) as tell:
        outcome = act(settings, verb, found.sha256, known, places, tell)
    if outcome.problem and not outcome.after:
        fail(outcome.problem)
    return outcome


def _open(path: Path, flags: int) -> TextIO:
    """To write; only its owner may read it."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600)
        return os.fdopen(number, "w", encoding="utf-8")
    except OSError as error:
        fail(f"{path}: cannot write it: {error.strerror}")


def _show(told: Report, output: Path | None) -> None:
    print(f"the list has the SHA-256 {told.sha256}")
    print(", ".join(counts(told)))
    for sentence in malformed(told, SHOWN):
        print_line(sentence)
    if told.hits:
        print_table("Hits", COLUMNS, [hit.cells() for hit in told.hits[:SHOWN]], right=(9,))
    if len(told.hits) > SHOWN:
        print(f"and {len(told.hits) - SHOWN:,} more; --output and --json have all")
    for sentence in told.done:
        print(sentence)
    for problem in told.problems:
        print_line(f"PROBLEM: {problem}")
    if told.by_hand:
        print("left to do by hand, in this order:")
    for number, step in enumerate(told.by_hand, start=1):
        print_line(f"  {number}. {step}")
    if output:
        print_line(f"the account is in {output}")
