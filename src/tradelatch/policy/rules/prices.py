"""What the order is judged by: fresh prices, a market as deep as it is said to be, the collar."""

from decimal import Decimal

from tradelatch.model.clock import SECOND
from tradelatch.model.money import ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import is_deep
from tradelatch.policy.shaping import collar_price
from tradelatch.policy.verdict import Answer, Case, LimitOrder, short


def fresh_prices(case: Case) -> Answer:
    """There is a reference and it is young enough."""
    if case.reference is None:
        return Answer("fresh_prices", False, "there is no reference price for this market now")
    if case.reference.side is not case.intent.side:
        return Answer("fresh_prices", False, "the reference price is not of this order's side")
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


def price_collar(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """The limit is no further from the reference than the collar, on the losing side."""
    if case.rules is None or case.reference is None:
        return Answer("price_collar", False, "there is no reference price")
    if case.rules.anchor is not None and case.reference.bound is None:
        return Answer("price_collar", False, "it is not known how far the anchor lets it go")
    worst = collar_price(case, case.rules, case.reference)
    buying = judged.side is Side.BUY
    allowed = order.price <= worst if buying else order.price >= worst
    word, bound = ("buy", "at most") if buying else ("sell", "at least")
    says = f"the limit to {word} is {plain(order.price)}, {bound} {short(worst)} is allowed"
    numbers = {
        "limit": plain(order.price),
        "collar": short(worst),
        "reference": short(case.reference.judging(case.is_exit)),
        "present": short(case.reference.present),
    }
    if case.reference.is_bounded and not case.is_exit:
        says += (
            f"; the market stands at {short(case.reference.price)}, further from the anchor of "
            f"{plain(case.rules.anchor or ZERO)} than it may: look at the market, then set an "
            f"anchor that is right in the policy"
        )
    return Answer("price_collar", allowed, says, numbers)
