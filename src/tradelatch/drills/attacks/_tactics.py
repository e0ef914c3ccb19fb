"""What the attackers have in common: moves that most thefts are put together from."""

import statistics

from tradelatch.drills.attack import Thief
from tradelatch.drills.client import Client

CASH = "BTC"


def coin(symbol: str) -> str:
    """The base asset."""
    return symbol.split("/")[0]


async def fair(thief: Thief, symbol: str) -> float:
    """About what the others trade at: the middle of a book with both sides there."""
    while True:
        ticker = await thief.ticker(symbol)
        if ticker.bid and ticker.ask:
            return ticker.middle
        await thief.sleep(1)


async def edge(thief: Thief, symbol: str, fraction: float) -> float:
    """A price so far from what a guard would go by (the median of the last five traded minutes):
    above it with a fraction above zero, below it with one below."""
    name = symbol.replace("/", "")
    bars = await thief.read("/api/v3/klines", symbol=name, interval="1m", limit="60")
    prices = [float(bar[7]) / float(bar[5]) for bar in bars if float(bar[5])][-5:]
    middle = statistics.median(prices) if prices else await fair(thief, symbol)
    return middle * (1 + fraction)


async def richest(thief: Thief, asset: str) -> Client:
    """Whichever of his accounts has most of an asset."""
    held = [await own.free(asset) for own in thief.own]
    return thief.own[held.index(max(held))]


async def raise_cash(thief: Thief) -> float:
    """Cancel the victim's orders and sell his liquid coin at market; the cash there is then."""
    await thief.victim.cancel_all(thief.deep)
    await thief.victim.sell(thief.deep, await thief.victim.free(coin(thief.deep)))
    return await thief.victim.free(CASH)


async def clear_asks(thief: Thief, symbol: str, price: float) -> float:
    """Buy all that is offered below a price, so that nobody else stands before him; how much
    that was."""
    asks = (await thief.book(symbol))["asks"]
    coins = sum(quantity for level, quantity in asks if level < price)
    buyer = await richest(thief, CASH)
    return (await buyer.buy(symbol, coins, price, timeInForce="IOC")).filled if coins else 0.0


async def clear_bids(thief: Thief, symbol: str, price: float) -> float:
    """Sell into all bids above a price; how much that was."""
    bids = (await thief.book(symbol))["bids"]
    coins = sum(quantity for level, quantity in bids if level > price)
    seller = await richest(thief, coin(symbol))
    return (await seller.sell(symbol, coins, price, timeInForce="IOC")).filled if coins else 0.0


async def contra(
    thief: Thief, symbol: str, price: float, money: float, parts: int = 10, **more: str
) -> float:
    """Clear the asks, rest offers of his own and let the victim buy them; what he spent."""
    await clear_asks(thief, symbol, price)
    seller = await richest(thief, coin(symbol))
    coins, few, spent = money / price, min(parts, 10), 0.0
    for _ in range(few):
        await seller.sell(symbol, coins / few, price)
    for _ in range(parts):
        spent += (await thief.victim.buy(symbol, coins / parts, price, **more)).money
    await seller.cancel_all(symbol)
    return spent


async def dump(
    thief: Thief, symbol: str, price: float, coins: float, parts: int = 4, mark: str = ""
) -> float:
    """Clear the bids, rest one of his own and let the victim sell into it; the coins that he
    sold. `mark` begins the client order ids, ``exit-`` for exits."""
    await clear_bids(thief, symbol, price)
    buyer, sold = await richest(thief, CASH), 0.0
    await buyer.buy(symbol, coins, price)
    for number in range(parts):
        name = {"newClientOrderId": f"{mark}{thief.now_ms}-{number}"} if mark else {}
        sold += (await thief.victim.sell(symbol, coins / parts, price, **name)).filled
    await buyer.cancel_all(symbol)
    return sold


async def wash(thief: Thief, symbol: str, price: float, coins: float) -> None:
    """Print a price off the market's: one of his accounts sells to another, over a cleared
    book. What he had to buy or sell for it goes back to the makers."""
    bought = await clear_asks(thief, symbol, price)
    sold = await clear_bids(thief, symbol, price)
    seller, buyer = await richest(thief, coin(symbol)), await richest(thief, CASH)
    await seller.sell(symbol, coins, price)
    if buyer is seller:  # nobody trades with himself to any effect
        buyer = next(own for own in thief.own if own is not seller)
    await buyer.buy(symbol, coins, price, timeInForce="IOC")
    await seller.cancel_all(symbol)
    if bought:
        await seller.sell(symbol, bought)
    if sold:
        await buyer.buy(symbol, sold)


async def hold(
    thief: Thief, symbol: str, price: float, seconds: float, money: float, pause: float = 10.0
) -> None:
    """Print a price again and again, so that it becomes the one that others go by."""
    for _ in range(max(1, round(seconds / pause))):
        await wash(thief, symbol, price, money / price)
        await thief.sleep(pause)
