"""KuCoin: its signatures, its orders and their traps, its answers and refusals."""

import base64
import hmac
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges import orders
from tests.exchanges.listeners import RETRIES, raised
from tests.exchanges.recordings import CLOCK_MS, Case, cases, check_order
from tradelatch.exchanges import kucoin
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE, Endpoint, Kind
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.exchanges.protocol import (
    Credentials,
    ExchangeFile,
    Holding,
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
    FollowAccount,
    ManageKeys,
    MoveFunds,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
    Unknown,
)
from tradelatch.model.orders import OrderReport, OrderStatus, OrderType, Side, TimeInForce

THE_SEAM: ExchangeFile = kucoin

NOW_MS = 1_760_000_000_123
SECRET, PASSPHRASE = b"a secret that is nobody's", b"a passphrase"
KEY = with_passphrase(SECRET, PASSPHRASE)
HF, OLD = "/api/v1/hf/orders", "/api/v1/orders"
LIMIT = {"symbol": "ETH-BTC", "side": "buy", "type": "limit", "size": "0.50", "price": "0.07"}
NUMBER = "670fd33bf9406e0007ab3945"


def mac(payload: bytes, secret: bytes = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret, payload, "sha256")).decode()


def signed(
    method: str = "POST",
    path: str = HF,
    query: str = "",
    body: bytes = b"",
    *more: tuple[str, str],
    stamp: str = str(NOW_MS),
) -> Request:
    """A request as a client would sign it."""
    target = f"{path}?{query}" if query else path
    sign = mac(f"{stamp}{method}{target}".encode() + body)
    headers = (("kc-api-key", "k"), ("kc-api-sign", sign), ("kc-api-timestamp", stamp))
    return Request(method, "kucoin", path, query, (*headers, *more), body)


def refusal(sent: Request, key: bytearray | PublicKey = KEY, now_ms: int = NOW_MS) -> Reason | None:
    try:
        kucoin.verify(sent, key, now_ms)
    except Refusal as refused:
        return refused.reason
    return None


def read(
    body: Any = b"", path: str = HF, method: str = "POST", query: str = "", host: str = "kucoin"
) -> tuple[AnyIntent, ...]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return kucoin.read(Request(method, host, path, query, (), text))


def order(path: str = HF, host: str = "kucoin", **more: Any) -> PlaceOrder:
    body = {name: value for name, value in {**LIMIT, **more}.items() if value != ""}
    (intent,) = read(body, path, host=host)
    assert isinstance(intent, PlaceOrder)
    return intent


# Signatures


def test_a_signature_is_of_the_time_the_method_the_target_and_the_body() -> None:
    """https://www.kucoin.com/docs-new/authentication, and its example of a payload."""
    body = b'{"currency":"BTC"}'
    sent = signed("POST", "/api/v1/deposit-addresses", "", body, stamp="1547015186532")
    assert mac(b'1547015186532POST/api/v1/deposit-addresses{"currency":"BTC"}') in str(sent.headers)
    told = kucoin.verify(sent, KEY, 1547015186532)
    assert (told.timestamp_ms, told.recv_window_ms, told.nonce) == (1547015186532, 5_000, None)
    assert refusal(sent, bytearray(SECRET), 1547015186532) is None, "without its passphrase, too"
    assert kucoin.key_id(sent) == "k"


def test_any_changed_byte_of_what_is_covered_is_seen() -> None:
    sent = signed("GET", "/api/v1/orders", "status=active&symbol=ETH-BTC", b"{}")
    replace = msgspec.structs.replace
    assert refusal(sent) is None
    for name in ("method", "path", "query"):
        text = getattr(sent, name)
        for at in range(len(text)):
            changed = f"{text[:at]}{chr(ord(text[at]) ^ 1)}{text[at + 1 :]}"
            assert refusal(replace(sent, **{name: changed})) is Reason.BAD_SIGNATURE
    assert refusal(replace(sent, body=b"[]")) is Reason.BAD_SIGNATURE
    assert refusal(replace(sent, query="")) is Reason.BAD_SIGNATURE
    assert frozenset({"method", "path", "query", "body"}) == kucoin.COVERS


def test_the_time_window_is_kucoins() -> None:
    sent = signed()
    assert refusal(sent, now_ms=NOW_MS + 5_000) is None
    assert refusal(sent, now_ms=NOW_MS + 5_001) is Reason.OUTSIDE_WINDOW
    assert refusal(sent, now_ms=NOW_MS - 999) is None
    assert refusal(sent, now_ms=NOW_MS - 1_000) is Reason.OUTSIDE_WINDOW


@pytest.mark.parametrize(
    "stamp", ["", "-1", "+1", "1.5", "1e12", "0x1", " 1", "1_0", "١٧٦٠", "9" * 20, "soon"]
)
def test_what_is_no_time(stamp: str) -> None:
    assert refusal(signed(stamp=stamp)) is Reason.BAD_PARAMETER


@pytest.mark.parametrize("told", ["", "é", "\ud800", "\x00", mac(b"else"), "x" * 60_000])
def test_a_signature_that_is_none(told: str) -> None:
    headers = (*signed().headers[:1], ("KC-API-SIGN", told), *signed().headers[2:])
    sent = msgspec.structs.replace(signed(), headers=headers)
    assert refusal(sent) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_headers_that_are_missing_or_come_twice(missing: int) -> None:
    whole = signed().headers
    for headers in (whole[:missing] + whole[missing + 1 :], (*whole, whole[missing])):
        sent = msgspec.structs.replace(signed(), headers=headers)
        if missing:
            assert refusal(sent) is Reason.BAD_PARAMETER
        else:
            assert kucoin.key_id(sent) is None


def test_no_other_key_verifies() -> None:
    assert refusal(signed(), bytearray(b"another")) is Reason.BAD_SIGNATURE
    assert refusal(signed(), PublicKey(bytes(32))) is Reason.BAD_SIGNATURE


