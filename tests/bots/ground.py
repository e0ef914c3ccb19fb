"""A venue and a house of real processes, and connectors to both, for tests outside of its loop."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from tests.crash.bot import signed
from tests.crash.site import Site
from tests.house.stage import PATIENCE_S, Loop
from tradelatch.bots.connector import Connector
from tradelatch.bots.orders import Order
from tradelatch.drills.script import Credentials
from tradelatch.model.orders import Side

SYMBOL = "ETH/BTC"
TICK, LOT = Decimal("0.00001"), Decimal("0.0001")
TIMEOUT_S = 1.0
WAYS = ("venue", "gate")
_NUMBERS = itertools.count(1)
_T = TypeVar("_T")


class Ground(Loop):
    """Everything started; `run` of the base class runs a coroutine in its loop."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder, budget="20")

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.run(self.site.__aenter__())
            self.other, self.direct = self.run(self._open("other")), self.run(self._open("direct"))
        except BaseException as error:
            super().__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.run(self.site.__aexit__())
        finally:
            super().__exit__(kind, error, trace)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The result of a coroutine, run in the loop; what hangs is ended where it hangs."""

        async def ended() -> _T:
            async with asyncio.timeout(PATIENCE_S - 10):
                return await work

        return super().run(ended())

    def connector(self, way: str, url: str = "", **more: Any) -> Connector:
        """One account straight at the venue, one that only the gate is used for, or (``other``)
        whoever trades with them."""
        known = {"venue": self.direct, "gate": self.site.grant, "other": self.other}
        access: Credentials = known[way]
        settings = {"timeout_s": TIMEOUT_S, "is_gate": way == "gate", "gate_window_ms": 1_000}
        return Connector(
            "binance", access.key, access.secret, url or access.url, **(settings | more)
        )

    def using(
        self, way: str, do: Callable[[Connector], Awaitable[Any]], url: str = "", **more: Any
    ) -> Any:
        """What a coroutine makes of a connector, which is closed then."""

        async def work() -> Any:
            connector = self.connector(way, url, **more)
            try:
                return await do(connector)
            finally:
                await connector.close()

        return self.run(work())

    async def known_to_venue(self, order: Order) -> dict[str, Any] | None:
        """The order as the venue itself has it, whosever it is."""
        rows = await self._rows("allOrders")
        found = [row for row in rows if row["clientOrderId"] == order.client_id]
        assert len(found) <= 1
        return found[0] if found else None

    async def trades_at_venue(self, number: int) -> list[dict[str, Any]]:
        """The trades of an order as the venue itself has them."""
        return [row for row in await self._rows("myTrades") if row["orderId"] == number]

    async def _rows(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for access in (self.direct, self.site.victim):
            query = signed(access.secret, {"symbol": "ETHBTC", "limit": "1000"})
            url, headers = f"{access.url}/api/v3/{path}?{query}", {"X-MBX-APIKEY": access.key}
            async with (
                aiohttp.ClientSession() as session,
                session.get(url, headers=headers) as answer,
            ):
                assert answer.status == 200, await answer.text()
                found += await answer.json()
        return found

    async def _open(self, name: str) -> Credentials:
        held = {"BTC": "100", "ETH": "1000"}
        return await self.site._open(name, held, ["read", "trade"])

    @cached_property
    def low(self) -> Decimal:
        """A price at which a buy rests, and which the policy lets out; the market stands still."""

        async def ask(connector: Connector) -> Decimal:
            return await connector.price(SYMBOL)

        last: Decimal = self.using("other", ask)
        return (last * Decimal("0.995")).quantize(TICK)


def order_of(
    quantity: str = "0.5",
    price: Decimal | str | None = None,
    side: Side = Side.BUY,
    symbol: str = SYMBOL,
) -> Order:
    """An order with a name that nobody used before."""
    name = f"t{time.time_ns() // 1_000_000:x}-{next(_NUMBERS)}"
    limit = None if price is None else Decimal(price)
    return Order(name, 1, "", symbol, side, Decimal(quantity), limit, time.time_ns() // 1_000_000)


async def eventually(holds: Callable[[], Any]) -> None:
    """Wait until it holds."""
    for _ in range(300):
        if holds():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came true")
