"""OKX: who signed it, what it means, what goes out, what comes back."""

import base64
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
from tests.exchanges.wire import NOW_MS, SECRET, Recorded, recorded
from tradelatch.exchanges import okx
from tradelatch.exchanges.kit.answers import instant_ms
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE, Endpoint, Kind
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.exchanges.protocol import (
    Credentials,
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

THE_SEAM: ExchangeFile = okx
ORDER_PATH = "/api/v5/trade/order"
STAMP = "2025-10-09T08:53:20.123Z"
KEY = with_passphrase(SECRET, b"a word besides")
GRANT = Credentials("a-key-that-is-nobodys", KEY)
STOP = "a stop order at OKX"


def d(text: str) -> Decimal:
    return Decimal(text)


# Who signed it


def signed(
    method: str = "POST", target: str = ORDER_PATH, body: str = "{}", stamp: str = STAMP
) -> Request:
    payload = f"{stamp}{method}{target}{body}".encode()
    digest = hmac.new(SECRET, payload, hashlib.sha256).digest()
    path, _, query = target.partition("?")
    headers = {
        "OK-ACCESS-KEY": "k",
        "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-PASSPHRASE": "a word besides",
    }
    return Request(method, "okx", path, query, tuple(headers.items()), body.encode())


def reason(request: Request, key: bytearray | PublicKey = KEY, now_ms: int = NOW_MS) -> Reason:
    with pytest.raises(Refusal) as refusal:
        okx.verify(request, key, now_ms)
    return refusal.value.reason


def test_the_example_of_okxs_documentation() -> None:
    # docs-v5, "Signature": GET /api/v5/account/balance?ccy=BTC at 2020-12-08T09:08:57.715Z
    request = signed("GET", "/api/v5/account/balance?ccy=BTC", "", "2020-12-08T09:08:57.715Z")
    proof = okx.verify(request, KEY, 1607418537715)
    assert (proof.timestamp_ms, proof.recv_window_ms) == (1607418537715, 30_000)


@given(st.integers(-70_000, 70_000))
def test_the_time_window(late_ms: int) -> None:
    if -1_000 < late_ms <= 30_000:
        assert okx.verify(signed(), KEY, NOW_MS + late_ms).timestamp_ms == NOW_MS
    else:
        assert reason(signed(), now_ms=NOW_MS + late_ms) is Reason.OUTSIDE_WINDOW


@pytest.mark.parametrize(
    "stamp",
    [
        "1760000000.123",
        "1760000000123",
        "2025-10-09 08:53:20.123Z",
        "2025-10-09T08:53:20.123",
        "2025-10-09T08:53:20.123+00:00",
        "2025-13-09T08:53:20.123Z",
        "2025-10-09T08:53:20.Z",
        "٢٠٢٥-10-09T08:53:20.123Z",
        "",
    ],
)
def test_times_that_are_not_plain(stamp: str) -> None:
    assert reason(signed(stamp=stamp)) is Reason.BAD_PARAMETER


def test_times_may_be_finer_or_coarser() -> None:
    assert okx.verify(signed(stamp="2025-10-09T08:53:20Z"), KEY, NOW_MS)
    assert okx.verify(signed(stamp="2025-10-09T08:53:20.123456Z"), KEY, NOW_MS)


def test_every_part_is_covered() -> None:
    good = signed("POST", f"{ORDER_PATH}?a=1", '{"b": 2}')
    assert okx.verify(good, KEY, NOW_MS)
    changes: list[dict[str, Any]] = [
        {"method": "PUT"},
        {"path": f"{ORDER_PATH}s"},
        {"query": "a=2"},
        {"query": ""},
        {"body": b'{"b":2}'},
        {"body": b""},
    ]
    for change in changes:
        assert reason(structs.replace(good, **change)) is Reason.BAD_SIGNATURE, change
    for at in range(3):
        headers = good.headers[:at] + good.headers[at + 1 :]
        without = structs.replace(good, headers=headers)
        assert (okx.key_id(without) is None) if at == 0 else reason(without)


def test_another_secret_or_kind_of_key() -> None:
    assert reason(signed(), bytearray(b"another")) is Reason.BAD_SIGNATURE
    assert reason(signed(), PublicKey(bytes(32))) is Reason.BAD_SIGNATURE
    twice = structs.replace(signed(), headers=(*signed().headers, ("ok-access-sign", "x")))
    assert reason(twice) is Reason.BAD_PARAMETER


def with_header(name: str, value: str) -> Request:
    return structs.replace(signed(), headers=(*signed().headers, (name, value)))


def test_a_request_may_end_sooner() -> None:
    assert okx.verify(with_header("expTime", str(NOW_MS)), KEY, NOW_MS)
    assert reason(with_header("expTime", str(NOW_MS - 1))) is Reason.OUTSIDE_WINDOW
    assert reason(with_header("exptime", "soon")) is Reason.BAD_PARAMETER


def test_what_is_meant_for_the_demo_is_not_traded() -> None:
    real = structs.replace(with_header("x-simulated-trading", "0"), method="GET", body=b"")
    assert okx.read(structs.replace(real, query="instId=BTC-USDT&ordId=1"))
    for value in ("1", "", "0 "):
        with pytest.raises(Refusal, match="no demo"):
            okx.read(with_header("x-simulated-trading", value))


@given(st.text(), st.text(), st.text(), st.binary(), st.text(), st.integers(0, 2**50))
def test_any_request_is_refused_and_nothing_else(
    method: str, path: str, query: str, body: bytes, stamp: str, now_ms: int
) -> None:
    headers = tuple((n, stamp if "TIME" in n else v) for n, v in signed().headers)
    request = Request(method, "okx", path, query, headers, body)
    with pytest.raises(Refusal):
        okx.verify(request, KEY, now_ms)
    with contextlib.suppress(Refusal):
        okx.read(request)


# What it means


def post(path: str, body: Any) -> tuple[AnyIntent, ...]:
    return okx.read(Request("POST", "okx", path, "", (), json.dumps(body).encode()))


def words(**told: Any) -> dict[str, Any]:
    """A limit order of spot, but for what is told."""
    plain = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    plain |= {"sz": "0.5", "px": "9.5", **told}
    return {name: value for name, value in plain.items() if value != "-"}


def order(**told: Any) -> PlaceOrder:
    (intent,) = post(ORDER_PATH, words(**told))
    assert isinstance(intent, PlaceOrder)
    return intent


def market(**told: Any) -> PlaceOrder:
    return order(**{"ordType": "market", "px": "-", **told})


def algo(**told: Any) -> tuple[PlaceOrder, ...]:
    intents = post("/api/v5/trade/order-algo", words(px="-", **told))
    return tuple(intent for intent in intents if isinstance(intent, PlaceOrder))


LIMIT = PlaceOrder(
    "BTC/USDT",
    Side.BUY,
    OrderType.LIMIT,
    quantity=d("0.5"),
    price=d("9.5"),
    time_in_force=TimeInForce.GTC,
)


@pytest.mark.parametrize(
    ("word", "kind", "lasts"),
    [
        ("limit", OrderType.LIMIT, TimeInForce.GTC),
        ("ioc", OrderType.LIMIT, TimeInForce.IOC),
        ("fok", OrderType.LIMIT, TimeInForce.FOK),
        ("post_only", OrderType.LIMIT_MAKER, None),
    ],
)
def test_orders_with_a_limit(word: str, kind: OrderType, lasts: TimeInForce | None) -> None:
    assert order(ordType=word) == structs.replace(LIMIT, type=kind, time_in_force=lasts)


def test_what_says_nothing_more() -> None:
    empty = dict.fromkeys(["ccy", "clOrdId", "tag", "posSide", "reduceOnly", "tgtCcy"], "")
    assert order(**empty, attachAlgoOrds=None) == LIMIT
    usual = {"tag": "6b9ad766b55dBCDE", "posSide": "net", "tgtCcy": "base_ccy", "banAmend": False}
    assert order(**usual, reduceOnly="false", pxAmendType="0", tradeQuoteCcy="USDT") == LIMIT
    assert order(sz=0.5, px=9.5) == LIMIT
    assert order(clOrdId="a9Z").client_order_id == "a9Z"


@pytest.mark.parametrize(
    ("side", "unit", "in_quote"),
    [
        ("buy", None, True),
        ("buy", "", True),
        ("buy", "base_ccy", False),
        ("buy", "quote_ccy", True),
        ("sell", None, False),
        ("sell", "base_ccy", False),
        ("sell", "quote_ccy", True),
    ],
)
@pytest.mark.parametrize("mode", ["cash", "cross"])
def test_what_a_market_order_is_sized_in(
    side: str, unit: str | None, in_quote: bool, mode: str
) -> None:
    intent = market(side=side, tgtCcy=unit, tdMode=mode, px="9")
    assert intent.type is OrderType.MARKET
    assert (intent.quote_quantity, intent.quantity)[not in_quote] == d("0.5")
    assert (intent.quote_quantity, intent.quantity)[in_quote] is None
    assert intent.unbounded == (() if mode == "cash" else (LEVERAGE,))


@pytest.mark.parametrize(
    ("told", "more"),
    [
        ({"tdMode": "cross"}, (LEVERAGE,)),
        ({"tdMode": "isolated", "ccy": "USDT"}, (LEVERAGE, "parameter 'ccy'")),
        ({"tdMode": "spot_isolated"}, ("orders that others copy",)),
        ({"reduceOnly": True}, ("reduce-only of spot",)),
        ({"reduceOnly": "true"}, ("reduce-only of spot",)),
        ({"banAmend": True}, ("all or nothing",)),
        ({"posSide": "long"}, ("parameter 'posSide'",)),
        ({"tgtCcy": "quote_ccy"}, ("parameter 'tgtCcy'",)),
        ({"pxAmendType": "1"}, ("parameter 'pxAmendType'",)),
        ({"stpMode": "cancel_maker"}, ("parameter 'stpMode'",)),
        ({"tradeQuoteCcy": "USDC"}, ("parameter 'tradeQuoteCcy'",)),
        ({"attachAlgoOrds": [{"slTriggerPx": "9"}]}, ("parameter 'attachAlgoOrds'",)),
        ({"slTriggerPx": "9"}, ("parameter 'slTriggerPx'",)),
    ],
)
def test_what_has_no_bound_is_told(told: dict[str, Any], more: tuple[str, ...]) -> None:
    intent = order(**told)
    assert intent.unbounded == more
    assert structs.replace(intent, unbounded=(), reduce_only=False) == LIMIT


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("ETH-BTC", "ETH/BTC"),
        ("1INCH-USD", "1INCH/USD"),
        ("BTC-USDT-SWAP", "BTC/USDT:USDT"),
        ("BTC-USDC-SWAP", "BTC/USDC:USDC"),
        ("BTC-USD-SWAP", "BTC/USD:BTC"),
        ("BTC-USD-251226", "BTC/USD:BTC-251226"),
        ("BTC-USDT-251226", "BTC/USDT:USDT-251226"),
        ("BTC-USD-251226-100000-C", "BTC/USD:BTC-251226-100000-C"),
    ],
)
def test_names_of_instruments(name: str, symbol: str) -> None:
    is_spot = ":" not in symbol
    intent = order(instId=name)
    assert intent.symbol == symbol
    assert intent.unbounded == (() if is_spot else (LEVERAGE,))
    (cancel,) = post("/api/v5/trade/cancel-order", {"instId": name, "ordId": "1"})
    assert cancel == CancelOrder(symbol, "1") if is_spot else isinstance(cancel, Unknown)
    if not is_spot:
        with pytest.raises(ValueError, match="never sent"):
            write(structs.replace(intent, unbounded=()))


