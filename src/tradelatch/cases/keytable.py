"""An exchange's own table of API keys."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from tradelatch.cases.kinds import LAYOUTS, Kind
from tradelatch.cases.leaked import key_hash
from tradelatch.exports.refusal import BadCell, Rejected
from tradelatch.exports.settings import Settings
from tradelatch.exports.sheet import Row, open_sheet

_NONE = ("", "no", "none", "false", "0", "-", "n/a", "unrestricted", "off", "null")


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


def read_keys(
    data: bytes, name: str, exchange: str, settings: Settings, mapping: Mapping[str, str]
) -> tuple[list[Key], list[Rejected]]:
    """All keys of a table, and the rows that hold none.

    Raises:
        Refused: it cannot be read.
    """
    sheet = open_sheet(data, name, [LAYOUTS[Kind.KEYS]], settings, mapping)
    keys, rejected = [], sheet.rejected
    knows_lists = "ip_list" in sheet.found.columns
    for row in sheet.rows:
        try:
            keys.append(_key(row, exchange, knows_lists))
        except BadCell as error:
            rejected.append(Rejected(row.line, str(error)))
    return keys, sorted(rejected, key=lambda one: one.line)


def _key(row: Row, exchange: str, knows_lists: bool) -> Key:
    if not row.has("key"):
        raise BadCell("names no key")
    third = row.text("third_party")
    return Key(
        row.line,
        key_hash(exchange, row.text("key")),
        date.fromisoformat(row.date("created")),
        date.fromisoformat(row.date("used")) if row.has("used") else None,
        row.text("ip_list").casefold() not in _NONE if knows_lists else None,
        "" if third.casefold() in _NONE else third,
        row.text("rights"),
        row.number("balance") if row.has("balance") else None,
    )
