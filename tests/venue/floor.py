"""An engine with one coarse market, a fine one and a few traders, driven by commands alone."""

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import (
    Cancel,
    CancelAll,
    Command,
    Deposit,
    Genesis,
    ListMarket,
    OpenAccount,
    Place,
)
from tradelatch.venue.engine.events import Event, OrderChanged, Traded
from tradelatch.venue.engine.listing import WIDE, Life, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.units import SCALE

NOW = 1_790_000_000_000
COIN = Listing("COIN", "BTC", tick=100, lot=SCALE, min_notional=1_000, bids=WIDE, asks=WIDE)
FINE = Listing(
    "FINE",
    "BTC",
    tick=1_000,
    lot=10_007,
    min_notional=10,
    bids=WIDE,
    asks=WIDE,
    life=Life(opening=7_000, sigma=0, turnover=SCALE, prints=1, ladder=((1_000, SCALE),)),
    max_orders=1_000,
)
"""Its values are never whole units, so that rounding shows."""
MARKETS = (COIN, FINE)
MONEY = {"ann": 1_000 * SCALE, "bob": 1_000 * SCALE, "cyd": 1_000 * SCALE, "dan": 2 * SCALE}
TRADERS = tuple(MONEY)
"""All are rich but the last."""


class Floor:
    """Keeps the commands that were accepted."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.history: list[Command] = []
        self.now = NOW
        self.do(Genesis(NOW, 7))
        for listing in MARKETS:
            self.do(ListMarket(NOW, listing))
        for name in TRADERS:
            self.do(OpenAccount(NOW, name))
            for asset in ("BTC", "COIN", "FINE"):
                self.do(Deposit(NOW, name, asset, MONEY[name]))

    def do(self, command: Command) -> list[Event]:
        events = self.engine.apply(command)
        self.history.append(command)
        return events

    def place(self, command: Place) -> tuple[Order, list[tuple[int, int]]]:
        """The order, and its trades as (ticks, lots)."""
        events = self.do(command)
        order = next(event.order for event in events if isinstance(event, OrderChanged))
        trades = [event.trade for event in events if isinstance(event, Traded)]
        return order, [(trade.ticks, trade.lots) for trade in trades]

    def limit(
        self,
        trader: str,
        side: Side,
        lots: int,
        ticks: int,
        tif: TimeInForce = TimeInForce.GTC,
        client_id: str = "",
        market: str = "COINBTC",
    ) -> tuple[Order, list[tuple[int, int]]]:
        return self.place(
            Place(self.now, trader, market, side, OrderType.LIMIT, lots, ticks, 0, tif, client_id)
        )

    def market(
        self, trader: str, side: Side, lots: int = 0, quote: int = 0, market: str = "COINBTC"
    ) -> tuple[Order, list[tuple[int, int]]]:
        return self.place(
            Place(self.now, trader, market, side, OrderType.MARKET, lots=lots, quote=quote)
        )

    def cancel(self, trader: str, order: int, market: str = "COINBTC") -> None:
        self.do(Cancel(self.now, trader, market, order))

    def cancel_all(self, trader: str, market: str = "COINBTC") -> None:
        self.do(CancelAll(self.now, trader, market))

    def free(self, trader: str, asset: str) -> int:
        return self.engine.accounts[trader].balance(asset).free

    def locked(self, trader: str, asset: str) -> int:
        return self.engine.accounts[trader].balance(asset).locked
