"""Binance's streams: which there are, and what bots may say to them.

Public streams carry market data. An account's own events come by the websocket API
(`calls.follow`), and are told on in the same form.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tradelatch.exchanges.binance import calls
from tradelatch.exchanges.binance.answers import STATUS, symbol_of
from tradelatch.exchanges.binance.calls import CALL, answered
from tradelatch.exchanges.binance.calls import PATH as CALLS
from tradelatch.exchanges.binance.signing import sign
from tradelatch.exchanges.kit.answers import client_ids, renamed
from tradelatch.exchanges.kit.forms import parse_json
from tradelatch.exchanges.protocol import Credentials, Reason, Refusal
from tradelatch.model.http import Response
from tradelatch.model.money import parse_amount
from tradelatch.model.orders import Fill, OrderReport, Side

__all__ = [
    "CALL",
    "CALLS",
    "STREAM_HOSTS",
    "account_event",
    "answered",
    "event_report",
    "follow",
    "followed",
    "public_stream",
    "said",
    "stream_url",
    "told_no_more",
    "told_on",
]

STREAM_HOSTS: Mapping[str, str] = {
    "/ws": "wss://stream.binance.com:9443",
    "/stream": "wss://stream.binance.com:9443",
    calls.PATH: "wss://ws-api.binance.com:443",
}
"""Binance's own websocket hosts, by the path that is dialled there."""
_PUBLIC = ("/ws", "/stream")
_NAME = re.compile(r"(!|[a-z0-9_]{1,40}@)[A-Za-z0-9_@+:.-]{1,60}")
"""A market's stream or one of all markets: never the key of a private one, which has no ``@``."""
_SAYS = frozenset(
    {"SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY"}
)
_MOST = 1_024
"""Streams of one connection, by Binance's own limit."""


def stream_url(base_url: str, path: str) -> str:
    """Where a websocket's path is dialled; `base_url` is empty for Binance's own hosts."""
    root = "/" + path.lstrip("/").partition("/")[0].partition("?")[0]
    if path.startswith(calls.PATH):
        root = calls.PATH
    host = base_url.replace("http", "ws", 1) if base_url else STREAM_HOSTS[root]
    return host + path


def public_stream(path: str, query: str) -> str:
    """The path of public streams as it is dialled.

    Raises:
        Refusal: it is none, or names what is no public stream.
    """
    root, _, names = path.removeprefix("/").partition("/")
    if f"/{root}" not in _PUBLIC:
        raise Refusal(Reason.UNKNOWN_ENDPOINT, f"use {' or '.join(_PUBLIC)}")
    listed = [name for name in names.split("/") if name]
    if query:
        name, _, value = query.partition("=")
        if name != "streams" or "&" in value or listed:
            raise Refusal(Reason.BAD_PARAMETER, "use ?streams=NAME/NAME")
        listed = value.split("/")
    if root == "ws" and len(listed) == 1 and listed[0].isdigit():
        listed = []  # ccxt numbers its connections so
    _check_names(listed)
    if not listed:
        return f"/{root}"
    return f"/ws/{'/'.join(listed)}" if root == "ws" else f"/stream?streams={'/'.join(listed)}"


def said(text: bytes) -> bytes:
    """What a bot says to a public stream, written anew.

    Raises:
        Refusal: it is not understood.
    """
    try:
        message = parse_json(text)
        method, names, number = (message.get(key) for key in ("method", "params", "id"))
        odd = message.keys() - {"method", "params", "id"}
    except (ValueError, AttributeError):
        raise Refusal(Reason.BAD_PARAMETER, "this is no JSON object") from None
    if odd or method not in _SAYS or not isinstance(number, int | str | None):
        raise Refusal(Reason.BAD_PARAMETER, f"use {', '.join(sorted(_SAYS))}")
    if isinstance(names, list) and "SUBSCRIBE" in method:
        _check_names(names)
    elif names not in (None, [], ["combined"], ["combined", True], ["combined", False]):
        raise Refusal(Reason.BAD_PARAMETER, f"{method} takes no such parameters")
    known = {"method": method, "params": names, "id": number}
    return json.dumps({key: value for key, value in known.items() if value is not None}).encode()


