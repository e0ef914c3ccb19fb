"""Bitget: who signed, what is meant, what goes out and what comes back."""

import base64
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

from tests.exchanges import checks
from tests.exchanges.wire import NOW_MS, Recorded, recorded
from tradelatch.exchanges import bitget
from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE
from tradelatch.exchanges.protocol import (
    Credentials,
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

SECRET = signatures.with_passphrase(b"a secret that is nobody's", b"and its passphrase")
KEY = Credentials("a-key-that-is-nobodys", SECRET)
TRADE = "/api/v2/spot/trade"
MIX = "/api/v2/mix/order"
LIMIT = {
    "symbol": "ETHBTC",
    "side": "buy",
    "orderType": "limit",
    "force": "gtc",
    "price": "0.05",
    "size": "1.5",
}
MARKET = {"symbol": "ETHBTC", "side": "sell", "orderType": "market", "force": "gtc", "size": "2"}
SWAP = {
    "symbol": "BTCUSDT",
    "productType": "USDT-FUTURES",
    "marginMode": "crossed",
    "marginCoin": "USDT",
    "side": "buy",
    "orderType": "market",
    "size": "5",
}
STOP = "a stop order at Bitget"


def post(path: str, body: Any) -> Request:
    return Request("POST", "bitget", path, "", (), json.dumps(body).encode())


def read(path: str, body: Any) -> tuple[AnyIntent, ...]:
    return bitget.read(post(path, body))


def order(path: str, body: Any) -> PlaceOrder:
    (intent,) = read(path, body)
    assert isinstance(intent, PlaceOrder)
    return intent


def refused(path: str, body: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        read(path, body)
    assert refusal.value.reason is Reason.BAD_PARAMETER
    return refusal.value.text


# Who signed


def signed(method: str, path: str, query: str, body: str, of: str) -> Request:
    mac = hmac.new(b"a secret that is nobody's", of.encode(), hashlib.sha256).digest()
    headers = (
        ("ACCESS-KEY", "k"),
        ("ACCESS-SIGN", base64.b64encode(mac).decode()),
        ("ACCESS-TIMESTAMP", str(NOW_MS)),
        ("ACCESS-PASSPHRASE", "p"),
    )
    return Request(method, "bitget", path, query, headers, body.encode())


def why_not(request: Request, now_ms: int = NOW_MS) -> Reason | None:
    return checks.refusal(bitget, request, bytes(SECRET), now_ms)


def test_what_bitgets_documentation_says_is_signed() -> None:
    at = 16273667805456
    body = (
        '{"productType":"usdt-futures","symbol":"BTCUSDT","size":"8","marginMode":"crossed",'
        '"side":"buy","orderType":"limit","clientOid":"channel#123456"}'
    )
    for method, path, query, sent, of in (
        (
            "GET",
            "/api/mix/v2/market/depth",
            "limit=20&symbol=BTCUSDT",
            "",
            f"{at}GET/api/mix/v2/market/depth?limit=20&symbol=BTCUSDT",
        ),
        (
            "POST",
            "/api/v2/mix/order/place-order",
            "",
            body,
            f"{at}POST/api/v2/mix/order/place-order{body}",
        ),
    ):
        request = signed(method, path, query, sent, of)
        stamped = tuple(
            (name, str(at) if name == "ACCESS-TIMESTAMP" else value)
            for name, value in request.headers
        )
        told = Request(method, "bitget", path, query, stamped, sent.encode())
        assert bitget.verify(told, SECRET, at).timestamp_ms == at


def test_the_query_is_signed_as_it_stands_or_as_it_was_before_it_was_encoded() -> None:
    path, query = f"{TRADE}/orderInfo", "clientOid=a%3Ab"
    as_it_stands = signed("GET", path, query, "", f"{NOW_MS}GET{path}?{query}")
    before = signed("GET", path, query, "", f"{NOW_MS}GET{path}?clientOid=a:b")
    assert why_not(as_it_stands) is why_not(before) is None
    # Where the letters would part the query otherwise, one spelling counts.
    for parting in ("clientOid=a%26b=c", "clientOid=a%3Db", "clientOid=a%2525", "clientOid=a%3ab"):
        text = parting.replace("%26", "&").replace("%3D", "=").replace("%25", "%")
        text = text.replace("%3a", ":")
        request = signed("GET", path, parting, "", f"{NOW_MS}GET{path}?{text}")
        assert why_not(request) is Reason.BAD_SIGNATURE, parting


def test_a_request_is_good_for_half_a_minute() -> None:
    path = f"{TRADE}/place-order"
    request = signed("POST", path, "", "{}", f"{NOW_MS}POST{path}{{}}")
    told = bitget.verify(request, SECRET, NOW_MS)
    assert (told.timestamp_ms, told.recv_window_ms, told.nonce) == (NOW_MS, 30_000, None)
    assert why_not(request, NOW_MS + 30_000) is None
    assert why_not(request, NOW_MS + 30_001) is Reason.OUTSIDE_WINDOW
    assert why_not(request, NOW_MS - 1_000) is Reason.OUTSIDE_WINDOW
    assert bitget.key_id(request) == "k"


def test_what_is_missing_or_odd_is_not_verified() -> None:
    request = signed("GET", "/", "", "", f"{NOW_MS}GET/")
    for name in ("ACCESS-SIGN", "ACCESS-TIMESTAMP"):
        others = tuple(header for header in request.headers if header[0] != name)
        bare = Request("GET", "bitget", "/", "", others)
        assert why_not(bare) is Reason.BAD_PARAMETER
        twice = Request("GET", "bitget", "/", "", (*request.headers, (name.lower(), "1")))
        assert why_not(twice) is Reason.BAD_PARAMETER
    with pytest.raises(Refusal):
        bitget.verify(request, PublicKey(b"x" * 32), NOW_MS)
    assert bitget.key_id(Request("GET", "bitget", "/")) is None


# What is meant


def test_a_limit_order_in_any_spelling() -> None:
    meant = PlaceOrder(
        "ETH/BTC",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("1.5"),
        price=Decimal("0.05"),
        time_in_force=TimeInForce.GTC,
    )
    place = f"{TRADE}/place-order"
    assert order(place, LIMIT) == meant
    assert order(place, {**LIMIT, "force": "GTC", "side": "Buy", "orderType": "LIMIT"}) == meant
    assert order(place, {**LIMIT, "size": 1.5, "price": 0.05}) == meant  # numbers of JSON
    # Empty and null say nothing, and defaults no more than that.
    more = {"clientOid": "", "triggerPrice": None, "tpslType": "normal", "stpMode": "none"}
    assert order(place, {**LIMIT, **more}) == meant
    post_only = order(place, {**LIMIT, "force": "post_only", "clientOid": "a-b_c:1"})
    assert (post_only.type, post_only.time_in_force) == (OrderType.LIMIT_MAKER, None)
    assert post_only.client_order_id == "a-b_c:1"
    assert order(place, {**LIMIT, "force": "FOK"}).time_in_force is TimeInForce.FOK


def test_a_market_order_to_buy_is_sized_in_quote() -> None:
    place = f"{TRADE}/place-order"
    sell = order(place, MARKET)
    assert (sell.quantity, sell.quote_quantity, sell.unbounded) == (Decimal(2), None, ())
    buy = order(place, {**MARKET, "side": "buy"})
    assert (buy.quantity, buy.quote_quantity) == (None, Decimal(2))
    # How long a market order lasts means nothing, a price neither; but who sends one means it.
    priced = order(place, {**MARKET, "force": "post_only", "price": "0.05"})
    assert (priced.type, priced.price) == (OrderType.MARKET, None)
    assert priced.unbounded == ("a price of a market order",)


def test_orders_that_wait_stand_elsewhere() -> None:
    plan = f"{TRADE}/place-plan-order"
    told = {"triggerPrice": "0.06", "triggerType": "fill_price", "executePrice": "0.05"}
    limit = {name: value for name, value in LIMIT.items() if name != "price"}
    waits = order(plan, {**limit, **told})
    assert (waits.type, waits.stop_price) == (OrderType.STOP_LOSS_LIMIT, Decimal("0.06"))
    assert (waits.price, waits.quantity) == (Decimal("0.05"), Decimal("1.5"))
    assert waits.unbounded == (STOP,)
    # A plan says by itself what its size is in.
    buy = {**MARKET, "side": "buy", "triggerPrice": "0.06", "triggerType": "mark_price"}
    assert order(plan, buy).quantity == Decimal(2)
    assert order(plan, {**buy, "planType": "amount"}).quantity == Decimal(2)
    assert order(plan, {**buy, "planType": "total"}).quote_quantity == Decimal(2)
    assert order(plan, {**MARKET, **told, "planType": "total"}).quote_quantity == Decimal(2)
    tpsl = order(f"{TRADE}/place-order", {**buy, "tpslType": "tpsl"})
    assert (tpsl.type, tpsl.quote_quantity) == (OrderType.STOP_LOSS, Decimal(2))
    assert STOP in tpsl.unbounded
    assert "two prices" in refused(plan, {**LIMIT, **told, "price": "0.07"})
    assert "stop price" in refused(plan, LIMIT)


@pytest.mark.parametrize(
    "more",
    [
        {"presetTakeProfitPrice": "0.06"},
        {"presetStopLossPrice": "0.04", "executeStopLossPrice": "0.03"},
        {"stpMode": "cancel_taker"},
        {"triggerPrice": "0.06"},
        {"receiveWindow": "5000", "requestTime": "1"},
        {"hf": True},
        {"nested": {"a": [1]}},
    ],
)
def test_whatever_else_an_order_says_has_no_bound(more: dict[str, Any]) -> None:
    found = order(f"{TRADE}/place-order", {**LIMIT, **more})
    assert found.unbounded == tuple(f"parameter {name!r}" for name in more)
    assert (found.symbol, found.quantity) == ("ETH/BTC", Decimal("1.5"))


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("place-order", {**LIMIT, "symbol": "ETH-BTC"}, "no market's name"),
        ("place-order", {**LIMIT, "symbol": "ETHBTC_SPBL"}, "no market's name"),
        ("place-order", {**LIMIT, "symbol": "ETHXYZ"}, "no market's name"),
        ("place-order", {**LIMIT, "side": "sel"}, "'side'"),
        ("place-order", {**LIMIT, "orderType": "stop"}, "'orderType'"),
        ("place-order", {**LIMIT, "force": "gtx"}, "'force'"),
        ("place-order", {**LIMIT, "size": "1e3"}, "'size'"),
        ("place-order", {**LIMIT, "size": "-1"}, "'size'"),
        ("place-order", {**LIMIT, "size": 0}, "'size'"),
        ("place-order", {**LIMIT, "size": True}, "'size'"),
        ("place-order", {**LIMIT, "price": ""}, "has a price"),
        ("place-order", {**LIMIT, "clientOid": "a b"}, "'clientOid'"),
        ("place-order", {**LIMIT, "clientOid": "a" * 65}, "'clientOid'"),
        ("cancel-order", {"symbol": "ETHBTC"}, "which order"),
        ("cancel-order", {"orderId": "1"}, "'symbol'"),
        ("cancel-order", {"symbol": "ETHBTC", "orderId": "1", "tpslType": "tpsl"}, "'tpslType'"),
        ("cancel-symbol-order", {}, "'symbol'"),
        ("cancel-symbol-order", {"symbol": "ETHBTC", "orderId": "1"}, "'orderId'"),
        ("batch-cancel-order", {"symbol": "ETHBTC"}, "'orderList'"),
        ("batch-cancel-order", {"symbol": "ETHBTC", "orderList": []}, "'orderList'"),
        ("batch-cancel-order", {"symbol": "ETHBTC", "orderList": [{}]}, "which order"),
        (
            "batch-cancel-order",
            {"symbol": "ETHBTC", "orderList": [{"orderId": "1", "symbol": "BTCUSDT"}]},
            "another",
        ),
        ("batch-orders", {"symbol": "BTCUSDT", "orderList": [LIMIT]}, "another"),
        ("batch-orders", {"symbol": "ETHBTC", "orderList": [1]}, "'orderList'"),
    ],
)
def test_what_is_not_understood_is_refused(path: str, body: Any, why: str) -> None:
    assert why in refused(f"{TRADE}/{path}", body)


