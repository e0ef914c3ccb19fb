"""Bybit: who signed it, what it means, what goes out, what comes back."""

import contextlib
import hashlib
import hmac
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.exchanges.listeners import RETRIES, raised
from tests.exchanges.orders import SYMBOLS, limits, makers, takers
from tests.exchanges.wire import GRANT, NOW_MS, SECRET, Recorded, recorded
from tradelatch.exchanges import bybit
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE, Endpoint, Kind
from tradelatch.exchanges.protocol import (
    ExchangeFile,
    Holding,
    KeyRights,
    Mark,
    Outcome,
    OwnTrade,
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
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, OrderType, Side, TimeInForce

THE_SEAM: ExchangeFile = bybit
CREATE = "/v5/order/create"
STOP = "a stop order at Bybit"


def d(text: str) -> Decimal:
    return Decimal(text)


# Who signed it


def signed(
    said: str, method: str = "POST", path: str = CREATE, window: str | None = "5000", **other: str
) -> Request:
    """A request whose query (GET) or body (POST) is `said`."""
    stamp = other.get("stamp", str(NOW_MS))
    payload = f"{stamp}k{window or ''}{said}".encode()
    headers = {
        "X-BAPI-API-KEY": "k",
        "X-BAPI-SIGN": hmac.new(SECRET, payload, hashlib.sha256).hexdigest(),
        "X-BAPI-TIMESTAMP": stamp,
    }
    if window is not None:
        headers["X-BAPI-RECV-WINDOW"] = window
    query, body = (said, "") if method == "GET" else ("", said)
    return Request(method, "bybit", path, query, tuple(headers.items()), body.encode())


def reason(request: Request, key: bytearray | PublicKey = SECRET, now_ms: int = NOW_MS) -> Reason:
    with pytest.raises(Refusal) as refusal:
        bybit.verify(request, key, now_ms)
    return refusal.value.reason


def test_the_payloads_of_bybits_documentation() -> None:
    # docs/v5/guide, "Create A Request"
    query = "category=option&symbol=BTC-29JUL22-25000-C"
    payload = f"1658384314791XXXXXXXXXX5000{query}"
    headers = (
        ("x-bapi-api-key", "XXXXXXXXXX"),
        ("x-bapi-timestamp", "1658384314791"),
        ("x-bapi-recv-window", "5000"),
        ("x-bapi-sign", hmac.new(SECRET, payload.encode(), hashlib.sha256).hexdigest()),
    )
    request = Request("GET", "bybit", "/v5/order/realtime", query, headers)
    proof = bybit.verify(request, SECRET, 1658384314791)
    assert (proof.timestamp_ms, proof.recv_window_ms) == (1658384314791, 5_000)


@pytest.mark.parametrize("said", ['{"category":"spot"}', '{"category": "spot"}', '{\n "a":1}'])
def test_the_raw_body_is_signed_whatever_its_spacing(said: str) -> None:
    assert bybit.verify(signed(said), SECRET, NOW_MS).timestamp_ms == NOW_MS


def test_a_window_that_is_not_said_is_five_seconds() -> None:
    request = signed("{}", window=None)
    assert bybit.verify(request, SECRET, NOW_MS + 5_000).recv_window_ms == 5_000
    assert reason(request, now_ms=NOW_MS + 5_001) is Reason.OUTSIDE_WINDOW


@given(st.integers(0, 60_000), st.integers(-70_000, 70_000))
def test_the_time_window(window_ms: int, late_ms: int) -> None:
    request = signed("{}", window=str(window_ms))
    if -1_000 < late_ms <= window_ms:
        assert bybit.verify(request, SECRET, NOW_MS + late_ms).recv_window_ms == window_ms
    else:
        assert reason(request, now_ms=NOW_MS + late_ms) is Reason.OUTSIDE_WINDOW


@pytest.mark.parametrize(
    "request_",
    [
        signed("{}", window="60001"),
        signed("{}", window="5e3"),
        signed("{}", window=""),
        signed("{}", stamp=f"{NOW_MS}.0"),
        structs.replace(signed("{}"), query="category=spot"),
        structs.replace(signed("a=1", "GET"), body=b"{}"),
        structs.replace(signed("{}"), headers=signed("{}").headers[:2]),
        structs.replace(signed("{}"), headers=(*signed("{}").headers, ("x-bapi-sign", "0"))),
        structs.replace(
            signed("{}"), headers=(*signed("{}").headers, ("x-bapi-recv-window", "5000"))
        ),
    ],
)
def test_what_is_not_plain_is_no_request(request_: Request) -> None:
    assert reason(request_) is Reason.BAD_PARAMETER


def test_another_key_secret_or_signature() -> None:
    assert reason(signed("{}"), bytearray(b"another")) is Reason.BAD_SIGNATURE
    assert reason(signed("{}"), PublicKey(bytes(32))) is Reason.BAD_SIGNATURE
    other_key = tuple((n, "other" if "KEY" in n else v) for n, v in signed("{}").headers)
    assert reason(structs.replace(signed("{}"), headers=other_key)) is Reason.BAD_SIGNATURE
    upper = tuple((n, v.upper() if "SIGN" in n else v) for n, v in signed("{}").headers)
    assert reason(structs.replace(signed("{}"), headers=upper)) is Reason.BAD_SIGNATURE
    assert bybit.key_id(signed("{}")) == "k"
    assert bybit.key_id(Request("GET", "bybit", "/")) is None


def test_what_was_signed_is_one_digest_wherever_it_is_sent() -> None:
    """The path is not covered: the replay cache has to know the same words again."""
    one, other = signed("{}"), signed("{}", path="/v5/order/cancel-all")
    assert bybit.verify(one, SECRET, NOW_MS).digest == bybit.verify(other, SECRET, NOW_MS).digest


@given(st.text(), st.text(), st.text(), st.binary(), st.integers(0, 2**50))
def test_any_request_is_refused_and_nothing_else(
    method: str, path: str, query: str, body: bytes, now_ms: int
) -> None:
    request = Request(method, "bybit", path, query, signed("{}").headers, body)
    with contextlib.suppress(Refusal):
        bybit.verify(request, SECRET, now_ms)
        assert (query, body) in (("", b"{}"), ("{}", b""))
    with contextlib.suppress(Refusal):
        bybit.read(request)


# What it means


def post(path: str, **told: Any) -> tuple[AnyIntent, ...]:
    return bybit.read(Request("POST", "bybit", path, "", (), json.dumps(told).encode()))


def order(**told: Any) -> PlaceOrder:
    """A limit order of spot, but for what is told."""
    words = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.5", "price": "9.5"}
    words = {"category": "spot", **words, **told}
    (intent,) = post(CREATE, **{name: value for name, value in words.items() if value != "-"})
    assert isinstance(intent, PlaceOrder)
    return intent


def market(**told: Any) -> PlaceOrder:
    return order(orderType="Market", price="-", **told)


ROW = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.5", "price": "9.5"}
LIMIT = PlaceOrder(
    "BTC/USDT",
    Side.BUY,
    OrderType.LIMIT,
    quantity=d("0.5"),
    price=d("9.5"),
    time_in_force=TimeInForce.GTC,
)


def test_a_limit_order() -> None:
    assert order() == LIMIT
    assert order(side="Sell").side is Side.SELL
    assert order(timeInForce="IOC").time_in_force is TimeInForce.IOC
    assert order(timeInForce="FOK").time_in_force is TimeInForce.FOK
    maker = order(timeInForce="PostOnly")
    assert (maker.type, maker.time_in_force) == (OrderType.LIMIT_MAKER, None)
    plain = {"orderLinkId": None, "isLeverage": 0, "orderFilter": "Order", "reduceOnly": False}
    assert order(**plain, positionIdx=0, marketUnit="baseCoin") == LIMIT
    assert order(qty=0.5, price=9.5) == LIMIT
    assert order(orderLinkId="a-b_9").client_order_id == "a-b_9"


@pytest.mark.parametrize(
    ("side", "unit", "in_quote"),
    [
        ("Buy", None, True),
        ("Buy", "baseCoin", False),
        ("Buy", "quoteCoin", True),
        ("Sell", None, False),
        ("Sell", "baseCoin", False),
        ("Sell", "quoteCoin", True),
    ],
)
def test_what_a_market_order_is_sized_in(side: str, unit: str | None, in_quote: bool) -> None:
    intent = market(side=side, marketUnit=unit)
    assert intent.type is OrderType.MARKET
    assert (intent.quote_quantity, intent.quantity)[not in_quote] == d("0.5")
    assert (intent.quote_quantity, intent.quantity)[in_quote] is None
    assert intent.unbounded == ()


def test_what_a_market_order_ignores() -> None:
    """docs/v5/order/create-order: "Market order will ignore this field" (price), "Market order will
    always use IOC"."""
    assert order(orderType="Market", timeInForce="GTC") == market()
    assert market(category="linear").quantity == d("0.5")


@pytest.mark.parametrize(
    ("told", "more"),
    [
        ({"isLeverage": 1}, (LEVERAGE,)),
        ({"isLeverage": "1"}, (LEVERAGE,)),
        ({"reduceOnly": True}, ("reduce-only of spot",)),
        ({"orderFilter": "OcoOrder"}, ("an order of another kind",)),
        ({"takeProfit": "35000"}, ("parameter 'takeProfit'",)),
        ({"smpType": "CancelMaker"}, ("parameter 'smpType'",)),
        ({"slippageTolerance": "1"}, ("parameter 'slippageTolerance'",)),
        ({"marketUnit": "quoteCoin"}, ("parameter 'marketUnit'",)),
        ({"positionIdx": 1}, ("parameter 'positionIdx'",)),
        ({"whatever": {"a": 1}}, ("parameter 'whatever'",)),
    ],
)
def test_what_has_no_bound_is_told(told: dict[str, Any], more: tuple[str, ...]) -> None:
    intent = order(**told)
    assert intent.unbounded == more
    assert structs.replace(intent, unbounded=(), reduce_only=False) == LIMIT


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"side": "Buy", "triggerDirection": 1}, OrderType.STOP_LOSS_LIMIT),
        ({"side": "Buy", "triggerDirection": 2}, OrderType.TAKE_PROFIT_LIMIT),
        ({"side": "Sell", "triggerDirection": 1}, OrderType.TAKE_PROFIT_LIMIT),
        ({"side": "Sell", "triggerDirection": 2}, OrderType.STOP_LOSS_LIMIT),
        ({"side": "Sell"}, OrderType.STOP_LOSS_LIMIT),
        ({"side": "Sell", "orderFilter": "tpslOrder"}, OrderType.STOP_LOSS_LIMIT),
        ({"side": "Sell", "orderType": "Market", "triggerDirection": 2}, OrderType.STOP_LOSS),
        ({"side": "Sell", "orderType": "Market", "triggerDirection": 1}, OrderType.TAKE_PROFIT),
    ],
)
def test_a_trigger_price_makes_it_wait(told: dict[str, Any], kind: OrderType) -> None:
    intent = order(triggerPrice="9.4", **told)
    assert (intent.type, intent.stop_price) == (kind, d("9.4"))
    assert intent.unbounded == (STOP,)


