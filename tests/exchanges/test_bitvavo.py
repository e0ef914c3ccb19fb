"""Bitvavo: its signatures, its orders, its answers and refusals."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
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
from tradelatch.exchanges import bitvavo
from tradelatch.exchanges.kit.wording import target
from tradelatch.exchanges.protocol import (
    Credentials,
    ExchangeFile,
    Holding,
    KeyRights,
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
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce

THE_SEAM: ExchangeFile = bitvavo

SECRET = bytearray(b"a secret that is nobody's")
NOW_MS = 1_760_000_000_123
ORDER = "/v2/order"
ID = "2be7d0df-d8dc-7b93-a550-8876f3b393e9"
NAMED = {"market": "BTC-EUR", "orderId": "n", "operatorId": 7}
LIMIT = {
    "market": "BTC-EUR",
    "side": "buy",
    "orderType": "limit",
    "amount": "0.5",
    "price": "2.50",
    "operatorId": 543462,
}


def signed(body: bytes = b"{}", headers: Mapping[str, str] = {}) -> Request:
    """An order as it is signed now; headers change what it says of that, by their last word."""
    stamp = headers.get("timestamp", str(NOW_MS))
    mac = hmac.new(SECRET, f"{stamp}POST{ORDER}".encode() + body, hashlib.sha256)
    told = {"key": "k", "signature": mac.hexdigest(), "timestamp": stamp, **headers}
    named = tuple((f"Bitvavo-Access-{name}", value) for name, value in told.items())
    return Request("POST", "bitvavo", ORDER, "", named, body)


def refusal(
    sent: Request, key: bytearray | PublicKey = SECRET, now_ms: int = NOW_MS
) -> Reason | None:
    try:
        bitvavo.verify(sent, key, now_ms)
    except Refusal as refused:
        return refused.reason
    return None


def read(
    body: Any, method: str = "POST", path: str = ORDER, query: str = ""
) -> tuple[AnyIntent, ...]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return bitvavo.read(Request(method, "bitvavo", path, query, (), text))


def order(**more: Any) -> PlaceOrder:
    """What a limit order means with some of its parameters changed; None leaves one out."""
    told = {name: value for name, value in {**LIMIT, **more}.items() if value is not None}
    (intent,) = read(told)
    assert isinstance(intent, PlaceOrder)
    return intent


# Signatures


def test_the_documentations_example() -> None:
    body = b'{"market":"BTC-EUR","side":"buy","price":"5000","amount":"1.23","orderType":"limit"}'
    headers = (
        ("Bitvavo-Access-Key", "k"),
        ("Bitvavo-Access-Timestamp", "1548172481125"),
        (
            "Bitvavo-Access-Signature",
            "44d022723a20973a18f7ee97398b9fdd405d2d019c8d39e24b8cc0dcb39ca016",
        ),
    )
    sent = Request("POST", "bitvavo", ORDER, "", headers, body)
    found = bitvavo.verify(sent, bytearray(b"bitvavo"), 1548172481125)
    assert (found.timestamp_ms, found.recv_window_ms) == (1548172481125, 10_000)
    assert bitvavo.key_id(sent) == "k"
    assert refusal(sent, now_ms=1548172481125) is Reason.BAD_SIGNATURE, "by another secret"
    assert refusal(sent, PublicKey(bytes(32)), 1548172481125) is Reason.BAD_SIGNATURE


def test_what_its_own_client_signs_is_not_what_it_sends() -> None:
    compact, spaced = (json.dumps(LIMIT, separators=with_).encode() for with_ in ((",", ":"), None))
    signature = dict(signed(compact).headers)["Bitvavo-Access-signature"]
    assert refusal(signed(compact)) is None
    assert refusal(signed(spaced, {"signature": signature})) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("headers", "age_ms", "reason"),
    [
        ({}, 10_000, None),
        ({}, 10_001, Reason.OUTSIDE_WINDOW),
        ({}, -999, None),
        ({}, -1_000, Reason.OUTSIDE_WINDOW),
        ({"window": "60000"}, 60_000, None),
        ({"window": "60000"}, 60_001, Reason.OUTSIDE_WINDOW),
        ({"window": "100"}, 101, Reason.OUTSIDE_WINDOW),
        ({"window": "99"}, 0, Reason.BAD_PARAMETER),
        ({"window": "60001"}, 0, Reason.BAD_PARAMETER),
        ({"window": ""}, 0, Reason.BAD_PARAMETER),
        ({"window": "1", "WINDOW": "60000"}, 0, Reason.BAD_PARAMETER),
        ({"timestamp": "1.7e12"}, 0, Reason.BAD_PARAMETER),
        ({"timestamp": ""}, 0, Reason.BAD_PARAMETER),
        ({"signature": ""}, 0, Reason.BAD_SIGNATURE),
        ({"signature": "é"}, 0, Reason.BAD_SIGNATURE),
    ],
)
def test_how_long_a_request_is_good(
    headers: dict[str, str], age_ms: int, reason: Reason | None
) -> None:
    assert refusal(signed(headers=headers), now_ms=NOW_MS + age_ms) is reason


def test_no_byte_goes_from_the_path_to_the_query_or_the_body_unseen() -> None:
    whole = f"{ORDER}s?market=BTC-EUR&operatorId=1"
    for at in range(len(whole)):
        path, _, query = whole[:at].partition("?")
        moved = Request("DELETE", "bitvavo", path, query, (), whole[at:].encode())
        if target(moved) + whole[at:] != whole:  # an empty query has no question mark
            continue
        try:
            (intent,) = bitvavo.read(moved)
        except Refusal:
            continue
        assert isinstance(intent, Unknown), at


# Orders


def test_amounts_are_in_base_or_quote_as_their_names_say() -> None:
    found = order(clientOrderId=ID, responseRequired=False, timeInForce="IOC")
    assert found == PlaceOrder(
        "BTC/EUR",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("0.5"),
        price=Decimal("2.50"),
        time_in_force=TimeInForce.IOC,
        client_order_id=ID,
    )
    market = {"orderType": "market", "price": None}
    bought = order(**market, amount=None, amountQuote="100")
    assert (bought.type, bought.quantity, bought.quote_quantity) == (
        OrderType.MARKET,
        None,
        Decimal(100),
    )
    sold = order(**market, side="sell")
    assert (sold.side, sold.quantity, sold.time_in_force) == (Side.SELL, Decimal("0.5"), None)
    assert not found.unbounded + bought.unbounded + sold.unbounded


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("stopLoss", OrderType.STOP_LOSS),
        ("stopLossLimit", OrderType.STOP_LOSS_LIMIT),
        ("takeProfit", OrderType.TAKE_PROFIT),
        ("takeProfitLimit", OrderType.TAKE_PROFIT_LIMIT),
    ],
)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_what_an_order_waits_for_is_the_price_of_the_last_trade(
    word: str, kind: OrderType, side: str
) -> None:
    terms = {
        "side": side,
        "orderType": word,
        "price": "2" if kind.has_limit else None,
        "triggerAmount": "3",
        "triggerType": "price",
        "triggerReference": "lastTrade",
    }
    found = order(**terms)
    assert (found.type, found.stop_price, found.unbounded) == (kind, Decimal(3), ())
    for other in ({"triggerReference": "bestBid"}, {"triggerType": None}):
        assert order(**terms | other).unbounded == ("a trigger other than the last trade's price",)


def test_post_only() -> None:
    found = order(postOnly=True, timeInForce="GTC")
    assert (found.type, found.time_in_force) == (OrderType.LIMIT_MAKER, None)
    assert found.unbounded == ()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"clientOrderId": "myid12345678"}, "no UUID"),
        ({"clientOrderId": ID.upper()}, "no UUID"),
        ({"triggerType": "price"}, "trigger"),
        ({"postOnly": True, "timeInForce": "FOK"}, "time in force"),
        ({"postOnly": True, "orderType": "market", "price": None}, "postOnly"),
        ({"timeInForce": "IOC", "orderType": "market", "price": None}, "time in force"),
        ({"disableMarketProtection": True}, "protection"),
        ({"selfTradePrevention": "cancelBoth"}, "prevention"),
        ({"selfTradePrevention": {}}, "prevention"),
        ({"codGroupId": 1}, "codGroupId"),
        ({"leverage": "5"}, "leverage"),
    ],
)
def test_what_else_an_order_says_is_told_and_never_written(more: dict[str, Any], says: str) -> None:
    found = order(**more)
    assert says in " ".join(found.unbounded)
    with pytest.raises(ValueError, match="never sent"):
        write(found)


def test_what_is_written_anyway_is_nothing_more() -> None:
    usual = {"selfTradePrevention": "decrementAndCancel", "disableMarketProtection": False}
    assert order(**usual, operatorId=None) == order()


@pytest.mark.parametrize(
    "more",
    [
        {"side": "BUY"},
        {"orderType": "Limit"},
        {"orderType": None},
        {"market": "btc-eur"},
        {"market": "BTC/EUR"},
        {"market": "BTC-EUR-X"},
        {"market": None},
        {"amount": None},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": 1e-9},
        {"amount": None, "amountQuote": "5"},
        {"amountQuote": "5"},
        {"price": None},
        {"orderType": "market"},
        {"triggerAmount": "3"},
        {"orderType": "stopLossLimit"},
        {"timeInForce": "DAY"},
        {"postOnly": "yes"},
        {"operatorId": "me"},
        {"clientOrderId": 'a"b'},
        {"clientOrderId": [ID]},
    ],
)
def test_what_is_no_order(more: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        order(**more)
    assert refused.value.reason is Reason.BAD_PARAMETER


def test_nothing_is_said_twice() -> None:
    for body, query in (
        (b'{"market":"BTC-EUR","market":"ETH-EUR"}', ""),
        (json.dumps(LIMIT).encode(), "side=sell"),
    ):
        with pytest.raises(Refusal):
            read(body, query=query)


# Cancels, amendments and the rest


def test_cancels() -> None:
    query = f"market=BTC-EUR&orderId=n&clientOrderId={ID}&operatorId=7"
    assert read(b"", "DELETE", query=query) == (CancelOrder("BTC/EUR", "n", ID),)
    everything = read(b"", "DELETE", "/v2/orders", "operatorId=7")
    assert everything == (CancelOrder(None),)
    of_one = read(b"", "DELETE", "/v2/orders", "market=BTC-EUR")
    assert of_one == (CancelOrder("BTC/EUR"),)
    for query in ("market=BTC-EUR", "orderId=n", "market=BTC-EUR&orderId=n&trigger=true"):
        with pytest.raises(Refusal):
            read(b"", "DELETE", query=query)
    with pytest.raises(Refusal):
        read(b"", "DELETE", "/v2/orders", "side=buy")


def test_amendments() -> None:
    lowered = read({**NAMED, "amount": "0.4"}, "PUT")
    assert lowered == (AmendOrder("BTC/EUR", Decimal("0.4"), "n"),)
    moved = read({**NAMED, "price": "3"}, "PUT")
    assert moved == (AmendOrder("BTC/EUR", None, "n", price=Decimal(3)),)
    for more in ("amountRemaining", "amountQuote", "triggerAmount", "timeInForce", "postOnly"):
        (intent,) = read({**NAMED, more: "1"}, "PUT")
        assert isinstance(intent, AmendOrder)
        assert intent.unbounded == (f"parameter {more!r}",)
        with pytest.raises(ValueError, match="never sent"):
            write(intent)
    with pytest.raises(Refusal):
        read({"market": "BTC-EUR", "amount": "1"}, "PUT")


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v2/withdrawal", MoveFunds),
        ("POST", "/v2/crypto/withdrawal", MoveFunds),
        ("POST", "/v2/subaccounts/transfers", MoveFunds),
        ("GET", "/v2/subaccounts/transfers/1", MoveFunds),
        ("POST", "/v2/staking/stake", MoveFunds),
        ("POST", "/v2/deposit", MoveFunds),
        ("POST", "/v2/subaccounts", ManageKeys),
        ("GET", "/v2/institutional/subaccounts/balance", ManageKeys),
        ("DELETE", "/v2/institutional/subaccounts/order", ManageKeys),
        ("POST", "/v2/cancelOrdersAfter", Unknown),
        ("DELETE", "/v2/atomic/orders", Unknown),
        ("PATCH", "/v2/order", Unknown),
        ("POST", "/v2/order/", Unknown),
        ("POST", "/v2/Order", Unknown),
        ("POST", "/order", Unknown),
        ("GET", "/v2/websocket", Unknown),
    ],
)
def test_what_no_grant_can_do(method: str, path: str, kind: type[AnyIntent]) -> None:
    (intent,) = read(b"", method, path)
    assert isinstance(intent, kind)


def test_reads() -> None:
    asked = read(b"", "GET", "/v2/trades", "market=BTC-EUR&limit=10&tradeIdFrom=t")
    told = (("market", "BTC-EUR"), ("limit", "10"), ("tradeIdFrom", "t"))
    assert asked == (ReadAccount("GET /v2/trades", told),)
    assert read(b"", "GET", "/v2/BTC-EUR/book", "depth=5") == (
        ReadMarket("GET /v2/{market}/book", (("market", "BTC-EUR"), ("depth", "5"))),
    )
    assert isinstance(read(b"", "GET", "/v2/withdrawalHistory")[0], ReadAccount)
    with pytest.raises(Refusal):
        read(b"", "GET", "/v2/balance", "asset=BTC")


# Writing

NAMES = st.none() | st.uuids().map(str)
STOPS = st.builds(
    PlaceOrder,
    orders.SYMBOLS,
    st.sampled_from(Side),
    st.sampled_from([OrderType.STOP_LOSS, OrderType.TAKE_PROFIT]),
    quantity=orders.AMOUNTS,
    stop_price=orders.AMOUNTS,
    client_order_id=NAMES,
)
STOP_LIMITS = st.builds(
    PlaceOrder,
    orders.SYMBOLS,
    st.sampled_from(Side),
    st.sampled_from([OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT]),
    quantity=orders.AMOUNTS,
    price=orders.AMOUNTS,
    stop_price=orders.AMOUNTS,
    time_in_force=st.sampled_from(TimeInForce),
    client_order_id=NAMES,
)
PLACED = orders.limits(NAMES) | orders.makers(NAMES) | orders.takers(NAMES) | STOPS | STOP_LIMITS
IDS = st.from_regex(r"[A-Za-z0-9-]{1,40}", fullmatch=True)
TWO_IDS = st.tuples(IDS, st.none()) | st.tuples(st.none(), IDS) | st.tuples(IDS, IDS)
CANCELS = st.builds(lambda symbol, ids: CancelOrder(symbol, *ids), orders.SYMBOLS, TWO_IDS)
AMENDS = st.builds(
    lambda symbol, amount, ids: AmendOrder(symbol, amount, *ids),
    orders.SYMBOLS,
    orders.AMOUNTS,
    TWO_IDS,
)
ALL = st.builds(CancelOrder, st.none() | orders.SYMBOLS)


def write(*intents: AnyIntent) -> Request:
    return bitvavo.write(intents, Credentials("k", SECRET), NOW_MS, 5_000, "")


def check_back(intent: AnyIntent) -> None:
    sent = write(intent)
    assert bitvavo.read(sent) == (intent,)
    assert sent.host == "https://api.bitvavo.com"
    if not isinstance(intent, ReadMarket):
        found = bitvavo.verify(sent, SECRET, NOW_MS)
        assert (found.timestamp_ms, found.recv_window_ms) == (NOW_MS, 5_000)
        assert bitvavo.key_id(sent) == "k"


@given(PLACED | CANCELS | AMENDS | ALL)
def test_what_is_written_reads_as_the_same(intent: AnyIntent) -> None:
    check_back(intent)


def test_what_the_house_asks_is_written_and_read() -> None:
    asked: list[AnyIntent] = [
        bitvavo.ask_order("ETH/EUR", ID, "n"),
        bitvavo.ask_order("ETH/EUR", ID, None),
        bitvavo.ask_cancel("ETH/EUR", ID, "n"),
        bitvavo.ask_cancel("ETH/EUR", ID, None),
        *bitvavo.ask_open_orders(None),
        *bitvavo.ask_open_orders({"ETH/EUR", "BTC/EUR"}),
        bitvavo.ask_trades("ETH/EUR", None),
        bitvavo.ask_trades("ETH/EUR", Mark("t", NOW_MS)),
        bitvavo.ask_trades_between("ETH/EUR", NOW_MS - 86_400_000, NOW_MS),
        bitvavo.ask_balances(),
        bitvavo.ask_key_rights(),
        bitvavo.ask_markets(),
        bitvavo.ask_candles("ETH/EUR", "1m", NOW_MS),
        bitvavo.ask_book("ETH/EUR"),
        bitvavo.ask_time(),
    ]
    for intent in asked:
        check_back(intent)
    assert len(bitvavo.ask_open_orders({f"A{n}/EUR" for n in range(21)})) == 1
    start = dict(bitvavo.ask_candles("ETH/EUR", "1d", NOW_MS).parameters)["start"]
    assert int(start) % 86_400_000 == 0 <= NOW_MS - int(start) < 86_400_000


@pytest.mark.parametrize(
    "intents",
    [
        (CancelOrder(None, "n"),),
        (CancelOrder("ETH/EUR", list_id=7),),
        (CancelOrder("ETH/EUR", "n", mode="x"),),
        (AmendOrder("ETH/EUR", Decimal(1), "n", price=Decimal(1)),),
        (AmendOrder("ETH/EUR", None, "n"),),
        (AmendOrder("ETH/EUR", Decimal(1)),),
        (AmendOrder(None, Decimal(1), "n"),),
        (PlaceOrder("ETH/EUR", Side.BUY, OrderType.MARKET, Decimal(1), test=True),),
        (PlaceOrder("ETH/EUR", Side.BUY, OrderType.MARKET, Decimal(1), reduce_only=True),),
        (MoveFunds("x"),),
        (Unknown("x"),),
        (ReadAccount("POST /v2/withdrawal"),),
        (ReadAccount("GET /v2/balance", (("x", "y"),)),),
        (CancelOrder("ETH/EUR", "a"), CancelOrder("ETH/EUR", "b")),
        (),
    ],
)
def test_what_is_never_written(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(*intents)


def test_without_a_key_only_public_things_are_asked() -> None:
    assert bitvavo.write([bitvavo.ask_time()], None, NOW_MS, 5_000, "http://v").host == "http://v"
    with pytest.raises(ValueError, match="has to be signed"):
        bitvavo.write([bitvavo.ask_balances()], None, NOW_MS, 5_000, "")


def test_a_wished_window_is_one_that_bitvavo_takes() -> None:
    for wished, told in ((1, "100"), (5_000, "5000"), (100_000, "60000")):
        sent = bitvavo.write([CancelOrder(None)], Credentials("k", SECRET), NOW_MS, wished, "")
        assert sent.header("bitvavo-access-window") == told


def test_own_names_are_uuids_and_differ() -> None:
    names = {bitvavo.own_name(NOW_MS + ms, number) for ms in (0, 1, 2**30) for number in range(9)}
    assert len(names) == 27
    for name in names:
        assert name.startswith(bitvavo.OWN_NAMES)
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", name)
        assert order(clientOrderId=name).unbounded == ()


# Answers

STANDS = {
    "orderId": "af76d6ce-9f7c-4006-b715-bb5d430652d0",
    "clientOrderId": ID,
    "market": "ETH-EUR",
    "created": 1590505649241,
    "updated": 1590505649241,
    "status": "filled",
    "side": "sell",
    "orderType": "market",
    "amount": "0.249825",
    "amountRemaining": "0",
    "onHold": "0",
    "onHoldCurrency": "ETH",
    "filledAmount": "0.249825",
    "filledAmountQuote": "45.84038925",
    "feePaid": "0.12038925",
    "feeCurrency": "EUR",
    "fills": [
        {
            "id": "b0c86aa5-6ed3-4a2d-ba3a-be9a964220f4",
            "timestamp": 1590505649245,
            "amount": "0.249825",
            "price": "183.49",
            "taker": True,
            "fee": "0.12038925",
            "feeCurrency": "EUR",
            "settled": True,
        }
    ],
    "selfTradePrevention": "decrementAndCancel",
    "visible": False,
    "disableMarketProtection": False,
}
"""The example of ccxt's source."""


