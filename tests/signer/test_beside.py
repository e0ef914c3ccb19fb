"""A proposed policy beside the present one: an order has to pass every rule of both."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signer.conftest import POLICY, Bench
from tests.signer.office import LOOSE, TIGHT, Office, says
from tests.signer.policies import (
    LIMIT_ORDERS,
    LOTS,
    MARKET_ORDERS,
    POLICIES,
    SOURCES,
    benches,
    largest,
    of_lots,
    passes,
)
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import OrderType
from tradelatch.policy import rules
from tradelatch.policy.document import Policy, parse_policy
from tradelatch.policy.verdict import LimitOrder
from tradelatch.signer import review
from tradelatch.signer.records import Allowed, Cause

SOURCE = "127.0.0.1"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        yield opened


def leaves(bench: Bench, intent: PlaceOrder, source: str) -> LimitOrder | None:
    """The order as it would leave under all policies that hold, None if it would not."""
    account = bench.state.accounts["me"]
    verdict = rules.judge(*bench.core.cases(account, intent, source, bench.now))
    return verdict.order if verdict.allowed else None


def most(may: Callable[[PlaceOrder], LimitOrder | None], intent: PlaceOrder) -> PlaceOrder | None:
    """The largest order that may leave, to a thousandth; None if none does."""
    low, high = 1, LOTS
    if not may(of_lots(intent, low)):
        return None
    while high - low > max(low >> 10, 1):
        middle = (low + high) // 2
        low, high = (middle, high) if may(of_lots(intent, middle)) else (low, middle)
    return of_lots(intent, low)


@settings(max_examples=200)
@given(POLICIES, POLICIES, benches(), st.sampled_from(SOURCES))
def test_what_leaves_could_have_left_under_each_policy_alone(
    present: Policy, proposed: Policy, bench: Bench, source: str
) -> None:
    """A market order is held to this as the limit order that it becomes."""
    account = bench.state.accounts["me"]
    account.policy, account.beside = present, {7: proposed}
    for shape in MARKET_ORDERS + LIMIT_ORDERS:
        intent = most(lambda asked: leaves(bench, asked, source), shape)
        left = leaves(bench, intent, source) if intent else None
        if intent is None or left is None:
            continue
        for policy in (present, proposed):
            assert intent.type in policy.order_types
            listed = msgspec.structs.replace(policy, order_types=tuple(OrderType))
            assert passes(bench, left.put_in(intent), listed, source), (intent, left)


@settings(max_examples=50)
@given(POLICIES, benches(), st.sampled_from(SOURCES))
def test_beside_its_like_a_policy_changes_nothing(
    policy: Policy, bench: Bench, source: str
) -> None:
    account = bench.state.accounts["me"]
    account.policy, account.beside = policy, {7: policy}
    for shape in MARKET_ORDERS + LIMIT_ORDERS:
        intent = largest(bench, shape, policy, source)
        assert intent is None or leaves(bench, intent, source)


def test_a_refusal_by_either_is_one_and_says_by_which(office: Office) -> None:
    both = LOOSE.replace('exit_budget = "0.5"', 'exit_budget = "0.001"')
    office.do("policy set", account="me", policy=both)
    far = office.order(quantity="9000")
    assert "budget: with this order" in says(far)
    assert "proposed in change 1: with this order" in says(far)
    wide = office.order(quantity="280")
    assert "proposed" not in says(wide), "0.39 BTC would be taken: only the present one says no"
    leaving = office.order(side="SELL", quantity="200", newClientOrderId="exit-1")
    assert says(leaving).endswith(
        "exit_budget: proposed in change 1: with this order 0.014 of "
        "the day's 0.001 BTC would be taken, 0 are already"
    )
    office.do("change cancel", number="1")
    assert not says(office.order(side="SELL", quantity="200", newClientOrderId="exit-1"))


def test_a_market_order_leaves_at_the_tighter_of_both_limits(office: Office) -> None:
    form = {"type": "MARKET", "timeInForce": "", "price": ""}
    alone = office.order(**form).record
    collar = POLICY.replace('"deep"', '"deep"\ncollar = "0.002"')
    office.do("policy set", account="me", policy=collar)
    for side, limit in (("BUY", "0.07014"), ("SELL", "0.06986")):
        record = office.order(side=side, **form).record
        assert isinstance(record, Allowed)
        assert record.order
        assert str(record.order.price) == limit
        assert record.judged
        assert record.judged.limit == record.order.price
    assert isinstance(alone, Allowed)
    assert alone.order
    assert alone.order.price > Decimal("0.07014")


@pytest.mark.parametrize(("now", "then"), [("deep", "thin"), ("thin", "deep")])
def test_nothing_is_bought_where_two_policies_judge_the_market_by_different_depths(
    office: Office, now: str, then: str
) -> None:
    """Each of these buys would pass the proposal's X by itself, and so would all of them."""
    account = office.state.accounts["me"]
    wide = POLICY.replace("exit_budget", 'allocation = "1"\nexit_budget', 1)
    present, proposed = (
        parse_policy(wide.replace('depth = "deep"', f'depth = "{d}"', 1)) for d in (now, then)
    )
    account.policy = present
    assert not says(office.order(quantity="1"))
    account.beside = {7: proposed}
    refused = says(office.order(quantity="1"))
    assert f"depth: proposed in change 7: the market is {then} here and {now} in" in refused
    assert not says(office.order(side="SELL", quantity="1"))
    assert not says(office.order(side="SELL", quantity="1", newClientOrderId="exit-1"))
    account.policy, account.beside = proposed, {}
    assert not says(office.order(quantity="1"))


