"""What orders may lose: the three amounts B, X and E, and what an exit may sell."""

from collections.abc import Callable
from decimal import Decimal

from tradelatch.model.money import plain
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.document import Depth
from tradelatch.policy.judged import Judged
from tradelatch.policy.release import Release
from tradelatch.policy.verdict import Answer, Case, LimitOrder, short


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
    if case.release:
        return _released(case.release, order, judged, case.now_ns)
    if not judged.exit and not (judged.depth is Depth.THIN and judged.side is Side.SELL):
        return Answer("exit_budget", True, "not an exit")
    limit = case.policy.exit_budget
    return _amount_answer("exit_budget", case, judged, limit, lambda used: used.exit_budget)


def _released(release: Release, order: LimitOrder, judged: Judged, now_ns: int) -> Answer:
    """What the owner let out goes out as he signed it, and draws on E no more."""
    says = (
        f"the owner released {plain(release.quantity)} {release.symbol} at {plain(release.limit)} "
        f"or better; this order sells {plain(order.quantity)} at {plain(order.price)}"
    )
    covered = release.covers(judged.symbol, order.quantity, order.price, now_ns)
    return Answer("exit_budget", covered and judged.exit, says)


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
        numbers[window.name.lower()] = f"{short(before)} -> {short(used)} of {plain(limit)}"
        rooms.append((limit - used, window))
    room, tightest = min(rooms, key=lambda entry: entry[0])
    limit = daily * tightest.days_worth
    says = (
        f"with this order {short(pick(all_used[tightest]))} of the {tightest.name.lower()}'s "
        f"{plain(limit)} {case.policy.unit} would be taken, "
        f"{short(pick(all_before[tightest]))} are already"
    )
    return Answer(rule, room >= 0, says, numbers)