def test_the_same_request_at_another_host_is_the_same_request() -> None:
    """No host is signed: what was sent to one prefix and comes again at the other is a replay."""
    first = signed("DELETE", OLD)
    other = msgspec.structs.replace(first, host="kucoinfutures")
    extra = msgspec.structs.replace(first, headers=(*first.headers, ("x", "y")))
    digests = {kucoin.verify(one, KEY, NOW_MS).digest for one in (first, other, extra)}
    assert len(digests) == 1
    distinct = [
        signed("DELETE", f"{OLD}/1"),
        signed("GET", OLD),
        signed("DELETE", OLD, "symbol=ETH-BTC"),
        signed("DELETE", OLD, body=b"{}"),
        signed("DELETE", OLD, stamp=str(NOW_MS + 1)),
    ]
    found = {kucoin.verify(one, KEY, NOW_MS).digest for one in distinct}
    assert len(found | digests) == len(distinct) + 1


@given(st.data())
def test_signed_bytes_that_are_cut_elsewhere_mean_nothing_else(data: st.DataObject) -> None:
    """Time, method, target and body are signed in one piece, with nothing between them."""
    query = data.draw(st.sampled_from(["", "symbol=ETH-BTC", "symbol=ETH-BTC&tradeType=TRADE"]))
    path = data.draw(st.sampled_from([OLD, f"{OLD}/{NUMBER}", HF, f"{HF}/client-order/me-1"]))
    target = f"{path}?{query}" if query else path
    at = data.draw(st.integers(1, len(target) - 1))
    head, body = target[:at], target[at:].encode()
    cut = Request("DELETE", "kucoin", *head.partition("?")[::2], signed().headers, body)
    try:
        meant = kucoin.read(cut)
    except Refusal:
        return
    assert isinstance(meant[0], Unknown), meant


# Orders


def test_an_order_means_what_it_says() -> None:
    assert order(clientOid="me-1") == PlaceOrder(
        "ETH/BTC",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("0.50"),
        price=Decimal("0.07"),
        time_in_force=TimeInForce.GTC,
        client_order_id="me-1",
    )


@pytest.mark.parametrize("path", [HF, OLD, f"{HF}/sync", f"{HF}/test", f"{OLD}/test"])
def test_where_orders_are_placed(path: str) -> None:
    found = order(path)
    assert found.test is path.endswith("test")
    assert not found.unbounded


@pytest.mark.parametrize(
    ("more", "means"),
    [
        ({"type": ""}, {"type": OrderType.LIMIT}),
        ({"type": None}, {"type": OrderType.LIMIT}),
        ({"size": 0.5}, {"quantity": Decimal("0.5")}),
        ({"postOnly": True}, {"type": OrderType.LIMIT_MAKER, "time_in_force": None}),
        ({"postOnly": "true", "timeInForce": "GTC"}, {"type": OrderType.LIMIT_MAKER}),
        ({"postOnly": False}, {"type": OrderType.LIMIT}),
        ({"timeInForce": "IOC"}, {"time_in_force": TimeInForce.IOC}),
        ({"tradeType": "TRADE"}, {}),
        ({"trade_type": None}, {}),
        ({"clientOid": 1760000000123}, {"client_order_id": "1760000000123"}),
        ({"side": "sell", "type": "market", "price": ""}, {"quantity": Decimal("0.50")}),
        (
            {"type": "market", "price": "", "size": "", "funds": "9.5"},
            {"quantity": None, "quote_quantity": Decimal("9.5"), "time_in_force": None},
        ),
        (
            {"type": "market", "price": None, "size": None, "funds": 7},
            {"quantity": None, "quote_quantity": Decimal(7)},
        ),
    ],
)
def test_traps(more: dict[str, Any], means: dict[str, Any]) -> None:
    found = order(**more)
    assert {name: getattr(found, name) for name in means} == means
    assert not found.unbounded


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"hidden": True}, "parameter 'hidden'"),
        ({"iceberg": True, "visibleSize": "0.1"}, "parameter 'iceberg'"),
        ({"stp": "CN"}, "parameter 'stp'"),
        ({"cancelAfter": 60}, "parameter 'cancelAfter'"),
        ({"autoBorrow": False}, "parameter 'autoBorrow'"),
        ({"price2": None}, "parameter 'price2'"),
        ({"Price": "0.08"}, "parameter 'Price'"),
        ({"tradeType": "MARGIN_TRADE"}, LEVERAGE),
        ({"trade_type": "MARGIN_ISOLATED_TRADE"}, LEVERAGE),
        ({"tradeType": "TRADE", "trade_type": "MARGIN_TRADE"}, "parameter 'trade_type'"),
        ({"stop": "loss", "stopPrice": "0.06"}, "a stop order at KuCoin"),
        ({"type": "market", "price": "", "postOnly": True}, "postOnly"),
        ({"postOnly": True, "timeInForce": "IOC"}, "postOnly"),
        ({"postOnly": True, "timeInForce": "FOK"}, "postOnly"),
    ],
)
def test_what_has_no_bound_is_said(more: dict[str, Any], says: str) -> None:
    assert any(says in one for one in order(**more).unbounded)


@pytest.mark.parametrize(
    ("path", "side", "more", "kind"),
    [
        ("/api/v1/stop-order", "sell", {"stop": "loss"}, OrderType.STOP_LOSS_LIMIT),
        ("/api/v1/stop-order", "sell", {"stop": "entry"}, OrderType.TAKE_PROFIT_LIMIT),
        ("/api/v1/stop-order", "buy", {"stop": "entry"}, OrderType.STOP_LOSS_LIMIT),
        ("/api/v1/stop-order", "buy", {"stop": "loss"}, OrderType.TAKE_PROFIT_LIMIT),
        ("/api/v1/stop-order", "sell", {}, OrderType.STOP_LOSS_LIMIT),
        (OLD, "buy", {}, OrderType.TAKE_PROFIT_LIMIT),
        (OLD, "sell", {"stop": "loss", "type": "market", "price": ""}, OrderType.STOP_LOSS),
    ],
)
def test_stops_are_read_and_never_written(
    path: str, side: str, more: dict[str, Any], kind: OrderType
) -> None:
    found = order(path, side=side, stopPrice="0.06", **more)
    assert (found.type, found.stop_price) == (kind, Decimal("0.06"))
    assert found.unbounded == ("a stop order at KuCoin",)
    with pytest.raises(ValueError, match="never sent"):
        write(msgspec.structs.replace(found, unbounded=()))


@pytest.mark.parametrize(
    "path", ["/api/v3/hf/margin/order", "/api/v1/hf/margin/order", "/api/v1/margin/order"]
)
def test_margin_is_leverage(path: str) -> None:
    assert order(path).unbounded == (LEVERAGE,)


