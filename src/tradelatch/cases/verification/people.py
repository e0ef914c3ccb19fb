"""Who lost what, by their own account: the table of victims."""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradelatch.cases.conclusions.countries import NAMES
from tradelatch.cases.kinds import CONSENT, PSEUDONYM, exchange_of
from tradelatch.cases.leaked import HASH, key_hash
from tradelatch.cases.verified import RowRef
from tradelatch.exports.refusal import BadCell, Rejected, shown
from tradelatch.exports.sheet import Row, Sheet
from tradelatch.model.money import ZERO

_YES = ("yes", "y", "true", "1", "ja", "si", "sí", "oui", "да", "是")
_ACCOUNT = re.compile(r"[\w@.+ -]{0,100}")
"""Ids and addresses of accounts, which stand in letters: one line, and no markup."""


class Person(msgspec.Struct, frozen=True):
    """A row of the table of victims; what it does not tell is empty, `claimed` None."""

    name: str
    country: str = ""
    exchange: str = ""
    claimed: Decimal | None = None
    recovered: Decimal = ZERO
    key_id_sha256: str = ""
    key_created: str = ""
    consents: Mapping[str, bool] = {}
    told: RowRef | None = None
    account: str = ""


def people_of(sheet: Sheet) -> list[Person]:
    """All victims of a table; rows that hold none are added to its rejected ones."""
    consents = sheet.begins(CONSENT)
    people = []
    for row in sheet.rows:
        try:
            people.append(_person(row, consents))
        except BadCell as error:
            sheet.rejected.append(Rejected(row.line, str(error)))
    return people


def agreed(one: Mapping[str, bool], other: Mapping[str, bool]) -> dict[str, bool]:
    """The consents of a victim who was asked twice: a no at either time is a no."""
    return {name: one.get(name, True) and other.get(name, True) for name in {**one, **other}}


def _person(row: Row, consents: Mapping[str, int]) -> Person:
    name, country = row.text("victim"), row.text("country").upper()
    exchange, key = exchange_of(row.text("exchange")), row.text("key")
    hashed = key_hash(exchange, key) if key else row.text("key_hash").lower()
    if not name:
        raise BadCell("names no victim")
    if not PSEUDONYM.fullmatch(name):
        raise BadCell(f"{shown(name)} is no pseudonym such as V-01, by which a case knows a victim")
    if country and country not in NAMES:
        raise BadCell(f"{shown(country)} is no country's ISO 3166 code, such as TH")
    if hashed and not HASH.fullmatch(hashed):
        raise BadCell(f"{shown(hashed)} is no SHA-256 of a key in hex")
    if not _ACCOUNT.fullmatch(row.text("account")):
        raise BadCell(f"{shown(row.text('account'))} is no account id")
    return Person(
        name,
        country,
        exchange,
        _dollars(row, "claimed") if row.has("claimed") else None,
        _dollars(row, "recovered") if row.has("recovered") else ZERO,
        hashed,
        row.date("created") if row.has("created") else "",
        {
            recipient.replace(" ", "_"): row.cells[column].casefold() in _YES
            for recipient, column in consents.items()
        },
        RowRef(row.sheet.name, row.line),
        row.text("account"),
    )


def _dollars(row: Row, field: str) -> Decimal:
    if (amount := row.number(field)) < 0:
        raise BadCell(f"{shown(row.text(field))} is below zero")
    return amount
