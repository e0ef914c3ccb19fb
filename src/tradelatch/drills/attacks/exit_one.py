"""Exit liquidity: unload a worthless bag on the victim, at a price that looks fair."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import contra, fair, raise_cash

PARAMETERS = {"above": (1.0, 1.019)}
PARTS = 50


async def attack(thief: Thief) -> None:
    """Offers at about the price of the day: no collar sees them, and nobody else would buy."""
    thin = thief.thin[0]
    money, missed = await raise_cash(thief), 0
    for _ in range(PARTS):
        price = await fair(thief, thin) * thief.parameters["above"]
        missed = 0 if await contra(thief, thin, price, money / PARTS, 2) else missed + 1
        if missed > 3:
            break
        await thief.sleep(3)
