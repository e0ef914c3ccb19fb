"""A thousand orders at the same moment, so that each is judged before the others count."""

import asyncio

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, coin, edge, richest

PARAMETERS = {"thin_up": (0.0, 0.019), "up": (0.003, 0.0098)}
WAVES, ORDERS, HIGH = 5, 100, 2.0


async def attack(thief: Thief) -> None:
    """Waves of bids that rest over cleared books, in a thin market and in the deep one; when
    all stand, he sells into all of them at once."""
    thin, deep, victim = thief.thin[0], thief.deep, thief.victim
    for wave in range(WAVES):
        part = await victim.free(CASH) / ORDERS * 0.48
        bids = {thin: HIGH if wave < 2 else thief.parameters["thin_up"]}
        bids[deep] = thief.parameters["up"]
        prices = {symbol: await edge(thief, symbol, up) for symbol, up in bids.items()}
        for symbol, price in prices.items():
            await clear_asks(thief, symbol, price * 1.0001)
        orders = [
            victim.buy(symbol, part / price, price)
            for _ in range(ORDERS)
            for symbol, price in prices.items()
        ]
        await asyncio.gather(*orders)
        for symbol, price in prices.items():
            seller = await richest(thief, coin(symbol))
            await seller.sell(symbol, part * ORDERS / price, price, timeInForce="IOC")
        await thief.sleep(2)
        await victim.cancel_all(thin)
        await victim.cancel_all(deep)
        await thief.sleep(2)
