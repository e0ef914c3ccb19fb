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


MAX_HEAD = 65_536
"""Bytes of query and headers that are handed on: what the signer gets has to fit a frame, or it
would hang up on the gate, and so on every bot."""


class TooLarge(Exception):
    """The request is over a limit; the message says which."""


class Gone(Exception):
    """The bot hung up before its request was complete."""


class Gate:
    """The ASGI application."""

    def __init__(self, link: SignerLink, max_body: int) -> None:
        self._link, self._max_body = link, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request; other protocols are not spoken yet."""
        try:
            await _respond(send, await self._answer(scope, receive))
        except Gone:
            return

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        name, _, path = scope["raw_path"].decode("latin-1").removeprefix("/").partition("/")
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
                path=f"/{path}",
                query=scope["query_string"].decode("latin-1"),
                headers=tuple(
                    (key.decode("latin-1"), value.decode("latin-1"))
                    for key, value in scope["headers"]
                ),
                body=await self._body(receive),
            )
            return await self._link.ask(request, scope["client"][0])
        except Refusal as refusal:
            return exchange.refuse(refusal)
        except TooLarge as error:
            return exchange.refuse(Refusal(Reason.TOO_LARGE, str(error)))
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
            if message["type"] != "http.request":
                raise Gone
            body += bytes(message.get("body", b""))
            if len(body) > self._max_body:
                raise TooLarge(f"the body is over the limit of {self._max_body} bytes")
            if not message.get("more_body"):
                return bytes(body)


def _check_head(scope: Scope) -> None:
    head = len(scope["query_string"]) + sum(
        len(key) + len(value) for key, value in scope["headers"]
    )
    if head > MAX_HEAD:
        raise TooLarge(f"query and headers are over the limit of {MAX_HEAD} bytes")
    if any(key == b"upgrade" and value.lower() == b"websocket" for key, value in scope["headers"]):
        raise Refusal(Reason.UNKNOWN_ENDPOINT, "streams are not served yet; ask by plain requests")


async def _respond(send: Send, response: Response) -> None:
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
