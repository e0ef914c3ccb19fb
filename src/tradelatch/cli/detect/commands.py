"""``tradelatch detect``: each detector on a file of trades, and a rule over history."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Annotated

import msgspec
import typer

from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.detect.inputs import (
    Map,
    Settings,
    Trades,
    detector_named,
    parameters_of,
    trades_of,
    usable,
)
from tradelatch.cli.detect.wash_table import wash_table
from tradelatch.cli.progress import working
from tradelatch.cli.settings import AsJson, fail
from tradelatch.cli.times import told_ms
from tradelatch.detect.catalogue import SUMMARIES
from tradelatch.detect.findings import Finding
from tradelatch.detect.history import Run, compare

app = typer.Typer(help="Find theft and manipulation in trades.", no_args_is_help=True)

_SHOWN = 25
"""So many findings are shown; `--json` has all."""


@app.callback()
def detect() -> None:
    """Find theft and manipulation in trades."""


def _command(name: str) -> Callable[..., None]:
    def command(
        trades: Trades, mapping: Map = None, settings: Settings = None, as_json: AsJson = False
    ) -> None:
        detector = detector_named(name)
        parameters = parameters_of(detector, settings)
        with working(name), usable():
            table = trades_of(detector, trades, mapping)
            found = detector.find(table, parameters)
        if as_json:
            print_json([detector.told(one) for one in found])
        else:
            _show(found, table.count().to_pyarrow().as_py())

    return command


for _name, _summary in SUMMARIES.items():
    app.command(_name, help=_summary)(_command(_name))

app.command("wash-table")(wash_table)


@app.command()
def backtest(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(SUMMARIES)}.")],
    trades: Trades,
    thresholds: Annotated[
        str, typer.Option(help="Values of the detector's threshold, such as 0.5,0.7,0.9.")
    ],
    mapping: Map = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Run a rule over history with several thresholds, and compare the alerts."""
    if name not in SUMMARIES:
        fail(f"there is no detector {name!r}; use one of: {', '.join(SUMMARIES)}")
    detector = detector_named(name)
    parameters = parameters_of(detector, settings)
    values = [_threshold(detector.threshold, text) for text in thresholds.split(",")]
    with working(name), usable():
        table = trades_of(detector, trades, mapping)
        runs = list(compare(detector, table, parameters, values))
    if as_json:
        print_json(msgspec.to_builtins(runs))
    else:
        _show_runs(detector.threshold, runs)


def _threshold(name: str, text: str) -> float:
    try:
        if isfinite(value := float(text)):
            return value
        raise ValueError(text)
    except ValueError:
        fail(f"--thresholds: {text.strip()!r} is no number; write values of {name} with commas")


def _show(found: Sequence[Finding], trades: int) -> None:
    if not found:
        print_line(f"nothing found in {'1 trade' if trades == 1 else f'{trades:,} trades'}")
        return
    rows = [_row(one) for one in found[:_SHOWN]]
    columns = ("score", "about", "from (UTC)", "to (UTC)", "rows", "value")
    print_table("Findings, the gravest first", columns, rows, right=(0, 4, 5))
    if len(found) > _SHOWN:
        print_line(f"and {len(found) - _SHOWN} more: --json has all")
    first = found[0]
    print_line("")
    print_line(f"Why the first: {_why(first)}. {first.spared}")


def _row(one: Finding) -> tuple[str, ...]:
    about = ", ".join(f"{role} {name}" for role, name in one.subjects.items())
    value = "" if one.value is None else f"{one.value:,.8g} {one.asset}"
    told = (told_ms(one.first_ms), told_ms(one.last_ms))
    return (f"{one.score:.4g}", about, *told, str(len(one.rows)), value)


def _why(one: Finding) -> str:
    terms = [
        f"{term.name} {term.value:.6g}{term.unit} ({'' if term.met else 'not '}"
        f"{'under' if term.under else 'over'} {term.threshold:.6g})"
        for term in one.terms
    ]
    return "; ".join(terms) or "no terms"


def _show_runs(name: str, runs: Sequence[Run]) -> None:
    rows = [
        (
            f"{run.threshold:g}",
            *map(str, (len(run.findings), run.days, run.subjects)),
            f"+{run.gained} -{run.lost}",
        )
        for run in runs
    ]
    columns = (name, "alerts", "on days", "about", "against the one before")
    print_table("Alerts by threshold", columns, rows, right=(0, 1, 2, 3, 4))
