"""How long a bot waits after a denial before it asks again: it never hammers."""

from typing import NamedTuple

from tradelatch.model.orders import Side


class Waits(NamedTuple):
    """A wait doubles from the one to the other with each denial in a row (ms)."""

    first_ms: int
    longest_ms: int


DENIED = Waits(30_000, 900_000)
UNFILLED = Waits(1_000, 30_000)
"""Of an order at the market that was taken and found nobody: the price has moved on."""


class Backoff:
    """The waits of one bot, by market and side: a denied entry does not hold an exit back."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, Side], tuple[int, int]] = {}

    def denied(self, symbol: str, side: Side, now_ms: int, waits: Waits = DENIED) -> int:
        """Begin or lengthen a wait; when it ends (ms)."""
        last, _ = self._waits.get((symbol, side), (0, 0))
        wait = min(max(2 * last, waits.first_ms), waits.longest_ms)
        self._waits[symbol, side] = (wait, now_ms + wait)
        return now_ms + wait

    def accepted(self, symbol: str, side: Side) -> None:
        """An order was taken, or another is to be sent at once: the next denial waits shortly
        again."""
        self._waits.pop((symbol, side), None)

    def holds(self, symbol: str, side: Side, now_ms: int) -> bool:
        """Whether nothing may be sent yet."""
        return now_ms < self.until(symbol, side)

    def until(self, symbol: str, side: Side) -> int:
        """When the wait ends (ms); 0 if there is none."""
        return self._waits.get((symbol, side), (0, 0))[1]
