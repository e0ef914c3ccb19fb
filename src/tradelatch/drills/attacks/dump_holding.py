"""Dump a holding: the victim sells his liquid coin into bids of the thief's, far below."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import coin, dump, fair

DOWN = (0.82, 0.95, 0.985, 0.9905, 0.995)
"""The first is what the venue's band just lets through."""


async def attack(thief: Thief) -> None:
    """Sell into all bids that stand before his own, then let the victim sell; as exits too."""
    deep = thief.deep
    middle = await fair(thief, deep)
    await thief.victim.cancel_all(deep)
    for down in DOWN:
        for mark in ("", "exit-"):
            held = await thief.victim.free(coin(deep))
            await dump(thief, deep, middle * down, held * 0.99, 4, mark)
            await thief.sleep(5)
            middle = await fair(thief, deep)
