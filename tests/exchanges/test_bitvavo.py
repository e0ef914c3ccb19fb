"""Bitvavo: its signatures, orders, answers and refusals."""

import hashlib
import hmac
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges import orders
from tests.exchanges.listeners import RETRIES, raised
from tests.exchanges.recordings import CLOCK_MS, Case, cases, check_order
from tradelatch.exchanges import bitvavo as exchange
from tradelatch.exchanges.endpoints import Endpoint, Kind
from tradelatch.exchanges.protocol import (
    Credentials,
    ExchangeFile,
    Mark,
    PublicKey,
    Reason,
    Refusal,
    Verdict,
)
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    ManageKeys,
    MoveFunds,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
    Unknown,
)
from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce

THE_SEAM: ExchangeFile = exchange

SECRET = bytearray(b"nobody's secret")
NOW_MS = 1_760_000_000_123
UUID = "0f9b3b1e-0000-4000-8000-00000000000a"
ORDER = {
    "market": "BTC-EUR",
    "side": "buy",
    "orderType": "limit",
    "amount": "0.5",
    "price": "2.5",
    "operatorId": 7,
}


def signed(
    method: str = "POST",
    path: str = "/v2/order",
    query: str = "",
    body: bytes = b"{}",
    stamp: str = str(NOW_MS),
    window: str | None = "10000",
) -> Request:
    text = f"{stamp}{method}{path}{'?' if query else ''}{query}".encode() + body
    headers = {
        "Bitvavo-Access-Key": "k",
        "Bitvavo-Access-Signature": hmac.new(SECRET, text, hashlib.sha256).hexdigest(),
        "Bitvavo-Access-Timestamp": stamp,
        "Bitvavo-Access-Window": window,
    }
    pairs = tuple((name, value) for name, value in headers.items() if value is not None)
    return Request(method, "bitvavo", path, query, pairs, body)


def refusal(
    sent: Request, key: bytearray | PublicKey = SECRET, now_ms: int = NOW_MS
) -> Reason | None:
    try:
        exchange.verify(sent, key, now_ms)
    except Refusal as refused:
        return refused.reason
    return None


def read(
    body: Any = None, path: str = "/v2/order", method: str = "POST", query: str = ""
) -> tuple[AnyIntent, ...]:
    text = b"" if body is None else json.dumps(body).encode()
    return exchange.read(Request(method, "bitvavo", path, query, (), text))


def order(**more: Any) -> PlaceOrder:
    body = {key: value for key, value in {**ORDER, **more}.items() if value is not None}
    (intent,) = read(body)
    assert isinstance(intent, PlaceOrder)
    return intent


# Signatures


def test_a_signature_as_the_documentation_makes_it() -> None:
    """https://docs.bitvavo.com/docs/authentication, its example of a market order."""
    text = (
        '1548172481125POST/v2/order{"market":"BTC-EUR","side":"buy","price":"5000",'
        '"amount":"1.23","orderType":"limit"}'
    )
    told = "44d022723a20973a18f7ee97398b9fdd405d2d019c8d39e24b8cc0dcb39ca016"
    secret = bytearray(b"bitvavo")
    assert hmac.new(secret, text.encode(), hashlib.sha256).hexdigest() == told
    headers = (
        ("Bitvavo-Access-Key", "k"),
        ("Bitvavo-Access-Signature", told),
        ("Bitvavo-Access-Timestamp", "1548172481125"),
    )
    sent = Request("POST", "bitvavo", "/v2/order", "", headers, text.partition("order")[2].encode())
    assert refusal(sent, secret, 1_548_172_481_125) is None


def test_a_request_is_good_for_its_window() -> None:
    told = exchange.verify(signed(window="5000"), SECRET, NOW_MS)
    assert (told.timestamp_ms, told.recv_window_ms, told.nonce) == (NOW_MS, 5_000, None)
    assert exchange.verify(signed(window=None), SECRET, NOW_MS).recv_window_ms == 10_000
    assert refusal(signed(window="5000"), now_ms=NOW_MS + 5_000) is None
    assert refusal(signed(window="5000"), now_ms=NOW_MS + 5_001) is Reason.OUTSIDE_WINDOW
    assert refusal(signed(), now_ms=NOW_MS - 1_000) is Reason.OUTSIDE_WINDOW
    for window in ("99", "60001", "x", ""):
        assert refusal(signed(window=window)) is Reason.BAD_PARAMETER
    for stamp in ("", "x", "1.5", "-1"):
        assert refusal(signed(stamp=stamp)) is Reason.BAD_PARAMETER