def test_of_a_batch_each_order_has_no_bound() -> None:
    rows: list[dict[str, Any]] = [
        {**LIMIT, "clientOid": "a"},
        {**LIMIT, "side": "sell", "hidden": True},
    ]
    for body, path in (
        ({"orderList": rows}, f"{HF}/multi"),
        (rows, f"{HF}/multi/sync"),
        ({"symbol": "ETH-BTC", "orderList": [_without(row) for row in rows]}, f"{OLD}/multi"),
    ):
        first, second = read(body, path)
        assert isinstance(first, PlaceOrder)
        assert isinstance(second, PlaceOrder)
        assert (first.symbol, first.client_order_id) == ("ETH/BTC", "a")
        assert first.unbounded == (BATCH,)
        assert second.unbounded == (BATCH, "parameter 'hidden'")
    (other,) = read({"symbol": "ETH-BTC", "orderList": [LIMIT]}, f"{OLD}/multi")
    assert isinstance(other, PlaceOrder)
    assert "parameter 'symbol'" in other.unbounded, "which of both markets?"


def _without(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "symbol"}


@pytest.mark.parametrize(
    "more",
    [
        {"side": ""},
        {"side": "BUY"},
        {"side": None},
        {"side": ["buy"]},
        {"type": "LIMIT"},
        {"type": "limit_maker"},
        {"symbol": ""},
        {"symbol": "ETHBTC"},
        {"symbol": "eth-btc"},
        {"symbol": "ETH-BTC-X"},
        {"symbol": "ETH/BTC"},
        {"symbol": "ETH-BTC\n"},
        {"symbol": "\uff25TH-BTC"},
        {"symbol": {"a": 1}},
        {"size": ""},
        {"size": None},
        {"size": "0"},
        {"size": "-1"},
        {"size": -1},
        {"size": "+1"},
        {"size": "1e3"},
        {"size": 1e30},
        {"size": " 1"},
        {"size": "1."},
        {"size": ".5"},
        {"size": "1,5"},
        {"size": "0x10"},
        {"size": "\u0661"},
        {"size": "1_0"},
        {"size": "NaN"},
        {"size": True},
        {"size": [1]},
        {"size": "1" * 21},
        {"size": "0." + "1" * 19},
        {"size": 10**30},
        {"price": ""},
        {"price": None},
        {"price": "0.0"},
        {"funds": "1"},
        {"size": "", "funds": "1"},
        {"type": "market"},
        {"type": "market", "price": "", "funds": "1"},
        {"type": "market", "price": "", "size": ""},
        {"timeInForce": "GTT"},
        {"timeInForce": "gtc"},
        {"timeInForce": 1},
        {"postOnly": "True"},
        {"postOnly": 1},
        {"postOnly": {}},
        {"stop": "loss"},
        {"stop": "else", "stopPrice": "1"},
        {"clientOid": "a" * 41},
        {"clientOid": "a b"},
        {"clientOid": "a/b"},
        {"clientOid": "a.b"},
        {"clientOid": "\u00e9"},
        {"clientOid": True},
        {"clientOid": 1.5},
    ],
)
def test_what_is_not_understood_whole_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        order(**more)
    assert refused.value.reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    "body",
    [
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1","price":"2"}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1","\\u0070rice":"2"}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1","remark":"\\ud800"}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":1.0e0}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":-0}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":NaN}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1"} {}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1",}',
        b'\xef\xbb\xbf{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1"}',
        b' {"symbol":"ETH-BTC","side":"buy","size":"1","price":"1"}',
        b'{"symbol":"ETH-BTC","side":"buy","size":"1","price":"1","x":"\xff"}',
        b"symbol=ETH-BTC&side=buy&size=1&price=1",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'["symbol"]',
        b"[]",
        b"null",
        b"",
    ],
)
def test_odd_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read(body)
    assert refused.value.reason is Reason.BAD_PARAMETER


def test_what_stands_where_kucoin_does_not_look_is_refused() -> None:
    for body, method, query in (
        (json.dumps(LIMIT).encode(), "POST", "clientOid=me"),
        (b"", "POST", "symbol=ETH-BTC&side=buy&size=1&price=1"),
        (b'{"symbol":"ETH-BTC"}', "DELETE", ""),
        (b"symbol=ETH-BTC", "DELETE", ""),
        (b"{}", "DELETE", "symbol=ETH-BTC"),
        (b'{"symbol":"ETH-BTC"}', "GET", ""),
    ):
        with pytest.raises(Refusal):
            read(body, OLD, method, query)


def test_a_thousand_parameters_are_not_told_one_by_one() -> None:
    many: dict[str, Any] = {f"a{n}": n for n in range(1_000)}
    found = order(**many)
    assert len(found.unbounded) == 11
    assert found.unbounded[-1] == "990 more parameters"
    with pytest.raises(Refusal, match="1 to 100"):
        read({"orderList": [LIMIT] * 101}, f"{HF}/multi")


# Cancels


