"""The websocket of the market streams: ``/ws``, ``/ws/NAME`` and ``/stream?streams=A/B``.

Requests and answers as
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams describes them.
"""

import asyncio
import contextlib
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tradelatch.venue.api.market_streams import MarketStreams
from tradelatch.venue.api.publisher import Publisher
from tradelatch.venue.api.sockets import Socket
from tradelatch.venue.api.time_unit import event_in_microseconds

MAX_STREAMS = 1_024
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_LONGEST_ID = 36


class _Wrong(Exception):
    """A request that cannot be carried out; `code` and the text make the answer."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code


class StreamSession:
    """One connection to the market streams."""

    def __init__(
        self,
        socket: Socket,
        streams: MarketStreams,
        publisher: Publisher,
        *,
        combined: bool,
        microseconds: bool,
    ) -> None:
        self._socket = socket
        self._streams = streams
        self._publisher = publisher
        self._combined = combined
        self._microseconds = microseconds
        self._names: dict[str, None] = {}

    async def run(self, names: list[str]) -> None:
        """Serve the connection, subscribed to `names` from the start, until it ends."""
        writing = asyncio.ensure_future(self._socket.write())
        try:
            with contextlib.suppress(_Wrong):
                self._subscribe(names)
            async for text in self._socket.messages():
                self._socket.send(msgspec.json.encode(self._answer(text)))
            await writing
        finally:
            writing.cancel()
            self._unsubscribe(list(self._names))

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            request = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            return {"error": {"code": 3, "msg": f"Invalid JSON: {error}"}}
        number = request.get("id") if isinstance(request, dict) else None
        try:
            if not isinstance(request, dict):
                raise _Wrong(2, "Invalid request: expected an object")
            _check_id(number)
            return {"result": self._carry_out(request), "id": number}
        except _Wrong as wrong:
            shown = number if isinstance(number, int | str) else None
            return {"error": {"code": wrong.code, "msg": str(wrong)}, "id": shown}

    def _carry_out(self, request: dict[str, Any]) -> Any:
        unknown = request.keys() - {"method", "params", "id"}
        if unknown:
            raise _Wrong(2, "Invalid request: too many parameters")
        method, params = request.get("method"), request.get("params", [])
        if "method" not in request:
            raise _Wrong(2, "Invalid request: missing field `method`")
        if method not in _METHODS:
            wanted = ", ".join(f"`{name}`" for name in _METHODS)
            raise _Wrong(2, f"Invalid request: unknown variant, expected one of {wanted}")
        if not isinstance(params, list):
            raise _Wrong(2, "Invalid request: params must be an array")
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._names)
        if method == "SET_PROPERTY":
            return self._set_property(params)
        if method == "GET_PROPERTY":
            _check_property(params, 1)
            return self._combined
        names = [name for name in params if isinstance(name, str)]
        if len(names) != len(params):
            raise _Wrong(2, "Invalid request: a stream's name must be a string")
        if method == "SUBSCRIBE":
            self._subscribe(names)
        else:
            self._unsubscribe(names)
        return None

    def _set_property(self, params: list[Any]) -> None:
        _check_property(params, 2)
        if not isinstance(params[1], bool):
            raise _Wrong(1, "Invalid value type: expected Boolean")
        self._combined = params[1]

    def _subscribe(self, names: list[str]) -> None:
        fresh = [name for name in dict.fromkeys(names) if name not in self._names]
        if len(self._names) + len(fresh) > MAX_STREAMS:
            raise _Wrong(2, f"Invalid request: at most {MAX_STREAMS} streams a connection")
        for name in fresh:
            # A name that means nothing is taken and stays silent, as at Binance.
            self._names[name] = None
            if self._streams.begin(name):
                self._publisher.subscribe(name, self._deliver)

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            if name in self._names:
                del self._names[name]
                self._publisher.unsubscribe(name, self._deliver)

    def _deliver(self, name: str, data: bytes) -> None:
        if self._microseconds:
            data = event_in_microseconds(data)
        if self._combined:
            data = b'{"stream":%b,"data":%b}' % (msgspec.json.encode(name), data)
        self._socket.send(data)


def names_in(path: str, query: bytes) -> tuple[list[str], bool] | None:
    """The streams that a connection's address asks for and whether messages come with their
    stream's name; None where the address is of no stream."""
    parts = path.strip("/").split("/")
    if parts[0] == "ws":
        return [part for part in parts[1:] if part], False
    if parts == ["stream"]:
        asked = parse_qs(query.decode("ascii", "replace")).get("streams", [""])[0]
        return [name for name in asked.split("/") if name], True
    return None


def _check_id(number: Any) -> None:
    whole = isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**63
    short = isinstance(number, str) and len(number) <= _LONGEST_ID
    if not (number is None or whole or short):
        raise _Wrong(2, "Invalid request: request ID must be an integer, a short string or null")


def _check_property(params: list[Any], count: int) -> None:
    if not params or not isinstance(params[0], str):
        raise _Wrong(2, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise _Wrong(0, "Unknown property")
    if len(params) > count:
        raise _Wrong(2, "Invalid request: too many parameters")
    if len(params) < count:
        raise _Wrong(1, "Invalid value type: expected Boolean")
