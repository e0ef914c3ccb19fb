"""Orders and order lists, as the engine keeps them."""

import enum
from typing import TYPE_CHECKING

from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce
from tradelatch.venue.engine.words import BUY, NEW

if TYPE_CHECKING:
    from tradelatch.venue.engine.book import Level
    from tradelatch.venue.engine.commands import Place

STOPS = (
    OrderType.STOP_LOSS,
    OrderType.STOP_LOSS_LIMIT,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_LIMIT,
)
"""The types that wait for a stop price."""
PRICED = (
    OrderType.LIMIT,
    OrderType.LIMIT_MAKER,
    OrderType.STOP_LOSS_LIMIT,
    OrderType.TAKE_PROFIT_LIMIT,
)
"""The types with a limit price."""
LOSSES = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
"""Of the stops, those that go with the price and not against it."""


class SelfTradePrevention(enum.StrEnum):
    """Which order ends where an account would trade with itself; the taker's mode counts."""

    NONE = "NONE"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class Order:
    """One order. Quantities in lots, `spent` and `quote` in quote units, times in ms.

    `locked` is what the order keeps ready: base units of a sell, quote units of a buy. A stop
    `is_waiting` until the last price reaches `stop_ticks`; `working_at` is when it, or any other
    order, came to the book (-1 before). A buy whose fee is in quote keeps `fee_ppm` of its value
    ready for that and has paid `charged`; else the two are zero.
    """

    __slots__ = (
        "account",
        "at",
        "charged",
        "client_id",
        "fee_ppm",
        "filled",
        "id",
        "is_waiting",
        "level",
        "list",
        "locked",
        "lots",
        "market",
        "next",
        "prevented",
        "prevention",
        "previous",
        "quote",
        "side",
        "spent",
        "status",
        "stop_ticks",
        "strategy",
        "ticks",
        "tif",
        "type",
        "updated",
        "working_at",
    )

    def __init__(self, id: int, placed: "Place") -> None:  # noqa: A002 - the trade's own word
        self.id = id
        self.account = placed.account
        self.market = placed.market
        self.side: Side = placed.side
        self.type: OrderType = placed.type
        self.tif: TimeInForce = placed.tif
        self.ticks = placed.ticks
        self.lots = placed.lots
        self.quote = placed.quote
        self.stop_ticks = placed.stop_ticks
        self.prevention: SelfTradePrevention = placed.prevention
        self.strategy: tuple[int | None, int | None] | None = placed.strategy
        self.client_id = placed.client_id
        self.at = placed.at
        self.updated = placed.at
        self.is_waiting = placed.stop_ticks > 0
        self.working_at = -1 if placed.stop_ticks else placed.at
        self.filled = 0
        self.spent = 0
        self.locked = 0
        self.charged = 0
        self.fee_ppm = 0
        self.prevented = 0
        self.status: OrderStatus = NEW
        self.list: OrderList | None = None
        self.level: Level | None = None
        self.previous: Order | None = None
        self.next: Order | None = None

    @property
    def remaining(self) -> int:
        """Lots still to be filled."""
        return self.lots - self.filled

    @property
    def rises(self) -> bool:
        """Of a stop: whether it waits for the price to rise to it (or else to fall)."""
        return (self.side is BUY) is (self.type in LOSSES)

    def accepts(self, ticks: int) -> bool:
        """Whether this order would trade at that price."""
        if not self.ticks:
            return True
        return ticks <= self.ticks if self.side is BUY else ticks >= self.ticks


class ListStatus(enum.StrEnum):
    """How far an order list is."""

    EXECUTING = "EXECUTING"
    ALL_DONE = "ALL_DONE"


class OrderList:
    """Two orders of which one cancels the other (OCO). Times in ms."""

    __slots__ = ("account", "at", "client_id", "id", "market", "orders", "status", "updated")

    def __init__(self, id: int, client_id: str, orders: tuple[Order, ...]) -> None:  # noqa: A002
        first = orders[0]
        self.id = id
        self.client_id = client_id
        self.account = first.account
        self.market = first.market
        self.orders = orders
        self.at = self.updated = first.at
        self.status = ListStatus.EXECUTING
        for order in orders:
            order.list = self

    def others(self, order: Order) -> list[Order]:
        """The list's other orders that have not ended."""
        return [one for one in self.orders if one is not order and not one.status.is_final]
