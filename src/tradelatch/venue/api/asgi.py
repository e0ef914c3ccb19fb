"""The shapes by which the server (ASGI, https://asgi.readthedocs.io) hands requests over."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from tradelatch.venue.engine.refusal import Refused

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

MAX_BODY = 65_536
ABORT = "tradelatch.abort"
"""Where a scope holds what ends the connection at once, without an answer."""


def source_of(scope: Scope) -> str:
    """The network address that a request came from, empty if that is not known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def too_large() -> Refused:
    """More was sent than is read."""
    return Refused(-1101, "The request is too large.", 413)


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request.

    Raises:
        Refused: it is too large, or was not sent in full.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(-1000, "The request was not sent in full.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise too_large()
        if not message.get("more_body"):
            return b"".join(parts)


async def send_answer(
    send: Send,
    status: int,
    body: bytes,
    more: dict[str, int],
    kind: bytes = b"application/json;charset=UTF-8",
) -> None:
    """Send a whole answer, with what `more` there is to tell as headers."""
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        *((name.encode(), str(value).encode()) for name, value in more.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
