"""``tradelatch policy backtest``: what a policy would have refused in the past."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.settings import AsJson, fail, read_text
from tradelatch.exports.reading import FORMATS, read_trades
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import pairs_of, settings_of
from tradelatch.hindsight import report
from tradelatch.hindsight.events import Event, Unreadable
from tradelatch.hindsight.exports import as_events
from tradelatch.hindsight.history import History, read_candles, read_tape
from tradelatch.hindsight.journal import Reader
from tradelatch.hindsight.replay import Findings, Replay
from tradelatch.journal import log
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import BadAmount, parse_amount, plain
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import Policy, parse_policy
from tradelatch.policy.verdict import short

_EXPORT_LACKS = (
    "An export tells neither open orders, cancels and refused orders nor limits, exits and the "
    "book: trades of one side within a second count as one order at the worst of their prices, "
    "and nothing is marked as an exit."
)


def backtest(
    policy: Annotated[Path, typer.Argument(help="The policy, TOML.")],
    journal: Annotated[Path | None, typer.Option(help="A journal's folder.")] = None,
    account: Annotated[str, typer.Option(help="The account, where a journal has several.")] = "",
    trades: Annotated[Path | None, typer.Option(help="An exchange's trade export.")] = None,
    form: Annotated[
        str, typer.Option("--format", help=f"Its form, if unclear: {', '.join(FORMATS)}.")
    ] = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Our field, its column in the export."),
    ] = None,
    reads: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="How the export is written: date=dmy ..."),
    ] = None,
    tape: Annotated[
        list[Path] | None, typer.Option(help="A market's recorded trades, CSV; may be repeated.")
    ] = None,
    candles: Annotated[
        list[str] | None,
        typer.Option(help="One-minute candles, ETH/BTC=FILE as Binance publishes them."),
    ] = None,
    held: Annotated[
        str, typer.Option(help="What the account began with: BTC=30,ETH=285 (exports only).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Tell which orders of a journal or of a trade export a policy would have refused."""
    if (journal is None) == (trades is None):
        fail("give either --journal DIRECTORY or --trades FILE")
    if form and form not in FORMATS:
        fail(f"--format {form!r} is not known; use one of: {', '.join(FORMATS)}")
    try:
        asked = parse_policy(read_text(policy), str(policy))
        replay = Replay(asked, _histories(tape or [], candles or []))
        if journal:
            events = list(Reader(account).events(log.records(journal)))
        else:
            assert trades
            columns = pairs_of("--map", mapping or (), "price=Rate")
            found = read_trades(trades, form, settings_of(reads or ()), columns)
            events = list(as_events(found, _held(held)))
        findings = _run(replay, events)
    except (BadToml, BadAmount, Refused, Unreadable, log.JournalError) as error:
        fail(str(error))
    if as_json:
        print_json(report.as_json(findings, asked))
    else:
        _show(findings, asked, _EXPORT_LACKS if trades else "")


def _run(replay: Replay, events: list[Event]) -> Findings:
    bar = track(
        events,
        "judging",
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    for event in bar:
        replay.take(event)
    return replay.findings


def _histories(tapes: list[Path], candles: list[str]) -> dict[str, History]:
    found = dict(map(read_tape, tapes))
    for given in candles:
        symbol, _, file = given.partition("=")
        try:
            split_symbol(symbol)
        except ValueError as error:
            raise Unreadable(f"--candles {given}: write ETH/BTC=FILE") from error
        found[symbol] = read_candles(Path(file))
    return found


def _held(text: str) -> dict[str, Decimal] | None:
    held = {}
    for part in filter(None, text.split(",")):
        asset, _, amount = part.partition("=")
        held[asset.strip().upper()] = parse_amount(amount)
    return held or None


def _show(findings: Findings, policy: Policy, lacks: str) -> None:
    judged, refused, unknown = findings.outcomes, findings.refused, findings.unknown
    print(f"{len(judged)} orders judged, {len(refused)} would have been refused")
    if unknown:
        symbols = ", ".join(sorted({asked.intent.symbol for asked in unknown}))
        print(f"{len(unknown)} not judged, no prices are known then: {symbols} (give --tape)")
    if refused:
        rules = [
            (rule, str(count), short(worth)) for rule, count, worth in report.by_rule(findings)
        ]
        print_table("By rule", ("rule", "orders", policy.unit), rules, right=(1, 2))
        days = [(day, str(count), str(noes)) for day, count, noes in report.by_day(findings)]
        print_table("By day", ("day (UTC)", "orders", "refused"), days, right=(1, 2))
        told = [
            (report.told(o.time_ns), f"{o.side} {o.symbol}", f"{o.noes[0].rule}: {o.noes[0].says}")
            for o in report.examples(findings)
        ]
        print_table("Examples", ("time (UTC)", "order", "refused by"), told)
    rows = [
        (window, *(f"{short(most)} of {plain(limit)}" for most, limit in amounts))
        for window, amounts in report.peaks(findings, policy)
    ]
    columns = ("window", "B (deep)", "X (thin)", "E (exits)")
    print_table("The most that allowed orders would have taken", columns, rows)
    if lacks:
        print_line(lacks)
