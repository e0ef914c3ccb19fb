"""A lying courier: filled orders are reported as rejected, so that their cost is forgotten."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import CASH, coin, contra, dump, edge
from tradelatch.model.http import Request, Response

NEEDS = Needs(courier=True)
REJECTED = Response(400, b'{"code":-2010,"msg":"Account has insufficient balance."}')
PARAMETERS = {"size": (2.0, 8.0)}
ROUNDS = 20


async def attack(thief: Thief) -> None:
    """To and fro at the collar's edges, and thin coins; the signer hears of no fill."""
    thin, deep, victim = thief.thin[0], thief.deep, thief.victim
    thief.courier.lie = _lie
    for number in range(ROUNDS):
        size = min(thief.parameters["size"], await victim.free(CASH) * 0.9)
        up = (0.019, 2.0)[number % 2]
        await contra(thief, thin, await edge(thief, thin, up), size / 8, 2)
        await contra(thief, deep, await edge(thief, deep, 0.0098), size * 0.8, 2)
        await thief.sleep(2)
        price = await edge(thief, deep, -0.0098)
        held = min(size / price, await victim.free(coin(deep)))
        await dump(thief, deep, price, held, 2)
        await thief.sleep(2)


def _lie(request: Request, response: Response) -> Response:
    return REJECTED if (request.method, request.path) == ("POST", "/api/v3/order") else response
