"""An exchange's own table of API keys."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from tradelatch.cases.leaked import key_hash
from tradelatch.exports.refusal import BadCell, Rejected, shown
from tradelatch.exports.sheet import Row, Sheet

_NEVER = ("never", "0001-01-01")
"""How tables say that a key was not used; the date is the smallest that .NET knows."""
_NONE = ("", "no", "none", "false", "0", "-", "n/a", "unrestricted", "off", "null")

_ZONES = timedelta(days=1)
"""Days of two columns may be of two zones."""


class Key(msgspec.Struct, frozen=True):
    """A row: `hashed` tells the key (SHA-256 of ``exchange:key id``), `used` is None where the
    table does not say when it was used last, `has_ip_list` None where it says nothing of lists;
    `balance` is in dollars."""

    line: int
    hashed: str
    created: date
    used: date | None
    has_ip_list: bool | None
    third_party: str
    rights: str
    balance: Decimal | None


def keys_of(sheet: Sheet, exchange: str) -> list[Key]:
    """All keys of a table; rows that hold none are added to its rejected ones."""
    keys: list[Key] = []
    lines: dict[str, int] = {}
    knows_lists = "ip_list" in sheet.found.columns
    for row in sheet.rows:
        try:
            key = _key(row, exchange, knows_lists)
            if (first := lines.setdefault(key.hashed, row.line)) != row.line:
                raise BadCell(f"is the key of line {first} again")
            keys.append(key)
        except BadCell as error:
            sheet.rejected.append(Rejected(row.line, str(error)))
    return keys


def _key(row: Row, exchange: str, knows_lists: bool) -> Key:
    if not row.has("key"):
        raise BadCell("names no key")
    third = row.text("third_party")
    balance = row.number("balance") if row.has("balance") else None
    if balance is not None and balance < 0:
        raise BadCell(f"{shown(row.text('balance'))} is below zero")
    created = date.fromisoformat(row.date("created"))
    used = None if _is_none(row.text("used")) else date.fromisoformat(row.date("used"))
    if used is not None and used < created - _ZONES:
        raise BadCell(f"was used last on {used}, before it was made on {created}")
    return Key(
        row.line,
        key_hash(exchange, row.text("key")),
        created,
        used,
        row.text("ip_list").casefold() not in _NONE if knows_lists else None,
        "" if third.casefold() in _NONE else third,
        row.text("rights"),
        balance,
    )


def _is_none(used: str) -> bool:
    return used.casefold() in _NONE or used.casefold().startswith(_NEVER)
