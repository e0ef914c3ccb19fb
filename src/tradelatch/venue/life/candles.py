"""Candles of any interval, out of a market's history and its live minutes."""

import asyncio
from collections.abc import Iterator

from tradelatch.venue.engine.bars import DAY_MINUTES, MINUTE_MS, Bar, join, quiet
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.life.history import History

DAY_MS = DAY_MINUTES * MINUTE_MS
INTERVALS = {
    **{f"{n}m": n * MINUTE_MS for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * 60 * MINUTE_MS for n in (1, 2, 4, 6, 8, 12)},
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
}
_MONDAY = 4 * DAY_MS
"""1970-01-05, with which weeks are aligned."""


class Candles:
    """One market's candles. All times in ms."""

    def __init__(self, trading: Trading, history: History | None) -> None:
        self._trading = trading
        self._history = history
        days = history.days if history else 0
        self.first = trading.opened - days * DAY_MS
        self._past: dict[tuple[int, int], Bar | None] = {}
        """Bars of history by their opening and length: these will never change."""

    async def read(
        self, interval: str, start: int | None, end: int, now: int, limit: int
    ) -> list[Bar]:
        """At most `limit` candles that open in `start` to `end`: the first of them if `start`
        is given, else the last."""
        length = INTERVALS[interval]
        phase = _MONDAY if interval == "1w" else 0
        end = min(end, now)
        last = end - (end - phase) % length
        first = self.first - (self.first - phase) % length
        if start is None:
            first = max(first, last - (limit - 1) * length)
        else:
            first = max(first, start + (phase - start) % length)
            last = min(last, first + (limit - 1) * length)
        if last < first:
            return []
        await self._prepare(first, last + length)
        if length == MINUTE_MS:
            return list(self.minutes(first, min(last + length, now + 1)))
        found = (self._joined(at, length, now) for at in range(first, last + 1, length))
        return [bar for bar in found if bar is not None]

    def _joined(self, at: int, length: int, now: int) -> Bar | None:
        """The bar of the minutes from `at` on."""
        if at + length > self._trading.opened:
            return join(at, self.minutes(at, min(at + length, now + 1)))
        if (at, length) not in self._past:
            self._past[at, length] = join(at, self.minutes(at, at + length))
        return self._past[at, length]

    async def recent(self, since: int, now: int) -> Bar | None:
        """One bar of everything from `since` to `now`."""
        await self._prepare(since, now)
        return join(since, self.minutes(since - since % MINUTE_MS, now + 1))

    def minutes(self, start: int, end: int) -> Iterator[Bar]:
        """The minute bars that open in `start` up to but without `end`."""
        start = max(start, self.first)
        opened = self._trading.opened
        if self._history is not None:
            for at in range(start, min(end, opened), MINUTE_MS):
                day, index = divmod((at - opened) // MINUTE_MS, DAY_MINUTES)
                yield self._history.day(day)[index]
        bars = self._trading.bars
        start = max(start, opened)
        last = self._last_before(start)
        for at in range(start, end, MINUTE_MS):
            bar = bars.get(at)
            if bar is None:
                bar = quiet(at, last)
            last = bar.close
            if last:
                yield bar

    def _last_before(self, minute: int) -> int:
        """The last live price before a minute; the opening price if there was none."""
        for at, bar in reversed(self._trading.bars.items()):
            if at < minute:
                return bar.close
        life = self._trading.listing.life
        return life.opening if life else 0

    async def _prepare(self, start: int, end: int) -> None:
        """Make the days of history that will be read, letting others work in between."""
        if self._history is None:
            return
        opened = self._trading.opened
        for day in range((max(start, self.first) - opened) // DAY_MS, 0):
            if opened + day * DAY_MS >= end:
                break
            self._history.day(day)
            await asyncio.sleep(0)
