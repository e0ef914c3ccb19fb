"""How a request's body is read and an answer is sent, whichever protocol they are in (ASGI)."""

from collections.abc import Mapping

from tradelatch.venue.api.asgi import Receive, Send
from tradelatch.venue.engine.refusal import Refused

MAX_BODY = 65_536
MAX_QUERY = 16_384
JSON = b"application/json;charset=UTF-8"


async def read_body(receive: Receive) -> bytes:
    """The whole body.

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
    send: Send, status: int, body: bytes, more: Mapping[str, int], kind: bytes = JSON
) -> None:
    """Send an answer, with `more` headers."""
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        *((name.encode(), str(value).encode()) for name, value in more.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def too_large() -> Refused:
    """More was sent than anybody needs."""
    return Refused(-1101, "The request is too large.", 413)