@pytest.mark.parametrize(
    ("path", "query", "means"),
    [
        (f"{HF}/{NUMBER}", "symbol=ETH-BTC", CancelOrder("ETH/BTC", NUMBER)),
        (f"{HF}/sync/{NUMBER}", "symbol=ETH-BTC", CancelOrder("ETH/BTC", NUMBER)),
        (f"{HF}/client-order/me", "symbol=ETH-BTC", CancelOrder("ETH/BTC", None, "me")),
        (f"{HF}/sync/client-order/me", "symbol=ETH-BTC", CancelOrder("ETH/BTC", None, "me")),
        (f"{OLD}/{NUMBER}", "", CancelOrder(None, NUMBER)),
        ("/api/v1/order/client-order/me", "", CancelOrder(None, None, "me")),
        ("/api/v1/order/client-order/cancelAll", "", CancelOrder(None, None, "cancelAll")),
        (HF, "symbol=ETH-BTC", CancelOrder("ETH/BTC")),
        (f"{HF}/cancelAll", "", CancelOrder(None)),
        (OLD, "", CancelOrder(None)),
        (OLD, "symbol=ETH-BTC&tradeType=TRADE", CancelOrder("ETH/BTC")),
    ],
)
def test_cancels(path: str, query: str, means: CancelOrder) -> None:
    assert read(b"", path, "DELETE", query) == (means,)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (HF, ""),
        (f"{HF}/{NUMBER}", ""),
        (f"{HF}/client-order/me", ""),
        (HF, f"symbol=ETH-BTC&orderId={NUMBER}"),
        (HF, "symbol=ETH-BTC&clientOid=me"),
        (HF, "symbol=ETHBTC"),
        (HF, "symbol=ETH-BTC&symbol=LTC-BTC"),
        (f"{HF}/cancelAll", "symbol=ETH-BTC"),
        (f"{HF}/cancelAll", f"orderId={NUMBER}"),
        (f"{HF}/sync/cancelAll", "symbol=ETH-BTC"),
        (f"{HF}/sync", "symbol=ETH-BTC"),
        (f"{HF}/client-order", "symbol=ETH-BTC"),
        (f"{OLD}/cancelAll", ""),
        (f"{OLD}/multi-cancel", ""),
        (f"{OLD}/{NUMBER}", f"orderId={NUMBER}"),
        (f"{OLD}/{NUMBER}", "clientOid=me"),
        (OLD, f"orderId={NUMBER}"),
        (OLD, "tradeType=MARGIN_TRADE"),
        (OLD, "symbol=ETH-BTC&tradeType=MARGIN_ISOLATED_TRADE"),
        ("/api/v1/order/client-order/a:b", ""),
        ("/api/v1/order/client-order/" + "a" * 41, ""),
    ],
)
def test_cancels_that_are_not_understood_whole_cancel_nothing(path: str, query: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(b"", path, "DELETE", query)
    assert refused.value.reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"{HF}/."),
        ("DELETE", f"{HF}/.."),
        ("DELETE", f"{HF}/client-order/.."),
        ("DELETE", f"{HF}/client-order/."),
        ("GET", "/api/v1/accounts/.."),
        ("DELETE", f"{HF}/cancel%41ll"),
        ("DELETE", f"{HF}//{NUMBER}"),
        ("DELETE", f"/{HF}/{NUMBER}"),
        ("DELETE", f"{HF}/{NUMBER}/"),
        ("DELETE", f"{HF}/../orders"),
        ("DELETE", f"{HF}/cancel/{NUMBER}"),
        ("POST", f"{HF}/dead-cancel-all"),
        ("POST", f"{HF}/alter"),
        ("PUT", HF),
        ("POST", f"{HF}/"),
        ("POST", "/API/v1/hf/orders"),
        ("POST", "/api/v1/hf/orders;x"),
        ("post", HF),
        ("DELETE", "/api/v1/stop-order/cancel"),
        ("POST", "/api/v3/position/update-user-leverage"),
    ],
)
def test_paths_that_are_not_on_the_list_letter_by_letter(method: str, path: str) -> None:
    (intent,) = read(b"", path, method)
    assert isinstance(intent, Unknown)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/v1/withdrawals", MoveFunds),
        ("POST", "/api/v3/withdrawals", MoveFunds),
        ("DELETE", "/api/v1/withdrawals/1", MoveFunds),
        ("POST", "/api/v2/accounts/inner-transfer", MoveFunds),
        ("POST", "/api/v3/accounts/universal-transfer", MoveFunds),
        ("POST", "/api/v2/accounts/sub-transfer", MoveFunds),
        ("POST", "/api/v1/convert/order", MoveFunds),
        ("POST", "/api/v1/earn/orders", MoveFunds),
        ("POST", "/api/v3/purchase", MoveFunds),
        ("POST", "/api/v3/margin/borrow", MoveFunds),
        ("POST", "/api/v1/margin/borrow", MoveFunds),
        ("POST", "/api/v3/margin/repay", MoveFunds),
        ("POST", "/api/v1/deposit-addresses", MoveFunds),
        ("POST", "/api/v1/sub/api-key", ManageKeys),
        ("POST", "/api/v2/sub/user/created", ManageKeys),
        ("GET", "/api/v1/sub/user", ManageKeys),
        ("POST", "/api/v1/broker/nd/account/apikey", ManageKeys),
    ],
)
def test_what_no_grant_can_do(method: str, path: str, kind: type[AnyIntent]) -> None:
    (intent,) = read(b"{}", path, method)
    assert isinstance(intent, kind)


# Reads


def test_reads_are_forwarded_with_what_is_listed_alone() -> None:
    (asked,) = read(b"", f"{HF}/active", "GET", "symbol=ETH-BTC")
    assert asked == ReadAccount(f"GET {HF}/active", (("symbol", "ETH-BTC"),))
    (other,) = read(b"", f"{HF}/{NUMBER}", "GET", "symbol=ETH-BTC")
    assert other == ReadAccount(
        f"GET {HF}/{{orderId}}", (("orderId", NUMBER), ("symbol", "ETH-BTC"))
    )
    (public,) = read(b"", "/api/v1/market/candles", "GET", "type=1min&symbol=ETH-BTC")
    assert public == ReadMarket(
        "GET /api/v1/market/candles", (("symbol", "ETH-BTC"), ("type", "1min"))
    )
    for query in ("symbol=ETH-BTC&x=1", "symbol=ETH-BTC&symbol=ETH-BTC", "symbol=", "symbol=%00"):
        with pytest.raises(Refusal):
            read(b"", f"{HF}/active", "GET", query)
    with pytest.raises(Refusal, match="twice"):
        read(b"", f"{HF}/{NUMBER}", "GET", "symbol=ETH-BTC&orderId=2")


def test_what_is_listed_changes_nothing_but_by_its_kind() -> None:
    for one in kucoin.TABLE:
        changes = one.kind not in (Kind.ACCOUNT, Kind.MARKET)
        assert (one.method != "GET") is changes, one


# Futures


def test_futures_are_read_and_never_written() -> None:
    body = {"symbol": "XBTUSDTM", "size": 1, "leverage": "100", "reduceOnly": True, "price": "1"}
    found = order(OLD, "kucoinfutures", **body)
    assert (found.symbol, found.quantity, found.reduce_only) == ("BTC/USDT:USDT", Decimal(1), True)
    assert found.unbounded == (LEVERAGE, "parameter 'leverage'")
    inverse = order(OLD, "kucoinfutures", symbol="ETHUSDM", size=1)
    assert inverse.symbol == "ETH/USD:ETH"
    for symbol in ("XBTUSDTM\n", "XBTMZ26", "ETH-BTC", "M"):
        with pytest.raises(Refusal):
            order(OLD, "kucoinfutures", symbol=symbol)
    for intent in (found, msgspec.structs.replace(found, unbounded=())):
        with pytest.raises(ValueError, match="never sent"):
            write(intent)


