"""The loss accounts of one asset: what its orders have cost, and what its open orders may.

The parts of `policy.accounting`, which tells what they mean. All amounts are in the accounting
asset. Called within the context `MONEY`.
"""

from collections import deque
from collections.abc import Collection
from decimal import Decimal

import msgspec

from tradelatch.model.money import ZERO, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.judged import Judged
from tradelatch.policy.reserve import Reserve, matched_loss
from tradelatch.policy.windows import LONGEST_NS, NOTHING, WINDOWS, Charges, Level, Used, Window


class _Lot(msgspec.Struct):
    """Units that an order bought. `entry` is the price less what was charged as price loss, per
    unit."""

    since_ns: int
    quantity: Decimal
    entry: Decimal
    is_thin: bool


class _Haircut(msgspec.Struct):
    """What is charged for holding units that an order bought."""

    since_ns: int
    quantity: Decimal
    amount: Decimal


class Book:
    """One asset's orders, units and losses."""

    def __init__(self) -> None:
        self.open: dict[str, Judged] = {}
        self.held_before = ZERO
        """Units that no order bought."""
        self.bought = ZERO
        """Units that orders bought and that are still there: those of all lots."""
        self._lots: deque[_Lot] = deque()
        self._haircuts: list[_Haircut] = []
        self._holding = ZERO
        """Units whose haircut is charged: those of all haircuts."""
        self._losses, self._exits, self._released = Charges(), Charges(), Charges()
        self.spent = Level(ZERO)
        """T of this asset alone."""
        self._reserve: Reserve | None = None
        self._told: tuple[int, Judged | None, dict[Window, Used]] | None = None

    # Commands

    def reserve(self, order_id: str, order: Judged) -> None:
        """Take an order on, or put another in its place."""
        self.open[order_id] = order
        self._changed()

    def close(self, order_id: str) -> None:
        """No further fill of the order can follow."""
        del self.open[order_id]
        self._changed()

    def fill(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> Decimal:
        """Settle a fill; the money that it took for thin units (negative: it brought some)."""
        self._changed()
        if order.side is Side.BUY:
            spent = self._bought(order, quantity, price, fee, now_ns)
        elif order.depth is Depth.THIN:
            spent = self._sold_thin(order, quantity, price, fee, now_ns)
        else:
            spent = self._sold(order, quantity, price, fee, now_ns)
        if spent:
            self.spent.set(self.spent.value + spent, now_ns)
        return spent

    def pay(self, money: Decimal) -> None:
        """Units that came or (below zero) went as the price of another asset."""
        self.held_before += money
        self._changed()

    def hold(self, quantity: Decimal) -> None:
        """So many units are held, whatever orders did.

        It is a claim, so that what is gone is taken from where it helps no thief: from thin units
        that orders bought, whose sale would lower T; then from what was held before; last from
        deep ones, which go on to count as held for the haircut.
        """
        gone = self.held - quantity
        gone -= self._drop_newest(gone, is_thin=True)
        self._drop_newest(gone - self.held_before, is_thin=False)
        self.held_before = max(quantity - self.bought, ZERO)
        self._changed()

    def forget(self, now_ns: int) -> None:
        """Drop what no window can see any more; of lots and haircuts the quantity stays, as
        one."""
        start = now_ns - LONGEST_NS
        for part in (self._losses, self._exits, self._released, self.spent):
            part.forget(start)
        while len(self._lots) > 1 and self._lots[1].since_ns <= start:
            if self._lots[0].is_thin is not self._lots[1].is_thin:
                break  # the market has become deep, or thin, in between
            self._lots[1].quantity += self._lots.popleft().quantity
        while len(self._haircuts) > 1 and self._haircuts[1].since_ns <= start:
            self._haircuts[1].quantity += self._haircuts.pop(0).quantity
        if self._haircuts and self._haircuts[0].since_ns <= start:
            self._haircuts[0].amount = ZERO  # what is charged no more cannot be released

    # Questions

    @property
    def held(self) -> Decimal:
        """All units, those that open orders sell included."""
        return self.held_before + self.bought

    @property
    def selling(self) -> Decimal:
        """Units that open orders sell; those of twins once."""
        sells = (o.quantity for o in self.open.values() if o.side is Side.SELL and not o.twin)
        return sum(sells, ZERO)

    @property
    def has_lost(self) -> bool:
        """Fills have cost something of B or E, in whatever window."""
        return bool(self._losses or self._exits)

    def lost(self, length_ns: int, now_ns: int) -> Decimal:
        """What fills have cost of B within a window, without the haircut on what is held."""
        start = now_ns - length_ns
        held = sum((h.amount for h in self._haircuts if h.since_ns > start), ZERO)
        return self._losses.total(length_ns, now_ns) - held

    def exits(self, length_ns: int, now_ns: int) -> Decimal:
        """What fills have cost of E within a window."""
        return self._exits.total(length_ns, now_ns)

    def released(self, length_ns: int, now_ns: int) -> Decimal:
        """What released exits have cost within a window, and the open ones may."""
        still = sum((order.whole_cost for order in self.open.values() if order.released), ZERO)
        return self._released.total(length_ns, now_ns) + still

    def used(
        self, now_ns: int, extra: Judged | None = None, without: Collection[str] = ()
    ) -> dict[Window, Used]:
        """What is taken by this asset, unrounded, were `extra` one more open order and those in
        `without` closed; of X what open orders take, `spent` apart."""
        if not (extra or self.open or self.has_lost):
            return dict.fromkeys(WINDOWS, NOTHING)  # as in most books of a house
        if without:
            kept = [order for name, order in self.open.items() if name not in without]
            return self._in_windows(now_ns, Reserve().plus(kept + ([extra] if extra else [])))
        if self._reserve is None:
            self._reserve = Reserve().plus(self.open.values())
        if self._told is None or self._told[0] != now_ns or self._told[1] is not extra:
            open_ = self._reserve.plus([extra]) if extra else self._reserve
            self._told = now_ns, extra, self._in_windows(now_ns, open_)
        return self._told[2]

    def _changed(self) -> None:
        """What was told is told no more."""
        self._reserve = self._told = None

    def _in_windows(self, now_ns: int, open_: Reserve) -> dict[Window, Used]:
        budget = open_.costs + self._haircut_rise(open_)
        exits = open_.exits + (self._thin_exits(open_.thin_sells) if open_.thin_sells else ZERO)
        told = {}
        for window in WINDOWS:
            length = window.length_ns
            realisable = self._realisable(open_, now_ns - length) if open_.sells else ZERO
            told[window] = Used(
                self._losses.total(length, now_ns) + budget + realisable,
                open_.spending,
                self._exits.total(length, now_ns) + exits,
            )
        return told

    # Settling

    def _bought(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> Decimal:
        if order.depth is Depth.THIN:
            self._add_lot(_Lot(now_ns, quantity, price, is_thin=True))
            return quantity * price + fee
        lost = order.price_loss(price)
        self._losses.add(now_ns, quantity * lost + fee)
        self._add_lot(_Lot(now_ns, quantity, price - lost, is_thin=False))
        if order.impact:
            loss = order.impact.loss
            rise = loss(self._holding + quantity) - loss(self._holding)
            self._add_haircut(_Haircut(now_ns, quantity, rise))
        return ZERO

    def _sold(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> Decimal:
        lost = order.price_loss(price)
        account = self._exit_account(order) if order.exit else self._losses
        account.add(now_ns, quantity * lost + order.charged_fee(price, fee))
        for lot, part in self._take_lots(quantity):
            self._losses.add(lot.since_ns, max(lot.entry - price - lost, ZERO) * part)
        for haircut, amount in self._drop_haircut(quantity):
            self._losses.add(haircut.since_ns, -amount)
        return ZERO

    def _sold_thin(
        self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> Decimal:
        """First what was held before is sold: it never lowers T, its shortfall draws on E. What
        the ledger knows nothing of was held before too."""
        known = min(quantity, self.held_before)
        self.held_before -= known
        bought = sum((part for _, part in self._take_lots(quantity - known)), ZERO)
        each = order.charged_fee(price, fee) / quantity
        lost = (quantity - bought) * (order.price_loss(price) + each)
        self._exit_account(order).add(now_ns, lost)
        return -bought * (price - fee / quantity)

    def _exit_account(self, order: Judged) -> Charges:
        return self._released if order.released else self._exits

    def _add_lot(self, lot: _Lot) -> None:
        self._lots.append(lot)
        self.bought += lot.quantity

    def _add_haircut(self, haircut: _Haircut) -> None:
        self._haircuts.append(haircut)
        self._holding += haircut.quantity
        self._losses.add(haircut.since_ns, haircut.amount)

    def _take_lots(self, quantity: Decimal) -> list[tuple[_Lot, Decimal]]:
        """Sell bought units, first in first out; what exceeds them was held before."""
        parts = []
        while self._lots and quantity > 0:
            oldest = self._lots[0]
            part = min(oldest.quantity, quantity)
            parts.append((oldest, part))
            quantity -= part
            oldest.quantity -= part
            self.bought -= part
            if not oldest.quantity:
                self._lots.popleft()
        self.held_before = max(self.held_before - quantity, ZERO)
        return parts

    def _drop_haircut(self, quantity: Decimal) -> list[tuple[_Haircut, Decimal]]:
        """What holding so many units was charged: last in, first out, so that each window
        releases what that window charged. A rest rounds up."""
        dropped = []
        while self._haircuts and quantity > 0:
            last = self._haircuts[-1]
            part = min(last.quantity, quantity)
            left = round_up(last.amount * (last.quantity - part) / last.quantity)
            dropped.append((last, last.amount - left))
            last.amount = left
            last.quantity -= part
            self._holding -= part
            quantity -= part
            if not last.quantity:
                self._haircuts.pop()
        return dropped

    def _drop_newest(self, quantity: Decimal, is_thin: bool) -> Decimal:
        """Take up to so many units out of the newest lots of a kind; how many that were."""
        dropped = ZERO
        for lot in reversed(self._lots):
            if lot.is_thin is is_thin and dropped < quantity:
                part = min(lot.quantity, quantity - dropped)
                lot.quantity -= part
                self.bought -= part
                dropped += part
        self._lots = deque(lot for lot in self._lots if lot.quantity)
        return dropped

    # Reserving

    def _haircut_rise(self, open_: Reserve) -> Decimal:
        """L(h + open buys) - L(h), by the harshest impact among the open buys: they may fill in
        any order, each by its own."""
        if open_.impact is None:
            return ZERO
        loss = open_.impact.loss
        return loss(self._holding + open_.buying) - loss(self._holding)

    def _realisable(self, open_: Reserve, start_ns: int) -> Decimal:
        """The most that open sells can realise on lots of this window and on open buys.

        The dearest units are matched with the cheapest sells: for a convex loss no other
        matching costs more.
        """
        cheapest = min(open_.sells)[0]
        units = [(lot.entry, lot.quantity) for lot in self._lots if lot.since_ns > start_ns]
        dearer = [unit for unit in units + open_.buys if unit[0] > cheapest]
        return matched_loss(sorted(dearer, reverse=True), sorted(open_.sells))

    def _thin_exits(self, sells: list[Judged]) -> Decimal:
        """What was held before is sold by whichever order fills first: by the costliest."""
        quantity = sum((order.quantity for order in sells), ZERO)
        held_before = min(quantity, self.held_before)
        left = quantity - min(self.bought, quantity - held_before)
        total = ZERO
        for order in sorted(sells, key=lambda o: o.worst_cost(Decimal(1)), reverse=True):
            part = min(order.quantity, left)
            total += order.worst_cost(part)
            left -= part
        return total
