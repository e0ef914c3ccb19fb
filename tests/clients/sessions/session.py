"""One whole trading session, the same for every client: what it asserts holds to the last unit.

It runs in a foreign client's environment, so it needs nothing but the standard library. A client
takes part by an adapter, a `Client`, that speaks the client's own language. The venue's fair
prices stand still, but its book lives: others trade, and what was taken comes back.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle
from typing import Protocol

VENUE = os.environ["TRADELATCH_VENUE"]
SOCKETS = VENUE.replace("http", "ws", 1)
KEY, SECRET = os.environ["TRADELATCH_KEY"], os.environ["TRADELATCH_SECRET"]
ED25519_KEY = os.environ.get("TRADELATCH_ED25519_KEY", "")
ED25519_PEM = os.environ.get("TRADELATCH_ED25519_PEM", "")
"""A second key of the same account, and the private key it is used with."""
LOGS_ON = os.environ.get("TRADELATCH_LOGS_ON", "") == "yes"
"""Whether a websocket can be logged on; a gate wants each call signed."""
NO_SUCH_KEY = "-2015" if LOGS_ON else "-2014"
"""A gate's code is one after which no client tries again."""

BASE, QUOTE = "ETH", "BTC"
FEE = Decimal("0.001")
TICK = Decimal("0.00001")
LOT = Decimal("0.0001")
UNIT = Decimal("0.00000001")
AT_FIRST = {BASE: Decimal(1_000), QUOTE: Decimal(1_000)}
PATIENCE = 20
"""Seconds to wait for what the venue does in its own time."""


@dataclass(frozen=True)
class Fill:
    """One execution of an order of ours; `value` is in the quote asset."""

    order: str
    id: str
    side: str
    price: Decimal
    quantity: Decimal
    value: Decimal
    fee: Decimal
    fee_asset: str


@dataclass(frozen=True)
class Order:
    """An order: `status` is open, closed, canceled or expired; `spent` is in the quote asset.
    Its `fee` is told only where it was filled while it was placed."""

    id: str
    status: str
    executed: Decimal
    spent: Decimal
    fee: Decimal


Errors = type[Exception] | tuple[type[Exception], ...]
Levels = list[tuple[Decimal, Decimal]]
Balances = dict[str, tuple[Decimal, Decimal]]


class Client(Protocol):
    """A foreign client, in the market ETH/BTC. Types, sides and times in force are Binance's."""

    insufficient_funds: Errors
    bad_filter: Errors
    unknown_order: Errors
    would_match: Errors

    async def start(self) -> Iterable[str]: ...
    async def balances(self) -> Balances: ...
    async def book(self) -> tuple[Levels, Levels]: ...
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
    ) -> Order: ...
    async def oco(
        self, side: str, quantity: Decimal, above: Decimal, below: Decimal
    ) -> list[str]: ...
    async def replace(self, order: Order, quantity: Decimal, price: Decimal) -> Order: ...
    async def cancel(self, number: str) -> Order: ...
    async def cancel_all(self) -> None: ...
    async def order(self, number: str) -> Order: ...
    async def open_orders(self) -> list[Order]: ...
    async def orders(self) -> list[Order]: ...
    async def trades(self) -> list[Fill]: ...


async def trade(client: Client) -> None:
    """From start-up to the reconciled end."""
    assert f"{BASE}{QUOTE}" in await client.start()
    assert await totals(client) == AT_FIRST
    await market_orders(client)
    await resting_orders(client)
    await fleeting_orders(client)
    await makers(client)
    await replacing(client)
    await lists(client)
    await stops(client)
    await refusals(client)
    await reconcile(client)


async def market_orders(client: Client) -> None:
    """By quantity and by value, and the balances move by exactly what was filled."""
    bought = await client.place("MARKET", "BUY", Decimal(2))
    assert (bought.status, bought.executed) == ("closed", 2)
    assert abs(bought.fee - 2 * FEE) < UNIT
    await settled(client, bought)
    worth = Decimal("0.1")
    sold = await client.place("MARKET", "SELL", quote=worth)
    assert sold.status == "closed"
    # At the gate the quantity is reckoned by a book that was seen a moment before.
    assert abs(sold.spent - worth) < worth / 1_000
    assert abs(sold.fee - sold.spent * FEE) < UNIT
    await settled(client, sold)


