"""An exchange in a few lines: it knows the orders it got, and answers what the courier asks."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tradelatch.exchanges.claims import Sent
from tradelatch.model.clock import MS, ManualClock
from tradelatch.model.http import Request, Response
from tradelatch.model.money import plain


class Standing(msgspec.Struct):
    """One order as the exchange has it."""

    number: int
    client_id: str
    status: str = "NEW"
    fills: list[tuple[int, Decimal]] = []
    """Trade ids and quantities."""
    created_ms: int = 9_999_999_999_999
    """When the exchange took it: after whatever was signed, unless a test says otherwise."""

    @property
    def executed(self) -> Decimal:
        """What was filled of it."""
        return sum((quantity for _, quantity in self.fills), Decimal(0))

    def row(self, *, full: bool = False) -> dict[str, Any]:
        """The order as an answer's row; with its fills if it is the answer to placing it."""
        row = {
            "symbol": "ETHBTC",
            "orderId": self.number,
            "clientOrderId": self.client_id,
            "status": self.status,
            "executedQty": plain(self.executed),
            "time": self.created_ms,
        }
        if full:
            row["fills"] = [
                {**_trade(quantity), "tradeId": number} for number, quantity in self.fills
            ]
        return row


class Exchange:
    """Answers as Binance does, by `clock`."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.orders: dict[str, Standing] = {}
        self.asked: list[Request] = []
        self.clock_ahead_ms = 0
        self.tells_time = True
        self.balances: dict[str, str] = {}
        """What the account holds; nothing is said of it while it is empty."""

    async def send(self, request: Request) -> Sent:
        """What the courier does."""
        self.asked.append(request)
        form = {key: values[0] for key, values in parse_qs(request.query).items()}
        status, answer = self._answer(request.path.rpartition("/")[2], form)
        if status == 0:
            return Sent(1, was_sent=False, error="away")
        return Sent(1, Response(status, msgspec.json.encode(answer)))

    def _answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        match path:
            case "time" if self.tells_time:
                return 200, {"serverTime": self._clock.now_ns() // MS + self.clock_ahead_ms}
            case "allOrders":
                return 200, [order.row() for order in self.orders.values()]
            case "openOrders":
                is_open = ("NEW", "PARTIALLY_FILLED")
                return 200, [o.row() for o in self.orders.values() if o.status in is_open]
            case "order" if order := self.orders.get(form["origClientOrderId"]):
                return 200, order.row()
            case "order":
                return 400, {"code": -2013, "msg": "Order does not exist."}
            case "account" if self.balances:
                held = self.balances.items()
                return 200, {"balances": [{"asset": a, "free": n, "locked": "0"} for a, n in held]}
            case "myTrades":
                return 200, self._trades(int(form.get("fromId", 0)))
        return 0, None

    def _trades(self, first: int) -> list[dict[str, Any]]:
        rows = [
            {**_trade(quantity), "id": number, "orderId": order.number, "time": 0}
            for order in self.orders.values()
            for number, quantity in order.fills
            if number >= first
        ]
        return sorted(rows, key=lambda row: row["id"])


def _trade(quantity: Decimal) -> dict[str, Any]:
    amounts = {"price": "0.07", "qty": plain(quantity), "isBuyer": True}
    return {**amounts, "commission": "0", "commissionAsset": "BTC"}
