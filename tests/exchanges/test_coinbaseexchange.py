"""Coinbase Exchange: its signatures, orders, answers and refusals."""

import base64
import hashlib
import hmac
import json
import re
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
from tradelatch.exchanges import coinbaseexchange as exchange
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind
from tradelatch.exchanges.kit.signatures import with_passphrase
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

SECRET = base64.b64encode(b"nobody's secret at all")
BOTH = with_passphrase(SECRET, b"a phrase")
NOW_MS = 1_760_000_000_123
UUID = "0f9b3b1e-0000-4000-8000-00000000000a"
ORDER = {"product_id": "BTC-USD", "side": "buy", "type": "limit", "size": "0.5", "price": "2.5"}


def signed(
    stamp: str, method: str = "POST", path: str = "/orders", query: str = "", body: bytes = b"{}"
) -> Request:
    text = f"{stamp}{method}{path}{'?' if query else ''}{query}".encode() + body
    mac = hmac.digest(base64.b64decode(SECRET), text, hashlib.sha256)
    headers = {
        "CB-ACCESS-KEY": "k",
        "CB-ACCESS-SIGN": base64.b64encode(mac).decode(),
        "CB-ACCESS-TIMESTAMP": stamp,
        "CB-ACCESS-PASSPHRASE": "whatever",
    }
    return Request(method, "coinbaseexchange", path, query, tuple(headers.items()), body)


def refusal(
    sent: Request, key: bytearray | PublicKey = BOTH, now_ms: int = NOW_MS
) -> Reason | None:
    try:
        exchange.verify(sent, key, now_ms)
    except Refusal as refused:
        return refused.reason
    return None


def read(
    body: Any = None, path: str = "/orders", method: str = "POST", query: str = ""
) -> tuple[AnyIntent, ...]:
    text = b"" if body is None else json.dumps(body).encode()
    return exchange.read(Request(method, "coinbaseexchange", path, query, (), text))


def order(**more: Any) -> PlaceOrder:
    body = {key: value for key, value in {**ORDER, **more}.items() if value is not None}
    (intent,) = read(body)
    assert isinstance(intent, PlaceOrder)
    return intent


# Signatures


@pytest.mark.parametrize(
    ("stamp", "ms"),
    [
        ("1760000000", 1_760_000_000_000),
        ("1760000000.1", 1_760_000_000_100),
        ("1760000000.123456", 1_760_000_000_123),
    ],
)
def test_seconds_may_have_decimals(stamp: str, ms: int) -> None:
    told = exchange.verify(signed(stamp), BOTH, NOW_MS)
    assert (told.timestamp_ms, told.recv_window_ms, told.nonce) == (ms, 30_000, None)
    assert refusal(signed(stamp), bytearray(SECRET)) is None, "a grant has no passphrase"


@pytest.mark.parametrize("stamp", ["", "x", "1760000000.", "-1", "1e9", "1760000000000000", "٣"])
def test_what_is_no_time(stamp: str) -> None:
    assert refusal(signed(stamp)) is Reason.BAD_PARAMETER


def test_a_request_is_good_for_thirty_seconds() -> None:
    sent = signed("1760000000")
    assert refusal(sent, now_ms=1_760_000_030_000) is None
    assert refusal(sent, now_ms=1_760_000_030_001) is Reason.OUTSIDE_WINDOW
    assert refusal(sent, now_ms=1_759_999_998_999) is Reason.OUTSIDE_WINDOW


def test_any_changed_byte_of_what_is_signed_is_seen() -> None:
    sent = signed("1760000000", "GET", "/orders", "limit=5", b"abc")
    assert refusal(sent) is None
    for changed in (
        Request("PUT", sent.host, sent.path, sent.query, sent.headers, sent.body),
        Request("GET", sent.host, "/order", sent.query, sent.headers, sent.body),
        Request("GET", sent.host, "/orders?", sent.query, sent.headers, sent.body),
        Request("GET", sent.host, sent.path, "limit=6", sent.headers, sent.body),
        Request("GET", sent.host, sent.path, "", sent.headers, sent.body),
        Request("GET", sent.host, sent.path, sent.query, sent.headers, b"abd"),
    ):
        assert refusal(changed) is Reason.BAD_SIGNATURE
    assert refusal(sent, bytearray(base64.b64encode(b"another"))) is Reason.BAD_SIGNATURE
    assert refusal(sent, PublicKey(bytes(32))) is Reason.BAD_SIGNATURE


