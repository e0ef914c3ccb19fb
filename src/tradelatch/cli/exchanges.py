"""``tradelatch exchanges``: how well each exchange's protocol is spoken."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import AsJson, fail
from tradelatch.conformance.folder import BadFolder, read_folder
from tradelatch.conformance.measuring import KINDS, Miss
from tradelatch.conformance.report import Report, measure_all

app = typer.Typer(help="How well each exchange's protocol is spoken.", no_args_is_help=True)

_UNUSABLE = 2
_SHOWN = 400
"""So much of a request is shown, in characters."""
_OF_REQUESTS = ("requests", "verified", "moved_funds", "unknown")
_OF_ORDERS = ("orders", "right", "refused", "wrong", "rewritten")


@app.callback()
def exchanges() -> None:
    """How well each exchange's protocol is spoken."""


@app.command()
def conformance(
    folder: Annotated[
        Path,
        typer.Argument(help="Holds credentials.json, ccxt/*.json and perhaps sdk/requests.json."),
    ],
    as_json: AsJson = False,
) -> None:
    """Verify, read and write anew the recorded requests of real clients, and list every miss.

    The exit status is 1 if anything was read wrong or accepted wrongly.
    """
    try:
        cases = read_folder(folder)
        with progress_bar("requests", 0, len(cases)) as tell:
            report = measure_all(cases, tell)
    except BadFolder as error:
        fail(str(error), _UNUSABLE)
    if as_json:
        rows = {name: asdict(row) for name, row in report.rows.items()}
        print_json({"exchanges": rows, "total": asdict(report.total)})
    else:
        _show(report)
    if not report.is_good:
        raise typer.Exit(1)


def _show(report: Report) -> None:
    _show_rows("Requests", _OF_REQUESTS, report)
    print_line("")
    _show_rows("Orders", _OF_ORDERS, report)
    if report.skipped:
        print_line("")
        print_line(f"skipped, since they are not implemented: {', '.join(report.skipped)}")
    for kind in KINDS:
        if misses := [miss for miss in report.misses if miss.kind == kind]:
            print_line("")
            print_line(f"{kind.upper()}: {len(misses)}")
            for miss in misses:
                _show_miss(miss)


def _show_rows(title: str, columns: tuple[str, ...], report: Report) -> None:
    rows = [*report.rows.items(), ("total", report.total)]
    cells = [(name, *(f"{getattr(row, one):,}" for one in columns)) for name, row in rows]
    print_table(title, ("exchange", *columns), cells, right=range(1, len(columns) + 1))


def _show_miss(miss: Miss) -> None:
    print_line("")
    print_line(f"{miss.exchange}, {miss.client}: {miss.tag}")
    print_line(f"  why    {miss.why}")
    print_line(f"  sent   {_cut(miss.sent)}")
    print_line(f"  read   {_cut(miss.read)}")
    if miss.meant:
        print_line(f"  meant  {_cut(miss.meant)}")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
