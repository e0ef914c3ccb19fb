"""python-binance: a whole session by REST, then market data and user data by streams, and order
entry by the websocket API."""

import asyncio
import inspect
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

from binance import AsyncClient, BinanceSocketManager, Client, DepthCacheManager
from binance.base_client import BaseClient
from binance.exceptions import BinanceAPIException
from binance_terms import STATES, SYMBOL, ByEndpoint, fill_told, levels, order_of
from session import (
    ED25519_KEY,
    ED25519_PEM,
    KEY,
    LOT,
    NO_SUCH_KEY,
    PATIENCE,
    SECRET,
    SOCKETS,
    VENUE,
    away,
    balanced,
    bustle,
    eventually,
    locked,
    refused,
    trade,
)

BaseClient.API_URL = f"{VENUE}/api"
BaseClient.MARGIN_API_URL = f"{VENUE}/sapi"
BaseClient.WS_API_URL = f"{SOCKETS}/ws-api/v3"
BinanceSocketManager.STREAM_URL = f"{SOCKETS}/"

METHODS = {
    "GET ping": "ping",
    "GET time": "get_server_time",
    "GET exchangeInfo": "get_exchange_info",
    "GET account": "get_account",
    "GET depth": "get_order_book",
    "POST order": "create_order",
    "GET order": "get_order",
    "DELETE order": "cancel_order",
    "POST orderList/oco": "create_oco_order",
    "POST order/cancelReplace": "cancel_replace_order",
    "GET openOrders": "get_open_orders",
    "DELETE openOrders": "cancel_all_open_orders",
    "GET allOrders": "get_all_orders",
    "GET myTrades": "get_my_trades",
}


class PythonBinance(ByEndpoint):
    """Its blocking client or its asynchronous one."""

    insufficient_funds = bad_filter = unknown_order = would_match = BinanceAPIException

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client = client

    async def call(self, endpoint: str, **parameters: Any) -> Any:
        answer = getattr(self.client, METHODS[endpoint])(**parameters)
        return await answer if inspect.isawaitable(answer) else answer


def market_data(client: Client) -> None:
    """What it asks about a market besides."""
    assert client.get_symbol_info(SYMBOL)["baseAsset"] == "ETH"
    assert abs(float(client.get_avg_price(symbol=SYMBOL)["price"]) / 0.07 - 1) < 0.05
    assert client.get_ticker(symbol=SYMBOL)["symbol"] == SYMBOL
    day = client.get_historical_klines(SYMBOL, "1h", "1 day ago UTC")
    assert 23 <= len(day) <= 25
    assert client.get_recent_trades(symbol=SYMBOL)
    assert client.get_aggregate_trades(symbol=SYMBOL)
    assert client.get_trade_fee(symbol=SYMBOL)[0]["takerCommission"] == "0.001"


def other_keys() -> None:
    """Ed25519 signs as well, and a wrong secret does not."""
    with_pem = Client(ED25519_KEY, private_key=ED25519_PEM)
    assert with_pem.get_account()["canTrade"]
    for key, secret, code in ((KEY, "wrong", "-1022"), ("x" * 64, SECRET, NO_SUCH_KEY)):
        with refused(BinanceAPIException, f"code={code}"):
            Client(key, secret).get_account()


async def market_streams(client: PythonBinance) -> None:
    """Single streams, several on one connection, and a book that is kept by one."""
    manager = BinanceSocketManager(client.client)
    sockets = {
        "trade": manager.trade_socket(SYMBOL),
        "aggTrade": manager.aggtrade_socket(SYMBOL),
        "kline": manager.kline_socket(SYMBOL),
        "24hrTicker": manager.symbol_ticker_socket(SYMBOL),
        "24hrMiniTicker": manager.symbol_miniticker_socket(SYMBOL),
        "depthUpdate": manager.depth_socket(SYMBOL),
    }
    names = [f"{SYMBOL.lower()}@{name}" for name in ("trade", "bookTicker")]
    several = manager.multiplex_socket(names)
    # The account trades until all are closed: a socket that hears nothing takes 10 s to close.
    async with bustle(client), AsyncExitStack() as stack:
        for socket in (*sockets.values(), several):
            await stack.enter_async_context(socket)
        for kind, socket in sockets.items():
            event = await socket.recv()
            assert (event["e"], event["s"]) == (kind, SYMBOL)
        missing = set(names)
        while missing:
            missing.discard((await several.recv())["stream"])