def test_headers_are_there_once() -> None:
    sent = signed("1760000000")
    for name, _ in sent.headers[1:3]:
        fewer = tuple(pair for pair in sent.headers if pair[0] != name)
        twice = (*sent.headers, (name.lower(), "x"))
        for headers in (fewer, twice):
            bare = Request("POST", sent.host, sent.path, "", headers, sent.body)
            assert refusal(bare) is Reason.BAD_PARAMETER
    assert exchange.key_id(sent) == "k"
    assert exchange.key_id(Request("GET", "", "/")) is None


# Orders


def test_amounts_are_in_base_or_quote_as_their_names_say() -> None:
    assert order(client_oid=UUID) == PlaceOrder(
        "BTC/USD",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("0.5"),
        price=Decimal("2.5"),
        time_in_force=TimeInForce.GTC,
        client_order_id=UUID,
    )
    bought = order(type="market", size=None, price=None, funds="100")
    assert (bought.type, bought.quantity, bought.quote_quantity) == (
        OrderType.MARKET,
        None,
        Decimal(100),
    )
    assert order(type=None).type is OrderType.LIMIT, "what is left out is a limit"
    numbers = order(size=0.5, price=2.5)
    assert (numbers.quantity, numbers.price) == (Decimal("0.5"), Decimal("2.5"))


def test_how_long_it_stands_and_whether_it_takes() -> None:
    for word in ("GTC", "IOC", "FOK"):
        found = order(time_in_force=word)
        assert (found.time_in_force, found.unbounded) == (TimeInForce(word), ())
    assert order(post_only=True).type is OrderType.LIMIT_MAKER
    assert order(post_only=False).type is OrderType.LIMIT
    assert order(stp="dc").unbounded == ()


