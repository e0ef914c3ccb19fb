"""The comparator against the rules themselves: what it calls tighter lets nothing more out."""

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.test_loosening import loosenings
from tests.signer.conftest import Bench
from tests.signer.policies import (
    LIMIT_ORDERS,
    MARKET_ORDERS,
    POLICIES,
    SOURCES,
    benches,
    changed,
    largest,
    move,
    passes,
)
from tradelatch.model.orders import OrderType
from tradelatch.policy.document import Depth, MarketRules, Policy
from tradelatch.signer.records import Holdings


@st.composite
def tightened(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """A policy, and one that the comparator calls no looser, some steps away from it."""
    old = new = draw(POLICIES)
    for _ in range(draw(st.integers(1, 3))):
        step = changed(draw, new)
        if not loosenings(new, step):
            new = step
    return old, new


@settings(max_examples=300)
@given(tightened(), benches(), st.sampled_from(SOURCES))
def test_what_leaves_under_a_tighter_policy_could_have_left_under_the_old(
    policies: tuple[Policy, Policy], bench: Bench, source: str
) -> None:
    """Asked of the largest orders that may leave. A market order is held to this as the limit
    order that it becomes, whatever types of orders the old policy lists."""
    old, new = policies
    assert not loosenings(old, new)
    both = msgspec.structs.replace(old, order_types=(OrderType.LIMIT, OrderType.MARKET))
    for shape in MARKET_ORDERS + LIMIT_ORDERS:
        intent = largest(bench, shape, new, source)
        left = passes(bench, intent, new, source) if intent else None
        if intent is None or left is None or passes(bench, intent, old, source):
            continue
        assert intent.type is OrderType.MARKET
        assert intent.type in old.order_types
        became = msgspec.structs.replace(
            intent,
            type=OrderType.LIMIT,
            price=left.price,
            quantity=left.quantity,
            time_in_force=left.time_in_force,
        )
        assert passes(bench, became, both, source), (intent, left)


def test_a_lower_drift_in_a_deep_market_lets_more_out_and_is_called_so() -> None:
    """Holdings are valued lower by it, and so is their haircut."""
    bench = Bench()
    move(bench, "ETH/BTC", "0.8", 30)
    deep = MarketRules(Depth.DEEP, drift_1h=Decimal("0.2"))
    lower = msgspec.structs.replace(deep, drift_24h=Decimal("0.05"))
    old, new = (
        Policy(1, "BTC", {"ETH/BTC": m}, budget=Decimal("0.02"), exit_budget=Decimal(1))
        for m in (deep, lower)
    )
    intent = msgspec.structs.replace(LIMIT_ORDERS[0], quantity=Decimal(231), price=Decimal("0.056"))
    assert not passes(bench, intent, old, "127.0.0.1")
    assert passes(bench, intent, new, "127.0.0.1")
    assert loosenings(old, new) == ['markets."ETH/BTC".drift_24h: from 0.15 to 0.05']


def test_a_market_less_makes_others_deep_and_is_called_so() -> None:
    """What is held of its coin no longer counts in the account's value."""
    bench = Bench()
    held = {"BTC": Decimal(30), "ETH": Decimal(2_400), "VIN": Decimal(50)}
    bench.take(Holdings(bench.now, "me", held))
    deep = MarketRules(Depth.DEEP)
    markets = {"ETH/BTC": deep, "VIN/BTC": deep}
    old = Policy(1, "BTC", markets, budget=Decimal(2), exit_budget=Decimal(1))
    new = msgspec.structs.replace(old, markets={"ETH/BTC": deep})
    intent = msgspec.structs.replace(LIMIT_ORDERS[0], quantity=Decimal(1), price=Decimal("0.07"))
    assert not passes(bench, intent, old, "127.0.0.1")
    assert passes(bench, intent, new, "127.0.0.1")
    [told] = loosenings(old, new)
    assert "list it as denied instead" in told
    denied = {"ETH/BTC": deep, "VIN/BTC": MarketRules(Depth.DENIED)}
    listed = msgspec.structs.replace(old, markets=denied)
    assert loosenings(old, listed) == []
    assert not passes(bench, intent, listed, "127.0.0.1")