def test_futures_are_sized_in_contracts_and_may_be_reduce_only() -> None:
    intent = market(instId="BTC-USDT-SWAP", tdMode="cross", reduceOnly=True)
    assert (intent.quantity, intent.quote_quantity) == (d("0.5"), None)
    assert (intent.reduce_only, intent.unbounded) == (True, (LEVERAGE,))
    at_once = market(ordType="optimal_limit_ioc", instId="BTC-USDT-SWAP", tdMode="cross")
    assert (at_once.type, LEVERAGE in at_once.unbounded) == (OrderType.MARKET, True)
    assert market(ordType="optimal_limit_ioc").unbounded == ("a market order of futures",)


@pytest.mark.parametrize("name", ["batch-orders", "cancel-batch-orders", "amend-batch-orders"])
def test_a_list_has_nothing_beside_it(name: str) -> None:
    body = json.dumps([words(ordId="1")]).encode()
    with pytest.raises(Refusal, match="'x' is not known"):
        okx.read(Request("POST", "okx", f"/api/v5/trade/{name}", "x=1", (), body))


def test_batches() -> None:
    path = "/api/v5/trade/batch-orders"
    assert post(path, [words()]) == (LIMIT,)
    assert post(path, [words(), words(side="sell")]) == (
        structs.replace(LIMIT, unbounded=(BATCH,)),
        structs.replace(LIMIT, side=Side.SELL, unbounded=(BATCH,)),
    )