@pytest.mark.parametrize(
    ("side", "stop", "kind"),
    [
        ("buy", "entry", OrderType.STOP_LOSS_LIMIT),
        ("buy", "loss", OrderType.TAKE_PROFIT_LIMIT),
        ("sell", "entry", OrderType.TAKE_PROFIT_LIMIT),
        ("sell", "loss", OrderType.STOP_LOSS_LIMIT),
    ],
)
def test_a_stop_is_what_its_direction_makes_of_its_side(
    side: str, stop: str, kind: OrderType
) -> None:
    found = order(side=side, stop=stop, stop_price="3")
    assert (found.type, found.stop_price, found.unbounded) == (kind, Decimal(3), ())


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"time_in_force": "GTT", "cancel_after": "day"}, "good till a time"),
        ({"time_in_force": "GTT", "cancel_after": "day"}, "cancel_after"),
        ({"stop_price": "3"}, "without a stop"),
        ({"type": "market", "price": None, "stop": "loss", "stop_price": "3"}, "without a limit"),
        ({"stp": "co"}, "self-trade"),
        ({"client_oid": "me"}, "no UUID"),
        ({"client_oid": UUID.upper()}, "no UUID"),
        ({"profile_id": "p"}, "profile_id"),
        ({"max_floor": "1"}, "max_floor"),
        ({"post_only": True, "time_in_force": "GTT"}, "good till a time"),
        ({"post_only": True, "time_in_force": "IOC"}, "a time in force"),
        ({"post_only": True, "stop": "loss", "stop_price": "3"}, "post_only"),
        ({"type": "market", "price": None, "post_only": True}, "post_only"),
        ({"type": "market", "price": None, "time_in_force": "FOK"}, "a time in force"),
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
        {"product_id": "BTC/USD"},
        {"product_id": None},
        {"side": "BUY"},
        {"side": None},
        {"type": "stop"},
        {"size": None},
        {"size": "1", "funds": "1"},
        {"funds": "1", "size": None},
        {"price": None},
        {"type": "market"},
        {"size": "-1"},
        {"size": "0"},
        {"size": 1e-7},
        {"time_in_force": "DAY"},
        {"stop": "loss"},
        {"stop": "up", "stop_price": "3"},
        {"post_only": "yes"},
        {"client_oid": ["x"]},
    ],
)
def test_what_is_no_order(more: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        order(**more)


def test_nothing_is_said_twice() -> None:
    body = json.dumps(ORDER).encode()
    for text, query in ((body[:-1] + b',"side":"sell"}', ""), (body, "side=sell")):
        with pytest.raises(Refusal):
            exchange.read(Request("POST", "coinbaseexchange", "/orders", query, (), text))


def test_cancels() -> None:
    assert read(None, "/orders/n", "DELETE") == (CancelOrder(None, "n"),)
    assert read(None, f"/orders/client:{UUID}", "DELETE", "product_id=BTC-USD") == (
        CancelOrder("BTC/USD", client_order_id=UUID),
    )
    assert read({"product_id": "BTC/USD"}, "/orders", "DELETE") == (CancelOrder("BTC/USD"),)
    assert read(None, "/orders", "DELETE") == (CancelOrder(None),)
    for path, query in (
        ("/orders/client:me", ""),
        ("/orders/n", "x=1"),
        ("/orders", "profile_id=p"),
        ("/orders/n", "order_id=m"),
    ):
        with pytest.raises(Refusal):
            read(None, path, "DELETE", query)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/withdrawals/crypto", MoveFunds),
        ("POST", "/withdrawals/payment-method", MoveFunds),
        ("POST", "/deposits/coinbase-account", MoveFunds),
        ("POST", "/conversions", MoveFunds),
        ("POST", "/profiles/transfer", MoveFunds),
        ("POST", "/profiles/margin-transfer", MoveFunds),
        ("POST", "/coinbase-accounts/a/addresses", MoveFunds),
        ("POST", "/address-book", MoveFunds),
        ("DELETE", "/address-book/a", MoveFunds),
        ("POST", "/loans/open", MoveFunds),
        ("POST", "/wrapped-assets/stake-wrap", MoveFunds),
        ("POST", "/funding/repay", MoveFunds),
        ("POST", "/profiles", ManageKeys),
        ("PUT", "/profiles/a", ManageKeys),
        ("POST", "/users/u/settlement-preferences", ManageKeys),
        ("POST", "/position/close", Unknown),
        ("GET", "/margin/status", Unknown),
        ("POST", "/reports", Unknown),
        ("PUT", "/orders", Unknown),
        ("POST", "/orders/", Unknown),
    ],
)
def test_what_no_grant_can_do(method: str, path: str, kind: type[AnyIntent]) -> None:
    (intent,) = read({}, path, method)
    assert isinstance(intent, kind)


# What goes out