def answer(told: Any, status: int = 200) -> Response:
    return Response(status, told if isinstance(told, bytes) else json.dumps(told).encode())


def test_an_order_that_was_asked_for() -> None:
    report = bitvavo.asked_order(answer(STANDS), ID)
    assert report is not None
    assert (report.symbol, report.order_id, report.client_order_id) == (
        "ETH/EUR",
        STANDS["orderId"],
        ID,
    )
    assert (report.status, report.side, report.created_ms) == (
        OrderStatus.FILLED,
        Side.SELL,
        1590505649241,
    )
    assert (report.executed, report.quantity) == (Decimal("0.249825"), Decimal("0.249825"))
    assert bitvavo.open_orders(json.dumps([STANDS]).encode()) == (report,)
    asked = ReadAccount("GET /v2/order")
    assert bitvavo.reports(asked, json.dumps(STANDS).encode()) == (report,)
    assert bitvavo.reports(bitvavo.ask_balances(), b"[]") == ()


@pytest.mark.parametrize(
    ("status", "filled", "means"),
    [
        ("new", "0", OrderStatus.NEW),
        ("new", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("awaitingTrigger", "0", OrderStatus.NEW),
        ("partiallyFilled", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("canceled", "0.1", OrderStatus.CANCELED),
        ("canceledSelfTradePrevention", "0", OrderStatus.EXPIRED_IN_MATCH),
        ("canceledIOC", "0.1", OrderStatus.EXPIRED),
        ("expired", "0", OrderStatus.EXPIRED),
        ("rejected", "0", OrderStatus.REJECTED),
    ],
)
def test_how_an_order_stands(status: str, filled: str, means: OrderStatus) -> None:
    told = STANDS | {"status": status, "filledAmount": filled}
    report = bitvavo.asked_order(answer(told), ID)
    assert report is not None
    assert (report.status, report.executed) == (means, Decimal(filled))


@pytest.mark.parametrize(
    "changed",
    [{"status": "odd"}, {"side": "BUY"}, {"filledAmount": "-1"}, {"filledAmount": None}],
)
def test_an_order_that_cannot_be(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bitvavo.asked_order(answer(STANDS | changed), ID)


def test_no_order_is_told_from_no_answer() -> None:
    unknown = {"errorCode": 240, "error": "No order found."}
    assert bitvavo.asked_order(answer(unknown, 404), ID) is None
    for body, status in ((b"", 404), ({"errorCode": 109, "error": "x"}, 503), ([], 200)):
        with pytest.raises(ValueError, match=r".+"):
            bitvavo.asked_order(answer(body, status), ID)


def test_what_became_of_it() -> None:
    placed, amended = order(), AmendOrder("ETH/EUR", Decimal(1), "n")
    for intent in (placed, amended):
        (outcome,) = bitvavo.outcomes([intent], answer(STANDS))
        assert (outcome.verdict, len(outcome.reports)) == (Verdict.DONE, 1)
        with pytest.raises(ValueError, match=r".+"):
            bitvavo.outcomes([intent], answer({}))
        (outcome,) = bitvavo.outcomes([intent], answer({"errorCode": 216, "error": "x"}, 400))
        assert (outcome.verdict, outcome.reports) == (Verdict.REJECTED, ())
    (done,) = bitvavo.outcomes([placed], answer(STANDS))
    (fill,) = done.reports[0].fills
    assert (fill.price, fill.quantity, fill.fee, fill.fee_asset) == (
        Decimal("183.49"),
        Decimal("0.249825"),
        Decimal("0.12038925"),
        "EUR",
    )
    for told in ({"orderId": "n"}, [{"orderId": "n"}], []):
        (outcome,) = bitvavo.outcomes([CancelOrder("ETH/EUR")], answer(told))
        assert (outcome.verdict, outcome.reports) == (Verdict.DONE, ())
    assert bitvavo.cancelled_order(b'{"orderId":"n"}') is None


@pytest.mark.parametrize(
    ("told", "status", "verdict"),
    [
        ({"errorCode": 216, "error": "x"}, 400, Verdict.REJECTED),
        ({"errorCode": 309, "error": "x"}, 403, Verdict.REJECTED),
        ({"errorCode": 240, "error": "x"}, 404, Verdict.REJECTED),
        ({"errorCode": 105, "error": "x"}, 429, Verdict.REJECTED),
        (b"", 429, Verdict.REJECTED),
        ({"errorCode": 101, "error": "x"}, 500, Verdict.UNKNOWN),
        ({"errorCode": 109, "error": "x"}, 503, Verdict.UNKNOWN),
        ({"errorCode": 400, "error": "x"}, 400, Verdict.UNKNOWN),
        ({"errorCode": 216, "error": "x"}, 200, Verdict.UNKNOWN),
        ({"error": "x"}, 400, Verdict.UNKNOWN),
        ({"errorCode": "x"}, 400, Verdict.UNKNOWN),
        (b"<html>", 403, Verdict.UNKNOWN),
        (b"", 200, Verdict.UNKNOWN),
        (b"7", 200, Verdict.UNKNOWN),
    ],
)
def test_done_rejected_or_nobody_knows(told: Any, status: int, verdict: Verdict) -> None:
    assert bitvavo.judge(answer(told, status)) is verdict


def test_trades_and_their_fees() -> None:
    told = {
        "id": "t",
        "orderId": "n",
        "timestamp": NOW_MS,
        "market": "ETH-EUR",
        "side": "buy",
        "amount": "0.1",
        "price": "200",
        "taker": True,
        "fee": "0.05",
        "feeCurrency": "EUR",
        "settled": True,
    }
    rebate = told | {"id": "u", "fee": "-0.01"}
    first, second = bitvavo.trades(json.dumps([told, rebate]).encode())
    assert (first.order_id, first.side, first.fill.fee) == ("n", Side.BUY, Decimal("0.05"))
    assert second.fill.fee == 0
    del told["fee"], told["feeCurrency"]
    with pytest.raises(ValueError, match="fee"):
        bitvavo.trades(json.dumps([told]).encode())
    unsettled = {"id": "t", "timestamp": 1, "amount": "1", "price": "1", "settled": False}
    (outcome,) = bitvavo.outcomes([order()], answer(STANDS | {"fills": [unsettled]}))
    assert outcome.reports[0].fills == ()


def test_fills_are_told_once() -> None:
    """Later answers list them all again."""
    report = bitvavo.asked_order(answer(STANDS), ID)
    assert report is not None
    (amended,) = bitvavo.outcomes([AmendOrder("ETH/EUR", Decimal(1), "n")], answer(STANDS))
    assert report.executed == Decimal("0.249825")
    assert report.fills == amended.reports[0].fills == ()


def test_balances_markets_candles_books_time_and_rights() -> None:
    held = bitvavo.balances(b'[{"symbol":"EUR","available":"1.50","inOrder":"0"}]')
    assert held == {"EUR": Holding(Decimal("1.50"), ZERO)}
    row = {
        "market": "BTC-EUR",
        "status": "trading",
        "base": "BTC",
        "quote": "EUR",
        "pricePrecision": None,
        "minOrderInBaseAsset": "0.00006607",
        "minOrderInQuoteAsset": "5.00",
        "quantityDecimals": 8,
        "notionalDecimals": 2,
        "tickSize": "1.00",
        "maxOpenOrders": 400,
    }
    odd = row | {"market": "ETH-EUR", "base": "ETH"}
    others = [row | {"base": "ADA"}, odd | {"tickSize": None}, odd | {"quantityDecimals": None}]
    (market,) = bitvavo.markets(json.dumps([*others, row]).encode()).values()
    lot, least = Decimal("0.00000001"), Decimal("0.00006607")
    assert market == Market("BTC", "EUR", Decimal(1), lot, Decimal(5), least)
    with pytest.raises(ValueError, match="decimals"):
        bitvavo.markets(json.dumps([row | {"quantityDecimals": 10**9}]).encode())
    newest = [1590383700000, "4", "8", "2", "6", "3"]
    found = bitvavo.candles(json.dumps([newest, [1590383580000, "1", "1", "1", "1", "1"]]).encode())
    assert [candle.open_ms for candle in found] == [1590383580000, 1590383700000]
    assert found[1] == Candle(1590383700000, *map(Decimal, (4, 8, 2, 6, 3, 15)))
    told = b'{"market":"BTC-EUR","nonce":1,"bids":[["4999.9","0.15"]],"asks":[]}'
    assert bitvavo.book(told) == TopOfBook(Decimal("4999.9"), Decimal(0))
    assert bitvavo.server_time(b'{"time":1539180275424,"timeNs":1}') == 1539180275424


@pytest.mark.parametrize(
    ("able", "can"),
    [
        (["buy", "sell"], ("trade",)),
        (["buy", "sell", "depositCrypto", "withdrawFiat"], ("trade", "withdraw")),
        (["sell"], ()),
        ([], ()),
    ],
)
def test_a_key_may_at_most_what_its_account_may(able: list[str], can: tuple[str, ...]) -> None:
    told = json.dumps({"fees": {"taker": "0.0025"}, "capabilities": able}).encode()
    assert bitvavo.key_rights(told) == KeyRights(can, is_bound=False)


READERS = (
    bitvavo.open_orders,
    bitvavo.trades,
    bitvavo.balances,
    bitvavo.markets,
    bitvavo.candles,
    bitvavo.book,
    bitvavo.server_time,
    bitvavo.key_rights,
)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b'{"a":1,"a":2}', b"\xff", b"[7]"])
def test_an_answer_that_is_none(reader: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader(body)


def test_names_are_given_back() -> None:
    found = bitvavo.rename_client_ids(json.dumps(STANDS).encode(), {ID: "mine"})
    assert json.loads(found) == STANDS | {"clientOrderId": "mine"}


# Refusals

RAISED = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.AuthenticationError,
    Reason.BAD_PARAMETER: ccxt.BadRequest,
    Reason.UNKNOWN_ENDPOINT: ccxt.BadRequest,
    Reason.ORDER_DENIED: ccxt.InvalidOrder,
    Reason.CANCEL_DENIED: ccxt.InvalidOrder,
    Reason.AMEND_DENIED: ccxt.InvalidOrder,
    Reason.NOT_PERMITTED: ccxt.PermissionDenied,
    Reason.TOO_LARGE: ccxt.BadRequest,
    Reason.TOO_OFTEN: ccxt.RateLimitExceeded,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.ExchangeNotAvailable,
}
RETRIED = (Reason.TOO_OFTEN, Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)


@pytest.mark.parametrize("reason", Reason)
def test_a_client_raises_what_it_usually_does(reason: Reason) -> None:
    refused = bitvavo.refuse(Refusal(reason, "denied by policy (verdict 7)"))
    credentials = {"apiKey": "k", "secret": "s"}
    kind, asked, text = raised("bitvavo", credentials, "private_post_order", refused)
    assert kind is RAISED[reason]
    assert "denied by policy (verdict 7)" in text
    assert asked == (RETRIES + 1 if reason in RETRIED else 1)
    in_doubt = reason in (Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
    assert bitvavo.judge(refused) is (Verdict.UNKNOWN if in_doubt else Verdict.REJECTED)


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
        (intent,) = bitvavo.read(case.request)
        assert isinstance(intent, PlaceOrder), case.label
        if "cost" not in case.label:  # ccxt sends the amount times the price instead
            check_order(case, intent)
        option = case.label.rpartition(" +")[2] if "+" in case.label else ""
        assert intent.type.waits is (option == "trig"), case.label
        assert (not intent.unbounded) is (option in ("", "ioc", "fok", "postOnly", "trig"))
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
        if case.label.endswith("cancel trigger"):
            with pytest.raises(Refusal):
                bitvavo.read(case.request)
        else:
            (intent,) = bitvavo.read(case.request)
            assert isinstance(intent, kinds[case.category]), case.label