@pytest.mark.parametrize(
    ("told", "legs"),
    [
        (
            {"ordType": "trigger", "triggerPx": "9.4", "orderPx": "9.5"},
            [(OrderType.STOP_LOSS_LIMIT, "9.4", "9.5")],
        ),
        (
            {"ordType": "trigger", "triggerPx": "9.4", "orderPx": "-1", "triggerPxType": "last"},
            [(OrderType.STOP_LOSS, "9.4", None)],
        ),
        (
            {"ordType": "conditional", "slTriggerPx": "9.4", "slOrdPx": "-1"},
            [(OrderType.STOP_LOSS, "9.4", None)],
        ),
        (
            {"ordType": "conditional", "tpTriggerPx": "9.4", "tpOrdPx": "9.5"},
            [(OrderType.TAKE_PROFIT_LIMIT, "9.4", "9.5")],
        ),
        (
            {
                "ordType": "oco",
                "slTriggerPx": "9.4",
                "slOrdPx": "-1",
                "tpTriggerPx": "9.6",
                "tpOrdPx": "9.7",
            },
            [(OrderType.STOP_LOSS, "9.4", None), (OrderType.TAKE_PROFIT_LIMIT, "9.6", "9.7")],
        ),
    ],
)
def test_orders_that_wait(
    told: dict[str, Any], legs: list[tuple[OrderType, str, str | None]]
) -> None:
    found = algo(side="sell", clOrdId="a", **told)
    assert [(leg.type, leg.stop_price, leg.price) for leg in found] == [
        (kind, d(stop), limit and d(limit)) for kind, stop, limit in legs
    ]
    for leg in found:
        assert (leg.quantity, leg.client_order_id) == (d("0.5"), "a")
        assert leg.unbounded == (STOP,)


def test_what_is_bought_once_a_price_is_reached_is_sized_in_quote_as_well() -> None:
    told = {"ordType": "oco", "slTriggerPx": "9", "slOrdPx": "-1", "tpTriggerPx": "8"}
    at_market, at_limit = algo(**told, tpOrdPx="8.1")
    assert (at_market.quote_quantity, at_market.quantity) == (d("0.5"), None)
    assert (at_limit.quote_quantity, at_limit.quantity) == (None, d("0.5"))
    (in_base,) = algo(ordType="trigger", triggerPx="9", orderPx="-1", tgtCcy="base_ccy")
    assert in_base.quantity == d("0.5")


def test_trailing_orders() -> None:
    (intent,) = algo(ordType="move_order_stop", side="sell", callbackRatio="0.01", activePx="")
    assert (intent.type, intent.quantity) == (OrderType.MARKET, d("0.5"))
    assert intent.unbounded == ("a trailing distance", "callbackRatio")
    limited = words(ordType="move_order_stop", callbackSpread="0.1")
    (other,) = post("/api/v5/trade/order-algo", limited)
    assert isinstance(other, PlaceOrder)
    assert (other.type, other.price) == (OrderType.LIMIT, d("9.5"))


def test_cancels() -> None:
    path, spot = "/api/v5/trade/cancel-order", {"instId": "BTC-USDT"}
    both = {**spot, "ordId": "12", "clOrdId": "a"}
    assert post(path, both) == (CancelOrder("BTC/USDT", "12", "a"),)
    assert post(path, {**both, "clOrdId": ""}) == (CancelOrder("BTC/USDT", "12"),)
    rows = [{**spot, "ordId": "1"}, {"instId": "ETH-BTC", "clOrdId": "a"}]
    cancels = (CancelOrder("BTC/USDT", "1"), CancelOrder("ETH/BTC", client_order_id="a"))
    many = "/api/v5/trade/cancel-batch-orders"
    assert post(many, rows) == cancels
    assert post(many, rows[:1]) == cancels[:1]
    (mixed,) = post(many, [*rows, {"instId": "BTC-USDT-SWAP", "ordId": "1"}])
    assert isinstance(mixed, Unknown)


