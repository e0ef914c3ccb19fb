"""HTTP in, HTTP out: reads a request whole and hands it to the signer unread.

The path begins with the exchange's name: ``/binance/api/v3/order``.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tradelatch import exchanges
from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal
from tradelatch.gate.link import SignerAway, SignerLink, SignerLost
from tradelatch.model.http import Request, Response

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class TooLarge(Exception):
    """The body is over the limit."""


class Gate:
    """The ASGI application."""

    def __init__(self, link: SignerLink, max_body: int) -> None:
        self._link, self._max_body = link, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request; other protocols are not spoken yet."""
        if scope["type"] == "http":
            await _respond(send, await self._answer(scope, receive))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        name, _, path = scope["raw_path"].decode("latin-1").lstrip("/").partition("/")
        try:
            exchange: ExchangeFile = exchanges.load(name)
        except exchanges.UnknownExchange as error:
            says = f"the path must begin with an exchange's name: {error}"
            return Response(404, msgspec.json.encode({"code": 404, "msg": says}))
        try:
            request = Request(
                method=scope["method"],
                host=name,
                path=f"/{path}",
                query=scope["query_string"].decode("latin-1"),
                headers=tuple(
                    (key.decode("latin-1"), value.decode("latin-1"))
                    for key, value in scope["headers"]
                ),
                body=await self._body(receive),
            )
            return await self._link.ask(request, scope["client"][0])
        except TooLarge:
            says = f"the body is over the limit of {self._max_body} bytes"
            return exchange.refuse(Refusal(Reason.TOO_LARGE, says))
        except SignerAway:
            says = "the signer is not running; nothing was sent"
            return exchange.refuse(Refusal(Reason.UNAVAILABLE, says))
        except SignerLost:
            says = "the signer went away; ask for the order before you send it again"
            return exchange.refuse(Refusal(Reason.OUTCOME_UNKNOWN, says))

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            body += bytes(message.get("body", b""))
            if len(body) > self._max_body:
                raise TooLarge
            if not message.get("more_body"):
                return bytes(body)


async def _respond(send: Send, response: Response) -> None:
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
