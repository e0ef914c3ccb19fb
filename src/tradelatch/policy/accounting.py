"""The loss accounts of one account: what its orders have cost, and what they still may.

A state machine in exact arithmetic. `reserve` takes an order on, `fill` and `close` settle it;
`used` tells how much of each amount is taken, per window. Nothing here decides: rules do.

Three things are accounted apart (docs/loss-budget.md):

* **B**, deep assets: price losses and fees of fills, realised losses of lots bought within the
  window, the haircut on what orders bought and still hold, and for open orders the most they
  can add to that together.
* **X**, thin assets: money spent less money received for units that orders bought, above its
  lowest point in the window. What was bought counts as worth nothing.
* **E**, exits: the price losses and fees of sells that are marked as exits, and of sells of thin
  assets that were held before.

All amounts are in the accounting asset; every market is quoted in it.
"""

import enum
from collections import deque
from collections.abc import Collection, Iterable
from decimal import Decimal

import msgspec

from tradelatch.model.clock import DAY as ONE_DAY
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.haircut import Impact


class Window(enum.Enum):
    """Windows nest: a week may cost two days' amounts, a month four."""

    DAY = (ONE_DAY, 1)
    WEEK = (7 * ONE_DAY, 2)
    MONTH = (30 * ONE_DAY, 4)

    def __init__(self, length_ns: int, days_worth: int) -> None:
        self.length_ns = length_ns
        self.days_worth = days_worth


LONGEST_NS = Window.MONTH.length_ns


class Judged(msgspec.Struct, frozen=True):
    """An order with all that the accounts need to know of it; it goes into the journal.

    `limit` and `reference` are in quote per base, `quantity` in base. `exit` marks a sell whose
    loss draws on E; `impact` is the haircut's input (deep buys only).
    """

    symbol: str
    side: Side
    depth: Depth
    exit: bool
    quantity: Decimal
    limit: Decimal
    reference: Decimal
    fee_rate: Decimal
    impact: Impact | None = None

    @property
    def asset(self) -> str:
        """The base asset."""
        return split_symbol(self.symbol)[0]

    def price_loss(self, price: Decimal) -> Decimal:
        """What one unit loses at `price` against the reference; a gain counts zero."""
        worse = price - self.reference if self.side is Side.BUY else self.reference - price
        return max(worse, ZERO)

    def worst_cost(self, quantity: Decimal) -> Decimal:
        """Price loss and fee of `quantity` at the limit, rounded up.

        A sell's fee is taken at the reference where that is higher; of a fill better than both,
        the fee on the difference is paid by the gain (see `Accounts.fill`).
        """
        base = self.limit if self.side is Side.BUY else max(self.limit, self.reference)
        return round_up(quantity * (self.price_loss(self.limit) + self.fee_rate * base))


class Used(msgspec.Struct, frozen=True):
    """How much of B, X and E is taken in one window."""

    budget: Decimal
    allocation: Decimal
    exit_budget: Decimal


class _Charge(msgspec.Struct):
    """A loss. It counts in windows that reach back no further than `since_ns`."""

    since_ns: int
    amount: Decimal


class _Lot(msgspec.Struct):
    """Units that an order bought. `entry` is the price less what was charged as price loss, per
    unit; `haircut` what is charged for holding them."""

    since_ns: int
    quantity: Decimal
    entry: Decimal


class _Haircut(msgspec.Struct):
    since_ns: int
    quantity: Decimal
    amount: Decimal


class _Thin(msgspec.Struct):
    """The money that thin markets took: T at the time `since_ns` and after."""

    since_ns: int
    total: Decimal


