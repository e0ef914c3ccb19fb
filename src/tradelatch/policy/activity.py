"""What an account has lately ordered and traded, for the rules that limit how much and how often.

Values are in the accounting asset. Like the loss accounts this follows from the journal alone.
"""

from collections import deque
from decimal import Decimal

from tradelatch.model.clock import DAY, HOUR, MINUTE
from tradelatch.model.money import MONEY, ZERO
from tradelatch.policy.windows import Window


class Tally:
    """A sum over a sliding window of time."""

    def __init__(self, length_ns: int) -> None:
        self._length_ns = length_ns
        self._entries: deque[tuple[int, Decimal]] = deque()
        self._total = ZERO

    def add(self, value: Decimal, now_ns: int) -> None:
        """Count a value from now on for as long as the window is."""
        self._entries.append((now_ns, value))
        self._total = MONEY.add(self._total, value)

    def total(self, now_ns: int) -> Decimal:
        """What was counted within the window up to now."""
        start = now_ns - self._length_ns
        while self._entries and self._entries[0][0] <= start:
            self._total = MONEY.subtract(self._total, self._entries.popleft()[1])
        return self._total


class Activity:
    """The tallies of one account, over all its grants."""

    def __init__(self) -> None:
        self._minute, self._hour, self._day = Tally(MINUTE), Tally(HOUR), Tally(DAY)
        self._traded = Tally(DAY)
        self._signed = {window: Tally(window.length_ns) for window in Window}

    def ordered(self, value: Decimal, now_ns: int) -> None:
        """An order of that value was allowed."""
        self._minute.add(Decimal(1), now_ns)
        self._hour.add(value, now_ns)
        self._day.add(value, now_ns)

    def signed(self, exposure: Decimal, now_ns: int) -> None:
        """An order that may cost so much was signed; nothing that is reported takes it back."""
        for tally in self._signed.values():
            tally.add(exposure, now_ns)

    def traded(self, value: Decimal, now_ns: int) -> None:
        """That much was bought or sold."""
        self._traded.add(value, now_ns)

    def orders_per_minute(self, now_ns: int) -> int:
        """How many orders were allowed within the last minute."""
        return int(self._minute.total(now_ns))

    def ordered_in_hour(self, now_ns: int) -> Decimal:
        """What the orders of the last hour came to."""
        return self._hour.total(now_ns)

    def ordered_in_day(self, now_ns: int) -> Decimal:
        """What the orders of the last day came to."""
        return self._day.total(now_ns)

    def signed_exposure(self, window: Window, now_ns: int) -> Decimal:
        """What the orders signed within the window could have cost together."""
        return self._signed[window].total(now_ns)

    def traded_in_day(self, now_ns: int) -> Decimal:
        """What was bought and sold within the last day."""
        return self._traded.total(now_ns)
