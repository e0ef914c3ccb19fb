"""HTTP in, HTTP out: reads a request whole and hands it to the signer unread.

The path begins with the exchange's name: ``/binance/api/v3/order``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tradelatch import exchanges
from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal
from tradelatch.gate.link import SignerLink
from tradelatch.gate.sockets import Sockets
from tradelatch.model.http import Request, Response

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


MAX_HEAD = 65_536
"""Bytes of query and headers that are handed on: what the signer gets has to fit a frame, or it
would hang up on the gate, and so on every bot."""


class TooLarge(Exception):
    """The request is over a limit; the message says which."""


class Gone(Exception):
    """The bot hung up before its request was complete."""


class Gate:
    """The ASGI application."""

    def __init__(self, link: SignerLink, sockets: Sockets, max_body: int) -> None:
        self._link, self._sockets, self._max_body = link, sockets, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, one websocket until it ends, or the life of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        try:
            await _respond(send, await self._answer(scope, receive))
        except Gone:
            return

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # its start
        staying = asyncio.create_task(self._link.stay())
        await send({"type": "lifespan.startup.complete"})
        await receive()  # its end
        staying.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, path = _named(scope)
        try:
            exchange: ExchangeFile = exchanges.load(name)
        except exchanges.UnknownExchange:
            await send({"type": "websocket.close", "code": 1008})
            return
        query = scope["query_string"].decode("latin-1")
        await self._sockets.serve(exchange, path, query, scope["client"][0], receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        name, path = _named(scope)
        try:
            exchange: ExchangeFile = exchanges.load(name)
        except exchanges.UnknownExchange as error:
            says = f"the path must begin with an exchange's name: {error}"
            return Response(404, msgspec.json.encode({"code": 404, "msg": says}))
        try:
            _check_head(scope)
            request = Request(
                method=scope["method"],
                host=name,
                path=path,
                query=scope["query_string"].decode("latin-1"),
                headers=tuple(
                    (key.decode("latin-1"), value.decode("latin-1"))
                    for key, value in scope["headers"]
                ),
                body=await self._body(receive),
            )
            return await self._link.answer(exchange, request, scope["client"][0])
        except Refusal as refusal:
            return exchange.refuse(refusal)
        except TooLarge as error:
            return exchange.refuse(Refusal(Reason.TOO_LARGE, str(error)))

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Gone
            body += bytes(message.get("body", b""))
            if len(body) > self._max_body:
                raise TooLarge(f"the body is over the limit of {self._max_body} bytes")
            if not message.get("more_body"):
                return bytes(body)


def _named(scope: Scope) -> tuple[str, str]:
    """The exchange that the path begins with, and its own path."""
    name, _, path = scope["raw_path"].decode("latin-1").removeprefix("/").partition("/")
    return name, f"/{path}"


def _check_head(scope: Scope) -> None:
    head = len(scope["query_string"]) + sum(
        len(key) + len(value) for key, value in scope["headers"]
    )
    if head > MAX_HEAD:
        raise TooLarge(f"query and headers are over the limit of {MAX_HEAD} bytes")


async def _respond(send: Send, response: Response) -> None:
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