class Accounts:
    """The loss accounts of one account, over all its grants."""

    def __init__(self) -> None:
        self._open: dict[str, Judged] = {}
        self._losses: list[_Charge] = []
        self._exits: list[_Charge] = []
        self._lots: dict[str, deque[_Lot]] = {}
        self._haircuts: dict[str, list[_Haircut]] = {}
        self._held_before: dict[str, Decimal] = {}
        self._thin: list[_Thin] = [_Thin(0, ZERO)]

    # Commands

    def reserve(self, order_id: str, order: Judged) -> None:
        """Take an order on with its whole quantity."""
        self._open[order_id] = order

    def fill(
        self,
        order_id: str,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
        now_ns: int,
        reference: Decimal | None = None,
    ) -> None:
        """Settle a fill; `fee` in units, `reference` the one at the fill if there is one."""
        order = self._open[order_id]
        left = max(order.quantity - quantity, ZERO)
        self._open[order_id] = msgspec.structs.replace(order, quantity=left)
        order = _worse(order, reference)
        if order.side is Side.BUY:
            self._bought(order, quantity, price, fee, now_ns)
        else:
            self._sold(order, quantity, price, fee, now_ns)
        self._forget(now_ns)

    def rejudge(self, order_id: str, reference: Decimal) -> None:
        """Judge an open order by a reference that is worse than its own."""
        self._open[order_id] = _worse(self._open[order_id], reference)

    def close(self, order_id: str) -> None:
        """Release what the order still reserved: no further fill can follow."""
        self._open.pop(order_id, None)

    def hold(self, asset: str, quantity: Decimal) -> None:
        """Reconcile: the account holds `quantity` of `asset`, whatever orders did."""
        self._held_before[asset] = max(quantity - self._bought_quantity(asset), ZERO)

    # Questions

    def held(self, asset: str) -> Decimal:
        """What the account holds of an asset by this ledger, less open sells."""
        selling = sum((o.quantity for o in self._of(asset, Side.SELL)), ZERO)
        held = self._held_before.get(asset, ZERO) + self._bought_quantity(asset)
        return max(held - selling, ZERO)

    def holdings(self) -> dict[str, Decimal]:
        """All assets with what is held of each, open sells included."""
        assets = self._held_before.keys() | self._lots.keys()
        return {a: self._held_before.get(a, ZERO) + self._bought_quantity(a) for a in assets}

    def used(
        self,
        window: Window,
        now_ns: int,
        extra: Judged | None = None,
        without: Collection[str] = (),
    ) -> Used:
        """What is taken of the three amounts, were `extra` one more open order and those in
        `without` closed."""
        start = now_ns - window.length_ns
        orders = [order for name, order in self._open.items() if name not in without]
        orders += [extra] if extra else []
        return Used(
            self._settled(start) + self._reserved(orders, start),
            self._thin_spent(orders, start),
            _within(self._exits, start) + self._exits_reserved(orders),
        )

    # Settling

    def _bought(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> None:
        if order.depth is Depth.THIN:
            self._thin.append(_Thin(now_ns, self._thin[-1].total + quantity * price + fee))
            self._add_lot(order.asset, _Lot(now_ns, quantity, price))
            return
        lost = order.price_loss(price)
        self._losses.append(_Charge(now_ns, round_up(quantity * lost + fee)))
        self._add_lot(order.asset, _Lot(now_ns, quantity, price - lost))
        haircuts = self._haircuts.setdefault(order.asset, [])
        holding = sum((h.quantity for h in haircuts), ZERO)
        if order.impact:
            rise = order.impact.loss(holding + quantity) - order.impact.loss(holding)
            haircuts.append(_Haircut(now_ns, quantity, rise))

    def _sold(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> None:
        lost = order.price_loss(price)
        if price > (best := max(order.limit, order.reference)):
            fee = fee * best / price
        if order.depth is Depth.THIN:
            self._sold_thin(order.asset, quantity, price, lost, fee, now_ns)
            return
        account = self._exits if order.exit else self._losses
        account.append(_Charge(now_ns, round_up(quantity * lost + fee)))
        for lot, part in self._take_lots(order.asset, quantity):
            realised = max(lot.entry - price - lost, ZERO) * part
            self._losses.append(_Charge(lot.since_ns, round_up(realised)))
        self._release_haircut(order.asset, quantity)

    def _sold_thin(
        self,
        asset: str,
        quantity: Decimal,
        price: Decimal,
        lost: Decimal,
        fee: Decimal,
        now_ns: int,
    ) -> None:
        """First what was held before is sold: it never lowers T, its shortfall draws on E."""
        before = min(quantity, self._held_before.get(asset, ZERO))
        self._held_before[asset] = self._held_before.get(asset, ZERO) - before
        share = before / quantity
        self._exits.append(_Charge(now_ns, round_up(before * lost + fee * share)))
        bought = sum((part for _, part in self._take_lots(asset, quantity - before)), ZERO)
        received = bought * price - fee * bought / quantity
        self._thin.append(_Thin(now_ns, self._thin[-1].total - received))

    def _add_lot(self, asset: str, lot: _Lot) -> None:
        self._lots.setdefault(asset, deque()).append(lot)

    def _take_lots(self, asset: str, quantity: Decimal) -> list[tuple[_Lot, Decimal]]:
        """Sell bought units, first in first out; what exceeds them was held before."""
        lots, parts = self._lots.get(asset, deque[_Lot]()), []
        while lots and quantity > 0:
            part = min(lots[0].quantity, quantity)
            parts.append((lots[0], part))
            quantity -= part
            lots[0].quantity -= part
            if not lots[0].quantity:
                lots.popleft()
        held = self._held_before.get(asset, ZERO)
        self._held_before[asset] = max(held - quantity, ZERO)
        return parts

    def _release_haircut(self, asset: str, quantity: Decimal) -> None:
        """Last in, first out, so that each window releases what that window charged."""
        haircuts = self._haircuts.get(asset, [])
        while haircuts and quantity > 0:
            last = haircuts[-1]
            part = min(last.quantity, quantity)
            last.amount = round_up(last.amount * (last.quantity - part) / last.quantity)
            last.quantity -= part
            quantity -= part
            if not last.quantity:
                haircuts.pop()

    def _forget(self, now_ns: int) -> None:
        """Drop what no window can see any more; lots and haircuts stay as long as they are held."""
        start = now_ns - LONGEST_NS
        self._losses = [
            charge for charge in self._losses if charge.since_ns > start and charge.amount
        ]
        self._exits = [
            charge for charge in self._exits if charge.since_ns > start and charge.amount
        ]
        old = [point for point in self._thin if point.since_ns <= start]
        self._thin = old[-1:] + [point for point in self._thin if point.since_ns > start]

    # Sums

    def _settled(self, start_ns: int) -> Decimal:
        haircuts = (h for table in self._haircuts.values() for h in table)
        held = sum((h.amount for h in haircuts if h.since_ns > start_ns), ZERO)
        return _within(self._losses, start_ns) + held

    def _reserved(self, orders: list[Judged], start_ns: int) -> Decimal:
        """R: the largest rise of the settled losses that all open orders can cause together."""
        deep = [order for order in orders if order.depth is Depth.DEEP]
        total = sum((o.worst_cost(o.quantity) for o in deep if not o.exit), ZERO)
        for asset in {order.asset for order in deep}:
            mine = [order for order in deep if order.asset == asset]
            total += self._haircut_rise(asset, mine) + self._realisable(asset, mine, start_ns)
        return total

    def _haircut_rise(self, asset: str, orders: list[Judged]) -> Decimal:
        """L(h + open buys) - L(h) by the harshest inputs among the open buys."""
        buys = [order for order in orders if order.side is Side.BUY and order.impact]
        holding = sum((h.quantity for h in self._haircuts.get(asset, [])), ZERO)
        buying = sum((order.quantity for order in buys), ZERO)
        impacts = {order.impact for order in buys if order.impact}
        return max((i.loss(holding + buying) - i.loss(holding) for i in impacts), default=ZERO)

    def _realisable(self, asset: str, orders: list[Judged], start_ns: int) -> Decimal:
        """The most that open sells can realise on lots of this window and on open buys.

        The dearest units are matched with the cheapest sells: for a convex loss no other
        matching costs more.
        """
        units = [
            (lot.entry, lot.quantity)
            for lot in self._lots.get(asset, ())
            if lot.since_ns > start_ns
        ]
        units += [(min(o.limit, o.reference), o.quantity) for o in orders if o.side is Side.BUY]
        sells = [(max(o.limit, o.reference), o.quantity) for o in orders if o.side is Side.SELL]
        return round_up(_matched_loss(sorted(units, reverse=True), sorted(sells)))

    def _thin_spent(self, orders: list[Judged], start_ns: int) -> Decimal:
        before = [point.total for point in self._thin if point.since_ns <= start_ns][-1:]
        within = [point.total for point in self._thin if point.since_ns > start_ns]
        buys = (o for o in orders if o.depth is Depth.THIN and o.side is Side.BUY)
        buying = sum((round_up(o.quantity * o.limit * (1 + o.fee_rate)) for o in buys), ZERO)
        return self._thin[-1].total + buying - min(before + within)

    def _exits_reserved(self, orders: list[Judged]) -> Decimal:
        """Exits in deep assets whole, in thin ones the part that was held before."""
        total = sum((o.worst_cost(o.quantity) for o in orders if _is_deep_exit(o)), ZERO)
        left = dict(self._held_before)
        for order in orders:
            if order.depth is Depth.THIN and order.side is Side.SELL:
                part = min(order.quantity, left.get(order.asset, ZERO))
                left[order.asset] = left.get(order.asset, ZERO) - part
                total += order.worst_cost(part)
        return total

    def _of(self, asset: str, side: Side) -> Iterable[Judged]:
        return (o for o in self._open.values() if o.asset == asset and o.side is side)

    def _bought_quantity(self, asset: str) -> Decimal:
        return sum((lot.quantity for lot in self._lots.get(asset, ())), ZERO)


def _is_deep_exit(order: Judged) -> bool:
    return order.depth is Depth.DEEP and order.exit


def _worse(order: Judged, reference: Decimal | None) -> Judged:
    """The order judged by the worse of its own reference and the one at its fill."""
    if reference is None:
        return order
    choose = min if order.side is Side.BUY else max
    return msgspec.structs.replace(order, reference=choose(order.reference, reference))


def _within(charges: list[_Charge], start_ns: int) -> Decimal:
    return sum((charge.amount for charge in charges if charge.since_ns > start_ns), ZERO)


def _matched_loss(
    units: list[tuple[Decimal, Decimal]], sells: list[tuple[Decimal, Decimal]]
) -> Decimal:
    """Loss of matching two lists of (price, quantity) in their order."""
    total, unit, sell = ZERO, 0, 0
    bought = [quantity for _, quantity in units]
    sold = [quantity for _, quantity in sells]
    while unit < len(units) and sell < len(sells):
        part = min(bought[unit], sold[sell])
        loss = units[unit][0] - sells[sell][0]
        if loss <= 0:
            break
        total += part * loss
        bought[unit] -= part
        sold[sell] -= part
        unit += not bought[unit]
        sell += not sold[sell]
    return total
