"""From what came of a request to the answer that is sent, whichever protocol both are in."""

import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tradelatch.venue.api.asgi import ABORT, Scope, Send, send_answer
from tradelatch.venue.api.trouble import BAD_GATEWAY, BadGateway, Dropped
from tradelatch.venue.engine.refusal import Refused, broken, unknown
from tradelatch.venue.log import LogBroken


async def respond(
    scope: Scope,
    send: Send,
    answer: Callable[[], Awaitable[tuple[int, Any]]],
    tell: Callable[[Refused], tuple[int, Any]],
    headers: dict[str, int],
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
        await send_answer(send, 502, BAD_GATEWAY, headers, b"text/html")
        return
    except LogBroken:
        status, told = tell(broken())
    except Exception:
        # A bug of ours: it belongs on our own stderr, and the client learns nothing of it.
        traceback.print_exc(file=sys.stderr)
        status, told = tell(unknown())
    await send_answer(send, status, msgspec.json.encode(told), headers)