@pytest.mark.parametrize(
    ("category", "name", "symbol"),
    [
        ("spot", "ETHBTC", "ETH/BTC"),
        ("spot", "USDEUSDT", "USDE/USDT"),
        ("spot", "USDTEUR", "USDT/EUR"),
        ("spot", "1INCHUSDC", "1INCH/USDC"),
        ("linear", "BTCUSDT", "BTC/USDT:USDT"),
        ("linear", "1000PEPEUSDT", "1000PEPE/USDT:USDT"),
        ("linear", "BTCPERP", "BTC/USDC:USDC"),
        ("linear", "BTC-26DEC25", "BTC/USDC:USDC-251226"),
        ("linear", "BTCUSDT-6FEB26", "BTC/USDT:USDT-260206"),
        ("inverse", "BTCUSD", "BTC/USD:BTC"),
        ("option", "BTC-26DEC25-100000-C", "BTC/USDC:USDC-251226-100000-C"),
        ("option", "ETH-2JAN26-3500-P-USDT", "ETH/USDT:USDT-260102-3500-P"),
    ],
)
def test_one_name_is_another_market_in_each_category(category: str, name: str, symbol: str) -> None:
    intent = order(category=category, symbol=name)
    assert intent.symbol == symbol
    assert intent.unbounded == (() if category == "spot" else (LEVERAGE,))
    if category != "spot":
        with pytest.raises(ValueError, match="no market of spot"):
            write(structs.replace(intent, unbounded=()))


