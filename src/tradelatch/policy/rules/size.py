"""How much and how often: limits of single orders, of an hour and a day, and of what stands open.

Exits are held to the number of orders alone: a stop-loss has to be able to sell all there is.
"""

from decimal import Decimal

from tradelatch.policy.judged import Judged
from tradelatch.policy.verdict import Answer, Case, LimitOrder, short


def open_orders(case: Case) -> Answer:
    """There is room for one more open order."""
    most = case.policy.limits.open_orders
    if most is None:
        return Answer("open_orders", True, "not limited")
    count = case.accounts.open_count
    says = f"{count} orders stand open, {most} may"
    return Answer("open_orders", count < most, says)


def order_rate(case: Case) -> Answer:
    """There were not too many orders within the last minute."""
    most = case.policy.limits.orders_per_minute
    if most is None:
        return Answer("order_rate", True, "not limited")
    if case.activity is None:
        return Answer("order_rate", False, _UNKNOWN)
    count = case.activity.orders_per_minute(case.now_ns)
    return Answer("order_rate", count < most, f"{count} orders within a minute, {most} may be")


def order_size(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """The order is no larger than a single one may be."""
    return _within("order_size", case, judged, case.policy.limits.order, Decimal(0), "an order")


def hour_size(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """With this order, those of the last hour come to no more than they may."""
    before = case.activity.ordered_in_hour(case.now_ns) if case.activity else None
    return _within("hour_size", case, judged, case.policy.limits.hour, before, "an hour")


def day_size(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """With this order, those of the last day come to no more than they may."""
    before = case.activity.ordered_in_day(case.now_ns) if case.activity else None
    return _within("day_size", case, judged, case.policy.limits.day, before, "a day")


def turnover(case: Case, order: LimitOrder, judged: Judged) -> Answer:
    """With this order and all open ones filled, no more is traded in a day than may be."""
    before = None
    if case.activity:
        before = case.activity.traded_in_day(case.now_ns) + case.accounts.open_value
    return _within("turnover", case, judged, case.policy.limits.turnover, before, "a day's trades")


_UNKNOWN = "it is not known what was ordered before"


def _within(
    rule: str, case: Case, judged: Judged, most: Decimal | None, before: Decimal | None, what: str
) -> Answer:
    if most is None or judged.exit:
        return Answer(rule, True, "not limited")
    if before is None:
        return Answer(rule, False, _UNKNOWN)
    total = before + judged.value
    unit = case.policy.unit
    numbers = {"before": short(before), "with": short(total), "limit": short(most)}
    says = f"{what} may come to {short(most)} {unit}, with this order it is {short(total)}"
    return Answer(rule, total <= most, says, numbers)
