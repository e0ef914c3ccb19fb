"""What Binance answers, as its documentation shows it."""

import contextlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import Holding, OwnTrade
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, Side

ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 28,
    "orderListId": -1,
    "clientOrderId": "6gCrw2kRUAF9CvJDGP16IP",
    "transactTime": 1507725176595,
    "price": "0.00000000",
    "origQty": "10.00000000",
    "executedQty": "10.00000000",
    "origQuoteOrderQty": "0.000000",
    "cummulativeQuoteQty": "10.00000000",
    "status": "FILLED",
    "timeInForce": "GTC",
    "type": "MARKET",
    "side": "SELL",
    "workingTime": 1507725176595,
    "selfTradePreventionMode": "NONE",
}
FILL = {
    "price": "4000.00000000",
    "qty": "1.00000000",
    "commission": "4.00000000",
    "commissionAsset": "USDT",
    "tradeId": 56,
}
TRADE = {
    "symbol": "BNBBTC",
    "id": 28457,
    "orderId": 100234,
    "orderListId": -1,
    "price": "4.00000100",
    "qty": "12.00000000",
    "quoteQty": "48.000012",
    "commission": "10.10000000",
    "commissionAsset": "BNB",
    "time": 1499865549590,
    "isBuyer": True,
    "isMaker": False,
    "isBestMatch": True,
}
ACCOUNT = {
    "makerCommission": 15,
    "canTrade": True,
    "updateTime": 123456789,
    "balances": [
        {"asset": "BTC", "free": "4723846.89208129", "locked": "0.00000000"},
        {"asset": "LTC", "free": "1.00000000", "locked": "2.50000000"},
    ],
}
SYMBOL: dict[str, Any] = {
    "symbol": "ETHBTC",
    "status": "TRADING",
    "baseAsset": "ETH",
    "quoteAsset": "BTC",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.00000100", "tickSize": "0.00000100"},
        {"filterType": "LOT_SIZE", "minQty": "0.00100000", "stepSize": "0.00100000"},
        {"filterType": "MARKET_LOT_SIZE", "stepSize": "0.00000000"},
        {"filterType": "NOTIONAL", "minNotional": "0.00010000", "applyMinToMarket": True},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ],
}
KLINE = [
    1499040000000, "0.01634790", "0.80000000", "0.01575800", "0.01577100", "148976.11427815",
    1499644799999, "2434.19055334", 308, "1756.87402397", "28.46694368", "0",
]  # fmt: skip
BOOK = {"symbol": "LTCBTC", "bidPrice": "4.0", "bidQty": "431", "askPrice": "4.00000200"}

READERS: list[tuple[Callable[[bytes], Any], Any]] = [
    (binance.order_report, {**ORDER, "fills": [FILL]}),
    (binance.open_orders, [ORDER]),
    (binance.trades, [TRADE]),
    (binance.balances, ACCOUNT),
    (binance.markets, {"symbols": [SYMBOL]}),
    (binance.candles, [KLINE]),
    (binance.book, BOOK),
    (binance.server_time, {"serverTime": 1499827319559}),
]


def dump(answer: object) -> bytes:
    return json.dumps(answer).encode()


def test_a_placed_order_with_its_fills() -> None:
    fill = Fill(56, 1507725176595, Decimal(4000), Decimal(1), Decimal(4), "USDT")
    assert binance.order_report(dump({**ORDER, "fills": [FILL, FILL]})) == OrderReport(
        "BTC/USDT",
        28,
        "6gCrw2kRUAF9CvJDGP16IP",
        OrderStatus.FILLED,
        Decimal(10),
        (fill, fill),
        Side.SELL,
        1507725176595,
        Decimal(10),
    )


def test_a_queried_order_lists_no_fills() -> None:
    answer = {**ORDER, "status": "PARTIALLY_FILLED", "executedQty": "2.5", "isWorking": True}
    report = binance.order_report(dump(answer))
    assert (report.status, report.executed, report.fills) == (
        OrderStatus.PARTIALLY_FILLED,
        Decimal("2.5"),
        (),
    )


def test_a_cancelled_order_keeps_its_own_client_order_id() -> None:
    answer = {**ORDER, "origClientOrderId": "mine", "clientOrderId": "the cancel's"}
    report = binance.order_report(dump(answer))
    assert report.client_order_id == "mine"
    assert report.created_ms == 0, "the time of the cancel is not the order's"