def _check_names(names: list[Any]) -> None:
    if len(names) > _MOST:
        raise Refusal(Reason.BAD_PARAMETER, f"a connection has at most {_MOST} streams")
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Refusal(Reason.BAD_PARAMETER, f"{str(name)[:80]!r} is no public stream")


def follow(credentials: Credentials, now_ms: int, recv_window_ms: int) -> bytes:
    """What is said to the websocket API, so that an account's own events are told from then on."""
    asked = {"apiKey": credentials.key_id, "recvWindow": recv_window_ms, "timestamp": now_ms}
    call = calls.Call("", "", {name: str(value) for name, value in asked.items()})
    signed = {**asked, "signature": sign(credentials.secret, call.payload)}
    return json.dumps({"id": 1, "method": calls.FOLLOW, "params": signed}).encode()


class _Trade(msgspec.Struct, frozen=True):
    """An ``executionReport``; its fields are Binance's single letters."""

    s: str
    c: str
    S: str
    X: str
    i: int
    z: str
    x: str
    l: str  # noqa: E741 - Binance's own name
    L: str
    n: str
    T: int
    t: int
    O: int  # noqa: E741 - Binance's own name
    N: str | None = None
    C: str = ""
    q: str = ""


class _Told(msgspec.Struct):
    event: msgspec.Raw = msgspec.Raw(b"")
    status: int = 200


class _Kind(msgspec.Struct):
    e: str = ""


def account_event(message: bytes) -> bytes | None:
    """The event in a message of an account's stream; None if it carries none.

    Raises:
        ValueError: the exchange refuses to tell, or says that it will tell no more.
    """
    told = msgspec.json.decode(message, type=_Told)
    if told.status != 200:
        raise ValueError("the exchange does not tell of this account")
    event = bytes(told.event)
    if not event:
        return None
    if msgspec.json.decode(event, type=_Kind).e == "eventStreamTerminated":
        raise ValueError("the exchange tells no more of this account")
    return event


def event_report(event: bytes) -> OrderReport | None:
    """What an account's event tells of an order; None if it tells of none.

    Raises:
        ValueError: it is malformed.
    """
    parse_json(event)  # no key twice
    if msgspec.json.decode(event, type=_Kind).e != "executionReport":
        return None
    told = msgspec.json.decode(event, type=_Trade)
    if told.X not in STATUS:
        raise ValueError(f"{told.X!r} is no status of an order")
    fills: tuple[Fill, ...] = ()
    if told.x == "TRADE":
        price, quantity, fee = (parse_amount(text) for text in (told.L, told.l, told.n))
        fills = (Fill(told.t, told.T, price, quantity, fee, told.N or ""),)
    return OrderReport(
        symbol=symbol_of(told.s),
        order_id=told.i,
        # Of a cancel `c` is the cancel's own id.
        client_order_id=told.C or told.c,
        status=STATUS[told.X],
        executed=parse_amount(told.z),
        fills=fills,
        side=Side(told.S),
        created_ms=told.O,
        quantity=parse_amount(told.q) if told.q else None,
    )


def followed(number: int) -> Response:
    """The answer to who follows his account: the subscription's number."""
    return Response(200, b'{"subscriptionId":%d}' % number)


def told_no_more(number: int, now_ms: int) -> bytes:
    """The last message of a subscription."""
    return told_on(b'{"e":"eventStreamTerminated","E":%d}' % now_ms, number, {})


_CLIENT_ID = client_ids("c", "C")


def told_on(event: bytes, number: int, names: Mapping[str, str]) -> bytes:
    """An account's event as a bot gets it: of the subscription of that number, with client order
    ids in `names` replaced by their values."""
    if names:
        event = renamed(_CLIENT_ID, event, names)
    return b'{"subscriptionId":%d,"event":%b}' % (number, event)
