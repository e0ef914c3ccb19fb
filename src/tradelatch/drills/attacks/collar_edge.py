"""Quote stuffing around the collar: hundreds of orders to find its edge, then trades on it."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import coin, contra, dump, fair

PARAMETERS = {"size": (1.0, 10.0)}
FAR, HALVINGS, ROUNDS = 0.18, 10, 10


async def attack(thief: Thief) -> None:
    """Probe buys and sells by halving, from far off to fair; then take the edges for all they
    give: buys, sells, and sells marked as exits."""
    deep, size = thief.deep, thief.parameters["size"]
    for _ in range(ROUNDS):
        up = await _edge(thief, "BUY")
        bought = await contra(thief, deep, await fair(thief, deep) * (1 + up), size, 4)
        await thief.sleep(2)
        down = await _edge(thief, "SELL")
        sold = 0.0
        for mark in ("", "exit-"):
            price = await fair(thief, deep) * (1 - down)
            held = min(size / price, await thief.victim.free(coin(deep)))
            sold += await dump(thief, deep, price, held, 4, mark)
            await thief.sleep(2)
        if not bought and not sold:
            break


async def _edge(thief: Thief, side: str) -> float:
    """The furthest from fair, as a fraction, at which an order is let through: tiny orders,
    cancelled at once."""
    near, far, deep = 0.0, FAR, thief.deep
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        price = await fair(thief, deep) * (1 + middle if side == "BUY" else 1 - middle)
        answer = await thief.victim.place(side, deep, 0.01, price)
        await thief.victim.cancel_all(deep)
        near, far = (middle, far) if answer.ok else (near, middle)
    return near * 0.98
