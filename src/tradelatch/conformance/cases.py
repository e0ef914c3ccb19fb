"""One recorded request: who made it, what stood on the wire, and what its caller asked for."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple


class Key(NamedTuple):
    """An exchange key as a folder states it; the secret is a text the exchange gave out, or a
    private key as PEM."""

    key_id: str
    secret: bytes
    passphrase: str

    def __repr__(self) -> str:
        return f"Key({self.key_id[:4]}..., redacted)"


NO_KEY = Key("", b"", "")
"""In the place of a key that the folder does not state."""


class Asked(NamedTuple):
    """One order that was asked for, or one edit of an order.

    A market order may be asked for by an amount (base) or a cost (quote), and a client may send
    either: `amounts` and `costs` are all numbers that the call names or that follow from it, the
    first of each being what the folder says was meant. `stops` are the prices that the call names
    to wait for. What is None was not said.
    """

    symbol: str
    side: str | None
    kind: str | None
    """``limit``, ``market``, or a word of the exchange's own."""
    amounts: tuple[Decimal, ...]
    costs: tuple[Decimal, ...]
    price: Decimal | None
    stops: tuple[Decimal, ...] = ()
    lasting: str | None = None
    """``IOC`` or ``FOK``."""
    is_edit: bool = False
    means_cost: bool = False
    """The folder says that a cost was meant, and no amount."""


class Case(NamedTuple):
    """One request of a folder."""

    exchange: str
    """As the folder names it."""
    client: str
    tag: str
    category: str
    """What kind of call made it (``createOrder``, ``withdraw`` ...); empty if the folder does not
    say."""
    call: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    key: Key
    other: Key | None
    """Another key of the same exchange, with which it was not signed."""
    asked: tuple[Asked, ...]
    meant: Mapping[str, Any]
    """The truth as the folder states it."""