def test_a_body_that_could_be_read_in_two_ways_is_refused() -> None:
    for body in (b'{"symbol":"ETHBTC","symbol":"BTCUSDT"}', b"{", b"[]", b'{"size":NaN}', b"\xff"):
        with pytest.raises(Refusal):
            bitget.read(Request("POST", "bitget", f"{TRADE}/place-order", "", (), body))
    with pytest.raises(Refusal):  # in the query as well
        bitget.read(
            Request("POST", "bitget", f"{TRADE}/cancel-order", "orderId=2", (), b'{"orderId":"1"}')
        )


def test_orders_for_demo_trading_are_not_taken_for_real_ones() -> None:
    body = json.dumps(LIMIT).encode()
    for values in ("1", "11"):
        headers = tuple(("PapTrading", value) for value in values)
        demo = Request("POST", "bitget", f"{TRADE}/place-order", "", headers, body)
        with pytest.raises(Refusal, match="demo"):
            bitget.read(demo)


def test_every_order_of_a_batch() -> None:
    rows = [{name: value for name, value in LIMIT.items() if name != "symbol"}, MARKET]
    batch = {"symbol": "ETHBTC", "orderList": rows}
    limit, market = read(f"{TRADE}/batch-orders", batch)
    assert isinstance(limit, PlaceOrder)
    assert isinstance(market, PlaceOrder)
    assert (limit.symbol, limit.price, limit.unbounded) == ("ETH/BTC", Decimal("0.05"), (BATCH,))
    assert (market.type, market.quantity) == (OrderType.MARKET, Decimal(2))
    assert read(f"{TRADE}/batch-orders", {**batch, "batchMode": "single"}) == (limit, market)
    several = {"symbol": "BTCUSDT", "batchMode": "multiple", "orderList": [LIMIT, LIMIT]}
    assert [one.symbol for one in read(f"{TRADE}/batch-orders", several)] == ["ETH/BTC"] * 2  # type: ignore[union-attr]
    mix = {**{name: SWAP[name] for name in ("symbol", "productType")}, "orderList": [SWAP, SWAP]}
    first, second = read(f"{MIX}/batch-place-order", mix)
    assert first == second
    assert isinstance(first, PlaceOrder)
    assert first.symbol == "BTC/USDT:USDT"
    assert {BATCH, LEVERAGE} <= set(first.unbounded)


