"""What became of a request on its way: whether it left, and what was answered in fact.

ccxt tells failures by classes that it finds in codes, host names and words; what a failure means
for an order hangs on the status and the code themselves.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp
import ccxt

MOST_WAIT_S = 5.0
"""Before a lost stream is dialled again: whoever trades is blind meanwhile."""


class Trip:
    """One request, as far as it got."""

    def __init__(self) -> None:
        self.left = False
        """It may have left this machine."""
        self.status = 0
        """Of the HTTP answer; 0 without one."""
        self.answer: Any = None
        """The JSON in it; None if it was none."""
        self.wait_s = 0.0
        """How long the answer asks to wait (``Retry-After``)."""


_TRIP: ContextVar[Trip | None] = ContextVar("trip", default=None)


@contextmanager
def watched() -> Iterator[Trip]:
    """The trip of the request that is made within."""
    trip = Trip()
    token = _TRIP.set(trip)
    try:
        yield trip
    finally:
        _TRIP.reset(token)


class Tracked:
    """Mixed into a ccxt exchange, it notes the trip of each request."""

    timeout: int
    clients: dict[str, Any]
    ws_dial_backoff: dict[str, dict[str, Any]]

    async def throttle(self, cost: Any = None) -> None:
        """Wait for a request's turn under the exchange's limits; what waits too long is given up
        before it is signed, since whoever asked has waited, too."""
        try:
            async with asyncio.timeout(self.timeout / 1_000):
                await super().throttle(cost)  # type: ignore[misc]
        except TimeoutError:
            raise ccxt.RateLimitExceeded("too many requests wait for their turn") from None

    def client(self, url: str) -> Any:
        """The connection to an address. ccxt leaves promises of it that nobody waits for, of whose
        failure asyncio would tell."""
        is_new = url not in (self.clients or {})
        client = super().client(url)  # type: ignore[misc]
        if is_new:
            client.future = _heeded(client.future)
        return client

    def on_error(self, client: Any, error: Any) -> None:
        """A connection is lost; ccxt would wait for half a minute after a few of them."""
        super().on_error(client, error)  # type: ignore[misc]
        if not client.last_retry_after and client.url in self.ws_dial_backoff:
            until = int(time.time() * 1_000 + MOST_WAIT_S * 1_000)
            backoff = self.ws_dial_backoff[client.url]
            backoff["until"] = min(backoff["until"], until)

    async def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        """One request of ccxt's."""
        trip = _TRIP.get()
        if trip:
            trip.left = True
        try:
            return await super().fetch(url, method, headers, body)  # type: ignore[misc]
        except ccxt.BaseError as error:
            # What may be asked twice, aiohttp sends again after a lost connection: of a cancel the
            # first copy may have arrived. Reads may be called unsent.
            if trip and method in ("GET", "POST") and _never_connected(error):
                trip.left = False
            raise

    def handle_errors(
        self,
        code: int,
        reason: str,
        url: str,
        method: str,
        headers: Any,
        body: str,
        response: Any,
        request_headers: Any,
        request_body: Any,
    ) -> Any:
        """ccxt hands every answer to it."""
        if trip := _TRIP.get():
            trip.status, trip.answer = code, response
            trip.wait_s = _seconds(headers)
        return super().handle_errors(  # type: ignore[misc]
            code, reason, url, method, headers, body, response, request_headers, request_body
        )


def _heeded(promise: Callable[[str], Any]) -> Callable[[str], Any]:
    def made(name: str) -> Any:
        future = promise(name)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    return made


def _never_connected(error: Exception) -> bool:
    cause = error.__cause__
    return isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)


def _seconds(headers: Any) -> float:
    told = next((headers[name] for name in headers if name.lower() == "retry-after"), "")
    return float(told) if told.isdecimal() and len(told) < 9 else 0.0
