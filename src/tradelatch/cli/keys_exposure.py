"""``tradelatch keys exposure``: an exchange's own key table, and what rules would switch off."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tradelatch.cases import leaked as leaked_list
from tradelatch.cases.exposure import Exposure, Share, exposure
from tradelatch.cases.keytable import Key, keys_of
from tradelatch.cases.kinds import Kind, exchange_of, open_as
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.settings import AsJson, fail
from tradelatch.exports.reading import file_bytes
from tradelatch.exports.refusal import Refused, Rejected
from tradelatch.exports.settings import Settings, pairs_of, settings_of

_SHOWN = 10


def keys_exposure(
    table: Annotated[Path, typer.Argument(help="The exchange's table of keys, CSV.")],
    exchange: Annotated[
        str, typer.Option(help="The exchange, for the leaked list; else the file's name.")
    ] = "",
    leaked: Annotated[
        Path | None, typer.Option(help="Leaked keys: SHA-256 of exchange:key id, or both.")
    ] = None,
    as_of: Annotated[
        str, typer.Option(help="The table's day, 2023-01-10; else the latest that it names.")
    ] = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="created=Opened ..."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="How it is written: date=dmy ..."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Age, idleness, IP lists, third parties and balance at risk of an exchange's keys, and what
    each expiry rule would have switched off."""
    where = exchange_of(exchange or table.name.partition(".")[0])
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        fail(f"--as-of {as_of}: write it as 2023-01-10")
    try:
        names = pairs_of("--map", mapping or (), "created=Opened")
        data, told = file_bytes(table), settings_of(settings or ())
        sheet = open_as(Kind.KEYS, data, str(table), told, names)
        keys = keys_of(sheet, where)
        hits = _leaked(leaked) if leaked else None
    except Refused as error:
        fail(str(error))
    if not keys:
        fail(f"{table}: there is no key in it")
    found = exposure(keys, hits, day)
    if as_json:
        print_json({**msgspec.to_builtins(found), "rejected": msgspec.to_builtins(sheet.rejected)})
    else:
        _show(found, hits is not None, set(hits or ()), sheet.rejected)


def _leaked(path: Path) -> dict[str, bool]:
    data, _ = leaked_list.hashed(file_bytes(path), str(path), Settings(), {})
    return leaked_list.read(data, str(path), {})


def _show(found: Exposure, has_list: bool, hits: set[str], rejected: Sequence[Rejected]) -> None:
    print_line(f"as of {found.as_of}")
    _shares("Keys", "keys that", found.kinds, has_list)
    _shares("By age", "made", found.ages, has_list)
    _shares("What each rule would have switched off", "rule", found.rules, has_list)
    print_line("")
    rows = [_row(key, key.hashed in hits) for key in found.worst[:_SHOWN]]
    columns = ("line", "created", "last used", "third party", "balance, USD", "leaked")
    print_table(
        "Keys that may act and have no IP list, the gravest first", columns, rows, right=(0, 4)
    )
    if len(found.worst) > _SHOWN:
        print_line(f"and {len(found.worst) - _SHOWN:,} more: --json has all")
    for row in rejected[:_SHOWN]:
        print_line(f"left out: line {row.line}: {row.reason}")
    if len(rejected) > _SHOWN:
        print_line(f"and {len(rejected) - _SHOWN:,} more rows are left out")


def _shares(title: str, what: str, shares: Sequence[Share], has_list: bool) -> None:
    print_line("")
    rows = [
        (
            one.what,
            f"{one.keys:,}",
            f"{100 * one.share:.1f} %",
            f"{one.balance:,.0f}",
            f"{100 * one.balance_share:.1f} %",
            *([f"{one.leaked:,}"] if has_list else []),
        )
        for one in shares
    ]
    columns = (what, "keys", "share", "balance, USD", "share", *(["leaked"] if has_list else []))
    print_table(title, columns, rows, right=(1, 2, 3, 4, 5))


def _row(key: Key, is_leaked: bool) -> tuple[str, ...]:
    balance = "" if key.balance is None else f"{key.balance:,.0f}"
    used = key.used.isoformat() if key.used else "never"
    told = (key.created.isoformat(), used, key.third_party, balance)
    return (str(key.line), *told, "yes" if is_leaked else "")
