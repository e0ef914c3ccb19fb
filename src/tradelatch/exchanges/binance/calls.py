"""Binance's websocket API: what REST has as endpoints it has as methods, with parameters in JSON.

A call is signed over its parameters in alphabetical order, the key's id among them
(https://developers.binance.com/docs/binance-spot-api-docs/websocket-api).
"""

import json
import re
from typing import Any

import msgspec

from tradelatch.exchanges.kit.forms import parse_json_texts
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request, Response

PATH = "/ws-api/v3"
CALL = "CALL"
"""The method of a request that came by it; its body is the message."""
FOLLOW, UNFOLLOW = "userDataStream.subscribe.signature", "userDataStream.unsubscribe"
METHODS = {
    "ping": ("GET", "/api/v3/ping"),
    "time": ("GET", "/api/v3/time"),
    "exchangeInfo": ("GET", "/api/v3/exchangeInfo"),
    "executionRules": ("GET", "/api/v3/executionRules"),
    "depth": ("GET", "/api/v3/depth"),
    "trades.recent": ("GET", "/api/v3/trades"),
    "trades.historical": ("GET", "/api/v3/historicalTrades"),
    "blockTrades.historical": ("GET", "/api/v3/historicalBlockTrades"),
    "trades.aggregate": ("GET", "/api/v3/aggTrades"),
    "klines": ("GET", "/api/v3/klines"),
    "uiKlines": ("GET", "/api/v3/uiKlines"),
    "avgPrice": ("GET", "/api/v3/avgPrice"),
    "referencePrice": ("GET", "/api/v3/referencePrice"),
    "referencePrice.calculation": ("GET", "/api/v3/referencePrice/calculation"),
    "ticker": ("GET", "/api/v3/ticker"),
    "ticker.24hr": ("GET", "/api/v3/ticker/24hr"),
    "ticker.tradingDay": ("GET", "/api/v3/ticker/tradingDay"),
    "ticker.price": ("GET", "/api/v3/ticker/price"),
    "ticker.book": ("GET", "/api/v3/ticker/bookTicker"),
    "order.place": ("POST", "/api/v3/order"),
    "order.test": ("POST", "/api/v3/order/test"),
    "order.status": ("GET", "/api/v3/order"),
    "order.cancel": ("DELETE", "/api/v3/order"),
    "order.amend.keepPriority": ("PUT", "/api/v3/order/amend/keepPriority"),
    "order.amendments": ("GET", "/api/v3/order/amendments"),
    "order.cancelReplace": ("POST", "/api/v3/order/cancelReplace"),
    "openOrders.status": ("GET", "/api/v3/openOrders"),
    "openOrders.cancelAll": ("DELETE", "/api/v3/openOrders"),
    "orderList.place": ("POST", "/api/v3/order/oco"),
    "orderList.place.oco": ("POST", "/api/v3/orderList/oco"),
    "orderList.cancel": ("DELETE", "/api/v3/orderList"),
    "orderList.status": ("GET", "/api/v3/orderList"),
    "openOrderLists.status": ("GET", "/api/v3/openOrderList"),
    "account.status": ("GET", "/api/v3/account"),
    "account.commission": ("GET", "/api/v3/account/commission"),
    "account.rateLimits.orders": ("GET", "/api/v3/rateLimit/order"),
    "allOrders": ("GET", "/api/v3/allOrders"),
    "allOrderLists": ("GET", "/api/v3/allOrderList"),
    "myTrades": ("GET", "/api/v3/myTrades"),
    "myPreventedMatches": ("GET", "/api/v3/myPreventedMatches"),
    "myAllocations": ("GET", "/api/v3/myAllocations"),
    "myFilters": ("GET", "/api/v3/myFilters"),
    FOLLOW: (CALL, FOLLOW),
    UNFOLLOW: (CALL, UNFOLLOW),
}
"""What a method is by REST."""
_OF_THE_CALL = {
    "apiKey": re.compile(r"[A-Za-z0-9_-]{1,256}"),
    "returnRateLimits": re.compile(r"true|false"),
}
"""Parameters that belong to the call and not to what it asks, and what they can be: others have
their patterns where they are read."""
_VERSION = "v3/"


class Call(msgspec.Struct, frozen=True):
    """A call in the words of REST: method, path and parameters, each as a text."""

    method: str
    path: str
    parameters: dict[str, str]

    @property
    def own(self) -> dict[str, str]:
        """The parameters without those of the call itself."""
        return {name: v for name, v in self.parameters.items() if name not in _OF_THE_CALL}

    @property
    def payload(self) -> bytes:
        """What its signature is over."""
        pairs = sorted((n, v) for n, v in self.parameters.items() if n != "signature")
        return "&".join(f"{name}={value}" for name, value in pairs).encode()


def is_call(request: Request) -> bool:
    """It came by the websocket API."""
    return request.method == CALL


def read_call(request: Request) -> Call:
    """The call in a message.

    Raises:
        Refusal: it is no JSON of that form, or there is no such method.
    """
    try:
        message = parse_json_texts(request.body)
        method, parameters = message.get("method"), message.get("params") or {}
        if message.keys() - {"id", "method", "params"} or not isinstance(parameters, dict):
            raise ValueError("a call has id, method and params")
        texts = {name: _text(value) for name, value in parameters.items()}
        if not all(_OF_THE_CALL[n].fullmatch(texts[n]) for n in texts.keys() & _OF_THE_CALL.keys()):
            raise ValueError("apiKey or returnRateLimits is not what it can be")
    except (ValueError, AttributeError) as error:
        raise Refusal(Reason.BAD_PARAMETER, f"Invalid JSON Request: {error}", -1135) from None
    if not isinstance(method, str) or method.removeprefix(_VERSION) not in METHODS:
        raise Refusal(Reason.UNKNOWN_ENDPOINT, f"There is no method {str(method)[:60]!r} here.")
    return Call(*METHODS[method.removeprefix(_VERSION)], texts)


def answered(request: Request, response: Response) -> bytes:
    """The answer to a call: REST's own, in the form of the websocket API."""
    try:
        number = msgspec.json.decode(request.body, type=_Numbered).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        number = None
    body = msgspec.Raw(response.body)
    name = "result" if 200 <= response.status < 300 else "error"
    answer: dict[str, Any] = {"id": number, "status": response.status, name: body, "rateLimits": []}
    return msgspec.json.encode(answer)


class _Numbered(msgspec.Struct):
    id: int | str | None = None


def _text(value: Any) -> str:
    """A parameter as REST would have it; numbers are texts already, as they were written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, str):
        return value
    raise ValueError("a parameter is a text, a number, true, false or a list of texts")