def test_edits_are_understood_and_not_bounded() -> None:
    told = {"instId": "BTC-USDT", "ordId": "1", "newSz": "0.4", "newPx": "9", "cxlOnFail": True}
    (amend,) = post("/api/v5/trade/amend-order", told)
    assert post("/api/v5/trade/amend-batch-orders", [told, told]) == (amend, amend)
    assert isinstance(amend, AmendOrder)
    assert (amend.symbol, amend.quantity, amend.price) == ("BTC/USDT", d("0.4"), d("9"))
    assert amend.unbounded[-1] == "parameter 'cxlOnFail'"
    with pytest.raises(ValueError, match="never sent"):
        write(structs.replace(amend, price=None))
    (future,) = post("/api/v5/trade/amend-order", {**told, "instId": "BTC-USDT-SWAP"})
    assert future == structs.replace(amend, symbol="BTC/USDT:USDT")


@pytest.mark.parametrize(
    "body", [b'{"instId":"a","instId":"b"}', b"{}{}", b"[]", b"[{}]", b"\xff", b"", b"{}", b"a=1"]
)
@pytest.mark.parametrize(
    "name", ["order", "batch-orders", "order-algo", "cancel-order", "cancel-batch-orders"]
)
def test_bodies_that_are_not_plain(name: str, body: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        okx.read(Request("POST", "okx", f"/api/v5/trade/{name}", "", (), body))
    assert refusal.value.reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    "told",
    [
        {"instId": "BTCUSDT"},
        {"instId": "BTC-USDT-SWAP-1"},
        {"instId": "btc-usdt"},
        {"instId": "BTC-USD_UM-SWAP"},
        {"instId": "-"},
        {"side": "Buy"},
        {"side": "-"},
        {"tdMode": "margin"},
        {"tdMode": "-"},
        {"ordType": "mmp"},
        {"ordType": "elp"},
        {"ordType": "-"},
        {"ordType": "market", "tgtCcy": "usdt"},
        {"sz": "0"},
        {"sz": "1e3"},
        {"sz": "-1"},
        {"sz": ""},
        {"px": "-"},
        {"px": "-1"},
        {"px": "NaN"},
        {"clOrdId": "a-b"},
        {"clOrdId": "a" * 33},
        {"reduceOnly": "yes"},
    ],
)
def test_orders_that_are_not_understood(told: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        order(**told)
    assert refusal.value.reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    "told",
    [
        {"ordType": "conditional"},
        {"ordType": "twap", "pxLimit": "9"},
        {"ordType": "trigger", "orderPx": "-1"},
        {"ordType": "trigger", "triggerPx": "9", "orderPx": "-2"},
        {"ordType": "limit", "px": "9"},
        {"ordType": "oco", "slTriggerPx": "9", "slOrdPx": "-1", "sz": "-"},
    ],
)
def test_orders_that_wait_and_are_not_understood(told: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        post("/api/v5/trade/order-algo", words(**{"px": "-", **told}))


@pytest.mark.parametrize(
    "told",
    [
        {"instId": "BTC-USDT"},
        {"ordId": "1"},
        {"instId": "BTC-USDT", "ordId": "1", "x": "1"},
        {"instId": "BTC-USDT", "ordId": {"a": 1}},
    ],
)
def test_cancels_that_are_not_understood(told: dict[str, Any]) -> None:
    for path, body in (("cancel-order", told), ("cancel-batch-orders", [told])):
        with pytest.raises(Refusal):
            post(f"/api/v5/trade/{path}", body)


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("POST /api/v5/asset/withdrawal", MoveFunds),
        ("POST /api/v5/asset/withdrawal-lightning", MoveFunds),
        ("POST /api/v5/asset/transfer", MoveFunds),
        ("POST /api/v5/asset/convert/trade", MoveFunds),
        ("POST /api/v5/asset/convert-dust-assets", MoveFunds),
        ("POST /api/v5/trade/easy-convert", MoveFunds),
        ("POST /api/v5/trade/one-click-repay-v2", MoveFunds),
        ("POST /api/v5/account/borrow-repay", MoveFunds),
        ("POST /api/v5/finance/savings/purchase-redempt", MoveFunds),
        ("POST /api/v5/fiat/create-withdrawal", MoveFunds),
        ("POST /api/v5/asset/subaccount/transfer", MoveFunds),
        ("POST /api/v5/tradingBot/grid/order-algo", MoveFunds),
        ("POST /api/v5/users/subaccount/apikey", ManageKeys),
        ("GET /api/v5/users/subaccount/apikey", ManageKeys),
        ("GET /api/v5/asset/subaccount/balances", ManageKeys),
        ("POST /api/v5/account/set-leverage", Unknown),
        ("POST /api/v5/account/set-account-level", Unknown),
        ("POST /api/v5/trade/close-position", Unknown),
        ("POST /api/v5/trade/cancel-algos", Unknown),
        ("POST /api/v5/trade/cancel-all-after", Unknown),
        ("POST /api/v5/trade/mass-cancel", Unknown),
        ("POST /api/v5/rfq/execute-quote", Unknown),
        ("DELETE /api/v5/trade/order", Unknown),
        ("POST /api/v5/trade/order/", Unknown),
    ],
)
def test_what_no_grant_can_do(what: str, kind: type[AnyIntent]) -> None:
    method, path = what.split()
    (intent,) = okx.read(Request(method, "okx", path, "", (), b"{}"))
    assert type(intent) is kind


# What goes out

IDS = st.from_regex(r"[A-Za-z0-9]{1,32}", fullmatch=True)
ORDERS = limits(st.none() | IDS) | makers(st.none() | IDS) | takers(st.none() | IDS)
CANCELS = (
    st.builds(CancelOrder, SYMBOLS, IDS, st.none() | IDS)
    | st.builds(CancelOrder, SYMBOLS, client_order_id=IDS)
)  # fmt: skip
VALUES = {"instId": "ETH-BTC", "instType": "SPOT", "ccy": "BTC,USDT", "bar": "1Dutc"}


