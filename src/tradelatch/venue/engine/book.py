"""One market's order book: price levels in order of price, orders in order of arrival.

Levels are linked lists, so that taking, adding and cancelling cost the same however many orders
rest; prices are kept in a sorted list whose last element is the best.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import Place


class Order:
    """One order. Quantities in lots, `spent` and `quote` in quote units, times in ms."""

    __slots__ = (
        "account",
        "at",
        "client_id",
        "filled",
        "id",
        "level",
        "lots",
        "market",
        "next",
        "previous",
        "quote",
        "side",
        "spent",
        "status",
        "ticks",
        "tif",
        "type",
        "updated",
    )

    def __init__(self, id: int, placed: Place) -> None:  # noqa: A002 - the trade's own word
        self.id = id
        self.account = placed.account
        self.market = placed.market
        self.side: Side = placed.side
        self.type: OrderType = placed.type
        self.tif: TimeInForce = placed.tif
        self.ticks = placed.ticks
        self.lots = placed.lots
        self.quote = placed.quote
        self.client_id = placed.client_id
        self.at = placed.at
        self.updated = placed.at
        self.filled = 0
        self.spent = 0
        self.status = OrderStatus.NEW
        self.level: Level | None = None
        self.previous: Order | None = None
        self.next: Order | None = None

    @property
    def remaining(self) -> int:
        """Lots still to be filled."""
        return self.lots - self.filled

    def accepts(self, ticks: int) -> bool:
        """Whether this order would trade at that price."""
        if self.type is OrderType.MARKET:
            return True
        return ticks <= self.ticks if self.side is Side.BUY else ticks >= self.ticks


class Level:
    """All orders resting at one price, first come first."""

    __slots__ = ("first", "last", "lots", "ticks")

    def __init__(self, ticks: int) -> None:
        self.ticks = ticks
        self.lots = 0
        self.first: Order | None = None
        self.last: Order | None = None

    def __iter__(self) -> Iterator[Order]:
        order = self.first
        while order is not None:
            yield order
            order = order.next


class BookSide:
    """The bids or the asks."""

    def __init__(self, side: Side) -> None:
        # Asks are keyed by their negative, so that the best price is last on either side.
        self._sign = 1 if side is Side.BUY else -1
        self._keys: list[int] = []
        self._levels: dict[int, Level] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def best(self) -> Level | None:
        """The level that trades first."""
        return self._levels[self._keys[-1]] if self._keys else None

    def levels(self) -> Iterator[Level]:
        """All levels, best first."""
        for key in reversed(self._keys):
            yield self._levels[key]

    def add(self, order: Order) -> None:
        """Rest `order` behind all others at its price."""
        key = order.ticks * self._sign
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = Level(order.ticks)
            insort(self._keys, key)
        order.level, order.previous, order.next = level, level.last, None
        if level.last is None:
            level.first = order
        else:
            level.last.next = order
        level.last = order
        level.lots += order.remaining

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        level = order.level
        if level is None:
            raise ValueError(f"order {order.id} does not rest in this book")
        if order.previous is None:
            level.first = order.next
        else:
            order.previous.next = order.next
        if order.next is None:
            level.last = order.previous
        else:
            order.next.previous = order.previous
        level.lots -= order.remaining
        order.level = order.previous = order.next = None
        if level.first is None:
            key = level.ticks * self._sign
            del self._levels[key]
            del self._keys[bisect_left(self._keys, key)]


class Book:
    """Both sides of one market."""

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)

    def side(self, side: Side) -> BookSide:
        """Where orders of `side` rest."""
        return self.bids if side is Side.BUY else self.asks

    def against(self, side: Side) -> BookSide:
        """What orders of `side` trade with."""
        return self.asks if side is Side.BUY else self.bids
