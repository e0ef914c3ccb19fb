"""Contra-trade burst: offers far above a thin market's price, and the victim buys them."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import contra, fair, raise_cash

PARAMETERS = {"markup": (1.5, 4.5)}


async def attack(thief: Thief) -> None:
    """What was done in 2022, as fast as it goes."""
    thin = thief.thin[0]
    money = await raise_cash(thief)
    await contra(thief, thin, await fair(thief, thin) * thief.parameters["markup"], money * 0.99)
