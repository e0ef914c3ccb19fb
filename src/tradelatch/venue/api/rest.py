"""The venue's HTTP face: Binance Spot's REST protocol, and the admin API beside it (ASGI).

Whatever arrives, the answer is JSON: Binance's ``{"code":..,"msg":..}`` where something is
wrong with it. A signed answer leaves only when everything it shows would survive a crash.
"""

import sys
import traceback
from typing import Any

import msgspec

from tradelatch.venue.api import market_data, order_lists, orders, replace, tickers, wallet
from tradelatch.venue.api.admin import Admin
from tradelatch.venue.api.asgi import Receive, Scope, Send, source_of
from tradelatch.venue.api.door import carry_out, let_in
from tradelatch.venue.api.endpoint import Endpoint, Table
from tradelatch.venue.api.parameters import parse
from tradelatch.venue.api.signing import find_key, raw_payload, verify
from tradelatch.venue.api.time_unit import in_microseconds, wants_microseconds
from tradelatch.venue.engine.api_keys import ApiKey
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.house import House
from tradelatch.venue.log import LogBroken

MAX_BODY = 65_536
MAX_QUERY = 16_384
TABLE: Table = {
    **market_data.TABLE,
    **tickers.TABLE,
    **orders.TABLE,
    **order_lists.TABLE,
    **replace.TABLE,
    **wallet.TABLE,
}
_PATHS = frozenset(path for _, path in TABLE)
_BROKEN = Refused(-1001, "Internal error; unable to process your request. Please try again.", 503)
_UNKNOWN = Refused(-1000, "An unknown error occurred while processing the request.", 500)
_TOO_LARGE = Refused(-1101, "The request is too large.", 413)


class RestApp:
    """The ASGI application of one venue."""

    def __init__(self, house: House, admin: Admin) -> None:
        self._house = house
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, answer = await self._answer(scope, receive)
        except Refused as refused:
            status, answer = refused.status, refused.body()
        except LogBroken:
            status, answer = _BROKEN.status, _BROKEN.body()
        except Exception:
            # A bug of ours: it belongs on our own stderr, and the client learns nothing of it.
            traceback.print_exc(file=sys.stderr)
            status, answer = _UNKNOWN.status, _UNKNOWN.body()
        await _send(send, status, msgspec.json.encode(answer))

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        method, path, query = scope["method"], scope["path"], scope["query_string"]
        if len(query) > MAX_QUERY:
            raise _TOO_LARGE
        body = await _read_body(receive)
        headers = dict(scope["headers"])
        source = source_of(scope)
        if path == "/admin" or path.startswith("/admin/"):
            token = headers.get(b"authorization", b"")
            status, answer = self._admin.answer(method, path, query, body, source, token)
            await self._house.log.durable()
            return status, answer
        endpoint = TABLE.get((method, path))
        if endpoint is None:
            raise _no_endpoint(method, path)
        micro = wants_microseconds(headers.get(b"x-mbx-time-unit"))
        key_id = headers.get(b"x-mbx-apikey")
        found = await self._run(endpoint, query, body, key_id, source)
        return 200, in_microseconds(found) if micro else found

    async def _run(
        self, endpoint: Endpoint, query: bytes, body: bytes, key_id: bytes | None, source: str
    ) -> Any:
        house, now = self._house, self._house.now
        key: ApiKey | None = None
        if endpoint.right is not None:
            key = find_key(house.engine.keys, key_id)
        values = parse(query, body)
        if key is not None and endpoint.right is not None:
            verify(key, raw_payload(query, body), values, now)
            let_in(house, key, endpoint.right, source, values, now)
        return await carry_out(house, endpoint, values, key, now)


def _no_endpoint(method: str, path: str) -> Refused:
    if path in _PATHS:
        return Refused(-1000, f"Request method '{method}' is not supported.", 405)
    return Refused(-1000, "There is no such endpoint.", 404)


async def _read_body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(-1000, "The request was not sent in full.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise _TOO_LARGE
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