def test_orders_on_futures_have_no_bound() -> None:
    place = f"{MIX}/place-order"
    plain = order(place, SWAP)
    assert (plain.symbol, plain.side, plain.quantity) == ("BTC/USDT:USDT", Side.BUY, Decimal(5))
    assert LEVERAGE in plain.unbounded
    assert order(place, {**SWAP, "reduceOnly": "YES"}).reduce_only
    assert not order(place, {**SWAP, "reduceOnly": "no"}).reduce_only
    # Where both sides can be held, a side is that of the position: closing a long one sells.
    opens = order(place, {**SWAP, "tradeSide": "Open"})
    closes = order(place, {**SWAP, "tradeSide": "close"})
    assert (opens.side, opens.reduce_only) == (Side.BUY, False)
    assert (closes.side, closes.reduce_only) == (Side.SELL, True)
    assert order(place, {**SWAP, "tradeSide": "close", "side": "sell"}).side is Side.BUY
    for product, name, symbol in (
        ("coin-futures", "BTCUSD", "BTC/USD:BTC"),
        ("USDC-FUTURES", "ETHPERP", "ETH/USDC:USDC"),
        ("SUSDT-FUTURES", "SBTCSUSDT", "SBTC/SUSDT:SUSDT"),
    ):
        assert order(place, {**SWAP, "symbol": name, "productType": product}).symbol == symbol
    for product, name in (("COIN-FUTURES", "BTCUSDH25"), ("USDT-FUTURES", "USDT"), ("x", "y")):
        refused(place, {**SWAP, "symbol": name, "productType": product})


