"""What an endpoint is: a handler, the parameters it knows and the right it asks for."""

from collections.abc import Callable
from typing import Any

import msgspec

from tradelatch.venue.api.limits import Limits
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.api.weights import Weigh
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.house import House


class Call:
    """One request, read and let in. `now` is the time of its arrival in ms."""

    __slots__ = ("_trading", "house", "key", "limits", "now", "parameters")

    def __init__(
        self,
        house: House,
        limits: Limits | None,
        parameters: Parameters,
        now: int,
        key: ApiKey | None,
    ) -> None:
        self.house = house
        self.limits = limits
        self.parameters = parameters
        self.now = now
        self.key = key
        self._trading: Trading | None = None

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

    def check_count(self) -> None:
        """See that the account may place another order.

        Raises:
            TooMany: it has placed too many that were not filled.
        """
        if self.limits is not None:
            self.limits.check_orders(self.signer.account, self.now)

    @property
    def trading(self) -> Trading:
        """The market that the parameter ``symbol`` names.

        Raises:
            Refused: it is missing, or there is no such market.
        """
        if self._trading is None:
            self._trading = self.house.engine.trading(self.parameters.symbol())
        return self._trading


Handler = Callable[[Call], Any]
"""Gives the answer's JSON, or something to await that does."""


class Endpoint(msgspec.Struct, frozen=True):
    """One path and method. Without a `right` it is public, signed or not; `weight` is what a
    request to it counts for, and `places` whether it places orders, whose count it tells."""

    handler: Handler
    names: frozenset[str] = frozenset()
    right: Right | None = None
    weight: int | Weigh = 1
    places: bool = False

    def weigh(self, values: dict[str, str]) -> int:
        """The weight of a request with these parameters."""
        return self.weight if isinstance(self.weight, int) else self.weight(values)


Table = dict[tuple[str, str], Endpoint]


def names(text: str) -> frozenset[str]:
    """A set of parameter names from text with spaces between them."""
    return frozenset(text.split())
