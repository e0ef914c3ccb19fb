"""One request to the Coinbase face: what its path, query and body say, and who asks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from tradelatch.venue.api.limits import Limits
from tradelatch.venue.coinbase.errors import forbidden, invalid, not_found
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.house import House

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 1_000
_DIGITS = 15
_Body = TypeVar("_Body")


class Query:
    """The parameters of a query; a name may stand in it several times."""

    def __init__(self, query: bytes, known: frozenset[str]) -> None:
        """Read a query, all of whose names must be `known`.

        Raises:
            Denied: there is one that is not, or the text is none.
        """
        try:
            self._values = parse_qs(
                query.decode("ascii"), errors="strict", max_num_fields=_MOST, strict_parsing=True
            )
        except ValueError:
            if query:
                raise invalid("the query cannot be read") from None
            self._values = {}
        for name in self._values.keys() - known:
            raise invalid(f"unknown parameter: {name}")

    def texts(self, *names: str) -> list[str]:
        """Every value of these names."""
        return [value for name in names for value in self._values.get(name, ())]

    def text(self, name: str) -> str | None:
        """The one value of a name, or None."""
        values = self.texts(name)
        if len(values) > 1:
            raise invalid(f"{name} is there more than once")
        return values[0] if values else None

    def integer(self, name: str) -> int | None:
        """A whole number that is not negative, or None."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
            raise invalid(f"{name} is a whole number")
        return int(text)

    def limit(self, most: int, default: int) -> int:
        """How many are wanted at most: `default` where it is not said, and never above `most`."""
        return min(self.integer("limit") or default, most)

    def moment(self, name: str) -> int | None:
        """A time as RFC 3339 writes it, in ms, or None."""
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name} is a time such as 2026-01-31T00:00:00Z") from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(milliseconds=1)


class Call:
    """One request, read and let in. `now` is the time of its arrival in ms, `path` what stands in
    its path where the endpoint's has names."""

    __slots__ = ("body", "house", "key", "limits", "now", "path", "query")

    def __init__(
        self,
        house: House,
        limits: Limits | None,
        path: dict[str, str],
        query: Query,
        body: bytes,
        now: int,
        key: ApiKey | None,
    ) -> None:
        self.house = house
        self.limits = limits
        self.path = path
        self.query = query
        self.body = body
        self.now = now
        self.key = key

    @property
    def signer(self) -> ApiKey:
        """The key that signed."""
        if self.key is None:
            raise LookupError("this endpoint is not signed")
        return self.key

    @property
    def account(self) -> Account:
        """The account of the key that signed."""
        return self.house.engine.accounts[self.signer.account]

    def read(self, kind: type[_Body]) -> _Body:
        """The body, as JSON of that kind.

        Raises:
            Denied: it is another.
        """
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise invalid(" ".join(str(error).split())) from error

    def market(self, product: str) -> Trading:
        """The market that Coinbase would call so, such as ``ETH-BTC``.

        Raises:
            Denied: there is none.
        """
        base, _, quote = product.partition("-")
        found = self.house.engine.markets.get(base + quote)
        if found is None or found.listing.base != base:
            raise not_found("valid product_id is required")
        return found

    def markets(self) -> list[Trading]:
        """The markets that ``product_id`` and ``product_ids`` name; all if none is named.

        Raises:
            Denied: there is no such market.
        """
        named = dict.fromkeys(self.query.texts("product_id", "product_ids"))
        if not named:
            return list(self.house.engine.markets.values())
        return [self.market(name) for name in named]

    def check_may_trade(self, trading: Trading) -> None:
        """See that the key may trade in that market.

        Raises:
            Denied: it is not on the key's list.
        """
        if self.signer.symbols and trading.listing.name not in self.signer.symbols:
            raise forbidden()

    def check_count(self) -> None:
        """See that the account may place another order.

        Raises:
            TooMany: it has placed too many that were not filled.
        """
        if self.limits is not None:
            self.limits.check_orders(self.signer.account, self.now)


Handler = Callable[[Call], Any]
"""Gives the answer's JSON, or something to await that does."""


class Endpoint(msgspec.Struct, frozen=True):
    """One path and method: who answers, the parameters that may stand in the query, the right it
    asks for (none: it is public) and the status of its answer."""

    handler: Handler
    names: frozenset[str] = frozenset()
    right: Right | None = None
    status: int = 200


Table = dict[tuple[str, str], Endpoint]
"""Endpoints by method and path; parts of a path in braces stand for anything."""


def names(text: str) -> frozenset[str]:
    """A set of parameter names from text with spaces between them."""
    return frozenset(text.split())
