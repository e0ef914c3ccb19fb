"""Exit liquidity in fifty thin markets at once."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, fair, raise_cash

NEEDS = Needs(thin=50)
PARAMETERS = {"above": (1.0, 1.03)}


async def attack(thief: Thief) -> None:
    """A little of each, as if it were an index."""
    money = await raise_cash(thief)
    for number, thin in enumerate(thief.thin):
        above = thief.parameters["above"] if number % 5 else 1.5
        await contra(thief, thin, await fair(thief, thin) * above, money / 52, 4)
        await thief.sleep(1)
