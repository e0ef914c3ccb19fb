"""The control: a thief who holds everything and does nothing."""

from tradelatch.drills.attack import Needs, Thief

NEEDS = Needs(steals=False)


async def attack(thief: Thief) -> None:
    """Wait."""
    await thief.sleep(60)
