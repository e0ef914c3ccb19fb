"""How a request's body is read and an answer is sent, whichever protocol they are in (ASGI)."""

import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from tradelatch.venue.api.asgi import ABORT, Receive, Scope, Send
from tradelatch.venue.api.trouble import BAD_GATEWAY, BadGateway, Dropped
from tradelatch.venue.engine.refusal import Refused, broken, unknown
from tradelatch.venue.log import LogBroken

MAX_BODY = 65_536
MAX_QUERY = 16_384
_JSON = b"application/json;charset=UTF-8"


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


async def respond(
    scope: Scope,
    send: Send,
    answer: Callable[[], Awaitable[tuple[int, Any]]],
    tell: Callable[[Refused], tuple[int, Any]],
    headers: Mapping[str, int],
) -> None:
    """Send what `answer` gives, status and JSON, or what `tell` says of its refusal; or let the
    connection end as trouble has it. `headers` are read last."""
    try:
        status, told = await answer()
    except Refused as refused:
        status, told = tell(refused)
    except Dropped:
        scope[ABORT]()
        return
    except BadGateway:
        await _send(send, 502, BAD_GATEWAY, headers, b"text/html")
        return
    except LogBroken:
        status, told = tell(broken())
    except Exception:
        # A bug of ours: it belongs on our own stderr, and the client learns nothing of it.
        traceback.print_exc(file=sys.stderr)
        status, told = tell(unknown())
    await _send(send, status, msgspec.json.encode(told), headers)


async def _send(
    send: Send, status: int, body: bytes, more: Mapping[str, int], kind: bytes = _JSON
) -> None:
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
