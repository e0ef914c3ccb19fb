"""The order that would have passed: what is told to somebody whose order was refused."""

from collections.abc import Sequence

import msgspec

from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, round_down, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.rules import judge
from tradelatch.policy.shaping import collar_price
from tradelatch.policy.verdict import Case, LimitOrder, Verdict

_STEPS = 8
"""The quantity is found to a 256th of what was asked for."""


def alternative(cases: Sequence[Case], verdict: Verdict) -> LimitOrder | None:
    """The order nearest to the refused one that all rules of all cases allow: its limit within
    the collars, its quantity as large as may be; None where price and quantity cannot help."""
    wanted, market = verdict.order, cases[0].market
    if wanted is None or market is None:
        return None
    for case in cases:
        if case.rules is None or case.reference is None:
            return None
        inside = collar_price(case, case.rules, case.reference)
        if case.intent.side is Side.BUY:
            price = min(wanted.price, round_down(inside, market.step_at(inside)))
        else:
            price = max(wanted.price, round_up(inside, market.step_at(inside)))
        wanted = msgspec.structs.replace(wanted, price=price)
    found = wanted if _passes(cases, wanted) else _smaller(cases, market, wanted)
    if found is None or found.price * found.quantity < market.min_notional:
        return None
    return found


def _smaller(cases: Sequence[Case], market: Market, whole: LimitOrder) -> LimitOrder | None:
    """By bisection: whoever is allowed some quantity is allowed every smaller one."""
    found = None
    low, high = 0, 1 << _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        share = MONEY.divide(MONEY.multiply(whole.quantity, middle), 1 << _STEPS)
        order = msgspec.structs.replace(whole, quantity=round_down(share, market.lot))
        if _passes(cases, order):
            low, found = middle, order
        else:
            high = middle
    return found


def _passes(cases: Sequence[Case], order: LimitOrder) -> bool:
    intent = order.put_in(cases[0].intent)
    return judge(*(msgspec.structs.replace(case, intent=intent) for case in cases)).allowed