def test_every_month_has_its_name() -> None:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    for number, month in enumerate(months, 1):
        intent = order(category="linear", symbol=f"BTCUSDT-27{month}26")
        assert intent.symbol == f"BTC/USDT:USDT-26{number:02}27"


def test_futures_may_be_reduce_only() -> None:
    intent = order(category="linear", reduceOnly=True)
    assert (intent.reduce_only, intent.unbounded) == (True, (LEVERAGE,))


def test_batches() -> None:
    path, row = "/v5/order/create-batch", ROW
    one = structs.replace(LIMIT, response="batch")
    assert post(path, category="spot", request=[row]) == (one,)
    both = post(path, category="spot", request=[row, {**row, "side": "Sell"}])
    assert both == (
        structs.replace(LIMIT, unbounded=(BATCH,)),
        structs.replace(LIMIT, side=Side.SELL, unbounded=(BATCH,)),
    )
    (future,) = post(path, category="linear", request=[row])
    assert isinstance(future, PlaceOrder)
    assert future.unbounded == (LEVERAGE,)


def test_cancels() -> None:
    path, told = "/v5/order/cancel", {"category": "spot", "symbol": "BTCUSDT"}
    assert post(path, orderId="12", **told) == (CancelOrder("BTC/USDT", "12"),)
    both = post(path, orderId="1", orderLinkId="a", orderFilter="Order", **told)
    assert both == (CancelOrder("BTC/USDT", "1", "a"),)
    rows = [{"symbol": "BTCUSDT", "orderId": "1"}, {"symbol": "ETHBTC", "orderLinkId": "a"}]
    assert post("/v5/order/cancel-batch", category="spot", request=rows) == (
        CancelOrder("BTC/USDT", "1"),
        CancelOrder("ETH/BTC", client_order_id="a"),
    )
    assert post("/v5/order/cancel-all", **told) == (CancelOrder("BTC/USDT"),)
    plain = {"category": "spot", "orderFilter": "Order"}
    assert post("/v5/order/cancel-all", **plain) == (CancelOrder(None),)


@pytest.mark.parametrize(
    "name",
    ["cancel", "cancel-batch", "cancel-all", "disconnected-cancel-all"],
)
def test_nothing_is_done_to_orders_of_futures(name: str) -> None:
    told = {"category": "linear", "symbol": "BTCUSDT", "orderId": "1", "settleCoin": "USDT"}
    (intent,) = post(f"/v5/order/{name}", **told)
    assert isinstance(intent, Unknown)


def test_edits_are_understood_and_not_bounded() -> None:
    told = {"symbol": "BTCUSDT", "orderId": "1", "qty": "0.4", "price": "9", "takeProfit": "0"}
    ((amend,), (row,)) = (
        post("/v5/order/amend", category="spot", **told),
        post("/v5/order/amend-batch", category="spot", request=[told]),
    )
    assert amend == row
    assert isinstance(amend, AmendOrder)
    assert (amend.symbol, amend.quantity, amend.price) == ("BTC/USDT", d("0.4"), d("9"))
    assert amend.unbounded[-1] == "parameter 'takeProfit'"
    futures = {**told, "category": "linear"}
    assert post("/v5/order/amend", **futures) == (structs.replace(amend, symbol="BTC/USDT:USDT"),)
    quantity_alone = structs.replace(amend, price=None)
    with pytest.raises(ValueError, match="never sent"):
        write(quantity_alone)


