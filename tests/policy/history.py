"""A second bookkeeping for the tests: what orders cost, recomputed unit by unit from the raw
history of fills. It knows nothing of reservations; quantities are whole units."""

from decimal import Decimal
from math import sqrt
from typing import NamedTuple

from tradelatch.model.clock import DAY
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.haircut import Impact

LENGTHS = {"DAY": (DAY, 1), "WEEK": (7 * DAY, 2), "MONTH": (30 * DAY, 4)}
"""The windows by docs/loss-budget.md: how long, and how many days' amounts."""
NONE = Decimal(0)


class Fill(NamedTuple):
    """A fill with what its order was judged by."""

    time_ns: int
    asset: str
    side: Side
    depth: Depth
    exit: bool
    reference: Decimal
    limit: Decimal
    quantity: int
    price: Decimal
    fee: Decimal


class Cost(NamedTuple):
    """What a window's fills cost: deep ones with the haircut on what they still hold, the rise
    of thin money above its lowest point, exits, and what exits realised (outside the bound)."""

    deep: Decimal
    thin: Decimal
    exits: Decimal
    exits_realised: Decimal


class History:
    """All fills and deposits so far."""

    def __init__(self, impact: Impact) -> None:
        self.impact = impact
        self.events: list[Fill | tuple[str, int]] = []

    def cost(self, length_ns: int, now_ns: int, asset: str | None = None) -> Cost:
        """What the fills of the window that ends now have cost, of one asset or of all."""
        events = [e for e in self.events if asset in (None, _asset(e))]
        return _Replay(self.impact, now_ns - length_ns).cost(events)

    def units(self) -> dict[str, int]:
        """How many units of each asset there are by these events."""
        held: dict[str, int] = {}
        for event in self.events:
            if isinstance(event, Fill):
                change = event.quantity if event.side is Side.BUY else -event.quantity
                held[event.asset] = held.get(event.asset, 0) + change
            else:
                held[event[0]] = held.get(event[0], 0) + event[1]
        return held


def _asset(event: Fill | tuple[str, int]) -> str:
    return event.asset if isinstance(event, Fill) else event[0]


class _Replay:
    def __init__(self, impact: Impact, start_ns: int) -> None:
        self.impact, self.start_ns = impact, start_ns
        self.deep = self.exits = self.realised = self.money = NONE
        self.lowest: Decimal | None = None
        self.bought: dict[str, list[tuple[int, Decimal]]] = {}
        self.before: dict[str, int] = {}
        self.net: dict[str, int] = {}
        self.least: dict[str, int] = {}

    def cost(self, events: list[Fill | tuple[str, int]]) -> Cost:
        for event in events:
            if not isinstance(event, Fill):
                self._move(*event)
                continue
            if event.time_ns > self.start_ns and self.lowest is None:
                self._enter_window()
            self._take(event)
        if self.lowest is None:
            self._enter_window()
        assert self.lowest is not None
        haircut = sum(
            (Decimal(self._haircut(n) - self._haircut(self.least[a])) for a, n in self.net.items()),
            NONE,
        )
        return Cost(self.deep + haircut, self.money - self.lowest, self.exits, self.realised)

    def _move(self, asset: str, quantity: int) -> None:
        """A deposit or a withdrawal. Of thin coins the newest bought ones go first; deep ones that
        were bought go on to count for the haircut."""
        units = self.bought.get(asset, [])
        if asset in self.net:
            quantity = 0
        elif quantity < 0:
            gone = min(-quantity, len(units))
            del units[len(units) - gone :]
            quantity += gone
        self.before[asset] = self.before.get(asset, 0) + quantity

    def _enter_window(self) -> None:
        self.lowest = self.money
        self.least = dict(self.net)

    def _take(self, fill: Fill) -> None:
        counts = fill.time_ns > self.start_ns
        if fill.depth is Depth.THIN:
            self._thin(fill, counts)
        elif fill.side is Side.BUY:
            if counts:
                over = max(fill.price - fill.reference, NONE)
                self.deep += fill.quantity * over + fill.fee
            entry = min(fill.price, fill.reference)
            self.bought.setdefault(fill.asset, []).extend([(fill.time_ns, entry)] * fill.quantity)
            self.net[fill.asset] = self.net.get(fill.asset, 0) + fill.quantity
            self.least.setdefault(fill.asset, 0)
        else:
            self._deep_sell(fill, counts)

    def _deep_sell(self, fill: Fill, counts: bool) -> None:
        if counts:
            loss = fill.quantity * max(fill.reference - fill.price, NONE) + _net_fee(fill)
            if fill.exit:
                self.exits += loss
            else:
                self.deep += loss
        units = self.bought.get(fill.asset, [])
        for _ in range(min(fill.quantity, len(units))):
            bought_ns, entry = units.pop(0)
            lost = max(entry - max(fill.price, fill.reference), NONE)
            if bought_ns > self.start_ns and fill.exit:
                self.realised += lost
            elif bought_ns > self.start_ns:
                self.deep += lost
        left = self.net[fill.asset] = max(self.net.get(fill.asset, 0) - fill.quantity, 0)
        self.least[fill.asset] = min(self.least.get(fill.asset, left), left)

    def _thin(self, fill: Fill, counts: bool) -> None:
        units = self.bought.setdefault(fill.asset, [])
        if fill.side is Side.BUY:
            self.money += fill.quantity * fill.price + fill.fee
            units.extend([(fill.time_ns, fill.price)] * fill.quantity)
        for _ in range(fill.quantity if fill.side is Side.SELL else 0):
            fee, kept = fill.fee / fill.quantity, _net_fee(fill) / fill.quantity
            if self.before.get(fill.asset, 0) > 0 or not units:
                self.before[fill.asset] = max(self.before.get(fill.asset, 0) - 1, 0)
                lost = max(fill.reference - fill.price, NONE) + kept
                self.exits += lost if counts else NONE
            else:
                units.pop(0)
                self.money -= fill.price - fee
        if self.lowest is not None:
            self.lowest = min(self.lowest, self.money)

    def _haircut(self, units: int) -> float:
        value, by = units * float(self.impact.price), self.impact
        depth = sqrt(value / float(by.adv))
        return value * (float(by.half_spread) + float(by.k) * float(by.sigma) * depth)


def _net_fee(fill: Fill) -> Decimal:
    """A sell's fee; what it is higher for a price above limit and reference, the gain pays."""
    best = max(fill.limit, fill.reference)
    return fill.fee * best / fill.price if fill.price > best else fill.fee