def test_any_changed_byte_of_what_is_signed_is_seen() -> None:
    sent = signed("GET", "/v2/orders", "market=BTC-EUR", b"abc")
    assert refusal(sent) is None
    for changed in (
        Request("PUT", sent.host, sent.path, sent.query, sent.headers, sent.body),
        Request("GET", sent.host, "/v2/order", sent.query, sent.headers, sent.body),
        Request("GET", sent.host, sent.path, "market=BTC-EUT", sent.headers, sent.body),
        Request("GET", sent.host, sent.path, "", sent.headers, sent.body),
        Request("GET", sent.host, sent.path, sent.query, sent.headers, b"abd"),
    ):
        assert refusal(changed) is Reason.BAD_SIGNATURE
    assert refusal(sent, bytearray(b"another")) is Reason.BAD_SIGNATURE
    assert refusal(sent, PublicKey(bytes(32))) is Reason.BAD_SIGNATURE


def test_json_that_was_signed_without_the_spaces_it_has_is_not_taken() -> None:
    sent = signed(body=b'{"market":"BTC-EUR"}')
    spaced = Request(sent.method, sent.host, sent.path, "", sent.headers, b'{"market": "BTC-EUR"}')
    assert refusal(spaced) is Reason.BAD_SIGNATURE


def test_headers_are_there_once() -> None:
    sent = signed()
    for name, _ in sent.headers[1:]:
        twice = Request("POST", sent.host, sent.path, "", (*sent.headers, (name, "1")), sent.body)
        assert refusal(twice) is Reason.BAD_PARAMETER
    for name, _ in sent.headers[1:3]:
        fewer = tuple(pair for pair in sent.headers if pair[0] != name)
        bare = Request("POST", sent.host, sent.path, "", fewer, sent.body)
        assert refusal(bare) is Reason.BAD_PARAMETER
    assert exchange.key_id(sent) == "k"
    assert exchange.key_id(Request("GET", "", "/")) is None


# Orders


def test_amounts_are_in_base_or_quote_as_their_names_say() -> None:
    assert order(clientOrderId=UUID, selfTradePrevention="decrementAndCancel") == PlaceOrder(
        "BTC/EUR",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("0.5"),
        price=Decimal("2.5"),
        time_in_force=TimeInForce.GTC,
        client_order_id=UUID,
    )
    bought = order(orderType="market", amount=None, price=None, amountQuote="100")
    assert (bought.type, bought.quantity, bought.quote_quantity) == (
        OrderType.MARKET,
        None,
        Decimal(100),
    )
    bare = order(disableMarketProtection=False, responseRequired=False)
    assert bare.unbounded == ()


def test_how_long_it_stands_and_whether_it_takes() -> None:
    for word in ("GTC", "IOC", "FOK"):
        found = order(timeInForce=word)
        assert (found.time_in_force, found.unbounded) == (TimeInForce(word), ())
    assert order(postOnly=True).type is OrderType.LIMIT_MAKER
    assert order(postOnly=False).type is OrderType.LIMIT


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("stopLoss", OrderType.STOP_LOSS),
        ("stopLossLimit", OrderType.STOP_LOSS_LIMIT),
        ("takeProfit", OrderType.TAKE_PROFIT),
        ("takeProfitLimit", OrderType.TAKE_PROFIT_LIMIT),
    ],
)
def test_what_waits_for_a_price(word: str, kind: OrderType) -> None:
    price = "2.5" if kind.has_limit else None
    trigger = {"triggerAmount": "3", "triggerType": "price", "triggerReference": "lastTrade"}
    found = order(orderType=word, price=price, **trigger)
    assert (found.type, found.stop_price, found.unbounded) == (kind, Decimal(3), ())
    by_bid = order(orderType=word, price=price, **trigger | {"triggerReference": "bestBid"})
    assert by_bid.unbounded == ("triggerReference",)
    with pytest.raises(Refusal):
        order(orderType=word, price=price)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"selfTradePrevention": "cancelBoth"}, "selfTradePrevention"),
        ({"selfTradePrevention": ["decrementAndCancel"]}, "selfTradePrevention"),
        ({"disableMarketProtection": True}, "disableMarketProtection"),
        ({"clientOrderId": "me"}, "no UUID"),
        ({"clientOrderId": UUID.upper()}, "no UUID"),
        ({"orderType": "stopLossLimit", "triggerAmount": "3", "postOnly": True}, "post only"),
        ({"orderType": "market", "price": None, "postOnly": True}, "post only"),
        ({"codGroupId": 1}, "codGroupId"),
    ],
)
def test_what_else_an_order_says_is_told_and_never_written(more: dict[str, Any], says: str) -> None:
    found = order(**more)
    assert any(says in told for told in found.unbounded)
    with pytest.raises(ValueError, match="never sent"):
        write(found)


