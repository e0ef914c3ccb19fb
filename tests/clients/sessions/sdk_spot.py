"""binance-sdk-spot: a whole session by REST, then market data and user data by streams, and
order entry by the websocket API.

It checks answers against models of its own, and warns where one does not match: none may."""

import asyncio
import logging
import re
from decimal import Decimal
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_spot.spot import Spot
from binance_terms import STATES, SYMBOL, ByEndpoint, fill_told, order_of
from session import (
    ED25519_KEY,
    ED25519_PEM,
    KEY,
    LOGS_ON,
    NO_SUCH_KEY,
    PATIENCE,
    SECRET,
    SOCKETS,
    VENUE,
    Fill,
    away,
    balanced,
    bustle,
    locked,
    refused,
    trade,
)

METHODS = {
    "GET ping": "ping",
    "GET time": "time",
    "GET exchangeInfo": "exchange_info",
    "GET account": "get_account",
    "GET depth": "depth",
    "POST order": "new_order",
    "GET order": "get_order",
    "DELETE order": "delete_order",
    "POST orderList/oco": "order_list_oco",
    "POST order/cancelReplace": "order_cancel_replace",
    "GET openOrders": "get_open_orders",
    "DELETE openOrders": "delete_open_orders",
    "GET allOrders": "all_orders",
    "GET myTrades": "my_trades",
}
HMAC = {"api_key": KEY, "api_secret": SECRET}
ED25519 = {"api_key": ED25519_KEY, "private_key": ED25519_PEM}


class Sdk(ByEndpoint):
    """Its REST client."""

    insufficient_funds = bad_filter = unknown_order = would_match = BadRequestError

    def __init__(self, **credentials: str) -> None:
        self.rest = Spot(ConfigurationRestAPI(base_path=VENUE, **credentials)).rest_api

    async def call(self, endpoint: str, **parameters: Any) -> Any:
        wanted = {_snake(name): _plain(value) for name, value in parameters.items()}
        return json_of(getattr(self.rest, METHODS[endpoint])(**wanted).data())


def json_of(found: Any) -> Any:
    """The JSON that a model was made from."""
    if isinstance(found, list):
        return [json_of(one) for one in found]
    return found.to_dict() if hasattr(found, "to_dict") else found


def _event(model: Any) -> dict[str, Any]:
    """An event; its kind has become the model's."""
    name = type(model).__name__
    return {**model.to_dict(), "e": name[0].lower() + name[1:]}


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def market_data(sdk: Sdk) -> None:
    """What it asks about a market besides."""
    rest = sdk.rest
    assert abs(float(rest.avg_price(symbol=SYMBOL).data().price) / 0.07 - 1) < 0.05
    assert len(rest.klines(symbol=SYMBOL, interval="1h", limit=24).data()) == 24
    assert len(rest.ui_klines(symbol=SYMBOL, interval="1h", limit=24).data()) == 24
    one = {"symbol": SYMBOL}
    for method in ("ticker24hr", "ticker", "ticker_price", "ticker_book_ticker"):
        assert json_of(getattr(rest, method)(**one).data())["symbol"] == SYMBOL, method
    for method in ("get_trades", "historical_trades", "agg_trades"):
        assert json_of(getattr(rest, method)(**one).data()), method
    assert rest.account_commission(**one).data().standard_commission.taker == "0.00100000"
    assert rest.all_order_list().data()


def other_keys() -> None:
    """Ed25519 signs as well, and a wrong secret does not."""
    assert Sdk(**ED25519).rest.get_account().data().can_trade
    with refused((BadRequestError, UnauthorizedError), "-1022"):
        Sdk(api_key=KEY, api_secret="wrong").rest.get_account()
    with refused((BadRequestError, UnauthorizedError), NO_SUCH_KEY):
        Sdk(api_key="x" * 64, api_secret=SECRET).rest.get_account()


async def market_streams(sdk: Sdk) -> None:
    """Every stream of one market that it knows."""
    configuration = ConfigurationWebSocketStreams(stream_url=SOCKETS)
    client = Spot(config_ws_streams=configuration).websocket_streams
    connection = await client.create_connection()
    heard: dict[str, asyncio.Future[Any]] = {}

    def note(name: str, event: Any) -> None:
        if not heard[name].done():
            heard[name].set_result(event)

    for name, more in (
        ("trade", {}),
        ("agg_trade", {}),
        ("kline", {"interval": "1m"}),
        ("mini_ticker", {}),
        ("ticker", {}),
        ("book_ticker", {}),
        ("avg_price", {}),
        ("rolling_window_ticker", {"window_size": "1h"}),
        ("partial_book_depth", {"levels": "5"}),
        ("diff_book_depth", {}),
    ):
        heard[name] = asyncio.get_running_loop().create_future()
        stream = await getattr(connection, name)(symbol=SYMBOL.lower(), **more)
        stream.on("message", lambda event, name=name: note(name, event))
    async with bustle(sdk):
        events = dict(zip(heard, await asyncio.gather(*heard.values()), strict=True))
    assert events["trade"].s == SYMBOL
    assert len(events["partial_book_depth"].bids) == 5
    assert float(events["kline"].k.h) >= float(events["kline"].k.l) > 0
    await connection.close_connection(close_session=True)