def test_stops_and_trailing_orders_on_futures() -> None:
    plan = {**SWAP, "planType": "normal_plan", "triggerPrice": 24000.5, "triggerType": "mark_price"}
    waits = order(f"{MIX}/place-plan-order", plan)
    assert (waits.type, waits.stop_price) == (OrderType.STOP_LOSS, Decimal("24000.5"))
    trails = order(f"{MIX}/place-plan-order", {**plan, "planType": "track_plan"})
    assert (trails.type, trails.stop_price) == (OrderType.MARKET, None)
    assert "a trailing distance" in trails.unbounded
    closing = {
        "symbol": "BTCUSDT",
        "productType": "usdt-futures",
        "marginCoin": "USDT",
        "planType": "pos_profit",
        "triggerPrice": "26000.5",
        "holdSide": "long",
        "size": "5",
    }
    at_market = order(f"{MIX}/place-tpsl-order", {**closing, "executePrice": "0"})
    assert (at_market.side, at_market.type) == (Side.SELL, OrderType.TAKE_PROFIT)
    limit = {**closing, "planType": "loss_plan", "executePrice": "25", "holdSide": "short"}
    at_limit = order(f"{MIX}/place-tpsl-order", limit)
    assert (at_limit.side, at_limit.type) == (Side.BUY, OrderType.STOP_LOSS_LIMIT)
    assert at_limit.price == Decimal(25)
    for one in (waits, at_market, at_limit):
        assert {STOP, LEVERAGE} <= set(one.unbounded)
    assert at_market.reduce_only
    assert at_limit.reduce_only


@pytest.mark.parametrize("mode", ["crossed", "isolated"])
def test_orders_on_margin_have_no_bound(mode: str) -> None:
    place = f"/api/v2/margin/{mode}/place-order"
    buy = {
        "symbol": "BTCUSDT",
        "side": "buy",
        "orderType": "market",
        "loanType": "autoLoan",
        "quoteSize": "100",
    }
    found = order(place, buy)
    assert (found.symbol, found.quote_quantity, found.quantity) == ("BTC/USDT", Decimal(100), None)
    assert found.unbounded == (LEVERAGE, "parameter 'loanType'")
    both = {**buy, "baseSize": "1"}
    assert "either" in refused(place, both)
    (row, _) = read(
        f"/api/v2/margin/{mode}/batch-place-order", {"symbol": "BTCUSDT", "orderList": [buy, buy]}
    )
    assert isinstance(row, PlaceOrder)
    assert row.unbounded == (BATCH, *found.unbounded)


def test_cancels() -> None:
    assert read(f"{TRADE}/cancel-order", {"symbol": "ETHBTC", "orderId": 7}) == (
        CancelOrder("ETH/BTC", "7"),
    )
    named = {"symbol": "ETHBTC", "orderId": "", "clientOid": "x", "tpslType": "normal"}
    assert read(f"{TRADE}/cancel-order", named) == (CancelOrder("ETH/BTC", client_order_id="x"),)
    assert read(f"{TRADE}/cancel-symbol-order", {"symbol": "ETHBTC"}) == (CancelOrder("ETH/BTC"),)
    rows = [{"orderId": "7"}, {"clientOid": "x"}]
    assert read(f"{TRADE}/batch-cancel-order", {"symbol": "ETHBTC", "orderList": rows}) == (
        CancelOrder("ETH/BTC", "7"),
        CancelOrder("ETH/BTC", client_order_id="x"),
    )


def test_edits() -> None:
    edit = {"symbol": "ETHBTC", "orderId": "7", "size": "0.5", "price": "0.04"}
    meant = AmendOrder(
        "ETH/BTC", Decimal("0.5"), "7", None, Decimal("0.04"), ("a new order in its place",)
    )
    assert read(f"{TRADE}/cancel-replace-order", edit) == (meant,)
    batch = {"orderList": [edit, edit]}
    assert read(f"{TRADE}/batch-cancel-replace-order", batch) == (meant, meant)
    mix = {
        "symbol": "BTCUSDT",
        "productType": "USDT-FUTURES",
        "clientOid": "x",
        "newPrice": "1",
        "newClientOid": "y",
    }
    (found,) = read(f"{MIX}/modify-order", mix)
    assert found == AmendOrder(
        "BTC/USDT:USDT",
        None,
        None,
        "x",
        Decimal(1),
        (LEVERAGE, "parameter 'newClientOid'"),
    )


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("POST /api/v2/spot/wallet/withdrawal", MoveFunds),
        ("POST /api/v2/spot/wallet/transfer", MoveFunds),
        ("POST /api/v2/spot/wallet/subaccount-transfer", MoveFunds),
        ("POST /api/v2/spot/wallet/modify-deposit-account", MoveFunds),
        ("POST /api/spot/v1/wallet/withdrawal-v2", MoveFunds),
        ("POST /api/v2/convert/trade", MoveFunds),
        ("POST /api/v2/convert/bgb-convert", MoveFunds),
        ("POST /api/v2/earn/savings/subscribe", MoveFunds),
        ("POST /api/v2/earn/loan/borrow", MoveFunds),
        ("POST /api/v2/margin/crossed/account/borrow", MoveFunds),
        ("POST /api/v2/margin/isolated/account/flash-repay", MoveFunds),
        ("POST /api/v2/copy/spot-follower/settings", MoveFunds),
        ("POST /api/v3/account/sub-transfer", MoveFunds),
        ("POST /api/v3/loan/borrow", MoveFunds),
        ("POST /api/v2/user/create-virtual-subaccount-apikey", ManageKeys),
        ("POST /api/v2/broker/manage/create-subaccount-apikey", ManageKeys),
        ("POST /api/v3/user/create-sub-api", ManageKeys),
        ("POST /api/v2/mix/account/set-leverage", Unknown),
        ("POST /api/v2/mix/order/close-positions", Unknown),
        ("POST /api/v2/mix/order/cancel-order", Unknown),
        ("POST /api/v3/trade/countdown-cancel-all", Unknown),
        ("POST /api/v2/spot/trade/cancel-plan-order", Unknown),
        ("GET /api/v2/spot/trade/place-order", Unknown),
        ("DELETE /api/v2/spot/trade/cancel-order", Unknown),
    ],
)
def test_what_no_grant_may_do(what: str, kind: type) -> None:
    method, path = what.split()
    (intent,) = bitget.read(Request(method, "bitget", path))
    assert type(intent) is kind