@pytest.mark.parametrize(
    "more",
    [
        {"market": "BTC/EUR"},
        {"market": None},
        {"side": "BUY"},
        {"orderType": None},
        {"orderType": "trailing"},
        {"amount": None},
        {"amountQuote": "1"},
        {"amount": None, "amountQuote": "1"},
        {"price": None},
        {"orderType": "market"},
        {"amount": "-1"},
        {"amount": "0"},
        {"amount": 1e-7},
        {"timeInForce": "DAY"},
        {"triggerAmount": "3"},
        {"postOnly": "yes"},
        {"operatorId": ["x"]},
    ],
)
def test_what_is_no_order(more: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        order(**more)


def test_nothing_is_said_twice() -> None:
    body = json.dumps(ORDER).encode()
    for text, query in ((body[:-1] + b',"side":"sell"}', ""), (body, "side=sell")):
        with pytest.raises(Refusal):
            exchange.read(Request("POST", "bitvavo", "/v2/order", query, (), text))


def test_cancels_and_amends() -> None:
    cancel = "market=BTC-EUR&operatorId=7"
    assert read(None, "/v2/order", "DELETE", f"{cancel}&orderId=n") == (
        CancelOrder("BTC/EUR", "n"),
    )
    assert read(None, "/v2/order", "DELETE", f"{cancel}&clientOrderId={UUID}") == (
        CancelOrder("BTC/EUR", client_order_id=UUID),
    )
    assert read(None, "/v2/orders", "DELETE", cancel) == (CancelOrder("BTC/EUR"),)
    assert read(None, "/v2/orders", "DELETE", "operatorId=7") == (CancelOrder(None),)
    for path, query in (
        ("/v2/order", cancel),
        ("/v2/order", f"{cancel}&clientOrderId=me"),
        ("/v2/order", f"{cancel}&orderId=n&x=1"),
        ("/v2/orders", f"{cancel}&x=1"),
    ):
        with pytest.raises(Refusal):
            read(None, path, "DELETE", query)
    amend = {"market": "BTC-EUR", "orderId": "n", "amount": "0.4", "operatorId": 7}
    assert read(amend, method="PUT") == (AmendOrder("BTC/EUR", Decimal("0.4"), "n"),)
    assert read(amend | {"price": "3", "amountRemaining": "1"}, method="PUT") == (
        AmendOrder(
            "BTC/EUR",
            Decimal("0.4"),
            "n",
            price=Decimal(3),
            unbounded=("parameter 'amountRemaining'",),
        ),
    )


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v2/withdrawal", MoveFunds),
        ("POST", "/v2/crypto/withdrawal", MoveFunds),
        ("POST", "/v2/subaccounts/transfers", MoveFunds),
        ("POST", "/v2/staking", MoveFunds),
        ("POST", "/v2/subaccounts", ManageKeys),
        ("GET", "/v2/subaccounts", ManageKeys),
        ("DELETE", "/v2/institutional/subaccounts/orders", ManageKeys),
        ("POST", "/v2/cancelOrdersAfter", Unknown),
        ("DELETE", "/v2/atomic/orders", Unknown),
        ("POST", "/v2/orders", Unknown),
        ("POST", "/order", Unknown),
        ("POST", "/v2/order/", Unknown),
    ],
)
def test_what_no_grant_can_do(method: str, path: str, kind: type[AnyIntent]) -> None:
    (intent,) = read({}, path, method)
    assert isinstance(intent, kind)


# What goes out

