"""A thousand orders at the same moment, so that each is judged before the others count."""

import asyncio

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, fair

PARAMETERS = {"above": (1.0, 1.02), "up": (1.003, 1.0099)}
WAVES, ORDERS = 5, 100


async def attack(thief: Thief) -> None:
    """Five waves, in a thin market and in the deep one; his own offers lie at their limits."""
    thin, deep = thief.thin[0], thief.deep
    money = await thief.victim.free(CASH)
    for wave in range(WAVES):
        high = await fair(thief, thin) * (3.0 if wave < 3 else thief.parameters["above"])
        up = await fair(thief, deep) * thief.parameters["up"]
        for symbol, price in ((thin, high), (deep, up)):
            await clear_asks(thief, symbol, price)
            await thief.me.sell(symbol, money / price, price)
        part = money / WAVES / ORDERS * 0.45
        orders = [thief.victim.buy(thin, part / high, high) for _ in range(ORDERS)]
        orders += [thief.victim.buy(deep, part / up, up) for _ in range(ORDERS)]
        await asyncio.gather(*orders)
        await thief.me.cancel_all(thin)
        await thief.me.cancel_all(deep)
        await thief.sleep(2)