@pytest.mark.parametrize("mode", ["report", "off"])
def test_whichever_of_both_enforces_is_asked(office: Office, mode: str) -> None:
    account = office.state.accounts["me"]
    lax, strict = parse_policy(f'mode = "{mode}"{POLICY}'), account.policy
    for present, proposed, prefix in ((strict, lax, ""), (lax, strict, "proposed in change 7: ")):
        account.policy, account.beside = present, {7: proposed}
        refused = says(office.order(price="0.08"))
        assert f"price_collar: {prefix}the limit to buy is 0.08" in refused
        record = office.order(quantity="1").record
        assert isinstance(record, Allowed)
        assert record.judged, "it is reserved by the one that was asked"
    account.policy, account.beside = lax, {7: lax}
    assert not says(office.order(price="0.08"))


def test_what_would_have_passed_passes_both(office: Office) -> None:
    office.do("policy set", account="me", policy=TIGHT)
    record = office.order(quantity="9000", price="0.08").record
    instead = record.instead if record and hasattr(record, "instead") else None
    assert instead
    found = office.do(
        "policy simulate",
        account="me",
        symbol="ETH/BTC",
        side="BUY",
        source=SOURCE,
        is_exit="",
        quantity=str(instead.quantity),
        price=str(instead.price),
        policy="",
    )
    assert found["allowed"], found
    more = str(instead.quantity * Decimal("1.1"))
    found = office.do(
        "policy simulate",
        account="me",
        symbol="ETH/BTC",
        side="BUY",
        source=SOURCE,
        is_exit="",
        quantity=more,
        price=str(instead.price),
        policy="",
    )
    assert [a["says"][:21] for a in found["answers"] if not a["allowed"]] == [
        "proposed in change 1:"
    ]


def test_what_rests_goes_by_both(office: Office) -> None:
    for _ in range(3):
        assert not says(office.order(quantity="30", price="0.0705"))
    account, now = office.state.accounts["me"], office.bench.now
    assert review.misfits(office.bench.core, account, now) == []
    assert review.outdated(account, now + 100 * 10**9) == []
    tiny = POLICY.replace('"0.25"', '"0.03"') + "[limits]\norder_age_s = 60\n"
    office.do("policy set", account="me", policy=tiny)
    assert review.misfits(office.bench.core, account, now)
    assert len(review.outdated(account, now + 100 * 10**9)) == 3
    account.policy, account.beside = parse_policy(tiny), {1: parse_policy(POLICY)}
    assert review.misfits(office.bench.core, account, now)
    assert len(review.outdated(account, now + 100 * 10**9)) == 3


def test_what_is_spent_of_either_freezes(office: Office) -> None:
    account = office.state.accounts["me"]
    office.do("policy set", account="me", policy=POLICY.replace('"0.25"', '"0.01"'))
    office.order(quantity="13", price="0.0705")
    [order] = account.live.values()
    account.losses.fill(
        str(order.id),
        order.judged.quantity,
        order.judged.limit,
        Decimal("0.0035"),
        office.bench.now,
        None,
    )
    office.wait(1)
    assert set(account.frozen) == {Cause.BUDGET}
    assert "of the day's 0.01 BTC are lost" in account.frozen[Cause.BUDGET].says


def test_a_market_that_the_proposal_no_longer_lists_is_closed_at_once(bench: Bench) -> None:
    bench.state.accounts["me"].beside = {1: parse_policy(POLICY.replace("VIN", "XYZ"))}
    job = bench.core.consider(bench.order(symbol="VINBTC"), SOURCE, bench.now)
    assert isinstance(job.refusal, Refusal)
    assert "; market: proposed in change 1: " in job.refusal.text