@pytest.mark.parametrize(
    "body",
    [
        b'{"category":"spot","category":"spot"}',
        b'{"category":"spot"}{}',
        b"[]",
        b"category=spot&symbol=BTCUSDT&side=Buy&orderType=Limit&qty=1&price=1",
        b"\xff",
        b"",
        b"{}",
    ],
)
def test_bodies_that_are_not_plain(body: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        bybit.read(Request("POST", "bybit", CREATE, "", (), body))
    assert refusal.value.reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    "told",
    [
        {"category": "futures"},
        {"category": "-"},
        {"symbol": "BTC/USDT"},
        {"symbol": "btcusdt"},
        {"symbol": "USDT"},
        {"symbol": "BTCXYZ"},
        {"category": "linear", "symbol": "BTC"},
        {"category": "linear", "symbol": "BTC-USDT"},
        {"category": "linear", "symbol": "BTC-32"},
        {"category": "linear", "symbol": "BTC-1XYZ25"},
        {"side": "buy"},
        {"side": "-"},
        {"orderType": "limit"},
        {"orderType": "-"},
        {"qty": "0"},
        {"qty": "1e3"},
        {"qty": "-1"},
        {"qty": " 1"},
        {"qty": "1.0000000000000000000001"},
        {"qty": "-"},
        {"price": "-"},
        {"price": "NaN"},
        {"timeInForce": "RPI"},
        {"orderType": "Market", "marketUnit": "both"},
        {"orderLinkId": "a" * 37},
        {"orderLinkId": "a b"},
        {"reduceOnly": "yes"},
        {"triggerDirection": 3},
    ],
)
def test_orders_that_are_not_understood(told: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        order(**({"qty": "-"} if told == {"qty": "-"} else told))
    assert refusal.value.reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cancel", {"symbol": "BTCUSDT"}),
        ("cancel", {"orderId": "1"}),
        ("cancel", {"symbol": "BTCUSDT", "orderId": "1", "orderFilter": "StopOrder"}),
        ("cancel", {"symbol": "BTCUSDT", "orderId": "1", "clientOrderId": "a"}),
        ("cancel-all", {"baseCoin": "BTC"}),
        ("cancel-all", {"orderFilter": "tpslOrder"}),
        ("cancel-batch", {"request": []}),
        ("cancel-batch", {"request": [{"symbol": "BTCUSDT"}]}),
        ("cancel-batch", {"request": ["1"]}),
        ("create-batch", {"request": [ROW], "x": 1}),
        ("cancel-batch", {"request": [{"symbol": "BTCUSDT", "orderId": "1"}], "x": 1}),
        ("amend-batch", {"request": [ROW], "x": 1}),
    ],
)
def test_cancels_and_batches_that_are_not_understood(name: str, told: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        post(f"/v5/order/{name}", category="spot", **told)


def test_a_read_with_what_is_not_known() -> None:
    # A cursor as docs/v5/order/order-list has it.
    query = "category=spot&cursor=page_token%3D39380%26"
    known = Request("GET", "bybit", "/v5/order/history", query)
    (intent,) = bybit.read(known)
    cursor = ("cursor", "page_token=39380&")
    assert intent == ReadAccount("GET /v5/order/history", (("category", "spot"), cursor))
    assert write(intent).query == query
    with pytest.raises(Refusal):
        bybit.read(structs.replace(known, query="category=spot&x=1"))


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("POST /v5/asset/withdraw/create", MoveFunds),
        ("POST /v5/asset/transfer/inter-transfer", MoveFunds),
        ("POST /v5/asset/exchange/convert-execute", MoveFunds),
        ("POST /v5/asset/covert/small-balance-execute", MoveFunds),
        ("POST /v5/account/borrow", MoveFunds),
        ("POST /v5/account/repay", MoveFunds),
        ("POST /v5/crypto-loan-flexible/borrow", MoveFunds),
        ("POST /v5/earn/place-order", MoveFunds),
        ("POST /v5/spot-lever-token/purchase", MoveFunds),
        ("POST /v5/fiat/trade-execute", MoveFunds),
        ("POST /asset/v3/private/withdraw/create", MoveFunds),
        ("POST /v5/user/create-sub-api", ManageKeys),
        ("POST /v5/user/delete-api", ManageKeys),
        ("GET /v5/user/sub-apikeys", ManageKeys),
        ("POST /v5/user/query-api", ManageKeys),
        ("POST /v5/position/set-leverage", Unknown),
        ("POST /v5/position/trading-stop", Unknown),
        ("POST /v5/account/set-margin-mode", Unknown),
        ("POST /v5/spot-margin-trade/switch-mode", MoveFunds),
        ("POST /v5/order/pre-check", Unknown),
        ("DELETE /v5/order/create", Unknown),
        ("POST /v5/order/create/", Unknown),
        ("POST /V5/order/create", Unknown),
    ],
)
def test_what_no_grant_can_do(what: str, kind: type[AnyIntent]) -> None:
    method, path = what.split()
    (intent,) = bybit.read(Request(method, "bybit", path, "", (), b"{}"))
    assert type(intent) is kind


# What goes out

IDS = st.from_regex(r"[A-Za-z0-9_-]{1,36}", fullmatch=True)
ORDERS = limits(st.none() | IDS) | makers(st.none() | IDS) | takers(st.none() | IDS)
BATCHES_OF_ONE = ORDERS.map(lambda order: structs.replace(order, response="batch"))
CANCELS = (
    st.builds(CancelOrder, SYMBOLS, IDS, st.none() | IDS)
    | st.builds(CancelOrder, SYMBOLS, client_order_id=IDS)
)  # fmt: skip
ALL_CANCELS = st.builds(CancelOrder, st.none() | SYMBOLS)
VALUES = {"category": "spot", "symbol": "ETHBTC", "coin": "BTC,USDT", "cursor": "a=1&b"}


@st.composite
def reads(draw: st.DrawFn) -> ReadAccount | ReadMarket:
    listed = [one for one in bybit.TABLE if one.kind in (Kind.ACCOUNT, Kind.MARKET)]
    endpoint: Endpoint = draw(st.sampled_from(listed))
    sent = tuple((n, VALUES.get(n, "12")) for n in endpoint.parameters if draw(st.booleans()))
    kind = ReadAccount if endpoint.kind is Kind.ACCOUNT else ReadMarket
    return kind(endpoint.what, sent)


def write(*intents: AnyIntent) -> Request:
    return bybit.write(intents, GRANT, NOW_MS, 5_000, "http://venue")


@given(ORDERS | BATCHES_OF_ONE | CANCELS | ALL_CANCELS | reads())
def test_what_is_written_is_signed_and_reads_as_the_same_intent(intent: AnyIntent) -> None:
    request = write(intent)
    assert bybit.read(request) == (intent,)
    if isinstance(intent, ReadMarket):
        assert not request.headers
        return
    assert bybit.key_id(request) == GRANT.key_id
    proof = bybit.verify(request, SECRET, NOW_MS)
    assert (proof.timestamp_ms, proof.recv_window_ms) == (NOW_MS, 5_000)


@given(st.lists(CANCELS, min_size=2, max_size=4))
def test_several_cancels_go_out_together(cancels: list[CancelOrder]) -> None:
    request = write(*cancels)
    assert request.path == "/v5/order/cancel-batch"
    assert bybit.read(request) == tuple(cancels)
    assert bybit.verify(request, SECRET, NOW_MS)


