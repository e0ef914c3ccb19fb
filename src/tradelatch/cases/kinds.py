"""What may be handed in, and how a table of each kind looks."""

import re
from collections.abc import Mapping
from enum import StrEnum

from tradelatch.exports.layout import Layout
from tradelatch.exports.settings import Settings
from tradelatch.exports.sheet import Sheet, open_sheet


class Kind(StrEnum):
    """What a file is taken for."""

    EXPORT = "export"
    """A victim's trades, as the exchange exported them."""
    HISTORY = "history"
    """A victim's balances: deposits, trades, withdrawals."""
    VICTIMS = "victims"
    """Who lost what, by their own account; country, key, consents."""
    KEYS = "keys"
    """An exchange's table of API keys."""
    LEAKED = "leaked"
    """Which keys leaked, as hashes."""
    REFERENCE = "reference"
    """What markets were worth, by the hour."""
    RATES = "rates"
    """What assets were worth in dollars, by the hour."""
    TAPE = "tape"
    """A market's public trades."""
    BOTH_SIDES = "both-sides"
    """An exchange's own table of trades, with buyer and seller."""
    PUBLISHED = "published"
    """Figures that were published, to be compared."""
    DOCUMENT = "document"
    """Anything else: kept and hashed, not read."""


_TIME = ("time", "timestamp", "time ms", "date", "datetime", "created at")
_SYMBOL = ("symbol", "market", "pair")
_QUANTITY = ("amount", "quantity", "qty", "size")

LAYOUTS = {
    Kind.VICTIMS: Layout(
        "victims",
        {
            "victim": ("victim", "pseudonym", "case id"),
            "country": ("country",),
            "exchange": ("exchange",),
            "claimed": ("claimed loss usd", "claimed usd", "claimed loss", "claimed"),
            "recovered": ("recovered usd", "recovered"),
            "key": ("key id", "api key"),
            "key_hash": ("key id sha256",),
            "created": ("key created", "key creation date"),
            "account": ("account", "account id", "user id"),
        },
        ("victim", "exchange"),
        ("claimed", "recovered"),
        dates=("created",),
    ),
    Kind.KEYS: Layout(
        "keys",
        {
            "key": ("key id", "api key", "api key id", "key"),
            "created": ("created", "created at", "creation date", "create time", "created time"),
            "used": ("last used", "last used at", "last access", "last access time"),
            "ip_list": ("ip list", "ip restricted", "ip whitelist", "whitelisted ips", "ips"),
            "third_party": ("third party", "application", "app", "broker", "connected to"),
            "rights": ("rights", "permissions", "scopes"),
            "balance": ("balance at risk usd", "balance at risk", "balance usd", "balance"),
        },
        ("key", "created"),
        ("balance",),
        dates=("created", "used"),
    ),
    Kind.LEAKED: Layout(
        "leaked keys",
        {
            "key_hash": ("key id sha256", "sha256", "hash"),
            "published": ("published",),
            "key": ("key id", "api key"),
            "exchange": ("exchange",),
        },
        (),
    ),
    Kind.REFERENCE: Layout(
        "reference prices",
        {"symbol": _SYMBOL, "hour": ("hour", *_TIME), "price": ("price", "close")},
        ("symbol", "hour", "price"),
        ("price",),
        ("hour",),
    ),
    Kind.RATES: Layout(
        "rates",
        {
            "asset": ("asset", "currency", "coin"),
            "hour": ("hour", *_TIME),
            "usd": ("usd", "price usd", "rate usd", "rate"),
        },
        ("asset", "hour", "usd"),
        ("usd",),
        ("hour",),
    ),
    Kind.BOTH_SIDES: Layout(
        "exchange's table",
        {
            "time": _TIME,
            "symbol": _SYMBOL,
            "price": ("price",),
            "quantity": _QUANTITY,
            "buyer": ("buyer", "buyer id", "buy account"),
            "seller": ("seller", "seller id", "sell account"),
            "id": ("id", "trade id"),
        },
        ("time", "symbol", "price", "quantity", "buyer", "seller"),
        ("price", "quantity"),
        ("time",),
    ),
    Kind.TAPE: Layout(
        "tape",
        {
            "time": ("timestamp", "time ms", *_TIME),
            "symbol": _SYMBOL,
            "price": ("price",),
            "quantity": _QUANTITY,
            "side": ("side",),
            "id": ("id", "trade id"),
        },
        ("time", "symbol", "price", "quantity"),
        ("price", "quantity"),
        ("time",),
    ),
    Kind.PUBLISHED: Layout(
        "published figures",
        {
            "figure": ("figure", "what"),
            "value": ("published", "published value", "value"),
            "qualifier": ("qualifier",),
            "rounded_to": ("rounded to",),
            "as_of": ("as of", "date"),
            "source": ("source",),
        },
        ("figure", "value"),
        ("value", "rounded_to"),
    ),
}
"""How tables look that are not exports."""

PSEUDONYM = re.compile(r"V-[0-9]{1,6}", re.ASCII)
"""What victims are called: their names do not get into a case, and a number leads to no folder."""
CONSENT = "consent "
"""What columns of `Kind.VICTIMS` begin with that tell whether a recipient may have the evidence
(as `exports.words.normal` writes names)."""


def exchange_of(told: str) -> str:
    """An exchange as it is compared: ``Coinbase Pro`` is coinbasepro."""
    return "".join(one for one in told.lower() if one.isalnum())


def open_as(
    kind: Kind,
    data: bytes,
    name: str,
    settings: Settings | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Sheet:
    """A table of a kind.

    Raises:
        Refused: it is none, or cannot be read.
    """
    return open_sheet(data, name, [LAYOUTS[kind]], settings, mapping)
