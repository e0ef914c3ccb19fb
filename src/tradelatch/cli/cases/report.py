"""``tradelatch case report``: the page, the PDF and the figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cases.files import write_together
from tradelatch.cases.folder import UnusableCase
from tradelatch.cases.opened import OpenCase, open_case
from tradelatch.cli.cases.extra import extra_needed
from tradelatch.cli.cases.options import Folder
from tradelatch.cli.console import print_line
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import fail
from tradelatch.exports.refusal import Refused

Output = Annotated[Path | None, typer.Option(help="Where to write; else CASE/report.")]


def report(
    folder: Folder,
    public: Annotated[
        bool, typer.Option("--public", help="For everybody: no victims, no group under five.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="With account ids and hashes of keys, for authorities.")
    ] = False,
    pdf: Annotated[bool, typer.Option(help="Also as a PDF, which takes longest.")] = True,
    output: Output = None,
) -> None:
    """Write the report: a page, a PDF and the figures as JSON. Victims are numbers in it."""
    if public and full:
        fail("--public and --full: one report is for everybody or for authorities")
    with extra_needed():
        from tradelatch.cases.report import written
        from tradelatch.cases.report.content import Audience
    audience = Audience.PUBLIC if public else Audience.FULL if full else Audience.PSEUDONYMS
    case = opened_verified(folder)
    with progress_bar("reporting", 0, written.STEPS) as tell:
        steps = iter(range(written.STEPS))
        made = written.report(case, audience, lambda: tell(next(steps)), with_pdf=pdf)
    write_all(output or folder / "report", made.files)
    for notice in made.notices:
        print_line(f"note: {notice}")


def opened_verified(folder: Path) -> OpenCase:
    """A case that was verified; anything else ends the command."""
    try:
        return open_case(folder)
    except (UnusableCase, Refused) as error:
        fail(str(error))


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their names, all of them or none, and tell each; one that cannot be written
    ends it."""
    paths = {folder / name: data for name, data in files.items()}
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_together(paths)
    except OSError as error:
        fail(f"{error.filename}: cannot write there: {error.strerror}")
    for path, data in paths.items():
        print_line(f"{path}  {_size(len(data))}")


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number / 1e3:.1f} kB"
