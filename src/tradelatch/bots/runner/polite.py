"""A port that asks nothing while the exchange wants to be left alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from tradelatch.bots.events import Report
from tradelatch.bots.orders import Fill, Order
from tradelatch.bots.port import Busy, Heard, Holding, Port
from tradelatch.model.markets import Candle, Market

_T = TypeVar("_T")


class Polite:
    """Of an account's many requests each may be told to wait: then all wait, for an exchange bans
    whoever goes on. Until the time is over each is `Busy` without being sent."""

    def __init__(self, port: Port) -> None:
        self._port, self._until, self._says = port, 0.0, ""

    async def markets(self, symbols: Iterable[str]) -> dict[str, Market]:
        """As the port."""
        return await self._ask(lambda: self._port.markets(symbols))

    async def holdings(self) -> dict[str, Holding]:
        """As the port."""
        return await self._ask(self._port.holdings)

    async def candles(self, symbol: str, interval_ms: int, count: int) -> list[Candle]:
        """As the port."""
        return await self._ask(lambda: self._port.candles(symbol, interval_ms, count))

    async def price(self, symbol: str) -> Decimal:
        """As the port."""
        return await self._ask(lambda: self._port.price(symbol))

    async def place(self, order: Order) -> Report:
        """As the port."""
        return await self._ask(lambda: self._port.place(order))

    async def cancel(self, order: Order) -> Report | None:
        """As the port."""
        return await self._ask(lambda: self._port.cancel(order))

    async def look(self, order: Order) -> Report | None:
        """As the port."""
        return await self._ask(lambda: self._port.look(order))

    async def fills(self, order: Order) -> list[Fill]:
        """As the port."""
        return await self._ask(lambda: self._port.fills(order))

    async def follow(self, symbols: Iterable[str], hear: Heard) -> None:
        """As the port."""
        await self._port.follow(symbols, hear)

    async def close(self) -> None:
        """As the port."""
        await self._port.close()

    async def _ask(self, request: Callable[[], Awaitable[_T]]) -> _T:
        clock = asyncio.get_running_loop().time
        left_s = self._until - clock()
        if left_s > 0:
            raise Busy(self._says, left_s)
        try:
            return await request()
        except Busy as busy:
            self._until, self._says = max(self._until, clock() + busy.wait_s), str(busy)
            raise
