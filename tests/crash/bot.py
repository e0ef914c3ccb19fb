"""A bot that signs as Binance's clients do, keeps at it, and remembers every answer it got."""

import asyncio
import hmac
import random
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from tradelatch.drills.script import Credentials

PRICE = 0.07
"""Where the deep market opens; `--flat` keeps it near there."""
_REFUSED = {-2010, -2011, -2013, -2038, -1021, -1013}
"""An order denied, a cancel or an amendment too late, too slow for the window, off the band."""
_AMEND = "order/amend/keepPriority"
_OUTAGE = {(503, -1001), (504, -1007)}


def signed(secret: str, form: dict[str, str]) -> str:
    """A form as Binance wants it signed, stamped with the present time."""
    query = urlencode({**form, "timestamp": str(time.time_ns() // 1_000_000)})
    return f"{query}&signature={hmac.new(secret.encode(), query.encode(), 'sha256').hexdigest()}"


class Tried(msgspec.Struct):
    """One request and what came of it; without a status, no answer came."""

    method: str
    client_id: str
    status: int = 0
    answer: Any = None

    @property
    def is_done(self) -> bool:
        """It was answered as carried out."""
        return self.status == 200

    @property
    def is_over_budget(self) -> bool:
        """It was denied because of what the orders before it cost or may cost."""
        return self.status == 400 and "budget:" in self.answer["msg"]


class Bot:
    """Rests orders, makes them smaller, takes, cancels; repeats some failed requests byte for
    byte."""

    def __init__(self, name: str, grant: Credentials, seed: str, size: float) -> None:
        self._name, self._grant, self._size = name, grant, size
        self._random = random.Random(seed)
        self._count = 0
        self._resting: dict[str, str] = {}
        """Quantities by name."""
        self.tried: list[Tried] = []
        self.problems: list[str] = []

    async def trade(self, going: asyncio.Event, stopped: asyncio.Event, idle: set[str]) -> None:
        """Trade while `going` is set, until `stopped` is; is in `idle` while it pauses."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while not stopped.is_set():
                if not going.is_set():
                    idle.add(self._name)
                    await going.wait()
                    idle.discard(self._name)
                    continue
                await self.one(session)
                await asyncio.sleep(self._random.uniform(0, 0.02))

    async def one(self, session: aiohttp.ClientSession) -> Tried:
        """One request, chosen at random, and perhaps the same once more if it failed."""
        choice = self._random.random()
        if len(self._resting) > 6 or (self._resting and choice < 0.2):
            name = self._random.choice(list(self._resting))
            del self._resting[name]
            return await self._send(session, "DELETE", name, {"origClientOrderId": name})
        if self._resting and choice < 0.3:
            name = self._random.choice(list(self._resting))
            quantity = f"{float(self._resting[name]) * 0.8:.4f}"
            self._resting[name] = quantity
            form = {"origClientOrderId": name, "newQty": quantity}
            return await self._send(session, "PUT", name, form, _AMEND)
        self._count += 1
        if choice < 0.55:
            name, form = f"{self._name}-{self._count}", self._rest()
            self._resting[name] = form["quantity"]
        else:
            mark = "exit-" if choice > 0.95 else ""
            name, form = f"{mark}{self._name}-{self._count}", self._take()
        form = {**form, "side": "SELL"} if name.startswith("exit-") else form
        return await self._send(session, "POST", name, {**form, "newClientOrderId": name})

    async def order(self, session: aiohttp.ClientSession, name: str, form: dict[str, str]) -> Tried:
        """One order, once."""
        query = signed(self._secret, {"symbol": "ETHBTC", **form})
        return await self._request(session, "POST", "order", name, query)

    async def cancel_all(self, session: aiohttp.ClientSession) -> Tried:
        """Cancel whatever rests."""
        self._resting.clear()
        form = {"symbol": "ETHBTC"}
        return await self._request(session, "DELETE", "openOrders", "", signed(self._secret, form))

    @property
    def _secret(self) -> str:
        return self._grant.secret

    def _rest(self) -> dict[str, str]:
        side = self._random.choice(("BUY", "SELL"))
        away = self._random.uniform(0.005, 0.02)
        price = PRICE * (1 - away if side == "BUY" else 1 + away)
        return self._limit(side, price, "GTC")

    def _take(self) -> dict[str, str]:
        side = self._random.choice(("BUY", "SELL"))
        if self._random.random() < 0.5:
            return {"side": side, "type": "MARKET", "quantity": f"{self._quantity():.4f}"}
        return self._limit(side, PRICE * (1.004 if side == "BUY" else 0.996), "IOC")

    def _limit(self, side: str, price: float, tif: str) -> dict[str, str]:
        return {
            "side": side,
            "type": "LIMIT",
            "timeInForce": tif,
            "price": f"{price:.5f}",
            "quantity": f"{self._quantity():.4f}",
        }

    def _quantity(self) -> float:
        return self._size * self._random.uniform(0.5, 1.5)

    async def _send(
        self,
        session: aiohttp.ClientSession,
        method: str,
        name: str,
        form: dict[str, str],
        path: str = "order",
    ) -> Tried:
        query = signed(self._secret, {"symbol": "ETHBTC", **form})
        tried = await self._request(session, method, path, name, query)
        if not tried.is_done and self._random.random() < 0.3:
            await self._request(session, method, path, name, query)
        return tried

    async def _request(
        self, session: aiohttp.ClientSession, method: str, path: str, name: str, query: str
    ) -> Tried:
        tried = Tried(method, name)
        self.tried.append(tried)
        url = f"{self._grant.url}/api/v3/{path}?{query}"
        headers = {"X-MBX-APIKEY": self._grant.key}
        try:
            async with session.request(method, url, headers=headers) as got:
                tried.status, body = got.status, await got.read()
        except aiohttp.ClientError:
            tried.status = 0
            return tried
        except TimeoutError:
            self.problems.append(f"{method} {name}: no answer at all")
            return tried
        try:
            tried.answer = msgspec.json.decode(body)
        except msgspec.DecodeError:
            self.problems.append(f"{method} {name}: {tried.status} {body[:200]!r}")
            return tried
        if (problem := _problem(tried)) is not None:
            self.problems.append(f"{method} {name}: {problem}")
        return tried


def _problem(tried: Tried) -> str | None:
    """Why an answer is not one that Binance would give."""
    if tried.is_done:
        return None
    answer = tried.answer
    if not isinstance(answer, dict) or answer.keys() != {"code", "msg"}:
        return f"{tried.status} {answer!r}"
    native = (tried.status, answer["code"]) in _OUTAGE
    denied = 400 <= tried.status < 500 and answer["code"] in _REFUSED
    says = answer["msg"]
    return None if (native or denied) and "Traceback" not in says else f"{tried.status} {answer!r}"