NAMES = st.uuids().map(str)
IDS = st.from_regex(r"[A-Za-z0-9-]{1,36}", fullmatch=True)
WAITING = {"stop_price": orders.AMOUNTS, "client_order_id": NAMES}
STOPS = st.one_of(
    st.builds(
        PlaceOrder,
        orders.SYMBOLS,
        st.sampled_from(Side),
        st.sampled_from([OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT]),
        quantity=orders.AMOUNTS,
        price=orders.AMOUNTS,
        time_in_force=st.sampled_from(TimeInForce),
        **WAITING,
    ),
    st.builds(
        PlaceOrder,
        orders.SYMBOLS,
        st.sampled_from(Side),
        st.sampled_from([OrderType.STOP_LOSS, OrderType.TAKE_PROFIT]),
        quantity=orders.AMOUNTS,
        **WAITING,
    ),
)
PLACED = orders.limits(NAMES) | orders.makers(NAMES) | orders.takers(NAMES) | STOPS
CANCELS = st.one_of(
    st.builds(CancelOrder, orders.SYMBOLS, order_id=IDS),
    st.builds(CancelOrder, orders.SYMBOLS, client_order_id=NAMES),
    st.builds(CancelOrder, st.none() | orders.SYMBOLS),
)
AMENDS = st.one_of(
    st.builds(AmendOrder, orders.SYMBOLS, orders.AMOUNTS, IDS, st.none() | NAMES),
    st.builds(AmendOrder, orders.SYMBOLS, orders.AMOUNTS, client_order_id=NAMES),
)


def reads(endpoint: Endpoint) -> st.SearchStrategy[AnyIntent]:
    words = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)
    kind = ReadMarket if endpoint.kind is Kind.MARKET else ReadAccount
    names = (*endpoint.holes, *endpoint.parameters)
    texts = st.lists(words, min_size=len(names), max_size=len(names))
    return texts.map(lambda told: kind(endpoint.what, tuple(zip(names, told, strict=True))))


READS = st.sampled_from(
    [one for one in exchange.TABLE._all if one.kind in (Kind.ACCOUNT, Kind.MARKET)]
).flatmap(reads)


def write(*intents: AnyIntent) -> Request:
    return exchange.write(intents, Credentials("k", SECRET), NOW_MS, 5_000, "")


def check_back(intent: AnyIntent) -> None:
    sent = write(intent)
    assert exchange.read(sent) == (intent,)
    assert sent.host == "https://api.bitvavo.com"
    if not isinstance(intent, ReadMarket):
        told = exchange.verify(sent, SECRET, NOW_MS)
        assert (told.timestamp_ms, told.recv_window_ms) == (NOW_MS, 5_000)
        assert exchange.key_id(sent) == "k"
    if isinstance(intent, PlaceOrder | AmendOrder):
        assert b'"operatorId":1' in sent.body


@given(PLACED | CANCELS | AMENDS | READS)
def test_what_is_written_reads_as_the_same(intent: AnyIntent) -> None:
    check_back(intent)


def test_what_the_house_asks_is_written_and_read() -> None:
    asked: list[AnyIntent] = [
        exchange.ask_order("ETH/EUR", UUID, "n"),
        exchange.ask_order("ETH/EUR", UUID, None),
        exchange.ask_cancel("ETH/EUR", UUID, "n"),
        exchange.ask_cancel("ETH/EUR", UUID, None),
        *exchange.ask_open_orders(None),
        *exchange.ask_open_orders({"ETH/EUR", "BTC/EUR"}),
        exchange.ask_trades("ETH/EUR", None),
        exchange.ask_trades("ETH/EUR", Mark("t", NOW_MS)),
        exchange.ask_trades_between("ETH/EUR", NOW_MS - 86_400_000, NOW_MS),
        exchange.ask_balances(),
        exchange.ask_key_rights(),
        exchange.ask_markets(),
        exchange.ask_candles("ETH/EUR", "1d", NOW_MS),
        exchange.ask_book("ETH/EUR"),
        exchange.ask_time(),
    ]
    for intent in asked:
        check_back(intent)


