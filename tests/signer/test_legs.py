"""Requests of two parts: a cancel with the order that takes its place, and two orders of which one
cancels the other. Each part is decided on by itself, and both go out or neither."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.signer.conftest import Bench, read
from tradelatch import exchanges
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.clock import DAY
from tradelatch.model.http import Response
from tradelatch.model.intents import CancelOrder, PlaceOrder
from tradelatch.model.orders import OrderStatus, OrderType
from tradelatch.policy.accounting import Window
from tradelatch.signer import freezing, review
from tradelatch.signer.job import Job
from tradelatch.signer.records import (
    Allowed,
    Cause,
    Closed,
    Denied,
    Frozen,
    Holdings,
    Reported,
    decode,
    encode,
)
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"
PAIR = {
    "symbol": "ETHBTC",
    "side": "SELL",
    "quantity": "100",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "0.075",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "0.068",
    "belowPrice": "0.0679",
    "belowTimeInForce": "GTC",
}
ORDER = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


def pair(bench: Bench, **changes: str) -> Job:
    request = bench.signed("POST", "/api/v3/orderList/oco", PAIR | changes)
    return bench.core.consider(request, SOURCE, bench.now)


def replacing(bench: Bench, quantity: str, price: str, **more: str) -> Job:
    form = ORDER | {"quantity": quantity, "price": price, "cancelReplaceMode": "STOP_ON_FAILURE"}
    form |= {"cancelOrigClientOrderId": "old"} | more
    request = bench.signed("POST", "/api/v3/order/cancelReplace", form)
    return bench.core.consider(request, SOURCE, bench.now)


def placed(bench: Bench, **form: str) -> Allowed:
    job = bench.core.consider(bench.order(newClientOrderId="old", **form), SOURCE, bench.now)
    assert isinstance(job.record, Allowed)
    bench.history.append(job.record)
    bench.take(Reported(bench.now, job.record.id, 7, OrderStatus.NEW, Decimal(0)))
    return job.record


def row(name: str, number: int, **fields: Any) -> dict[str, Any]:
    usual = {"symbol": "ETHBTC", "orderId": number, "clientOrderId": name, "status": "NEW"}
    return usual | {"executedQty": "0", "fills": []} | fields


def answer(body: Any, status: int = 200) -> Sent:
    return Sent(1, Response(status, json.dumps(body).encode()))


def test_a_pair_goes_out_as_it_was_read_and_both_orders_are_reserved() -> None:
    bench = Bench()
    job = pair(bench)
    assert job.refusal is None
    intents = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    above, below = intents
    assert isinstance(above, PlaceOrder)
    assert isinstance(below, PlaceOrder)
    assert (above.type, above.price) == (OrderType.LIMIT_MAKER, Decimal("0.075"))
    assert (below.type, below.price) == (OrderType.STOP_LOSS_LIMIT, Decimal("0.0679"))
    assert below.stop_price == Decimal("0.068")
    assert above.client_order_id != below.client_order_id
    account = bench.state.accounts["me"]
    assert len(account.live) == 2
    used = account.losses.used(Window.DAY, bench.now)
    assert used.exit_budget == 100 * (Decimal("0.0021") + Decimal("0.00007"))
    assert used.budget == 100 * Decimal("0.075") / 1000
    assert account.losses.held("ETH") == 185, "a pair sells its quantity once"


def test_what_becomes_of_a_pair() -> None:
    bench = Bench()
    job = pair(bench)
    bench.core.sign(job, bench.now)
    names = {order.judged.stop: order.client_order_id for order in bench.state.orders.values()}
    rows = [row(names[True], 8), row(names[False], 7, status="FILLED", executedQty="100")]
    fill = {"price": "0.075", "qty": "100", "commission": "0", "commissionAsset": "BTC"}
    rows[1]["fills"] = [fill | {"tradeId": 1}]
    bench.core.conclude(job, read(job, answer({"orderListId": 1, "orderReports": rows})), bench.now)
    (left,) = bench.state.orders.values()
    assert (left.exchange_order_id, left.judged.stop) == (8, True)


def test_neither_order_of_a_pair_goes_out_if_one_is_refused() -> None:
    bench = Bench()
    job = pair(bench, abovePrice="0.069", side="SELL")
    assert job.refusal
    assert job.refusal.reason is Reason.ORDER_DENIED
    assert [type(record) for record in [*job.decided(), *job.after]] == [Allowed, Denied, Closed]
    assert not bench.state.orders
    assert bench.state.accounts["me"].losses.used(Window.DAY, bench.now).exit_budget == 0


def test_a_pair_sells_no_more_than_is_held() -> None:
    bench = Bench()
    assert "exit_holding" in str(pair(bench, quantity="286").refusal)
    assert pair(bench, quantity="250", belowStopPrice="0.0699", belowPrice="0.0699").refusal is None
    assert "exit_holding" in str(pair(bench, quantity="50").refusal)


@pytest.mark.parametrize(
    ("form", "kinds"),
    [
        ({"side": "SELL", "price": "0.075", "stopPrice": "0.068"}, ("LIMIT_MAKER", "STOP_LOSS")),
        ({"side": "BUY", "price": "0.068", "stopPrice": "0.0705"}, ("STOP_LOSS", "LIMIT_MAKER")),
    ],
)
def test_the_older_form_of_a_pair(form: dict[str, str], kinds: tuple[str, str]) -> None:
    bench = Bench()
    form |= {"symbol": "ETHBTC", "quantity": "1"}
    request = bench.signed("POST", "/api/v3/order/oco", form)
    read = exchanges.load("binance").read(request)
    assert tuple(intent.type for intent in read if isinstance(intent, PlaceOrder)) == kinds
    assert bench.core.consider(request, SOURCE, bench.now).refusal is None


def test_an_order_and_the_one_that_takes_its_place_are_both_reserved_until_it_is_gone() -> None:
    bench = Bench()
    placed(bench, quantity="600", price="0.0701")
    used = bench.state.accounts["me"].losses.used(Window.DAY, bench.now).budget
    job = replacing(bench, "500", "0.0701", newClientOrderId="new")
    assert job.refusal is None
    (cancel, order) = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    assert cancel == CancelOrder("ETH/BTC", client_order_id="old", mode="STOP_ON_FAILURE")
    assert isinstance(order, PlaceOrder)
    assert (order.client_order_id, order.quantity) == ("new", Decimal(500))
    assert bench.state.accounts["me"].losses.used(Window.DAY, bench.now).budget > used * Decimal(
        "1.4"
    )
    body = {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS"}
    body["cancelResponse"] = row("x", 7, origClientOrderId="old", status="CANCELED")  # type: ignore[assignment]
    body["newOrderResponse"] = row("new", 8)  # type: ignore[assignment]
    bench.core.conclude(job, read(job, answer(body)), bench.now)
    assert [order.client_order_id for order in bench.state.orders.values()] == ["new"]


@pytest.mark.parametrize(
    ("results", "left"),
    [
        (("FAILURE", "NOT_ATTEMPTED"), ["old"]),
        (("SUCCESS", "FAILURE"), []),
        (("FAILURE", "SUCCESS"), ["old", "new"]),
    ],
)
def test_each_half_has_a_fate_of_its_own(results: tuple[str, str], left: list[str]) -> None:
    bench = Bench()
    placed(bench, price="0.0699")
    job = replacing(bench, "2", "0.0698", newClientOrderId="new")
    bench.core.sign(job, bench.now)
    failed = {"code": -2011, "msg": "Unknown order sent."}
    told: dict[str, Any] = dict(zip(("cancelResult", "newOrderResult"), results, strict=True))
    cancelled = row("x", 7, origClientOrderId="old", status="CANCELED")
    told["cancelResponse"] = cancelled if results[0] == "SUCCESS" else failed
    told["newOrderResponse"] = {"SUCCESS": row("new", 8), "FAILURE": failed}.get(results[1])
    body = {"code": -2022, "msg": "Order cancel-replace is not completed.", "data": told}
    _, response = bench.core.conclude(job, read(job, answer(body, 400)), bench.now)
    assert response.status == 400
    assert [order.client_order_id for order in bench.state.orders.values()] == left


def test_a_refused_replacement_cancels_nothing() -> None:
    bench = Bench()
    placed(bench, price="0.0699")
    job = replacing(bench, "2", "0.09", newClientOrderId="new")
    assert "price_collar" in str(job.refusal)
    assert [type(record) for record in job.decided()] == [Denied]


def test_an_exit_may_be_replaced_by_one_that_sells_the_same_coins() -> None:
    bench = Bench()
    stop = {"side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": "0.0695", "price": "0.0695"}
    placed(bench, quantity="285", **stop)
    moved = stop | {"stopPrice": "0.0697", "newClientOrderId": "new"}
    alone = bench.core.consider(bench.order(quantity="285", **moved), SOURCE, bench.now)
    assert "exit_holding" in str(alone.refusal)
    del moved["price"]
    assert replacing(bench, "285", "0.0697", **moved).refusal is None


def test_an_answer_that_tells_neither_result_leaves_both_open() -> None:
    bench = Bench()
    placed(bench, price="0.0699")
    job = replacing(bench, "2", "0.0698", newClientOrderId="new")
    bench.core.sign(job, bench.now)
    _, response = bench.core.conclude(job, read(job, answer({"hello": 1})), bench.now)
    assert response.status == 504
    assert len(bench.state.orders) == 2


def test_a_pair_of_which_one_cannot_even_be_judged_leaves_nothing_behind() -> None:
    """What was decided on is recorded and taken back, so that the journal can be read again."""
    bench = Bench()
    placed(bench, price="0.0699")
    for more in ({"aboveClientOrderId": "old"}, {"belowClientOrderId": "old"}):
        try:
            job = pair(bench, **more)
        except Refusal:
            continue
        assert "Duplicate" in str(job.refusal)
        bench.history += [*job.decided(), *job.after]
    assert len(bench.state.orders) == 1
    again = State()
    for record in bench.history:
        again.apply(decode(encode(record)))
    assert again.orders.keys() == bench.state.orders.keys()
    with pytest.raises(Refusal, match="one client order id"):
        pair(bench, aboveClientOrderId="same", belowClientOrderId="same")


def test_an_exit_is_not_freed_by_an_order_in_another_market() -> None:
    bench = Bench()
    bench.take(Holdings(bench.now, "me", {"VIN": Decimal(5_000)}))
    placed(bench, symbol="VINBTC", side="SELL", quantity="5000", price="0.08")
    stop = {"side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": "0.0697"}
    job = replacing(bench, "286", "0.0697", **stop, cancelReplaceMode="ALLOW_FAILURE")
    assert "exit_holding" in str(job.refusal)


@pytest.mark.parametrize(
    ("status", "code"), [(409, -1007), (409, -1001), (504, -2010), (409, None)]
)
def test_a_failure_that_leaves_the_fate_open_releases_nothing(
    status: int, code: int | None
) -> None:
    bench = Bench()
    placed(bench, price="0.0699")
    job = replacing(bench, "2", "0.0698", newClientOrderId="new")
    bench.core.sign(job, bench.now)
    failed = None if code is None else {"code": code, "msg": "who knows"}
    told = {"cancelResult": "FAILURE", "newOrderResult": "FAILURE"}
    body = {"code": -2022, "msg": "", "data": told | {"newOrderResponse": failed}}
    _, response = bench.core.conclude(job, read(job, answer(body, status)), bench.now)
    assert response.status == 504
    assert len(bench.state.orders) == 2


def test_a_stop_loss_is_not_lost_with_the_order_beside_it() -> None:
    """What is old, or no longer fits, or is frozen but for exits, stays if a stop-loss would go."""
    bench = Bench()
    assert pair(bench).refusal is None
    account, late = bench.state.accounts["me"], bench.now + 40 * DAY
    assert review.outdated(account, late) == []
    bench.take(Frozen(bench.now, "me", "", Cause.BUDGET, "spent"))
    assert freezing.to_cancel(bench.state, account) == []
    bench.take(Frozen(bench.now, "me", "", Cause.STOP, "stop"))
    assert len(freezing.to_cancel(bench.state, account)) == 2


def test_whichever_of_a_pair_is_left_sells_its_coins() -> None:
    for stays in (True, False):
        bench = Bench()
        assert pair(bench, quantity="250", belowStopPrice="0.0699", belowPrice="0.0699")
        gone = next(o for o in bench.state.orders.values() if o.judged.stop is not stays)
        bench.take(Closed(bench.now, gone.id, "expired"))
        assert bench.state.accounts["me"].losses.held("ETH") == 35


def cancelled_list(bench: Bench, **form: str) -> Job:
    request = bench.signed("DELETE", "/api/v3/orderList", {"symbol": "ETHBTC", **form})
    return bench.core.consider(request, SOURCE, bench.now)


def resting_pair(bench: Bench) -> list[str]:
    """Both orders of a list at the exchange, number 7 and 8; their names."""
    assert pair(bench, listClientOrderId="both").refusal is None
    orders = list(bench.state.orders.values())
    for number, order in enumerate(orders, 7):
        bench.take(Reported(bench.now, order.id, number, OrderStatus.NEW, Decimal(0)))
    return [order.client_order_id for order in orders]


@pytest.mark.parametrize("form", [{"orderListId": "3"}, {"listClientOrderId": "both"}])
def test_a_list_is_cancelled_whole_and_both_orders_are_settled(form: dict[str, str]) -> None:
    bench = Bench()
    names = resting_pair(bench)
    job = cancelled_list(bench, **form)
    (intent,) = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    assert intent == CancelOrder(
        "ETH/BTC",
        list_id=3 if "orderListId" in form else None,
        listed=form.get("listClientOrderId"),
    )
    rows = [
        row("x", number, origClientOrderId=name, status="CANCELED")
        for number, name in enumerate(names, 7)
    ]
    body = {"orderListId": 3, "listClientOrderId": "both", "orderReports": rows}
    records, response = bench.core.conclude(job, read(job, answer(body)), bench.now)
    assert response.status == 200
    assert [type(record) for record in records] == [Reported, Closed] * 2
    assert not bench.state.orders
    assert bench.state.accounts["me"].losses.used(Window.DAY, bench.now).exit_budget == 0


@pytest.mark.parametrize("told", ["one", "refused", "nothing", "of others"])
def test_what_an_answer_does_not_tell_of_stays_reserved(told: str) -> None:
    bench = Bench()
    names = resting_pair(bench)
    job = cancelled_list(bench, orderListId="3")
    bench.core.sign(job, bench.now)
    rows = [row("x", 7, origClientOrderId=names[0], status="CANCELED")]
    if told == "of others":
        rows = [row("x", n, origClientOrderId=names[0], status="CANCELED") for n in (9, 8)]
    body: Any = {"orderListId": 3, "orderReports": rows}
    if told == "refused":
        body = {"code": -2011, "msg": "Unknown order sent."}
    if told == "nothing":
        body = {"orderListId": 3}
    bench.core.conclude(job, read(job, answer(body, 400 if told == "refused" else 200)), bench.now)
    left = [order.client_order_id for order in bench.state.orders.values()]
    assert left == (names[1:] if told == "one" else names)


def test_cancelling_all_of_a_market_settles_single_orders_and_lists() -> None:
    bench = Bench()
    names = resting_pair(bench)
    bench.core.consider(bench.order(newClientOrderId="one", price="0.0699"), SOURCE, bench.now)
    single = list(bench.state.orders.values())[-1]
    bench.take(Reported(bench.now, single.id, 9, OrderStatus.NEW, Decimal(0)))
    request = bench.signed("DELETE", "/api/v3/openOrders", {"symbol": "ETHBTC"})
    job = bench.core.consider(request, SOURCE, bench.now)
    bench.core.sign(job, bench.now)
    ended = {"status": "CANCELED"}
    rows = [row("x", n, origClientOrderId=name, **ended) for n, name in enumerate(names, 7)]
    body = [row("x", 9, origClientOrderId="one", **ended), {"orderListId": 3, "orderReports": rows}]
    bench.core.conclude(job, read(job, answer(body)), bench.now)
    assert not bench.state.orders


def test_a_list_can_be_cancelled_whatever_is_frozen_or_in_doubt() -> None:
    bench = Bench()
    resting_pair(bench)
    bench.take(Frozen(bench.now, "me", "", Cause.STOP, "stop"))
    bench.core.doubt("me", "money", bench.now)
    assert cancelled_list(bench, orderListId="3").refusal is None
