"""Two grants on two accounts of one owner: each has amounts of its own to take."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, clear_bids, coin, edge
from tradelatch.drills.client import Client

NEEDS = Needs(victims=2)
ROUNDS = 12


async def attack(thief: Thief) -> None:
    """The edges of the collar in both accounts: buys, exits and thin coins, by turns."""
    for number in range(ROUNDS):
        for victim in thief.victims:
            await _buy(thief, victim, thief.deep, 0.0098, 3.0)
            await _exit(thief, victim)
            thin = thief.thin[number % len(thief.thin)]
            money = min(3.0, await victim.free(CASH))
            await _buy(thief, victim, thin, 0.019 if number % 2 else 2.0, money)
        await thief.sleep(3)


async def _buy(thief: Thief, victim: Client, symbol: str, up: float, money: float) -> None:
    price = await edge(thief, symbol, up)
    await clear_asks(thief, symbol, price)
    await thief.me.sell(symbol, money / price, price)
    await victim.buy(symbol, money / price, price, timeInForce="IOC")
    await thief.me.cancel_all(symbol)


async def _exit(thief: Thief, victim: Client) -> None:
    deep = thief.deep
    price = await edge(thief, deep, -0.0098)
    held = min(4 / price, await victim.free(coin(deep)))
    await clear_bids(thief, deep, price)
    await thief.me.buy(deep, held, price)
    name = {"newClientOrderId": f"exit-{thief.now_ms}"}
    await victim.sell(deep, held, price, timeInForce="IOC", **name)
    await thief.me.cancel_all(deep)