def test_reads_with_what_is_known_of_them() -> None:
    reading = Request("GET", "bitget", f"{TRADE}/fills", "limit=10&symbol=BTCUSDT")
    assert bitget.read(reading) == (
        ReadAccount(f"GET {TRADE}/fills", (("symbol", "BTCUSDT"), ("limit", "10"))),
    )
    with pytest.raises(Refusal, match="'foo'"):
        bitget.read(Request("GET", "bitget", f"{TRADE}/fills", "foo=1"))


def test_whatever_ccxt_asks_of_a_spot_market_is_listed() -> None:
    checks.check_all_are_read(bitget)


# What goes out


def write(*intents: AnyIntent) -> Request:
    return bitget.write(intents, KEY, NOW_MS, 5_000, "")


amounts = st.decimals("0.00000001", "99999999", places=8)
names = st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True)
symbols = st.sampled_from(["ETH/BTC", "BTC/USDT", "1INCH/USDC", "BGB/EUR"])
sides = st.sampled_from(Side)
limits = st.builds(
    PlaceOrder,
    symbols,
    sides,
    st.just(OrderType.LIMIT),
    quantity=amounts,
    price=amounts,
    time_in_force=st.sampled_from(TimeInForce),
    client_order_id=st.none() | names,
)
makers = st.builds(
    PlaceOrder,
    symbols,
    sides,
    st.just(OrderType.LIMIT_MAKER),
    quantity=amounts,
    price=amounts,
    client_order_id=st.none() | names,
)
sells = st.builds(
    PlaceOrder, symbols, st.just(Side.SELL), st.just(OrderType.MARKET), quantity=amounts
)
buys = st.builds(
    PlaceOrder, symbols, st.just(Side.BUY), st.just(OrderType.MARKET), quote_quantity=amounts
)
by_id = st.builds(CancelOrder, symbols, order_id=st.from_regex(r"[0-9]{1,20}", fullmatch=True))
by_name = st.builds(CancelOrder, symbols, client_order_id=names)
reads = st.builds(
    ReadAccount,
    st.just(f"GET {TRADE}/orderInfo"),
    st.tuples(st.tuples(st.just("clientOid"), names)),
)
single = st.tuples(
    st.one_of(limits, makers, sells, buys, by_id, by_name, reads, st.builds(CancelOrder, symbols))
)
several = st.lists(by_id | by_name, min_size=2, max_size=4).map(tuple)


@given(single | several)
def test_what_is_written_reads_as_the_same_and_is_signed(intents: tuple[AnyIntent, ...]) -> None:
    request = write(*intents)
    assert bitget.read(request) == intents
    assert bitget.verify(request, SECRET, NOW_MS).timestamp_ms == NOW_MS
    assert request.host == "https://api.bitget.com"
    assert bitget.key_id(request) == KEY.key_id
    assert request.header("access-passphrase") == "and its passphrase"


def test_a_query_is_signed_as_it_was_before_it_was_encoded() -> None:
    path = f"{TRADE}/orderInfo"
    request = write(ReadAccount(f"GET {path}", (("clientOid", "a:b"),)))
    assert request.query == "clientOid=a%3Ab"
    right = signed("GET", path, request.query, "", f"{NOW_MS}GET{path}?clientOid=a:b")
    assert request.header("access-sign") == right.header("access-sign")


def test_ids_of_our_own_are_of_the_form_that_is_taken() -> None:
    mine = bitget.own_name(NOW_MS, 7)
    assert mine.startswith(bitget.OWN_NAMES)
    assert order(f"{TRADE}/place-order", {**LIMIT, "clientOid": mine}).client_order_id == mine


LIMIT_ORDER = PlaceOrder(
    "ETH/BTC", Side.BUY, OrderType.LIMIT, Decimal(1), None, Decimal(1), TimeInForce.GTC
)


