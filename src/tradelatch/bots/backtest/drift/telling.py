"""What a bot did, told in one form whoever did it: a live run, a backtest, or a run retold."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.deals import Deal
from tradelatch.bots.desk import Batch
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.profit import profit_of
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side


class Key(NamedTuple):
    """The n-th order (from 1) of a tag in a deal."""

    deal: int
    tag: str
    nth: int


class Line(msgspec.Struct, frozen=True):
    """One order and its fills, the oldest first. `price` None is an order at the market."""

    key: Key
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    created_ms: int
    state: OrderState
    fills: tuple[Fill, ...] = ()
    reason: str = ""

    @property
    def filled(self) -> Decimal:
        """Base."""
        return sum((fill.quantity for fill in self.fills), ZERO)

    @property
    def value(self) -> Decimal:
        """Quote of the fills, fees apart."""
        return sum((fill.value for fill in self.fills), ZERO)

    @property
    def wish(self) -> tuple[Side, Decimal, Decimal | None]:
        """What was asked for."""
        return self.side, self.quantity, self.price

    def is_like(self, other: "Line | None") -> bool:
        """Whether the same was asked for, and the same came of it."""
        mine = (self.wish, self.filled, self.value)
        return other is not None and mine == (other.wish, other.filled, other.value)


class Telling(NamedTuple):
    """All orders, and the deals by number."""

    lines: dict[Key, Line]
    deals: dict[int, Deal]

    def profit(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Of all deals in quote; what is open or left over counts at `prices`."""
        total = ZERO
        for deal in self.deals.values():
            total = MONEY.add(total, profit_of(deal, prices[deal.symbol]))
        return total


class Keys:
    """Numbers the orders of each deal and tag in the order in which they are asked for."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[int, str]] = Counter()

    def next(self, deal: int, tag: str) -> Key:
        """The key of the next one."""
        self._counted[deal, tag] += 1
        return Key(deal, tag, self._counted[deal, tag])


class Notebook:
    """A `Sink` that keeps every order of one bot. `first` is the number of its first deal."""

    def __init__(self, first: int = 1) -> None:
        self._first, self._keys = first, Keys()
        self._orders: dict[str, tuple[Key, Order]] = {}
        self._fills: dict[str, list[Fill]] = {}
        self._deals: dict[int, Deal] = {}

    def save(self, bot: Bot, batch: Batch) -> None:
        """One event's changes; orders come in the order in which they were sent."""
        for deal in batch.deals:
            self._deals[self._number(deal.number)] = deal
        for order in batch.orders:
            known = self._orders.get(order.client_id)
            key = known[0] if known else self._keys.next(self._number(order.deal), order.tag)
            self._orders[order.client_id] = key, order
        for order, fill in batch.fills:
            self._fills.setdefault(order.client_id, []).append(fill)

    def telling(self) -> Telling:
        """All of it, as it stands now."""
        lines = {key: self._line(key, order) for key, order in self._orders.values()}
        return Telling(lines, dict(self._deals))

    def _number(self, deal: int) -> int:
        return deal + self._first - 1

    def _line(self, key: Key, order: Order) -> Line:
        fills = tuple(self._fills.get(order.client_id, ()))
        wish = (order.symbol, order.side, order.quantity, order.price)
        return Line(key, *wish, order.created_ms, order.state, fills, order.reason)
