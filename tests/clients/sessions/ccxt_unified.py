"""ccxt's unified interface as a session's client, whether it is awaited or not."""

import inspect
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import ccxt
from session import BASE, KEY, QUOTE, SECRET, SOCKETS, UNIT, VENUE, Balances, Fill, Levels, Order

SYMBOL = f"{BASE}/{QUOTE}"


def settings(key: str = KEY, secret: str = SECRET) -> dict[str, Any]:
    """What a ccxt client of Binance is given to trade at a venue. Its other addresses belong to
    kinds of markets that it does not ask for when it knows that it is to fetch spot alone."""
    return {
        "apiKey": key,
        "secret": secret,
        "enableRateLimit": False,  # a wait of ccxt's own between requests
        "options": {"fetchMarkets": {"types": ["spot"]}},
        "urls": {
            "api": {
                "public": f"{VENUE}/api/v3",
                "private": f"{VENUE}/api/v3",
                "sapi": f"{VENUE}/sapi/v1",
                "ws": {
                    "spot": f"{SOCKETS}/ws",
                    "ws-api": {"spot": f"{SOCKETS}/ws-api/v3"},
                },
            }
        },
    }


class Unified:
    """ccxt's sync, async or pro client."""

    insufficient_funds = ccxt.InsufficientFunds
    bad_filter = (ccxt.InvalidOrder, ccxt.BadRequest)
    unknown_order = ccxt.OrderNotFound
    would_match = ccxt.OrderImmediatelyFillable

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange

    async def call(self, name: str, *arguments: Any) -> Any:
        """Call a method of either kind."""
        answer = getattr(self.exchange, name)(*arguments)
        return await answer if inspect.isawaitable(answer) else answer

    async def start(self) -> Iterable[str]:
        markets = await self.call("load_markets")
        await self.call("fetch_time")
        assert (await self.call("fetch_status"))["status"] == "ok"
        return [market["id"] for market in markets.values()]

    async def balances(self) -> Balances:
        found = await self.call("fetch_balance")
        return {
            asset: (exact(found["free"][asset]), exact(found["used"][asset]))
            for asset in (BASE, QUOTE)
        }

    async def book(self) -> tuple[Levels, Levels]:
        found = await self.call("fetch_order_book", SYMBOL)
        return _levels(found["bids"]), _levels(found["asks"])

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
        wanted = {"stopPrice": stop, "timeInForce": lasting, "quoteOrderQty": quote}
        parameters = {name: _plain(value) for name, value in wanted.items() if value is not None}
        found = await self.call(
            "create_order", SYMBOL, kind, side.lower(), _plain(quantity), _plain(price), parameters
        )
        return order_of(found)

    async def oco(self, side: str, quantity: Decimal, above: Decimal, below: Decimal) -> list[str]:
        """ccxt has no unified call for it; the exchange's own is called through ccxt."""
        found = await self.call(
            "private_post_orderlist_oco",
            {
                "symbol": f"{BASE}{QUOTE}",
                "side": side,
                "quantity": str(quantity),
                "aboveType": "LIMIT_MAKER",
                "abovePrice": str(above),
                "belowType": "STOP_LOSS",
                "belowStopPrice": str(below),
            },
        )
        return [str(one["orderId"]) for one in found["orders"]]

    async def replace(self, order: Order, quantity: Decimal, price: Decimal) -> Order:
        found = await self.call(
            "edit_order", order.id, SYMBOL, "limit", "buy", float(quantity), float(price)
        )
        return order_of(found)

    async def cancel(self, number: str) -> Order:
        return order_of(await self.call("cancel_order", number, SYMBOL))

    async def cancel_all(self) -> None:
        await self.call("cancel_all_orders", SYMBOL)

    async def order(self, number: str) -> Order:
        return order_of(await self.call("fetch_order", number, SYMBOL))

    async def open_orders(self) -> list[Order]:
        return [order_of(one) for one in await self.call("fetch_open_orders", SYMBOL)]

    async def orders(self) -> list[Order]:
        return [order_of(one) for one in await self.call("fetch_orders", SYMBOL)]

    async def trades(self) -> list[Fill]:
        return [fill_of(one) for one in await self.call("fetch_my_trades", SYMBOL)]


def order_of(found: dict[str, Any]) -> Order:
    """One of ccxt's orders."""
    fee = (found.get("fee") or {}).get("cost")
    return Order(
        found["id"], found["status"], exact(found["filled"]), exact(found["cost"]), exact(fee)
    )


def fill_of(found: dict[str, Any]) -> Fill:
    """One of ccxt's trades of our own."""
    return Fill(
        found["order"],
        found["id"],
        found["side"].upper(),
        exact(found["price"]),
        exact(found["amount"]),
        exact(found["cost"]),
        exact(found["fee"]["cost"]),
        found["fee"]["currency"],
    )


def exact(number: float | None) -> Decimal:
    """ccxt hands out floats; eight decimals of them are the venue's own."""
    return Decimal(number or 0).quantize(UNIT)


def _levels(found: list[list[float]]) -> Levels:
    return [(exact(level[0]), exact(level[1])) for level in found]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