@st.composite
def reads(draw: st.DrawFn) -> ReadAccount | ReadMarket:
    listed = [one for one in okx.TABLE if one.kind in (Kind.ACCOUNT, Kind.MARKET)]
    endpoint: Endpoint = draw(st.sampled_from(listed))
    sent = tuple((n, VALUES.get(n, "12")) for n in endpoint.parameters if draw(st.booleans()))
    kind = ReadAccount if endpoint.kind is Kind.ACCOUNT else ReadMarket
    return kind(endpoint.what, sent)


def write(*intents: AnyIntent) -> Request:
    return okx.write(intents, GRANT, NOW_MS, 5_000, "http://venue")


@given(ORDERS | CANCELS | reads())
def test_what_is_written_is_signed_and_reads_as_the_same_intent(intent: AnyIntent) -> None:
    request = write(intent)
    assert okx.read(request) == (intent,)
    if isinstance(intent, ReadMarket):
        assert not request.headers
        return
    assert okx.key_id(request) == GRANT.key_id
    assert okx.verify(request, KEY, NOW_MS).timestamp_ms == NOW_MS
    assert request.header("ok-access-passphrase") == "a word besides"


@given(st.lists(CANCELS, min_size=2, max_size=4))
def test_several_cancels_go_out_together(cancels: list[CancelOrder]) -> None:
    request = write(*cancels)
    assert request.path == "/api/v5/trade/cancel-batch-orders"
    assert okx.read(request) == tuple(cancels)
    assert okx.verify(request, KEY, NOW_MS)


@given(st.integers(0, 2**42))
def test_the_time_that_is_written_is_read(now_ms: int) -> None:
    request = okx.write((okx.ask_balances(),), GRANT, now_ms, 5_000, "")
    assert instant_ms(request.header("ok-access-timestamp") or "") == now_ms


def test_an_order_to_the_letter() -> None:
    request = write(structs.replace(LIMIT, quantity=d("1.500"), price=d("1E-8")))
    assert (request.method, request.host, request.path) == ("POST", "http://venue", ORDER_PATH)
    assert request.body == (
        b'{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"1.5",'
        b'"px":"0.00000001"}'
    )
    assert request.header("ok-access-timestamp") == STAMP
    spent = structs.replace(LIMIT, type=OrderType.MARKET, time_in_force=None, price=None)
    for size, unit in (("quantity", "base_ccy"), ("quote_quantity", "quote_ccy")):
        intent = structs.replace(spent, **{"quantity": None, size: d("7")})
        body = json.loads(write(intent).body)
        assert (body["sz"], body["tgtCcy"]) == ("7", unit)
        assert "px" not in body


