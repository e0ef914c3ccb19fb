"""The customers' bots in one process: an unmodified ccxt each, DCA or grid, until told to stop.

They are simpler than Tradelatch's own bots, whose runner holds grants only: where nobody guards,
a bot has to trade with the exchange key itself.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Sequence
from typing import Any

import ccxt.async_support as ccxt
import msgspec

from tradelatch.drills.ccxt_client import buy_for, connect, load_markets_once, patiently
from tradelatch.drills.script import Credentials, read_brief, tell

BOTS = "bots"
_DCA_BASE, _ORDER = 0.01, 0.004
"""What a DCA bot buys at first, and what one of any bot's resting orders is worth, as shares of
the account."""
_SAFETY, _TAKE_PROFIT = (-0.01, -0.022, -0.0364), 0.006
"""Where safety orders and the take profit lie from the price, safety orders with a step
coefficient of 1.2."""
_LINES = tuple(step * 0.006 for step in range(-3, 4))
"""Where a grid's lines lie; that at the price stays empty."""


class Bot(msgspec.Struct, frozen=True):
    """One customer's bot: `kind` is ``dca`` or ``grid``, `worth` the account's in quote."""

    name: str
    account: Credentials
    kind: str
    symbol: str
    worth: float


class Brief(msgspec.Struct, frozen=True):
    """All of them, and how often each looks after its orders."""

    bots: tuple[Bot, ...]
    pause_s: float


async def trade(brief: Brief) -> None:
    """Trade until SIGTERM, and tell what came of it."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    clients = [connect(bot.account) for bot in brief.bots]
    try:
        await load_markets_once(clients)
        bots = [HonestBot(bot, client) for bot, client in zip(brief.bots, clients, strict=True)]
        pauses = [brief.pause_s * number / len(bots) for number in range(len(bots))]
        runs = [
            bot.run(stop, brief.pause_s, pause) for bot, pause in zip(bots, pauses, strict=True)
        ]
        await asyncio.gather(_tell_soon(bots, stop, brief.pause_s), *runs)
        _tell(bots)
    finally:
        await asyncio.gather(*(client.close() for client in clients))


async def _tell_soon(bots: Sequence["HonestBot"], stop: asyncio.Event, pause_s: float) -> None:
    """Tell how it goes once every bot has had its turn."""
    await _wait(stop, pause_s + 0.5)
    if not stop.is_set():
        _tell(bots)


def _tell(bots: Sequence["HonestBot"]) -> None:
    placed, refused = sum(bot.placed for bot in bots), sum(bot.refused for bot in bots)
    tell(BOTS, f"{placed} orders taken, {refused} requests refused")


class HonestBot:
    """One bot, which keeps its ladder of resting orders."""

    def __init__(self, bot: Bot, client: Any) -> None:
        self._bot, self._client = bot, client
        self._middle = 0.0
        self.placed = self.refused = 0

    async def run(self, stop: asyncio.Event, pause_s: float, first_s: float) -> None:
        """Begin after `first_s`, then look after the orders every `pause_s`."""
        await _wait(stop, first_s)
        if not stop.is_set():
            await self._begin()
        while not stop.is_set():
            await self._keep()
            await _wait(stop, pause_s)

    async def _begin(self) -> None:
        ticker = await patiently(self._client.fetch_ticker, self._bot.symbol)
        self._middle = (ticker["bid"] + ticker["ask"]) / 2
        if self._bot.kind == "dca":
            await self._order(buy_for(self._client, self._bot.symbol, self._bot.worth * _DCA_BASE))

    async def _keep(self) -> None:
        """Place what is missing of the ladder, each order on the side its price lies on."""
        orders = await self._try(self._client.fetch_open_orders(self._bot.symbol))
        if orders is None:
            return
        resting = {float(order["price"]) for order in orders}
        shares = (*_SAFETY, _TAKE_PROFIT) if self._bot.kind == "dca" else _LINES
        for share in shares:
            price = float(self._precise_price(self._middle * (1 + share)))
            if share and price not in resting:
                side = "buy" if share < 0 else "sell"
                await self._order(self._limit(side, self._bot.worth * _ORDER / price, price))

    async def _limit(self, side: str, amount: float, price: float) -> Any:
        symbol = self._bot.symbol
        amount = self._client.amount_to_precision(symbol, amount)
        limit = self._precise_price(price)
        return await self._client.create_order(symbol, "limit", side, amount, limit)

    async def _order(self, placing: Awaitable[Any]) -> None:
        self.placed += await self._try(placing) is not None

    def _precise_price(self, price: float) -> Any:
        return self._client.price_to_precision(self._bot.symbol, price)

    async def _try(self, call: Awaitable[Any]) -> Any:
        """The answer, None if it was refused."""
        try:
            return await call
        except ccxt.BaseError:
            self.refused += 1
            return None


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


if __name__ == "__main__":
    asyncio.run(trade(read_brief(Brief)))
