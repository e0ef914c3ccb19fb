"""Deciding: what is signed, what is refused, and what becomes of the reservation."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.signer.conftest import read
from tradelatch import exchanges
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Outcome, Reason, Refusal, Verdict
from tradelatch.model.clock import DAY, MINUTE, MS, SECOND
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Candle
from tradelatch.model.orders import OrderType, TimeInForce
from tradelatch.policy.accounting import Window
from tradelatch.signer import freezing, review, settle
from tradelatch.signer.records import (
    Allowed,
    Closed,
    Denied,
    GrantIssued,
    GrantRevoked,
    Holdings,
    decode,
    encode,
)
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"


def answer(order: dict[str, Any], status: int = 200) -> Sent:
    return Sent(1, Response(status, json.dumps(order).encode()))


def filled(client_id: str, **fields: Any) -> dict[str, Any]:
    usual = {
        "symbol": "ETHBTC",
        "orderId": 7,
        "clientOrderId": client_id,
        "price": "0.07",
        "origQty": "1",
        "executedQty": "0",
        "time": 9_999_999_999_999,
        "cummulativeQuoteQty": "0",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "fills": [],
    }
    return {**usual, **fields}


def used(state: State, now: int) -> Decimal:
    return state.accounts["me"].losses.used(Window.DAY, now).budget


def refusal(bench: Any, request: Any, source: str = SOURCE) -> Refusal:
    with pytest.raises(Refusal) as caught:
        bench.core.consider(request, source, bench.now)
    return caught.value


def later(bench: Any, nanoseconds: int) -> Any:
    bench.now += nanoseconds
    return bench


def revoked(bench: Any) -> Any:
    bench.take(GrantRevoked(bench.now, "tlg_test"))
    return bench


def test_what_is_signed_is_the_intent_and_nothing_else(bench: Any) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="mine-1"), SOURCE, bench.now)
    request = bench.core.sign(job, bench.now)
    assert request.header("x-mbx-apikey") == "exchange-key"
    binance = exchanges.load("binance")
    binance.verify(request, bytearray(b"exchange secret"), bench.now // MS)
    (intent,) = binance.read(request)
    assert (intent.symbol, intent.quantity, intent.price) == (
        "ETH/BTC",
        Decimal(1),
        Decimal("0.07"),
    )
    assert intent.client_order_id == "mine-1"


def test_a_market_order_leaves_as_a_limit_order(bench: Any) -> None:
    request = bench.order(type="MARKET", price="", timeInForce="", side="SELL")
    job = bench.core.consider(request, SOURCE, bench.now)
    (intent,) = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    assert isinstance(intent, PlaceOrder)
    assert (intent.type, intent.time_in_force) == (OrderType.LIMIT, TimeInForce.IOC)
    assert intent.price == Decimal("0.07") * Decimal("0.99")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda b: b.signed("GET", "/api/v3/account", {}, b"wrong"), Reason.BAD_SIGNATURE),
        (lambda b: later(b, DAY).order(), Reason.UNKNOWN_KEY),
        (lambda b: revoked(b).order(), Reason.UNKNOWN_KEY),
    ],
    ids=["wrong secret", "expired", "revoked"],
)
def test_whoever_is_not_known_is_refused(
    bench: Any, change: Callable[[Any], Any], reason: Reason
) -> None:
    assert refusal(bench, change(bench)).reason is reason
    assert not bench.state.orders


def test_a_grant_is_good_from_its_addresses_only(bench: Any) -> None:
    assert refusal(bench, bench.order(), "10.0.0.1").reason is Reason.UNKNOWN_KEY
    assert refusal(bench, bench.order(), "not an address").reason is Reason.UNKNOWN_KEY


def test_the_same_request_twice_is_refused_even_after_a_restart(bench: Any) -> None:
    request = bench.order()
    job = bench.core.consider(request, SOURCE, bench.now)
    assert refusal(bench, request).reason is Reason.ORDER_DENIED
    bench.state.digests.clear()
    bench.state.apply(decode(encode(job.record)))
    assert refusal(bench, request).reason is Reason.ORDER_DENIED


def test_an_order_too_dear_for_the_budget_is_denied_and_says_why(bench: Any) -> None:
    job = bench.core.consider(bench.order(quantity="4000"), SOURCE, bench.now)
    assert isinstance(job.record, Denied)
    assert job.refusal.reason is Reason.ORDER_DENIED
    assert "budget" in job.refusal.text
    assert f"verdict {job.record.id}" in job.refusal.text
    assert not bench.state.orders


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/sapi/v1/capital/withdraw/apply", {"coin": "BTC", "address": "x", "amount": "1"}),
        ("/sapi/v1/asset/transfer", {"type": "MAIN_FUNDING", "asset": "BTC", "amount": "1"}),
        ("/sapi/v1/giftcard/createCode", {"token": "BTC", "amount": "1"}),
        ("/fapi/v1/order", {"symbol": "ETHBTC", "side": "BUY", "type": "MARKET", "quantity": "1"}),
    ],
)
def test_no_other_door_opens(bench: Any, path: str, form: dict[str, str]) -> None:
    job = bench.core.consider(bench.signed("POST", path, form), SOURCE, bench.now)
    assert job.refusal
    assert isinstance(job.record, Denied)


def test_a_client_id_in_use_is_a_duplicate_and_a_used_one_gets_another_name(bench: Any) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="a"), SOURCE, bench.now)
    bench.now += MS
    duplicate = refusal(bench, bench.order(newClientOrderId="a"))
    assert duplicate.text == "Duplicate order sent."
    bench.core.conclude(job, read(job, answer(filled("a", status="CANCELED"))), bench.now)
    bench.now += MS
    again = bench.core.consider(bench.order(newClientOrderId="a"), SOURCE, bench.now)
    (sent,) = exchanges.load("binance").read(bench.core.sign(again, bench.now))
    assert sent.client_order_id != "a"
    _, response = bench.core.conclude(
        again, read(again, answer(filled(sent.client_order_id))), bench.now
    )
    assert json.loads(response.body)["clientOrderId"] == "a"
    cancel = bench.signed("DELETE", "/api/v3/order", {"symbol": "ETHBTC", "origClientOrderId": "a"})
    (outgoing,) = exchanges.load("binance").read(
        bench.core.sign(bench.core.consider(cancel, SOURCE, bench.now), bench.now)
    )
    assert outgoing.client_order_id == sent.client_order_id


@pytest.mark.parametrize(
    ("sent", "is_open", "reason"),
    [
        (answer({"code": -2010, "msg": "no"}, 400), False, None),
        (answer({"code": -1007, "msg": "?"}, 504), True, Reason.OUTCOME_UNKNOWN),
        (Sent(1, Response(500, b"<html>")), True, Reason.OUTCOME_UNKNOWN),
        (Sent(1, None, was_sent=True, error="gone"), True, Reason.OUTCOME_UNKNOWN),
        (Sent(1, None, was_sent=False, error="refused"), False, Reason.UNAVAILABLE),
    ],
    ids=["rejected", "unknown code", "garbage", "lost", "never sent"],
)
def test_only_a_known_outcome_releases_the_reservation(
    bench: Any, sent: Sent, is_open: bool, reason: Reason | None
) -> None:
    job = bench.core.consider(bench.order(), SOURCE, bench.now)
    reserved = used(bench.state, bench.now)
    assert reserved > 0
    records, response = bench.core.conclude(job, read(job, sent), bench.now)
    assert bool(bench.state.orders) is is_open
    assert any(isinstance(record, Closed) for record in records) is not is_open
    assert used(bench.state, bench.now) == (reserved if is_open else 0)
    if reason:
        expected = exchanges.load("binance").refuse(Refusal(reason, "")).status
        assert response.status == expected


def test_fills_turn_the_reservation_into_what_it_cost(bench: Any) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="a", price="0.0702"), SOURCE, bench.now)
    reserved = used(bench.state, bench.now)
    fill = {
        "price": "0.0701",
        "qty": "1",
        "commission": "0.001",
        "commissionAsset": "ETH",
        "tradeId": 3,
    }
    order = filled("a", status="FILLED", executedQty="1", fills=[fill])
    bench.core.conclude(job, read(job, answer(order)), bench.now)
    cost = used(bench.state, bench.now)
    assert Decimal("0.0001") < cost <= reserved
    assert not bench.state.orders


def test_an_executed_order_stays_open_until_its_fills_are_known(bench: Any) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="a"), SOURCE, bench.now)
    reserved = used(bench.state, bench.now)
    bench.core.conclude(
        job, read(job, answer(filled("a", status="FILLED", executedQty="1"))), bench.now
    )
    assert bench.state.orders
    assert used(bench.state, bench.now) == reserved


def test_nothing_new_while_closed_and_cancels_always(bench: Any) -> None:
    bench.core.closed = "the disk is full"
    assert bench.core.consider(bench.order(), SOURCE, bench.now).refusal
    cancel = bench.signed("DELETE", "/api/v3/order", {"symbol": "ETHBTC", "orderId": "7"})
    job = bench.core.consider(cancel, SOURCE, bench.now)
    assert isinstance(job.record, Allowed)
    assert bench.core.sign(job, bench.now).method == "DELETE"


def test_stale_prices_let_no_order_out(bench: Any) -> None:
    bench.now += 11 * SECOND
    job = bench.core.consider(bench.order(), SOURCE, bench.now)
    assert "fresh_prices" in job.refusal.text


def test_recording_that_took_too_long_is_not_signed(bench: Any) -> None:
    job = bench.core.consider(bench.order(), SOURCE, bench.now)
    with pytest.raises(Refusal) as caught:
        bench.core.sign(job, bench.now + 4 * SECOND)
    assert caught.value.reason is Reason.UNAVAILABLE


def test_denials_beyond_the_rate_are_counted_only(bench: Any) -> None:
    for number in range(30):
        request = bench.order(quantity="4000", newClientOrderId=f"n{number}")
        bench.core.consider(request, SOURCE, bench.now)
    assert bench.core.unrecorded_denials == 10


def test_the_state_follows_from_the_records(bench: Any) -> None:
    records = list(bench.history)
    for number in range(5):
        bench.now += SECOND
        bench.feed(Decimal("0.07") + number * Decimal("0.0001"))
        request = bench.order(newClientOrderId=f"n{number}", price="0.0702")
        job = bench.core.consider(request, SOURCE, bench.now)
        records.append(job.record)
        if number % 2 and job.refusal is None:
            fill = {
                "price": "0.0701",
                "qty": "0.5",
                "commission": "0",
                "commissionAsset": "BTC",
                "tradeId": number,
            }
            order = filled(
                f"n{number}",
                orderId=number,
                status="PARTIALLY_FILLED",
                executedQty="0.5",
                fills=[fill],
            )
            done, _ = bench.core.conclude(job, read(job, answer(order)), bench.now)
            records += done
    replayed = State()
    for record in records:
        replayed.apply(decode(encode(record)))
    assert replayed.orders == bench.state.orders
    assert replayed.next_id == bench.state.next_id
    for window in Window:
        mine, theirs = (
            state.accounts["me"].losses.used(window, bench.now) for state in (replayed, bench.state)
        )
        assert mine == theirs


def test_resting_orders_that_no_longer_fit_are_picked_newest_first(bench: Any) -> None:
    for number in range(3):
        request = bench.order(newClientOrderId=f"n{number}", price="0.0702", quantity="250")
        assert bench.core.consider(request, SOURCE, bench.now).refusal is None
    account = bench.state.accounts["me"]
    assert review.misfits(bench.core, account, bench.now) == []
    before = used(bench.state, bench.now)
    bench.feed(Decimal("0.0697"))
    records = review.rejudge(bench.core, account, bench.now)
    assert len(records) == 3
    assert used(bench.state, bench.now) > before
    assert review.rejudge(bench.core, account, bench.now) == []
    picked = review.misfits(bench.core, account, bench.now)
    assert [order.client_order_id for order in picked] == ["n2", "n1"][: len(picked)]
    assert picked
    left = {str(order.id) for order in picked}
    assert account.losses.used(Window.DAY, bench.now, without=left).budget <= Decimal("0.25")


def stop_loss(bench: Any, stop: str, price: str, quantity: str, name: str) -> Any:
    form = {"side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": stop, "price": price}
    return bench.order(**form, quantity=quantity, newClientOrderId=name)


def exits(bench: Any) -> Decimal:
    used: Decimal = bench.state.accounts["me"].losses.used(Window.DAY, bench.now).exit_budget
    return used


def test_a_stop_loss_is_signed_as_it_is_and_reserves_down_to_its_limit(bench: Any) -> None:
    bench.take(Holdings(bench.now, "me", {"ETH": Decimal(100)}))
    request = stop_loss(bench, "0.066", "0.0659", "50", "s")
    job = bench.core.consider(request, SOURCE, bench.now)
    assert job.refusal is None
    (intent,) = exchanges.load("binance").read(bench.core.sign(job, bench.now))
    assert (intent.type, intent.price, intent.stop_price) == (
        OrderType.STOP_LOSS_LIMIT,
        Decimal("0.0659"),
        Decimal("0.066"),
    )
    assert exits(bench) == 50 * (Decimal("0.07") - Decimal("0.0659") + Decimal("0.07") / 1000)


def test_a_stop_loss_follows_the_market_and_is_cancelled_when_it_no_longer_fits(bench: Any) -> None:
    bench.take(Holdings(bench.now, "me", {"ETH": Decimal(200)}))
    for name in ("old", "new"):
        request = stop_loss(bench, "0.067", "0.067", "60", name)
        assert bench.core.consider(request, SOURCE, bench.now).refusal is None
    account, before = bench.state.accounts["me"], exits(bench)
    bench.feed(Decimal("0.069"))
    assert len(review.rejudge(bench.core, account, bench.now)) == 2
    assert exits(bench) < before
    assert review.misfits(bench.core, account, bench.now) == []
    bench.feed(Decimal("0.0735"))
    review.rejudge(bench.core, account, bench.now)
    picked = review.misfits(bench.core, account, bench.now)
    assert [order.client_order_id for order in picked] == ["new"]
    assert json.dumps(sorted(map(repr, account.live))) == json.dumps(["1", "2"])


def test_a_push_of_minutes_frees_nothing_that_a_stop_loss_reserves(bench: Any) -> None:
    bench.take(Holdings(bench.now, "me", {"ETH": Decimal(200)}))
    request = stop_loss(bench, "0.066", "0.066", "60", "s")
    assert bench.core.consider(request, SOURCE, bench.now).refusal is None
    prices = bench.core.quotes["binance"].of("ETH/BTC")
    minute, low = bench.now // MINUTE * MINUTE // MS, Decimal("0.067")
    candles = [
        Candle(minute - 60_000 * n, low, low, low, low, Decimal(100), 100 * low) for n in range(5)
    ]
    prices.see_minutes(candles, bench.now)
    assert prices.mark(bench.now) == low
    before = exits(bench)
    assert review.rejudge(bench.core, bench.state.accounts["me"], bench.now) == []
    assert exits(bench) == before


def test_a_stop_loss_that_was_set_off_stays_and_is_judged_by_the_worse_price(bench: Any) -> None:
    bench.take(Holdings(bench.now, "me", {"ETH": Decimal(200)}))
    request = stop_loss(bench, "0.067", "0.067", "60", "s")
    assert bench.core.consider(request, SOURCE, bench.now).refusal is None
    account = bench.state.accounts["me"]
    (order,) = account.live.values()
    fills = [
        {"price": "0.067", "qty": "1", "commission": "0", "commissionAsset": "BTC", "tradeId": 9}
    ]
    body = filled("s", status="PARTIALLY_FILLED", executedQty="1", fills=fills, orderId=3)
    body["side"] = "SELL"
    seen = exchanges.load("binance").order_report(json.dumps(body).encode())
    settle.report(bench.state, order, seen, None, bench.now)
    bench.feed(Decimal("0.069"))
    assert review.rejudge(bench.core, account, bench.now) == []
    bench.feed(Decimal("0.0735"))
    review.rejudge(bench.core, account, bench.now)
    assert order.judged.reference > Decimal("0.0734")
    assert review.misfits(bench.core, account, bench.now) == []


def test_own_prints_are_remembered_with_the_exchanges_time_for_a_day(bench: Any) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="a"), SOURCE, bench.now)
    traded = bench.now // MS - 3_000
    fill = {
        "price": "0.07",
        "qty": "1",
        "commission": "0",
        "commissionAsset": "BTC",
        "tradeId": 3,
    }
    order = filled("a", status="FILLED", executedQty="1", transactTime=traded, fills=[fill])
    bench.core.conclude(job, read(job, answer(order)), bench.now)
    (seen,) = bench.state.prints["binance", "ETH/BTC"]
    assert (seen.time_ms, seen.price, seen.quantity) == (traded, Decimal("0.07"), Decimal(1))


def test_the_accounts_value_follows_every_fill(bench: Any) -> None:
    """Or a resting order, which holds reconciliation off, would keep an old value for ever."""
    account = bench.state.accounts["me"]
    quotes = bench.core.quotes["binance"]
    before = quotes.value(account.policy, account.losses.holdings(), bench.now)
    request = bench.order(side="SELL", quantity="100", newClientOrderId="a")
    job = bench.core.consider(request, SOURCE, bench.now)
    fill = {
        "price": "0.07",
        "qty": "100",
        "commission": "0.007",
        "commissionAsset": "BTC",
        "tradeId": 3,
    }
    order = filled("a", status="FILLED", executedQty="100", fills=[fill], side="SELL")
    bench.core.conclude(job, read(job, answer(order)), bench.now)
    after = quotes.value(account.policy, account.losses.holdings(), bench.now)
    assert after == before - Decimal("0.007")


@pytest.mark.parametrize("other", [{"orderId": 8}, {"symbol": "VINBTC"}, {"clientOrderId": "b"}])
def test_a_report_of_another_order_settles_nothing(bench: Any, other: dict[str, Any]) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="a"), SOURCE, bench.now)
    bench.core.conclude(job, read(job, answer(filled("a", orderId=7))), bench.now)
    (order,) = bench.state.orders.values()
    report = filled("a", **{"orderId": 7, "status": "CANCELED", **other})
    seen = exchanges.load("binance").order_report(json.dumps(report).encode())
    assert settle.report(bench.state, order, seen, None, bench.now) == []
    assert bench.state.orders


def asked_until_refused(bench: Any, request: Any) -> tuple[int, Reason]:
    for number in range(1_000):
        try:
            bench.core.consider(request, SOURCE, bench.now)
        except Refusal as refused:
            return number, refused.reason
    return 1_000, Reason.UNAVAILABLE


def test_whoever_asks_too_often_is_told_so_and_may_still_cancel(bench: Any) -> None:
    read = bench.signed("GET", "/api/v3/account", {})
    assert asked_until_refused(bench, read) == (200, Reason.TOO_OFTEN)
    cancel = bench.signed("DELETE", "/api/v3/order", {"symbol": "ETHBTC", "orderId": "7"})
    assert bench.core.consider(cancel, SOURCE, bench.now).refusal is None
    public = Request("GET", "binance", "/api/v3/time")
    assert asked_until_refused(bench, public) == (200, Reason.TOO_OFTEN)
    bench.now += SECOND
    assert asked_until_refused(bench, public) == (100, Reason.TOO_OFTEN)


def test_reads_and_denials_take_no_room_from_cancels_when_the_disk_is_full(bench: Any) -> None:
    bench.core.closed = "the disk of the journal is full"
    read = bench.signed("GET", "/api/v3/account", {})
    assert refusal(bench, read).reason is Reason.UNAVAILABLE
    denied = bench.core.consider(bench.order(), SOURCE, bench.now)
    assert denied.refusal
    assert denied.record is None


def test_a_digest_belongs_to_its_grant(bench: Any) -> None:
    """Or the holder of one grant could use up the words of another's cancel."""
    bench.take(GrantIssued(bench.now, "other", "me", bench.now + DAY))
    bench.core._secret = lambda name: bytearray(b"grant secret")
    form = {"symbol": "ETHBTC", "orderId": "7"}
    theirs = bench.signed("DELETE", "/api/v3/order", form)
    theirs = Request(
        theirs.method, theirs.host, theirs.path, theirs.query, (("X-MBX-APIKEY", "other"),)
    )
    assert bench.core.consider(theirs, SOURCE, bench.now).refusal is None
    own = bench.signed("DELETE", "/api/v3/order", form)
    assert bench.core.consider(own, SOURCE, bench.now).refusal is None


