"""The windows that amounts are counted in, and sums that slide with them.

All of it is exact, and the same whenever it is asked: what is added is rounded to `_FINE` first,
so that sums do not depend on the order in which they were made.
"""

import enum
from decimal import ROUND_CEILING, Context, Decimal

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
    """Losses, each of which counts in windows that reach back no further than its time."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, Decimal]] = []
        self._sums: dict[int, _Sum] = {}

    def __bool__(self) -> bool:
        """Something was charged that is not forgotten."""
        return bool(self._entries)

    def add(self, since_ns: int, amount: Decimal) -> None:
        """Charge an amount, rounded up; a negative one releases what the same time charged."""
        amount = amount.quantize(_FINE, context=_WIDE)
        if not amount:
            return
        self._entries.append((since_ns, amount))
        for length_ns, known in self._sums.items():
            if since_ns > known.from_ns - length_ns:
                known.total = MONEY.add(known.total, amount)
                known.until_ns = min(known.until_ns, since_ns + length_ns)

    def total(self, length_ns: int, now_ns: int) -> Decimal:
        """What was charged within the window that ends now."""
        known = self._sums.get(length_ns)
        if known is None or not known.from_ns <= now_ns < known.until_ns:
            known = self._sums[length_ns] = self._summed(length_ns, now_ns)
        return known.total

    def forget(self, start_ns: int) -> None:
        """Drop what no window that starts then or later can see."""
        self._entries = [entry for entry in self._entries if entry[0] > start_ns]

    def _summed(self, length_ns: int, now_ns: int) -> "_Sum":
        start = now_ns - length_ns
        within = [entry for entry in self._entries if entry[0] > start]
        until = min((since for since, _ in within), default=now_ns) + length_ns
        total = ZERO
        for _, amount in within:
            total = MONEY.add(total, amount)
        return _Sum(now_ns, until, total)


class _Sum(msgspec.Struct):
    """A window's total; it holds at times from `from_ns` on and before `until_ns`."""

    from_ns: int
    until_ns: int
    total: Decimal


class Level:
    """A number that goes up and down, and its lowest value in a window that ends now."""

    def __init__(self, value: Decimal) -> None:
        self.value = value
        self._lows: list[tuple[int, Decimal]] = []
        """Values that stood until a time and were lower than all that came after."""

    def set(self, value: Decimal, now_ns: int) -> None:
        """The number is `value` from now on."""
        self._lows.append((now_ns, self.value))
        self.value = value
        while self._lows and self._lows[-1][1] >= value:
            self._lows.pop()

    def lowest(self, start_ns: int) -> Decimal:
        """The lowest value since `start_ns`, the one that stood then included."""
        # Both times and values rise: the first that stood past the start is the lowest.
        return next((low for until, low in self._lows if until > start_ns), self.value)

    def rise(self, start_ns: int) -> Decimal:
        """How far the number stands above its lowest value since `start_ns`."""
        return MONEY.subtract(self.value, self.lowest(start_ns))

    def forget(self, start_ns: int) -> None:
        """Drop what no window that starts then or later can see."""
        self._lows = [low for low in self._lows if low[0] > start_ns]