def test_an_order_to_the_letter() -> None:
    request = write(structs.replace(LIMIT, quantity=d("1.500"), price=d("1E-8")))
    assert (request.method, request.host, request.path) == ("POST", "http://venue", CREATE)
    assert request.body == (
        b'{"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1.5",'
        b'"price":"0.00000001","timeInForce":"GTC"}'
    )
    assert [name for name, _ in request.headers] == [
        "Content-Type",
        "X-BAPI-API-KEY",
        "X-BAPI-SIGN",
        "X-BAPI-TIMESTAMP",
        "X-BAPI-RECV-WINDOW",
    ]
    bought = structs.replace(
        LIMIT, type=OrderType.MARKET, quote_quantity=d("200"), quantity=None, price=None
    )
    body = json.loads(write(structs.replace(bought, time_in_force=None)).body)
    assert (body["qty"], body["marketUnit"]) == ("200", "quoteCoin")
    assert "price" not in body
    assert "timeInForce" not in body
    assert bybit.write((bybit.ask_time(),), None, 0, 0, "").host == "https://api.bybit.com"


@pytest.mark.parametrize(
    "intents",
    [
        (),
        (LIMIT, LIMIT),
        (LIMIT, CancelOrder("BTC/USDT", "1")),
        (CancelOrder("BTC/USDT", "1"), CancelOrder("BTC/USDT")),
        (CancelOrder(None, "1"),),
        (CancelOrder("BTC/USDT", "1", mode="x"),),
        (CancelOrder("BTC/USDT", list_id=1),),
        (CancelOrder("BTC/USDT:USDT", "1"),),
        (CancelOrder("BTC/USDT:USDT"),),
        (structs.replace(LIMIT, unbounded=("x",)),),
        (structs.replace(LIMIT, test=True),),
        (structs.replace(LIMIT, reduce_only=True),),
        (structs.replace(LIMIT, type=OrderType.STOP_LOSS_LIMIT, stop_price=d("9")),),
        (AmendOrder("BTC/USDT", d("1"), "1"),),
        (MoveFunds("x"),),
        (ReadAccount("GET /v5/user/sub-apikeys"),),
        (ReadAccount("POST /v5/order/create"),),
        (ReadAccount("GET /v5/user/query-api", (("x", "1"),)),),
        (ReadMarket("GET /v5/user/query-api"),),
    ],
)
def test_what_is_never_written(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(*intents)


def test_what_has_to_be_signed_is_not_written_without_credentials() -> None:
    with pytest.raises(ValueError, match="signed"):
        bybit.write((bybit.ask_balances(),), None, NOW_MS, 5_000, "")


def test_every_question_can_be_asked() -> None:
    name = bybit.own_name(NOW_MS, 99_999)
    assert name.startswith(bybit.OWN_NAMES)
    asked: list[AnyIntent] = [
        *bybit.ask_order("ETH/BTC", name, None),
        bybit.ask_cancel("ETH/BTC", name, "12"),
        *bybit.ask_open_orders(None),
        *bybit.ask_open_orders({"ETH/BTC", "BTC/USDT"}),
        bybit.ask_trades("ETH/BTC", None),
        bybit.ask_trades("ETH/BTC", Mark("x", NOW_MS)),
        bybit.ask_trades_between("ETH/BTC", NOW_MS - 1, NOW_MS),
        bybit.ask_balances(),
        bybit.ask_key_rights(),
        bybit.ask_markets(),
        bybit.ask_candles("ETH/BTC", "1m", NOW_MS),
        bybit.ask_candles("ETH/BTC", "1d", NOW_MS),
        bybit.ask_book("ETH/BTC"),
        bybit.ask_time(),
    ]
    for intent in asked:
        assert bybit.read(write(intent)) == (intent,)
    named = structs.replace(LIMIT, client_order_id=name)
    assert bybit.read(write(named)) == (named,)
    assert bybit.ask_cancel("ETH/BTC", "", "12") == CancelOrder("ETH/BTC", "12")
    assert write(bybit.ask_balances()).query == "accountType=UNIFIED"
    # After a mark of long ago Bybit would tell of the week after it, and never of what is new.
    asked_of = "category=spot&symbol=ETHBTC&execType=Trade&limit=100"
    assert write(bybit.ask_trades("ETH/BTC", Mark("x", NOW_MS))).query == asked_of
    (standing,) = bybit.ask_open_orders(None)
    assert write(standing).query == "category=spot&limit=50"
    assert write(bybit.ask_candles("ETH/BTC", "1m", 0)).query == (
        "category=spot&symbol=ETHBTC&interval=1&start=0&end=59999999&limit=1000"
    )


# What comes back


def told(result: Any, code: int = 0, more: Any = None) -> bytes:
    return json.dumps(
        {"retCode": code, "retMsg": "OK", "result": result, "retExtInfo": more or {}, "time": 1}
    ).encode()


def page(*rows: Any, category: str = "spot") -> bytes:
    return told({"list": rows, "nextPageCursor": "page_token%3D39380%26", "category": category})


# docs/v5/order/open-order, .../order/execution, .../account/wallet-balance, .../market/instrument,
# .../market/kline, .../market/tickers, .../market/time, .../user/apikey-info; shortened
ORDER = {
    "orderId": "1523347543495541248", "orderLinkId": "test-000005", "symbol": "ETHUSDT",
    "price": "1600.00", "qty": "0.10", "side": "Buy", "orderStatus": "New", "avgPrice": "0",
    "leavesQty": "0.10", "cumExecQty": "0.00", "timeInForce": "GTC", "orderType": "Limit",
    "marketUnit": "", "triggerDirection": 0, "reduceOnly": False, "createdTime": "1684738540559",
}  # fmt: skip
TRADE = {
    "symbol": "ETHUSDT", "orderType": "Market", "orderLinkId": "", "side": "Buy",
    "orderId": "1523347543495541248", "execTime": "1672282722429", "feeCurrency": "ETH",
    "isMaker": False, "execFee": "0.000071409", "execId": "2100000000007764263",
    "execPrice": "1190.15", "orderQty": "0.1", "execType": "Trade", "execQty": "0.1", "seq": 468,
}  # fmt: skip
COIN = {
    "bonus": "0", "equity": "0.805994", "walletBalance": "0.805994", "locked": "0.1",
    "borrowAmount": "0", "availableToWithdraw": "", "coin": "BTC",
}  # fmt: skip
SYMBOL = {
    "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading",
    "lotSizeFilter": {
        "basePrecision": "0.000001", "quotePrecision": "0.00000001",
        "minOrderQty": "0.000048", "maxOrderQty": "71.73956243", "minOrderAmt": "5",
    },
    "priceFilter": {"tickSize": "0.01"},
}  # fmt: skip
KLINES = [
    ["1670608800000", "17071", "17073", "17027", "17055.5", "268611", "15.74462667"],
    ["1670605200000", "17071.5", "17071.5", "17061", "17071", "4177", "0.24469757"],
]
TICKER = {"symbol": "BTCUSDT", "bid1Price": "20517.96", "bid1Size": "2", "ask1Price": "20527.77"}
KEY = {
    "id": "16651472", "apiKey": "opjSlSOzqIeXROT5rq", "readOnly": 0, "secret": "",
    "permissions": {
        "ContractTrade": [], "Spot": ["SpotTrade"], "Wallet": ["AccountTransfer", "Withdraw"],
        "Options": [], "Derivatives": [], "Exchange": ["ExchangeHistory"], "Earn": ["Earn"],
        "NFT": None,
    },
    "ips": ["*"], "type": 1, "deadlineDay": 88, "expiredAt": "2023-05-15T03:13:24Z",
    "createdAt": "2023-02-15T03:13:24Z", "uta": 0,
}  # fmt: skip
NUMBERED = {"orderId": "1321003749386327552", "orderLinkId": "spot-test-postonly"}
REPORT = OrderReport(
    "ETH/USDT",
    "1523347543495541248",
    "test-000005",
    OrderStatus.NEW,
    d("0"),
    side=Side.BUY,
    created_ms=1684738540559,
    quantity=d("0.1"),
)
READERS: list[tuple[Callable[[bytes], Any], bytes]] = [
    (bybit.open_orders, page(ORDER)),
    (bybit.trades, page(TRADE)),
    (bybit.balances, told({"list": [{"accountType": "UNIFIED", "coin": [COIN]}]})),
    (bybit.markets, page(SYMBOL)),
    (bybit.candles, page(*KLINES)),
    (bybit.book, page(TICKER)),
    (bybit.server_time, told({"timeSecond": "1688639403", "timeNano": "1688639403423213947"})),
    (bybit.key_rights, told(KEY)),
    (lambda body: bybit.asked_order(Response(200, body), "a"), page(ORDER)),
    (lambda body: bybit.outcomes((LIMIT,), done(body)), told(NUMBERED)),
]


def done(body: bytes) -> Response:
    """An answer that says that something was carried out, so that what it tells has to be read."""
    return Response(200, body if b'"retCode": 0' in body else told({}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        (
            {"orderStatus": "PartiallyFilled", "cumExecQty": "0.04"},
            {"status": OrderStatus.PARTIALLY_FILLED, "executed": d("0.04")},
        ),
        ({"orderStatus": "Filled"}, {"status": OrderStatus.FILLED}),
        ({"orderStatus": "Cancelled"}, {"status": OrderStatus.CANCELED}),
        ({"orderStatus": "PartiallyFilledCanceled"}, {"status": OrderStatus.CANCELED}),
        ({"orderStatus": "Rejected"}, {"status": OrderStatus.REJECTED}),
        ({"orderStatus": "Untriggered"}, {"status": OrderStatus.NEW}),
        ({"orderStatus": "Deactivated"}, {"status": OrderStatus.CANCELED}),
        ({"symbol": "ETHXYZ"}, {"symbol": "ETHXYZ"}),
        # What is bought at the market is told of in quote.
        ({"orderType": "Market"}, {"quantity": None}),
        ({"orderType": "Market", "marketUnit": "baseCoin"}, {}),
        ({"orderType": "Market", "side": "Sell"}, {"side": Side.SELL}),
        (
            {"orderType": "Market", "side": "Sell", "marketUnit": "quoteCoin"},
            {"side": Side.SELL, "quantity": None},
        ),
    ],
)
def test_how_an_order_stands(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    report = structs.replace(REPORT, **expected)
    assert bybit.open_orders(page({**ORDER, **changes})) == (report,)


def test_the_order_that_was_asked_for() -> None:
    assert bybit.asked_order(Response(200, page(ORDER)), "test-000005") == REPORT
    assert bybit.asked_order(Response(200, page()), "x") is None
    assert bybit.asked_order(Response(200, told({}, 170213)), "x") is None
    for odd in (told({}, 10016), b"", page(ORDER, ORDER), page(category="linear")):
        with pytest.raises(ValueError, match=r".+"):
            bybit.asked_order(Response(200, odd), "x")


def test_orders_of_futures_are_none_of_spot() -> None:
    read = ReadAccount("GET /v5/order/realtime")
    assert bybit.reports(read, page(ORDER)) == (REPORT,)
    assert bybit.reports(read, page(ORDER, category="linear")) == ()
    assert bybit.reports(ReadAccount("GET /v5/execution/list"), page(TRADE)) == ()
    assert bybit.cancelled_order(told(NUMBERED)) is None


def test_trades() -> None:
    number, order_id = "2100000000007764263", "1523347543495541248"
    fill = Fill(number, 1672282722429, d("1190.15"), d("0.1"), d("0.000071409"), "ETH")
    assert bybit.trades(page(TRADE)) == (OwnTrade(order_id, fill, Side.BUY),)
    rebate = {**TRADE, "execFee": "-0.01", "feeCurrency": "", "side": "Sell"}
    fill = structs.replace(fill, fee=d("0"), fee_asset="USDT")
    assert bybit.trades(page(rebate)) == (OwnTrade(order_id, fill, Side.SELL),)
    assert bybit.trades(page({**TRADE, "execType": "Funding"})) == ()


def test_balances() -> None:
    owed = {**COIN, "coin": "USDT", "walletBalance": "-3.5", "locked": "0"}
    wallet = {"accountType": "UNIFIED", "coin": [COIN, owed]}
    assert bybit.balances(told({"list": [wallet]})) == {
        "BTC": Holding(d("0.705994"), d("0.1")),
        "USDT": Holding(d("0"), d("0")),
    }


def test_markets_and_prices() -> None:
    market = Market("BTC", "USDT", tick=d("0.01"), lot=d("0.000001"), min_notional=d("5"))
    assert bybit.markets(page(SYMBOL)) == {"BTC/USDT": market}
    for odd in ({"quoteCoin": "SDT"}, {"priceFilter": {"tickSize": ""}}):
        assert bybit.markets(page({**SYMBOL, **odd})) == {}
    first, last = bybit.candles(page(*KLINES))
    assert (first.open_ms, last.open_ms) == (1670605200000, 1670608800000)
    assert last == Candle(
        1670608800000,
        *map(d, ("17071", "17073", "17027", "17055.5", "268611", "15.74462667")),
    )
    assert bybit.book(page(TICKER)) == TopOfBook(d("20517.96"), d("20527.77"))
    assert bybit.book(page({**TICKER, "bid1Price": ""})).bid == 0
    assert bybit.server_time(READERS[6][1]) == 1688639403423


def test_what_a_key_may_do() -> None:
    can = ("trade", "transfer", "withdraw", "Earn")
    rights = KeyRights(can, is_bound=False, created_ms=1676430804000, ends_ms=1684120404000)
    assert bybit.key_rights(told(KEY)) == rights
    bound = {**KEY, "ips": ["1.2.3.4"], "readOnly": 1, "expiredAt": None, "createdAt": ""}
    assert bybit.key_rights(told(bound)) == KeyRights((), is_bound=True)
    futures = {"ContractTrade": ["Order", "Position"], "Options": ["OptionsTrade"]}
    assert bybit.key_rights(told({**KEY, "permissions": futures})).can == ("futures", "options")


def test_outcomes() -> None:
    name = structs.replace(LIMIT, client_order_id="a")
    number = "1321003749386327552"
    report = OrderReport("BTC/USDT", number, "a", OrderStatus.NEW, d("0"))
    assert bybit.outcomes((name,), Response(200, told(NUMBERED))) == (
        Outcome(Verdict.DONE, (report,)),
    )
    batch = structs.replace(name, response="batch")
    good, bad = {"code": 0, "msg": "OK"}, {"code": 170131, "msg": "Insufficient balance."}
    rows, more = {"list": [NUMBERED]}, {"list": [good]}
    assert bybit.outcomes((batch,), Response(200, told(rows, more=more)))[0].reports == (report,)
    (one,) = bybit.outcomes((batch,), Response(200, told(rows, more={"list": [bad]})))
    assert one == Outcome(Verdict.REJECTED)
    for odd in ([], [{"orderId": ""}], [NUMBERED, NUMBERED]):
        with pytest.raises(ValueError, match="no number"):
            bybit.outcomes((batch,), Response(200, told({"list": odd})))
    with pytest.raises(ValueError, match="no number"):
        bybit.outcomes((name,), Response(200, told({"orderId": ""})))
    cancels = (CancelOrder("BTC/USDT", "1"), CancelOrder("BTC/USDT", "2"))
    answer = Response(200, told({"list": [{}, {}]}, more={"list": [good, bad]}))
    verdicts = [one.verdict for one in bybit.outcomes(cancels, answer)]
    assert verdicts == [Verdict.DONE, Verdict.REJECTED]
    late = {"list": [good, {"code": 170147, "msg": "late"}]}
    answer = Response(200, told({}, more=late))
    assert bybit.outcomes(cancels, answer)[1].verdict is Verdict.UNKNOWN
    assert bybit.outcomes(cancels, Response(504)) == (Outcome(Verdict.UNKNOWN),) * 2
    with pytest.raises(ValueError, match="another number"):
        bybit.outcomes(cancels, Response(200, told({}, more={"list": [good]})))


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, told({}), Verdict.DONE),
        (200, told({}, 170131), Verdict.REJECTED),
        (200, told({}, 10001), Verdict.REJECTED),
        (200, told({}, 10006), Verdict.REJECTED),
        (403, b"<html>", Verdict.REJECTED),
        (429, b"", Verdict.REJECTED),
        (200, told({}, 10000), Verdict.UNKNOWN),
        (200, told({}, 10016), Verdict.UNKNOWN),
        (200, told({}, 170007), Verdict.UNKNOWN),
        (200, told({}, 10014), Verdict.UNKNOWN),
        (200, told({}, 3400214), Verdict.UNKNOWN),
        (200, b"", Verdict.UNKNOWN),
        (200, b"[]", Verdict.UNKNOWN),
        (200, b'{"retCode":0,"retCode":1}', Verdict.UNKNOWN),
        (200, b'{"retCode":null}', Verdict.UNKNOWN),
        (500, told({}, 170131), Verdict.UNKNOWN),
        (500, told({}), Verdict.UNKNOWN),
        (504, b"", Verdict.UNKNOWN),
    ],
)
def test_verdicts(status: int, body: bytes, verdict: Verdict) -> None:
    assert bybit.judge(Response(status, body)) is verdict


