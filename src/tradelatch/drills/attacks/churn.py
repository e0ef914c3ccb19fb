"""Churn at the spread: buy and sell the liquid coin until fees and spreads have eaten all."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, coin, fair

PARAMETERS = {"share": (0.3, 0.95)}
ROUNDS, SMALLEST = 80, 0.02


async def attack(thief: Thief) -> None:
    """Market orders to and fro, smaller where they are refused; nobody gains but the exchange
    and its makers."""
    victim, deep, share = thief.victim, thief.deep, thief.parameters["share"]
    await victim.cancel_all(deep)
    for _ in range(ROUNDS):
        money = min(await victim.free(CASH), 25.0) * share
        bought = await victim.buy(deep, money / await fair(thief, deep))
        sold = await victim.sell(deep, await victim.free(coin(deep)) * share)
        if not bought.filled and not sold.filled:
            share /= 2
        if share < SMALLEST:
            break
        await thief.sleep(2)
