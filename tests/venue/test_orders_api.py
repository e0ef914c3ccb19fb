"""Orders of every type, lists, replacements and prevented matches as requests to a real venue."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.venue.site import Key, Site

PLAIN = {"symbol": "ETHBTC", "quantity": "1"}
GTC = {"timeInForce": "GTC"}


class Trader:
    """Sends signed requests, and expects them to succeed unless told otherwise."""

    def __init__(self, site: Site, key: Key) -> None:
        self._site = site
        self._key = key

    def __call__(self, method: str, path: str, **parameters: object) -> Any:
        status, answer = self._site.signed(self._key, method, f"/api/v3/{path}", **parameters)
        assert status == 200, answer
        return answer

    def refused(self, method: str, path: str, **parameters: object) -> tuple[int, Any]:
        status, answer = self._site.signed(self._key, method, f"/api/v3/{path}", **parameters)
        assert status >= 400
        return status, answer

    def order(self, **terms: object) -> Any:
        return self("POST", "order", **{**PLAIN, **terms})

    def state(self, number: int) -> Any:
        return self("GET", "order", symbol="ETHBTC", orderId=number)

    def locked(self, asset: str) -> float:
        balances = self("GET", "account")["balances"]
        return next(float(b["locked"]) for b in balances if b["asset"] == asset)


_numbers = itertools.count()


@pytest.fixture
def trader(site: Site) -> Iterator[Trader]:
    """A fresh account with 50 BTC and 100 ETH; one ETH is 0.07 BTC."""
    fresh = Trader(site, site.open_account(f"orders-{next(_numbers)}", BTC="50", ETH="100"))
    yield fresh
    if fresh("GET", "openOrders"):
        fresh("DELETE", "openOrders", symbol="ETHBTC")


@pytest.mark.parametrize(
    ("terms", "locks"),
    [
        ({"type": "LIMIT_MAKER", "side": "BUY", "price": "0.06"}, ("BTC", 0.06)),
        ({"type": "STOP_LOSS", "side": "SELL", "stopPrice": "0.06"}, ("ETH", 1)),
        ({"type": "STOP_LOSS", "side": "BUY", "stopPrice": "0.08"}, ("BTC", 0.08)),
        ({"type": "TAKE_PROFIT", "side": "SELL", "stopPrice": "0.08"}, ("ETH", 1)),
        (
            {"type": "STOP_LOSS_LIMIT", "side": "BUY", "stopPrice": "0.08", "price": "0.081"} | GTC,
            ("BTC", 0.081),
        ),
        (
            {"type": "TAKE_PROFIT_LIMIT", "side": "BUY", "stopPrice": "0.06", "price": "0.061"}
            | GTC,
            ("BTC", 0.061),
        ),
    ],
)
def test_what_waits_locks_its_money_and_gives_it_back(
    trader: Trader, terms: dict[str, str], locks: tuple[str, float]
) -> None:
    placed = trader.order(**terms, newOrderRespType="RESULT")
    assert placed["status"] == "NEW"
    asset, amount = locks
    assert trader.locked(asset) == pytest.approx(amount)
    state = trader.state(placed["orderId"])
    assert state["type"] == terms["type"]
    assert float(state["stopPrice"]) == float(terms.get("stopPrice", 0))
    assert state["isWorking"] is ("stopPrice" not in terms)
    assert (state["workingTime"] == -1) is ("stopPrice" in terms)
    gone = trader("DELETE", "order", symbol="ETHBTC", orderId=placed["orderId"])
    assert gone["status"] == "CANCELED"
    assert trader.locked(asset) == 0


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"type": "LIMIT_MAKER", "side": "BUY", "price": "0.08"}, -2010),
        ({"type": "LIMIT_MAKER", "side": "BUY", "price": "0.06"} | GTC, -1106),
        ({"type": "LIMIT", "side": "BUY", "price": "0.06", "stopPrice": "0.06"} | GTC, -1106),
        ({"type": "STOP_LOSS", "side": "SELL", "stopPrice": "0.08"}, -2010),
        ({"type": "TAKE_PROFIT", "side": "SELL", "stopPrice": "0.06"}, -2010),
        ({"type": "STOP_LOSS", "side": "SELL"}, -1102),
        ({"type": "STOP_LOSS", "side": "SELL", "stopPrice": "0.06", "price": "0.06"}, -1106),
        ({"type": "STOP_LOSS_LIMIT", "side": "SELL", "stopPrice": "0.06", "price": "0.06"}, -1102),
        ({"type": "STOP_LOSS", "side": "SELL", "stopPrice": "0.0600000001"}, -1111),
        ({"type": "STOP_LOSS", "side": "SELL", "stopPrice": "0.060000001"}, -1111),
        ({"type": "STOP_LOSS", "side": "SELL", "stopPrice": "0.06000001"}, -1013),
        ({"type": "STOP_LOSS", "side": "SELL", "trailingDelta": "100"}, -1102),
        ({"type": "LIMIT_MAKER", "side": "BUY", "price": "0.06", "strategyType": "7"}, -1134),
    ],
)
def test_terms_that_do_not_fit_are_refused(
    trader: Trader, terms: dict[str, str], code: int
) -> None:
    _, answer = trader.refused("POST", "order", **{**PLAIN, **terms})
    assert answer["code"] == code


def test_a_market_order_by_what_it_may_spend(trader: Trader) -> None:
    bought = trader("POST", "order", symbol="ETHBTC", side="BUY", type="MARKET", quoteOrderQty="1")
    assert bought["status"] == "FILLED"
    assert 0.999 < float(bought["cummulativeQuoteQty"]) <= 1
    assert bought["origQuoteOrderQty"] == "1.00000000"
    assert float(bought["executedQty"]) == pytest.approx(1 / 0.07, rel=0.01)


def test_a_stop_that_is_set_off_sells(site: Site, trader: Trader) -> None:
    stop = trader.order(type="STOP_LOSS", side="SELL", stopPrice="0.0698")
    key = site.open_account("pusher", ETH="3000")
    # 25 BTC lie within 0.3 %: this goes through, and the last price with it.
    status, push = site.signed(
        key, "POST", "/api/v3/order", symbol="ETHBTC", side="SELL", type="MARKET", quantity="500"
    )
    assert status == 200
    # Its answer shows its own fills alone, not those of the stop it set off.
    assert sum(float(fill["qty"]) for fill in push["fills"]) == float(push["executedQty"]) == 500
    state = trader.state(stop["orderId"])
    assert (state["status"], state["isWorking"]) == ("FILLED", True)
    assert state["workingTime"] >= push["transactTime"]
    [trade] = trader("GET", "myTrades", symbol="ETHBTC")
    assert (trade["isMaker"], trade["isBuyer"], float(trade["qty"])) == (False, False, 1)


def test_an_oco_in_both_forms(trader: Trader) -> None:
    both = {"symbol": "ETHBTC", "side": "SELL", "quantity": "2", "listClientOrderId": "mine"}
    placed = trader(
        "POST",
        "orderList/oco",
        **both,
        aboveType="LIMIT_MAKER",
        abovePrice="0.08",
        aboveClientOrderId="up",
        belowType="STOP_LOSS_LIMIT",
        belowStopPrice="0.06",
        belowPrice="0.059",
        belowTimeInForce="GTC",
    )
    assert (placed["contingencyType"], placed["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert placed["listClientOrderId"] == "mine"
    above, below = placed["orderReports"]
    assert (above["type"], above["clientOrderId"]) == ("LIMIT_MAKER", "up")
    assert (below["type"], below["stopPrice"]) == ("STOP_LOSS_LIMIT", "0.06000000")
    assert trader.locked("ETH") == 2
    number = placed["orderListId"]
    assert [o["orderListId"] for o in trader("GET", "openOrders", symbol="ETHBTC")] == [number] * 2
    assert [one["orderListId"] for one in trader("GET", "openOrderList")] == [number]
    assert trader("GET", "orderList", orderListId=number)["orders"] == placed["orders"]

    gone = trader("DELETE", "orderList", symbol="ETHBTC", orderListId=number)
    assert gone["listOrderStatus"] == "ALL_DONE"
    assert [report["status"] for report in gone["orderReports"]] == ["CANCELED"] * 2
    assert trader.locked("ETH") == 0

    old = trader("POST", "order/oco", **both, price="0.08", stopPrice="0.06")
    kinds = [report["type"] for report in old["orderReports"]]
    assert kinds == ["LIMIT_MAKER", "STOP_LOSS"]
    one = old["orders"][0]["orderId"]
    assert trader("DELETE", "order", symbol="ETHBTC", orderId=one)["status"] == "CANCELED"
    assert trader("GET", "openOrders") == []
    assert trader.locked("ETH") == 0
    assert len(trader("GET", "allOrderList")) == 2


def test_an_order_is_amended_in_place(trader: Trader) -> None:
    placed = trader.order(type="LIMIT", side="BUY", price="0.06", newClientOrderId="a", **GTC)
    number, amend = placed["orderId"], {"symbol": "ETHBTC", "orderId": placed["orderId"]}
    first = trader("PUT", "order/amend/keepPriority", **amend, newQty="0.8")
    told = first["amendedOrder"]
    assert (told["orderId"], told["qty"], told["status"]) == (number, "0.80000000", "NEW")
    assert told["origClientOrderId"] == "a"
    renamed = told["clientOrderId"]
    assert renamed != "a"
    second = trader(
        "PUT",
        "order/amend/keepPriority",
        symbol="ETHBTC",
        origClientOrderId=renamed,
        newClientOrderId=renamed,
        newQty="0.5",
    )
    assert second["amendedOrder"]["clientOrderId"] == renamed
    assert trader.locked("BTC") == pytest.approx(0.03)
    assert trader.state(number)["origQty"] == "0.50000000"
    found = trader("GET", "order/amendments", **amend)
    assert [(one["origQty"], one["newQty"]) for one in found] == [
        ("1.00000000", "0.80000000"),
        ("0.80000000", "0.50000000"),
    ]
    assert found[1]["executionId"] == second["executionId"] > first["executionId"]
    later = trader("GET", "order/amendments", **amend, fromExecutionId=second["executionId"])
    assert later == found[1:]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"newQty": "1"}, -2038),
        ({"newQty": "2"}, -2038),
        ({"newQty": "0"}, -2038),
        ({"newQty": "0.00005"}, -1013),
        ({"newQty": "0.0001"}, -1013),
        ({}, -1102),
        ({"newQty": "0.5", "newClientOrderId": "other"}, -2038),
        ({"newQty": "0.5", "orderId": "987654321"}, -2038),
        ({"newQty": "0.5", "origClientOrderId": "other"}, -2038),
        ({"newQty": "0.5", "price": "0.05"}, -1104),
    ],
)
def test_an_amendment_that_is_refused_changes_nothing(
    trader: Trader, terms: dict[str, str], code: int
) -> None:
    trader.order(type="LIMIT", side="BUY", price="0.05", newClientOrderId="other", **GTC)
    placed = trader.order(type="LIMIT", side="BUY", price="0.06", newClientOrderId="mine", **GTC)
    asked = {"symbol": "ETHBTC", "orderId": placed["orderId"], **terms}
    _, answer = trader.refused("PUT", "order/amend/keepPriority", **asked)
    assert answer["code"] == code
    state = trader.state(placed["orderId"])
    assert (state["origQty"], state["clientOrderId"]) == ("1.00000000", "mine")


def test_the_orders_of_a_list_are_amended_together(trader: Trader) -> None:
    both = {"symbol": "ETHBTC", "side": "SELL", "quantity": "2"}
    placed = trader("POST", "order/oco", **both, price="0.08", stopPrice="0.06")
    one, other = (order["orderId"] for order in placed["orders"])
    told = trader("PUT", "order/amend/keepPriority", symbol="ETHBTC", orderId=one, newQty="1.5")
    assert told["listStatus"]["orderListId"] == placed["orderListId"]
    assert told["listStatus"]["orders"][0]["clientOrderId"] == told["amendedOrder"]["clientOrderId"]
    assert [trader.state(number)["origQty"] for number in (one, other)] == ["1.50000000"] * 2
    assert trader.locked("ETH") == 1.5


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ({"aboveType": "LIMIT_MAKER", "abovePrice": "0.06", "belowType": "STOP_LOSS"}, -2010),
        ({"aboveType": "LIMIT", "abovePrice": "0.08", "belowType": "STOP_LOSS"}, -1158),
        ({"aboveType": "STOP_LOSS", "aboveStopPrice": "0.08", "belowType": "STOP_LOSS"}, -1197),
        (
            {
                "aboveType": "LIMIT_MAKER",
                "abovePrice": "0.08",
                "belowType": "LIMIT_MAKER",
                "belowPrice": "0.06",
                "belowStopPrice": "",
            },
            -1168,
        ),
        ({"aboveType": "LIMIT_MAKER", "abovePrice": "0.08"}, -1102),
        ({"aboveType": "TAKE_PROFIT", "aboveStopPrice": "0.08", "belowType": "MARKET"}, -1158),
    ],
)
def test_orders_that_make_no_oco(trader: Trader, legs: dict[str, str], code: int) -> None:
    shared = {**PLAIN, "side": "SELL", "belowStopPrice": "0.06"}
    _, answer = trader.refused("POST", "orderList/oco", **{**shared, **legs})
    assert answer["code"] == code
    assert trader("GET", "openOrders") == []


def test_cancelling_all_gives_lists_whole(trader: Trader) -> None:
    trader.order(type="LIMIT", side="BUY", price="0.06", **GTC)
    trader("POST", "order/oco", **PLAIN, side="SELL", price="0.08", stopPrice="0.06")
    single, whole = trader("DELETE", "openOrders", symbol="ETHBTC")
    assert single["status"] == "CANCELED"
    assert [report["status"] for report in whole["orderReports"]] == ["CANCELED"] * 2


def test_an_order_is_replaced(trader: Trader) -> None:
    old = trader.order(type="LIMIT", side="BUY", price="0.06", **GTC)
    new = {**PLAIN, **GTC, "side": "BUY", "type": "LIMIT", "price": "0.061"}
    done = trader(
        "POST",
        "order/cancelReplace",
        **new,
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=old["orderId"],
    )
    assert (done["cancelResult"], done["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert done["cancelResponse"]["orderId"] == old["orderId"]
    [left] = trader("GET", "openOrders", symbol="ETHBTC")
    assert left["orderId"] == done["newOrderResponse"]["orderId"]


def test_a_replacement_that_fails_says_what_became_of_both(trader: Trader) -> None:
    new = {**PLAIN, **GTC, "side": "BUY", "type": "LIMIT", "price": "0.061"}
    stopping = {**new, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": 999_999_999}
    status, failed = trader.refused("POST", "order/cancelReplace", **stopping)
    assert (status, failed["code"]) == (400, -2022)
    assert failed["data"]["cancelResponse"]["code"] == -2011
    assert (failed["data"]["newOrderResult"], failed["data"]["newOrderResponse"]) == (
        "NOT_ATTEMPTED",
        None,
    )
    going_on = {**stopping, "cancelReplaceMode": "ALLOW_FAILURE"}
    status, partly = trader.refused("POST", "order/cancelReplace", **going_on)
    assert (status, partly["code"]) == (409, -2021)
    order = partly["data"]["newOrderResponse"]["orderId"]
    too_dear = {**stopping, "cancelOrderId": order, "quantity": "5000"}
    status, lost = trader.refused("POST", "order/cancelReplace", **too_dear)
    assert (status, lost["code"], lost["data"]["cancelResult"]) == (409, -2021, "SUCCESS")
    assert lost["data"]["newOrderResponse"]["code"] == -2010
    assert trader("GET", "openOrders") == []


@pytest.mark.parametrize("terms", [{"quantity": "0.0001"}, {"price": "0.2"}, {"price": "0.001"}])
def test_a_replacement_that_fails_a_filter_leaves_the_order(
    trader: Trader, terms: dict[str, str]
) -> None:
    new = {**PLAIN, **GTC, "side": "BUY", "type": "LIMIT", "price": "0.06"}
    order = trader.order(**new)["orderId"]
    mode = {"cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": order}
    status, answer = trader.refused("POST", "order/cancelReplace", **{**new, **mode, **terms})
    assert (status, answer["code"]) == (400, -1013)
    assert trader.state(order)["status"] == "NEW"


@pytest.mark.parametrize(
    ("mode", "maker_ends", "taker_ends"),
    [
        ("NONE", "FILLED", "FILLED"),
        ("EXPIRE_MAKER", "EXPIRED_IN_MATCH", "FILLED"),
        ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH"),
        ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"),
    ],
)
def test_self_trade_prevention(trader: Trader, mode: str, maker_ends: str, taker_ends: str) -> None:
    maker = trader.order(type="LIMIT", side="BUY", price="0.07", **GTC)
    taker = trader.order(type="MARKET", side="SELL", selfTradePreventionMode=mode)
    assert trader.state(maker["orderId"])["status"] == maker_ends
    assert taker["status"] == taker_ends
    found = trader("GET", "myPreventedMatches", symbol="ETHBTC", orderId=maker["orderId"])
    assert [match["selfTradePreventionMode"] for match in found] == [mode] * (mode != "NONE")
    if found:
        assert found[0]["takerOrderId"] == taker["orderId"]
        [told] = taker["preventedMatches"]
        assert told["makerOrderId"] == maker["orderId"]
        assert told == {name: found[0][name] for name in told}
    # Only what ended by it tells of it.
    for state in (trader.state(maker["orderId"]), trader.state(taker["orderId"])):
        ended = state["status"] == "EXPIRED_IN_MATCH"
        assert state.get("preventedQuantity") == ("1.00000000" if ended else None)
        assert state.get("preventedMatchId") == (found[0]["preventedMatchId"] if ended else None)
    trader.refused("POST", "order", **PLAIN, type="MARKET", side="BUY", selfTradePreventionMode="X")


def test_a_strategy_is_told_back(trader: Trader) -> None:
    marks = {"strategyId": 37, "strategyType": 1_000_001}
    order = trader.order(type="LIMIT", side="BUY", price="0.06", **GTC, **marks)
    state = trader.state(order["orderId"])
    assert {name: state[name] for name in marks} == marks
    terms = {**PLAIN, **GTC, "type": "LIMIT", "side": "BUY", "price": "0.06"}
    _, answer = trader.refused("POST", "order", **terms, strategyType=999_999)
    assert answer["code"] == -1134


def test_both_ids_of_a_query_have_to_be_of_one_order(trader: Trader) -> None:
    order = trader.order(type="LIMIT", side="BUY", price="0.06", newClientOrderId="this", **GTC)
    named = {"symbol": "ETHBTC", "orderId": order["orderId"]}
    assert trader("GET", "order", **named, origClientOrderId="this")["status"] == "NEW"
    _, answer = trader.refused("GET", "order", **named, origClientOrderId="that")
    assert answer["code"] == -2039


def test_a_range_is_a_day_at_most_and_may_be_in_microseconds(trader: Trader) -> None:
    trade = trader.order(type="MARKET", side="BUY")
    at, day = trade["transactTime"], 86_400_000
    for path in ("allOrders", "myTrades"):
        asked = {"symbol": "ETHBTC", "startTime": at * 1_000}
        assert len(trader("GET", path, **asked, endTime=(at + day) * 1_000)) == 1
        _, answer = trader.refused("GET", path, **asked, endTime=at + day + 1)
        assert answer["code"] == -1127
        assert trader("GET", path, symbol="ETHBTC", startTime=(at + 1) * 1_000) == []


def test_counts_of_open_orders_are_limited(site: Site, trader: Trader) -> None:
    for _ in range(5):
        trader.order(type="STOP_LOSS", side="SELL", stopPrice="0.06")
    _, answer = trader.refused(
        "POST", "order", **PLAIN, type="STOP_LOSS", side="SELL", stopPrice="0.06"
    )
    assert answer == {"code": -1013, "msg": "Filter failure: MAX_NUM_ALGO_ORDERS"}
    _, told = site.request("GET", "/api/v3/exchangeInfo?symbol=ETHBTC")
    info = told["symbols"][0]
    kinds = {one["filterType"]: one for one in info["filters"]}
    assert kinds["MAX_NUM_ALGO_ORDERS"]["maxNumAlgoOrders"] == 5
    assert len(info["orderTypes"]) == 7


def test_an_order_is_checked_and_its_fees_told(trader: Trader) -> None:
    terms = {**PLAIN, **GTC, "side": "BUY", "type": "LIMIT", "price": "0.06"}
    assert trader("POST", "order/test", **terms) == {}
    told = trader("POST", "order/test", **terms, computeCommissionRates="true")
    fees = told["standardCommissionForOrder"]
    assert (fees["maker"], fees["taker"]) == ("0.00100000", "0.00100000")
    same = trader("GET", "account/commission", symbol="ETHBTC")["standardCommission"]
    assert same == fees
    assert trader("GET", "openOrders") == []
