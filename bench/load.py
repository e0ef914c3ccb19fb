"""The load generator: signs each request anew, sends it, checks the answer, notes the time."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import aiohttp
import msgspec
from yarl import URL

from tradelatch.drills.script import Credentials

PLACE, READ, PLACE_CANCEL = "place order", "read account", "place, then cancel"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Shot(msgspec.Struct, frozen=True):
    """What a round sent: seconds per answer, wrong answers, and how long it all took."""

    latencies: list[float]
    wrong: list[str]
    took: float


class _Order(msgspec.Struct):
    status: str


class _Account(msgspec.Struct):
    balances: list[msgspec.Raw]


class _Request(msgspec.Struct, frozen=True):
    """A request, still without its time and signature; `body` says where its form goes, and
    `right` looks at the answer."""

    method: str
    path: str
    form: str
    body: bool
    right: Callable[[bytes], bool]


_ORDER = msgspec.json.Decoder(_Order)
_ACCOUNT = msgspec.json.Decoder(_Account)


class Load:
    """A client of one target, which takes a venue's keys or grants in their place."""

    def __init__(self, credentials: Sequence[Credentials], price: Decimal) -> None:
        """Args:
        credentials: take turns, each for an operation.
        price: what orders to buy are limited to: nobody may sell at it.
        """
        self._turns, self._price = itertools.cycle(credentials), price
        self._operations = {
            PLACE: self._order,
            READ: self._account,
            PLACE_CANCEL: self._order_and_cancellation,
        }

    async def fire(self, operation: str, connections: int, seconds: float) -> Shot:
        """Keep `connections` busy for a time; what was begun by then is done to its end."""
        connector = aiohttp.TCPConnector(limit=connections)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
            shot = Shot([], [], 0)
            begun = time.perf_counter()
            end = begun + seconds
            names = (f"bench-{time.time_ns():x}-{number}" for number in itertools.count())
            await asyncio.gather(
                *(self._keep_busy(session, operation, end, names, shot) for _ in range(connections))
            )
            return msgspec.structs.replace(shot, took=time.perf_counter() - begun)

    async def _keep_busy(
        self,
        session: aiohttp.ClientSession,
        operation: str,
        end: float,
        names: Iterator[str],
        shot: Shot,
    ) -> None:
        make = self._operations[operation]
        while time.perf_counter() < end:
            whose = next(self._turns)
            for asked in make(next(names)):
                await self._ask(session, whose, asked, shot)

    async def _ask(
        self, session: aiohttp.ClientSession, whose: Credentials, asked: _Request, shot: Shot
    ) -> None:
        form, url = _signed(asked.form, whose), f"{whose.url}{asked.path}"
        headers = {"X-MBX-APIKEY": whose.key}
        sent = time.perf_counter()
        if asked.body:
            target, data, headers = URL(url, encoded=True), form.encode(), headers | _FORM
        else:
            target, data = URL(f"{url}?{form}", encoded=True), None
        async with session.request(asked.method, target, data=data, headers=headers) as answer:
            content = await answer.read()
        shot.latencies.append(time.perf_counter() - sent)
        if answer.status != 200 or not asked.right(content):
            shot.wrong.append(f"{answer.status} {content[:200].decode(errors='replace')}")

    def _order(self, name: str) -> tuple[_Request, ...]:
        """An order that expires at once."""
        return (_Request("POST", "/api/v3/order", self._terms("IOC", name), True, _is("EXPIRED")),)

    def _order_and_cancellation(self, name: str) -> tuple[_Request, ...]:
        """An order that rests, and its end."""
        cancel = f"symbol=ETHBTC&origClientOrderId={name}"
        return (
            _Request("POST", "/api/v3/order", self._terms("GTC", name), True, _is("NEW")),
            _Request("DELETE", "/api/v3/order", cancel, True, _is("CANCELED")),
        )

    def _account(self, name: str) -> tuple[_Request, ...]:
        return (_Request("GET", "/api/v3/account", "", False, _has_balances),)

    def _terms(self, tif: str, name: str) -> str:
        return (
            f"symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce={tif}&quantity=0.05"
            f"&price={self._price}&newClientOrderId={name}"
        )


def _signed(form: str, whose: Credentials) -> str:
    form += f"{'&' if form else ''}timestamp={time.time_ns() // 1_000_000}"
    digest = hmac.digest(whose.secret.encode(), form.encode(), hashlib.sha256)
    return f"{form}&signature={digest.hex()}"


def _is(status: str) -> Callable[[bytes], bool]:
    def right(content: bytes) -> bool:
        try:
            return _ORDER.decode(content).status == status
        except msgspec.DecodeError:
            return False

    return right


def _has_balances(content: bytes) -> bool:
    try:
        return bool(_ACCOUNT.decode(content).balances)
    except msgspec.DecodeError:
        return False
