"""What orders may lose: the three amounts B, X and E, and what an exit may sell."""

from collections.abc import Callable
from decimal import Decimal

from tradelatch.model.money import plain
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.document import Depth
from tradelatch.policy.judged import Judged
from tradelatch.policy.verdict import Answer, Case, LimitOrder, short

_NAMES = tuple(window.name.lower() for window in Window)


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


def _amount_answer(
    rule: str, case: Case, judged: Judged, daily: Decimal, pick: Callable[[Used], Decimal]
) -> Answer:
    """Each window's amount holds with this order on top; the tightest one is told, and of a
    refused order what is taken without it, too."""
    windows = case.accounts.used_by_window(case.now_ns, judged)
    used = [pick(each) for each in windows.values()]
    limits = [daily * window.days_worth for window in windows]
    rooms = [limit - taken for limit, taken in zip(limits, used, strict=True)]
    least = min(rooms)
    tightest = rooms.index(least)
    told = [f"{short(taken)} of {short(limit)}" for taken, limit in zip(used, limits, strict=True)]
    says = (
        f"with this order {short(used[tightest])} of the {_NAMES[tightest]}'s "
        f"{short(limits[tightest])} {case.policy.unit} would be taken"
    )
    if least >= 0:
        return Answer(rule, True, says, dict(zip(_NAMES, told, strict=True)))
    before = [short(pick(each)) for each in case.accounts.used_by_window(case.now_ns).values()]
    told = [f"{was} -> {now}" for was, now in zip(before, told, strict=True)]
    says += f", {before[tightest]} are already"
    return Answer(rule, False, says, dict(zip(_NAMES, told, strict=True)))
