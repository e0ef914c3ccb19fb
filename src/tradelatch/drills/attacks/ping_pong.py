"""Ping-pong: the victim buys pumped, sells back at "fair", and buys again."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, coin, contra, dump, fair

NEEDS = Needs(accounts=2)
PARAMETERS = {"up": (1.005, 1.02), "down": (0.98, 0.995), "money": (0.5, 12.0)}
ROUNDS = 60


async def attack(thief: Thief) -> None:
    """To and fro in the deep market and in a thin one, at the edges of what is let through."""
    up, down, money = (thief.parameters[name] for name in ("up", "down", "money"))
    for number in range(ROUNDS):
        symbol = (thief.deep, thief.thin[0])[number % 2]
        middle = await fair(thief, symbol)
        stake = min(money, await thief.victim.free(CASH) * 0.9)
        spent = await contra(thief, symbol, middle * up, stake, 2)
        held = min(stake / middle, await thief.victim.free(coin(symbol)))
        sold = await dump(thief, symbol, middle * down, held * 0.999, 2) if held else 0.0
        if number > 4 and not spent and not sold:
            break
        await thief.sleep(5)