@pytest.mark.parametrize(
    "intents",
    [
        (),
        (MoveFunds("x"),),
        (AmendOrder("BTC/EUR", Decimal(1), "n", price=Decimal(1)),),
        (AmendOrder(None, Decimal(1), "n"),),
        (CancelOrder(None, "n"),),
        (CancelOrder("BTC/EUR", list_id=7),),
        (ReadAccount("GET /v2/nowhere"),),
        (ReadAccount("GET /v2/balance", (("x", "y"),)),),
        (PlaceOrder("ETH/EUR", Side.BUY, OrderType.MARKET, Decimal(1), test=True),),
        (CancelOrder("BTC/EUR", "a"), CancelOrder("BTC/EUR", "b")),
    ],
)
def test_what_is_never_written(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(*intents)


def test_a_window_that_is_wished_for_is_of_those_that_there_are() -> None:
    for wished, sent_ms in ((1, "100"), (99_000, "60000")):
        sent = exchange.write([exchange.ask_balances()], Credentials("k", SECRET), 1, wished, "")
        assert sent.header("bitvavo-access-window") == sent_ms
    with pytest.raises(ValueError, match="has to be signed"):
        exchange.write([exchange.ask_balances()], None, NOW_MS, 5_000, "")


# Answers

FILL = {
    "id": "f",
    "timestamp": NOW_MS,
    "amount": "0.2",
    "price": "183.49",
    "taker": True,
    "fee": "0.12",
    "feeCurrency": "EUR",
    "settled": True,
}
TOLD = {
    "orderId": "af76d6ce-9f7c-4006-b715-bb5d430652d0",
    "clientOrderId": UUID,
    "market": "ETH-EUR",
    "created": NOW_MS,
    "updated": NOW_MS,
    "status": "new",
    "side": "sell",
    "orderType": "limit",
    "amount": "0.5",
    "amountRemaining": "0.5",
    "filledAmount": "0",
    "filledAmountQuote": "0",
    "fills": [],
}


def answer(told: Any, status: int = 200) -> Response:
    return Response(status, told if isinstance(told, bytes) else json.dumps(told).encode())


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("new", OrderStatus.NEW),
        ("awaitingTrigger", OrderStatus.NEW),
        ("partiallyFilled", OrderStatus.PARTIALLY_FILLED),
        ("filled", OrderStatus.FILLED),
        ("expired", OrderStatus.EXPIRED),
        ("rejected", OrderStatus.REJECTED),
        ("canceled", OrderStatus.CANCELED),
        ("canceledIOC", OrderStatus.CANCELED),
        ("canceledSelfTradePrevention", OrderStatus.EXPIRED_IN_MATCH),
    ],
)
def test_how_an_order_stands(status: str, means: OrderStatus) -> None:
    unsettled = {key: FILL[key] for key in ("id", "timestamp", "amount", "price")}
    told = TOLD | {"status": status, "filledAmount": "0.4", "fills": [FILL, unsettled]}
    report = exchange.asked_order(answer(told), UUID)
    assert report
    assert (report.status, report.executed, report.quantity) == (
        means,
        Decimal("0.4"),
        Decimal("0.5"),
    )
    assert (report.symbol, report.side, report.client_order_id) == ("ETH/EUR", Side.SELL, UUID)
    (fill,) = report.fills
    assert (fill.trade_id, fill.time_ms, fill.quantity) == ("f", NOW_MS, Decimal("0.2"))
    assert (fill.price, fill.fee, fill.fee_asset) == (Decimal("183.49"), Decimal("0.12"), "EUR")
    assert report.created_ms == NOW_MS


def test_an_order_that_is_not_known_and_what_tells_nothing() -> None:
    missing = {"errorCode": 240, "error": "No order found."}
    assert exchange.asked_order(answer(missing, 404), UUID) is None
    for told, status in ((b"<html>", 404), ({"errorCode": 205}, 400), ({}, 200), ([], 200)):
        with pytest.raises(ValueError, match=r".+"):
            exchange.asked_order(answer(told, status), UUID)
    for changed in ({"status": "open"}, {"side": "BUY"}, {"market": "x"}, {"filledAmount": "-1"}):
        with pytest.raises(ValueError, match=r".+"):
            exchange.asked_order(answer(TOLD | changed), UUID)


def test_lists_of_orders() -> None:
    body = json.dumps([TOLD]).encode()
    assert [one.order_id for one in exchange.open_orders(body)] == [TOLD["orderId"]]
    assert len(exchange.reports(ReadAccount("GET /v2/ordersOpen"), body)) == 1
    one = json.dumps(TOLD).encode()
    assert len(exchange.reports(ReadAccount("GET /v2/order"), one)) == 1
    assert exchange.reports(ReadAccount("GET /v2/balance"), b"[]") == ()


