"""Stop hunting: the victim's stop-losses are laid below the market, which is then pushed there."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, clear_bids, coin, fair, richest

NEEDS = Needs(steals=False)
PARAMETERS = {"below": (0.003, 0.2), "rounds": (1.0, 4.0), "wait": (0.0, 300.0)}


async def attack(thief: Thief) -> None:
    """As large as they are let in, each time; he buys what they sell, at their limits."""
    deep, plan, victim = thief.deep, thief.parameters, thief.victim
    await victim.cancel_all(deep)
    for _ in range(round(plan["rounds"])):
        stop = await fair(thief, deep) * (1 - plan["below"])
        limit = stop * 0.991
        tick = float(thief.markets[deep].tick)
        words = {"type": "STOP_LOSS_LIMIT", "stopPrice": f"{round(stop / tick) * tick:.8f}"}
        coins, laid = await victim.free(coin(deep)), 0.0
        while coins > 0.01:
            answer = await victim.sell(deep, coins, limit, **words)
            laid += coins if answer.ok else 0
            coins = min(await victim.free(coin(deep)), coins if answer.ok else coins / 2)
        await thief.sleep(plan["wait"])
        buyer = await richest(thief, CASH)
        await buyer.buy(deep, laid, limit)
        await clear_bids(thief, deep, limit)
        await thief.sleep(2)
        await buyer.cancel_all(deep)
        await victim.cancel_all(deep)
