"""Slow contra in thousands of slices, each too small to be noticed."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, contra, fair

PARAMETERS = {"markup": (1.2, 3.0), "pause": (1.0, 4.0)}
SLICES, AT_ONCE, FEW = 2_000, 40, 8


async def attack(thief: Thief) -> None:
    """Buy a little of his offers again and again; where that is refused, ever closer to fair."""
    thin, markup = thief.thin[0], thief.parameters["markup"]
    part = await thief.victim.free(CASH) / SLICES
    missed = 0
    for _ in range(SLICES // AT_ONCE):
        price = await fair(thief, thin) * markup
        if await contra(thief, thin, price, part * AT_ONCE, AT_ONCE):
            missed = 0
        else:
            missed, markup = missed + 1, 1 + (markup - 1) / 2
        if missed > FEW:
            break
        await thief.sleep(thief.parameters["pause"])