@pytest.mark.parametrize(("reader", "good"), READERS)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 99_999, told({}), told({"list": [{}]})]
)
def test_malformed_answers_are_value_errors(
    reader: Callable[[bytes], Any], good: bytes, body: bytes
) -> None:
    reader(good)
    with pytest.raises(ValueError, match=r".+"):
        reader(body)


@pytest.mark.parametrize(
    "odd",
    [
        {"orderStatus": "Sold"},
        {"side": "Both"},
        {"qty": "-1"},
        {"cumExecQty": "1e3"},
        {"createdTime": "x"},
        {"orderId": None},
    ],
)
def test_order_reports_that_cannot_be_booked(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bybit.open_orders(page({**ORDER, **odd}))


@given(st.data())
def test_a_damaged_answer_is_read_or_a_value_error(data: st.DataObject) -> None:
    reader, good = data.draw(st.sampled_from(READERS))
    body = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(ValueError):
        reader(bytes(body))


# What bots are answered

KEYS = {"apiKey": "k", "secret": "s"}
RAISED = {
    Reason.UNKNOWN_KEY: (10003, ccxt.AuthenticationError),
    Reason.BAD_SIGNATURE: (10004, ccxt.AuthenticationError),
    Reason.OUTSIDE_WINDOW: (10002, ccxt.InvalidNonce),
    Reason.BAD_PARAMETER: (10001, ccxt.BadRequest),
    Reason.UNKNOWN_ENDPOINT: (10017, ccxt.BadRequest),
    Reason.ORDER_DENIED: (170210, ccxt.InvalidOrder),
    Reason.CANCEL_DENIED: (170213, ccxt.OrderNotFound),
    Reason.AMEND_DENIED: (170210, ccxt.InvalidOrder),
    Reason.NOT_PERMITTED: (10005, ccxt.PermissionDenied),
    Reason.TOO_LARGE: (10001, ccxt.BadRequest),
    Reason.TOO_OFTEN: (10018, ccxt.RateLimitExceeded),
    Reason.UNAVAILABLE: (None, ccxt.ExchangeNotAvailable),
    Reason.OUTCOME_UNKNOWN: (170007, ccxt.RequestTimeout),
}


@pytest.mark.parametrize("why", Reason)
def test_each_reason_raises_ccxts_usual_exception(why: Reason) -> None:
    text = 'Order rejected by policy: price_collar "0.05" is 7 % off (verdict 12ab)'
    answer = bybit.refuse(Refusal(why, text))
    kind, asked, shown = raised("bybit", KEYS, "private_post_v5_order_create", answer)
    code, expected = RAISED[why]
    assert kind is expected
    assert answer.status == (503 if code is None else 200)
    assert code is None or json.loads(answer.body)["retCode"] == code
    assert "price_collar" in shown
    assert asked == (1 + RETRIES if issubclass(kind, ccxt.OperationFailed) else 1)


def test_a_code_of_its_own() -> None:
    answer = bybit.refuse(Refusal(Reason.BAD_PARAMETER, "no", 170121))
    assert json.loads(answer.body)["retCode"] == 170121


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(Reason))
def test_any_text_can_be_refused_with(text: str, why: Reason) -> None:
    body = bybit.refuse(Refusal(why, text)).body
    assert (body.decode() if why is Reason.UNAVAILABLE else json.loads(body)["retMsg"]) == text


