"""What an endpoint of this face is, and how a request finds it."""

from collections.abc import Callable
from typing import Any

import msgspec

from tradelatch.venue.api.endpoint import Call as BinanceCall
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.kucoin.names import market_called
from tradelatch.venue.kucoin.signing import no_right


class Call(BinanceCall):
    """One request, read and let in. What stands in the path is among its parameters."""

    @property
    def trading(self) -> Trading:
        """The market that the parameter ``symbol`` names.

        Raises:
            Refused: it is missing, or there is no such market.
        """
        return market_called(self.house.engine, self.parameters.required("symbol"))

    def check_market(self, market: str) -> None:
        """See that the key may trade in a market.

        Raises:
            Declined: it is not on the key's list.
        """
        if self.signer.symbols and market not in self.signer.symbols:
            raise no_right()


Handler = Callable[[Call], Any]
"""Gives the answer's ``data``, or something to await that does."""


class Endpoint(msgspec.Struct, frozen=True):
    """One path and method. Without a `right` it is public; `weight` is what a request to it counts
    for."""

    handler: Handler
    right: Right | None = None
    weight: int = 2


Table = dict[str, Endpoint]
"""Endpoints by method and path, ``GET /api/v1/orders/{orderId}``; what is in braces is a
parameter."""


class Routes:
    """Finds the endpoint of a request."""

    def __init__(self, table: Table) -> None:
        self._exact = {name: one for name, one in table.items() if "{" not in name}
        self._patterns = [
            (name, name.split("/"), one) for name, one in table.items() if "{" in name
        ]

    def find(self, method: str, path: str) -> tuple[str, Endpoint, dict[str, str]] | None:
        """An endpoint's name in the table, the endpoint, and what stands in its braces."""
        wanted = f"{method} {path}"
        if wanted in self._exact:
            return wanted, self._exact[wanted], {}
        words = wanted.split("/")
        for name, pattern, endpoint in self._patterns:
            values = _matched(pattern, words)
            if values is not None:
                return name, endpoint, values
        return None


def _matched(pattern: list[str], words: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(words):
        return None
    values = {}
    for wanted, word in zip(pattern, words, strict=True):
        if wanted.startswith("{"):
            values[wanted[1:-1]] = word
        elif wanted != word:
            return None
    return values
