"""One market's order book: price levels in order of price, orders in order of arrival.

Levels are linked lists, so that taking, adding and cancelling cost the same however many orders
rest; prices are kept in a sorted list whose last element is the best.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

from tradelatch.model.orders import Side
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.words import BUY


class Level:
    """All orders at one price, first come first."""

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
    """Bids or asks: the highest price of bids comes first, the lowest of asks."""

    def __init__(self, side: Side) -> None:
        # Asks are keyed by their negative, so that the best price is last on either side.
        self._sign = 1 if side is BUY else -1
        self._keys: list[int] = []
        self._levels: dict[int, Level] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def best(self) -> Level | None:
        """The level that comes first."""
        return self._levels[self._keys[-1]] if self._keys else None

    def lots_at(self, ticks: int) -> int:
        """What there is at one price."""
        level = self._levels.get(ticks * self._sign)
        return level.lots if level else 0

    def levels(self) -> Iterator[Level]:
        """All levels, best first."""
        for key in reversed(self._keys):
            yield self._levels[key]

    def add(self, order: Order, ticks: int) -> None:
        """Put `order` behind all others at a price."""
        key = ticks * self._sign
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = Level(ticks)
            insort(self._keys, key)
        order.level, order.previous, order.next = level, level.last, None
        if level.last is None:
            level.first = order
        else:
            level.last.next = order
        level.last = order
        level.lots += order.lots - order.filled

    def remove(self, order: Order) -> None:
        """Take an order out."""
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
        level.lots -= order.lots - order.filled
        order.level = order.previous = order.next = None
        if level.first is None:
            key = level.ticks * self._sign
            del self._levels[key]
            if self._keys[-1] == key:
                self._keys.pop()
            else:
                del self._keys[bisect_left(self._keys, key)]


class Book:
    """Both sides of one market, and the stops that wait beside them: those that a rising price
    triggers lie like asks, the lowest first, and the others like bids."""

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self.rising = BookSide(Side.SELL)
        self.falling = BookSide(Side.BUY)

    def side(self, side: Side) -> BookSide:
        """Where orders of `side` rest."""
        return self.bids if side is BUY else self.asks

    def against(self, side: Side) -> BookSide:
        """What orders of `side` trade with."""
        return self.asks if side is BUY else self.bids

    def add(self, order: Order) -> None:
        """Rest an order, or let a stop wait."""
        if order.is_waiting:
            (self.rising if order.rises else self.falling).add(order, order.stop_ticks)
        else:
            self.side(order.side).add(order, order.ticks)

    def shrink(self, order: Order, lots: int) -> None:
        """Let an order be for `lots` in all, fewer than before: it keeps its place."""
        if order.level is not None:
            order.level.lots -= order.lots - lots
        order.lots = lots

    def remove(self, order: Order) -> None:
        """Take a resting order or a waiting stop out."""
        if order.is_waiting:
            (self.rising if order.rises else self.falling).remove(order)
        else:
            self.side(order.side).remove(order)

    def due(self, last: int) -> list[Order]:
        """Take out the stops that the last price has reached, the first that it reached first."""
        found: list[Order] = []
        while (level := self.rising.best()) is not None and level.ticks <= last:
            found += self._take_all(self.rising, level)
        while (level := self.falling.best()) is not None and level.ticks >= last:
            found += self._take_all(self.falling, level)
        return found

    def _take_all(self, side: BookSide, level: Level) -> list[Order]:
        orders = list(level)
        for order in orders:
            side.remove(order)
        return orders
