"""The recorded requests of one exchange, and what an order among them has to be read as."""

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tradelatch.model.http import Request
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import OrderType

CLOCK_MS = 1_760_000_000_123
"""When ccxt wrote its own."""


class Case(NamedTuple):
    """One request, the secret that it was signed with and another, what its caller meant."""

    label: str
    category: str
    truth: dict[str, Any]
    request: Request
    secret: bytearray
    other: bytearray


def cases(folder: Path, exchange: str, client: str = "") -> list[Case]:
    """What ccxt wrote, or with `client` what that library did."""
    folder = folder / "exchange-requests"
    credentials = json.loads((folder / "credentials.json").read_text())[exchange]
    secrets = {who: secret(credentials[who]["secret"], who) for who in "AB"}
    if client:
        calls = json.loads((folder / "sdk" / "requests.json").read_text())[client]["calls"]
        told = [(call, call["req"], "A") for call in calls]
    else:
        calls = json.loads((folder / "ccxt" / f"{exchange}.json").read_text())["cases"]
        told = [(call, call[who], who) for call in calls for who in "AB"]
    return [
        Case(
            call["tag"],
            call.get("category", "sdk"),
            call["truth"] or {},
            raw(exchange, wire),
            secrets[who],
            secrets["B" if who == "A" else "A"],
        )
        for call, wire, who in told
    ]


def raw(exchange: str, wire: dict[str, Any]) -> Request:
    """A request as it stood on the wire."""
    parts = urlsplit(wire["url"])
    return Request(
        wire["method"],
        exchange,
        parts.path,
        parts.query,
        tuple((wire["headers"] or {}).items()),
        (wire.get("body") or "").encode(),
    )


def secret(told: str, who: str) -> bytearray:
    """A secret, derived as the credentials say where it is a private key."""
    if not told.startswith("derived: EC P-256"):
        return bytearray(told.encode())
    number = int.from_bytes(hashlib.sha256(f"ec{who}".encode()).digest(), "big") % 2**255
    key = ec.derive_private_key(number, ec.SECP256R1())
    return bytearray(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )


def check_order(case: Case, order: PlaceOrder) -> None:
    """See that an order without stops was read as its caller meant it."""
    truth = case.truth
    assert order.symbol == truth["symbol"], case.label
    assert order.side.lower() == truth["side"], case.label
    if order.quote_quantity is not None:
        short = Decimal(str(truth["cost"])) - order.quote_quantity
        assert 0 <= short < Decimal("0.01"), case.label  # ccxt rounds a cost down
    else:
        assert order.quantity == Decimal(str(truth["amount"])), case.label
    assert order.type.has_limit is (truth["type"] == "limit"), case.label
    if order.type.has_limit:
        assert order.price == Decimal(str(truth["price"])), case.label
    option = case.label.rpartition("+")[2]
    lasting = {"ioc": "IOC", "fok": "FOK"}.get(option, "GTC")
    if option == "postOnly":
        assert order.type is OrderType.LIMIT_MAKER, case.label
    elif order.type is OrderType.LIMIT:
        assert order.time_in_force == lasting, case.label
