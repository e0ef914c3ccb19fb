"""The rules. Each one looks at the case and answers yes or no, with the numbers it used.

There are positive rules only: an order goes out if every rule says yes, and a rule that lacks
an input says no.
"""

from collections.abc import Callable

from tradelatch.model.money import plain
from tradelatch.policy.judged import Judged
from tradelatch.policy.rules import amounts, permission, prices, size
from tradelatch.policy.shaping import NotALimit, as_judged, as_limit
from tradelatch.policy.verdict import Answer, Case, LimitOrder, Verdict

CASE_RULES: tuple[Callable[[Case], Answer], ...] = (
    permission.open_for_risk,
    permission.cancel_only,
    permission.source,
    permission.hours,
    permission.order_type,
    permission.market,
    prices.fresh_prices,
    prices.depth,
    size.open_orders,
    size.order_rate,
)
ORDER_RULES: tuple[Callable[[Case, LimitOrder, Judged], Answer], ...] = (
    prices.price_collar,
    size.order_size,
    size.hour_size,
    size.day_size,
    size.turnover,
    amounts.exit_holding,
    amounts.budget,
    amounts.allocation,
    amounts.exit_budget,
    amounts.house,
    amounts.house_exit_budget,
    amounts.signed_exposure,
)


def judge(case: Case) -> Verdict:
    """Ask every rule. Nothing is changed; an allowed order still has to be reserved.

    Whatever fails says no.
    """
    try:
        order, shape = _shape(case)
        judged = None
        if order and case.rules and case.reference:
            judged = as_judged(case, order, case.rules, case.reference)
            _ = judged.value, judged.exposure  # what recording it takes: numbers, or a no
        answers = [rule(case) for rule in CASE_RULES] + [shape]
        if order and judged:
            answers += [rule(case, order, judged) for rule in ORDER_RULES]
        return Verdict(tuple(answers), order, judged)
    except ArithmeticError:
        return Verdict((Answer("arithmetic", False, "the numbers are too large to judge"),))
    except Exception as error:
        says = f"an input is missing or of the wrong kind ({type(error).__name__})"
        return Verdict((Answer("inputs", False, says),))


def _shape(case: Case) -> tuple[LimitOrder | None, Answer]:
    """The order as a limit order, and the answer of the rule `limit_order`."""
    if case.market is None or case.rules is None or case.reference is None:
        return None, Answer("limit_order", False, "market or reference is missing")
    try:
        order = as_limit(case, case.market, case.rules, case.reference)
    except NotALimit as error:
        return None, Answer("limit_order", False, str(error))
    if order.price <= 0 or order.quantity <= 0:
        return None, Answer("limit_order", False, "price and quantity must be above zero")
    says = f"goes out with the limit {plain(order.price)}, {order.time_in_force or order.type}"
    if order.stop_price is not None:
        says += f", once the market trades at {plain(order.stop_price)}"
    return order, Answer("limit_order", True, says)
