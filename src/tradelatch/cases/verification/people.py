"""Who lost what, by their own account: the table of victims."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradelatch.cases.kinds import CONSENT
from tradelatch.cases.leaked import key_hash
from tradelatch.cases.verified import RowRef
from tradelatch.exports.refusal import BadCell, Rejected
from tradelatch.exports.sheet import Row, Sheet
from tradelatch.model.money import ZERO

_YES = ("yes", "y", "true", "1", "ja", "si", "sí", "oui", "да", "是")


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


def exchange_of(told: str) -> str:
    """An exchange as it is compared: ``Coinbase Pro`` is coinbasepro."""
    return "".join(one for one in told.lower() if one.isalnum())


def _person(row: Row, consents: Mapping[str, int]) -> Person:
    exchange, key = exchange_of(row.text("exchange")), row.text("key")
    if not row.has("victim"):
        raise BadCell("names no victim")
    return Person(
        row.text("victim"),
        row.text("country").upper(),
        exchange,
        row.number("claimed") if row.has("claimed") else None,
        row.number("recovered") if row.has("recovered") else ZERO,
        key_hash(exchange, key) if key else row.text("key_hash").lower(),
        row.date("created") if row.has("created") else "",
        {
            recipient.replace(" ", "_"): row.cells[column].casefold() in _YES
            for recipient, column in consents.items()
        },
        RowRef(row.sheet.name, row.line),
        row.text("account"),
    )
