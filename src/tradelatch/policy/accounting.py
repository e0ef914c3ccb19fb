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
  assets that were held before. Those of exits that the owner released are counted apart from E.

All amounts are in the accounting asset; every market is quoted in it. Sums are kept unrounded
and rounded up once, when they are told, so that filling an order in a million parts costs no
more than filling it in one.
"""

import enum
from collections import deque
from collections.abc import Collection, Iterable
from decimal import Decimal, localcontext

import msgspec

from tradelatch.model.clock import DAY as ONE_DAY
from tradelatch.model.clock import MINUTE
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.haircut import harshest
from tradelatch.policy.judged import Judged


class Window(enum.Enum):
    """Windows nest: a week may cost two days' amounts, a month four."""

    DAY = (ONE_DAY, 1)
    WEEK = (7 * ONE_DAY, 2)
    MONTH = (30 * ONE_DAY, 4)

    def __init__(self, length_ns: int, days_worth: int) -> None:
        self.length_ns = length_ns
        self.days_worth = days_worth


LONGEST_NS = Window.MONTH.length_ns


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
        self._released: list[_Charge] = []
        self._lots: dict[str, deque[_Lot]] = {}
        self._haircuts: dict[str, list[_Haircut]] = {}
        self._held_before: dict[str, Decimal] = {}
        self._thin: list[_Thin] = [_Thin(0, ZERO)]
        self._forgot_ns = 0
        self._sums: tuple[int, dict[Window, Decimal]] | None = None

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
        with localcontext(MONEY):
            order = self._open[order_id]
            left = max(order.quantity - quantity, ZERO)
            self._open[order_id] = msgspec.structs.replace(order, quantity=left)
            order = order.at_worse(reference)
            self._pay(order, quantity, price, fee)
            if order.side is Side.BUY:
                self._bought(order, quantity, price, fee, now_ns)
            else:
                self._sold(order, quantity, price, fee, now_ns)
            self._forget(now_ns)
            self._sums = None

    def rejudge(self, order_id: str, reference: Decimal) -> None:
        """Judge an open order by a reference that is worse than its own."""
        self._open[order_id] = self._open[order_id].at_worse(reference)

    def close(self, order_id: str) -> None:
        """Release what the order still reserved: no further fill can follow."""
        self._open.pop(order_id, None)

    def hold(self, asset: str, quantity: Decimal) -> None:
        """Reconcile: the account holds `quantity` of `asset`, whatever orders did. To be told
        only while no order on the asset is open, since those were judged by what was known.

        Units that orders bought and that are gone (a fee taken in them, a withdrawal) leave the
        lots, the newest first; what was charged for holding them stays charged.
        """
        gone = self._bought_quantity(asset) - quantity
        with localcontext(MONEY):
            if gone > 0:
                self._losses += self._release_haircut(asset, gone)
                self._drop_newest(asset, gone)
                self._sums = None
        self._held_before[asset] = max(quantity - self._bought_quantity(asset), ZERO)

    # Questions

    @property
    def open_count(self) -> int:
        """How many orders may still be filled."""
        return len(self._open)

    @property
    def open_value(self) -> Decimal:
        """What open orders would come to, were all of them filled."""
        return sum((order.value for order in self._open.values()), ZERO)

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
        return self.used_by_window(now_ns, extra, without)[window]

    def used_by_window(
        self, now_ns: int, extra: Judged | None = None, without: Collection[str] = ()
    ) -> dict[Window, Used]:
        """The same for every window at once."""
        orders = [order for name, order in self._open.items() if name not in without]
        orders += [extra] if extra else []
        deep = [order for order in orders if order.depth is Depth.DEEP]
        thin = [order for order in orders if order.depth is Depth.THIN]
        with localcontext(MONEY):
            settled = self._settled(now_ns)
            reserved = self._reserved(deep)
            exits = self._exits_reserved(
                [o for o in deep if not o.released], [o for o in thin if not o.released]
            )
            buying = sum((o.worst_spent() for o in thin if o.side is Side.BUY), ZERO)
            used = {}
            for window in Window:
                start = now_ns - window.length_ns
                used[window] = Used(
                    round_up(settled[window] + reserved + self._realisable(deep, start)),
                    round_up(self._thin_rise(start) + buying),
                    round_up(_within(self._exits, start) + exits),
                )
            return used

    def lost(self, window: Window, now_ns: int) -> tuple[Decimal, Decimal]:
        """What fills have cost of B and of E: without what open orders reserve, and without the
        haircut on what is still held."""
        start = now_ns - window.length_ns
        return round_up(_within(self._losses, start)), round_up(_within(self._exits, start))

    def released(self, window: Window, now_ns: int) -> Decimal:
        """What exits that the owner released have cost, the open ones included."""
        still = sum((o.whole_cost for o in self._open.values() if o.released), ZERO)
        return round_up(_within(self._released, now_ns - window.length_ns) + still)

    # Settling

    def _pay(self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book the other side of a fill, so that what the account is worth stays known."""
        unit = split_symbol(order.symbol)[1]
        money = -quantity * price if order.side is Side.BUY else quantity * price - fee
        self._held_before[unit] = self._held_before.get(unit, ZERO) + money

    def _bought(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> None:
        if order.depth is Depth.THIN:
            self._thin.append(_Thin(now_ns, self._thin[-1].total + quantity * price + fee))
            self._add_lot(order.asset, _Lot(now_ns, quantity, price))
            return
        lost = order.price_loss(price)
        self._losses.append(_Charge(now_ns, quantity * lost + fee))
        self._add_lot(order.asset, _Lot(now_ns, quantity, price - lost))
        haircuts = self._haircuts.setdefault(order.asset, [])
        holding = sum((h.quantity for h in haircuts), ZERO)
        if order.impact:
            rise = order.impact.loss(holding + quantity) - order.impact.loss(holding)
            haircuts.append(_Haircut(now_ns, quantity, rise))

    def _sold(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> None:
        if order.depth is Depth.THIN:
            self._sold_thin(order, quantity, price, fee, now_ns)
            return
        lost = order.price_loss(price)
        account = self._exit_account(order) if order.exit else self._losses
        account.append(_Charge(now_ns, quantity * lost + order.charged_fee(price, fee)))
        for lot, part in self._take_lots(order.asset, quantity):
            realised = max(lot.entry - price - lost, ZERO) * part
            self._losses.append(_Charge(lot.since_ns, realised))
        self._release_haircut(order.asset, quantity)

    def _sold_thin(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> None:
        """First what was held before is sold: it never lowers T, its shortfall draws on E. What
        the ledger knows nothing of was held before too."""
        known = min(quantity, self._held_before.get(order.asset, ZERO))
        self._held_before[order.asset] = self._held_before.get(order.asset, ZERO) - known
        bought = sum((p for _, p in self._take_lots(order.asset, quantity - known)), ZERO)
        before, each = quantity - bought, order.charged_fee(price, fee) / quantity
        lost = before * (order.price_loss(price) + each)
        self._exit_account(order).append(_Charge(now_ns, lost))
        received = bought * (price - fee / quantity)
        self._thin.append(_Thin(now_ns, self._thin[-1].total - received))

    def _exit_account(self, order: Judged) -> list[_Charge]:
        return self._released if order.released else self._exits

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

    def _release_haircut(self, asset: str, quantity: Decimal) -> list[_Charge]:
        """Last in, first out, so that each window releases what that window charged; what was
        released."""
        haircuts, released = self._haircuts.get(asset, []), []
        while haircuts and quantity > 0:
            last = haircuts[-1]
            part = min(last.quantity, quantity)
            left = round_up(last.amount * (last.quantity - part) / last.quantity)
            released.append(_Charge(last.since_ns, last.amount - left))
            last.amount = left
            last.quantity -= part
            quantity -= part
            if not last.quantity:
                haircuts.pop()
        return released

    def _drop_newest(self, asset: str, quantity: Decimal) -> None:
        lots = self._lots[asset]
        while lots and quantity > 0:
            part = min(lots[-1].quantity, quantity)
            lots[-1].quantity -= part
            quantity -= part
            if not lots[-1].quantity:
                lots.pop()

    def _forget(self, now_ns: int) -> None:
        """Drop what no window can see any more; of lots and haircuts the quantity stays, as
        one."""
        if now_ns - self._forgot_ns < MINUTE:
            return
        self._forgot_ns = now_ns
        start = now_ns - LONGEST_NS
        self._losses = [c for c in self._losses if c.since_ns > start and c.amount]
        self._exits = [c for c in self._exits if c.since_ns > start and c.amount]
        self._released = [c for c in self._released if c.since_ns > start and c.amount]
        old = [point for point in self._thin if point.since_ns <= start]
        self._thin = old[-1:] + [point for point in self._thin if point.since_ns > start]
        for lots in self._lots.values():
            while len(lots) > 1 and lots[1].since_ns <= start:
                lots[1].quantity += lots.popleft().quantity
        for table in self._haircuts.values():
            while len(table) > 1 and table[1].since_ns <= start:
                table[1].quantity += table.pop(0).quantity

    # Sums

    def _settled(self, now_ns: int) -> dict[Window, Decimal]:
        """The losses of fills and the haircut on what was bought, by window."""
        if self._sums is None or self._sums[0] != now_ns:
            held = [_Charge(h.since_ns, h.amount) for t in self._haircuts.values() for h in t]
            charges = [*self._losses, *held]
            self._sums = now_ns, {w: _within(charges, now_ns - w.length_ns) for w in Window}
        return self._sums[1]

    def _reserved(self, deep: list[Judged]) -> Decimal:
        """R but for realised losses: the most that open orders can cost and add to the haircut
        together."""
        total = sum((o.whole_cost for o in deep if not o.exit), ZERO)
        buys = [order for order in deep if order.side is Side.BUY and order.impact]
        for asset in {order.asset for order in buys}:
            total += self._haircut_rise(asset, [o for o in buys if o.asset == asset])
        return total

    def _haircut_rise(self, asset: str, buys: list[Judged]) -> Decimal:
        """L(h + open buys) - L(h), each input the harshest among the open buys: they may fill
        in any order, each by its own."""
        worst = harshest([order.impact for order in buys if order.impact])
        holding = sum((h.quantity for h in self._haircuts.get(asset, [])), ZERO)
        buying = sum((order.quantity for order in buys), ZERO)
        return worst.loss(holding + buying) - worst.loss(holding)

    def _realisable(self, deep: list[Judged], start_ns: int) -> Decimal:
        """The most that open sells can realise on lots of this window and on open buys.

        The dearest units are matched with the cheapest sells: for a convex loss no other
        matching costs more.
        """
        total = ZERO
        for asset in {order.asset for order in deep if order.side is Side.SELL}:
            mine = [order for order in deep if order.asset == asset]
            sells = [(max(o.limit, o.reference), o.quantity) for o in mine if o.side is Side.SELL]
            units = [(min(o.limit, o.reference), o.quantity) for o in mine if o.side is Side.BUY]
            lots = self._lots.get(asset, ())
            units += [(lot.entry, lot.quantity) for lot in lots if lot.since_ns > start_ns]
            cheapest = min(sells)[0]
            dearer = [unit for unit in units if unit[0] > cheapest]
            total += _matched_loss(sorted(dearer, reverse=True), sorted(sells))
        return total

    def _thin_rise(self, start_ns: int) -> Decimal:
        """T above its lowest point in the window, its value at the window's start included."""
        before = [point.total for point in self._thin if point.since_ns <= start_ns][-1:]
        within = [point.total for point in self._thin if point.since_ns > start_ns]
        return self._thin[-1].total - min(before + within)

    def _exits_reserved(self, deep: list[Judged], thin: list[Judged]) -> Decimal:
        """Exits in deep assets whole, in thin ones the most that was held before and may go."""
        total = sum((o.whole_cost for o in deep if o.exit), ZERO)
        selling = [order for order in thin if order.side is Side.SELL]
        for asset in {order.asset for order in selling}:
            total += self._thin_exits(asset, [o for o in selling if o.asset == asset])
        return total

    def _thin_exits(self, asset: str, sells: list[Judged]) -> Decimal:
        """What was held before is sold by whichever order fills first: by the costliest."""
        quantity = sum((order.quantity for order in sells), ZERO)
        held_before = min(quantity, self._held_before.get(asset, ZERO))
        left = quantity - min(self._bought_quantity(asset), quantity - held_before)
        total = ZERO
        for order in sorted(sells, key=lambda o: o.worst_cost(Decimal(1)), reverse=True):
            part = min(order.quantity, left)
            total += order.worst_cost(part)
            left -= part
        return total

    def _of(self, asset: str, side: Side) -> Iterable[Judged]:
        return (o for o in self._open.values() if o.asset == asset and o.side is side)

    def _bought_quantity(self, asset: str) -> Decimal:
        return sum((lot.quantity for lot in self._lots.get(asset, ())), ZERO)


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
