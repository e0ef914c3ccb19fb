"""What orders may lose: the three amounts B, X and E, of the account and of the house, what all
that was signed could have cost, and what an exit may sell."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tradelatch.model.money import plain
from tradelatch.policy.ceilings import ceilings, signed_ceiling
from tradelatch.policy.house import House
from tradelatch.policy.judged import Judged
from tradelatch.policy.release import Release
from tradelatch.policy.verdict import Answer, Case, LimitOrder, short
from tradelatch.policy.windows import WINDOWS, Used, Window


def exit_holding(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """An exit sells no more than the ledger says is held."""
    if not judged.exit:
        return Answer("exit_holding", True, "not marked as an exit")
    held = case.accounts.held(judged.asset, case.freed)
    says = f"{plain(order.quantity)} {judged.asset} are to be sold of {plain(held)} held"
    return Answer("exit_holding", order.quantity <= held, says)


def budget(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """B: the loss in deep assets, this order and all open ones included. Never refuses exits."""
    return _amount_answer("budget", case, judged)


def allocation(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """X: the money that buys of thin assets may cost altogether."""
    return _amount_answer("allocation", case, judged)


def exit_budget(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """E: what exits, and sells of thin assets held before, may cost."""
    if case.release:
        return _released("exit_budget", case.release, order, judged, case.now_ns)
    return _amount_answer("exit_budget", case, judged)


def house(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """B and X of the house: what the orders of all accounts may cost together."""
    if judged.draws_on == "exit_budget":
        return Answer("house", True, _OTHER)
    return _house_answer("house", case, judged)


def house_exit_budget(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """E of the house."""
    if judged.draws_on != "exit_budget":
        return Answer("house_exit_budget", True, _OTHER)
    if case.release:
        return _released("house_exit_budget", case.release, order, judged, case.now_ns)
    return _house_answer("house_exit_budget", case, judged)


def signed_exposure(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """What all orders signed in the window could have cost, each by itself and whatever was
    reported of them. Exits count in it and are never refused by it."""
    rule, amounts, activity = "signed_exposure", _ceilings(case), case.activity
    if activity is None or amounts is None:
        return Answer(rule, False, "it is not known what was signed before")
    if judged.exit:
        return Answer(rule, True, "an exit is never refused by this")
    before = {w: activity.signed_exposure(w, case.now_ns) for w in WINDOWS}
    after = {w: amount + judged.exposure for w, amount in before.items()}
    limits = {w: signed_ceiling(case.policy, w, amounts[w]) for w in WINDOWS}
    return _within(rule, case, lambda: before, after, limits)


def _released(
    rule: str, release: Release, order: LimitOrder, judged: Judged, now_ns: int
) -> Answer:
    """What the owner let out goes out as he signed it, and draws on E no more."""
    says = (
        f"the owner released {plain(release.quantity)} {release.symbol} at {plain(release.limit)} "
        f"or better; this order sells {plain(order.quantity)} at {plain(order.price)}"
    )
    covered = release.covers(judged.symbol, order.quantity, order.price, now_ns)
    return Answer(rule, covered and judged.exit, says)


_OTHER = "this order draws on another amount"
_UNKNOWN = "it is not known what the account was worth"


def _ceilings(case: Case) -> dict[Window, Used] | None:
    return ceilings(case.policy, case.worth, case.value, case.now_ns)


def _amount_answer(rule: str, case: Case, judged: Judged) -> Answer:
    if judged.draws_on != rule:
        return Answer(rule, True, _OTHER)
    amounts = _ceilings(case)
    if amounts is None:
        return Answer(rule, False, _UNKNOWN)
    after = case.accounts.used_by_window(case.now_ns, judged)

    def before() -> Mapping[Window, Decimal]:
        return _of(case.accounts.used_by_window(case.now_ns), rule)

    return _within(rule, case, before, _of(after, rule), _of(amounts, rule))


def _house_answer(rule: str, case: Case, judged: Judged) -> Answer:
    """Each of the house's limits holds, that of all markets and that of this one."""
    if case.house is None:
        return Answer(rule, False, "it is not known what the house allows")
    unit, symbol, drawn = case.policy.unit, case.intent.symbol, judged.draws_on
    answer = Answer(rule, True, "the house has set no limit")
    for change, market, limit in case.house.limits(unit, symbol):
        daily: Decimal | None = getattr(limit, drawn)
        if daily is None:
            continue
        if not case.house.is_member(unit, case.accounts):
            return Answer(rule, False, "the house does not count this account")
        whose = f"proposed in change {change}: the house" if change else "the house"
        answer = _house_within(rule, case, case.house, whose, market, daily, judged)
        if not answer.allowed:
            break
    return answer


def _house_within(
    rule: str,
    case: Case,
    house_: House,
    whose: str,
    market: str | None,
    daily: Decimal,
    judged: Judged,
) -> Answer:
    unit, drawn = case.policy.unit, judged.draws_on

    def before() -> Mapping[Window, Decimal]:
        return _of(house_.used(unit, market, case.now_ns), drawn)

    after = house_.used(unit, market, case.now_ns, case.accounts, judged)
    limits = {window: daily * window.days_worth for window in WINDOWS}
    told = f"{whose} in {market}: " if market else f"{whose}: "
    return _within(rule, case, before, _of(after, drawn), limits, told)


def _of(amounts: Mapping[Window, Used], name: str) -> dict[Window, Decimal]:
    return {window: getattr(used, name) for window, used in amounts.items()}


def _within(
    rule: str,
    case: Case,
    before: Callable[[], Mapping[Window, Decimal]],
    after: Mapping[Window, Decimal],
    limits: Mapping[Window, Decimal],
    whose: str = "",
) -> Answer:
    """Each window's amount holds with this order on top; the tightest one is told, and of a
    refused order what is taken without it, too."""
    tightest = min(WINDOWS, key=lambda window: limits[window] - after[window])
    told = {w.name.lower(): f"{short(after[w])} of {short(limits[w])}" for w in WINDOWS}
    says = (
        f"{whose}with this order {short(after[tightest])} of the {tightest.name.lower()}'s "
        f"{short(limits[tightest])} {case.policy.unit} would be taken"
    )
    if after[tightest] <= limits[tightest]:
        return Answer(rule, True, says, told)
    was = before()
    told = {w.name.lower(): f"{short(was[w])} -> {told[w.name.lower()]}" for w in WINDOWS}
    return Answer(rule, False, f"{says}, {short(was[tightest])} are already", told)