def test_what_became_of_an_order() -> None:
    placed = order(clientOrderId=UUID)
    left = {key: value for key, value in TOLD.items() if key != "clientOrderId"}
    (outcome,) = exchange.outcomes([placed], answer(left))
    assert outcome.verdict is Verdict.DONE
    assert outcome.reports[0].client_order_id == UUID
    amend = AmendOrder("ETH/EUR", Decimal("0.4"), "n", UUID)
    (lowered,) = exchange.outcomes([amend], answer(TOLD | {"amount": "0.4"}))
    assert lowered.reports[0].quantity == Decimal("0.4")
    (cancelled,) = exchange.outcomes([CancelOrder("ETH/EUR", "n")], answer({"orderId": "n"}))
    assert (cancelled.verdict, cancelled.reports) == (Verdict.DONE, ())
    refused = answer({"errorCode": 216, "error": "balance"}, 400)
    assert exchange.outcomes([placed], refused)[0].verdict is Verdict.REJECTED
    assert exchange.cancelled_order(b"{}") is None


@pytest.mark.parametrize(
    ("told", "status", "verdict"),
    [
        ({"errorCode": 216, "error": "x"}, 400, Verdict.REJECTED),
        ({"errorCode": 103, "error": "x"}, 429, Verdict.REJECTED),
        ({"errorCode": 107, "error": "x"}, 400, Verdict.REJECTED),
        ({"errorCode": 101, "error": "x"}, 400, Verdict.UNKNOWN),
        ({"errorCode": 109, "error": "x"}, 200, Verdict.UNKNOWN),
        (b"<html>", 403, Verdict.REJECTED),
        (b"", 408, Verdict.UNKNOWN),
        (b"<html>", 502, Verdict.UNKNOWN),
        (b"<html>", 200, Verdict.UNKNOWN),
        ([{"orderId": "n"}], 200, Verdict.DONE),
        ({"orderId": "n"}, 201, Verdict.UNKNOWN),
    ],
)
def test_done_rejected_or_nobody_knows(told: Any, status: int, verdict: Verdict) -> None:
    assert exchange.judge(answer(told, status)) is verdict
    assert exchange.says_too_often(answer(told, status)) is (status == 429)


def test_trades_balances_markets() -> None:
    trade = FILL | {"orderId": "n", "market": "ETH-EUR", "side": "sell"}
    (told,) = exchange.trades(json.dumps([trade]).encode())
    assert (told.order_id, told.side, told.fill.trade_id) == ("n", Side.SELL, "f")
    assert (told.fill.quantity, told.fill.fee_asset) == (Decimal("0.2"), "EUR")
    unsettled = {key: value for key, value in trade.items() if key != "fee"}
    with pytest.raises(ValueError, match="fee"):
        exchange.trades(json.dumps([trade, unsettled]).encode())
    row = {"symbol": "BTC", "available": "2.5", "inOrder": "0.5"}
    held = exchange.balances(json.dumps([row]).encode())["BTC"]
    assert (held.free, held.locked) == (Decimal("2.5"), Decimal("0.5"))
    listed = {
        "market": "BTC-EUR",
        "base": "BTC",
        "quote": "EUR",
        "pricePrecision": 0,
        "tickSize": "1.00",
        "quantityDecimals": 8,
        "minOrderInBaseAsset": "0.001",
        "minOrderInQuoteAsset": "5",
    }
    (market,) = exchange.markets(json.dumps([listed]).encode()).values()
    assert (market.symbol, market.tick, market.lot) == ("BTC/EUR", Decimal(1), Decimal("1e-8"))
    assert (market.min_notional, market.least) == (Decimal(5), Decimal("0.001"))


def test_candles_books_and_time() -> None:
    rows = b'[[120000,"2","4","1","3","8"],[60000,"1","1","0.5","1","0"]]'
    first, second = exchange.candles(rows)
    assert (first.open_ms, first.low, first.turnover) == (60_000, Decimal("0.5"), Decimal(0))
    assert [second.open, second.high, second.low, second.close] == [
        Decimal(number) for number in (2, 4, 1, 3)
    ]
    assert (second.volume, second.turnover) == (Decimal(8), Decimal(20))
    top = exchange.book(b'{"market":"BTC-EUR","nonce":1,"bids":[["1.5","2"]],"asks":[]}')
    assert (top.bid, top.ask) == (Decimal("1.5"), Decimal(0))
    assert exchange.server_time(b'{"time": 1760000000123}') == NOW_MS
    with pytest.raises(ValueError, match="does not tell"):
        exchange.key_rights(b"{}")


