"""``tradelatch reconcile``: what the exchange lists of an account's trades, against the journal."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command, identity
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.journal.log import JournalError, records
from tradelatch.model.config import Config
from tradelatch.model.statements import utc

_COLUMNS = ("time", "market", "side", "quantity", "price", "trade", "order", "what")
_FOREIGN, _UNRECORDED, _UNKNOWN = "not signed here", "not in the journal", "not at the exchange"


class _Filled(msgspec.Struct, tag="Filled", tag_field="record"):
    order: int
    trade_id: int
    traded_ms: int
    price: str
    quantity: str


class _Allowed(msgspec.Struct, tag="Allowed", tag_field="record"):
    id: int
    account: str
    intent: dict[str, Any]


class _Kind(msgspec.Struct):
    record: str


def reconcile(
    account: Annotated[str, typer.Argument(help="The account.")],
    days: Annotated[int, typer.Option(min=1, max=90, help="Look back so many days.")] = 7,
    statement: Annotated[
        Path | None,
        typer.Option(help="Write a statement there, signed with the journal's key."),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Hold all that the exchange lists of an account's trades against what was signed and recorded
    here. The status is 1 if they differ."""
    settings = read_config(config)
    told = command(settings, "reconcile", account=account, days=str(days))
    if statement:
        try:
            statement.write_text(told["statement"], encoding="utf-8")
        except OSError as error:
            fail(f"{statement}: {error.strerror}")
    found = list(_differences(settings, account, told))
    if as_json:
        print_json({**told, "differences": found})
    else:
        _tell(told, found, statement)
    raise typer.Exit(1 if found else 0)


def _differences(config: Config, account: str, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Trades that only one side knows, or that nobody here signed; oldest first on each side. A
    person who cannot read the journal is told of the latter."""
    if identity.name and not os.access(config.home / "journal" / "records", os.R_OK):
        yield from ({**t, "what": _FOREIGN} for t in told["trades"] if not t["signed_here"])
        return
    known = _recorded(config, account)
    listed = {(trade["symbol"], trade["trade_id"]) for trade in told["trades"]}
    for trade in told["trades"]:
        if not trade["signed_here"]:
            yield {**trade, "what": _FOREIGN}
        elif (trade["symbol"], trade["trade_id"]) not in known:
            yield {**trade, "what": _UNRECORDED}
    for (symbol, trade_id), (fill, side) in known.items():
        time = utc(fill.traded_ms * 1_000_000)
        is_asked = symbol in told["markets"] and told["from"] < time < told["to"]
        if is_asked and (symbol, trade_id) not in listed:
            yield {
                "symbol": symbol,
                "trade_id": trade_id,
                "order_id": "",
                "time": time,
                "side": side,
                "quantity": fill.quantity,
                "price": fill.price,
                "what": _UNKNOWN,
            }


def _recorded(config: Config, account: str) -> dict[tuple[str, int], tuple[_Filled, str]]:
    """The account's fills by the journal, by market and trade."""
    orders: dict[int, tuple[str, str]] = {}
    fills: dict[tuple[str, int], tuple[_Filled, str]] = {}
    try:
        for line in records(config.home / "journal"):
            kind = msgspec.json.decode(line, type=_Kind).record
            if kind == "Allowed":
                record = msgspec.json.decode(line, type=_Allowed)
                if record.account == account and record.intent["intent"] == "PlaceOrder":
                    orders[record.id] = record.intent["symbol"], record.intent["side"]
            elif kind == "Filled":
                fill = msgspec.json.decode(line, type=_Filled)
                if fill.order in orders:
                    symbol, side = orders[fill.order]
                    fills[symbol, fill.trade_id] = fill, side
    except JournalError as error:
        fail(str(error))
    except (msgspec.DecodeError, KeyError):
        fail(f"{config.home / 'journal'}: this cannot be read; `tradelatch journal verify` tells")
    return fills


def _tell(told: dict[str, Any], found: list[dict[str, Any]], statement: Path | None) -> None:
    own = sum(trade["signed_here"] for trade in told["trades"])
    print(f"{told['account']}, {told['from']} to {told['to']}: {' '.join(told['markets'])}")
    print(f"{len(told['trades'])} trades at the exchange, {own} of orders that were signed here")
    if found:
        names = ("time", "symbol", "side", "quantity", "price", "trade_id", "order_id", "what")
        rows = [[str(difference[name]) for name in names] for difference in found]
        print_table("What differs", _COLUMNS, rows)
    else:
        print("nothing differs")
    if statement:
        print(f"{statement}: signed; `tradelatch journal statement {statement}` checks it")