def test_what_is_of_one_host_is_nothing_at_the_other() -> None:
    with pytest.raises(Refusal):
        order(OLD, "kucoin", symbol="XBTUSDTM", size=1)
    (cancel,) = read(b"", OLD, "DELETE", "symbol=ETH-BTC", "kucoinfutures")
    assert isinstance(cancel, Unknown)
    (rows,) = read([{**LIMIT, "symbol": "XBTUSDTM"}], f"{OLD}/multi", host="kucoinfutures")
    assert isinstance(rows, PlaceOrder)
    assert rows.unbounded == (LEVERAGE,)
    (moves,) = read(b"{}", "/api/v3/transfer-out", "POST", host="kucoinfutures")
    assert isinstance(moves, MoveFunds)
    (asked,) = read(b"", "/api/v1/timestamp", "GET", host="kucoinfutures")
    (here,) = read(b"", "/api/v1/timestamp", "GET")
    assert asked != here
    assert write(asked).host == "https://api-futures.kucoin.com"
    assert write(here).host == "https://api.kucoin.com"


# What goes out

NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
NUMBERS = st.from_regex(r"[0-9a-f]{23}[0-9]", fullmatch=True)
MARKETS = st.none() | orders.SYMBOLS
CANCELS = st.one_of(
    st.builds(CancelOrder, MARKETS, NUMBERS),
    st.builds(CancelOrder, MARKETS, st.none(), NAMES),
    st.builds(CancelOrder, MARKETS),
)
PLACED = (orders.limits(NAMES) | orders.makers(NAMES) | orders.takers(NAMES)).flatmap(
    lambda one: st.sampled_from([one, msgspec.structs.replace(one, test=True)])
)


def reads(endpoint: Endpoint) -> st.SearchStrategy[AnyIntent]:
    words = st.from_regex(r"[A-Za-z0-9._:-]{3,20}", fullmatch=True).filter(
        lambda word: word.strip(".")
    )
    kind = ReadMarket if endpoint.kind is Kind.MARKET else ReadAccount
    names = (*endpoint.holes, *endpoint.parameters)
    texts = st.lists(words, min_size=len(names), max_size=len(names))
    return texts.map(lambda told: kind(endpoint.what, tuple(zip(names, told, strict=True))))


READS = st.sampled_from(
    [one for one in kucoin.TABLE if one.kind in (Kind.ACCOUNT, Kind.MARKET)]
).flatmap(reads)


def write(intent: AnyIntent) -> Request:
    return kucoin.write([intent], Credentials("k", KEY), NOW_MS, 60_000, "", 7)


def check_back(intent: AnyIntent) -> None:
    sent = write(intent)
    assert kucoin.read(sent) == (intent,)
    assert sent.host == "https://api.kucoin.com"
    if isinstance(intent, ReadMarket):
        assert not sent.headers
        return
    assert kucoin.key_id(sent) == "k"
    assert kucoin.verify(sent, KEY, NOW_MS).timestamp_ms == NOW_MS
    assert sent.header("kc-api-passphrase") == mac(PASSPHRASE)
    assert sent.header("kc-api-key-version") == "2"


@given(PLACED | CANCELS | READS)
def test_what_is_written_reads_as_the_same_and_verifies(intent: AnyIntent) -> None:
    check_back(intent)


def test_what_the_house_asks_is_written_and_read() -> None:
    asked: list[AnyIntent] = [
        kucoin.ask_order("ETH/BTC", "me", "n"),
        kucoin.ask_cancel("ETH/BTC", "me", None),
        *kucoin.ask_open_orders(None),
        *kucoin.ask_open_orders({"ETH/BTC", "BTC/USDC"}),
        kucoin.ask_trades("ETH/BTC", None),
        kucoin.ask_trades("ETH/BTC", Mark("t", NOW_MS)),
        kucoin.ask_trades_between("ETH/BTC", NOW_MS - 86_400_000, NOW_MS),
        kucoin.ask_balances(),
        kucoin.ask_key_rights(),
        kucoin.ask_markets(),
        kucoin.ask_candles("ETH/BTC", "1m", NOW_MS),
        kucoin.ask_candles("ETH/BTC", "1d", NOW_MS),
        kucoin.ask_book("ETH/BTC"),
        kucoin.ask_time(),
    ]
    for intent in asked:
        check_back(intent)
    assert kucoin.ask_open_orders(set()) == ()


def test_a_start_alone_would_end_a_week_later() -> None:
    """https://www.kucoin.com/docs-new/rest/spot-trading/orders/get-trade-history"""
    old = kucoin.ask_trades("ETH/BTC", Mark("t", NOW_MS - 30 * 86_400_000))
    assert "startAt" not in dict(old.parameters)
    asked = dict(kucoin.ask_trades_between("ETH/BTC", 1, 2).parameters)
    assert (asked["startAt"], asked["endAt"]) == ("1", "2")


@given(st.integers(0, 2**45), st.integers(1, 10**9))
def test_names_that_the_signer_chooses_are_taken(now_ms: int, number: int) -> None:
    name = kucoin.own_name(now_ms, number)
    assert name.startswith(kucoin.OWN_NAMES)
    assert order(clientOid=name).client_order_id == name


@pytest.mark.parametrize(
    "intent",
    [
        CancelOrder("ETH/BTC", list_id=7),
        CancelOrder("ETH/BTC", listed="x"),
        CancelOrder("ETH/BTC", NUMBER, mode="STOP_ON_FAILURE"),
        CancelOrder("ETH/BTC", ".."),
        CancelOrder("ETH/BTC", "a/b"),
        CancelOrder("ETH/BTC", None, "."),
        CancelOrder("ETH/BTC", None, "a?symbol=b"),
        CancelOrder("ETH/BTC", None, ""),
        AmendOrder("ETH/BTC", Decimal(1), NUMBER),
        MoveFunds("x"),
        ManageKeys("x"),
        Unknown("x"),
        FollowAccount(),
        ReadAccount("GET /nowhere"),
        ReadAccount("POST /api/v3/withdrawals"),
        ReadAccount("GET /api/v1/accounts", (("x", "y"),)),
        ReadAccount("GET /api/v1/accounts/{accountId}"),
        ReadAccount("GET /api/v1/timestamp"),
        ReadMarket("GET /api/v1/accounts"),
        ReadMarket("GET /nowhere of futures"),
        PlaceOrder(
            "ETH/BTC", Side.BUY, OrderType.LIMIT, Decimal(1), price=Decimal(1), unbounded=("x",)
        ),
        PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), reduce_only=True),
    ],
)
def test_what_is_never_written(intent: AnyIntent) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(intent)