READERS: list[Any] = [
    exchange.open_orders,
    exchange.trades,
    exchange.balances,
    exchange.markets,
    exchange.candles,
    exchange.book,
    exchange.server_time,
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[{}]", b'{"a":1,"a":2}', b"\xff", b"1"]
)
def test_an_answer_that_is_none(reader: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader(body)


def test_names_are_given_back() -> None:
    told = json.loads(exchange.rename_client_ids(json.dumps(TOLD).encode(), {UUID: "mine"}))
    assert told == TOLD | {"clientOrderId": "mine"}
    name = exchange.own_name(NOW_MS, 7)
    assert name.startswith(exchange.OWN_NAMES)
    assert order(clientOrderId=name).client_order_id == name


# Refusals

RAISED = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.AuthenticationError,
    Reason.BAD_PARAMETER: ccxt.BadRequest,
    Reason.UNKNOWN_ENDPOINT: ccxt.BadRequest,
    Reason.ORDER_DENIED: ccxt.InvalidOrder,
    Reason.CANCEL_DENIED: ccxt.OrderNotFound,
    Reason.AMEND_DENIED: ccxt.BadRequest,
    Reason.NOT_PERMITTED: ccxt.PermissionDenied,
    Reason.TOO_LARGE: ccxt.BadRequest,
    Reason.TOO_OFTEN: ccxt.RateLimitExceeded,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.ExchangeNotAvailable,
}


@pytest.mark.parametrize("reason", Reason)
def test_a_client_raises_what_it_usually_does(reason: Reason) -> None:
    refused = exchange.refuse(Refusal(reason, "denied by policy (verdict 7)"))
    credentials = {"apiKey": "k", "secret": "s"}
    kind, asked, text = raised("bitvavo", credentials, "private_post_order", refused)
    assert kind is RAISED[reason]
    assert "denied by policy (verdict 7)" in text
    retried = reason in (Reason.TOO_OFTEN, Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
    assert asked == (RETRIES + 1 if retried else 1)
    unknown = reason in (Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
    assert exchange.judge(refused) is (Verdict.UNKNOWN if unknown else Verdict.REJECTED)


# What was recorded


@pytest.fixture(scope="module")
def recorded(recorded_data: Path) -> list[Case]:
    found = cases(recorded_data, "bitvavo")
    assert len(found) == 82
    return found


@pytest.mark.recorded
def test_each_is_verified_with_its_secret_and_no_other(recorded: list[Case]) -> None:
    for case in recorded:
        assert refusal(case.request, case.secret, CLOCK_MS) is None, case.label
        assert refusal(case.request, case.other, CLOCK_MS) is Reason.BAD_SIGNATURE, case.label


@pytest.mark.recorded
def test_each_order_is_read_right(recorded: list[Case]) -> None:
    placed = [case for case in recorded if case.category == "createOrder"]
    for case in placed:
        (intent,) = exchange.read(case.request)
        assert isinstance(intent, PlaceOrder), case.label
        if case.label.endswith("buy cost"):  # ccxt sends amount times price, whatever cost it got
            cost = json.loads(case.request.body)["amountQuote"]
            case = case._replace(truth=case.truth | {"cost": cost})
        check_order(case, intent)
        option = case.label.rpartition("+")[2]
        assert intent.type.waits is (option == "trig"), case.label
        is_plain = option in ("ioc", "fok", "postOnly", "trig")
        assert (intent.unbounded == ()) is (is_plain or "+" not in case.label), case.label
    assert len(placed) == 50


@pytest.mark.recorded
def test_everything_else_is_what_its_caller_meant(recorded: list[Case]) -> None:
    kinds: dict[str, type[AnyIntent]] = {
        "read": ReadAccount,
        "withdraw": MoveFunds,
        "cancelAllOrders": CancelOrder,
        "cancelAllOrdersAfter": Unknown,
    }
    for case in recorded:
        if case.category == "createOrder":
            continue
        if case.label == "spot cancel trigger":
            with pytest.raises(Refusal):
                exchange.read(case.request)
        else:
            (intent,) = exchange.read(case.request)
            assert isinstance(intent, kinds[case.category]), case.label
