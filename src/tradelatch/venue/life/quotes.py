"""The maker's quotes in one market, brought to where they are wanted."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.commands import Cancel, Command, Place
from tradelatch.venue.engine.events import Event, OrderChanged
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import Order

MAKER = "house-maker"
STALE = 0.35
"""How far a quote may be off before it is moved, as a share of its distance."""
WORN = 0.5
"""A quote is renewed once less than this share of what is wanted is left, or once that is less
than this share of the quote."""

Submit = Callable[[Command], list[Event]]


class Level(NamedTuple):
    """A quote as it is wanted: what it is worth in quote units, and by how many ticks it may be
    off."""

    side: Side
    ticks: int
    value: int
    slack: float


class _Slot:
    """The quote of one level. Its order bears its name, so that it is found after a restart."""

    __slots__ = ("gone_since", "name", "order")

    def __init__(self, name: str) -> None:
        self.name = name
        self.order: Order | None = None
        self.gone_since: int | None = None


class Quotes:
    """One market's quotes: at most `budget` commands at a time, and a level that was taken stays
    empty for `absence` ms."""

    def __init__(self, engine: Engine, listing: Listing, absence: int, budget: int = 40) -> None:
        self._engine = engine
        self._listing = listing
        self._absence = absence
        self._budget = budget
        self._slots: list[_Slot] = []

    def keep(self, now: int, levels: Sequence[Level], submit: Submit) -> None:
        """Bring the quotes to `levels`, which are always as many and in the same order."""
        if not self._slots:
            self._recall(now, len(levels), submit)
        left = self._budget
        wanted = list(zip(self._slots, levels, strict=True))
        for slot in self._slots:
            if slot.order is not None and slot.order.status.is_final:
                slot.order, slot.gone_since = None, now
        # All cancels first: otherwise new quotes could meet the old ones of the other side.
        for slot, level in wanted:
            if left and slot.order is not None and self._is_off(slot.order, level):
                submit(Cancel(now, MAKER, self._listing.name, slot.order.id))
                slot.order, slot.gone_since = None, None
                left -= 1
        for slot, level in wanted:
            if left and slot.order is None and self._may_return(slot, now):
                left -= self._place(slot, level, now, submit)

    def _recall(self, now: int, count: int, submit: Submit) -> None:
        """Find the quotes of before a restart; what is none of ours any more is cancelled."""
        self._slots = [_Slot(f"level-{number}") for number in range(count)]
        known = {slot.name: slot for slot in self._slots}
        for order in list(self._engine.accounts[MAKER].open_in(self._listing.name).values()):
            if order.client_id in known:
                known[order.client_id].order = order
            else:
                submit(Cancel(now, MAKER, self._listing.name, order.id))

    def _may_return(self, slot: _Slot, now: int) -> bool:
        return slot.gone_since is None or now - slot.gone_since >= self._absence

    def _is_off(self, order: Order, level: Level) -> bool:
        lots = self._lots(level)
        if order.remaining < lots * WORN or lots < order.remaining * WORN:
            return True
        return abs(order.ticks - level.ticks) > level.slack

    def _lots(self, level: Level) -> int:
        return max(1, self._listing.lots_for(level.ticks, level.value))

    def _place(self, slot: _Slot, level: Level, now: int, submit: Submit) -> int:
        """Place one quote; returns the number of commands it took."""
        if self._meets_own(level.side, level.ticks):
            return 0
        place = Place(
            now,
            MAKER,
            self._listing.name,
            level.side,
            OrderType.LIMIT,
            lots=self._lots(level),
            ticks=level.ticks,
            client_id=slot.name,
        )
        first = submit(place)[0]
        slot.gone_since = None
        slot.order = first.order if isinstance(first, OrderChanged) else None
        return 1

    def _meets_own(self, side: Side, ticks: int) -> bool:
        orders = (slot.order for slot in self._slots if slot.order is not None)
        others = (order.ticks for order in orders if order.side is not side)
        if side is Side.BUY:
            return any(other <= ticks for other in others)
        return any(other >= ticks for other in others)
