"""What a running bot needs of an exchange account: one seam for every exchange and gate."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Protocol

import msgspec

from tradelatch.bots.events import Book, Price, Report, Traded
from tradelatch.bots.orders import Fill, Order
from tradelatch.model.markets import Candle, Market
from tradelatch.model.money import ZERO


class NoAnswer(Exception):
    """Nobody knows what became of the request: a time-out, a lost connection, an answer that
    makes no sense. An order may or may not have been taken."""


class Busy(Exception):
    """The request was certainly not taken, and may be later: a rate limit, maintenance."""

    def __init__(self, says: str, wait_s: float) -> None:
        super().__init__(says)
        self.wait_s = wait_s
        """How long to wait at least, in seconds."""


class Refused(Exception):
    """The request is wrong and will be wrong again, or this grant may not make it; the message
    says why."""


class Holding(msgspec.Struct, frozen=True):
    """What an account has of one asset: free, and locked in open orders."""

    free: Decimal
    locked: Decimal = ZERO


Heard = Callable[[Price | Book | Report | Traded], None]


class Port(Protocol):
    """One account at one exchange. Every method may raise `NoAnswer`, `Busy` or `Refused`; none
    tries a request again by itself."""

    async def markets(self, symbols: Iterable[str]) -> dict[str, Market]:
        """The steps of these markets (unified symbols).

        Raises:
            Refused: one of them is not traded there.
        """

    async def holdings(self) -> dict[str, Holding]:
        """Every asset of which there is any, by name."""

    async def candles(self, symbol: str, interval_ms: int, count: int) -> list[Candle]:
        """The last closed candles, at most `count`, the oldest first."""

    async def price(self, symbol: str) -> Decimal:
        """The last traded price."""

    async def place(self, order: Order) -> Report:
        """Send it; a denial is a report too, with its reason."""

    async def cancel(self, order: Order) -> Report | None:
        """Cancel it; what is known of it then, or None where the exchange does not know it as
        open (it is filled, cancelled already, or not there yet: `look` tells)."""

    async def look(self, order: Order) -> Report | None:
        """What the exchange knows of it by its client id; None if nothing, which is final only
        once the request can no longer be accepted."""

    async def fills(self, order: Order) -> list[Fill]:
        """Every fill of an order that the exchange knows."""

    async def follow(self, symbols: Iterable[str], hear: Heard) -> None:
        """Tell of trades, best prices and the account's orders and fills as they happen, until
        cancelled; it comes back by itself after a lost connection, and what happened meanwhile has
        to be asked for (`on_gap` of the implementation is called then)."""

    async def close(self) -> None:
        """Hang up."""
