"""Contra-trade burst: offers far above a thin market's price, and the victim buys them."""

from tradelatch.drills.attack import Needs, Thief

NEEDS = Needs()
PARAMETERS = {"markup": (1.5, 4.5)}


async def attack(thief: Thief) -> None:
    """Sell the victim's liquid coin, rest offers, and let the victim buy them all at once."""
    thin = thief.thin[0]
    await thief.victim.cancel_all(thief.deep)
    await thief.victim.sell(thief.deep, await thief.victim.free("ETH"))
    money = await thief.victim.free("BTC")
    price = (await thief.ticker(thin)).ask * thief.parameters["markup"]
    part = money * 0.99 / price / 10
    for _ in range(10):
        await thief.me.sell(thin, part, price)
    for _ in range(10):
        await thief.victim.buy(thin, part, price)
