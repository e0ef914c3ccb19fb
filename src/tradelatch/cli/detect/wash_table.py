"""``tradelatch detect wash-table``: all wash trades in one table, as a paper has it for two
exchanges."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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
from tradelatch.cli.progress import working
from tradelatch.cli.settings import AsJson
from tradelatch.detect.trades import trade_files

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("trades", "trades", ",.0f"),
    ("accounts", "accounts", ",.0f"),
    ("assets", "assets", ",.0f"),
    ("self_trades", "self-trades", ",.0f"),
    ("wash_trades", "wash trades (self-trades included)", ",.0f"),
    ("self_share", "self-trades, share of trades", ".2%"),
    ("wash_share", "wash trades, share of trades", ".2%"),
    ("self_value", "self-traded{quote}", ",.0f"),
    ("wash_value", "wash-traded{quote}", ",.0f"),
    ("self_worth", "self-traded, at the rates", ",.0f"),
    ("wash_worth", "wash-traded, at the rates", ",.0f"),
    ("self_assets", "self-traded assets", ",.0f"),
    ("wash_assets", "wash-traded assets", ",.0f"),
    ("wash_assets_share", "wash-traded assets, share", ".2%"),
    ("self_accounts", "accounts with self-trades", ",.0f"),
    ("wash_accounts", "accounts with wash trades", ",.0f"),
    ("sets", "sets of accounts analysed", ",.0f"),
    ("sets_with_wash", "of them with wash trades", ",.0f"),
    ("assets_per_set", "assets in each of these, mean", ".2f"),
)
_DIVIDED = (
    "The shares that the paper prints for EtherDelta divide by IDEX's number of trades; its own"
    " counts give 1.65 % and 1.95 %."
)


def wash_table(
    trades: Trades,
    rates: Annotated[
        Path | None,
        typer.Option(help="CSV of rates of the quote asset; its last columns: time, rate."),
    ] = None,
    mapping: Map = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """All wash trades by Victor & Weintraud's rules, as in their table 2.

    Takes the files that they published (IDEXTrades.csv, EtherDeltaTrades.csv) as they are, and
    any other table of trades.
    """
    detector = detector_named("wash")
    parameters: Any = parameters_of(detector, settings)
    from tradelatch.detect.ledger import read_ledger
    from tradelatch.detect.rates import read_rates
    from tradelatch.detect.wash.published import exchange_of, read_published
    from tradelatch.detect.wash.totals import totals_of

    with working("wash-table"), usable():
        files = trade_files(trades)
        exchange = None if mapping else exchange_of(files)
        table = (
            read_published(files, exchange) if exchange else trades_of(detector, trades, mapping)
        )
        ledger = read_ledger(table)
        worth = read_rates(rates, ledger.time) if rates else None
        quote = "ETH" if exchange else ledger.only_quote()
        totals = totals_of(ledger, parameters, worth)
    if as_json:
        print_json({"quote": quote, **msgspec.to_builtins(totals)})
        return
    _show(totals, quote, exchange.name if exchange else "", exchange.found if exchange else {})
    if exchange and exchange.name == "EtherDelta":
        print_line(_DIVIDED)


def _show(totals: Any, quote: str, exchange: str, published: Mapping[str, float]) -> None:
    rows = []
    for name, words, form in _ROWS:
        value = getattr(totals, name)
        if value is not None:
            known = format(published[name], form) if name in published else ""
            row = (words.format(quote=f", {quote}" if quote else ""), format(value, form))
            rows.append((*row, known) if published else row)
    columns = ("", exchange or "here", *(("published",) if published else ()))
    print_table("Wash trades, as Victor & Weintraud count them", columns, rows, right=(1, 2))
