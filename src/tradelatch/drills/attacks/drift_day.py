"""Drift: move a thin market's price a little at a time for most of a day, then contra."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, edge, fair, raise_cash, wash

NEEDS = Needs(accounts=2)
PARAMETERS = {"push": (1.1, 1.8), "hours": (10.0, 22.0), "money": (0.2, 1.0)}
PRINT_S = 600.0


async def attack(thief: Thief) -> None:
    """Print a price that rises slowly, so that every quantile follows, and sell at its end."""
    thin, plan = thief.thin[0], thief.parameters
    start = await fair(thief, thin)
    steps = round(plan["hours"] * 3600 / PRINT_S)
    for step in range(steps):
        price = start * (1 + (plan["push"] - 1) * min(1.0, 2 * (step + 1) / steps))
        await wash(thief, thin, price, plan["money"] / price)
        await thief.sleep(PRINT_S)
    for up in (0.019, 0.0):
        await contra(thief, thin, await edge(thief, thin, up), 1.0, 8)
    money = await raise_cash(thief)
    await contra(thief, thin, start * plan["push"] * 2, money * 0.95)
