"""An old backup: the day's amounts are used up, and yesterday's journal is put back."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, contra, edge

NEEDS = Needs(host=True)
ROUNDS = 6


async def attack(thief: Thief) -> None:
    """Take what there is, restore the disk as it was before, and take it again."""
    thin, deep = thief.thin[0], thief.deep
    copy = thief.host.copy_disk()
    for _ in range(ROUNDS):
        for _ in range(6):
            await contra(thief, deep, await edge(thief, deep, 0.0098), 4.0, 2)
            await thief.sleep(2)
        for up in (0.019, 2.0):
            money = min(2.0, await thief.victim.free(CASH))
            await contra(thief, thin, await edge(thief, thin, up), money, 4)
        await thief.host.restore_disk(copy)
        await thief.sleep(5)