async def settled(client: Client, order: Order) -> None:
    """An order's fills add up to what it says, and cost the fee that is due."""
    fills = [fill for fill in await client.trades() if fill.order == order.id]
    assert sum(fill.quantity for fill in fills) == order.executed
    assert sum(fill.value for fill in fills) == order.spent
    for fill in fills:
        assert abs(fill.value - fill.price * fill.quantity) < UNIT
        received = fill.quantity if fill.side == "BUY" else fill.value
        assert fill.fee_asset == (BASE if fill.side == "BUY" else QUOTE)
        assert abs(fill.fee - received * FEE) < UNIT
    await balanced(client)


async def balanced(client: Client) -> None:
    """What the account has is what it began with and all its fills."""
    fills = await client.trades()
    expected = dict(AT_FIRST)
    for fill in fills:
        sign = 1 if fill.side == "BUY" else -1
        expected[BASE] += sign * fill.quantity
        expected[QUOTE] -= sign * fill.value
        expected[fill.fee_asset] -= fill.fee
    assert await totals(client) == expected
    assert len({fill.id for fill in fills}) == len(fills)


async def totals(client: Client) -> dict[str, Decimal]:
    balances = await client.balances()
    return {asset: sum(balances[asset], Decimal(0)) for asset in AT_FIRST}


async def resting_orders(client: Client) -> None:
    """An order that rests locks its value, and gives it back."""
    bids, asks = await client.book()
    buy = await client.place("LIMIT", "BUY", Decimal("1.5"), away(bids), lasting="GTC")
    sell = await client.place("LIMIT", "SELL", Decimal(3), away(asks), lasting="GTC")
    assert (buy.status, sell.status) == ("open", "open")
    assert await locked(client) == (Decimal(3), Decimal("1.5") * away(bids))
    assert {order.id for order in await client.open_orders()} == {buy.id, sell.id}
    assert (await client.cancel(buy.id)).status == "canceled"
    assert await locked(client) == (Decimal(3), 0)
    await client.cancel_all()
    assert await client.open_orders() == []
    assert await locked(client) == (0, 0)
    assert [(await client.order(one.id)).status for one in (buy, sell)] == ["canceled"] * 2


async def locked(client: Client) -> tuple[Decimal, Decimal]:
    balances = await client.balances()
    return balances[BASE][1], balances[QUOTE][1]


def away(levels: Levels) -> Decimal:
    """A price about 2 % behind the best, on the same side."""
    best, last = levels[0][0], levels[-1][0]
    factor = Decimal("0.98") if last < best else Decimal("1.02")
    return (best * factor).quantize(TICK)


async def fleeting_orders(client: Client) -> None:
    """Immediate or cancel, fill or kill: filled, in part, or not at all."""
    bids, asks = await client.book()
    missed = await client.place("LIMIT", "BUY", Decimal(1), away(bids), lasting="IOC")
    assert (missed.status, missed.executed) == ("expired", 0)
    killed = await client.place("LIMIT", "BUY", Decimal(900), asks[0][0], lasting="FOK")
    assert (killed.status, killed.executed) == ("expired", 0)
    filled = await client.place("LIMIT", "BUY", Decimal(1), asks[5][0], lasting="FOK")
    assert (filled.status, filled.executed) == ("closed", 1)
    await settled(client, filled)
    partly = await client.place("LIMIT", "SELL", Decimal(900), bids[1][0], lasting="IOC")
    assert partly.status == "expired"
    assert 0 < partly.executed < 900
    await settled(client, partly)


async def makers(client: Client) -> None:
    """A limit maker rests, or is refused where it would match."""
    bids, asks = await client.book()
    with refused(client.would_match, "immediately match"):
        await client.place("LIMIT_MAKER", "SELL", Decimal(1), away(bids))
    order = await client.place("LIMIT_MAKER", "SELL", Decimal(1), away(asks))
    assert order.status == "open"
    assert (await client.cancel(order.id)).status == "canceled"


async def replacing(client: Client) -> None:
    """Cancel one order and place another in its stead, in one request."""
    price = away((await client.book())[0])
    first = await client.place("LIMIT", "BUY", Decimal(1), price, lasting="GTC")
    second = await client.replace(first, Decimal(2), price - TICK)
    assert second.id != first.id
    assert (await client.order(first.id)).status == "canceled"
    assert [order.id for order in await client.open_orders()] == [second.id]
    assert await locked(client) == (0, 2 * (price - TICK))
    await client.cancel(second.id)


