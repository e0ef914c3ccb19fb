"""A thief's client: small, and raw enough for what no honest library would send."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Any, TypeAlias

import msgspec

from tradelatch.model.http import Request, Response
from tradelatch.model.markets import Market

Transport: TypeAlias = Callable[[Request], Awaitable[Response]]


class Answer(msgspec.Struct, frozen=True):
    """What came back: the HTTP status and the JSON in it (None if it was none)."""

    status: int
    data: Any

    @property
    def ok(self) -> bool:
        """It was done."""
        return self.status == 200

    @property
    def says(self) -> str:
        """The reason of a refusal; empty if it was done."""
        return "" if self.ok else str(_field(self.data, "msg") or self.data)

    @property
    def order(self) -> int:
        """The exchange's number of the order; 0 if there is none."""
        return int(_field(self.data, "orderId") or 0)

    @property
    def filled(self) -> float:
        """How much of an order was filled at once, in base."""
        return float(_field(self.data, "executedQty") or 0)

    @property
    def money(self) -> float:
        """What changed hands for it, in quote."""
        return float(_field(self.data, "cummulativeQuoteQty") or 0)


class Client:
    """One key id and secret, and where they are good: a grant at the gate, or a key at the venue.

    Prices and quantities are rounded to the market's steps.
    """

    def __init__(
        self,
        key: str,
        secret: str,
        host: str,
        send: Transport,
        markets: Mapping[str, Market],
        now_ms: Callable[[], int],
    ) -> None:
        self.key, self._secret = key, secret
        self._host, self._send, self._markets, self._now_ms = host, send, markets, now_ms

    # Raw

    def sign(self, method: str, path: str, words: str, body: str = "") -> Request:
        """A request with exactly these words (``a=1&b=2``), time stamp and signature put behind
        them."""
        words = f"{words}&timestamp={self._now_ms()}" if words else f"timestamp={self._now_ms()}"
        payload = f"{words}{body}".encode()
        signature = hmac.new(self._secret.encode(), payload, hashlib.sha256).hexdigest()
        query = f"{words}&signature={signature}"
        return Request(
            method, self._host, path, query, (("X-MBX-APIKEY", self.key),), body.encode()
        )

    async def send(self, request: Request) -> Answer:
        """Send a request as it stands, a second time if one likes."""
        response = await self._send(request)
        try:
            return Answer(response.status, msgspec.json.decode(response.body))
        except msgspec.DecodeError:
            return Answer(response.status, None)

    async def ask(self, method: str, path: str, **parameters: str) -> Answer:
        """Sign and send."""
        words = "&".join(f"{name}={value}" for name, value in parameters.items())
        return await self.send(self.sign(method, path, words))

    # Orders

    async def buy(self, symbol: str, quantity: float, price: float = 0, **more: str) -> Answer:
        """A limit order, or at market without a price."""
        return await self.place("BUY", symbol, quantity, price, **more)

    async def sell(self, symbol: str, quantity: float, price: float = 0, **more: str) -> Answer:
        """A limit order, or at market without a price."""
        return await self.place("SELL", symbol, quantity, price, **more)

    async def place(
        self, side: str, symbol: str, quantity: float, price: float = 0, **more: str
    ) -> Answer:
        """Place an order; `more` are Binance's own parameters."""
        return await self.send(self.order(side, symbol, quantity, price, **more))

    def order(
        self, side: str, symbol: str, quantity: float, price: float = 0, **more: str
    ) -> Request:
        """The signed request of an order, to be sent now or later."""
        words = {"symbol": symbol.replace("/", ""), "side": side, "type": "MARKET"}
        words["quantity"] = self._steps(symbol, "lot", quantity, ROUND_DOWN)
        if price:
            words |= {"type": "LIMIT", "timeInForce": "GTC"}
            words["price"] = self._steps(symbol, "tick", price, ROUND_HALF_EVEN)
        words |= more
        form = "&".join(f"{name}={value}" for name, value in words.items() if value)
        return self.sign("POST", "/api/v3/order", form)

    async def cancel(self, symbol: str, order: int) -> Answer:
        """Cancel one order."""
        name = symbol.replace("/", "")
        return await self.ask("DELETE", "/api/v3/order", symbol=name, orderId=str(order))

    async def cancel_all(self, symbol: str) -> Answer:
        """Cancel all orders of one market."""
        return await self.ask("DELETE", "/api/v3/openOrders", symbol=symbol.replace("/", ""))

    async def open_orders(self, symbol: str) -> list[dict[str, Any]]:
        """Orders that stand open in a market; none if that is refused."""
        answer = await self.ask("GET", "/api/v3/openOrders", symbol=symbol.replace("/", ""))
        return answer.data if answer.ok else []

    async def free(self, asset: str) -> float:
        """How much of an asset is free to be used; zero if that is refused."""
        answer = await self.ask("GET", "/api/v3/account")
        held = answer.data["balances"] if answer.ok else []
        return sum(float(entry["free"]) for entry in held if entry["asset"] == asset)

    def _steps(self, symbol: str, kind: str, value: float, rounding: str) -> str:
        step: Decimal = getattr(self._markets[symbol], kind)
        count = (Decimal(repr(max(value, 0.0))) / step).to_integral_value(rounding)
        return format(max(count, Decimal(1)) * step, "f")


def _field(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, dict) else None
