"""One bot, struck at one point again and again, each time in a market that it has not traded."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from bench.kills.cutter import Cutter
from bench.kills.points import Point
from bench.kills.site import QUOTE, Placed, Site
from bench.kills.subject import Known, Subject, Wanted
from bench.kills.truth import Finding, compare
from tradelatch.model.orders import Side

STAKE = Decimal(1_000)
_PATIENCE_S = 120.0
"""How long a bot may take to act on a signal."""
_QUIET_S, _SETTLE_S = 8.0, 60.0
"""A bot has settled when nothing was new for so long, and has had its time after that."""
_BEYOND = Decimal("0.002")
"""Beyond the best price of the other side, as a fraction: filled at once."""

Books: TypeAlias = tuple[list[Placed], Known]


async def strike(
    make: Callable[[], Subject], point: Point, side: Side, times: int, folder: Path
) -> list[Finding]:
    """A fresh venue and bot, struck so many times while it places an order of one side.

    Raises:
        TimeoutError: the bot places nothing.
    """
    symbols = [f"K{number:02}/{QUOTE}" for number in range(times)]
    site, subject = Site(folder / "venue", symbols), make()
    cutter: Cutter | None = None
    try:
        await site.start(STAKE * times * 5)
        upstream = await subject.open(site, symbols, STAKE, folder / "bot")
        cutter = Cutter(upstream, subject.kill)
        await subject.start(await cutter.start())
        rounds = (_Round(site, subject, cutter, point, side, symbol) for symbol in symbols)
        return [await one.go() for one in rounds]
    finally:
        await subject.close()
        if cutter:
            await cutter.stop()
        await site.stop()


class _Round:
    """One strike, in a market of its own."""

    def __init__(
        self, site: Site, subject: Subject, cutter: Cutter, point: Point, side: Side, symbol: str
    ) -> None:
        self._site, self._subject, self._cutter = site, subject, cutter
        self._point, self._side, self._symbol = point, side, symbol

    async def go(self) -> Finding:
        """Have it order, strike, let it recover, and compare."""
        tick, lot = await self._site.steps(self._symbol)
        if self._side is Side.SELL:
            await self._signal(Side.BUY, tick)
            await self._until(lambda: self._known().position)
        self._cutter.arm(self._point, self._symbol)
        await self._signal(self._side, tick)
        await self._cutter.struck(_PATIENCE_S)
        if self._point is Point.BETWEEN:
            await self._between_fills()
        if self._point.kills:
            await self._subject.start(self._cutter.url)
        placed, known = await self._settle()
        self._subject.signal(None)
        holding = await self._site.holding(self._symbol.split("/")[0])
        return compare(placed, self._side, known, holding, lot)

    async def _signal(self, side: Side, tick: Decimal) -> None:
        bid, ask = await self._site.best(self._symbol)
        price = ask * (1 + _BEYOND) if side is Side.BUY else bid * (1 - _BEYOND)
        if self._point is Point.BETWEEN and side is self._side:
            price = (bid + ask) / 2  # it rests there until somebody comes
        self._subject.signal(Wanted(self._symbol, side, price // tick * tick))

    async def _between_fills(self) -> None:
        """The bot knows its order; half is filled, it is killed, and the rest is filled."""
        order = (await self._site.orders(self._symbol))[-1]
        await self._until(lambda: {one.name for one in self._known().orders} & order.names)
        await self._site.fill(self._symbol, order, order.quantity / 2)
        self._subject.kill()
        order = (await self._site.orders(self._symbol))[-1]
        assert order.is_open, "it rests in the spread until somebody comes"
        assert order.executed, "half of it was taken"
        await self._site.fill(self._symbol, order, order.quantity - order.executed)

    def _known(self) -> Known:
        return self._subject.known(self._symbol)

    async def _until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while not holds():
                await asyncio.sleep(0.05)

    async def _settle(self) -> Books:
        """Both books once nothing changes any more."""
        clock = asyncio.get_running_loop().time
        began = since = clock()
        before = await self._books()
        while clock() - since < _QUIET_S and clock() - began < _SETTLE_S:
            await asyncio.sleep(0.5)
            if (now := await self._books()) != before:
                before, since = now, clock()
        return before

    async def _books(self) -> Books:
        return await self._site.orders(self._symbol), self._known()