NAMES = st.uuids().map(str)
IDS = st.from_regex(r"[A-Za-z0-9-]{1,36}", fullmatch=True)
STOPS = st.builds(
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
PLACED = orders.limits(NAMES) | orders.makers(NAMES) | orders.takers(NAMES) | STOPS
CANCELS = st.one_of(
    st.builds(CancelOrder, st.none() | orders.SYMBOLS, order_id=IDS),
    st.builds(CancelOrder, st.none() | orders.SYMBOLS, client_order_id=NAMES),
    st.builds(CancelOrder, st.none() | orders.SYMBOLS),
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
    return exchange.write(intents, Credentials("k", BOTH), NOW_MS, 5_000, "")


def check_back(intent: AnyIntent) -> None:
    sent = write(intent)
    assert exchange.read(sent) == (intent,)
    assert sent.host == "https://api.exchange.coinbase.com"
    if not isinstance(intent, ReadMarket):
        assert exchange.verify(sent, BOTH, NOW_MS).timestamp_ms == NOW_MS
        assert sent.header("cb-access-passphrase") == "a phrase"
        assert exchange.key_id(sent) == "k"


@given(PLACED | CANCELS | READS)
def test_what_is_written_reads_as_the_same(intent: AnyIntent) -> None:
    check_back(intent)


def test_what_the_house_asks_is_written_and_read() -> None:
    asked: list[AnyIntent] = [
        exchange.ask_order("ETH/BTC", UUID, "n"),
        exchange.ask_order("ETH/BTC", UUID, None),
        exchange.ask_cancel("ETH/BTC", UUID, "n"),
        exchange.ask_cancel("ETH/BTC", UUID, None),
        *exchange.ask_open_orders(None),
        *exchange.ask_open_orders({"ETH/BTC", "BTC/USD"}),
        exchange.ask_trades("ETH/BTC", None),
        exchange.ask_trades("ETH/BTC", Mark(1, NOW_MS)),
        exchange.ask_trades_between("ETH/BTC", NOW_MS - 86_400_000, NOW_MS),
        exchange.ask_balances(),
        exchange.ask_key_rights(),
        exchange.ask_markets(),
        exchange.ask_candles("ETH/BTC", "1m", NOW_MS),
        exchange.ask_book("ETH/BTC"),
        exchange.ask_time(),
    ]
    for intent in asked:
        check_back(intent)
    query = write(*exchange.ask_open_orders(None)).query
    assert query == "status=open&status=pending&status=active&status=received&limit=1000"


@pytest.mark.parametrize(
    "intents",
    [
        (),
        (MoveFunds("x"),),
        (AmendOrder(None, Decimal(1), "n"),),
        (CancelOrder(None, list_id=7),),
        (ReadAccount("GET /nowhere"),),
        (ReadAccount("GET /accounts", (("x", "y"),)),),
        (PlaceOrder("ETH/BTC", Side.BUY, OrderType.STOP_LOSS, Decimal(1), stop_price=Decimal(1)),),
        (PlaceOrder("ETH/BTC", Side.BUY, OrderType.MARKET, Decimal(1), test=True),),
        (CancelOrder(None, "a"), CancelOrder(None, "b")),
    ],
)
def test_what_is_never_written(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(*intents)


def test_a_name_of_the_signers_is_a_uuid_and_no_other_is_like_it() -> None:
    names = {exchange.own_name(NOW_MS + ms, number) for ms in range(20) for number in range(20)}
    assert len(names) == 400
    for name in names:
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", name)
        assert name.startswith(exchange.OWN_NAMES)
        assert order(client_oid=name).client_order_id == name


# Answers

TOLD = {
    "id": "d0c5340b-6d6c-49d9-b567-48c4bfca13d2",
    "price": "0.10000000",
    "size": "0.01000000",
    "product_id": "BTC-USD",
    "side": "buy",
    "stp": "dc",
    "type": "limit",
    "time_in_force": "GTC",
    "post_only": False,
    "created_at": "2025-10-09T08:53:20.12386Z",
    "fill_fees": "0.0000000000000000",
    "filled_size": "0.00000000",
    "executed_value": "0.0000000000000000",
    "status": "open",
    "settled": False,
    "client_oid": UUID,
}


def answer(told: Any, status: int = 200) -> Response:
    return Response(status, told if isinstance(told, bytes) else json.dumps(told).encode())


@pytest.mark.parametrize(
    ("changed", "means"),
    [
        ({}, OrderStatus.NEW),
        ({"status": "pending"}, OrderStatus.NEW),
        ({"status": "active", "filled_size": "0.005"}, OrderStatus.PARTIALLY_FILLED),
        ({"status": "done", "done_reason": "filled", "filled_size": "0.01"}, OrderStatus.FILLED),
        ({"status": "done", "done_reason": "canceled"}, OrderStatus.CANCELED),
        ({"status": "done"}, OrderStatus.CANCELED),
        ({"status": "done", "done_reason": "rejected"}, OrderStatus.REJECTED),
        ({"status": "rejected"}, OrderStatus.REJECTED),
    ],
)
def test_how_an_order_stands(changed: dict[str, str], means: OrderStatus) -> None:
    report = exchange.asked_order(answer(TOLD | changed), UUID)
    assert report
    assert (report.status, report.quantity) == (means, Decimal("0.01"))
    assert report.executed == Decimal(changed.get("filled_size", "0"))
    assert (report.symbol, report.side, report.client_order_id) == ("BTC/USD", Side.BUY, UUID)
    assert report.created_ms == NOW_MS


def test_an_order_that_is_not_known_and_what_tells_nothing() -> None:
    assert exchange.asked_order(answer({"message": "NotFound"}, 404), UUID) is None
    for told, status in (
        (b"<html>", 404),
        ({"message": "Route not found"}, 404),
        ({"message": "NotFound"}, 400),
        ({}, 200),
        ([], 200),
    ):
        with pytest.raises(ValueError, match=r".+"):
            exchange.asked_order(answer(told, status), UUID)
    for changed in ({"status": "NEW"}, {"side": "BUY"}, {"product_id": "x"}, {"created_at": "x"}):
        with pytest.raises(ValueError, match=r".+"):
            exchange.asked_order(answer(TOLD | changed), UUID)


def test_lists_of_orders() -> None:
    body = json.dumps([TOLD]).encode()
    assert [one.order_id for one in exchange.open_orders(body)] == [TOLD["id"]]
    with pytest.raises(ValueError, match="may be more"):
        exchange.open_orders(json.dumps([TOLD] * 1_000).encode())
    assert len(exchange.reports(ReadAccount("GET /orders"), body)) == 1
    one = json.dumps(TOLD).encode()
    assert len(exchange.reports(ReadAccount("GET /orders/{order_id}"), one)) == 1
    assert exchange.reports(ReadAccount("GET /fills"), b"[]") == ()


def test_what_became_of_an_order() -> None:
    placed = order(client_oid=UUID)
    left = {key: value for key, value in TOLD.items() if key != "client_oid"}
    (outcome,) = exchange.outcomes([placed], answer(left))
    assert outcome.verdict is Verdict.DONE
    assert (outcome.reports[0].order_id, outcome.reports[0].client_order_id) == (TOLD["id"], UUID)
    (cancelled,) = exchange.outcomes([CancelOrder(None, "n")], answer("n"))
    assert (cancelled.verdict, cancelled.reports) == (Verdict.DONE, ())
    refused = answer({"message": "Insufficient funds"}, 400)
    assert exchange.outcomes([placed], refused)[0].verdict is Verdict.REJECTED
    assert exchange.cancelled_order(b'"n"') is None


@pytest.mark.parametrize(
    ("told", "status", "verdict"),
    [
        ({"message": "x"}, 400, Verdict.REJECTED),
        (b"", 429, Verdict.REJECTED),
        (b"", 408, Verdict.UNKNOWN),
        (b"<html>", 502, Verdict.UNKNOWN),
        (b"<html>", 200, Verdict.UNKNOWN),
        ({"message": "x"}, 200, Verdict.UNKNOWN),
        (["a", "b"], 200, Verdict.DONE),
    ],
)
def test_done_rejected_or_nobody_knows(told: Any, status: int, verdict: Verdict) -> None:
    assert exchange.judge(answer(told, status)) is verdict
    assert exchange.says_too_often(answer(told, status)) is (status == 429)


def test_trades_balances_markets() -> None:
    fill = {
        "trade_id": 74,
        "product_id": "BTC-USD",
        "order_id": "n",
        "liquidity": "T",
        "price": "10.00",
        "size": "0.01",
        "fee": "0.00025",
        "created_at": "2025-10-09T08:53:20.123Z",
        "side": "sell",
    }
    (trade,) = exchange.trades(json.dumps([fill]).encode())
    assert (trade.order_id, trade.side, trade.fill.trade_id) == ("n", Side.SELL, 74)
    assert (trade.fill.time_ms, trade.fill.quantity) == (NOW_MS, Decimal("0.01"))
    assert (trade.fill.fee, trade.fill.fee_asset) == (Decimal("0.00025"), "USD")
    row = {"currency": "BTC", "balance": "3.00", "available": "2.5", "hold": "0.5", "id": "i"}
    held = exchange.balances(json.dumps([row]).encode())["BTC"]
    assert (held.free, held.locked) == (Decimal("2.5"), Decimal("0.5"))
    product = {
        "id": "BTC-USD",
        "base_currency": "BTC",
        "quote_currency": "USD",
        "base_increment": "0.00000001",
        "quote_increment": "0.01",
        "min_market_funds": "1",
    }
    auction = product | {"id": "BTCAUCTION-USD"}
    (market,) = exchange.markets(json.dumps([auction, product]).encode()).values()
    assert (market.symbol, market.tick, market.min_notional) == (
        "BTC/USD",
        Decimal("0.01"),
        Decimal(1),
    )


def test_candles_books_and_time() -> None:
    rows = b"[[120, 1, 4, 2, 3, 8.00000000000000000001], [60, 0.5, 1, 1, 1, 4e-7]]"
    first, second = exchange.candles(rows)
    assert (first.open_ms, first.low, first.volume) == (60_000, Decimal("0.5"), Decimal("4e-7"))
    assert [second.open, second.high, second.low, second.close] == [
        Decimal(number) for number in (2, 4, 1, 3)
    ]
    assert (second.volume, second.turnover) == (Decimal(8), Decimal(20))
    for bad in ("1e400", "1e30", "-1", '"NaN"', '"Infinity"', '"x"'):
        with pytest.raises(ValueError, match=r".+"):
            exchange.candles(f"[[60, 1, 1, 1, 1, {bad}]]".encode())
    top = exchange.book(b'{"bids":[["1.5","2",3]],"asks":[],"sequence":1}')
    assert (top.bid, top.ask) == (Decimal("1.5"), Decimal(0))
    assert exchange.server_time(b'{"iso":"2025-10-09T08:53:20.123Z","epoch":1.5}') == NOW_MS
    with pytest.raises(ValueError, match="does not tell"):
        exchange.key_rights(b"[]")


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
    assert told == TOLD | {"client_oid": "mine"}


# Refusals

RAISED = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.AuthenticationError,
    Reason.NOT_PERMITTED: ccxt.AuthenticationError,
    Reason.TOO_OFTEN: ccxt.RateLimitExceeded,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.RequestTimeout,
}


@pytest.mark.parametrize("reason", Reason)
def test_a_client_raises_what_it_usually_does(reason: Reason) -> None:
    refused = exchange.refuse(Refusal(reason, "denied by policy (verdict 7)"))
    credentials = {"apiKey": "k", "secret": SECRET.decode(), "password": "p"}
    kind, asked, text = raised("coinbaseexchange", credentials, "private_post_orders", refused)
    assert kind is RAISED.get(reason, ccxt.ExchangeError)
    assert "denied by policy (verdict 7)" in text
    retried = reason in (Reason.TOO_OFTEN, Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
    assert asked == (RETRIES + 1 if retried else 1)
    unknown = reason in (Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
    assert exchange.judge(refused) is (Verdict.UNKNOWN if unknown else Verdict.REJECTED)


# What was recorded


@pytest.fixture(scope="module")
def recorded(recorded_data: Path) -> list[Case]:
    found = cases(recorded_data, "coinbaseexchange")
    assert len(found) == 80
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
        check_order(case, intent)
        is_plain = case.label.rpartition("+")[2] in ("ioc", "fok", "postOnly")
        assert (intent.unbounded == ()) is (is_plain or "+" not in case.label), case.label
    assert len(placed) == 44


@pytest.mark.recorded
def test_everything_else_is_what_its_caller_meant(recorded: list[Case]) -> None:
    kinds: dict[str, type[AnyIntent]] = {
        "read": ReadAccount,
        "withdraw": MoveFunds,
        "editOrder": CancelOrder,  # ccxt cancels first, and places another one then
        "cancelOrder": CancelOrder,
        "cancelAllOrders": CancelOrder,
    }
    unread = 0
    for case in recorded:
        if case.category == "createOrder":
            continue
        try:
            (intent,) = exchange.read(case.request)
        except Refusal:
            assert case.label in ("spot cancel cid", "spot cancel trigger", "fetchBalance swap")
            unread += 1
        else:
            assert isinstance(intent, kinds[case.category]), case.label
    assert unread == 6
