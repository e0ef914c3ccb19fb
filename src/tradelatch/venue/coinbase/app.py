"""The venue's Coinbase face (ASGI): the same house, engine, keys, limits and troubles as behind
Binance's, asked in another language. An answer leaves only when everything it shows would survive a
crash."""

import inspect
import sys
import traceback
from typing import Any

import msgspec

from tradelatch.venue.api.asgi import ABORT, Receive, Scope, Send, read_body, send_answer, source_of
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.api.trouble import BAD_GATEWAY, BadGateway, Dropped, Way
from tradelatch.venue.coinbase.call import Call, Query
from tradelatch.venue.coinbase.errors import (
    JSON,
    Denied,
    forbidden,
    invalid,
    translated,
    unauthorized,
)
from tradelatch.venue.coinbase.routes import Route, Routes
from tradelatch.venue.coinbase.signing import HOST, Token, authenticate, read_token
from tradelatch.venue.coinbase.table import TABLE
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.refusal import Refused, broken, unknown
from tradelatch.venue.log import LogBroken

PREFIX = "/coinbase"
_MAX_QUERY = 16_384
_HTML = b"text/html"


class CoinbaseApp:
    """The ASGI application of one venue's Coinbase face, whose paths begin with `PREFIX`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._house = door.house
        self._routes = Routes(TABLE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        told: dict[str, int] = {}
        try:
            status, answer = await self._answer(scope, receive)
            body, kind = msgspec.json.encode(answer), JSON
        except Dropped:
            scope[ABORT]()
            return
        except BadGateway:
            status, body, kind = 502, BAD_GATEWAY, _HTML
        except Exception as error:
            if isinstance(error, TooMany):
                told["retry-after"] = error.wait_s
            path = scope["path"].removeprefix(PREFIX)
            status, body, kind = _denied(error).told(path)
        await send_answer(send, status, body, told, kind)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        """Status and JSON."""
        now, source, method = self._house.now, source_of(scope), scope["method"]
        self._door.charge(source, 1, now)
        path, query = _raw_path(scope), scope["query_string"]
        if len(query) > _MAX_QUERY:
            raise invalid("the query is too long")
        body = await read_body(receive)
        route = self._routes.find(method, path.removeprefix(PREFIX))
        headers = dict(scope["headers"])
        token = read_token(headers.get(b"authorization", b""))

        async def carry_out() -> Any:
            host = headers.get(b"host", b"").decode("ascii", "replace")
            targets = {host + path, HOST + path.removeprefix(PREFIX)}
            key = self._let_in(route, token, method, targets, source)
            return await self._carry_out(route, query, body, key)

        name = token.header.kid if token else ""
        endpoint = f"{method} {PREFIX}{route.template}"
        answer = await self._door.troubles.meet(endpoint, Way.REST, name, carry_out)
        return route.endpoint.status, answer

    def _let_in(
        self, route: Route, token: Token | None, method: str, targets: set[str], source: str
    ) -> ApiKey | None:
        """The key that asks; None at a public endpoint.

        Raises:
            Denied: nobody asks who may.
        """
        right, now = route.endpoint.right, self._house.now
        if right is None:
            return None
        key = authenticate(self._house.engine.keys, token, method, targets, now)
        try:
            self._door.let_in(key, right, source, {}, now)
        except Refused as refused:
            raise self._reason(key, right, source, now) from refused
        return key

    def _reason(self, key: ApiKey, right: Right, source: str, now: int) -> Denied:
        rights = key.rights_at(self._house.engine.key_rules, now)
        lacks = bool(rights) and right not in rights and key.admits(source)
        return forbidden() if lacks else unauthorized()

    async def _carry_out(self, route: Route, query: bytes, body: bytes, key: ApiKey | None) -> Any:
        asked = Query(query, route.endpoint.names)
        limits, now = self._door.limits, self._house.now
        call = Call(self._house, limits, route.path, asked, body, now, key)
        try:
            answer = route.endpoint.handler(call)
            return await answer if inspect.isawaitable(answer) else answer
        finally:
            # Everybody can see a trade, and a refusal too can tell of what was done.
            await self._house.log.durable()


def _raw_path(scope: Scope) -> str:
    """The path as it was sent: a token is for that."""
    raw = scope.get("raw_path")
    return raw.decode("ascii", "replace") if raw else str(scope["path"])


def _denied(error: Exception) -> Denied:
    """What a client is told of an error."""
    if isinstance(error, Denied):
        return error
    if isinstance(error, Refused):
        return translated(error)
    if isinstance(error, LogBroken):
        return translated(broken())
    # A bug of ours: it belongs on our own stderr, and the client learns nothing of it.
    traceback.print_exception(error, file=sys.stderr)
    return translated(unknown())
