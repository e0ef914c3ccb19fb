"""A venue's markets and agents without a process, a log or real time."""

import random

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.commands import (
    Command,
    Deposit,
    Genesis,
    ListMarket,
    OpenAccount,
    Place,
    StandStill,
)
from tradelatch.venue.engine.events import Event, OrderChanged
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import SCALE
from tradelatch.venue.house import HOUSE_MONEY
from tradelatch.venue.life.makers import TAKER, Maker, NoiseTaker
from tradelatch.venue.life.quotes import MAKER
from tradelatch.venue.life.walk import Walk

NOW = 1_790_000_000_000
STEP_MS = 500


class Town:
    """One generated market with its agents and one stranger, who holds a fortune."""

    def __init__(self, listing: Listing, seed: int = 1, flat: bool = True) -> None:
        assert listing.life is not None
        self.engine = Engine()
        self.now = NOW
        self.commands = 0
        self.listing = listing
        self.submit(Genesis(NOW, seed))
        self.submit(ListMarket(NOW, listing))
        for name in (MAKER, TAKER):
            self.submit(OpenAccount(NOW, name, house=True, maker_fee=0, taker_fee=0))
        self.submit(OpenAccount(NOW, "stranger"))
        for name in (MAKER, TAKER, "stranger"):
            for asset in (listing.base, listing.quote):
                self.submit(Deposit(NOW, name, asset, HOUSE_MONEY))
        if flat:
            self.submit(StandStill(NOW, still=True))
        life = listing.life
        self.walk = Walk(seed, listing.name, life.sigma, life.opening, NOW)
        self.maker = Maker(self.engine, listing, life, self.walk)
        self.taker = NoiseTaker(self.engine, listing, life, self.walk, random.Random(seed))
        self.commands = 0

    def submit(self, command: Command) -> list[Event]:
        self.commands += 1
        return self.engine.apply(command)

    def run(self, seconds: float, noise: bool = False) -> None:
        for _ in range(int(seconds * 1000) // STEP_MS):
            self.maker.step(self.now, self.submit)
            if noise:
                self.taker.step(self.now, self.submit)
            self.now += STEP_MS

    def limit(self, side: Side, lots: int, ticks: int, tif: TimeInForce) -> Order:
        event = self.submit(
            Place(
                self.now, "stranger", self.listing.name, side, OrderType.LIMIT, lots, ticks, tif=tif
            )
        )[0]
        assert isinstance(event, OrderChanged)
        return event.order

    @property
    def trading(self) -> Trading:
        return self.engine.markets[self.listing.name]

    @property
    def stranger(self) -> Account:
        return self.engine.accounts["stranger"]

    def depth(self, side: Side, within: float) -> float:
        """BTC on one side within a fraction of the fair price."""
        fair = self.walk.ticks(self.engine.walk_ms(self.now))
        return sum(
            self.listing.value(level.ticks, level.lots) / SCALE
            for level in self.trading.book.side(side).levels()
            if abs(level.ticks / fair - 1) <= within
        )

    def top(self) -> tuple[int, int]:
        """Best bid and ask in ticks."""
        bid, ask = self.trading.book.bids.best(), self.trading.book.asks.best()
        assert bid is not None
        assert ask is not None
        return bid.ticks, ask.ticks
