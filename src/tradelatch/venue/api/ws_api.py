"""The websocket API (``/ws-api/v3``): requests, session authentication, user data.

As https://developers.binance.com/docs/binance-spot-api-docs/websocket-api describes it. Each
request is answered as REST would; its parameters come as JSON, its signature is over them in
alphabetical order. Only Ed25519 keys can log a session on.
"""

import asyncio
import json
import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from tradelatch.venue.api.door import Door
from tradelatch.venue.api.endpoint import Endpoint, Table
from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.api.methods import METHODS
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.api.publisher import Listener, Publisher
from tradelatch.venue.api.signing import (
    SIGNED,
    authorize,
    check_time,
    find_key,
    sorted_payload,
    verify,
)
from tradelatch.venue.api.sockets import GONE, Socket
from tradelatch.venue.api.time_unit import event_in_microseconds, in_microseconds
from tradelatch.venue.api.trouble import BadGateway, Dropped, Way
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.refusal import Refused, bad_key, broken, missing, unknown
from tradelatch.venue.log import LogBroken

_MAX_SUBSCRIPTIONS = 1_000
_OWN_WEIGHT = 2
"""What logging on and subscribing weigh."""
_BANNED = 418
_VERSION = "v3/"
"""May stand before a method's name."""
_ENVELOPE = frozenset({"apiKey", "returnRateLimits"})
"""Parameters of the websocket API itself, whatever the method."""
_AUTHORIZED = SIGNED | _ENVELOPE


class _Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: str
    id: int | str | None = None
    params: dict[str, msgspec.Raw] = {}