@pytest.mark.parametrize(
    "intents",
    [
        (MoveFunds("x"),),
        (Unknown("x"),),
        (ReadAccount("POST /api/v2/spot/wallet/withdrawal"),),
        (ReadAccount(f"GET {TRADE}/fills", (("foo", "1"),)),),
        (CancelOrder(None, "1"),),
        (CancelOrder("ETH/BTC", list_id=1),),
        (CancelOrder("ETH/BTC", "1"), CancelOrder("ETH/BTC")),
        (LIMIT_ORDER, LIMIT_ORDER),
        (PlaceOrder("ETH/BTC", Side.BUY, OrderType.MARKET, quantity=Decimal(1)),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, quote_quantity=Decimal(1)),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), reduce_only=True),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), unbounded=("x",)),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), test=True),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.STOP_LOSS, Decimal(1), stop_price=Decimal(1)),),
        (AmendOrder("ETH/BTC", Decimal(1), "1"),),
    ],
)
def test_what_is_never_sent(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        write(*intents)


def test_nothing_is_sent_unsigned_but_what_is_public() -> None:
    assert bitget.write((bitget.ask_time(),), None, NOW_MS, 5_000, "").headers == ()
    with pytest.raises(ValueError, match="signed"):
        bitget.write((bitget.ask_balances(),), None, NOW_MS, 5_000, "")


@pytest.mark.parametrize(
    ("intent", "target"),
    [
        (bitget.ask_order("ETH/BTC", "a", "7"), f"{TRADE}/orderInfo?orderId=7"),
        (bitget.ask_order("ETH/BTC", "a", None), f"{TRADE}/orderInfo?clientOid=a"),
        (bitget.ask_open_orders(None)[0], f"{TRADE}/unfilled-orders?limit=100"),
        (
            bitget.ask_open_orders({"ETH/BTC"})[0],
            f"{TRADE}/unfilled-orders?symbol=ETHBTC&limit=100",
        ),
        (bitget.ask_trades("ETH/BTC", None), f"{TRADE}/fills?symbol=ETHBTC&limit=100"),
        (
            bitget.ask_trades("ETH/BTC", Mark("6", 5)),
            f"{TRADE}/fills?symbol=ETHBTC&limit=100",
        ),
        (
            bitget.ask_trades_between("ETH/BTC", 5, 6),
            f"{TRADE}/fills?symbol=ETHBTC&startTime=5&endTime=6&limit=100",
        ),
        (bitget.ask_balances(), "/api/v2/spot/account/assets?"),
        (bitget.ask_key_rights(), "/api/v2/spot/account/info?"),
        (bitget.ask_markets(), "/api/v2/spot/public/symbols?"),
        (
            bitget.ask_candles("ETH/BTC", "1m", 60_000),
            "/api/v2/spot/market/candles?symbol=ETHBTC&granularity=1min&startTime=60000"
            "&endTime=60060000&limit=1000",
        ),
        (bitget.ask_book("ETH/BTC"), "/api/v2/spot/market/orderbook?symbol=ETHBTC&limit=1"),
        (bitget.ask_time(), "/api/v2/public/time?"),
    ],
)
def test_what_the_signer_asks_for(intent: AnyIntent, target: str) -> None:
    request = write(intent)
    assert request.method == "GET"
    read_back = {tuple(sorted(one.parameters)) for one in bitget.read(request)}  # type: ignore[union-attr]
    assert read_back == {tuple(sorted(intent.parameters))}  # type: ignore[union-attr]
    path, _, query = target.partition("?")
    assert request.path == path
    assert request.query.split("&") == sorted(query.split("&"))  # or Bitget takes no signature


def test_it_asks_for_a_cancel_by_number_if_it_knows_one() -> None:
    assert bitget.ask_cancel("ETH/BTC", "a", "7") == CancelOrder("ETH/BTC", "7")
    named = CancelOrder("ETH/BTC", client_order_id="a")
    assert bitget.ask_cancel("ETH/BTC", "a", None) == named


# What comes back


def answer(data: Any, code: str = "00000", status: int = 200) -> Response:
    told = {"code": code, "msg": "success", "requestTime": 1695808949356, "data": data}
    return Response(status, json.dumps(told).encode())


ORDER = {
    "userId": "**********",
    "symbol": "BTCUSDT",
    "orderId": "121211212122",
    "clientOid": "121211212122",
    "price": "0",
    "size": "10.0000000000000000",
    "orderType": "market",
    "side": "buy",
    "status": "filled",
    "priceAvg": "13000.0000000000000000",
    "baseVolume": "0.0007000000000000",
    "quoteVolume": "9.1000000000000000",
    "enterPointSource": "API",
    "feeDetail": "",
    "orderSource": "normal",
    "cTime": "1695865232127",
    "uTime": "1695865233051",
}
REPORT = OrderReport(
    "BTC/USDT",
    "121211212122",
    "121211212122",
    OrderStatus.FILLED,
    Decimal("0.0007"),
    (),
    Side.BUY,
    1695865232127,
)


def test_the_order_that_was_asked_for() -> None:
    assert bitget.asked_order(answer([ORDER]), "121211212122") == REPORT
    # The size of a market order to buy is no amount in base; that of others is.
    limit = answer([{**ORDER, "orderType": "limit", "status": "partially_filled"}])
    told = bitget.asked_order(limit, "121211212122")
    assert told is not None
    assert (told.quantity, told.status) == (Decimal(10), OrderStatus.PARTIALLY_FILLED)
    assert bitget.asked_order(answer([]), "x") is None
    assert bitget.asked_order(answer(None, "43001", 400), "x") is None
    for other in (answer(None, "40015", 500), Response(200, b"<html>"), answer([{}])):
        with pytest.raises(ValueError, match=r"."):
            bitget.asked_order(other, "x")
    with pytest.raises(ValueError, match="status"):
        bitget.asked_order(answer([{**ORDER, "status": "odd"}]), "x")


def test_lists_of_orders() -> None:
    body = answer([ORDER, {**ORDER, "symbol": "ABCXYZ", "status": "live"}]).body
    first, second = bitget.open_orders(body)
    assert first == REPORT
    assert (second.symbol, second.status) == ("ABCXYZ", OrderStatus.NEW)
    history = ReadAccount(f"GET {TRADE}/history-orders")
    assert bitget.reports(history, body) == (first, second)
    assert bitget.reports(ReadAccount(f"GET {TRADE}/fills"), body) == ()
    tpsl = ReadAccount(f"GET {TRADE}/unfilled-orders", (("tpslType", "tpsl"),))
    assert bitget.reports(tpsl, body) == ()


def test_trades_and_their_fees() -> None:
    row = {
        "userId": "**********",
        "symbol": "BTCUSDT",
        "orderId": "12345678910",
        "tradeId": "12345678911",
        "orderType": "market",
        "side": "buy",
        "priceAvg": "13000",
        "size": "0.0007",
        "amount": "9.1",
        "feeDetail": {
            "deduction": "no",
            "feeCoin": "BTC",
            "totalDeductionFee": "",
            "totalFee": "-0.0000007",
        },
        "tradeScope": "taker",
        "cTime": "1695865232579",
        "uTime": "1695865233051",
    }
    (trade,) = bitget.trades(answer([row]).body)
    assert trade == OwnTrade(
        "12345678910",
        Fill(
            "12345678911",
            1695865232579,
            Decimal(13000),
            Decimal("0.0007"),
            Decimal("0.0000007"),
            "BTC",
        ),
        Side.BUY,
    )
    for told, fee in (("0", 0), ("0.001", 0), ("", 0)):
        fees = {**row["feeDetail"], "totalFee": told}  # type: ignore[dict-item]
        (trade,) = bitget.trades(answer([{**row, "feeDetail": fees}]).body)
        assert trade.fill.fee == fee
    with pytest.raises(ValueError, match="side"):
        bitget.trades(answer([{**row, "side": "long"}]).body)


def test_balances_markets_candles_book_time() -> None:
    held = {"coin": "usdt", "available": "1.5", "frozen": "0.5", "locked": "0.25", "uTime": "1"}
    assert bitget.balances(answer([held]).body) == {
        "usdt": Holding(Decimal("1.5"), Decimal("0.75"))
    }
    symbol = {
        "symbol": "BTCUSDT",
        "baseCoin": "BTC",
        "quoteCoin": "USDT",
        "minTradeAmount": "0",
        "maxTradeAmount": "10000000000",
        "pricePrecision": "2",
        "quantityPrecision": "4",
        "quotePrecision": "6",
        "status": "online",
        "minTradeUSDT": "5",
    }
    found = bitget.markets(
        answer(
            [
                symbol,
                {**symbol, "symbol": "ETHBTC", "baseCoin": "ETH", "quoteCoin": "BTC"},
                {**symbol, "symbol": "币USDT", "baseCoin": "币"},
                {**symbol, "symbol": "ABUSDT", "baseCoin": "ABU", "quoteCoin": "SDT"},
            ]
        ).body
    )
    steps = (Decimal("0.01"), Decimal("0.0001"))
    assert found == {
        "BTC/USDT": Market("BTC", "USDT", *steps, Decimal(5)),
        "ETH/BTC": Market("ETH", "BTC", *steps, Decimal(0)),
    }
    with pytest.raises(ValueError, match="decimals"):
        bitget.markets(answer([{**symbol, "quantityPrecision": "9" * 30}]).body)
    candle = ["1695865200000", "1", "4", "0.5", "2", "10", "20.5", "20"]
    assert bitget.candles(answer([candle]).body) == (
        Candle(1695865200000, *map(Decimal, ("1", "4", "0.5", "2", "10", "20"))),
    )
    book = {"asks": [["26274.9", "0.0009"]], "bids": [], "ts": "1695870968804"}
    assert bitget.book(answer(book).body) == TopOfBook(Decimal(0), Decimal("26274.9"))
    assert bitget.server_time(answer({"serverTime": "1688008631614"}).body) == 1688008631614


def test_what_a_key_may_do() -> None:
    told = {
        "userId": "1",
        "ips": "127.0.0.1",
        "authorities": ["trade", "readonly", "stow", "stor", "coow", "wwow", "chow", "p2pr"],
        "parentId": 1,
        "regisTime": "1246566789345",
    }
    assert bitget.key_rights(answer(told).body) == KeyRights(
        ("trade", "futures", "withdraw", "chow"), True
    )
    assert bitget.key_rights(answer({**told, "ips": ""}).body).is_bound is False


@pytest.mark.parametrize(
    "function",
    [
        bitget.open_orders,
        bitget.trades,
        bitget.balances,
        bitget.markets,
        bitget.candles,
        bitget.book,
        bitget.server_time,
        bitget.key_rights,
    ],
)
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", answer([{}]).body, answer({}, "40015").body, answer("x").body],
)
def test_malformed_answers(function: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        function(body)


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (answer({}), Verdict.DONE),
        (answer({}, status=500), Verdict.UNKNOWN),
        (answer(None, "43012", 400), Verdict.REJECTED),
        (answer(None, "40762", 200), Verdict.REJECTED),
        (answer(None, "429", 429), Verdict.REJECTED),
        (Response(429, b"<html>"), Verdict.REJECTED),
        (answer(None, "40010", 400), Verdict.UNKNOWN),
        (answer(None, "40604", 400), Verdict.UNKNOWN),
        (answer(None, "40725", 200), Verdict.UNKNOWN),
        (answer(None, "50001", 200), Verdict.UNKNOWN),
        (answer(None, "43012", 500), Verdict.UNKNOWN),
        (Response(200, b"<html>"), Verdict.UNKNOWN),
        (Response(400, b'{"code":40017}'), Verdict.REJECTED),
        (Response(400, b"{}"), Verdict.UNKNOWN),
    ],
)
def test_what_an_answer_means(response: Response, verdict: Verdict) -> None:
    assert bitget.judge(response) is verdict