async def user_data(sdk: Sdk, warnings: "Warnings", credentials: dict[str, str]) -> None:
    """Orders placed by websocket are told by the stream, with their fills and balances."""
    configuration = ConfigurationWebSocketAPI(stream_url=f"{SOCKETS}/ws-api/v3", **credentials)
    client = Spot(config_ws_api=configuration).websocket_api
    connection = await client.create_connection()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    if "private_key" in credentials and LOGS_ON:
        assert (await connection.session_logon()).data().result.api_key == credentials["api_key"]
        subscribed = await connection.user_data_stream_subscribe()
    else:
        subscribed = await connection.user_data_stream_subscribe_signature()
    subscribed.stream.on("message", lambda event: told.put_nowait(_event(event.actual_instance)))
    async with asyncio.timeout(PATIENCE):
        await resting(sdk, connection, told)
        await amending(sdk, connection, told)
        await filling(sdk, connection, told)
        assert warnings.lines == []
        await refused_by_socket(connection)
    await connection.close_connection(close_session=True)
    await balanced(sdk)
    warnings.lines.clear()


async def resting(sdk: Sdk, connection: Any, told: asyncio.Queue[dict[str, Any]]) -> None:
    price = away((await sdk.book())[0])
    placed = await connection.order_place(
        symbol=SYMBOL,
        side="BUY",
        type="LIMIT",
        time_in_force="GTC",
        quantity=1.0,
        price=float(price),
    )
    order = order_of(json_of(placed.data().result))
    assert await next_state(told, order.id) == "open"
    assert await locked(sdk) == (0, price)
    found = await connection.order_status(symbol=SYMBOL, order_id=int(order.id))
    assert order_of(json_of(found.data().result)).status == "open"
    await connection.order_cancel(symbol=SYMBOL, order_id=int(order.id))
    assert await next_state(told, order.id) == "canceled"


async def amending(sdk: Sdk, connection: Any, told: asyncio.Queue[dict[str, Any]]) -> None:
    """An order becomes smaller in its place, by either way; a list goes whole, by either way."""
    price = away((await sdk.book())[0])
    placed = await sdk.place("LIMIT", "BUY", Decimal(1), price, lasting="GTC")
    one: dict[str, Any] = {"symbol": SYMBOL, "order_id": int(placed.id)}
    amended = sdk.rest.order_amend_keep_priority(**one, new_qty=0.8).data().amended_order
    assert (str(amended.order_id), float(amended.qty)) == (placed.id, 0.8)
    assert await locked(sdk) == (0, price * Decimal("0.8"))
    answer = await connection.order_amend_keep_priority(**one, new_qty=0.5)
    assert float(answer.data().result.amended_order.qty) == 0.5
    assert await locked(sdk) == (0, price / 2)
    found = [float(row.new_qty) for row in sdk.rest.order_amendments(**one).data()]
    assert found == [0.8, 0.5]
    await connection.order_cancel(**one)
    for by_socket in (False, True):
        bids, asks = await sdk.book()
        legs = await sdk.oco("SELL", Decimal(1), away(asks), away(bids))
        (at_work,) = sdk.rest.open_order_list().data()
        whole = {"symbol": SYMBOL, "order_list_id": at_work.order_list_id}
        if by_socket:
            gone = (await connection.order_list_cancel(**whole)).data().result
        else:
            gone = sdk.rest.delete_order_list(**whole).data()
        assert {str(one.order_id) for one in gone.orders} == set(legs)
        assert [(await sdk.order(leg)).status for leg in legs] == ["canceled"] * 2
    assert await locked(sdk) == (0, 0)
    while not told.empty():
        told.get_nowait()


async def next_state(told: asyncio.Queue[dict[str, Any]], number: str) -> str:
    """The next state that the stream tells of an order."""
    while True:
        event = await told.get()
        if event["e"] == "executionReport" and str(event["i"]) == number:
            return STATES[event["X"]]


async def filling(sdk: Sdk, connection: Any, told: asyncio.Queue[dict[str, Any]]) -> None:
    placed = await connection.order_place(symbol=SYMBOL, side="BUY", type="MARKET", quantity=3.0)
    number = str(placed.data().result.order_id)
    expected, balances = await sdk.balances(), {}
    fills: list[Fill] = []
    while sum(fill.quantity for fill in fills) < 3 or balances != expected:
        event = await told.get()
        if event["e"] == "outboundAccountPosition":
            balances = {one["a"]: (Decimal(one["f"]), Decimal(one["l"])) for one in event["B"]}
        elif event["e"] == "executionReport" and event["x"] == "TRADE":
            fills.append(fill_told(event))
    assert fills == [fill for fill in await sdk.trades() if fill.order == number]


async def refused_by_socket(connection: Any) -> None:
    """The SDK hands out the error of a refused request, and warns."""
    order = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "time_in_force": "GTC"}
    for quantity, code in ((20_000.0, -2010), (0.0001, -1013)):
        answer = await connection.order_place(**order, quantity=quantity, price=0.069)
        assert answer.data()["error"]["code"] == code
    answer = await connection.order_cancel(symbol=SYMBOL, order_id=987654321)
    assert answer.data()["error"]["code"] == -2011


class Warnings(logging.Handler):
    """What the SDK complains of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def main() -> None:
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    sdk = Sdk(**HMAC)
    await trade(sdk)
    market_data(sdk)
    if ED25519_KEY:
        other_keys()
    await market_streams(sdk)
    for credentials in (HMAC, ED25519) if ED25519_KEY else (HMAC,):
        await user_data(sdk, warnings, credentials)


if __name__ == "__main__":
    asyncio.run(main())