@pytest.mark.parametrize(
    "intents",
    [
        (),
        (LIMIT, LIMIT),
        (LIMIT, CancelOrder("BTC/USDT", "1")),
        (CancelOrder("BTC/USDT", "1"), CancelOrder("BTC/USDT")),
        (CancelOrder("BTC/USDT"),),
        (CancelOrder(None),),
        (CancelOrder(None, "1"),),
        (CancelOrder("BTC/USDT", "1", mode="x"),),
        (CancelOrder("BTC/USDT", list_id=1),),
        (CancelOrder("BTC/USDT:USDT", "1"),),
        (structs.replace(LIMIT, unbounded=("x",)),),
        (structs.replace(LIMIT, test=True),),
        (structs.replace(LIMIT, reduce_only=True),),
        (structs.replace(LIMIT, type=OrderType.STOP_LOSS_LIMIT, stop_price=d("9")),),
        (AmendOrder("BTC/USDT", d("1"), "1"),),
        (MoveFunds("x"),),
        (ReadAccount("GET /api/v5/users/subaccount/apikey"),),
        (ReadAccount("POST /api/v5/trade/order"),),
        (ReadAccount("GET /api/v5/account/config", (("x", "1"),)),),
        (ReadMarket("GET /api/v5/account/config"),),
    ],
)
def test_what_is_never_written(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(*intents)


def test_what_has_to_be_signed_is_not_written_without_credentials() -> None:
    with pytest.raises(ValueError, match="signed"):
        okx.write((okx.ask_balances(),), None, NOW_MS, 5_000, "")
    assert okx.write((okx.ask_time(),), None, 0, 0, "").host == "https://www.okx.com"


def test_every_question_can_be_asked() -> None:
    name = okx.own_name(NOW_MS, 99_999)
    assert name.startswith(okx.OWN_NAMES)
    assert okx.ask_cancel("ETH/BTC", "", "12") == CancelOrder("ETH/BTC", "12")
    asked: list[AnyIntent] = [
        okx.ask_order("ETH/BTC", name, None),
        okx.ask_cancel("ETH/BTC", name, "12"),
        *okx.ask_open_orders(None),
        *okx.ask_open_orders({"ETH/BTC", "BTC/USDT"}),
        okx.ask_trades("ETH/BTC", None),
        okx.ask_trades("ETH/BTC", Mark("x", NOW_MS)),
        okx.ask_trades_between("ETH/BTC", NOW_MS - 1, NOW_MS),
        okx.ask_balances(),
        okx.ask_key_rights(),
        okx.ask_markets(),
        okx.ask_candles("ETH/BTC", "1m", NOW_MS),
        okx.ask_candles("ETH/BTC", "1d", NOW_MS),
        okx.ask_book("ETH/BTC"),
        okx.ask_time(),
        structs.replace(LIMIT, client_order_id=name),
    ]
    for intent in asked:
        assert okx.read(write(intent)) == (intent,)
    assert write(okx.ask_candles("ETH/BTC", "1m", 60_000)).query == (
        "instId=ETH-BTC&bar=1m&after=6060000&before=59999&limit=100"
    )
    assert write(okx.ask_candles("ETH/BTC", "1d", 86_400_000)).query == (
        "instId=ETH-BTC&bar=1Dutc&after=8726400000&before=86399999&limit=100"
    )


# What comes back


def told(*rows: Any, code: str = "0") -> bytes:
    return json.dumps(
        {"code": code, "msg": "", "data": rows, "inTime": "1695190491421339"}
    ).encode()


# docs-v5: "Order details", "Transaction details", "Get balance", "Get instruments", "Get
# candlesticks history", "Get ticker", "Get system time", "Get account configuration"; shortened
ORDER = {
    "accFillSz": "0.00192834", "avgPx": "51858", "cTime": "1708587373361", "clOrdId": "b15",
    "fee": "-0.00000192834", "feeCcy": "BTC", "instId": "BTC-USDT", "instType": "SPOT",
    "ordId": "680800019749904384", "ordType": "limit", "px": "51858", "side": "buy",
    "state": "partially_filled", "sz": "0.01", "tdMode": "cash", "tgtCcy": "", "tag": "",
}  # fmt: skip
TRADE = {
    "side": "buy", "fillSz": "0.00192834", "fillPx": "51858", "fee": "-0.00000192834",
    "ordId": "680800019749904384", "feeRate": "-0.001", "instType": "SPOT", "instId": "BTC-USDT",
    "clOrdId": "", "billId": "680800019754098688", "fillTime": "1708587373361", "execType": "T",
    "tradeId": "744876980", "feeCcy": "BTC", "ts": "1708587373362",
}  # fmt: skip
BALANCE = {
    "adjEq": "", "details": [
        {"availBal": "4834.3", "cashBal": "4850.4", "ccy": "USDT", "frozenBal": "16.1"},
        {"availBal": "", "cashBal": "-0.5", "ccy": "BTC", "frozenBal": ""},
    ], "totalEq": "55837",
}  # fmt: skip
INSTRUMENT = {
    "baseCcy": "BTC", "quoteCcy": "USDT", "instId": "BTC-USDT", "instType": "SPOT",
    "lotSz": "0.00000001", "minSz": "0.00001", "tickSz": "0.1", "state": "live",
}  # fmt: skip
CANDLES = [
    ["1597026443085", "3.721", "3.743", "3.677", "3.708", "12.5", "46.3", "46.35", "1"],
    ["1597026383085", "3.731", "3.799", "3.494", "3.72", "24.1", "89.6", "89.65", "1"],
]
TICKER = {"instId": "BTC-USDT", "last": "9", "askPx": "9999.99", "bidPx": "8888.88"}
CONFIG = {
    "acctLv": "2", "perm": "read_only,withdraw,trade", "ip": "", "opAuth": "0",
    "enableSpotBorrow": False, "uid": "44", "roleType": "0",
}  # fmt: skip
PLACED_ROW = {"clOrdId": "oktswap6", "ordId": "312269865356374016", "tag": "", "sCode": "0"}
REPORT = OrderReport(
    "BTC/USDT",
    "680800019749904384",
    "b15",
    OrderStatus.PARTIALLY_FILLED,
    d("0.00192834"),
    side=Side.BUY,
    created_ms=1708587373361,
    quantity=d("0.01"),
)
READERS: list[tuple[Callable[[bytes], Any], bytes]] = [
    (okx.open_orders, told(ORDER)),
    (okx.trades, told(TRADE)),
    (okx.balances, told(BALANCE)),
    (okx.markets, told(INSTRUMENT)),
    (okx.candles, told(*CANDLES)),
    (okx.book, told(TICKER)),
    (okx.server_time, told({"ts": "1597026383085"})),
    (okx.key_rights, told(CONFIG)),
    (lambda body: okx.asked_order(Response(200, body), "a"), told(ORDER)),
]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"state": "live", "accFillSz": "0"}, {"status": OrderStatus.NEW, "executed": d("0")}),
        ({"state": "filled"}, {"status": OrderStatus.FILLED}),
        ({"state": "canceled"}, {"status": OrderStatus.CANCELED}),
        ({"state": "mmp_canceled"}, {"status": OrderStatus.CANCELED}),
        # What is bought at the market is told of in quote.
        ({"ordType": "market", "tgtCcy": "quote_ccy"}, {"quantity": None}),
        ({"ordType": "market"}, {"quantity": None}),
        ({"ordType": "market", "tgtCcy": "base_ccy"}, {}),
        ({"ordType": "market", "side": "sell"}, {"side": Side.SELL}),
    ],
)
def test_how_an_order_stands(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    report = structs.replace(REPORT, **expected)
    assert okx.open_orders(told({**ORDER, **changes})) == (report,)


def test_the_order_that_was_asked_for() -> None:
    assert okx.asked_order(Response(200, told(ORDER)), "b15") == REPORT
    assert okx.asked_order(Response(200, told(code="51603")), "x") is None
    on_margin = {**ORDER, "instType": "MARGIN"}
    for odd in (told(code="50026"), b"", told(ORDER, ORDER), told(), told(on_margin)):
        with pytest.raises(ValueError, match=r".+"):
            okx.asked_order(Response(200, odd), "x")


def test_orders_of_futures_are_none_of_spot() -> None:
    read = ReadAccount("GET /api/v5/trade/orders-pending")
    future = {**ORDER, "instType": "SWAP", "instId": "BTC-USDT-SWAP"}
    assert okx.reports(read, told(future, ORDER)) == (REPORT,)
    assert okx.reports(ReadAccount("GET /api/v5/trade/fills"), told(TRADE)) == ()
    assert okx.cancelled_order(told(PLACED_ROW)) is None


def test_trades() -> None:
    fill = Fill("744876980", 1708587373362, d("51858"), d("0.00192834"), d("0.00000192834"), "BTC")
    order_id = "680800019749904384"
    assert okx.trades(told(TRADE)) == (OwnTrade(order_id, fill, Side.BUY),)
    rebate = {**TRADE, "fee": "0.01", "feeCcy": "USDT", "side": "sell"}
    fill = structs.replace(fill, fee=d("0"), fee_asset="USDT")
    assert okx.trades(told(rebate)) == (OwnTrade(order_id, fill, Side.SELL),)


def test_balances() -> None:
    assert okx.balances(told(BALANCE)) == {
        "USDT": Holding(d("4834.3"), d("16.1")),
        "BTC": Holding(d("0"), d("0")),
    }


def test_markets_and_prices() -> None:
    market = Market(
        "BTC", "USDT", tick=d("0.1"), lot=d("1E-8"), min_notional=d("0"), min_quantity=d("0.00001")
    )
    assert okx.markets(told(INSTRUMENT)) == {"BTC/USDT": market}
    for odd in ({"instId": "BTC-USDT-X"}, {"tickSz": ""}):
        assert okx.markets(told({**INSTRUMENT, **odd})) == {}
    first, last = okx.candles(told(*CANDLES))
    assert (first.open_ms, last.open_ms) == (1597026383085, 1597026443085)
    prices = map(d, ("3.721", "3.743", "3.677", "3.708", "12.5", "46.35"))
    assert last == Candle(1597026443085, *prices)
    assert okx.book(told(TICKER)) == TopOfBook(d("8888.88"), d("9999.99"))
    assert okx.book(told({**TICKER, "askPx": ""})).ask == 0
    assert okx.server_time(told({"ts": "1597026383085"})) == 1597026383085


@pytest.mark.parametrize(
    ("config", "can", "is_bound"),
    [
        ({}, ("withdraw", "trade", "transfer", "margin", "futures", "options"), False),
        ({"perm": "read_only"}, (), False),
        ({"perm": "read_only,trade", "acctLv": "1", "ip": "1.2.3.4"}, ("trade", "transfer"), True),
        (
            {"perm": "trade", "acctLv": "1", "enableSpotBorrow": True, "opAuth": "1"},
            ("trade", "transfer", "margin", "options"),
            False,
        ),
        ({"perm": "read_only,dream"}, ("dream",), False),
    ],
)
def test_what_a_key_may_do(config: dict[str, Any], can: tuple[str, ...], is_bound: bool) -> None:
    assert okx.key_rights(told({**CONFIG, **config})) == KeyRights(can, is_bound)


def test_outcomes() -> None:
    name = structs.replace(LIMIT, client_order_id="a")
    report = OrderReport("BTC/USDT", "312269865356374016", "a", OrderStatus.NEW, d("0"))
    done = Response(200, told(PLACED_ROW))
    assert okx.outcomes((name,), done) == (Outcome(Verdict.DONE, (report,)),)
    refused = {**PLACED_ROW, "ordId": "", "sCode": "51008"}
    for code in ("0", "1"):
        answer = Response(200, told(refused, code=code))
        assert okx.outcomes((name,), answer) == (Outcome(Verdict.REJECTED),)
    cancels = (CancelOrder("BTC/USDT", "1"), CancelOrder("BTC/USDT", "2"))
    for first, second, code in (("0", "51400", "2"), ("51400", "0", "2"), ("51400", "51400", "1")):
        rows = [{**PLACED_ROW, "sCode": told_} for told_ in (first, second)]
        verdicts = [
            one.verdict for one in okx.outcomes(cancels, Response(200, told(*rows, code=code)))
        ]
        assert [verdict is Verdict.DONE for verdict in verdicts] == [first == "0", second == "0"]
    late = {**PLACED_ROW, "sCode": "50004"}
    answer = Response(200, told(refused, late, code="1"))
    assert [one.verdict for one in okx.outcomes(cancels, answer)] == [
        Verdict.REJECTED,
        Verdict.UNKNOWN,
    ]
    assert okx.outcomes(cancels, Response(504)) == (Outcome(Verdict.UNKNOWN),) * 2
    assert okx.outcomes(cancels, Response(401, told(code="50113"))) == (
        (Outcome(Verdict.REJECTED),) * 2
    )
    for odd in (told(PLACED_ROW), told(code="1")):
        with pytest.raises(ValueError, match="another number"):
            okx.outcomes(cancels, Response(200, odd))
    with pytest.raises(ValueError, match="no number"):
        okx.outcomes((name,), Response(200, told({**PLACED_ROW, "ordId": ""})))


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, told(PLACED_ROW), Verdict.DONE),
        (200, told(PLACED_ROW, code="2"), Verdict.DONE),
        (200, told({**PLACED_ROW, "sCode": "51008"}, code="1"), Verdict.REJECTED),
        (200, told({**PLACED_ROW, "sCode": "50061"}, code="1"), Verdict.REJECTED),
        (200, told({**PLACED_ROW, "sCode": "50004"}, code="1"), Verdict.UNKNOWN),
        (401, told(code="50113"), Verdict.REJECTED),
        (400, told(code="51000"), Verdict.REJECTED),
        (429, b"", Verdict.REJECTED),
        (200, told(code="50011"), Verdict.REJECTED),
        (200, told(code="50004"), Verdict.UNKNOWN),
        (200, told({**PLACED_ROW, "sCode": "51054"}, code="1"), Verdict.UNKNOWN),
        (200, told(code="50013"), Verdict.UNKNOWN),
        (200, b"", Verdict.UNKNOWN),
        (200, b"[]", Verdict.UNKNOWN),
        (200, b'{"code":"0","code":"1"}', Verdict.UNKNOWN),
        (503, told(code="51000"), Verdict.UNKNOWN),
        (504, b"", Verdict.UNKNOWN),
    ],
)
def test_verdicts(status: int, body: bytes, verdict: Verdict) -> None:
    assert okx.judge(Response(status, body)) is verdict


