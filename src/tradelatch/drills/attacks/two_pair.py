"""Two pairs: the victim buys the liquid coin at a fair price and sells it in another market."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, coin


async def attack(thief: Thief) -> None:
    """The other market is one in which only the thief bids, next to nothing."""
    victim, deep, cross = thief.victim, thief.deep, thief.cross
    await victim.cancel_all(deep)
    ask = (await thief.ticker(deep)).ask
    for _ in range(6):
        await victim.buy(deep, await victim.free(CASH) * 0.3 / ask, ask * 1.004)
        await thief.sleep(2)
    held = await victim.free(coin(deep))
    for _ in range(4):
        await thief.me.buy(cross, held / 4, 1.0)
        await victim.sell(cross, held / 4, 1.0)
        await victim.sell(cross, held / 4)
