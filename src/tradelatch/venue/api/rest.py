"""The venue's HTTP face: Binance Spot's REST protocol, and the admin API beside it (ASGI).

Whatever arrives, the answer is JSON: Binance's ``{"code":..,"msg":..}`` where something is
wrong with it. A signed answer leaves only when everything it shows would survive a crash.
"""

from typing import Any

from tradelatch.venue.api import (
    amend,
    market_data,
    order_lists,
    orders,
    replace,
    tickers,
    wallet,
)
from tradelatch.venue.api.admin import Admin
from tradelatch.venue.api.asgi import Receive, Scope, Send, read_body, source_of, too_large
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.endpoint import Endpoint, Table
from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.api.parameters import parse
from tradelatch.venue.api.respond import respond
from tradelatch.venue.api.signing import find_key, raw_payload, verify
from tradelatch.venue.api.time_unit import in_microseconds, wants_microseconds
from tradelatch.venue.api.trouble import Way
from tradelatch.venue.engine.api_keys import ApiKey
from tradelatch.venue.engine.refusal import Refused

MAX_QUERY = 16_384
TABLE: Table = {
    **market_data.TABLE,
    **tickers.TABLE,
    **orders.TABLE,
    **order_lists.TABLE,
    **replace.TABLE,
    **amend.TABLE,
    **wallet.TABLE,
}
_PATHS = frozenset(path for _, path in TABLE)
_GONE = "/api/v3/userDataStream"
"""Listen keys, which Binance has given up for user data by the websocket API."""


class RestApp:
    """The ASGI application of one venue."""

    def __init__(self, door: Door, admin: Admin) -> None:
        self._door = door
        self._house = door.house
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[str, int] = {}

        def tell(refused: Refused) -> tuple[int, Any]:
            if isinstance(refused, TooMany):
                headers["retry-after"] = refused.wait_s
            return refused.status, refused.body()

        await respond(scope, send, lambda: self._answer(scope, receive, headers), tell, headers)

    async def _answer(
        self, scope: Scope, receive: Receive, told: dict[str, int]
    ) -> tuple[int, Any]:
        """Status and JSON; into `told` goes what more there is to tell, as headers."""
        method, path, query = scope["method"], scope["path"], scope["query_string"]
        if len(query) > MAX_QUERY:
            raise too_large()
        body = await read_body(receive)
        headers = dict(scope["headers"])
        source = source_of(scope)
        if path == "/admin" or path.startswith("/admin/"):
            token = headers.get(b"authorization", b"")
            status, answer = self._admin.answer(method, path, query, body, source, token)
            await self._house.log.durable()
            return status, answer
        now = self._house.now
        endpoint, values = self._weigh(method, path, query, body, source, now)
        if self._door.limits is not None:
            told |= self._door.limits.headers(source, None, now)
        micro = wants_microseconds(headers.get(b"x-mbx-time-unit"))
        key_id = headers.get(b"x-mbx-apikey", b"")

        async def carry_out() -> Any:
            return await self._carry_out(endpoint, query, body, values, key_id, source, told)

        name = key_id.decode("ascii", "replace")
        answer = await self._door.troubles.meet(f"{method} {path}", Way.REST, name, carry_out)
        return 200, in_microseconds(answer) if micro else answer

    async def _carry_out(
        self,
        endpoint: Endpoint,
        query: bytes,
        body: bytes,
        values: dict[str, str],
        key_id: bytes,
        source: str,
        told: dict[str, int],
    ) -> Any:
        now = self._house.now
        key: ApiKey | None = None
        if endpoint.right is not None:
            key = find_key(self._house.engine.keys, key_id)
            verify(key, raw_payload(query, body), values, now)
            self._door.let_in(key, endpoint.right, source, values, now)
        answer = await self._door.carry_out(endpoint, values, key, now)
        if self._door.limits is not None and key is not None and endpoint.places:
            told |= self._door.limits.headers(source, key.account, now)
        return answer

    def _weigh(
        self, method: str, path: str, query: bytes, body: bytes, source: str, now: int
    ) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint that is asked and the parameters. Whatever was sent has its weight."""
        weight = 1
        try:
            endpoint = TABLE.get((method, path))
            if endpoint is None:
                raise _no_endpoint(method, path)
            values = parse(query, body)
            weight = endpoint.weigh(values)
        finally:
            self._door.charge(source, weight, now)
        return endpoint, values


def _no_endpoint(method: str, path: str) -> Refused:
    if path == _GONE:
        return Refused(-1000, "Listen keys are gone; use the WebSocket API.", 410)
    if path in _PATHS:
        return Refused(-1000, f"Request method '{method}' is not supported.", 405)
    return Refused(-1000, "There is no such endpoint.", 404)
