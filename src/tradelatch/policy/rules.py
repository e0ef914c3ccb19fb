"""The rules. Each one looks at the case and answers yes or no, with the numbers it used.

There are positive rules only: an order goes out if every rule says yes, and a rule that lacks
an input says no.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from tradelatch.model.clock import SECOND
from tradelatch.model.money import plain
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.document import Depth
from tradelatch.policy.judged import Judged
from tradelatch.policy.limits import NotALimit, as_judged, as_limit, collar_price
from tradelatch.policy.references import is_deep
from tradelatch.policy.verdict import Answer, Case, LimitOrder, Verdict


def judge(case: Case) -> Verdict:
    """Ask every rule. Nothing is changed; an allowed order still has to be reserved."""
    try:
        order, shape = _shape(case)
        judged = None
        if order and case.rules and case.reference:
            judged = as_judged(case, order, case.rules, case.reference)
        answers = [rule(case) for rule in CASE_RULES] + [shape]
        if order and judged:
            answers += [rule(case, order, judged) for rule in ORDER_RULES]
        return Verdict(tuple(answers), order, judged)
    except (ArithmeticError, InvalidOperation):
        return Verdict((Answer("arithmetic", False, "the numbers are too large to judge"),))


# Rules about the case as a whole


def open_for_risk(case: Case) -> Answer:
    """New risk is taken at all: nothing is missing, full, stale or frozen."""
    if case.closed is None:
        return Answer("open_for_risk", False, "it is not known whether new risk may be taken")
    return Answer("open_for_risk", not case.closed, case.closed or "open for new orders")


def market(case: Case) -> Answer:
    """The policy lists the market and the exchange has it."""
    listed = ", ".join(case.policy.markets)
    if case.rules is None:
        says = f"{case.intent.symbol} is not in the policy, which lists {listed}"
        return Answer("market", False, says)
    if case.market is None:
        return Answer("market", False, f"the exchange lists no {case.intent.symbol}")
    return Answer("market", True, f"{case.intent.symbol} is listed as {case.rules.depth}")


def fresh_prices(case: Case) -> Answer:
    """There is a reference and it is young enough."""
    if case.reference is None:
        return Answer("fresh_prices", False, "there is no reference price for this market now")
    age = Decimal(case.reference.age_ns) / SECOND
    numbers = {"age_s": f"{age:.3f}", "limit_s": str(case.policy.max_age_s)}
    fresh = 0 <= age <= case.policy.max_age_s
    says = f"prices are {age:.1f} s old, {case.policy.max_age_s} s is the limit"
    return Answer("fresh_prices", fresh, says, numbers)


def depth(case: Case) -> Answer:
    """A market listed as deep is deep by its figures."""
    if case.rules is None or case.reference is None or case.value is None:
        return Answer("depth", False, "the market's or the account's figures are not known")
    if case.rules.depth is Depth.THIN:
        return Answer("depth", True, "listed as thin, what is bought counts as worth nothing")
    if case.is_exit:
        return Answer("depth", True, "an exit is let out of any market, it draws on E")
    figures = case.reference.figures
    numbers = {
        "adv": f"{figures.adv:.4f}",
        "sigma": f"{figures.sigma:.5f}",
        "half_spread": f"{figures.half_spread:.6f}",
        "account_value": f"{case.value:.8f}",
    }
    problem = is_deep(figures, case.value)
    says = f"listed as deep, but {problem}" if problem else "its figures agree that it is deep"
    return Answer("depth", not problem, says, numbers)


# Rules about the order as it would go out


def price_collar(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """The limit is no further from the reference than the collar, on the losing side."""
    if case.rules is None or case.reference is None:
        return Answer("price_collar", False, "there is no reference price")
    worst = collar_price(case, case.rules, case.reference)
    buying = judged.side is Side.BUY
    allowed = order.price <= worst if buying else order.price >= worst
    word, bound = ("buy", "at most") if buying else ("sell", "at least")
    says = f"the limit to {word} is {plain(order.price)}, {bound} {_short(worst)} is allowed"
    numbers = {
        "limit": plain(order.price),
        "collar": _short(worst),
        "reference": _short(case.reference.price),
        "present": _short(case.reference.present),
    }
    return Answer("price_collar", allowed, says, numbers)


def exit_holding(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """An exit sells no more than the ledger says is held."""
    if not judged.exit:
        return Answer("exit_holding", True, "not marked as an exit")
    held = case.accounts.held(judged.asset)
    says = f"{plain(order.quantity)} {judged.asset} are to be sold of {plain(held)} held"
    return Answer("exit_holding", order.quantity <= held, says)


def budget(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """B: the loss in deep assets, this order and all open ones included. Never refuses exits."""
    if judged.depth is Depth.THIN or judged.exit:
        return Answer("budget", True, "this order draws on another amount")
    return _amount_answer("budget", case, judged, case.policy.budget, lambda used: used.budget)


def allocation(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """X: the money that buys of thin assets may cost altogether."""
    if judged.depth is Depth.DEEP or judged.side is Side.SELL:
        return Answer("allocation", True, "this order buys nothing thin")
    limit = case.policy.allocation
    return _amount_answer("allocation", case, judged, limit, lambda used: used.allocation)


def exit_budget(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """E: what exits, and sells of thin assets held before, may cost."""
    if not judged.exit and not (judged.depth is Depth.THIN and judged.side is Side.SELL):
        return Answer("exit_budget", True, "not an exit")
    limit = case.policy.exit_budget
    return _amount_answer("exit_budget", case, judged, limit, lambda used: used.exit_budget)


CASE_RULES: tuple[Callable[[Case], Answer], ...] = (open_for_risk, market, fresh_prices, depth)
ORDER_RULES: tuple[Callable[[Case, LimitOrder, Judged], Answer], ...] = (
    price_collar,
    exit_holding,
    budget,
    allocation,
    exit_budget,
)


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
    says = f"goes out with the limit {plain(order.price)}, {order.time_in_force}"
    return order, Answer("limit_order", True, says)


def _amount_answer(
    rule: str, case: Case, judged: Judged, daily: Decimal, pick: Callable[[Used], Decimal]
) -> Answer:
    """Each window's amount holds with this order on top; the tightest one is told."""
    numbers = {}
    rooms = []
    all_before = case.accounts.used_by_window(case.now_ns)
    all_used = case.accounts.used_by_window(case.now_ns, judged)
    for window in Window:
        limit = daily * window.days_worth
        used, before = pick(all_used[window]), pick(all_before[window])
        numbers[window.name.lower()] = f"{_short(before)} -> {_short(used)} of {plain(limit)}"
        rooms.append((limit - used, window))
    room, tightest = min(rooms, key=lambda entry: entry[0])
    limit = daily * tightest.days_worth
    says = (
        f"with this order {_short(pick(all_used[tightest]))} of the {tightest.name.lower()}'s "
        f"{plain(limit)} {case.policy.unit} would be taken, "
        f"{_short(pick(all_before[tightest]))} are already"
    )
    return Answer(rule, room >= 0, says, numbers)


def _short(amount: Decimal) -> str:
    return plain(round(amount, 8))
