"""What no rule bounds leaves by no way: not in any mode, nor beside another order."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.signer.conftest import POLICY
from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import Credentials, Reason
from tradelatch.model.intents import AmendOrder, PlaceOrder
from tradelatch.model.orders import OrderStatus
from tradelatch.policy.document import parse_policy
from tradelatch.signer import amending, simulate
from tradelatch.signer.records import Denied, Reported, decode, encode
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"
MODES = ["enforce", "report", "off"]


def nothing_left(bench: Any, job: Any, says: str) -> None:
    """It was denied, that is written down, and nothing is reserved."""
    assert job.refusal.reason is Reason.ORDER_DENIED
    assert f"bounded: no bound is stated for {says}" in job.refusal.text
    (denied,) = [record for record in job.decided() if isinstance(record, Denied)]
    assert decode(encode(denied)) == denied
    assert [(a.rule, a.allowed) for a in denied.answers] == [("bounded", False)]
    assert denied.instead is None
    assert bench.state.orders == {}


def recovered(bench: Any, job: Any) -> State:
    """The state that follows from what is written down."""
    state = State()
    for record in [*bench.history, *job.decided(), *job.after]:
        state.apply(decode(encode(record)))
    return state


@pytest.mark.parametrize("path", ["/api/v3/order", "/api/v3/order/test"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"icebergQty": "0.1"}, "parameter 'icebergQty'"),
        ({"strategyId": "1", "trailingDelta": "50"}, "parameter 'trailingDelta'"),
    ],
)
def test_in_no_mode_does_an_order_leave(
    new_bench: Callable[..., Any], mode: str, path: str, more: dict[str, str], says: str
) -> None:
    bench = new_bench(f'mode = "{mode}"')
    form = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    request = bench.signed("POST", path, {**form, "quantity": "1", "price": "0.07", **more})
    job = bench.core.consider(request, SOURCE, bench.now)
    assert says in job.refusal.text
    assert bench.state.orders == {}
    assert isinstance(job.record, Denied)
    assert isinstance(job.record.intent, PlaceOrder)
    assert job.record.intent.unbounded


@pytest.mark.parametrize("mode", MODES)
def test_in_no_mode_does_leverage_leave(new_bench: Callable[..., Any], mode: str) -> None:
    bench = new_bench(f'mode = "{mode}"')
    order = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    job = bench.core.consider(
        bench.signed("POST", "/fapi/v1/order", {**order, "quantity": "1", "price": "0.07"}),
        SOURCE,
        bench.now,
    )
    nothing_left(bench, job, "leverage")


@pytest.mark.parametrize("mode", MODES)
def test_of_a_batch_no_order_leaves(new_bench: Callable[..., Any], mode: str) -> None:
    bench = new_bench(f'mode = "{mode}"')
    row = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    rows = json.dumps([{**row, "quantity": "1", "price": "0.07"}] * 2)
    request = bench.signed("POST", "/fapi/v1/batchOrders", {"batchOrders": rows})
    job = bench.core.consider(request, SOURCE, bench.now)
    assert len(job.legs) == 2
    nothing_left(bench, job, "leverage, a batch of orders")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("leg", ["above", "below"])
def test_a_leg_of_a_pair_takes_the_other_back(
    new_bench: Callable[..., Any], mode: str, leg: str
) -> None:
    """Whichever of them it is: the one that was allowed first is taken back."""
    bench = new_bench(f'mode = "{mode}"')
    form = {
        "symbol": "ETHBTC",
        "side": "SELL",
        "quantity": "1",
        "aboveType": "LIMIT_MAKER",
        "abovePrice": "0.072",
        "belowType": "STOP_LOSS_LIMIT",
        "belowPrice": "0.069",
        "belowStopPrice": "0.0692",
        "belowTimeInForce": "GTC",
        f"{leg}IcebergQty": "0.1",
    }
    request = bench.signed("POST", "/api/v3/orderList/oco", form)
    job = bench.core.consider(request, SOURCE, bench.now)
    assert len(job.legs) == 2
    nothing_left(bench, job, f"parameter '{leg}IcebergQty'")
    assert recovered(bench, job).orders == {}


def test_an_order_that_would_take_anothers_place_leaves_it_where_it_is(bench: Any) -> None:
    placed = bench.core.consider(bench.order(newClientOrderId="a"), SOURCE, bench.now)
    assert placed.refusal is None
    form = {
        "symbol": "ETHBTC",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "1",
        "price": "0.07",
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "cancelOrigClientOrderId": "a",
        "icebergQty": "0.1",
    }
    request = bench.signed("POST", "/api/v3/order/cancelReplace", form)
    job = bench.core.consider(request, SOURCE, bench.now)
    assert "no bound is stated" in job.refusal.text
    assert len(bench.state.orders) == 1
    assert len(job.decided()) == 1, "the cancel was not allowed either"


def test_what_more_an_amendment_asks_for_is_refused(bench: Any) -> None:
    placed = bench.core.consider(bench.order(), SOURCE, bench.now)
    order = bench.state.orders[placed.legs[0].order]
    bench.take(Reported(bench.now, order.id, 7, OrderStatus.NEW, Decimal(0)))
    lower = AmendOrder("ETH/BTC", Decimal("0.5"), 7)
    assert amending.answer(lower, order).allowed
    more = msgspec.structs.replace(lower, unbounded=("parameter 'x'",))
    assert not amending.answer(more, order).allowed


def test_a_person_who_asks_hears_no(bench: Any) -> None:
    asked = simulate.order("ETH/BTC", "BUY", "1", "0.07", is_exit=False)
    account = bench.state.accounts["me"]
    for policy in (None, parse_policy(POLICY)):
        says = simulate.simulate(bench.core, account, asked, SOURCE, policy, bench.now)
        assert says["allowed"]
        beyond = msgspec.structs.replace(asked, unbounded=("leverage",))
        says = simulate.simulate(bench.core, account, beyond, SOURCE, policy, bench.now)
        assert (says["allowed"], says["order"], says["instead"]) == (False, None, None)


def test_even_if_it_were_allowed_it_could_not_be_written(bench: Any) -> None:
    (intent,) = binance.read(bench.order(icebergQty="0.1"))
    assert isinstance(intent, PlaceOrder)
    assert intent.unbounded
    with pytest.raises(ValueError, match=r".+"):
        binance.write([intent], Credentials("k", bytearray(b"s")), 0, 5_000, "")


def test_what_was_denied_is_known_after_a_restart(bench: Any) -> None:
    job = bench.core.consider(bench.order(icebergQty="0.1"), SOURCE, bench.now)
    state = recovered(bench, job)
    assert state.digests.keys() == bench.state.digests.keys()
    assert state.next_id == bench.state.next_id
