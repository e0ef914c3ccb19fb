"""The load generator: signs each request anew, sends it, checks the answer, notes the time."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Iterator
from decimal import Decimal

import aiohttp
import msgspec
from yarl import URL

from tradelatch.drills.script import Credentials

PLACE, READ = "place order", "read account"
_FORM = "application/x-www-form-urlencoded"


class Shot(msgspec.Struct, frozen=True):
    """What a round sent: seconds per answer, wrong answers, and how long it all took."""

    latencies: list[float]
    wrong: list[str]
    took: float


class _Order(msgspec.Struct):
    status: str


class _Account(msgspec.Struct):
    balances: list[msgspec.Raw]


_ORDER = msgspec.json.Decoder(_Order)
_ACCOUNT = msgspec.json.Decoder(_Account)


class Load:
    """A client of one target, which takes a venue's key or a grant in its place."""

    def __init__(self, credentials: Credentials, price: Decimal) -> None:
        """`price` is what orders to buy are limited to: nobody may sell at it."""
        self._to, self._price = credentials, price
        self._secret = credentials.secret.encode()
        self._headers = {"X-MBX-APIKEY": credentials.key}

    async def fire(self, operation: str, connections: int, seconds: float) -> Shot:
        """Keep `connections` busy for a time."""
        connector = aiohttp.TCPConnector(limit=connections)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
            shot = Shot([], [], 0)
            begun = time.perf_counter()
            end = begun + seconds
            numbers = itertools.count()
            await asyncio.gather(
                *(
                    self._keep_busy(session, operation, end, numbers, shot)
                    for _ in range(connections)
                )
            )
            return msgspec.structs.replace(shot, took=time.perf_counter() - begun)

    async def _keep_busy(
        self,
        session: aiohttp.ClientSession,
        operation: str,
        end: float,
        numbers: Iterator[int],
        shot: Shot,
    ) -> None:
        while time.perf_counter() < end:
            if operation == PLACE:
                method, url, body = "POST", f"{self._to.url}/api/v3/order", self._order(numbers)
            else:
                url = f"{self._to.url}/api/v3/account?{self._signed('')}"
                method, body = "GET", None
            sent = time.perf_counter()
            headers = {**self._headers, "Content-Type": _FORM} if body else self._headers
            target = URL(url, encoded=True)
            async with session.request(method, target, data=body, headers=headers) as answer:
                content = await answer.read()
            shot.latencies.append(time.perf_counter() - sent)
            if not _is_right(operation, answer.status, content):
                shot.wrong.append(f"{answer.status} {content[:200].decode(errors='replace')}")

    def _order(self, numbers: Iterator[int]) -> bytes:
        name = f"bench-{time.time_ns():x}-{next(numbers)}"
        terms = "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.05"
        return self._signed(f"{terms}&price={self._price}&newClientOrderId={name}&").encode()

    def _signed(self, form: str) -> str:
        form += f"timestamp={time.time_ns() // 1_000_000}"
        return f"{form}&signature={hmac.digest(self._secret, form.encode(), hashlib.sha256).hex()}"


def _is_right(operation: str, status: int, content: bytes) -> bool:
    if status != 200:
        return False
    try:
        if operation == PLACE:
            return _ORDER.decode(content).status == "EXPIRED"
        return bool(_ACCOUNT.decode(content).balances)
    except msgspec.DecodeError:
        return False
