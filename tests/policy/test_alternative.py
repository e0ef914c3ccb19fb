"""What a refused order would have had to be."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.test_rules import NOW, ONE, POLICY, case_of, limit, market_order, says
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import Side
from tradelatch.policy import rules
from tradelatch.policy.alternative import alternative
from tradelatch.policy.document import Limits
from tradelatch.policy.verdict import Case, LimitOrder


def asked(case: Case) -> LimitOrder | None:
    return alternative([case], rules.judge(case))


def with_order(case: Case, quantity: Decimal, price: Decimal) -> Case:
    intent = msgspec.structs.replace(case.intent, quantity=quantity, price=price)
    return msgspec.structs.replace(case, intent=intent)


@pytest.mark.parametrize(
    ("side", "price", "inside"), [(Side.BUY, "1.2", "1.01"), (Side.SELL, "0.5", "0.99")]
)
def test_a_limit_outside_the_collar_comes_inside(side: Side, price: str, inside: str) -> None:
    found = asked(case_of(limit(side, price=Decimal(price), quantity=Decimal("0.1"))))
    assert found is not None
    assert (found.price, found.quantity) == (Decimal(inside), Decimal("0.1"))


@given(
    st.decimals("0.5", "1.5", places=3),
    st.decimals("1", "5000", places=2),
    st.sampled_from(list(Side)),
)
@settings(max_examples=60)
def test_what_is_told_passes_and_hardly_more_would(
    price: Decimal, quantity: Decimal, side: Side
) -> None:
    case = case_of(limit(side, price=price, quantity=quantity))
    found = asked(case)
    if found is None:
        return
    assert rules.judge(with_order(case, found.quantity, found.price)).allowed
    if found.quantity < quantity:
        more = min(found.quantity + quantity / 256 + Decimal("0.01"), quantity)
        assert not rules.judge(with_order(case, more, found.price)).allowed


def test_too_much_at_once_becomes_as_much_as_may_be() -> None:
    policy = msgspec.structs.replace(POLICY, limits=Limits(order=Decimal(3)))
    found = asked(case_of(limit(quantity=Decimal(12)), policy=policy))
    assert found is not None
    assert Decimal("2.9") < found.quantity <= 3


@pytest.mark.parametrize(
    "intent",
    [limit(symbol="XRP/BTC"), market_order(Side.BUY, quote_quantity=Decimal("0.001"))],
)
def test_where_neither_price_nor_quantity_helps_nothing_is_told(intent: PlaceOrder) -> None:
    assert asked(case_of(intent)) is None


def test_where_nothing_is_left_nothing_is_told() -> None:
    case = case_of(limit(Side.SELL, client_order_id="exit-1"))
    assert says(rules.judge(case)) == ["exit_holding"]
    assert asked(case) is None
    closed = case_of(limit(), closed="the disk is full")
    assert asked(closed) is None
    assert asked(case_of(limit(), now_ns=NOW, activity=None)) is None
    assert asked(case_of(limit(quantity=ONE))) is not None


def test_an_order_below_the_markets_least_is_not_told() -> None:
    case = case_of(limit(quantity=Decimal(12)))
    case = msgspec.structs.replace(
        case,
        policy=msgspec.structs.replace(POLICY, limits=Limits(order=Decimal("0.5"))),
        market=msgspec.structs.replace(case.market, min_notional=ONE) if case.market else None,
    )
    assert asked(case) is None