async def kept_book(client: PythonBinance) -> None:
    """The book that python-binance keeps by a stream becomes the one that REST shows."""
    manager = DepthCacheManager(client.client, SYMBOL, conv_type=Decimal, ws_interval=100)
    async with manager as stream:
        await client.place("MARKET", "SELL", Decimal("0.1"))

        async def agrees() -> bool:
            kept = await stream.recv()
            sides = zip((kept.get_bids(), kept.get_asks()), await client.book(), strict=True)
            return all(levels(mine)[:10] == whole[:10] for mine, whole in sides)

        await eventually(agrees)


async def user_data(client: PythonBinance) -> None:
    """Orders placed by websocket are told by the stream, with their fills and balances."""
    asked = client.client
    async with BinanceSocketManager(asked).user_socket() as stream, asyncio.timeout(PATIENCE):
        price = away((await client.book())[0])
        resting = order_of(
            await asked.ws_create_order(
                symbol=SYMBOL,
                side="BUY",
                type="LIMIT",
                timeInForce="GTC",
                quantity="1",
                price=str(price),
            )
        )
        assert await told(stream, resting.id) == ["open"]
        assert await locked(client) == (0, price)
        found = await asked.ws_get_order(symbol=SYMBOL, orderId=resting.id)
        assert order_of(found).status == "open"
        await asked.ws_cancel_order(symbol=SYMBOL, orderId=resting.id)
        assert await told(stream, resting.id) == ["canceled"]

        bought = await asked.ws_create_order(symbol=SYMBOL, side="BUY", type="MARKET", quantity="3")
        number, fills, balances = str(bought["orderId"]), [], {}
        expected = await client.balances()
        while sum(fill.quantity for fill in fills) < 3 or balances != expected:
            event = await stream.recv()
            if event["e"] == "outboundAccountPosition":
                balances = {one["a"]: (Decimal(one["f"]), Decimal(one["l"])) for one in event["B"]}
            elif event["e"] == "executionReport" and event["x"] == "TRADE":
                fills.append(fill_told(event))
        assert fills == [fill for fill in await client.trades() if fill.order == number]
    await balanced(client)


async def told(stream: Any, number: str) -> list[str]:
    """The next state that the stream tells of an order."""
    while True:
        event = await stream.recv()
        if event["e"] == "executionReport" and str(event["i"]) == number:
            return [STATES[event["X"]]]


async def websocket_errors(client: PythonBinance) -> None:
    order = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    price = str(away((await client.book())[0]))
    for quantity, code in (("20000", -2010), (str(LOT), -1013)):
        with refused(BinanceAPIException, f"code={code}"):
            await client.client.ws_create_order(**order, quantity=quantity, price=price)
    with refused(BinanceAPIException, "code=-2011"):
        await client.client.ws_cancel_order(symbol=SYMBOL, orderId=987654321)


async def by_socket() -> None:
    """Streams and the websocket API, with either kind of key."""
    with_secret = await AsyncClient.create(KEY, SECRET)
    clients = [with_secret]
    if ED25519_KEY:
        clients.append(await AsyncClient.create(ED25519_KEY, private_key=ED25519_PEM))
    try:
        for other in clients[1:]:
            await user_data(PythonBinance(other))
        client = PythonBinance(with_secret)
        await user_data(client)
        await websocket_errors(client)
        await market_streams(client)
        await kept_book(client)
    finally:
        # Each takes 10 s, so both at once.
        await asyncio.gather(*(one.close_connection() for one in clients))


async def main() -> None:
    blocking = Client(KEY, SECRET)
    await trade(PythonBinance(blocking))
    market_data(blocking)
    if ED25519_KEY:
        other_keys()
    await by_socket()


if __name__ == "__main__":
    asyncio.run(main())