def test_one_order_at_a_time_and_nothing_private_without_a_key() -> None:
    placed = order()
    with pytest.raises(ValueError, match="one order at a time"):
        kucoin.write([placed, placed], Credentials("k", KEY), NOW_MS, 5_000, "")
    assert kucoin.write([kucoin.ask_time()], None, NOW_MS, 5_000, "http://v").host == "http://v"
    with pytest.raises(ValueError, match="has to be signed"):
        kucoin.write([kucoin.ask_balances()], None, NOW_MS, 5_000, "")


# Answers (shortened from https://www.kucoin.com/docs-new/rest/spot-trading)

ORDER: dict[str, Any] = {
    "id": NUMBER,
    "clientOid": "me",
    "symbol": "ETH-BTC",
    "opType": "DEAL",
    "type": "limit",
    "side": "sell",
    "price": "0.07",
    "size": "2",
    "funds": "0",
    "dealSize": "0",
    "dealFunds": "0",
    "fee": "0",
    "active": True,
    "inOrderBook": True,
    "cancelExist": False,
    "createdAt": NOW_MS,
    "tax": None,
}
TRADE: dict[str, Any] = {
    "id": 19814995255305,
    "orderId": NUMBER,
    "tradeId": 11029373945659392,
    "symbol": "ETH-BTC",
    "side": "buy",
    "type": "limit",
    "price": "0.07",
    "size": "0.5",
    "funds": "0.035",
    "fee": "0.000035",
    "feeRate": "0.001",
    "feeCurrency": "BTC",
    "createdAt": NOW_MS,
}


def answer(told: Any, status: int = 200, code: str = "200000", msg: str = "") -> Response:
    body = {"code": code, "data": told} if not msg else {"code": code, "msg": msg}
    return Response(status, json.dumps(body).encode())


def body(told: Any, code: str = "200000") -> bytes:
    return answer(told, code=code).body


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ({}, OrderStatus.NEW),
        ({"dealSize": "0.5"}, OrderStatus.PARTIALLY_FILLED),
        ({"active": False, "dealSize": "2"}, OrderStatus.FILLED),
        ({"active": False, "dealSize": "1.9"}, OrderStatus.CANCELED),
        ({"active": False, "cancelExist": True, "dealSize": "1"}, OrderStatus.CANCELED),
        ({"active": False, "cancelExist": True}, OrderStatus.CANCELED),
        ({"active": False, "size": None, "dealSize": "1"}, OrderStatus.FILLED),
        ({"active": None, "isActive": True}, OrderStatus.NEW),
        ({"active": None, "isActive": False, "cancelExist": True}, OrderStatus.CANCELED),
    ],
)
def test_how_an_order_stands(told: dict[str, Any], means: OrderStatus) -> None:
    row = ORDER | told
    size = None if row["size"] is None else Decimal(2)
    expected = OrderReport(
        "ETH/BTC",
        NUMBER,
        "me",
        means,
        Decimal(row["dealSize"]),
        side=Side.SELL,
        created_ms=NOW_MS,
        quantity=size,
    )
    assert kucoin.asked_order(answer(row), "me") == expected
    assert kucoin.open_orders(body([row])) == (expected,)
    assert kucoin.open_orders(body({"items": [row], "totalNum": 1})) == (expected,)


@pytest.mark.parametrize(
    ("status", "code", "msg", "means"),
    [
        (200, "400100", "order not exist.", None),
        (200, "400100", "The order does not exist.", None),
        (200, "400100", "order_not_exist_or_not_allow_to_cancel", None),
        (404, "100001", "Order not exist", None),
        (200, "400100", "Parameter Error", ValueError),
        (200, "400100", "symbol not exist", ValueError),
        (404, "404000", "Url Not Found", ValueError),
        (401, "400003", "KC-API-KEY not exists", ValueError),
        (429, "429000", "Too Many Requests", ValueError),
        (500, "500000", "order not exist, or so", ValueError),
        (503, "400100", "order not exist", ValueError),
    ],
)
def test_there_is_no_such_order_only_where_kucoin_says_so(
    status: int, code: str, msg: str, means: type[Exception] | None
) -> None:
    """An order that is thought never to have arrived frees what it reserved."""
    told = answer(None, status, code, msg)
    if means is None:
        assert kucoin.asked_order(told, "me") is None
        return
    with pytest.raises(means):
        kucoin.asked_order(told, "me")


def test_an_answer_without_an_order_is_none() -> None:
    assert kucoin.asked_order(answer(None), "me") is None
    for told in (b"", b"<html>", b"[]", b"{}", b'{"code":"200000"}', b'{"data":null}', b"null"):
        with pytest.raises(ValueError, match=r".+"):
            kucoin.asked_order(Response(200, told), "me")