class ApiSession:
    """One connection to the websocket API."""

    def __init__(
        self,
        socket: Socket,
        door: Door,
        publisher: Publisher,
        table: Table,
        *,
        microseconds: bool,
        tells_limits: bool,
    ) -> None:
        self._socket = socket
        self._door = door
        self._house = house = door.house
        self._tells_limits = tells_limits
        self._publisher = publisher
        self._table = table
        self._microseconds = microseconds
        self._key: ApiKey | None = None
        self._logged_on_at = 0
        self._connected_at = house.now
        self._listeners: dict[int, Listener] = {}
        self._of_session: set[int] = set()
        """The subscriptions that end with the session."""
        self._next_subscription = 0
        self._own: dict[str, Callable[[dict[str, str]], Any]] = {
            "session.logon": self._log_on,
            "session.status": self._status,
            "session.logout": self._log_out,
            "session.subscriptions": self._subscriptions,
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    async def run(self) -> None:
        """Serve the connection until it ends."""
        writing = asyncio.ensure_future(self._socket.write())
        try:
            # Requests are limited by their weight, not by their number.
            async for text in self._socket.messages(per_second=None):
                answer = await self._answer(text)
                if answer is None:
                    break
                self._socket.send(msgspec.json.encode(answer))
                if answer["status"] == _BANNED:
                    self._socket.close()
            await writing
        finally:
            writing.cancel()
            for listener in self._listeners.values():
                self._publisher.leave(listener)

    async def _answer(self, text: str) -> dict[str, Any] | None:
        """The answer, or none where the connection ends without one."""
        request, values, placed = _Request(""), dict[str, str](), None
        try:
            request, values = self._weigh(text)
            result, placed = await self._meet(request.method, values)
            if self._microseconds:
                result = in_microseconds(result)
            answer = {"id": request.id, "status": 200, "result": result}
        except (Dropped, BadGateway):
            self._socket.close(GONE)
            return None
        except TooMany as refused:
            answer = _error(request.id, refused)
            answer["error"]["data"] = {"serverTime": refused.now, "retryAfter": refused.retry_at}
        except Refused as refused:
            answer = _error(request.id, refused)
        except LogBroken:
            answer = _error(request.id, broken())
        except Exception:
            # A bug of ours: it belongs on our own stderr, and the client learns nothing of it.
            traceback.print_exc(file=sys.stderr)
            answer = _error(request.id, unknown())
        wanted = values.get("returnRateLimits", "").lower()
        if wanted == "true" or (wanted != "false" and self._tells_limits):
            answer["rateLimits"] = self._limits_told(placed)
        return answer

    def _weigh(self, text: str) -> tuple[_Request, dict[str, str]]:
        """The request and its parameters. Whatever was sent has its weight."""
        weight = 1
        try:
            request = _read(text)
            values = _texts(request.params)
            endpoint = self._endpoint(request.method)
            weight = _OWN_WEIGHT if endpoint is None else endpoint.weigh(values)
        finally:
            self._door.charge(self._socket.source, weight, self._house.now)
        return request, values

    def _endpoint(self, method: str) -> Endpoint | None:
        return self._table.get(METHODS.get(method, ("", "")))

    def _limits_told(self, account: str | None) -> list[dict[str, object]]:
        limits, now = self._door.limits, self._house.now
        if limits is None:
            return []
        orders = limits.orders_told(account, now) if account else []
        return [*orders, limits.weight_told(self._socket.source, now)]

    async def _meet(self, method: str, values: dict[str, str]) -> tuple[Any, str | None]:
        """Carry a request out, through whatever trouble it meets."""
        endpoint = " ".join(METHODS.get(method, ("", method)))
        key = values.get("apiKey", self._key.id if self._key else "")
        carry_out = partial(self._carry_out, method, values)
        met: tuple[Any, str | None] = await self._door.troubles.meet(
            endpoint, Way.WEBSOCKET, key, carry_out
        )
        return met

    async def _carry_out(self, method: str, values: dict[str, str]) -> tuple[Any, str | None]:
        """The result, and the account that has placed an order."""
        own = self._own.get(method)
        if own is not None:
            result = own(values)
            await self._house.log.durable()
            return result, None
        endpoint = self._endpoint(method)
        if endpoint is None:
            raise Refused(-1000, "There is no such method.", 404)
        now = self._house.now
        if endpoint.right is None:
            return await self._door.carry_out(endpoint, _inner(values), None, now), None
        key = self._authenticate(values, endpoint.right, now)
        result = await self._door.carry_out(endpoint, _inner(values), key, now)
        return result, key.account if endpoint.places else None

    def _authenticate(self, values: dict[str, str], right: Right, now: int) -> ApiKey:
        """The key that a request is signed with, or else that of the session."""
        if "apiKey" in values or "signature" in values or self._key is None:
            key = self._signed(values, now)
            self._door.let_in(key, right, self._socket.source, values, now)
            return key
        check_time(values, now)
        try:
            self._door.let_in(self._key, right, self._socket.source, values, now)
        except Refused:
            self._key = None
            raise
        return self._key

    def _signed(self, values: dict[str, str], now: int) -> ApiKey:
        if "apiKey" not in values:
            raise missing("apiKey")
        key = find_key(self._house.engine.keys, values["apiKey"].encode())
        verify(key, sorted_payload(values), values, now)
        return key

    def _log_on(self, values: dict[str, str]) -> Any:
        now = self._house.now
        Parameters(values, _AUTHORIZED)
        key = self._signed(values, now)
        if not key.public:
            raise Refused(-4056, "HMAC_SHA256 API key is not supported.")
        self._door.let_in(key, Right.READ, self._socket.source, values, now)
        self._key, self._logged_on_at = key, now
        return self._status({})

    def _log_out(self, values: dict[str, str]) -> Any:
        Parameters(values, _ENVELOPE)
        self._key = None
        for number in self._of_session & self._listeners.keys():
            self._terminate(number)
        return self._status({})

    def _status(self, values: dict[str, str]) -> Any:
        Parameters(values, _ENVELOPE)
        return {
            "apiKey": self._key.id if self._key else None,
            "authorizedSince": self._logged_on_at if self._key else None,
            "connectedSince": self._connected_at,
            "returnRateLimits": self._tells_limits,
            "serverTime": self._house.now,
            "userDataStream": bool(self._listeners),
        }

    def _subscriptions(self, values: dict[str, str]) -> Any:
        Parameters(values, _ENVELOPE)
        return [{"subscriptionId": number} for number in self._listeners]

    def _subscribe(self, values: dict[str, str]) -> Any:
        Parameters(values, _ENVELOPE)
        if self._key is None:
            raise bad_key()
        now = self._house.now
        authorize(self._house.engine, self._key, Right.READ, self._socket.source, None, now)
        told = self._listen(self._key)
        self._of_session.add(told["subscriptionId"])
        return told

    def _subscribe_signed(self, values: dict[str, str]) -> Any:
        now = self._house.now
        Parameters(values, _AUTHORIZED)
        key = self._signed(values, now)
        self._door.let_in(key, Right.READ, self._socket.source, values, now)
        return self._listen(key)

    def _listen(self, key: ApiKey) -> dict[str, int]:
        if any(one.account == key.account for one in self._listeners.values()):
            raise Refused(-2035, "User Data Stream subscription already active.")
        if self._next_subscription >= _MAX_SUBSCRIPTIONS:
            raise Refused(-2042, "Maximum subscription ID reached for this connection.")
        number = self._next_subscription
        self._next_subscription += 1
        listener = Listener(
            key.account, key.id, partial(self._tell, number), partial(self._terminate, number)
        )
        self._listeners[number] = listener
        self._publisher.listen(listener)
        return {"subscriptionId": number}

    def _terminate(self, number: int) -> None:
        event = {"e": "eventStreamTerminated", "E": self._house.now}
        self._tell(number, msgspec.json.encode(event))
        self._publisher.leave(self._listeners.pop(number))

    def _tell(self, number: int, event: bytes) -> None:
        if self._microseconds:
            event = event_in_microseconds(event)
        self._socket.send(b'{"subscriptionId":%d,"event":%b}' % (number, event))

    def _unsubscribe(self, values: dict[str, str]) -> Any:
        asked = Parameters(values, _ENVELOPE | {"subscriptionId"})
        number = asked.integer("subscriptionId", 0, _MAX_SUBSCRIPTIONS)
        chosen = list(self._listeners) if number is None else [number]
        if not chosen or any(one not in self._listeners for one in chosen):
            raise Refused(-2036, "User Data Stream subscription not active.")
        for one in chosen:
            self._terminate(one)
        return {}


def _read(text: str) -> _Request:
    """A request, whose keys stand there once each.

    Raises:
        Refused: it is no JSON, or not of a request's form.
    """
    try:
        json.loads(text, object_pairs_hook=_no_twins)
        request = msgspec.json.decode(text, type=_Request)
        return msgspec.structs.replace(request, method=request.method.removeprefix(_VERSION))
    except msgspec.ValidationError as error:
        raise Refused(-1135, f"Invalid JSON Request: {error}") from error
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise Refused(-1135, "Invalid JSON Request") from error


def _no_twins(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands there twice")


def _texts(params: dict[str, msgspec.Raw]) -> dict[str, str]:
    """Parameters as the texts that REST would have: numbers exactly as they were written."""
    values = {}
    for name, raw in params.items():
        text = bytes(raw).decode()
        values[name] = msgspec.json.decode(raw, type=str) if text.startswith('"') else text
        if "\0" in values[name]:
            raise Refused(-1100, f"Illegal characters found in parameter '{name[:40]}'.")
    return {name: value for name, value in values.items() if value != "null"}


def _inner(values: dict[str, str]) -> dict[str, str]:
    """The parameters without those of the websocket API itself."""
    return {name: value for name, value in values.items() if name not in _ENVELOPE}


def _error(number: int | str | None, refused: Refused) -> dict[str, Any]:
    return {
        "id": number,
        "status": refused.status,
        "error": refused.body(),
    }