def test_client_order_ids_are_renamed() -> None:
    body = told({"list": [{"orderId": "a", "orderLinkId": "a"}]})
    renamed = json.loads(bybit.rename_client_ids(body, {"a": 'b"'}))
    assert renamed["result"]["list"] == [{"orderId": "a", "orderLinkId": 'b"'}]


# What real clients send


@pytest.fixture(scope="module")
def requests(recorded_data: Path) -> list[Recorded]:
    found = recorded(recorded_data, "bybit", "pybit")
    assert len(found) == 2 * 103 + 7
    return found


def clock(request: Request) -> int:
    return int(request.header("x-bapi-timestamp") or "0")


def is_verified(request: Request, secret: bytearray) -> bool:
    try:
        bybit.verify(request, secret, clock(request))
    except Refusal:
        return False
    return True


@pytest.mark.recorded
def test_each_recorded_request_is_verified_by_its_own_secret_alone(
    requests: list[Recorded],
) -> None:
    secrets = {bytes(case.secret) for case in requests}
    assert len(secrets) == 2
    for case in requests:
        assert is_verified(case.request, case.secret), case.label
        for other in secrets - {bytes(case.secret)}:
            assert not is_verified(case.request, bytearray(other)), case.label


@pytest.mark.recorded
def test_none_is_verified_after_any_one_byte_changed(requests: list[Recorded]) -> None:
    for case in requests[::2]:
        query, body = bytearray(case.request.query.encode()), bytearray(case.request.body)
        for part in (query, body):
            for at in range(len(part)):
                part[at] ^= 1
                changed = structs.replace(
                    case.request, query=query.decode("latin-1"), body=bytes(body)
                )
                assert not is_verified(changed, case.secret), (case.label, at)
                part[at] ^= 1


