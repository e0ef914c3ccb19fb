"""The rules. Each one looks at the case and answers yes or no, with the numbers it used.

There are positive rules only: an order goes out if every rule says yes, and a rule that lacks
an input says no.
"""

from collections.abc import Callable

import msgspec

from tradelatch.model.money import plain
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
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


def judge(case: Case, *beside: Case) -> Verdict:
    """Ask every rule of every case: one order under its policy, and under those that hold beside
    it. Nothing is changed; an allowed order still has to be reserved, as the first case has it.

    All judge the tightest limit that any of them gives the order. Whatever fails says no. Nothing
    is bought while they judge the market by different depths: what is bought is counted as the
    first has it, which the amounts of the others would not see.
    """
    cases = (case, *beside)
    verdicts = [_judge(one) for one in cases]
    orders = [verdict.order for verdict in verdicts if verdict.order]
    if len({order.price for order in orders}) > 1:
        tightest = min if case.intent.side is Side.BUY else max
        order = tightest(orders, key=lambda order: order.price)
        verdicts = [
            _judge(one, order) if verdict.order else verdict
            for one, verdict in zip(cases, verdicts, strict=True)
        ]
    first, *others = verdicts
    refusals = [answer for verdict in others for answer in verdict.refusals()]
    refusals += [answer for one in beside if (answer := _other_depth(case, one))]
    return msgspec.structs.replace(first, answers=(*first.answers, *refusals))


def _other_depth(case: Case, other: Case) -> Answer | None:
    """The refusal of a buy in a market that another policy judges by another depth; where one of
    them denies it, the rule `market` has refused."""
    if case.intent.side is Side.SELL or case.rules is None or other.rules is None:
        return None
    now, then = case.rules.depth, other.rules.depth
    if now is then or Depth.DENIED in (now, then):
        return None
    says = f"the market is {then} here and {now} in the policy in force: until one of them holds"
    return _told(other, Answer("depth", False, f"{says} alone, nothing is bought there"))


def _judge(case: Case, given: LimitOrder | None = None) -> Verdict:
    """The answers to the order as the case shapes it or, where it can be shaped, to one given."""
    try:
        if case.intent.unbounded:
            return Verdict((_told(case, permission.bounded(case.intent)),))
        order, shape = _shape(case, given)
        judged = None
        if order and case.rules and case.reference:
            judged = as_judged(case, order, case.rules, case.reference)
            _ = judged.value, judged.exposure  # what recording it takes: numbers, or a no
        answers = [rule(case) for rule in CASE_RULES] + [shape]
        if order and judged:
            answers += [rule(case, order, judged) for rule in ORDER_RULES]
        return Verdict(tuple(_told(case, answer) for answer in answers), order, judged)
    except ArithmeticError:
        failed = Answer("arithmetic", False, "the numbers are too large to judge")
    except Exception as error:
        says = f"an input is missing or of the wrong kind ({type(error).__name__})"
        failed = Answer("inputs", False, says)
    return Verdict((_told(case, failed),))


def _told(case: Case, answer: Answer) -> Answer:
    """An answer of a policy that is not in force says so."""
    if not case.change:
        return answer
    says = f"proposed in change {case.change}: {answer.says}"
    return msgspec.structs.replace(answer, says=says)


def _shape(case: Case, given: LimitOrder | None) -> tuple[LimitOrder | None, Answer]:
    """The order as a limit order, and the answer of the rule `limit_order`."""
    if case.market is None or case.rules is None or case.reference is None:
        return None, Answer("limit_order", False, "market or reference is missing")
    try:
        order = given or as_limit(case, case.market, case.rules, case.reference)
    except NotALimit as error:
        return None, Answer("limit_order", False, str(error))
    if order.price <= 0 or order.quantity <= 0:
        return None, Answer("limit_order", False, "price and quantity must be above zero")
    says = f"goes out with the limit {plain(order.price)}, {order.time_in_force or order.type}"
    if order.stop_price is not None:
        says += f", once the market trades at {plain(order.stop_price)}"
    return order, Answer("limit_order", True, says)
