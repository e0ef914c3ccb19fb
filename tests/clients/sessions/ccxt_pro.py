"""ccxt.pro: a whole session by REST, then market data and user data by streams, and order entry
by the websocket API."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import ccxt.pro as ccxt
from ccxt_unified import SYMBOL, Unified, exact, fill_of, order_of, settings
from session import (
    BASE,
    ED25519_KEY,
    ED25519_PEM,
    PATIENCE,
    QUOTE,
    Fill,
    Order,
    away,
    balanced,
    bustle,
    eventually,
    locked,
    refused,
    trade,
)


async def market_streams(client: Unified) -> None:
    """Every public stream that ccxt watches in a spot market."""
    exchange = client.exchange
    async with bustle(client):
        assert (await exchange.watch_ticker(SYMBOL))["last"] > 0
        assert SYMBOL in await exchange.watch_tickers([SYMBOL])
        assert (await exchange.watch_bids_asks([SYMBOL]))[SYMBOL]["ask"] > 0
        [candle, *_] = await exchange.watch_ohlcv(SYMBOL, "1m")
        assert candle[2] >= candle[3] > 0
        assert (await exchange.watch_trades(SYMBOL))[-1]["price"] > 0
    await exchange.watch_order_book(SYMBOL)

    async def agrees() -> bool:
        """The book that ccxt keeps by the stream is the one that REST shows."""
        await client.place("MARKET", "SELL", Decimal("0.1"))
        kept = await exchange.watch_order_book(SYMBOL)
        whole = await exchange.fetch_order_book(SYMBOL)
        return all(kept[side][:10] == whole[side][:10] for side in ("bids", "asks"))

    await eventually(agrees)


class Watched:
    """What the user data stream has told so far."""

    def __init__(self, exchange: Any) -> None:
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.totals: dict[str, Decimal] = {}
        self._exchange = exchange
        self._news = asyncio.Condition()

    async def __aenter__(self) -> "Watched":
        exchange = self._exchange
        watchers = (
            (exchange.watch_orders, self._see_orders),
            (exchange.watch_my_trades, self._see_fills),
            (exchange.watch_balance, self._see_balance),
        )
        # `watch_*` would subscribe, too, but says nothing before the first event.
        await exchange.authenticate({"type": "spot"})
        self._tasks = [asyncio.ensure_future(self._watch(*one)) for one in watchers]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for the news that make it hold."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(holds)

    def states(self, number: str) -> list[str]:
        """The states of an order in the order in which they were told."""
        return [order.status for order in self.orders if order.id == number]

    def fills_of(self, number: str) -> list[Fill]:
        """The fills of an order."""
        return [fill for fill in self.fills if fill.order == number]

    async def _watch(
        self, method: Callable[[], Awaitable[Any]], see: Callable[[Any], None]
    ) -> None:
        while True:
            found = await method()
            async with self._news:
                see(found)
                self._news.notify_all()

    def _see_orders(self, found: list[dict[str, Any]]) -> None:
        self.orders += [order_of(one) for one in found]

    def _see_fills(self, found: list[dict[str, Any]]) -> None:
        self.fills += [fill_of(one) for one in found]

    def _see_balance(self, found: dict[str, Any]) -> None:
        self.totals = {asset: exact(found["total"][asset]) for asset in (BASE, QUOTE)}


async def user_data(client: Unified) -> None:
    """Orders placed by websocket are told by the stream, with their fills and balances."""
    exchange = client.exchange
    async with Watched(exchange) as seen:
        price = float(away((await client.book())[0]))
        resting = await exchange.create_order_ws(SYMBOL, "limit", "buy", 1, price)
        assert order_of(await exchange.fetch_order_ws(resting["id"], SYMBOL)).status == "open"
        assert [one["id"] for one in await exchange.fetch_open_orders_ws(SYMBOL)] == [resting["id"]]
        moved = await exchange.edit_order_ws(
            resting["id"], SYMBOL, "limit", "buy", 2, price - 0.00001
        )
        await exchange.cancel_order_ws(moved["id"], SYMBOL)
        await seen.until(lambda: seen.states(moved["id"])[-1:] == ["canceled"])
        assert seen.states(resting["id"])[0] == seen.states(moved["id"])[0] == "open"
        assert seen.states(resting["id"])[-1] == "canceled"
        assert await locked(client) == (0, 0)

        bought = await exchange.create_order_ws(SYMBOL, "market", "buy", 3)
        await seen.until(lambda: seen.states(bought["id"])[-1:] == ["closed"])
        known = {fill for fill in await client.trades() if fill.order == bought["id"]}
        assert sum(fill.quantity for fill in known) == 3
        await seen.until(lambda: len(seen.fills_of(bought["id"])) == len(known))
        assert set(seen.fills_of(bought["id"])) == known
        balances = await client.balances()
        totals = {asset: sum(amounts) for asset, amounts in balances.items()}
        await seen.until(lambda: seen.totals == totals)
    await balanced(client)


async def order_entry(client: Unified) -> None:
    """What else ccxt asks of the websocket API, and its errors."""
    exchange = client.exchange
    # ccxt 4.5.90 leaves a spot account's balances as they came.
    raw = (await exchange.fetch_balance_ws())["info"]["balances"]
    found = {one["asset"]: (Decimal(one["free"]), Decimal(one["locked"])) for one in raw}
    balances = await client.balances()
    assert {asset: found[asset] for asset in balances} == balances
    assert await exchange.fetch_ohlcv_ws(SYMBOL, "1m")
    assert await exchange.fetch_trades_ws(SYMBOL)
    assert await exchange.fetch_my_trades_ws(SYMBOL)
    assert await exchange.fetch_orders_ws(SYMBOL)
    price = float(away((await client.book())[0]))
    for _ in range(3):
        await exchange.create_order_ws(SYMBOL, "limit", "buy", 1, price)
    await exchange.cancel_all_orders_ws(SYMBOL)
    assert await client.open_orders() == []
    with refused(ccxt.InsufficientFunds, "insufficient balance"):
        await exchange.create_order_ws(SYMBOL, "limit", "buy", 20_000, price)
    with refused(ccxt.OrderNotFound, "Unknown order"):
        await exchange.cancel_order_ws("987654321", SYMBOL)


async def main() -> None:
    async with ccxt.binance(settings()) as exchange:
        client = Unified(exchange)
        await trade(client)
        await market_streams(client)
        await user_data(client)
        await order_entry(client)
    if ED25519_KEY:
        async with ccxt.binance(settings(ED25519_KEY, ED25519_PEM)) as exchange:
            await user_data(Unified(exchange))


if __name__ == "__main__":
    asyncio.run(main())
