"""What the policy's modes let out, and what is written down of it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradelatch import exchanges
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.orders import OrderType
from tradelatch.policy.document import parse_policy
from tradelatch.signer.records import Allowed, Denied, decode, encode

SOURCE = "127.0.0.1"
FAR = {"price": "0.08"}


def sent(bench: Any, request: Any) -> Any:
    """The intent that leaves."""
    job = bench.core.consider(request, SOURCE, bench.now)
    [intent] = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    return job.record, intent


def test_where_the_policy_enforces_a_no_is_a_no(new_bench: Callable[..., Any]) -> None:
    bench = new_bench('mode = "enforce"')
    job = bench.core.consider(bench.order(**FAR), SOURCE, bench.now)
    assert job.refusal is not None
    assert job.refusal.reason is Reason.ORDER_DENIED


def test_where_the_policy_reports_an_order_leaves_as_asked_and_the_noes_are_kept(
    new_bench: Callable[..., Any],
) -> None:
    bench = new_bench('mode = "report"')
    record, intent = sent(bench, bench.order(newClientOrderId="far", **FAR))
    assert (intent.type, intent.price, intent.client_order_id) == (
        OrderType.LIMIT,
        Decimal("0.08"),
        "far",
    )
    refusing = [answer.rule for answer in record.answers if not answer.allowed]
    assert "price_collar" in refusing
    assert bench.state.accounts["me"].losses.open_count == 1
    record, intent = sent(
        bench, bench.order(type="MARKET", timeInForce="", quantity="9000", price="")
    )
    assert (intent.type, intent.quantity, intent.price) == (OrderType.MARKET, Decimal(9000), None)
    assert any(not answer.allowed for answer in record.answers)


def test_where_the_policy_reports_what_it_allows_leaves_with_its_limit(
    new_bench: Callable[..., Any],
) -> None:
    bench = new_bench('mode = "report"')
    record, intent = sent(bench, bench.order(type="MARKET", timeInForce="", price=""))
    assert intent.type is OrderType.LIMIT
    assert all(answer.allowed for answer in record.answers)


def test_where_the_policy_is_off_nothing_is_judged_and_that_is_written_down(
    new_bench: Callable[..., Any],
) -> None:
    bench = new_bench('mode = "off"')
    record, intent = sent(bench, bench.order(**FAR))
    assert intent.price == Decimal("0.08")
    assert [(answer.rule, answer.allowed) for answer in record.answers] == [("mode", False)]


@pytest.mark.parametrize("mode", ["enforce", "report", "off"])
def test_in_no_mode_does_a_grant_move_money(new_bench: Callable[..., Any], mode: str) -> None:
    bench = new_bench(f'mode = "{mode}"')
    form = {"coin": "BTC", "address": "there", "amount": "1"}
    job = bench.core.consider(
        bench.signed("POST", "/sapi/v1/capital/withdraw/apply", form), SOURCE, bench.now
    )
    assert isinstance(job.refusal, Refusal)
    assert job.refusal.reason is Reason.NOT_PERMITTED


@pytest.mark.parametrize("mode", ["enforce", "report", "off"])
def test_in_no_mode_do_orders_take_room_in_a_full_journal(
    new_bench: Callable[..., Any], mode: str
) -> None:
    bench = new_bench(f'mode = "{mode}"')
    bench.core.closed = "the disk of the journal is full"
    job = bench.core.consider(bench.order(), SOURCE, bench.now)
    assert "the disk of the journal is full" in job.refusal.text
    assert job.record is None
    assert bench.state.orders == {}


def test_every_verdict_names_the_policy_that_was_asked(new_bench: Callable[..., Any]) -> None:
    bench = new_bench()
    digest = parse_policy(bench.history[0].policy).digest
    for request, kind in ((bench.order(), Allowed), (bench.order(**FAR), Denied)):
        record = bench.core.consider(request, SOURCE, bench.now).record
        assert isinstance(record, kind)
        assert decode(encode(record)) == record
        assert record.policy == digest