@pytest.mark.parametrize(
    ("word", "is_final"),
    [("NEW", False), ("PENDING_NEW", False), ("PENDING_CANCEL", False), ("PARTIALLY_FILLED", False),
     ("FILLED", True), ("CANCELED", True), ("REJECTED", True), ("EXPIRED", True),
     ("EXPIRED_IN_MATCH", True)],
)  # fmt: skip
def test_every_status(word: str, is_final: bool) -> None:
    assert binance.order_report(dump({**ORDER, "status": word})).status.is_final is is_final


def test_open_orders() -> None:
    assert binance.open_orders(b"[]") == ()
    assert [report.order_id for report in binance.open_orders(dump([ORDER, ORDER]))] == [28, 28]


def test_trades() -> None:
    fill = Fill(28457, 1499865549590, Decimal("4.000001"), Decimal(12), Decimal("10.1"), "BNB")
    assert binance.trades(dump([TRADE])) == (OwnTrade(100234, fill, Side.BUY),)


def test_balances() -> None:
    assert binance.balances(dump(ACCOUNT)) == {
        "BTC": Holding(Decimal("4723846.89208129"), Decimal(0)),
        "LTC": Holding(Decimal(1), Decimal("2.5")),
    }


def test_markets() -> None:
    market = Market("ETH", "BTC", Decimal("0.000001"), Decimal("0.001"), Decimal("0.0001"))
    assert binance.markets(dump({"symbols": [SYMBOL]})) == {"ETH/BTC": market}
    older = [{"filterType": "MIN_NOTIONAL", "minNotional": "0.5"}, *SYMBOL["filters"][:2]]
    found = binance.markets(dump({"symbols": [{**SYMBOL, "filters": older}]}))
    assert found["ETH/BTC"].min_notional == Decimal("0.5")


def test_markets_that_cannot_be_traded_exactly_are_left_out() -> None:
    odds: list[dict[str, Any]] = [
        {"filters": []},
        {"filters": SYMBOL["filters"][:1]},
        {"symbol": "ETHBTC_2"},
    ]
    for odd in odds:
        assert binance.markets(dump({"symbols": [{**SYMBOL, **odd}]})) == {}


def test_candles() -> None:
    assert binance.candles(dump([KLINE])) == (
        Candle(
            1499040000000,
            Decimal("0.0163479"),
            Decimal("0.8"),
            Decimal("0.015758"),
            Decimal("0.015771"),
            Decimal("148976.11427815"),
            Decimal("2434.19055334"),
        ),
    )


def test_book_and_time() -> None:
    assert binance.book(dump(BOOK)) == TopOfBook(Decimal(4), Decimal("4.000002"))
    empty = {**BOOK, "bidPrice": "0.00000000"}
    assert binance.book(dump(empty)).bid == 0
    assert binance.server_time(b'{"serverTime":1499827319559}') == 1499827319559


@pytest.mark.parametrize(("reader", "good"), READERS)
@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[[]]", b"[{}]", b"null", b"\xff", b"[" * 99_999, b'{"x":' + b"[" * 99_999],
)
def test_malformed_answers_are_value_errors(
    reader: Callable[[bytes], Any], good: object, body: bytes
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader(body)


@pytest.mark.parametrize(
    "body",
    [
        dump({**ORDER, "status": "SOLD"}),
        dump({**ORDER, "executedQty": "-1"}),
        dump({**ORDER, "executedQty": 1}),
        dump({**ORDER, "orderId": "28"}),
        dump(ORDER)[:-1] + b',"executedQty":"0"}',
        dump({"symbol": "BTCUSDT", "orderId": 28, "clientOrderId": "x", "transactTime": 1}),
    ],
)
def test_order_reports_that_cannot_be_booked(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        binance.order_report(body)


@given(st.data())
def test_a_damaged_answer_is_read_or_a_value_error(data: st.DataObject) -> None:
    reader, good = data.draw(st.sampled_from(READERS))
    body = bytearray(dump(good))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(ValueError):
        reader(bytes(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.binary() | JSON.map(dump), st.sampled_from(READERS))
def test_any_answer_is_read_or_a_value_error(
    body: bytes, reader: tuple[Callable[[bytes], Any], Any]
) -> None:
    with contextlib.suppress(ValueError):
        reader[0](body)
