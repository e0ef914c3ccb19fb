"""Wash-pump: trade with himself until the reference has moved, then contra at the new price."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, edge, fair, hold, raise_cash

NEEDS = Needs(accounts=2)
PARAMETERS = {"push": (1.05, 1.6), "minutes": (3.0, 50.0), "money": (0.5, 4.0)}


async def attack(thief: Thief) -> None:
    """Push, and sell to the victim at what now looks fair; then try the old way."""
    thin, plan = thief.thin[0], thief.parameters
    pushed = await fair(thief, thin) * plan["push"]
    await hold(thief, thin, pushed, plan["minutes"] * 60, plan["money"])
    for up in (0.019, 0.0):
        await contra(thief, thin, await edge(thief, thin, up), 1.0, 8)
    money = await raise_cash(thief)
    await contra(thief, thin, pushed * 1.5, money * 0.95)
