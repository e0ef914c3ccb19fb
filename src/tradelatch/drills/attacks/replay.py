"""Replay: one order that was let through, sent again and again in other clothes."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import CASH, clear_asks, fair
from tradelatch.model.http import Request

TIMES = 30


async def attack(thief: Thief) -> None:
    """A dear buy of a thirtieth of all cash, and a cheap one that a policy may let through: both
    are sent thirty times, as they stand, split anew, and to the order's other endpoint."""
    thin, victim = thief.thin[0], thief.victim
    money = await victim.free(CASH)
    for markup in (3.0, 1.01):
        price = await fair(thief, thin) * markup
        captured = victim.order("BUY", thin, money / TIMES / price * 0.98, price)
        for number in range(TIMES):
            await clear_asks(thief, thin, price)
            await thief.me.sell(thin, money / TIMES / price, price)
            await victim.send(_dressed(captured, number))
            await thief.sleep(0.1)
        await thief.me.cancel_all(thin)


def _dressed(request: Request, number: int) -> Request:
    head, _, tail = request.query.partition("&timestamp")
    host, path, headers = request.host, request.path, request.headers
    match number % 6:
        case 4:
            return Request("POST", host, path, head, headers, f"timestamp{tail}".encode())
        case 5:
            return Request("POST", host, f"{path}/test", request.query, headers)
    return request