@pytest.mark.parametrize(("reader", "good"), READERS)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 99_999, told({}), told([]), told(code="1")]
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
        {"state": "sold"},
        {"side": "both"},
        {"sz": "-1"},
        {"accFillSz": "1e3"},
        {"cTime": "x"},
        {"ordId": None},
    ],
)
def test_order_reports_that_cannot_be_booked(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        okx.open_orders(told({**ORDER, **odd}))


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

KEYS = {"apiKey": "k", "secret": "s", "password": "p"}
RAISED = {
    Reason.UNKNOWN_KEY: (401, ccxt.AuthenticationError),
    Reason.BAD_SIGNATURE: (401, ccxt.AuthenticationError),
    Reason.OUTSIDE_WINDOW: (401, ccxt.InvalidNonce),
    Reason.BAD_PARAMETER: (400, ccxt.BadRequest),
    Reason.UNKNOWN_ENDPOINT: (404, ccxt.BadRequest),
    Reason.ORDER_DENIED: (200, ccxt.InvalidOrder),
    Reason.CANCEL_DENIED: (200, ccxt.OrderNotFound),
    Reason.AMEND_DENIED: (200, ccxt.ExchangeError),
    Reason.NOT_PERMITTED: (403, ccxt.PermissionDenied),
    Reason.TOO_LARGE: (413, ccxt.BadRequest),
    Reason.TOO_OFTEN: (429, ccxt.RateLimitExceeded),
    Reason.UNAVAILABLE: (503, ccxt.ExchangeNotAvailable),
    Reason.OUTCOME_UNKNOWN: (504, ccxt.RequestTimeout),
}


@pytest.mark.parametrize("why", Reason)
def test_each_reason_raises_ccxts_usual_exception(why: Reason) -> None:
    text = 'Order rejected by policy: price_collar "0.05" is 7 % off (verdict 12ab)'
    answer = okx.refuse(Refusal(why, text))
    kind, asked, shown = raised("okx", KEYS, "private_post_trade_order", answer)
    assert (answer.status, kind) == RAISED[why]
    assert "price_collar" in shown
    assert asked == (1 + RETRIES if issubclass(kind, ccxt.OperationFailed) else 1)


def test_a_denial_stands_where_clients_look_for_it() -> None:
    (row,) = json.loads(okx.refuse(Refusal(Reason.ORDER_DENIED, "no")).body)["data"]
    assert (row["sCode"], row["sMsg"]) == ("51005", "no")
    code = json.loads(okx.refuse(Refusal(Reason.BAD_PARAMETER, "no", 51001)).body)["code"]
    assert code == "51001"


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(Reason))
def test_any_text_can_be_refused_with(text: str, why: Reason) -> None:
    assert json.loads(okx.refuse(Refusal(why, text)).body)["msg"] == text


