"""From an intent to the request that Binance gets, and the intents the signer makes itself."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias
from urllib.parse import quote

from tradelatch.exchanges.binance.calls import CALL, PATH
from tradelatch.exchanges.binance.endpoints import ENDPOINTS, HOSTS, NAMED
from tradelatch.exchanges.binance.signing import sign
from tradelatch.exchanges.binance.streams import follow, stream_url
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind
from tradelatch.exchanges.kit.joined import joined
from tradelatch.exchanges.protocol import Credentials, Mark
from tradelatch.model.http import Request
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    FollowAccount,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
)
from tradelatch.model.money import plain
from tradelatch.model.orders import Number

_Words: TypeAlias = list[tuple[str, str]]

TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 1_000
OWN_NAMES = "tradelatch-"
_MOST = str(TRADES_AT_ONCE)
_WITH_FILLS = ("newOrderRespType", "FULL")
"""Whatever detail the bot wished for: without the fills the loss could not be booked."""
_IN_LEGS = {
    "type": "Type",
    "timeInForce": "TimeInForce",
    "price": "Price",
    "stopPrice": "StopPrice",
    "newClientOrderId": "ClientOrderId",
}
"""What an order's words are called in a leg of a pair, behind ``above`` or ``below``."""
_FEW_MARKETS = 80 // 6
"""So many weigh less one by one than all together (Binance's weights of openOrders)."""


