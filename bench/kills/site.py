"""A venue in a process of its own, its books, and somebody to trade with."""

import hashlib
import hmac
import time
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from tradelatch.drills.processes import Child
from tradelatch.model.orders import Side

TRADER, OTHER = "trader", "other"
QUOTE = "USDT"
PRICE = 100
_TURNOVER = 50_000_000


class Key(msgspec.Struct, frozen=True):
    """An API key."""

    key: str
    secret: str


class Placed(msgspec.Struct, frozen=True):
    """An order by the venue's books; quantities in base."""

    number: str
    client_id: str
    side: Side
    status: str
    price: Decimal
    quantity: Decimal
    executed: Decimal

    @property
    def names(self) -> frozenset[str]:
        """What either side calls it."""
        return frozenset((self.number, self.client_id))

    @property
    def is_open(self) -> bool:
        """More of it may be filled."""
        return self.status in ("NEW", "PARTIALLY_FILLED")


class Site:
    """One venue whose markets stand still, with the bot's account and another one."""

    def __init__(self, folder: Path, symbols: list[str]) -> None:
        self._folder = folder
        markets = (part for s in symbols for part in ("--market", f"{s},{PRICE},{_TURNOVER}"))
        arguments = ("-m", "tradelatch.venue", "--flat", "--directory", str(folder), *markets)
        folder.mkdir(parents=True)
        self._venue = Child("venue", arguments, folder)
        self._symbols = symbols

    async def start(self, quote: Decimal) -> None:
        """Start it; the bot's account has so much quote, and the other one enough of everything."""
        await self._venue.start()
        self.url = await self._venue.address()
        self._session = aiohttp.ClientSession()
        self.key = await self._open(TRADER, {QUOTE: str(quote)})
        assets = (QUOTE, *(symbol.split("/")[0] for symbol in self._symbols))
        self._other = await self._open(OTHER, dict.fromkeys(assets, "1000000"))
        for symbol in self._symbols:  # the first one to ask waits until the past is made
            await self._get("klines", symbol=_name(symbol), interval="1m", limit=1_000)

    async def stop(self) -> None:
        """End it."""
        if hasattr(self, "_session"):
            await self._session.close()
        await self._venue.stop()

    async def orders(self, symbol: str) -> list[Placed]:
        """All orders of the bot's account in one market."""
        rows = await self._signed(self.key, "GET", "allOrders", symbol=_name(symbol))
        return [
            Placed(
                str(row["orderId"]),
                row["clientOrderId"],
                Side(row["side"]),
                row["status"],
                Decimal(row["price"]),
                Decimal(row["origQty"]),
                Decimal(row["executedQty"]),
            )
            for row in rows
        ]

    async def holding(self, asset: str) -> Decimal:
        """What the bot's account has of an asset."""
        found = await self._signed(self.key, "GET", "account")
        rows = (row for row in found["balances"] if row["asset"] == asset)
        return sum((Decimal(row["free"]) + Decimal(row["locked"]) for row in rows), Decimal(0))

    async def best(self, symbol: str) -> tuple[Decimal, Decimal]:
        """The best bid and the best ask."""
        top = await self._get("ticker/bookTicker", symbol=_name(symbol))
        return Decimal(top["bidPrice"]), Decimal(top["askPrice"])

    async def steps(self, symbol: str) -> tuple[Decimal, Decimal]:
        """The tick (quote) and the lot (base)."""
        found = await self._get("exchangeInfo", symbol=_name(symbol))
        filters = {entry["filterType"]: entry for entry in found["symbols"][0]["filters"]}
        tick, lot = filters["PRICE_FILTER"]["tickSize"], filters["LOT_SIZE"]["stepSize"]
        return Decimal(tick), Decimal(lot)

    async def fill(self, symbol: str, order: Placed, quantity: Decimal) -> None:
        """Have somebody else take so much of an order, which is the best of its side."""
        _, lot = await self.steps(symbol)
        side = Side.SELL if order.side is Side.BUY else Side.BUY
        form = {"side": side, "type": "LIMIT", "timeInForce": "IOC", "price": str(order.price)}
        form["quantity"] = str((quantity / lot).to_integral_value(ROUND_DOWN) * lot)
        await self._signed(self._other, "POST", "order", symbol=_name(symbol), **form)

    async def _open(self, account: str, balances: dict[str, str]) -> Key:
        token = (self._folder / "admin.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        for path, body in (
            ("accounts", {"account": account, "balances": balances}),
            ("keys", {"account": account, "rights": ["read", "trade"]}),
        ):
            url = f"{self.url}/admin/{path}"
            async with self._session.post(url, json=body, headers=headers) as answer:
                answer.raise_for_status()
                made = await answer.read()
        return msgspec.json.decode(made, type=Key)

    async def _get(self, path: str, **form: object) -> Any:
        url = f"{self.url}/api/v3/{path}?{urlencode(form)}"
        async with self._session.get(url) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def _signed(self, key: Key, method: str, path: str, **form: object) -> Any:
        url = f"{self.url}/api/v3/{path}?{signed(key, form)}"
        headers = {"X-MBX-APIKEY": key.key}
        async with self._session.request(method, url, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()


def signed(key: Key, form: dict[str, object]) -> str:
    """A query with the present time and its signature."""
    query = urlencode({**form, "timestamp": time.time_ns() // 1_000_000})
    signature = hmac.new(key.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    return f"{query}&signature={signature}"


def _name(symbol: str) -> str:
    return symbol.replace("/", "")
