"""Inflated volume: trade with himself over midnight, so that a thin market looks deep."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, edge, fair, raise_cash, wash

NEEDS = Needs(accounts=2)
PARAMETERS = {"money": (5.0, 40.0)}
HOURS, PRINT_S = 11, 600.0


async def attack(thief: Thief) -> None:
    """Ten times the market's own volume at its own price, into a new day; then sell his bag."""
    thin = thief.thin[0]
    for _ in range(round(HOURS * 3600 / PRINT_S)):
        price = await fair(thief, thin) * 1.001
        await wash(thief, thin, price, thief.parameters["money"] / price)
        await thief.sleep(PRINT_S)
    for up in (0.019, 0.0):
        await contra(thief, thin, await edge(thief, thin, up), 1.0, 8)
    money = await raise_cash(thief)
    await contra(thief, thin, await fair(thief, thin) * 4, money * 0.95)
