"""A whole venue in this process with a market that follows a tape, and time that is handed on."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from tradelatch.model.clock import MS, ManualClock
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.book import Level
from tradelatch.venue.engine.commands import Deposit, OpenAccount, Place
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import SCALE
from tradelatch.venue.house import House
from tradelatch.venue.log import CommandLog

NOW = 1_790_000_040_000
"""When the venue is founded: a whole minute."""
STEP_MS = 500
CLIENT = "client"
FORTUNE = 10**9 * SCALE

Row = tuple[int, str, str, str]
"""Time (ms), price, amount and side."""


def write_tape(path: Path, rows: Sequence[Row]) -> Path:
    lines = ["time,price,amount,side", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


class Stage:
    """The venue, and a client who holds a fortune. Use it inside a running event loop."""

    def __init__(self, log: Path, tape: Path | None, moment: int | None, now: int = NOW) -> None:
        self.clock = ManualClock(now * MS)
        self.house = House(CommandLog(log), self.clock)
        self.house.start(1, tape=tape, moment=moment)
        name = list(self.house.engine.markets)[-1]
        self.market: Trading = self.house.engine.markets[name]
        self.listing = self.market.listing
        if CLIENT not in self.house.engine.accounts:
            self.house.submit(OpenAccount(self.house.now, CLIENT))
            for asset in (self.listing.base, self.listing.quote):
                self.house.submit(Deposit(self.house.now, CLIENT, asset, FORTUNE))

    async def close(self) -> None:
        await self.house.log.close()

    def run(self, ms: int) -> None:
        """Let time pass, step by step."""
        for _ in range(ms // STEP_MS):
            self.clock.advance(STEP_MS * MS)
            self.house.step()

    def wait(self, until: int) -> None:
        """Let time pass at once, up to the first step at or after `until` (ms)."""
        self.clock.advance(-(-(until - self.house.now) // STEP_MS) * STEP_MS * MS)
        self.house.step()

    def order(self, side: Side, lots: int, ticks: int = 0) -> Order:
        """An order of the client's: a market order if it has no price."""
        kind = OrderType.LIMIT if ticks else OrderType.MARKET
        tif = TimeInForce.GTC if ticks else TimeInForce.IOC
        event = self.house.submit(
            Place(self.house.now, CLIENT, self.listing.name, side, kind, lots, ticks, tif=tif)
        )[0]
        assert isinstance(event, OrderChanged)
        return event.order

    def levels(self, side: Side) -> list[Level]:
        """Price levels, best first."""
        return list(self.market.book.side(side).levels())

    def best(self, side: Side) -> int:
        return self.levels(side)[0].ticks

    @property
    def spread(self) -> int:
        return self.best(Side.SELL) - self.best(Side.BUY)

    @property
    def book(self) -> list[tuple[str, int, int, int, str]]:
        """Every resting order as side, ticks, lots, what is left, and whose, in its priority."""
        return [
            (side.value, order.ticks, order.lots, order.remaining, order.account)
            for side in Side
            for level in self.levels(side)
            for order in level
        ]

    def ticks(self, price: str) -> int:
        return int(Decimal(price) * SCALE) // self.listing.tick
