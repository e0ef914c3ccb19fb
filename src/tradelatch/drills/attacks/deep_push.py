"""Deep excursion: push the deep market itself, and sell to the victim at the pushed price."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, edge, fair, hold

NEEDS = Needs(accounts=2)
PARAMETERS = {"push": (1.03, 1.06), "minutes": (4.0, 8.0), "money": (500.0, 1500.0)}


async def attack(thief: Thief) -> None:
    """Hold a price above fair until the reference has followed, with all the money it takes."""
    deep, plan = thief.deep, thief.parameters
    pushed = await fair(thief, deep) * plan["push"]
    await hold(thief, deep, pushed, plan["minutes"] * 60, plan["money"], 10)
    for _ in range(12):
        for price in (pushed, await edge(thief, deep, 0.0098)):
            await contra(thief, deep, min(pushed, price), 2.4, 2)
        await thief.sleep(1)