def test_what_became_of_each_intent() -> None:
    placed = answer({"orderId": "1001", "clientOid": "x"})
    (outcome,) = bitget.outcomes((LIMIT_ORDER,), placed)
    assert outcome.verdict is Verdict.DONE
    assert outcome.reports == (OrderReport("ETH/BTC", "1001", "", OrderStatus.NEW, Decimal(0)),)
    with pytest.raises(ValueError, match="number"):
        bitget.outcomes((LIMIT_ORDER,), answer({"orderId": None, "clientOid": "x"}))
    assert bitget.outcomes((CancelOrder("ETH/BTC", "1"),), answer({"orderId": "1"})) == (
        Outcome(Verdict.DONE),
    )
    cancels = (
        CancelOrder("ETH/BTC", "1"),
        CancelOrder("ETH/BTC", client_order_id="b"),
        CancelOrder("ETH/BTC", "3"),
    )
    told = {
        "successList": [{"orderId": "1", "clientOid": "a"}],
        "failureList": [{"orderId": None, "clientOid": "b", "errorMsg": "no", "errorCode": "1"}],
    }
    assert [one.verdict for one in bitget.outcomes(cancels, answer(told))] == [
        Verdict.DONE,
        Verdict.REJECTED,
        Verdict.UNKNOWN,
    ]
    no = bitget.outcomes(cancels, answer(None, "43012", 400))
    assert [one.verdict for one in no] == [Verdict.REJECTED] * 3
    assert bitget.cancelled_order(answer({"orderId": "1"}).body) is None