@pytest.mark.recorded
def test_recorded_orders_are_read_right_or_without_bound(requests: list[Recorded]) -> None:
    right = unbounded = 0
    for case in requests:
        if case.request.path != CREATE:
            continue
        (intent,) = bybit.read(case.request)
        assert isinstance(intent, PlaceOrder), case.label
        truth = case.truth
        assert intent.symbol == truth["symbol"], case.label
        assert intent.side.lower() == truth["side"], case.label
        assert intent.type.has_limit is (truth["type"] == "limit"), case.label
        if intent.quote_quantity is not None:  # ccxt rounds a cost down to the steps of the price
            assert 0 <= d(str(truth["cost"])) - intent.quote_quantity < d("0.01"), case.label
        else:
            assert intent.quantity == d(str(truth["amount"])), case.label
        if intent.type.has_limit:
            assert intent.price == d(str(truth["price"])), case.label
        right += not intent.unbounded
        unbounded += bool(intent.unbounded)
    assert (right, unbounded) == (2 * 12 + 2, 2 * 38 + 1)


@pytest.mark.recorded
def test_everything_else_is_what_its_caller_meant(requests: list[Recorded]) -> None:
    for case in requests:
        words, found = set(case.label.split()), kinds(case.request)
        if found is Refusal:
            assert {"cid", "trigger"} & words, case.label
        elif words & {"withdraw", "transfer"}:
            assert found is MoveFunds, case.label
        elif case.request.method == "GET":
            assert found is ReadAccount, case.label
        elif "swap" in words or "position" in words:
            assert found in (PlaceOrder, AmendOrder, Unknown), case.label


def kinds(request: Request) -> type:
    """What all intents of a request are; Refusal if it is not understood."""
    try:
        (kind,) = {type(intent) for intent in bybit.read(request)}
    except Refusal:
        return Refusal
    return kind
