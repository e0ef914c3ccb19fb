"""What may be done at all, and how much and how often: every rule at its boundary."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.policy.test_rules import NOW, ONE, POLICY, case_of, limit, market_order, says
from tradelatch.model.clock import DAY, HOUR, MINUTE
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import OrderType, Side
from tradelatch.policy import rules
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import Limits, Policy
from tradelatch.policy.hours import DAYS, is_open, parse_span
from tradelatch.policy.judged import Judged

MONDAY_NS = 4 * DAY
"""1970-01-05."""


def with_policy(**changes: Any) -> Policy:
    return msgspec.structs.replace(POLICY, **changes)


def with_limits(**limits: Any) -> Policy:
    return with_policy(limits=Limits(**limits))


def an_exit(quantity: Decimal = ONE) -> PlaceOrder:
    return limit(Side.SELL, client_order_id="exit-1", quantity=quantity)


def judged_of(order: PlaceOrder) -> Judged:
    judged = rules.judge(case_of(order)).judged
    assert judged is not None
    return judged


def test_where_only_cancels_are_let_through_no_order_is() -> None:
    policy = with_policy(cancel_only=True)
    for intent in (limit(), an_exit()):
        assert "cancel_only" in says(rules.judge(case_of(intent, policy=policy)))


@pytest.mark.parametrize(
    ("source", "listed"),
    [("10.0.0.1", True), ("11.0.0.1", False), ("::1", False), ("", False), ("there", False)],
)
def test_the_address_has_to_be_listed(source: str, listed: bool) -> None:
    assert says(rules.judge(case_of(limit(), source=source))) == ([] if listed else ["source"])


def test_without_a_list_any_address_will_do() -> None:
    policy = with_policy(sources=())
    assert says(rules.judge(case_of(limit(), policy=policy, source="198.51.100.7"))) == []


@pytest.mark.parametrize(
    ("text", "moment", "covered"),
    [
        ("06:00-22:00", "mon 05:59", False),
        ("06:00-22:00", "mon 06:00", True),
        ("06:00-22:00", "sun 21:59", True),
        ("06:00-22:00", "mon 22:00", False),
        ("00:00-24:00", "wed 23:59", True),
        ("mon-fri 00:00-24:00", "sat 00:00", False),
        ("fri-mon 00:00-24:00", "sun 12:00", True),
        ("fri-mon 00:00-24:00", "tue 12:00", False),
        ("sat 22:00-04:00", "sat 21:59", False),
        ("sat 22:00-04:00", "sat 22:00", True),
        ("sat 22:00-04:00", "sun 03:59", True),
        ("sat 22:00-04:00", "sun 04:00", False),
        ("sat 22:00-04:00", "sat 03:00", False),
        ("sun 22:00-04:00", "mon 03:00", True),
        ("12:00-12:00", "mon 11:59", True),
    ],
)
def test_spans_of_hours(text: str, moment: str, covered: bool) -> None:
    day, time = moment.split()
    hour, minute = map(int, time.split(":"))
    now = MONDAY_NS + DAYS.index(day) * DAY + hour * HOUR + minute * MINUTE
    for week in (0, 52):
        assert is_open((parse_span(text),), now + week * 7 * DAY) is covered


@pytest.mark.parametrize(
    "text", ["", "6:00-22:00", "06:00", "24:00-06:00", "06:00-24:01", "mo 06:00-22:00", "mon-fri"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        parse_span(text)


def test_new_risk_is_taken_within_the_hours_and_exits_leave_at_any() -> None:
    policy = with_policy(hours=("mon 06:00-07:00",))
    at = MONDAY_NS + 52 * 7 * DAY + 6 * HOUR
    assert says(rules.judge(case_of(limit(), policy=policy, now_ns=at))) == []
    late = at + HOUR
    assert says(rules.judge(case_of(limit(), policy=policy, now_ns=late))) == ["hours"]
    out = case_of(an_exit(), policy=policy, now_ns=late)
    out.accounts.hold("ETH", ONE)
    assert says(rules.judge(out)) == []


def test_the_type_of_the_order_has_to_be_listed() -> None:
    policy = with_policy(order_types=(OrderType.LIMIT,))
    assert says(rules.judge(case_of(limit(), policy=policy))) == []
    verdict = rules.judge(case_of(market_order(Side.BUY, quantity=ONE), policy=policy))
    assert says(verdict) == ["order_type"]
    assert verdict.refusals()[0].says == "MARKET; allowed are LIMIT"


def test_a_market_may_be_denied_aloud() -> None:
    verdict = rules.judge(case_of(limit(symbol="BAD/BTC")))
    assert "BAD/BTC is denied by the policy" in [answer.says for answer in verdict.refusals()]


@pytest.mark.parametrize("field", ["order", "hour", "day", "turnover"])
def test_every_limit_of_value_at_its_boundary(field: str) -> None:
    rule = {"turnover": "turnover"}.get(field, f"{field}_size")
    for most, fits in ((Decimal(2), True), (Decimal("1.999"), False)):
        policy = with_limits(**{field: most})
        two = limit(quantity=Decimal(2))
        assert says(rules.judge(case_of(two, policy=policy))) == ([] if fits else [rule])


@pytest.mark.parametrize(("field", "length"), [("hour", HOUR), ("day", DAY)])
def test_what_was_ordered_before_counts_for_as_long_as_the_window_is(
    field: str, length: int
) -> None:
    activity = Activity()
    activity.ordered(judged_of(limit(quantity=Decimal(3))), NOW)
    policy = with_limits(**{field: Decimal(3)})
    last = case_of(limit(), policy=policy, activity=activity, now_ns=NOW + length - 1)
    assert says(rules.judge(last)) == [f"{field}_size"]
    after = case_of(limit(), policy=policy, activity=activity, now_ns=NOW + length)
    assert says(rules.judge(after)) == []


def test_turnover_is_what_was_traded_and_what_open_orders_may_trade() -> None:
    activity = Activity()
    activity.traded(ONE, NOW)
    case = case_of(limit(), policy=with_limits(turnover=Decimal(3)), activity=activity)
    assert says(rules.judge(case)) == []
    judged = rules.judge(case).judged
    assert judged is not None
    case.accounts.reserve("open", judged)
    assert says(rules.judge(case)) == []
    case.accounts.reserve("another", judged)
    assert says(rules.judge(case)) == ["turnover"]


def test_a_sell_far_below_the_reference_counts_at_the_reference() -> None:
    cheap = limit(Side.SELL, price=Decimal("0.995"), quantity=Decimal(2))
    assert says(rules.judge(case_of(cheap, policy=with_limits(order=Decimal(2))))) == []
    assert says(rules.judge(case_of(cheap, policy=with_limits(order=Decimal("1.99"))))) == [
        "order_size"
    ]


def test_exits_are_held_to_no_limit_of_value() -> None:
    tiny = Decimal("0.001")
    policy = with_limits(order=tiny, hour=tiny, day=tiny, turnover=tiny)
    out = case_of(an_exit(Decimal(5)), policy=policy)
    out.accounts.hold("ETH", Decimal(5))
    assert says(rules.judge(out)) == []


def test_what_exits_come_to_takes_nothing_from_the_limits_of_others() -> None:
    activity = Activity()
    policy = with_limits(hour=ONE, day=ONE)
    out = case_of(an_exit(Decimal(5)), policy=policy)
    out.accounts.hold("ETH", Decimal(5))
    judged = rules.judge(out).judged
    assert judged is not None
    assert judged.value > ONE
    activity.ordered(judged, NOW)
    assert says(rules.judge(case_of(limit(), policy=policy, activity=activity))) == []


def test_open_orders_are_counted_exits_too() -> None:
    case = case_of(limit(), policy=with_limits(open_orders=1))
    judged = rules.judge(case).judged
    assert judged is not None
    case.accounts.reserve("open", judged)
    assert says(rules.judge(case)) == ["open_orders"]
    case.accounts.close("open")
    assert says(rules.judge(case)) == []


def test_orders_per_minute_are_counted_exits_too() -> None:
    activity = Activity()
    policy = with_limits(orders_per_minute=2)
    for second in range(2):
        assert says(rules.judge(case_of(limit(), policy=policy, activity=activity))) == []
        activity.ordered(judged_of(limit()), NOW + second)
    assert says(rules.judge(case_of(limit(), policy=policy, activity=activity))) == ["order_rate"]
    later = case_of(limit(), policy=policy, activity=activity, now_ns=NOW + MINUTE)
    assert says(rules.judge(later)) == []
