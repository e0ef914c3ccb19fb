"""This face's HTTP application (ASGI): requests under ``/kucoin``, answered in KuCoin's form."""

import inspect
from typing import Any

from tradelatch.venue.api.asgi import Receive, Scope, Send, read_body, source_of, too_large
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.api.respond import respond
from tradelatch.venue.api.rest import MAX_QUERY
from tradelatch.venue.api.trouble import Way
from tradelatch.venue.engine.api_keys import ApiKey
from tradelatch.venue.kucoin import (
    account,
    history,
    market_data,
    orders,
    stop_orders,
    transfers,
)
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Routes, Table
from tradelatch.venue.kucoin.refusals import no_such_url, told
from tradelatch.venue.kucoin.signing import let_in, verify
from tradelatch.venue.kucoin.values import read

PREFIX = "/kucoin"
TABLE: Table = {
    **market_data.TABLE,
    **orders.TABLE,
    **history.TABLE,
    **stop_orders.TABLE,
    **account.TABLE,
    **transfers.TABLE,
}


class KucoinApp:
    """Answers requests in KuCoin's protocol; whoever mounts it sends it those under its prefix."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._house = door.house
        self._routes = Routes(TABLE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[str, int] = {}

        async def answer() -> tuple[int, Any]:
            return 200, {"code": "200000", "data": await self._answer(scope, receive)}

        await respond(scope, send, answer, lambda refused: told(refused, headers), headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Any:
        method, query = scope["method"], scope["query_string"]
        if len(query) > MAX_QUERY:
            raise too_large()
        body = await read_body(receive)
        headers = dict(scope["headers"])
        source = source_of(scope)
        name, endpoint, in_path = self._find(method, scope["path"].removeprefix(PREFIX), source)
        values = read(query, body, headers.get(b"content-type", b"")) | in_path

        async def carry_out() -> Any:
            now = self._house.now
            key: ApiKey | None = None
            if endpoint.right is not None:
                target = _target(scope)
                key = verify(self._house.engine.keys, headers, method, target, body, now)
                let_in(self._house, key, endpoint.right, source, now)
            return await self._carry_out(endpoint, values, key, now)

        key_id = headers.get(b"kc-api-key", b"").decode("ascii", "replace")
        meant = name.replace(" ", f" {PREFIX}", 1)
        return await self._door.troubles.meet(meant, Way.REST, key_id, carry_out)

    def _find(self, method: str, path: str, source: str) -> tuple[str, Endpoint, dict[str, str]]:
        """The endpoint that is asked. Whatever was sent has its weight."""
        found = self._routes.find(method, path)
        self._door.charge(source, found[1].weight if found else 1, self._house.now)
        if found is None:
            raise no_such_url()
        return found

    async def _carry_out(
        self, endpoint: Endpoint, values: dict[str, str], key: ApiKey | None, now: int
    ) -> Any:
        """The answer's data; given only when everything it shows would survive a crash."""
        parameters = Parameters(values, frozenset(values))
        call = Call(self._house, self._door.limits, parameters, now, key)
        try:
            answer = endpoint.handler(call)
            return await answer if inspect.isawaitable(answer) else answer
        finally:
            await self._house.log.durable()


def _target(scope: Scope) -> bytes:
    """Path and query as they were sent, without this face's prefix."""
    path: bytes = scope["raw_path"].removeprefix(PREFIX.encode())
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path
