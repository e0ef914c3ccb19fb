"""Market orders into a pulled book: he buys up what is offered and stands there alone."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, fair, raise_cash

PARAMETERS = {"markup": (1.1, 4.0)}


async def attack(thief: Thief) -> None:
    """A market order takes whatever price there is; in a thin market, and in the deep one."""
    victim, markup = thief.victim, thief.parameters["markup"]
    await raise_cash(thief)
    for symbol, up in ((thief.thin[0], markup), (thief.deep, 1.15), (thief.deep, 1.0095)):
        for _ in range(3):
            price, money = await fair(thief, symbol) * up, await victim.free(CASH) * 0.3
            await clear_asks(thief, symbol, price)
            await thief.me.sell(symbol, 2 * money / price, price)
            await victim.buy(symbol, money / price)
            words = f"symbol={symbol.replace('/', '')}&side=BUY&type=MARKET"
            form = f"{words}&quoteOrderQty={money:.4f}"
            await victim.send(victim.sign("POST", "/api/v3/order", form))
            await thief.me.cancel_all(symbol)
            await thief.sleep(2)
