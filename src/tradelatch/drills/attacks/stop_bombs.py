"""Stop orders as delayed bombs: they cost nothing until the thief sets them off."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, fair, raise_cash

NEEDS = Needs(accounts=2)


async def attack(thief: Thief) -> None:
    """The victim's stops wait above a thin market; he buys its asks, offers his own, and prints
    a price that triggers all."""
    thin, victim = thief.thin[0], thief.victim
    name = thin.replace("/", "")
    money = await raise_cash(thief)
    middle, tick = await fair(thief, thin), float(thief.markets[thin].tick)
    price = middle * 4
    coins = int(money * 0.18 / price)
    words = f"symbol={name}&side=BUY&quantity={coins}"
    for number in range(5):
        stop = f"stopPrice={(round(middle * 1.2 / tick) + number) * tick:.8f}"
        bomb = f"{words}&type=STOP_LOSS&{stop}"
        await victim.send(victim.sign("POST", "/api/v3/order", bomb))
        limit = f"timeInForce=GTC&price={round(price / tick) * tick:.8f}"
        bomb = f"{words}&type=STOP_LOSS_LIMIT&{stop}&{limit}"
        await victim.send(victim.sign("POST", "/api/v3/order", bomb))
    await clear_asks(thief, thin, price)
    await thief.me.sell(thin, money / price, price)
    await thief.own[-1].buy(thin, 0.02 / price, price)
    await thief.sleep(2)
    await victim.buy(thin, await victim.free(CASH) * 0.5 / price, price)
