"""Clients that speak Binance's own terms, as a session's client."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from session import BASE, QUOTE, Balances, Errors, Fill, Levels, Order

SYMBOL = f"{BASE}{QUOTE}"
STATES = {
    "NEW": "open",
    "PARTIALLY_FILLED": "open",
    "FILLED": "closed",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
}


class ByEndpoint:
    """A session's client, of whom it is known how it calls each endpoint."""

    insufficient_funds: Errors
    bad_filter: Errors
    unknown_order: Errors
    would_match: Errors

    async def call(self, endpoint: str, **parameters: Any) -> Any:
        """Call an endpoint, with Binance's names of parameters; the JSON that it answers."""
        raise NotImplementedError

    async def start(self) -> Iterable[str]:
        assert await self.call("GET ping") == {}
        assert (await self.call("GET time"))["serverTime"] > 1_700_000_000_000
        return [market["symbol"] for market in (await self.call("GET exchangeInfo"))["symbols"]]

    async def balances(self) -> Balances:
        found = {one["asset"]: one for one in (await self.call("GET account"))["balances"]}
        return {
            asset: (Decimal(found[asset]["free"]), Decimal(found[asset]["locked"]))
            for asset in (BASE, QUOTE)
        }

    async def book(self) -> tuple[Levels, Levels]:
        found = await self.call("GET depth", symbol=SYMBOL)
        return levels(found["bids"]), levels(found["asks"])

    async def place(
        self,
        kind: str,
        side: str,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        *,
        stop: Decimal | None = None,
        lasting: str | None = None,
        quote: Decimal | None = None,
    ) -> Order:
        wanted = {
            "quantity": quantity,
            "price": price,
            "stopPrice": stop,
            "timeInForce": lasting,
            "quoteOrderQty": quote,
        }
        parameters = {name: value for name, value in wanted.items() if value is not None}
        placed = await self.call(
            "POST order",
            symbol=SYMBOL,
            side=side,
            type=kind,
            newOrderRespType="FULL",
            **parameters,
        )
        return order_of(placed)

    async def oco(self, side: str, quantity: Decimal, above: Decimal, below: Decimal) -> list[str]:
        placed = await self.call(
            "POST orderList/oco",
            symbol=SYMBOL,
            side=side,
            quantity=quantity,
            aboveType="LIMIT_MAKER",
            abovePrice=above,
            belowType="STOP_LOSS",
            belowStopPrice=below,
        )
        return [str(order["orderId"]) for order in placed["orders"]]

    async def replace(self, order: Order, quantity: Decimal, price: Decimal) -> Order:
        replaced = await self.call(
            "POST order/cancelReplace",
            symbol=SYMBOL,
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            quantity=quantity,
            price=price,
            cancelOrderId=int(order.id),
            cancelReplaceMode="STOP_ON_FAILURE",
        )
        assert replaced["cancelResult"] == replaced["newOrderResult"] == "SUCCESS"
        return order_of(replaced["newOrderResponse"])

    async def cancel(self, number: str) -> Order:
        return order_of(await self.call("DELETE order", symbol=SYMBOL, orderId=int(number)))

    async def cancel_all(self) -> None:
        await self.call("DELETE openOrders", symbol=SYMBOL)

    async def order(self, number: str) -> Order:
        return order_of(await self.call("GET order", symbol=SYMBOL, orderId=int(number)))

    async def open_orders(self) -> list[Order]:
        return [order_of(one) for one in await self.call("GET openOrders", symbol=SYMBOL)]

    async def orders(self) -> list[Order]:
        return [order_of(one) for one in await self.call("GET allOrders", symbol=SYMBOL)]

    async def trades(self) -> list[Fill]:
        return [fill_of(one) for one in await self.call("GET myTrades", symbol=SYMBOL)]


def order_of(found: dict[str, Any]) -> Order:
    """An order."""
    return Order(
        str(found["orderId"]),
        STATES[found["status"]],
        Decimal(found["executedQty"]),
        Decimal(found["cummulativeQuoteQty"]),
        sum((Decimal(fill["commission"]) for fill in found.get("fills") or []), Decimal(0)),
    )


def fill_of(found: dict[str, Any]) -> Fill:
    """One of the account's trades."""
    return Fill(
        str(found["orderId"]),
        str(found["id"]),
        "BUY" if found["isBuyer"] else "SELL",
        Decimal(found["price"]),
        Decimal(found["qty"]),
        Decimal(found["quoteQty"]),
        Decimal(found["commission"]),
        found["commissionAsset"],
    )


def fill_told(report: dict[str, Any]) -> Fill:
    """What an `executionReport` about a trade tells."""
    return Fill(
        str(report["i"]),
        str(report["t"]),
        report["S"],
        Decimal(report["L"]),
        Decimal(report["l"]),
        Decimal(report["Y"]),
        Decimal(report["n"]),
        report["N"],
    )


def levels(found: list[list[str]]) -> Levels:
    """One side of a book."""
    return [(Decimal(price), Decimal(quantity)) for price, quantity in found]
