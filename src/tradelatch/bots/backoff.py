"""How long a bot waits after a denial before it asks again: it never hammers."""

from tradelatch.model.orders import Side

FIRST_MS, LONGEST_MS = 30_000, 900_000
"""The wait doubles from the one to the other with each denial in a row."""


class Backoff:
    """The waits of one bot, by market and side: a denied entry does not hold an exit back."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, Side], tuple[int, int]] = {}

    def denied(self, symbol: str, side: Side, now_ms: int) -> int:
        """Begin or lengthen a wait; when it ends (ms)."""
        last, _ = self._waits.get((symbol, side), (FIRST_MS // 2, 0))
        wait = min(2 * last, LONGEST_MS)
        self._waits[symbol, side] = (wait, now_ms + wait)
        return now_ms + wait

    def accepted(self, symbol: str, side: Side) -> None:
        """An order was taken: the next denial waits shortly again."""
        self._waits.pop((symbol, side), None)

    def holds(self, symbol: str, side: Side, now_ms: int) -> bool:
        """Whether nothing may be sent yet."""
        return now_ms < self.until(symbol, side)

    def until(self, symbol: str, side: Side) -> int:
        """When the wait ends (ms); 0 if there is none."""
        return self._waits.get((symbol, side), (0, 0))[1]
