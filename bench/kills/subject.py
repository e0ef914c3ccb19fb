"""What is struck: a bot of any make, and what it believes."""

from decimal import Decimal
from pathlib import Path
from typing import Protocol

import msgspec

from bench.kills.site import Site
from tradelatch.model.orders import Side


class Wanted(msgspec.Struct, frozen=True):
    """A signal: buy once in this market at this limit, for the stake that the bot is set up with;
    or sell all that it has there."""

    symbol: str
    side: Side
    price: Decimal


class KnownOrder(msgspec.Struct, frozen=True):
    """An order in the bot's own database: the exchange's id or the client's, whichever it keeps,
    and how much of it (base) the bot takes for filled."""

    name: str
    filled: Decimal


class Known(msgspec.Struct, frozen=True):
    """The bot's own books of one market: its orders, and what it believes to hold (base)."""

    orders: tuple[KnownOrder, ...] = ()
    position: Decimal = Decimal(0)


class Subject(Protocol):
    """One bot with an account of its own."""

    name: str
    """What it is called in the table, with its version."""

    async def open(self, site: Site, symbols: list[str], stake: Decimal, folder: Path) -> str:
        """Get ready to trade these markets (unified symbols) at a venue, with a stake (quote) in
        each; the URL that the bot is to dial, in front of which the cutter is put."""

    async def start(self, url: str) -> None:
        """Start the process, or start it again after a kill; returns once it trades at `url`."""

    def kill(self) -> None:
        """SIGKILL to it and to all that it started, at once."""

    def signal(self, wanted: Wanted | None) -> None:
        """Give the signal, which stands until another one, or None, takes its place: a bot that
        has acted on it does not act again."""

    def known(self, symbol: str) -> Known:
        """What its database says of one market; it may be running or dead."""

    async def close(self) -> None:
        """End it."""
