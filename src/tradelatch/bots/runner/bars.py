"""Bars for strategies that want them: asked for once each has closed."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tradelatch.bots.bot import KEPT_BARS
from tradelatch.bots.events import Bar
from tradelatch.bots.port import Busy, NoAnswer, Port, Refused

SETTLE_MS = 500
"""A bar is asked for so long after it has closed: the exchange may count a last trade."""

RETRY_S = 5.0
"""How long it is waited after no answer."""


class Series(NamedTuple):
    """Bars of one length (ms) in one market."""

    symbol: str
    interval_ms: int


class Bars:
    """All series that the bots of an account want."""

    def __init__(self, port: Port, now_ms: Callable[[], int], hear: Callable[[Bar], None]) -> None:
        self._port, self._now_ms, self._hear = port, now_ms, hear
        self._due: dict[Series, int] = {}
        self._last: dict[Series, int] = {}

    async def history(self, series: Series) -> list[Bar]:
        """The last closed ones, for a bot that begins; may raise what a `Port` raises."""
        candles = await self._port.candles(*series, KEPT_BARS)
        return [Bar(*series, candle) for candle in candles]

    def want(self, series: Iterable[Series]) -> None:
        """Have these told from now on, and no others."""
        self._due = {one: self._due.get(one, 0) for one in series}

    async def step(self) -> None:
        """Ask for what has closed since. What is not answered is asked for again."""
        for series, due in list(self._due.items()):
            if self._now_ms() < due:
                continue
            last = self._last.get(series, -1)
            missed = KEPT_BARS if last < 0 else (self._now_ms() - last) // series.interval_ms
            try:
                candles = await self._port.candles(*series, min(KEPT_BARS, max(1, missed)))
            except (NoAnswer, Busy, Refused) as error:
                wait_s = error.wait_s if isinstance(error, Busy) else RETRY_S
                self._due[series] = self._now_ms() + int(max(wait_s, RETRY_S) * 1_000)
                continue
            for candle in candles:
                if candle.open_ms > last:
                    self._last[series] = last = candle.open_ms
                    self._hear(Bar(*series, candle))
            behind = last + 2 * series.interval_ms + SETTLE_MS if last >= 0 else 0
            self._due[series] = max(behind, self._now_ms() + SETTLE_MS)