@pytest.mark.parametrize(
    "told",
    [
        Sent(1, Response(200, b"{}"), outcomes=(Outcome(Verdict.DONE),) * 2),
        Sent(1, Response(200, b"{}")),
        Sent(1, Response(200, b'{"clientOrderId":"\\x"}'), outcomes=(Outcome(Verdict.DONE),)),
    ],
    ids=["too many", "none", "not the JSON that it was called"],
)
def test_a_courier_that_tells_what_cannot_be_settles_nothing_and_ends_nothing(
    bench: Any, told: Sent
) -> None:
    job = bench.core.consider(bench.order(newClientOrderId="tradelatch-mine"), SOURCE, bench.now)
    bench.core.sign(job, bench.now)
    records, response = bench.core.conclude(job, told, bench.now)
    assert records == []
    assert response.status >= 400
    assert bench.state.orders


def test_an_exchange_clock_far_off_is_not_believed(bench: Any) -> None:
    quotes = bench.core.quotes["binance"]
    quotes.see_time(bench.now // MS + 6_000, bench.now, bench.now)
    assert not quotes.knows_clock
    assert quotes.exchange_ms(bench.now) == bench.now // MS


def test_a_thin_sell_that_no_longer_fits_the_exits_is_picked_and_nothing_else(bench: Any) -> None:
    bench.take(Holdings(bench.now, "me", {"VIN": Decimal(2_000)}))
    buy = bench.order(newClientOrderId="buy", quantity="100")
    assert bench.core.consider(buy, SOURCE, bench.now).refusal is None
    form = {"symbol": "VINBTC", "side": "SELL", "quantity": "600", "price": "0.0694"}
    sell = bench.order(newClientOrderId="sell", **form)
    assert bench.core.consider(sell, SOURCE, bench.now).refusal is None
    bench.feed(Decimal("0.0705"))
    account = bench.state.accounts["me"]
    review.rejudge(bench.core, account, bench.now)
    assert [order.client_order_id for order in review.misfits(bench.core, account, bench.now)] == [
        "sell"
    ]


def test_an_order_too_large_to_record_reserves_nothing(new_bench: Callable[..., Any]) -> None:
    """It costs nothing where no fee is paid; an exit must still find its coins."""
    bench = new_bench('fee_rate = "0"\n')
    order = bench.order(side="SELL", quantity="9" * 18, price="9" * 14)
    job = bench.core.consider(order, SOURCE, bench.now)
    assert "the numbers are too large to judge" in job.refusal.text
    losses = bench.state.accounts["me"].losses
    assert (losses.open_count, losses.held("ETH")) == (0, 285)


@pytest.mark.parametrize(
    ("quantity", "price", "fee"),
    [("0", "0.07", "0"), ("9" * 20, "9" * 20, "0"), ("1", "0.07", "9" * 20)],
)
def test_a_fill_that_no_exchange_reports_is_not_taken_in(
    bench: Any, quantity: str, price: str, fee: str
) -> None:
    """Once in the journal, numbers that no loss account can hold would end the signer at each
    start."""
    form = {"symbol": "VINBTC", "side": "SELL", "newClientOrderId": "a"}
    bench.take(Holdings(bench.now, "me", {"VIN": Decimal(9)}))
    job = bench.core.consider(bench.order(**form), SOURCE, bench.now)
    fills = [
        {"price": price, "qty": quantity, "commission": fee, "commissionAsset": "BTC", "tradeId": 1}
    ]
    report = filled("a", symbol="VINBTC", status="FILLED", executedQty="1", fills=fills)
    reserved = used(bench.state, bench.now)
    bench.core.conclude(job, read(job, answer(report)), bench.now)
    assert used(bench.state, bench.now) == reserved
    assert not bench.state.orders[job.record.id].trades
    assert list(freezing.spent(bench.state.accounts["me"], bench.now)) == []
