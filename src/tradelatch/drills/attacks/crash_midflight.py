"""Crashes in mid-flight: the signer is killed over its orders, so that it may forget them."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, contra, edge, richest

NEEDS = Needs(host=True)
PARAMETERS = {"size": (1.0, 6.0)}
ROUNDS = 16


async def attack(thief: Thief) -> None:
    """Each time before the order left or when it was taken; then the same order once more."""
    deep, thin, size = thief.deep, thief.thin[0], thief.parameters["size"]
    for number in range(ROUNDS):
        price = await edge(thief, deep, 0.0098)
        await clear_asks(thief, deep, price)
        seller = await richest(thief, "ETH")
        await seller.sell(deep, 2 * size / price, price)
        for _ in range(2):
            thief.host.crash_on_next_order(after=number % 3 > 0)
            await thief.victim.buy(deep, size / price, price)
            await thief.sleep(2)  # until prices are known again
        await seller.cancel_all(deep)
        money = min(1.5, await thief.victim.free(CASH))
        await contra(thief, thin, await edge(thief, thin, (0.019, 2.0)[number % 2]), money, 2)
        if number % 4 == 3:
            await thief.host.crash()
        await thief.sleep(4)
