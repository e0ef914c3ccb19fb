"""``tradelatch case triage``: a first look at one export, with nothing set up."""

from collections.abc import Sequence
from decimal import localcontext
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tradelatch.cases.kinds import LAYOUTS, Kind, open_as
from tradelatch.cases.triage import Fill, Market, Triage, triage
from tradelatch.cases.verification.arithmetic import are_of_something_else
from tradelatch.cases.verification.losses import EXACT
from tradelatch.cases.verification.recorded import Recorded, Recordings, recorded_of
from tradelatch.cases.verification.references import (
    PriceSeries,
    References,
    TapeSeries,
    prices_of,
)
from tradelatch.cases.verification.settings import Settings
from tradelatch.cli.cases.options import Map, Reads
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.settings import AsJson, fail
from tradelatch.cli.times import told_ms
from tradelatch.exports.reading import EXPORTS, file_bytes, read
from tradelatch.exports.records import Export
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import pairs_of, settings_of
from tradelatch.exports.sheet import Sheet, open_sheet
from tradelatch.model.money import plain

_SHOWN = 12
_NAMED = 5
"""So many lines are named in a sentence."""


def look(
    file: Annotated[Path, typer.Argument(help="An exchange's export of trades.")],
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="Prices to hold fills against: market, hour, price (CSV)."),
    ] = None,
    tape: Annotated[
        list[Path] | None, typer.Option(help="A market's public trades (CSV); may be repeated.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0, max=10, help="How far off a price counts; 0.10 is 10 %.")
    ] = 0.10,
    mapping: Map = None,
    reads: Reads = None,
    as_json: AsJson = False,
) -> None:
    """Tell what one export shows: a loss, the fills that made it, what evidence to get next."""
    try:
        settings = settings_of(reads or ())
        export = read(
            file_bytes(file), str(file), settings, pairs_of("--map", mapping or (), "time=When")
        )
        if not export.trades:
            fail(f"{file}: holds {export.form}; give the export of trades too")
        with localcontext(EXACT):
            _not_itself(file, [*(reference or []), *(tape or [])])
            recorded = _recorded(tape or [])
            prices = _prices(reference or [], recorded)
            asked = msgspec.convert({"threshold": str(threshold)}, Settings, strict=False)
            references = References(asked, prices, {}) if prices else None
            tapes = Recordings(recorded) if recorded else None
            found = triage(export.trades, references, asked.threshold, export.exchange, tapes)
    except Refused as error:
        fail(str(error))
    if as_json:
        read_as = {"notes": export.notes, "rejected": msgspec.to_builtins(export.rejected)}
        print_json({**msgspec.to_builtins(found), **read_as})
    else:
        _show(export, found)


def _not_itself(export: Path, others: Sequence[Path]) -> None:
    for path in others:
        if path.exists() and path.samefile(export):
            raise Refused(f"{path}: is the export itself, which tells no price of others")


def _recorded(tapes: Sequence[Path]) -> list[Recorded]:
    trades: list[Recorded] = []
    for path in tapes:
        sheet = open_as(Kind.TAPE, file_bytes(path), str(path))
        trades += recorded_of(sheet)
        for rejected in sheet.rejected:
            raise Refused(f"{path}, line {rejected.line}: {rejected.reason}")
    return trades


def _prices(tables: Sequence[Path], recorded: Sequence[Recorded]) -> dict[str, PriceSeries]:
    """Tapes first: a market's own trades say more."""
    prices: dict[str, PriceSeries] = {**TapeSeries.of(recorded)}
    for path in tables:
        known = prices_of(_reference(path))
        prices = {**known, **prices}
    return prices


def _reference(path: Path) -> Sheet:
    """A table of prices; one of trades has a time and a price too, and is none."""
    table = LAYOUTS[Kind.REFERENCE]
    sheet = open_sheet(file_bytes(path), str(path), [*EXPORTS, LAYOUTS[Kind.TAPE], table])
    if sheet.layout is not table:
        raise Refused(
            f"{path}: holds {sheet.layout.name}, and no table of prices (market, hour, price); "
            "a market's public trades are given by --tape"
        )
    return sheet


def _show(export: Export, found: Triage) -> None:
    trades = "1 trade" if found.trades == 1 else f"{found.trades:,} trades"
    print_line(f"{trades} read ({export.form})")
    for note in export.notes:
        print_line(note)
    if export.rejected:
        first, many = export.rejected[0], len(export.rejected)
        rows = "1 row" if many == 1 else f"{many:,} rows"
        print_line(f"{rows} could not be read; line {first.line}: {first.reason}")
    if found.odd_amounts:
        print_line(_odd_amounts(found))
    if not found.fills:
        print_line("no suspect fills")
    else:
        _show_loss(found)
    if found.unseen:
        print_line(_unseen(found))
    print_line("")
    print_line(f"How it was judged: {found.judged_by}.")
    print_line("")
    print_line("What to get next:")
    for one in found.evidence:
        print_line(f"- {one}")


def _odd_amounts(found: Triage) -> str:
    odd = found.odd_amounts
    if are_of_something_else(len(odd), found.totals):
        return (
            f"in {len(odd)} of {found.totals} rows the total is not price times amount: it may be "
            "of another asset, or with something else in it"
        )
    rows = "1 row whose total is" if len(odd) == 1 else f"{len(odd)} rows whose total is"
    return f"{rows} not price times amount{_at_lines(odd)}: no honest export has such rows"


def _unseen(found: Triage) -> str:
    are = "is" if len(found.unseen) == 1 else "are"
    return (
        f"{len(found.unseen)} of {len(found.fills)} suspect fills {are} not on the tape"
        f"{_at_lines(found.unseen)}: another zone (--set zone=), a tape that lost trades, or rows "
        "that were changed"
    )


def _at_lines(lines: Sequence[int]) -> str:
    """`` (lines 3, 5, 8 ...)``."""
    more = " ..." if len(lines) > _NAMED else ""
    which = "line" if len(lines) == 1 else "lines"
    return f" ({which} {', '.join(map(str, lines[:_NAMED]))}{more})"


def _show_loss(found: Triage) -> None:
    rows = [_market(one) for one in found.markets]
    columns = ("market", "fills", "first (UTC)", "until", "spent", "lost")
    print_line("")
    print_table("What may have been lost", columns, rows, right=(1, 4, 5))
    for pair, amount in found.sold.items():
        print_line(f"sold in the hour before: {pair}, for {amount:,.8g}")
    fills = sorted(found.fills, key=lambda one: -(one.passed or one.price * one.quantity))
    columns = ("line", "time (UTC)", "market", "price", "reference", "why")
    print_line("")
    print_table(
        "The largest suspect fills",
        columns,
        [_fill(one) for one in fills[:_SHOWN]],
        right=(0, 3, 4),
    )
    if len(fills) > _SHOWN:
        print_line(f"and {len(fills) - _SHOWN} more: --json has all")


def _market(one: Market) -> tuple[str, ...]:
    lost = f"{one.least:,.8g}"
    if one.most != one.least:
        lost = f"{one.least:,.6g} to {one.most:,.6g}"
    until = told_ms(one.last_ms)[11:]
    first = told_ms(one.first_ms)
    return (one.symbol, str(one.fills), first, until, f"{one.spent:,.8g}", lost)


def _fill(one: Fill) -> tuple[str, ...]:
    reference = "" if one.reference is None else plain(one.reference)
    told = (told_ms(one.time_ms)[5:], one.symbol, plain(one.price), reference)
    return (str(one.line), *told, one.why)
