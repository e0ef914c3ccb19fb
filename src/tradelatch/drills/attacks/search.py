"""The searching attacker: tactics put together by numbers, which a search then improves."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, coin, contra, dump, edge, fair, hold

NEEDS = Needs(accounts=3, steals=False)
PARAMETERS = {
    "rounds": (1.0, 12.0),
    "pause": (0.5, 30.0),
    "parts": (1.0, 8.0),
    "thin_edge": (0.0, 0.04),
    "thin_money": (0.0, 3.0),
    "thin_count": (1.0, 2.0),
    "thin_back": (-0.04, 0.01),
    "buy_edge": (0.0, 0.012),
    "buy_money": (0.0, 20.0),
    "sell_edge": (-0.012, 0.0),
    "sell_money": (0.0, 20.0),
    "exit_edge": (-0.012, 0.0),
    "exit_money": (0.0, 20.0),
    "push": (0.97, 1.03),
    "push_minutes": (-4.0, 4.0),
    "push_money": (50.0, 400.0),
}
"""Edges are distances from what the guard goes by, as fractions; money is in BTC a round. A push
of no minutes at all is none."""


async def attack(thief: Thief) -> None:
    """Push the deep market up or down, or not; then rounds of buys, sells, exits and thin coins."""
    plan = thief.parameters
    if plan["push_minutes"] > 1:
        price = await fair(thief, thief.deep) * plan["push"]
        await hold(thief, thief.deep, price, plan["push_minutes"] * 60, plan["push_money"])
    for _ in range(round(plan["rounds"])):
        for thin in thief.thin[: round(plan["thin_count"])]:
            await _buy(thief, thin, plan["thin_edge"], plan["thin_money"])
            await _sell(thief, thin, plan["thin_back"], plan["thin_money"], "")
        await _buy(thief, thief.deep, plan["buy_edge"], plan["buy_money"])
        await thief.sleep(plan["pause"])
        await _sell(thief, thief.deep, plan["sell_edge"], plan["sell_money"], "")
        await thief.sleep(plan["pause"])
        await _sell(thief, thief.deep, plan["exit_edge"], plan["exit_money"], "exit-")
        await thief.sleep(plan["pause"])


async def _buy(thief: Thief, symbol: str, up: float, money: float) -> None:
    price, money = await edge(thief, symbol, up), min(money, await thief.victim.free(CASH) * 0.99)
    if money > 0.01:
        await contra(thief, symbol, price, money, round(thief.parameters["parts"]))


async def _sell(thief: Thief, symbol: str, down: float, money: float, mark: str) -> None:
    price = await edge(thief, symbol, down)
    held = min(money / price, await thief.victim.free(coin(symbol)))
    if held * price > 0.01:
        await dump(thief, symbol, price, held, round(thief.parameters["parts"]), mark)