def write(
    intents: Sequence[AnyIntent],
    credentials: Credentials | None,
    now_ms: int,
    recv_window_ms: int,
    base_url: str,
    nonce: int = 0,
) -> Request:
    """The request to send, composed from nothing but the intents; to follow an account, what is
    said at the websocket API, with all of its address as the host. Binance asks for no nonce.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    if not intents:
        raise ValueError("nothing is sent of nothing")
    if intents[0] == FollowAccount() and credentials is not None:
        words = follow(credentials, now_ms, recv_window_ms)
        return Request(CALL, stream_url(base_url, PATH), "", "", (), words)
    endpoint, parameters = _words(*intents)
    for name, _ in parameters:
        if name not in endpoint.parameters:
            raise ValueError(f"{endpoint.what} takes no parameter {name!r}")
    host = base_url or HOSTS[endpoint.family]
    if endpoint.kind is Kind.MARKET:
        return Request(endpoint.method, host, endpoint.path, _form(parameters))
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    form = _form(
        [*parameters, ("recvWindow", str(recv_window_ms)), ("timestamp", str(now_ms))],
    )
    form += f"&signature={quote(sign(credentials.secret, form.encode()), safe='')}"
    key = ("X-MBX-APIKEY", credentials.key_id)
    if endpoint.method != "POST":
        return Request(endpoint.method, host, endpoint.path, form, (key,))
    content = ("Content-Type", "application/x-www-form-urlencoded")
    return Request("POST", host, endpoint.path, "", (key, content), form.encode())


def _words(intent: AnyIntent, second: AnyIntent | None = None) -> tuple[Endpoint, _Words]:
    match intent, second:
        case CancelOrder(), PlaceOrder():
            return ENDPOINTS["POST", "/api/v3/order/cancelReplace"], _replacing(intent, second)
        case PlaceOrder(), PlaceOrder():
            return ENDPOINTS["POST", "/api/v3/orderList/oco"], _pair(intent, second)
        case _, None:
            return _word(intent)
    raise ValueError(f"{intent!r} and {second!r} are never sent together")


def _word(intent: AnyIntent) -> tuple[Endpoint, _Words]:
    match intent:
        case PlaceOrder():
            path = "/api/v3/order/test" if intent.test else "/api/v3/order"
            return ENDPOINTS["POST", path], _order(intent)
        case AmendOrder(order_id=int(), client_order_id=str()):
            return ENDPOINTS["PUT", "/api/v3/order/amend/keepPriority"], _amend(intent)
        case CancelOrder():
            return _cancel(intent)
        case ReadAccount() if endpoint := NAMED.get((Kind.ACCOUNT, intent.what)):
            return endpoint, list(intent.parameters)
        case ReadMarket() if endpoint := NAMED.get((Kind.MARKET, intent.what)):
            return endpoint, list(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _replacing(cancel: CancelOrder, order: PlaceOrder) -> _Words:
    ids = (
        ("cancelOrderId", cancel.order_id),
        ("cancelOrigClientOrderId", cancel.client_order_id),
        ("cancelReplaceMode", cancel.mode),
    )
    return [*((name, str(value)) for name, value in ids if value is not None), *_order(order)]


def _pair(above: PlaceOrder, below: PlaceOrder) -> _Words:
    shared = [word for word in _order(above) if word[0] in ("symbol", "side", "quantity")]
    legs = [
        (f"{leg}{_IN_LEGS[name]}", value)
        for leg, order in (("above", above), ("below", below))
        for name, value in _order(order)
        if name in _IN_LEGS
    ]
    name = [("listClientOrderId", above.listed)] if above.listed is not None else []
    return [*shared, *legs, *name, _WITH_FILLS]


def _order(order: PlaceOrder) -> _Words:
    if order.unbounded or order.reduce_only:
        raise ValueError(f"an order with {order.unbounded or 'reduce_only'} is never sent")
    amounts = (
        ("quantity", order.quantity),
        ("quoteOrderQty", order.quote_quantity),
        ("price", order.price),
        ("stopPrice", order.stop_price),
    )
    words = [("symbol", joined(order.symbol)), ("side", order.side), ("type", order.type)]
    if order.time_in_force is not None:
        words.append(("timeInForce", order.time_in_force))
    words += [(name, plain(amount)) for name, amount in amounts if amount is not None]
    if order.client_order_id is not None:
        words.append(("newClientOrderId", order.client_order_id))
    return [*words, _WITH_FILLS]


def _cancel(cancel: CancelOrder) -> tuple[Endpoint, _Words]:
    ids = {
        "orderId": cancel.order_id,
        "origClientOrderId": cancel.client_order_id,
        "orderListId": cancel.list_id,
        "listClientOrderId": cancel.listed,
    }
    told = [(name, str(value)) for name, value in ids.items() if value is not None]
    path = "/api/v3/order" if told else "/api/v3/openOrders"
    if cancel.is_of_list:
        path = "/api/v3/orderList"
    return ENDPOINTS["DELETE", path], [_market(cancel.symbol), *told]


def _amend(amend: AmendOrder) -> _Words:
    # By both ids, so that it is the very order that is meant; and without the name that it has
    # the exchange would give it another.
    name = str(amend.client_order_id)
    if amend.quantity is None or amend.price is not None or amend.unbounded:
        raise ValueError("only the quantity of an order is ever amended")
    return [
        _market(amend.symbol),
        ("orderId", str(amend.order_id)),
        ("origClientOrderId", name),
        ("newClientOrderId", name),
        ("newQty", plain(amend.quantity)),
    ]


def _market(symbol: str | None) -> tuple[str, str]:
    if symbol is None:
        raise ValueError("Binance knows orders by their market")
    return "symbol", joined(symbol)


def _form(parameters: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return f"{OWN_NAMES}{now_ms}-{number}"


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order, by its name: an exchange's number says nothing of another market."""
    return CancelOrder(symbol, client_order_id=client_order_id)


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand?"""
    return ReadAccount(
        "order", (("symbol", joined(symbol)), ("origClientOrderId", client_order_id))
    )


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets, or of all (None): a market weighs 6, all together 80."""
    if symbols is None or len(symbols) > _FEW_MARKETS:
        return (ReadAccount("openOrders"),)
    return tuple(ReadAccount("openOrders", (("symbol", joined(s)),)) for s in sorted(symbols))


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the first 1000 after a mark, or the last 1000."""
    start = () if after is None else (("fromId", str(int(after.trade_id) + 1)),)
    return ReadAccount("myTrades", (("symbol", joined(symbol)), *start, ("limit", _MOST)))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day, the first 1000."""
    times = (("startTime", str(start_ms)), ("endTime", str(end_ms)))
    return ReadAccount("myTrades", (("symbol", joined(symbol)), *times, ("limit", _MOST)))


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount("account")


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount("account/apiRestrictions")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("exchangeInfo")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The first 1000 candles from a time on."""
    return ReadMarket(
        "klines",
        (
            ("symbol", joined(symbol)),
            ("interval", interval),
            ("startTime", str(start_ms)),
            ("limit", _MOST),
        ),
    )


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    return ReadMarket("ticker/bookTicker", (("symbol", joined(symbol)),))


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("time")
