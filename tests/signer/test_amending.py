"""Lowering the quantity of an open order: only of one that was signed here, and what it reserves
shrinks when the exchange says so."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signer.conftest import GRANT, KEY, POLICY, Bench, read
from tests.signer.test_legs import PAIR
from tradelatch import exchanges
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.clock import DAY, SECOND
from tradelatch.model.http import Response
from tradelatch.model.intents import AmendOrder
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, Side
from tradelatch.policy.accounting import Used, Window
from tradelatch.signer import settle
from tradelatch.signer.accounts import LiveOrder
from tradelatch.signer.job import Job
from tradelatch.signer.records import (
    AccountAdded,
    Allowed,
    Amended,
    Cause,
    Denied,
    Doubted,
    Frozen,
    GrantIssued,
    Holdings,
    Reported,
    decode,
    encode,
)
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"


def placed(bench: Bench, **form: str) -> LiveOrder:
    """A resting buy of 2 ETH, number 7 at the exchange, that the bot calls ``mine``."""
    chosen = {"newClientOrderId": "mine", "quantity": "2", "price": "0.0699", **form}
    job = bench.core.consider(bench.order(**chosen), SOURCE, bench.now)
    assert isinstance(job.record, Allowed), job.refusal
    bench.history.append(job.record)
    bench.take(Reported(bench.now, job.record.id, 7, OrderStatus.NEW, Decimal(0)))
    return bench.state.orders[job.record.id]


def amend(bench: Bench, quantity: str = "1.5", **form: str) -> Job:
    chosen = {"symbol": "ETHBTC", "origClientOrderId": "mine", "newQty": quantity, **form}
    given = {name: value for name, value in chosen.items() if value}
    request = bench.signed("PUT", "/api/v3/order/amend/keepPriority", given)
    job = bench.core.consider(request, SOURCE, bench.now)
    bench.history += job.decided()
    return job


def answered(bench: Bench, job: Job, status: int = 200, **fields: Any) -> Response:
    bench.core.sign(job, bench.now)
    told = {"symbol": "ETHBTC", "orderId": 7, "origClientOrderId": "mine", "clientOrderId": "mine"}
    told |= {"qty": "1.5", "executedQty": "0", "status": "NEW", "side": "BUY", **fields}
    body = {"transactTime": 1, "executionId": 1, "amendedOrder": told}
    sent = Sent(1, Response(status, json.dumps(body).encode()))
    records, response = bench.core.conclude(job, read(job, sent), bench.now)
    bench.history += records
    return response


def used(bench: Bench) -> Used:
    return bench.state.accounts["me"].losses.used(Window.DAY, bench.now)


def test_it_goes_out_by_both_ids_and_reserves_less_once_it_is_confirmed() -> None:
    bench = Bench()
    order = placed(bench)
    before = used(bench).budget
    job = amend(bench)
    assert job.refusal is None
    (sent,) = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    assert sent == AmendOrder("ETH/BTC", Decimal("1.5"), 7, "mine")
    assert used(bench).budget == before, "nothing is released before the exchange has said so"
    answered(bench, job)
    assert (order.judged.quantity, order.left) == (Decimal("1.5"), Decimal("1.5"))
    assert used(bench).budget == pytest.approx(before * Decimal("0.75"), rel=Decimal("1e-6"))
    again = State()
    for record in bench.history:
        again.apply(decode(encode(record)))
    assert again.orders[order.id] == order
    assert again.accounts["me"].losses.used(Window.DAY, bench.now) == used(bench)


@pytest.mark.parametrize(
    ("quantity", "form"),
    [
        ("2", {}),
        ("2.0000", {}),
        ("2.0001", {}),
        ("99999999", {}),
        ("1.5", {"origClientOrderId": "theirs"}),
        ("1.5", {"origClientOrderId": "", "orderId": "8"}),
        ("1.5", {"orderId": "8"}),
        ("1.5", {"origClientOrderId": "theirs", "orderId": "7"}),
        ("1.5", {"symbol": "VINBTC"}),
    ],
)
def test_only_an_order_that_is_known_and_only_to_less(quantity: str, form: dict[str, str]) -> None:
    bench = Bench()
    order = placed(bench)
    job = amend(bench, quantity, **form)
    assert job.refusal
    assert (job.refusal.reason, "amend" in str(job.refusal)) == (Reason.AMEND_DENIED, True)
    assert isinstance(job.record, Denied)
    assert order.amending is None


def test_not_below_what_is_filled() -> None:
    bench = Bench()
    order = placed(bench)
    fill = Fill(1, 1, Decimal("0.0699"), Decimal("1.5"), Decimal(0), "BTC")
    partly = OrderStatus.PARTIALLY_FILLED
    seen = OrderReport("ETH/BTC", 7, "mine", partly, Decimal("1.5"), (fill,), Side.BUY)
    settle.report(bench.state, order, seen, None, bench.now)
    assert amend(bench, "1.5").refusal
    assert amend(bench, "1.6").refusal is None


def test_an_order_of_which_the_exchange_has_not_said_its_number_is_not_amended() -> None:
    bench = Bench()
    job = bench.core.consider(bench.order(newClientOrderId="mine"), SOURCE, bench.now)
    assert job.refusal is None
    assert amend(bench, "0.5").refusal


def test_numbers_are_those_of_one_market() -> None:
    """Binance counts the orders of each market by itself."""
    bench = Bench()
    bench.take(Holdings(bench.now, "me", {"VIN": Decimal(100)}))
    first = placed(bench)
    other = placed(bench, symbol="VINBTC", side="SELL", price="0.07", newClientOrderId="other")
    assert first.exchange_order_id == other.exchange_order_id == 7
    for symbol, order in (("ETHBTC", first), ("VINBTC", other)):
        job = amend(bench, symbol=symbol, origClientOrderId="", orderId="7")
        assert job.refusal is None
        assert order.amending == Decimal("1.5")


def test_an_order_of_another_account_is_not_amended() -> None:
    bench = Bench()
    placed(bench)
    bench.take(AccountAdded(bench.now, "other", "binance", KEY, POLICY))
    bench.take(GrantIssued(bench.now, GRANT, "other", bench.now + DAY, ()))
    for form in ({}, {"origClientOrderId": "", "orderId": "7"}):
        assert amend(bench, **form).refusal


def test_while_something_is_frozen_or_in_doubt_orders_are_only_cancelled() -> None:
    for record in (
        Frozen(0, "me", "", Cause.OPERATOR, "by hand"),
        Frozen(0, "me", GRANT, Cause.DENIALS, "denials"),
        Doubted(0, "me", "money"),
        Doubted(0, "", "the clock"),
    ):
        bench = Bench()
        placed(bench)
        bench.take(record)
        job = amend(bench)
        assert job.refusal, record
        assert job.refusal.reason is Reason.AMEND_DENIED


def test_a_request_that_was_received_before_is_not_an_amendment() -> None:
    bench = Bench()
    placed(bench)
    form = {"symbol": "ETHBTC", "origClientOrderId": "mine", "newQty": "1.5"}
    request = bench.signed("PUT", "/api/v3/order/amend/keepPriority", form)
    bench.core.consider(request, SOURCE, bench.now)
    with pytest.raises(Refusal, match="received before") as refusal:
        bench.core.consider(request, SOURCE, bench.now)
    assert refusal.value.reason is Reason.AMEND_DENIED


@pytest.mark.parametrize(
    ("status", "fields", "answer"),
    [
        (200, {"qty": "2"}, 200),
        (200, {"qty": "1.4"}, 200),
        (200, {"qty": "0"}, 200),
        (200, {"qty": "1.5", "orderId": 8}, 200),
        (200, {"qty": "1.5", "origClientOrderId": "theirs"}, 200),
        (200, {"qty": "1.5", "side": "SELL"}, 200),
        (200, {"qty": "1.5", "symbol": "VINBTC"}, 200),
        (200, {"qty": "a lot"}, 200),
        (400, {}, 504),
        (504, {}, 504),
    ],
)
def test_an_answer_that_confirms_something_else_releases_nothing(
    status: int, fields: dict[str, Any], answer: int
) -> None:
    bench = Bench()
    order = placed(bench)
    before = used(bench)
    assert answered(bench, amend(bench), status, **fields).status == answer
    assert order.judged.quantity == 2
    assert used(bench) == before


def test_nothing_is_released_that_was_never_asked_for() -> None:
    """A report of a lower quantity, without an amendment that was signed, is not believed."""
    bench = Bench()
    order = placed(bench)
    seen = OrderReport(
        "ETH/BTC", 7, "mine", OrderStatus.NEW, Decimal(0), side=Side.BUY, quantity=Decimal(1)
    )
    assert settle.report(bench.state, order, seen, None, bench.now) == []
    assert order.judged.quantity == 2


def test_an_amendment_of_which_no_answer_came_is_confirmed_by_a_later_report() -> None:
    bench = Bench()
    order = placed(bench)
    job = amend(bench)
    bench.core.sign(job, bench.now)
    lost = Sent(1, was_sent=True, error="the connection broke")
    records, response = bench.core.conclude(job, read(job, lost), bench.now)
    assert (records, response.status) == ([], 504)
    assert order.judged.quantity == 2
    seen = OrderReport(
        "ETH/BTC", 7, "mine", OrderStatus.NEW, Decimal(0), side=Side.BUY, quantity=Decimal("1.5")
    )
    (amended,) = settle.report(bench.state, order, seen, None, bench.now)
    assert amended == Amended(bench.now, order.id, Decimal("1.5"), Decimal("1.5"))


@pytest.mark.parametrize("quantity", ["1.9", "1.5", "1"])
def test_one_at_a_time(quantity: str) -> None:
    """Elsewhere than at Binance the greater of two would raise it again after the lesser."""
    bench = Bench()
    order = placed(bench)
    first = amend(bench, "1.5")
    bench.now += SECOND
    refused = amend(bench, quantity).refusal
    assert refused
    assert (refused.reason, "not confirmed" in refused.text) == (Reason.AMEND_DENIED, True)
    assert order.amending == Decimal("1.5")
    answered(bench, first)
    bench.now += SECOND
    assert amend(bench, "1").refusal is None


def test_both_orders_of_a_pair_are_for_less_each_when_it_is_told() -> None:
    bench = Bench()
    job = bench.core.consider(
        bench.signed("POST", "/api/v3/orderList/oco", PAIR), SOURCE, bench.now
    )
    assert job.refusal is None
    account, before = bench.state.accounts["me"], used(bench)
    above, below = account.live.values()
    for number, order in ((7, above), (8, below)):
        bench.take(Reported(bench.now, order.id, number, OrderStatus.NEW, Decimal(0)))
    bench.now += SECOND
    job = amend(bench, "50", origClientOrderId="", orderId="7")
    assert job.refusal is None
    name = above.client_order_id
    answered(bench, job, qty="50", side="SELL", origClientOrderId=name, clientOrderId=name)
    assert above.judged.quantity == 50
    assert below.judged.quantity == 100
    assert account.losses.held("ETH") >= 185, "a pair sells its quantity once"
    seen = OrderReport(
        "ETH/BTC",
        8,
        below.client_order_id,
        OrderStatus.NEW,
        Decimal(0),
        side=Side.SELL,
        quantity=Decimal(50),
    )
    settle.report(bench.state, below, seen, None, bench.now)
    assert below.judged.quantity == 50
    assert account.losses.held("ETH") == 235
    assert used(bench).exit_budget == before.exit_budget / 2


QUANTITIES = st.integers(1, 400).map(lambda steps: Decimal(steps) / 100)


@given(
    st.lists(st.tuples(QUANTITIES, st.booleans(), st.booleans()), max_size=6),
    st.integers(0, 150).map(lambda steps: Decimal(steps) / 100),
)
def test_no_amendment_raises_what_an_order_may_cost(
    steps: list[tuple[Decimal, bool, bool]], filled: Decimal
) -> None:
    """Whatever is asked for and whatever the exchange says of it: what is signed is for less than
    before, and what is reserved covers what the exchange can still fill."""
    bench = Bench()
    order = placed(bench)
    at_exchange = Decimal(2)
    if filled:
        fill = Fill(1, 1, Decimal("0.0699"), filled, Decimal(0), "BTC")
        partly = OrderStatus.PARTIALLY_FILLED
        seen = OrderReport("ETH/BTC", 7, "mine", partly, filled, (fill,), Side.BUY)
        settle.report(bench.state, order, seen, None, bench.now)
    for quantity, carried_out, told in steps:
        bench.now += SECOND
        bench.feed(Decimal("0.07"))
        before = used(bench).budget
        job = amend(bench, str(quantity))
        if job.refusal:
            continue
        (sent,) = exchanges.load("binance").read(bench.core.sign(job, bench.now))
        assert isinstance(sent, AmendOrder)
        assert sent.quantity is not None
        assert filled < sent.quantity < order.judged.quantity
        if carried_out and quantity < at_exchange:
            at_exchange = quantity
            if told:
                answered(bench, job, qty=str(quantity), executedQty=str(filled))
        assert used(bench).budget <= before
        assert order.judged.quantity >= at_exchange
        assert order.left >= at_exchange - filled
