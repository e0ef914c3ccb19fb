"""A signer's own records as events: judged again by the policy of then, they come out as then."""

from decimal import Decimal

import msgspec
import pytest

from tests.policy.test_rules import NOW, POLICY, case_of, limit, market_order
from tradelatch.hindsight.events import Unreadable
from tradelatch.hindsight.journal import Reader
from tradelatch.hindsight.replay import Findings, Replay
from tradelatch.model.intents import CancelOrder, PlaceOrder
from tradelatch.model.orders import Side
from tradelatch.policy import rules
from tradelatch.policy.document import Policy
from tradelatch.policy.verdict import Answer
from tradelatch.signer.records import (
    AccountAdded,
    Allowed,
    Amended,
    Closed,
    Denied,
    Filled,
    GrantIssued,
    Holdings,
    encode,
)


def recorded(*intents: PlaceOrder, account: str = "me") -> list[bytes]:
    """What a signer records of these orders, one second after the other."""
    lines = [
        encode(AccountAdded(NOW, account, "binance", "k", "")),
        encode(GrantIssued(NOW, "g", account, NOW)),
        encode(Holdings(NOW, account, {"BTC": Decimal(10), "ABC": Decimal(10)})),
        encode(Allowed(NOW, 1, "g", account, "d", CancelOrder("ABC/BTC"), 0, 0)),
    ]
    for number, intent in enumerate(intents, 2):
        verdict = rules.judge(case_of(intent))
        head = (NOW + number * 10**9, number, "g", account, "d", intent)
        if verdict.allowed:
            rest = (verdict.answers, verdict.order, verdict.judged, str(number))
            lines.append(encode(Allowed(*head, 0, 0, *rest)))
        else:
            lines.append(encode(Denied(*head, verdict.answers)))
    return lines


def found(lines: list[bytes], policy: Policy = POLICY, account: str = "") -> Findings:
    replay = Replay(policy)
    for event in Reader(account).events(lines):
        replay.take(event)
    return replay.findings


ORDERS = [
    limit(),
    limit(price=Decimal("1.2")),
    limit(Side.SELL, price=Decimal("0.5")),
    limit(quantity=Decimal(100_000)),
    limit(symbol="XRP/BTC"),
    market_order(Side.BUY, quantity=Decimal(1)),
    market_order(Side.SELL, quantity=Decimal(1)),
]


@pytest.mark.parametrize("intent", ORDERS)
def test_the_policy_of_then_says_what_it_said_then(intent: PlaceOrder) -> None:
    (outcome,) = found(recorded(intent)).outcomes
    then = rules.judge(case_of(intent))
    assert outcome.went_out == then.allowed
    assert bool(outcome.noes) != then.allowed
    assert {a.rule for a in outcome.noes} <= {a.rule for a in then.refusals()}


def test_a_tighter_policy_refuses_more() -> None:
    tight = msgspec.structs.replace(POLICY, markets={}, budget=Decimal(0))
    assert [bool(outcome.noes) for outcome in found(recorded(limit()), tight).outcomes] == [True]


def test_what_a_proposed_policy_said_beside_counts_least() -> None:
    """An order that it alone refused: the numbers are those of the policy of then."""
    no = Answer("depth", False, "proposed in change 7: figures are not known")
    answers = (*rules.judge(case_of(limit())).answers, no)
    lines = recorded()
    lines.append(encode(Denied(NOW + 10**9, 2, "g", "me", "d", limit(), answers)))
    (outcome,) = found(lines).outcomes
    assert (outcome.went_out, outcome.noes) == (False, ())


def test_what_became_of_an_order_counts() -> None:
    lines = recorded(limit())
    open_still = found(lines).peaks
    fill = Filled(NOW + 3 * 10**9, 2, 1, 0, Decimal(1), Decimal(1), Decimal("0.002"), Decimal(1))
    closed = Closed(NOW + 4 * 10**9, 2, "filled")
    lines += [encode(fill), encode(closed)]
    assert found(lines).peaks == open_still
    more = recorded(limit(), limit())
    assert found([*lines, more[-1]]).outcomes[1].noes == ()


def test_an_order_that_was_amended_takes_less_from_then_on() -> None:
    large = limit(quantity=Decimal(400))
    lines, more = recorded(large), recorded(large, large)[-1]
    (no,) = found([*lines, more]).outcomes[1].noes
    assert no.rule == "budget"
    lines.append(encode(Amended(NOW + 3 * 10**9, 2, Decimal(1), Decimal(1))))
    assert found([*lines, more]).outcomes[1].noes == ()


def test_several_accounts_have_to_be_told_apart() -> None:
    both = recorded(limit()) + recorded(limit(), account="you")
    with pytest.raises(Unreadable, match="name one with --account: me, you"):
        found(both)
    assert len(found(both, account="you").outcomes) == 1
    with pytest.raises(Unreadable, match="no account 'they'; it has me, you"):
        found(both, account="they")


@pytest.mark.parametrize("line", [b"5", b"{}", b'{"record":"Allowed"}', b"\xff"])
def test_a_record_that_cannot_be_read_is_told(line: bytes) -> None:
    with pytest.raises(Unreadable, match="record 1 "):
        found([line])


@pytest.mark.parametrize("symbol", ["ABC/BTC", "BTC/USDT:USDT"])
def test_what_no_rule_bounded_then_no_policy_lets_out_now(symbol: str) -> None:
    intent = limit(symbol=symbol, unbounded=("leverage",))
    line = Denied(NOW + 10**9, 2, "g", "me", "d", intent, rules.judge(case_of(intent)).answers)
    findings = found([*recorded(), encode(line)])
    assert not findings.unknown
    (outcome,) = findings.outcomes
    assert [no.rule for no in outcome.noes] == ["bounded"]
