"""The windows that amounts are counted in, and sums that slide with them.

All of it is exact, and the same whenever it is asked: what is added is rounded to `_FINE` first,
so that sums do not depend on the order in which they were made.
"""

import enum
from bisect import bisect_right, insort_right
from collections.abc import Callable
from decimal import ROUND_CEILING, Context, Decimal
from operator import itemgetter

import msgspec

from tradelatch.model.clock import DAY as ONE_DAY
from tradelatch.model.money import MONEY, ZERO

_FINE = Decimal("1e-24")
_WIDE = Context(prec=120, rounding=ROUND_CEILING)


class Window(enum.Enum):
    """Windows nest: a week may cost two days' amounts, a month four."""

    DAY = (ONE_DAY, 1)
    WEEK = (7 * ONE_DAY, 2)
    MONTH = (30 * ONE_DAY, 4)

    def __init__(self, length_ns: int, days_worth: int) -> None:
        self.length_ns = length_ns
        self.days_worth = days_worth

    # An Enum's own hash is a function in Python, and windows are looked up all the time.
    __hash__ = object.__hash__


WINDOWS = tuple(Window)
LONGEST_NS = Window.MONTH.length_ns


class Used(msgspec.Struct, frozen=True):
    """How much of B, X and E is taken in one window."""

    budget: Decimal
    allocation: Decimal
    exit_budget: Decimal

    def __add__(self, other: "Used") -> "Used":
        return Used(
            MONEY.add(self.budget, other.budget),
            MONEY.add(self.allocation, other.allocation),
            MONEY.add(self.exit_budget, other.exit_budget),
        )


NOTHING = Used(ZERO, ZERO, ZERO)


class Charges:
    """Losses, each of which counts in windows that reach back no further than its time.

    A window's sum moves on with it: whatever leaves is taken from the sum once, so that asking
    again and again takes time in proportion to what was charged.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[int, Decimal]] = []
        """In the order of their times."""
        self._sums: dict[int, _Sum] = {}

    def __bool__(self) -> bool:
        """Something was charged that is not forgotten."""
        return bool(self._entries)

    def add(self, since_ns: int, amount: Decimal) -> None:
        """Charge an amount, rounded up; a negative one releases what the same time charged."""
        amount = amount.quantize(_FINE, context=_WIDE)
        if not amount:
            return
        insort_right(self._entries, (since_ns, amount), key=_time)
        for known in self._sums.values():
            if since_ns > known.start_ns:
                known.total = _WIDE.add(known.total, amount)
            else:
                known.first += 1

    def total(self, length_ns: int, now_ns: int) -> Decimal:
        """What was charged within the window that ends now."""
        start = now_ns - length_ns
        known = self._sums.get(length_ns)
        if known is None or start < known.start_ns:  # asked for the first time, or about before
            known = self._sums[length_ns] = self._summed(start)
        self._move(known, start)
        # An empty window tells the zero that it told before anything was in it, digits and all.
        return MONEY.plus(known.total) if known.first < len(self._entries) else ZERO

    def forget(self, start_ns: int) -> None:
        """Drop what no window that starts then or later can see."""
        gone = bisect_right(self._entries, start_ns, key=_time)
        for known in self._sums.values():
            self._move(known, start_ns)
            known.first -= gone
        del self._entries[:gone]

    def _summed(self, start_ns: int) -> "_Sum":
        first = bisect_right(self._entries, start_ns, key=_time)
        total = ZERO
        for _, amount in self._entries[first:]:
            total = _WIDE.add(total, amount)
        return _Sum(start_ns, first, total)

    def _move(self, known: "_Sum", start_ns: int) -> None:
        """What is out of a window that starts then counts no more."""
        while known.first < len(self._entries) and self._entries[known.first][0] <= start_ns:
            known.start_ns, amount = self._entries[known.first]
            known.total = _WIDE.subtract(known.total, amount)
            known.first += 1


_time: Callable[[tuple[int, Decimal]], int] = itemgetter(0)


class _Sum(msgspec.Struct):
    """The sum of all entries after `start_ns`, of which the first is the one at `first`."""

    start_ns: int
    first: int
    total: Decimal


class Level:
    """A number that goes up and down, and its lowest value in a window that ends now."""

    def __init__(self, value: Decimal) -> None:
        self.value = value
        self._lows: list[tuple[int, Decimal]] = []
        """Values that stood until a time and were lower than all that came after."""

    def set(self, value: Decimal, now_ns: int) -> None:
        """The number is `value` from now on."""
        if self._lows:  # what stood before a clock was set back keeps the time that it was told
            now_ns = max(now_ns, self._lows[-1][0])
        self._lows.append((now_ns, self.value))
        self.value = value
        while self._lows and self._lows[-1][1] >= value:
            self._lows.pop()

    def lowest(self, start_ns: int) -> Decimal:
        """The lowest value since `start_ns`, the one that stood then included."""
        # Both times and values rise: the first that stood past the start is the lowest.
        first = bisect_right(self._lows, start_ns, key=_time)
        return self._lows[first][1] if first < len(self._lows) else self.value

    def rise(self, start_ns: int) -> Decimal:
        """How far the number stands above its lowest value since `start_ns`."""
        return MONEY.subtract(self.value, self.lowest(start_ns))

    def forget(self, start_ns: int) -> None:
        """Drop what no window that starts then or later can see."""
        self._lows = [low for low in self._lows if low[0] > start_ns]
