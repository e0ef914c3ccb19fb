"""What an account has lately ordered and traded, for the rules that limit how much and how often.

Values are in the accounting asset. Like the loss accounts this follows from the journal alone.
"""

from decimal import Decimal

from tradelatch.model.clock import DAY, HOUR, MINUTE
from tradelatch.model.money import ZERO
from tradelatch.policy.judged import Judged
from tradelatch.policy.windows import LONGEST_NS, Charges, Window

_ONE = Decimal(1)


class Activity:
    """The tallies of one account, over all its grants."""

    def __init__(self) -> None:
        self._count, self._ordered, self._traded = Charges(), Charges(), Charges()
        self._signed = Charges()

    def ordered(self, judged: Judged, now_ns: int) -> None:
        """An order was allowed. An exit counts as one, but not with its value, which is not limited
        either: a stop-loss that asks again and again takes nothing from what may be traded."""
        self._count.add(now_ns, _ONE)
        self._ordered.add(now_ns, ZERO if judged.exit else judged.value)

    def signed(self, exposure: Decimal, now_ns: int) -> None:
        """An order that may cost so much was signed; nothing that is reported takes it back."""
        self._signed.add(now_ns, exposure)

    def traded(self, value: Decimal, now_ns: int) -> None:
        """That much was bought or sold."""
        self._traded.add(now_ns, value)

    def forget(self, now_ns: int) -> None:
        """Drop what no window can see any more."""
        self._count.forget(now_ns - MINUTE)
        self._ordered.forget(now_ns - DAY)
        self._traded.forget(now_ns - DAY)
        self._signed.forget(now_ns - LONGEST_NS)

    def orders_per_minute(self, now_ns: int) -> int:
        """How many orders were allowed within the last minute."""
        return int(self._count.total(MINUTE, now_ns))

    def ordered_in_hour(self, now_ns: int) -> Decimal:
        """What the orders of the last hour came to, exits apart."""
        return self._ordered.total(HOUR, now_ns)

    def ordered_in_day(self, now_ns: int) -> Decimal:
        """What the orders of the last day came to, exits apart."""
        return self._ordered.total(DAY, now_ns)

    def signed_exposure(self, window: Window, now_ns: int) -> Decimal:
        """What the orders signed within the window could have cost together."""
        return self._signed.total(window.length_ns, now_ns)

    def traded_in_day(self, now_ns: int) -> Decimal:
        """What was bought and sold within the last day."""
        return self._traded.total(DAY, now_ns)
