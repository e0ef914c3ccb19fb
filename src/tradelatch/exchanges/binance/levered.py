"""Binance's orders with leverage: futures, portfolio margin, margin. They are read, so that a
refusal can say what was asked for, and never written.

https://developers.binance.com/docs/derivatives, .../docs/margin_trading
"""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from tradelatch.exchanges.binance.symbols import unified
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE
from tradelatch.exchanges.kit.forms import parse_form, parse_json_texts
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import shaped, time_in_force, waiting
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import AmendOrder, AnyIntent, PlaceOrder
from tradelatch.model.orders import OrderType, Side, TimeInForce

_LINEAR = re.compile(r"([A-Z0-9]{2,40})(?:_([0-9]{6}))?")
_INVERSE = re.compile(r"([A-Z0-9]{1,20})USD_(PERP|[0-9]{6})")
_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP": waiting(OrderType.LIMIT, is_stop_loss=True),
    "STOP_MARKET": waiting(OrderType.MARKET, is_stop_loss=True),
    "TAKE_PROFIT": waiting(OrderType.LIMIT, is_stop_loss=False),
    "TAKE_PROFIT_MARKET": waiting(OrderType.MARKET, is_stop_loss=False),
    "TRAILING_STOP_MARKET": OrderType.MARKET,
}
"""Of futures, where STOP and TAKE_PROFIT have a limit."""
_MARGIN_TYPES = {kind.value: kind for kind in OrderType}
_TIMES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTC,
}
"""GTX never takes."""
_CLIENT_IDS = ("newClientOrderId", "clientAlgoId", "newClientStrategyId")
_SIGNING = ("recvWindow", "timestamp", "signature", "newOrderRespType")
_ROWS = "batchOrders="


def linear(name: str) -> str:
    """``BTCUSDT`` as ``BTC/USDT:USDT``, with the day of expiry behind it if there is one.

    Raises:
        Refusal: BAD_PARAMETER, it is no such market's name.
    """
    found = _LINEAR.fullmatch(name)
    symbol = unified(found[1] if found else name)
    quote = symbol.partition("/")[2]
    return f"{symbol}:{quote}" + (f"-{found[2]}" if found and found[2] else "")


def inverse(name: str) -> str:
    """``BTCUSD_PERP`` as ``BTC/USD:BTC``, in the same way.

    Raises:
        Refusal: BAD_PARAMETER, it is no such market's name.
    """
    found = _INVERSE.fullmatch(name)
    if found is None:
        raise Refusal(Reason.BAD_PARAMETER, f"Invalid symbol: {name[:40]!r} is not known.", -1121)
    return f"{found[1]}/USD:{found[1]}" + ("" if found[2] == "PERP" else f"-{found[2]}")


_Name = Callable[[str], str]
_FAMILIES: dict[str, tuple[_Name, dict[str, OrderType]]] = {
    "/fapi/v1/order": (linear, _TYPES),
    "/fapi/v1/order/test": (linear, _TYPES),
    "/fapi/v1/algoOrder": (linear, _TYPES),
    "/dapi/v1/order": (inverse, _TYPES),
    "/papi/v1/um/order": (linear, _TYPES),
    "/papi/v1/um/conditional/order": (linear, _TYPES),
    "/papi/v1/cm/order": (inverse, _TYPES),
    "/papi/v1/cm/conditional/order": (inverse, _TYPES),
    "/papi/v1/margin/order": (unified, _MARGIN_TYPES),
    "/sapi/v1/margin/order": (unified, _MARGIN_TYPES),
}
_BATCHES: dict[str, _Name] = {"/fapi/v1/batchOrders": linear, "/dapi/v1/batchOrders": inverse}


def read(request: Request) -> tuple[AnyIntent, ...] | None:
    """What such a request means; None if it places and changes no order.

    Raises:
        Refusal: BAD_PARAMETER for an order that is not understood.
    """
    if request.path in _BATCHES and request.method in ("POST", "PUT"):
        name, rows = _BATCHES[request.path], _rows(request)
        if request.method == "PUT":
            return tuple(_amend(row, name) for row in rows)
        more = (LEVERAGE, BATCH) if len(rows) > 1 else (LEVERAGE,)
        return tuple(_order(row, name, _TYPES, more) for row in rows)
    if request.path not in _FAMILIES or request.method not in ("POST", "PUT"):
        return None
    name, types = _FAMILIES[request.path]
    sent = Sent(parse_form(request.query, request.body.decode("latin-1")))
    if request.method == "PUT":
        return (_amend(sent, name),)
    return (_order(sent, name, types, (LEVERAGE,)),)


def _order(
    sent: Sent, name: _Name, types: dict[str, OrderType], more: tuple[str, ...]
) -> PlaceOrder:
    for noise in (*_SIGNING, "algoType"):
        sent.take(noise)
    told, kind = sent.text("timeInForce"), sent.need_word("type", types)
    if told not in (None, *_TIMES):
        more = (*more, f"time in force {told}")
    if kind is OrderType.LIMIT and told == "GTX":
        kind = OrderType.LIMIT_MAKER
    prices = {p: sent.amount(p) for p in ("stopPrice", "triggerPrice", "activationPrice")}
    if not kind.waits and any(prices.values()):
        more = (*more, "a price that it waits for")
    client_ids = [
        sent.id(one) for one in ("newClientOrderId", "clientAlgoId", "newClientStrategyId")
    ]
    order = PlaceOrder(
        name(sent.need("symbol")),
        sent.need_word("side", {side.value: side for side in Side}),
        kind,
        quantity=sent.amount("quantity"),
        quote_quantity=sent.amount("quoteOrderQty"),
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, _TIMES.get(told or "GTC")),
        stop_price=prices["stopPrice"] or prices["triggerPrice"] if kind.waits else None,
        client_order_id=next(filter(None, client_ids), None),
        reduce_only=sent.flag("reduceOnly"),
        unbounded=(*more, *sent.rest),
    )
    return shaped(order)


def _amend(sent: Sent, name: _Name) -> AmendOrder:
    for noise in (*_SIGNING, "side"):
        sent.take(noise)
    amend = AmendOrder(
        name(sent.need("symbol")),
        sent.amount("quantity"),
        sent.id("orderId"),
        sent.id("origClientOrderId"),
        price=sent.amount("price"),
        unbounded=(LEVERAGE, *sent.rest),
    )
    if amend.quantity is None and amend.price is None:
        raise Refusal(Reason.BAD_PARAMETER, "send the quantity or the price that it is to have")
    return amend


def _rows(request: Request) -> list[Sent]:
    """The orders of a batch, which some clients do not percent-encode."""
    parts = f"{request.query}&{request.body.decode('latin-1')}".split("&")
    found = [part.removeprefix(_ROWS) for part in parts if part.startswith(_ROWS)]
    if len(found) != 1:
        raise Refusal(Reason.BAD_PARAMETER, "send batchOrders once", -1102)
    try:
        rows = parse_json_texts(unquote_plus(found[0]).encode())
    except ValueError as error:
        raise Refusal(Reason.BAD_PARAMETER, f"batchOrders is no JSON: {error}") from None
    return Sent({"batchOrders": rows}).rows("batchOrders")