@pytest.mark.parametrize(
    "changed",
    [
        {"side": "BUY"},
        {"dealSize": "-1"},
        {"dealSize": "1e3"},
        {"dealSize": None},
        {"id": None},
        {"active": None},
        {"symbol": 5.5, "id": []},
        {"createdAt": "soon"},
    ],
)
def test_what_cannot_be_is_no_order(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kucoin.asked_order(answer(ORDER | changed), "me")
    with pytest.raises(ValueError, match=r".+"):
        kucoin.open_orders(body([ORDER | changed]))


READERS = (
    kucoin.open_orders,
    kucoin.trades,
    kucoin.balances,
    kucoin.markets,
    kucoin.candles,
    kucoin.book,
    kucoin.server_time,
    kucoin.key_rights,
)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b'{"code":"200000","data":"x"}',
        b'{"code":"400100","data":[],"msg":"no"}',
        b'{"code":200000,"data":{"a":1}}',
        b'{"code":"200000","code":"200000","data":[]}',
        b'{"code":"200000","data":[[]]}',
        b'{"code":"200000","data":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"\xff",
    ],
)
def test_answers_that_are_malformed(reader: Any, told: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader(told)


def test_reports_of_what_bots_read() -> None:
    one, many = ReadAccount(f"GET {HF}/{{orderId}}"), ReadAccount(f"GET {HF}/done")
    assert [told.order_id for told in kucoin.reports(one, body(ORDER))] == [NUMBER]
    listed = {"lastId": 1, "items": [ORDER, ORDER | {"id": "2"}]}
    assert [told.order_id for told in kucoin.reports(many, body(listed))] == [NUMBER, "2"]
    assert kucoin.reports(ReadAccount("GET /api/v1/accounts"), b"{}") == ()
    assert kucoin.open_orders(body(None)) == kucoin.open_orders(body([])) == ()
    stop = ReadAccount("GET /api/v1/stop-order")
    assert kucoin.reports(stop, body({"items": [ORDER]})) == ()


def test_what_became_of_an_order() -> None:
    placed = order(clientOid="me")
    (outcome,) = kucoin.outcomes([placed], answer({"orderId": NUMBER, "clientOid": "me"}))
    assert outcome.verdict is Verdict.DONE
    (report,) = outcome.reports
    assert (report.symbol, report.order_id, report.client_order_id) == ("ETH/BTC", NUMBER, "me")
    assert report.status is OrderStatus.NEW
    (refused,) = kucoin.outcomes([placed], answer(None, 200, "200004", "Balance insufficient!"))
    assert (refused.verdict, refused.reports) == (Verdict.REJECTED, ())
    (cancelled,) = kucoin.outcomes([CancelOrder("ETH/BTC", NUMBER)], answer({"orderId": NUMBER}))
    assert (cancelled.verdict, cancelled.reports) == (Verdict.DONE, ())
    (tested,) = kucoin.outcomes([msgspec.structs.replace(placed, test=True)], answer({}))
    assert (tested.verdict, tested.reports) == (Verdict.DONE, ())
    nothing: list[Any] = [{}, None, {"orderId": None}, []]
    for told in nothing:
        with pytest.raises(ValueError, match=r".+"):
            kucoin.outcomes([placed], answer(told))
    assert kucoin.cancelled_order(b"{}") is None


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (answer({}), Verdict.DONE),
        (answer({}, 201), Verdict.DONE),
        (answer({}, 500), Verdict.UNKNOWN),
        (answer(None, 200, "300000", "order rejected"), Verdict.REJECTED),
        (answer(None, 401, "400005", "Invalid KC-API-SIGN"), Verdict.REJECTED),
        (answer(None, 200, "500000", "Internal Server Error"), Verdict.UNKNOWN),
        (answer(None, 200, "503000", "Service Unavailable"), Verdict.UNKNOWN),
        (answer(None, 200, "429000", "Too Many Requests"), Verdict.REJECTED),
        (Response(429, b"<html>"), Verdict.REJECTED),
        (Response(200, b""), Verdict.UNKNOWN),
        (Response(403, b"<html>"), Verdict.UNKNOWN),
        (Response(200, b'{"code":200000}'), Verdict.DONE),
        (Response(200, b'{"code":"200000","code":"1"}'), Verdict.UNKNOWN),
        (Response(200, b'["200000"]'), Verdict.UNKNOWN),
    ],
)
def test_done_rejected_or_nobody_knows(told: Response, verdict: Verdict) -> None:
    assert kucoin.judge(told) is verdict
    assert kucoin.says_too_often(told) is (told.status == 429 or b"429000" in told.body)


def test_trades_with_their_fees() -> None:
    (told,) = kucoin.trades(body({"items": [TRADE], "lastId": 1}))
    assert (told.order_id, told.side) == (NUMBER, Side.BUY)
    assert (told.fill.trade_id, told.fill.time_ms) == ("11029373945659392", NOW_MS)
    assert (told.fill.price, told.fill.quantity) == (Decimal("0.07"), Decimal("0.5"))
    assert (told.fill.fee, told.fill.fee_asset) == (Decimal("0.000035"), "BTC")
    for changed in ({"fee": "-1"}, {"price": "1e5"}, {"side": "x"}, {"orderId": None}):
        with pytest.raises(ValueError, match=r".+"):
            kucoin.trades(body({"items": [TRADE | changed]}))


def test_balances_are_those_of_trading() -> None:
    row = {"id": "1", "currency": "BTC", "balance": "3", "available": "2", "holds": "1"}
    rows = [{**row, "type": kind} for kind in ("main", "trade", "trade_hf", "margin", "isolated")]
    assert kucoin.balances(body(rows)) == {"BTC": Holding(Decimal(4), Decimal(2))}
    with pytest.raises(ValueError, match=r".+"):
        kucoin.balances(body([rows[1] | {"available": "-2"}]))


def test_markets_with_their_steps() -> None:
    row = {
        "symbol": "ETH-BTC",
        "name": "ETH-BTC",
        "baseCurrency": "ETH",
        "quoteCurrency": "BTC",
        "baseMinSize": "0.001",
        "baseIncrement": "0.0001",
        "priceIncrement": "0.00001",
        "minFunds": "0.0001",
        "enableTrading": True,
    }
    renamed = row | {"symbol": "BCHSV-BTC", "baseCurrency": "BSV"}
    odd = row | {"symbol": "LTC-BTC", "baseCurrency": "LTC", "priceIncrement": "0"}
    poor = row | {"symbol": "ADA-BTC", "baseCurrency": "ADA", "minFunds": None}
    found = kucoin.markets(body([row, renamed, odd, poor]))
    assert set(found) == {"ETH/BTC", "ADA/BTC"}
    market = found["ETH/BTC"]
    assert (market.tick, market.lot) == (Decimal("0.00001"), Decimal("0.0001"))
    assert (market.min_notional, market.min_quantity) == (Decimal("0.0001"), Decimal("0.001"))


def test_candles_oldest_first() -> None:
    rows = [
        ["1760000040", "0.070", "0.071", "0.072", "0.069", "10", "0.7"],
        ["1759999980", "1", "2", "4", "0.5", "3", "6"],
    ]
    older, newer = kucoin.candles(body(rows))
    assert (older.open_ms, newer.open_ms) == (1759999980_000, 1760000040_000)
    assert (newer.open, newer.high, newer.low, newer.close) == (
        Decimal("0.070"),
        Decimal("0.072"),
        Decimal("0.069"),
        Decimal("0.071"),
    )
    assert (newer.volume, newer.turnover) == (Decimal(10), Decimal("0.7"))
    asked = dict(kucoin.ask_candles("ETH/BTC", "1m", NOW_MS).parameters)
    span = int(asked["endAt"]) - int(asked["startAt"])
    assert (asked["type"], span) == ("1min", kucoin.CANDLES_AT_ONCE * 60)


