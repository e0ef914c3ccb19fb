"""Feed starvation: prices no longer reach the signer while the market is moved elsewhere."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, edge, fair, raise_cash
from tradelatch.model.http import Request, Response

NEEDS = Needs(courier=True)
PRICES = ("/api/v3/klines", "/api/v3/depth", "/api/v3/ticker/bookTicker")


async def attack(thief: Thief) -> None:
    """Whatever has a price in it is held back; orders go on, against prices of yesterday."""
    thin, deep = thief.thin[0], thief.deep
    thief.courier.lie = _held_back
    for wait in (1, 5, 15, 60):
        await thief.sleep(wait)
        await contra(thief, thin, await edge(thief, thin, 0.019), 0.5, 4)
        await contra(thief, deep, await edge(thief, deep, 0.0098), 4.0, 4)
    money = await raise_cash(thief)
    await contra(thief, thin, await fair(thief, thin) * 3, money * 0.9, 4)


def _held_back(request: Request, response: Response) -> Response | None:
    return None if request.path in PRICES else response
