"""The venue's own agents: a maker who quotes a ladder around the fair price, and takers who
trade against it at about the market's usual pace. All of them act only when stepped.

Whatever happens to the book, the maker comes back around the **fair** price, not around where
the book was swept to, and never pays a stranger more than fair.
"""

import random
from collections.abc import Callable, Iterator

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import Cancel, Command, Place
from tradelatch.venue.engine.events import Event, OrderChanged
from tradelatch.venue.engine.listing import Life, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.units import PPM
from tradelatch.venue.life.walk import Fair

MAKER, TAKER = "house-maker", "house-taker"
RETURN_MS = 500
"""How long a taken level stays empty, besides the time to the next step."""
STALE = 0.35
"""A quote is moved once it is off by this share of its distance from fair (and by a tick)."""
WORN = 0.5
"""A quote is renewed once less than this share of it is left."""
_DAY_MS = 86_400_000
_SIDES = (Side.BUY, Side.SELL)

Submit = Callable[[Command], list[Event]]


class _Slot:
    """One level of the ladder on one side."""

    __slots__ = ("distance", "gone_since", "lots", "order", "side", "value")

    def __init__(self, side: Side, distance: int, value: int) -> None:
        self.side = side
        self.distance = distance / PPM
        self.value = value
        self.order: Order | None = None
        self.lots = 0
        self.gone_since: int | None = None

    def target(self, fair: float) -> int:
        """Where this level belongs, in ticks: rounded away from fair."""
        if self.side is Side.BUY:
            return max(1, int(fair * (1 - self.distance)))
        return max(2, -int(-fair * (1 + self.distance) // 1))


class Maker:
    """Keeps one market's ladder. At most `budget` commands a step."""

    def __init__(
        self, engine: Engine, listing: Listing, life: Life, fair: Fair, budget: int = 40
    ) -> None:
        self._engine = engine
        self._listing = listing
        self._fair = fair
        self._budget = budget
        self._slots = [_Slot(side, *level) for level in life.ladder for side in _SIDES]

    def step(self, now: int, submit: Submit) -> None:
        """Bring the ladder to where it belongs at `now` (ms)."""
        fair = self._fair.ticks(self._engine.walk_ms(now))
        left = self._budget
        for slot in self._slots:
            self._look(slot, now)
        # All cancels first: otherwise new quotes could meet the old ones of the other side.
        for slot in self._slots:
            if left and slot.order is not None and self._is_off(slot, slot.order, fair):
                submit(Cancel(now, MAKER, self._listing.name, slot.order.id))
                slot.order = None
                slot.gone_since = now - RETURN_MS
                left -= 1
        for slot in self._slots:
            if left and slot.order is None and self._may_return(slot, now):
                left -= self._quote(slot, now, fair, submit)

    def _look(self, slot: _Slot, now: int) -> None:
        if slot.order is not None and slot.order.status.is_final:
            slot.order, slot.gone_since = None, now

    def _may_return(self, slot: _Slot, now: int) -> bool:
        return slot.gone_since is None or now - slot.gone_since >= RETURN_MS

    def _is_off(self, slot: _Slot, order: Order, fair: float) -> bool:
        if order.remaining < slot.lots * WORN:
            return True
        return abs(order.ticks - slot.target(fair)) > max(1.0, STALE * slot.distance * fair)

    def _quote(self, slot: _Slot, now: int, fair: float, submit: Submit) -> int:
        """Place one level; returns the number of commands it took."""
        ticks = slot.target(fair)
        if self._meets_own(slot.side, ticks):
            return 0
        slot.lots = max(1, self._listing.lots_for(ticks, slot.value))
        place = Place(
            now,
            MAKER,
            self._listing.name,
            slot.side,
            OrderType.LIMIT,
            lots=slot.lots,
            ticks=ticks,
        )
        first = submit(place)[0]
        slot.gone_since = None
        slot.order = first.order if isinstance(first, OrderChanged) else None
        return 1

    def _meets_own(self, side: Side, ticks: int) -> bool:
        others = (s.order for s in self._slots if s.side is not side and s.order is not None)
        if side is Side.BUY:
            return any(order.ticks <= ticks for order in others)
        return any(order.ticks >= ticks for order in others)


class NoiseTaker:
    """Buys and sells at random moments, as many and as large as the market's `Life` says, and
    never far from fair: it takes no part in anybody's absurd offers."""

    def __init__(
        self, engine: Engine, listing: Listing, life: Life, fair: Fair, random_: random.Random
    ) -> None:
        self._engine = engine
        self._listing = listing
        self._fair = fair
        self._random = random_
        self._gap_ms = _DAY_MS / life.prints
        self._mean = life.turnover / life.prints
        self._reach = 3 * life.ladder[0][0] / PPM
        self._next: float | None = None

    def step(self, now: int, submit: Submit) -> None:
        """Trade what falls due by `now` (ms), one order at most."""
        if self._next is None or now < self._next:
            self._next = self._next or now + self._random.expovariate(1 / self._gap_ms)
            return
        self._next = max(self._next, now - self._gap_ms) + self._random.expovariate(
            1 / self._gap_ms
        )
        fair = self._fair.ticks(self._engine.walk_ms(now))
        side = self._random.choice(_SIDES)
        ticks = limit(fair, side, self._reach)
        value = int(min(self._random.expovariate(1 / self._mean), 5 * self._mean))
        lots = max(1, self._listing.lots_for(ticks, value))
        submit(take(now, self._listing.name, side, lots, ticks))


def limit(fair: float, side: Side, reach: float) -> int:
    """The worst price, in ticks, that a taker accepts who goes `reach` beyond fair."""
    return max(1, round(fair * (1 + (reach if side is Side.BUY else -reach))))


def take(now: int, market: str, side: Side, lots: int, ticks: int) -> Place:
    """An order of the taker's: limited, and never resting."""
    return Place(
        now,
        TAKER,
        market,
        side,
        OrderType.LIMIT,
        lots=lots,
        ticks=ticks,
        tif=TimeInForce.IOC,
    )


def stale_quotes(engine: Engine) -> Iterator[str]:
    """Markets in which the maker still has quotes from before a restart."""
    account = engine.accounts.get(MAKER)
    return (market for market, orders in account.open.items() if orders) if account else iter(())