def test_book_and_clock() -> None:
    told = {"bestBid": "0.069", "bestBidSize": "1", "bestAsk": "0.071", "sequence": "1"}
    top = kucoin.book(body(told))
    assert (top.bid, top.ask) == (Decimal("0.069"), Decimal("0.071"))
    assert kucoin.book(body({"bestBid": None, "bestAsk": ""})).bid == 0
    assert kucoin.server_time(body(NOW_MS)) == NOW_MS


@pytest.mark.parametrize(
    ("permission", "can"),
    [
        ("General", ()),
        ("General,Spot", ("trade",)),
        ("General, Trade, Withdraw", ("trade", "withdraw")),
        ("General,Spot,Margin,Futures,InnerTransfer", ("trade", "margin", "futures", "transfer")),
        ("General,Spot,Withdrawal,FlexTransfers,Earn", ("trade", "withdraw", "transfer", "earn")),
        ("Spot,Trade", ("trade",)),
        ("", ()),
    ],
)
def test_what_a_key_may_do(permission: str, can: tuple[str, ...]) -> None:
    told = {"permission": permission, "createdAt": NOW_MS, "apiKey": "k", "isMaster": True}
    rights = kucoin.key_rights(body(told))
    assert (rights.can, rights.is_bound, rights.created_ms) == (can, False, NOW_MS)
    assert kucoin.key_rights(body(told | {"ipWhitelist": "127.0.0.1"})).is_bound


def test_names_in_answers_become_the_bots_own() -> None:
    told = json.dumps(
        {
            "code": "200000",
            "data": [
                {"clientOid": "tradelatch-1", "remark": "tradelatch-1"},
                {"cancelledClientOid": "tradelatch-1", "x": '"clientOid":"tradelatch-1"'},
                {"clientOid": "other"},
            ],
        }
    ).encode()
    found = json.loads(kucoin.rename_client_ids(told, {"tradelatch-1": 'm"e'}))
    assert found["data"] == [
        {"clientOid": 'm"e', "remark": "tradelatch-1"},
        {"cancelledClientOid": 'm"e', "x": '"clientOid":"tradelatch-1"'},
        {"clientOid": "other"},
    ]


# Saying no

TABLE = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.InvalidNonce,
    Reason.BAD_PARAMETER: ccxt.BadRequest,
    Reason.UNKNOWN_ENDPOINT: ccxt.NotSupported,
    Reason.ORDER_DENIED: ccxt.InvalidOrder,
    Reason.CANCEL_DENIED: ccxt.InvalidOrder,
    Reason.AMEND_DENIED: ccxt.InvalidOrder,
    Reason.NOT_PERMITTED: ccxt.PermissionDenied,
    Reason.TOO_LARGE: ccxt.BadRequest,
    Reason.TOO_OFTEN: ccxt.RateLimitExceeded,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.ExchangeNotAvailable,
}
AGAIN = (
    Reason.OUTSIDE_WINDOW,
    Reason.TOO_OFTEN,
    Reason.UNAVAILABLE,
    Reason.OUTCOME_UNKNOWN,
)


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_raises_ccxts_usual_exception(reason: Reason) -> None:
    says = 'denied by policy (verdict 12): price_collar: "0.08" is 14 % off'
    credentials = {"apiKey": "k", "secret": "s", "password": "p"}
    answered = kucoin.refuse(Refusal(reason, says))
    kind, requests, text = raised("kucoin", credentials, "private_post_hf_orders", answered)
    assert kind is TABLE[reason]
    assert requests == (1 + RETRIES if reason in AGAIN else 1)
    assert "verdict 12" in text


def test_no_denial_is_taken_for_another_by_the_house() -> None:
    for reason in Reason:
        verdict = kucoin.judge(kucoin.refuse(Refusal(reason, "x")))
        is_open = reason in (Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
        assert verdict is (Verdict.UNKNOWN if is_open else Verdict.REJECTED), reason


def test_a_symbol_that_is_none_has_its_own_code() -> None:
    with pytest.raises(Refusal) as refused:
        order(symbol="ETHBTC")
    credentials = {"apiKey": "k", "secret": "s", "password": "p"}
    told = kucoin.refuse(refused.value)
    assert raised("kucoin", credentials, "private_post_hf_orders", told)[0] is ccxt.BadSymbol


# Recorded

FUNDS = ("withdraw", "transfer", "convert", "loan", "subaccount", "keys")


def recorded(folder: Path) -> list[Case]:
    return [*cases(folder, "kucoin"), *cases(folder, "kucoin", "python-kucoin")]


@pytest.mark.recorded
def test_recorded_requests_verify_with_their_secret_alone(recorded_data: Path) -> None:
    found = cases(recorded_data, "kucoin")
    assert len(found) > 150
    for case in found:
        kucoin.verify(case.request, case.secret, CLOCK_MS)
        assert kucoin.key_id(case.request)
        with pytest.raises(Refusal):
            kucoin.verify(case.request, case.other, CLOCK_MS)
    for case in cases(recorded_data, "kucoin", "python-kucoin"):
        stamp = int(case.request.header("kc-api-timestamp") or 0)
        kucoin.verify(case.request, case.secret, stamp)


@pytest.mark.recorded
def test_recorded_orders_are_read_right_or_said_to_have_no_bound(recorded_data: Path) -> None:
    right = 0
    for case in recorded(recorded_data):
        if case.request.path.rpartition("/")[2] not in ("orders", "multi", "stop-order", "order"):
            continue
        if case.request.method != "POST" or ":" in str(case.truth.get("symbol")):
            continue  # of futures, which have a host of their own
        for intent in kucoin.read(case.request):
            assert isinstance(intent, PlaceOrder), case.label
            if not intent.unbounded:
                check_order(case, intent)
                right += 1
    assert right >= 20


@pytest.mark.recorded
def test_recorded_movements_of_funds_are_nothing_a_grant_can_do(recorded_data: Path) -> None:
    moved = [case for case in recorded(recorded_data) if case.category in FUNDS]
    assert moved
    for case in moved:
        (intent,) = kucoin.read(case.request)
        assert isinstance(intent, MoveFunds | ManageKeys | Unknown), case.label