async def lists(client: Client) -> None:
    """One cancels the other: with one leg the other goes."""
    bids, asks = await client.book()
    legs = await client.oco("SELL", Decimal(1), away(asks), away(bids))
    assert {order.id for order in await client.open_orders()} == set(legs)
    assert await locked(client) == (1, 0)
    await client.cancel(legs[0])
    assert await client.open_orders() == []
    assert [(await client.order(leg)).status for leg in legs] == ["canceled"] * 2


async def stops(client: Client) -> None:
    """Orders of all conditional types, and a list, wait for the price to fall, and act on it."""
    bids, _ = await client.book()
    trigger, generous, one = bids[2][0], bids[0][0] * Decimal("1.01"), Decimal(1)
    generous = generous.quantize(TICK)
    deep = away(bids)
    waiting = [
        await client.place("STOP_LOSS", "SELL", one, stop=trigger),
        await client.place("STOP_LOSS_LIMIT", "SELL", one, deep, stop=trigger, lasting="GTC"),
        await client.place("TAKE_PROFIT", "BUY", one, stop=trigger),
        await client.place("TAKE_PROFIT_LIMIT", "BUY", one, generous, stop=trigger, lasting="GTC"),
    ]
    legs = await client.oco("SELL", one, generous, trigger)
    assert {order.status for order in waiting} == {"open"}
    assert len(await client.open_orders()) == 6
    assert (await client.balances())[BASE][1] == 3

    await press(client, trigger)
    for order in waiting:
        after = await client.order(order.id)
        assert (after.status, after.executed) == ("closed", one), after
        await settled(client, after)
    ends = sorted([(await client.order(leg)).status for leg in legs])
    assert ends == ["closed", "expired"]
    assert await locked(client) == (0, 0)


async def press(client: Client, price: Decimal) -> None:
    """Sell until the market trades at `price`, so that no order waits any more."""

    async def sold() -> bool:
        bids, _ = await client.book()
        above = sum((quantity for level, quantity in bids if level >= price), LOT)
        await client.place("LIMIT", "SELL", above, price, lasting="IOC")
        return await client.open_orders() == []

    await eventually(sold)


async def refusals(client: Client) -> None:
    """What is refused changes nothing."""
    before = await client.balances()
    price = away((await client.book())[0])
    with refused(client.insufficient_funds, "insufficient balance"):
        await client.place("LIMIT", "BUY", Decimal(20_000), price, lasting="GTC")
    with refused(client.bad_filter, "NOTIONAL"):
        await client.place("LIMIT", "BUY", LOT, price, lasting="GTC")
    with refused(client.bad_filter, "PERCENT_PRICE_BY_SIDE"):
        await client.place("LIMIT", "BUY", Decimal(1), Decimal("0.01"), lasting="GTC")
    with refused(client.unknown_order, "Unknown order"):
        await client.cancel("987654321")
    with refused(client.unknown_order, "Order does not exist"):
        await client.order("987654321")
    assert await client.balances() == before


async def reconcile(client: Client) -> None:
    """In the end nothing is open, and the history explains the balances."""
    assert await client.open_orders() == []
    orders = await client.orders()
    fills = await client.trades()
    for order in orders:
        mine = [fill for fill in fills if fill.order == order.id]
        assert sum(fill.quantity for fill in mine) == order.executed
    assert {fill.order for fill in fills} <= {order.id for order in orders}
    await balanced(client)


@asynccontextmanager
async def bustle(client: Client) -> AsyncIterator[None]:
    """Meanwhile the account trades, so that every stream has something to tell."""

    async def trading() -> None:
        for side in cycle(("BUY", "SELL")):
            await client.place("MARKET", side, Decimal("0.1"))
            await asyncio.sleep(0.2)

    task = asyncio.create_task(trading())
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        task.cancel()
        [end] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(end, asyncio.CancelledError), end


class refused:  # noqa: N801 - reads as pytest.raises does
    """The block raises the client's own error, with the venue's words in it."""

    def __init__(self, kinds: Errors, words: str) -> None:
        self._kinds, self._words = kinds, words

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        assert kind is not None, f"nothing was raised: {self._kinds} is due"
        assert issubclass(kind, self._kinds), f"{kind} is no {self._kinds}: {error}"
        assert self._words.lower() in str(error).lower(), error
        return True


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it holds, for as long as there is patience."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await asyncio.sleep(0.1)