def test_ids_are_put_back() -> None:
    body = answer({"orderId": "1", "clientOid": "tradelatch-1-1"}).body
    told = bitget.rename_client_ids(body, {"tradelatch-1-1": "mine"})
    assert json.loads(told)["data"] == {"orderId": "1", "clientOid": "mine"}


# What bots are answered

RAISES = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.InvalidNonce,
    Reason.BAD_PARAMETER: ccxt.BadRequest,
    Reason.UNKNOWN_ENDPOINT: ccxt.BadRequest,
    Reason.ORDER_DENIED: ccxt.InvalidOrder,
    Reason.CANCEL_DENIED: ccxt.OrderNotFound,
    Reason.AMEND_DENIED: ccxt.InvalidOrder,
    Reason.NOT_PERMITTED: ccxt.PermissionDenied,
    Reason.TOO_LARGE: ccxt.BadRequest,
    Reason.TOO_OFTEN: ccxt.DDoSProtection,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.RequestTimeout,
}


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_raises_ccxts_usual_exception(reason: Reason) -> None:
    text = 'Order rejected by policy: price_collar "0.05" is 7 % off (verdict 12ab)'
    told = bitget.refuse(Refusal(reason, text))
    assert checks.raised_by(ccxt.bitget(), told) is RAISES[reason]
    assert json.loads(told.body)["msg"] == text


# Recorded


def clock(request: Request) -> int:
    return int(request.header("access-timestamp") or 0)


@pytest.fixture(scope="module")
def cases(recorded_data: Path) -> list[Recorded]:
    found = recorded(recorded_data, "bitget")
    assert len(found) == 2 * 101
    return found


@pytest.mark.recorded
def test_recorded_requests_are_verified_with_their_own_secret(cases: list[Recorded]) -> None:
    checks.check_signed_by_its_own(bitget, cases, clock)


@pytest.mark.recorded
def test_no_recorded_request_is_verified_when_changed(cases: list[Recorded]) -> None:
    checks.check_covered(bitget, cases[::6], clock)


@pytest.mark.recorded
def test_recorded_orders_are_read_right(cases: list[Recorded]) -> None:
    right = 0
    for case in cases:
        if not case.label.startswith("ccxt createOrder "):
            continue
        (intent,) = bitget.read(case.request)
        assert isinstance(intent, PlaceOrder)
        checks.check_order(case, intent)
        option = case.label.rpartition("+")[2]
        is_plain = option in (case.label, "ioc", "fok", "postOnly", "cid", "ro")
        assert (not intent.unbounded) is (is_plain and ":" not in intent.symbol), case.label
        assert (STOP in intent.unbounded) is (option in ("trig", "sl", "tp"))
        assert intent.type.waits is (option in ("trig", "sl", "tp"))
        assert ":" not in intent.symbol or LEVERAGE in intent.unbounded
        right += 1
    assert right == 2 * 54


@pytest.mark.recorded
def test_nothing_else_recorded_can_trade(cases: list[Recorded]) -> None:
    for case in cases:
        kinds = {type(one) for one in bitget.read(case.request)}
        words = case.label.split()
        if words[1] in ("withdraw", "transfer"):
            assert kinds == {MoveFunds}, case.label
        elif words[1] == "read":
            assert kinds <= {ReadAccount, ReadMarket}, case.label
        elif words[1] == "position":
            assert kinds <= {ReadAccount, Unknown}, case.label