def test_client_order_ids_are_renamed() -> None:
    body = told({"ordId": "a", "clOrdId": "a"})
    assert json.loads(okx.rename_client_ids(body, {"a": "b"}))["data"] == [
        {"ordId": "a", "clOrdId": "b"}
    ]


# What real clients send


@pytest.fixture(scope="module")
def requests(recorded_data: Path) -> list[Recorded]:
    found = recorded(recorded_data, "okx", "python-okx")
    assert len(found) == 2 * 112 + 7
    return found


def is_verified(request: Request, secret: bytearray) -> bool:
    try:
        now_ms = instant_ms(request.header("ok-access-timestamp") or "")
        okx.verify(request, with_passphrase(secret, b"p"), now_ms)
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
        request = case.request
        parts = [bytearray(part.encode()) for part in (request.method, request.path, request.query)]
        method, path, query = parts
        body = bytearray(request.body)
        for part in (*parts, body):
            for at in range(len(part)):
                part[at] ^= 1
                changed = structs.replace(
                    request,
                    method=method.decode("latin-1"),
                    path=path.decode("latin-1"),
                    query=query.decode("latin-1"),
                    body=bytes(body),
                )
                assert not is_verified(changed, case.secret), (case.label, at)
                part[at] ^= 1


@pytest.mark.recorded
def test_recorded_orders_are_read_right_or_without_bound(requests: list[Recorded]) -> None:
    right = unbounded = 0
    for case in requests:
        if "createOrder " not in case.label and "type" not in case.truth:
            continue
        if case.request.path.startswith("/api/v5/trade/amend"):
            continue
        (intent,) = okx.read(case.request)
        assert isinstance(intent, PlaceOrder), case.label
        check_order(case, intent)
        right += not intent.unbounded
        unbounded += bool(intent.unbounded)
    assert (right, unbounded) == (2 * 17 + 2, 2 * 42)


def check_order(case: Recorded, intent: PlaceOrder) -> None:
    truth = case.truth
    assert intent.symbol == truth["symbol"], case.label
    assert intent.side.lower() == truth["side"], case.label
    assert intent.type.has_limit is (truth["type"] == "limit"), case.label
    if intent.quote_quantity is not None:
        assert intent.quote_quantity == d(str(truth.get("cost") or truth["amount"])), case.label
    elif case.label != "ccxt createOrder spot market buy cost":  # it is sent as an amount
        assert intent.quantity == d(str(truth["amount"])), case.label
    if intent.type.has_limit:
        assert intent.price == d(str(truth["price"])), case.label


@pytest.mark.recorded
def test_everything_else_is_what_its_caller_meant(requests: list[Recorded]) -> None:
    for case in requests:
        words = set(case.label.split())
        (kind,) = {type(intent) for intent in okx.read(case.request)}
        if words & {"withdraw", "transfer"}:
            assert kind is MoveFunds, case.label
        elif case.request.method == "GET":
            assert kind is ReadAccount, case.label
        elif "swap" in words or "position" in words:
            assert kind in (PlaceOrder, AmendOrder, Unknown), case.label
        elif "cancel" in words and not words & {"trigger"}:
            assert kind is CancelOrder, case.label
