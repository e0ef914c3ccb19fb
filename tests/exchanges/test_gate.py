"""Gate: who signed, what is meant, what goes out and what comes back."""

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
from msgspec import structs

from tests.exchanges import checks
from tests.exchanges.wire import NOW_MS, Recorded, recorded
from tradelatch.exchanges import gate
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

SECRET = bytearray(b"a secret that is nobody's")
KEY = Credentials("a-key-that-is-nobodys", SECRET)
SPOT = "/api/v4/spot"
SWAP = "/api/v4/futures/usdt"
LIMIT = {"currency_pair": "ETH_BTC", "side": "buy", "amount": "1.5", "price": "0.05"}
MARKET = {
    "currency_pair": "ETH_BTC",
    "type": "market",
    "side": "sell",
    "amount": "2",
    "time_in_force": "ioc",
}
CONTRACT = {"contract": "BTC_USDT", "size": -5, "price": "2500.25"}
STOP = "a stop order at Gate"


def ask(method: str, path: str, query: str = "", body: Any = None) -> Request:
    raw = b"" if body is None else json.dumps(body).encode()
    return Request(method, "gate", path, query, (), raw)


def read(path: str, body: Any) -> tuple[AnyIntent, ...]:
    return gate.read(ask("POST", path, "", body))


def order(path: str, body: Any) -> PlaceOrder:
    (intent,) = read(path, body)
    assert isinstance(intent, PlaceOrder)
    return intent


def refused(request: Request) -> str:
    with pytest.raises(Refusal) as refusal:
        gate.read(request)
    assert refusal.value.reason is Reason.BAD_PARAMETER
    return refusal.value.text


# Who signed


def signed(
    method: str, path: str, query: str, body: str, stamp: str, of: str | None = None
) -> Request:
    """`of` is the query as it was signed."""
    text = "\n".join(
        (
            method,
            path,
            query if of is None else of,
            hashlib.sha512(body.encode()).hexdigest(),
            stamp,
        )
    )
    mac = hmac.new(SECRET, text.encode(), hashlib.sha512).hexdigest()
    headers = (("KEY", "k"), ("Timestamp", stamp), ("SIGN", mac))
    return Request(method, "gate", path, query, headers, body.encode())


def why_not(request: Request, now_ms: int = NOW_MS) -> Reason | None:
    return checks.refusal(gate, request, SECRET, now_ms)


SECONDS = str(NOW_MS // 1_000)


@pytest.mark.parametrize(
    ("method", "query", "body", "mac"),
    [
        (
            "GET",
            "contract=BTC_USD&status=finished&limit=50",
            "",
            "55f84ea195d6fe57ce62464daaa7c3c02fa9d1dde954e4c898289c9a2407a3d6"
            "fb3faf24deff16790d726b66ac9f74526668b13bd01029199cc4fcc522418b8a",
        ),
        (
            "POST",
            "",
            '{"contract":"BTC_USD","type":"limit","size":100,"price":6800,"time_in_force":"gtc"}',
            "eae42da914a590ddf727473aff25fc87d50b64783941061f47a3fdb92742541f"
            "c4c2c14017581b4199a1418d54471c269c03a38d788d802e2c306c37636389f0",
        ),
    ],
)
def test_the_examples_of_gates_documentation(method: str, query: str, body: str, mac: str) -> None:
    headers = (("KEY", "key"), ("Timestamp", "1541993715"), ("SIGN", mac))
    path = "/api/v4/futures/orders"
    request = Request(method, "gate", path, query, headers, body.encode())
    assert checks.refusal(gate, request, b"secret", 1541993715_000) is None
    assert checks.refusal(gate, request, b"Secret", 1541993715_000) is Reason.BAD_SIGNATURE


def test_seconds_may_have_decimals() -> None:
    request = signed("GET", f"{SPOT}/accounts", "", "", "1760000000.1234567")
    told = gate.verify(request, SECRET, NOW_MS)
    assert (told.timestamp_ms, told.recv_window_ms, told.nonce) == (NOW_MS, 60_000, None)
    for stamp in ("1760000000123", "1.76e9", "-1", "1760000000.", " 1760000000", ""):
        assert why_not(signed("GET", "/", "", "", stamp)) is Reason.BAD_PARAMETER


def test_the_query_is_signed_as_it_stands_or_as_it_was_before_it_was_encoded() -> None:
    path, query = f"{SPOT}/batch_fee", "currency_pairs=BTC_USDT%2CETH_USDT"
    before = signed("GET", path, query, "", SECONDS, "currency_pairs=BTC_USDT,ETH_USDT")
    assert why_not(signed("GET", path, query, "", SECONDS)) is why_not(before) is None
    other = signed("GET", path, "a=1%26b=2", "", SECONDS, "a=1&b=2")
    assert why_not(other) is Reason.BAD_SIGNATURE


def test_the_path_may_be_signed_with_the_prefix_that_it_is_dialled_by() -> None:
    """gate-api signs the path of the address that it was given, whatever that is."""
    for prefix, why in (
        ("/gate", None),
        ("/gate/gate", Reason.BAD_SIGNATURE),
        ("/kucoin", Reason.BAD_SIGNATURE),
    ):
        dialled = signed("GET", f"{prefix}/api/v4/spot/accounts", "", "", SECONDS)
        arrived = structs.replace(dialled, path="/api/v4/spot/accounts")
        assert why_not(arrived) is why


def test_a_request_is_good_for_a_minute() -> None:
    request, made = signed("POST", f"{SPOT}/orders", "", "{}", SECONDS), int(SECONDS) * 1_000
    assert why_not(request, made + 60_000) is None
    assert why_not(request, made + 60_001) is Reason.OUTSIDE_WINDOW
    assert why_not(request, made - 1_000) is Reason.OUTSIDE_WINDOW
    assert gate.key_id(request) == "k"


def test_what_is_missing_or_odd_is_not_verified() -> None:
    request = signed("GET", "/", "", "", SECONDS)
    for name in ("SIGN", "Timestamp"):
        others = tuple(header for header in request.headers if header[0] != name)
        assert why_not(Request("GET", "gate", "/", "", others)) is Reason.BAD_PARAMETER
        twice = (*request.headers, (name.lower(), "1"))
        assert why_not(Request("GET", "gate", "/", "", twice)) is Reason.BAD_PARAMETER
    with pytest.raises(Refusal):
        gate.verify(request, PublicKey(b"x" * 32), NOW_MS)


# What is meant


def test_a_limit_order() -> None:
    meant = PlaceOrder(
        "ETH/BTC",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("1.5"),
        price=Decimal("0.05"),
        time_in_force=TimeInForce.GTC,
    )
    place = f"{SPOT}/orders"
    assert order(place, LIMIT) == meant
    assert order(place, {**LIMIT, "type": "limit", "time_in_force": "gtc"}) == meant
    # What says no more than if nothing was sent, or nothing of the trade.
    more = {"account": "spot", "iceberg": "0", "auto_borrow": False, "action_mode": "ACK"}
    assert order(place, {**LIMIT, **more, "stp_act": None, "text": ""}) == meant
    maker = order(place, {**LIMIT, "time_in_force": "poc", "text": "t-a.b_c-1"})
    assert (maker.type, maker.time_in_force) == (OrderType.LIMIT_MAKER, None)
    assert maker.client_order_id == "t-a.b_c-1"
    assert order(place, {**LIMIT, "time_in_force": "fok"}).time_in_force is TimeInForce.FOK


def test_a_market_order_to_buy_is_sized_in_quote() -> None:
    place = f"{SPOT}/orders"
    sell = order(place, MARKET)
    assert (sell.quantity, sell.quote_quantity, sell.unbounded) == (Decimal(2), None, ())
    buy = order(place, {**MARKET, "side": "buy", "price": "0"})
    assert (buy.quantity, buy.quote_quantity, buy.unbounded) == (None, Decimal(2), ())
    assert order(place, {**MARKET, "time_in_force": "fok"}).unbounded == ("fill or kill",)
    maker = order(place, {**MARKET, "time_in_force": "poc"})
    assert maker.unbounded == ("a market order that never takes",)
    assert order(place, {**MARKET, "price": "1"}).unbounded == ("a price of a market order",)


@pytest.mark.parametrize(
    "account", [{"account": "margin"}, {"account": "cross_margin"}, {"account": "unified"}]
)
def test_orders_on_margin_have_no_bound(account: dict[str, str]) -> None:
    found = order(f"{SPOT}/orders", {**LIMIT, **account})
    assert (found.symbol, found.unbounded) == ("ETH/BTC", (LEVERAGE,))
    assert order(f"{SPOT}/orders", {**LIMIT, "auto_borrow": True}).unbounded == (LEVERAGE,)


@pytest.mark.parametrize(
    "more",
    [
        {"iceberg": "0.1"},
        {"stp_act": "co"},
        {"slippage": "0.05"},
        {"hf": True},
        {"nested": {"a": [1]}},
        {"settle": "usdt"},
    ],
)
def test_whatever_else_an_order_says_has_no_bound(more: dict[str, Any]) -> None:
    found = order(f"{SPOT}/orders", {**LIMIT, **more})
    assert found.unbounded == tuple(f"parameter {name!r}" for name in more)
    assert (found.symbol, found.quantity) == ("ETH/BTC", Decimal("1.5"))


def test_orders_that_wait_stand_elsewhere() -> None:
    def waits(side: str, rule: str, **put: Any) -> PlaceOrder:
        body = {
            "market": "ETH_BTC",
            "put": {"side": side, "amount": "2", "account": "normal", "text": "api", **put},
            "trigger": {"price": "0.06", "rule": rule, "expiration": 86400},
        }
        return order(f"{SPOT}/price_orders", body)

    limit = waits("buy", ">=", type="limit", price="0.07", time_in_force="gtc")
    assert (limit.type, limit.stop_price) == (OrderType.STOP_LOSS_LIMIT, Decimal("0.06"))
    assert (limit.price, limit.time_in_force) == (Decimal("0.07"), TimeInForce.GTC)
    assert limit.unbounded == (STOP,)
    market = waits("sell", "<=", type="market", price=None, time_in_force="ioc")
    assert (market.type, market.quantity) == (OrderType.STOP_LOSS, Decimal(2))
    assert waits("sell", ">=", type="market").type is OrderType.TAKE_PROFIT
    buy = waits("buy", "<=", type="market", foo=1)
    assert (buy.type, buy.quote_quantity) == (OrderType.TAKE_PROFIT, Decimal(2))
    assert "parameter 'foo'" in buy.unbounded
    bare = {"market": "ETH_BTC", "put": {"side": "buy", "amount": "1", "price": "1"}}
    assert "'trigger'" in refused(ask("POST", f"{SPOT}/price_orders", "", bare))


def test_orders_on_futures_have_their_side_in_their_size() -> None:
    sell = order(f"{SWAP}/orders", CONTRACT)
    assert (sell.symbol, sell.side, sell.quantity) == ("BTC/USDT:USDT", Side.SELL, Decimal(5))
    assert (sell.type, sell.price, sell.unbounded) == (
        OrderType.LIMIT,
        Decimal("2500.25"),
        (LEVERAGE,),
    )
    buy = order("/api/v4/futures/BTC/orders", {**CONTRACT, "contract": "BTC_USD", "size": "5"})
    assert (buy.symbol, buy.side) == ("BTC/USD:BTC", Side.BUY)
    market = order(f"{SWAP}/orders", {**CONTRACT, "price": "0", "tif": "ioc", "reduce_only": True})
    assert (market.type, market.reduce_only, market.price) == (OrderType.MARKET, True, None)
    assert order(f"{SWAP}/orders", {**CONTRACT, "tif": "poc"}).type is OrderType.LIMIT_MAKER
    later = order("/api/v4/delivery/usdt/orders", {**CONTRACT, "contract": "BTC_USDT_20251226"})
    assert later.symbol == "BTC/USDT:USDT-251226"
    option = order("/api/v4/options/orders", {**CONTRACT, "contract": "BTC_USDT-20251226-95000-C"})
    assert option.symbol == "BTC/USDT:USDT-251226-95000-C"
    assert LEVERAGE in option.unbounded
    first, second = read(f"{SWAP}/batch_orders", [CONTRACT, CONTRACT])
    assert first == second
    assert isinstance(first, PlaceOrder)
    assert first.unbounded == (BATCH, LEVERAGE)


def test_stops_on_futures() -> None:
    trigger = {"strategy_type": 0, "price_type": 1, "price": "24000.5", "rule": 2}
    body = {"initial": {"contract": "BTC_USDT", "size": -5, "price": "0"}, "trigger": trigger}
    found = order(f"{SWAP}/price_orders", body)
    assert (found.type, found.stop_price) == (OrderType.STOP_LOSS, Decimal("24000.5"))
    assert found.unbounded == (LEVERAGE, STOP)
    rises = {**body, "trigger": {**trigger, "rule": 1, "strategy_type": 1}, "order_type": "x"}
    other = order(f"{SWAP}/price_orders", rises)
    assert other.type is OrderType.TAKE_PROFIT
    assert {"parameter 'strategy_type'", "parameter 'order_type'"} <= set(other.unbounded)
    # In coins rather than contracts, which counts where both are told.
    amount = {"contract": "BTC_USDT", "amount": "0.5", "size": -5, "price": "1"}
    buy = order(f"{SWAP}/price_orders", {**body, "initial": amount})
    assert (buy.side, buy.quantity, buy.type) == (
        Side.BUY,
        Decimal("0.5"),
        OrderType.TAKE_PROFIT_LIMIT,
    )
    assert "parameter 'size'" in buy.unbounded
    assert "'size'" in refused(ask("POST", f"{SWAP}/orders", "", amount | {"size": None}))


@pytest.mark.parametrize(
    ("method", "path", "body", "why"),
    [
        ("POST", "orders", {**LIMIT, "currency_pair": "ETHBTC"}, "no market's name"),
        ("POST", "orders", {**LIMIT, "currency_pair": "eth_btc"}, "no market's name"),
        ("POST", "orders", {**LIMIT, "side": "Buy"}, "'side'"),
        ("POST", "orders", {**LIMIT, "type": "stop"}, "'type'"),
        ("POST", "orders", {**LIMIT, "account": "x"}, "'account'"),
        ("POST", "orders", {**LIMIT, "amount": "1e3"}, "'amount'"),
        ("POST", "orders", {**LIMIT, "amount": "-1"}, "'amount'"),
        ("POST", "orders", {**LIMIT, "price": None}, "has a price"),
        ("POST", "orders", {**LIMIT, "text": "mine"}, "'text'"),
        ("POST", "orders", {**LIMIT, "text": "t-" + "a" * 29}, "'text'"),
        ("POST", "batch_orders", {"orders": [LIMIT]}, "'[]'"),
        ("POST", "batch_orders", [], "'[]'"),
        ("POST", "cancel_batch_orders", [{"currency_pair": "ETH_BTC"}], "'id'"),
        ("POST", "cancel_batch_orders", [{"id": "1"}], "'currency_pair'"),
        (
            "POST",
            "cancel_batch_orders",
            [{"order_id": "1", "currency_pair": "ETH_BTC"}],
            "'id'",
        ),
        ("DELETE", "orders/1", None, "'currency_pair'"),
        ("DELETE", "orders/mine", None, "no order's number"),
        ("PATCH", "orders/1", {"amount": "1"}, "'currency_pair'"),
    ],
)
def test_what_is_not_understood_is_refused(method: str, path: str, body: Any, why: str) -> None:
    assert why in refused(ask(method, f"{SPOT}/{path}", "", body))


@pytest.mark.parametrize(
    "more",
    [{"size": 0, "close": True}, {"size": "--5"}, {"size": "1.2.3"}, {"contract": "BTCUSDT"}],
)
def test_contracts_that_are_not_understood_are_refused(more: dict[str, Any]) -> None:
    refused(ask("POST", f"{SWAP}/orders", "", {**CONTRACT, **more}))


def test_a_body_that_could_be_read_in_two_ways_is_refused() -> None:
    for body in (b'{"side":"buy","side":"sell"}', b"{", b'{"amount":NaN}', b"\xff"):
        refused(Request("POST", "gate", f"{SPOT}/orders", "", (), body))
    refused(ask("POST", f"{SPOT}/orders", "amount=2", LIMIT))


def test_cancels() -> None:
    def cancel(path: str, query: str) -> AnyIntent:
        (intent,) = gate.read(ask("DELETE", f"{SPOT}/{path}", query))
        return intent

    assert cancel("orders/7", "currency_pair=ETH_BTC&account=spot") == CancelOrder("ETH/BTC", "7")
    named = CancelOrder("ETH/BTC", client_order_id="t-x")
    assert cancel("orders/t-x", "currency_pair=ETH_BTC&action_mode=ACK") == named
    assert cancel("orders", "currency_pair=ETH_BTC") == CancelOrder("ETH/BTC")
    assert cancel("orders", "account=spot") == CancelOrder(None)
    for query in ("account=margin", "side=buy", "currency_pair=ETH_BTC&clientOrderId=x"):
        refused(ask("DELETE", f"{SPOT}/orders", query))
    rows = [
        {"currency_pair": "ETH_BTC", "id": "7"},
        {"currency_pair": "BTC_USDT", "id": "t-x", "account": "spot"},
    ]
    assert read(f"{SPOT}/cancel_batch_orders", rows) == (
        CancelOrder("ETH/BTC", "7"),
        CancelOrder("BTC/USDT", client_order_id="t-x"),
    )


def test_edits() -> None:
    def edit(query: str, body: Any) -> AnyIntent:
        (intent,) = gate.read(ask("PATCH", f"{SPOT}/orders/7", query, body))
        return intent

    lower = AmendOrder("ETH/BTC", Decimal("0.5"), "7")
    assert edit("currency_pair=ETH_BTC", {"amount": "0.5"}) == lower
    assert edit("", {"currency_pair": "ETH_BTC", "amount": "0.5", "account": "spot"}) == lower
    # ccxt says all of it in both places; whatever differs there is refused.
    both = {"currency_pair": "ETH_BTC", "amount": "0.5", "price": "0.04"}
    query = "currency_pair=ETH_BTC&amount=0.5&price=0.04"
    assert edit(query, both) == AmendOrder("ETH/BTC", Decimal("0.5"), "7", price=Decimal("0.04"))
    for other in (query.replace("0.5", "0.6"), query.replace("amount=0.5&", "")):
        refused(ask("PATCH", f"{SPOT}/orders/7", other, both))
    more = AmendOrder("ETH/BTC", None, "7", None, Decimal(1), (LEVERAGE, "parameter 'amend_text'"))
    told = {"currency_pair": "ETH_BTC", "price": "1", "account": "unified", "amend_text": "t-y"}
    assert edit("", told) == more
    rows = [{"order_id": "t-x", "currency_pair": "ETH_BTC", "amount": "1"}]
    assert read(f"{SPOT}/amend_batch_orders", rows) == (
        AmendOrder("ETH/BTC", Decimal(1), None, "t-x", None, (BATCH,)),
    )
    swap = ask("PUT", f"{SWAP}/orders/7", "contract=BTC_USDT", {"size": -3, "price": "1"})
    assert gate.read(swap) == (
        AmendOrder("BTC/USDT:USDT", Decimal(3), "7", None, Decimal(1), (LEVERAGE,)),
    )


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("POST /withdrawals", MoveFunds),
        ("POST /withdrawals/push", MoveFunds),
        ("DELETE /withdrawals/1", MoveFunds),
        ("POST /wallet/transfers", MoveFunds),
        ("POST /wallet/sub_account_to_sub_account", MoveFunds),
        ("POST /wallet/small_balance", MoveFunds),
        ("POST /earn/uni/lends", MoveFunds),
        ("POST /earn/staking/swap", MoveFunds),
        ("POST /loan/collateral/orders", MoveFunds),
        ("POST /flash_swap/orders", MoveFunds),
        ("POST /otc/order/create", MoveFunds),
        ("POST /unified/loans", MoveFunds),
        ("POST /margin/uni/loans", MoveFunds),
        ("POST /margin/cross/repayments", MoveFunds),
        ("POST /sub_accounts/1/keys", ManageKeys),
        ("PUT /sub_accounts/1/keys/k", ManageKeys),
        ("POST /account/stp_groups", ManageKeys),
        ("PUT /unified/unified_mode", Unknown),
        ("POST /futures/usdt/positions/BTC_USDT/leverage", Unknown),
        ("POST /futures/usdt/autoorder/v1/trail/create", Unknown),
        ("DELETE /futures/usdt/orders/1", Unknown),
        ("POST /spot/countdown_cancel_all", Unknown),
        ("POST /spot/cross_liquidate_orders", Unknown),
        ("DELETE /spot/price_orders/1", Unknown),
        ("GET /spot/batch_orders", Unknown),
        ("POST /futures/usdt%2F/orders", Unknown),
    ],
)
def test_what_no_grant_may_do(what: str, kind: type) -> None:
    method, path = what.split()
    (intent,) = gate.read(Request(method, "gate", f"/api/v4{path}"))
    assert type(intent) is kind


def test_reads_with_what_is_known_of_them() -> None:
    one = ask("GET", f"{SPOT}/orders/t-x", "account=spot&currency_pair=ETH_BTC")
    assert gate.read(one) == (
        ReadAccount(
            f"GET {SPOT}/orders/{{order_id}}",
            (("order_id", "t-x"), ("currency_pair", "ETH_BTC"), ("account", "spot")),
        ),
    )
    assert "'foo'" in refused(ask("GET", f"{SPOT}/my_trades", "foo=1"))


def test_whatever_ccxt_asks_of_a_spot_market_is_listed() -> None:
    checks.check_all_are_read(gate)


# What goes out


def write(*intents: AnyIntent) -> Request:
    return gate.write(intents, KEY, NOW_MS, 5_000, "")


amounts = st.decimals("0.00000001", "99999999", places=8)
names = st.from_regex(r"t-[0-9A-Za-z_.-]{1,28}", fullmatch=True)
symbols = st.sampled_from(["ETH/BTC", "BTC/USDT", "1INCH/USDC", "ABCXYZ/A1"])
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
numbers = st.from_regex(r"[0-9]{1,20}", fullmatch=True)
by_id = st.builds(CancelOrder, symbols, order_id=numbers)
by_name = st.builds(CancelOrder, symbols, client_order_id=names)
every = st.builds(CancelOrder, st.none() | symbols)
amends = st.builds(AmendOrder, symbols, amounts, order_id=numbers) | st.builds(
    AmendOrder, symbols, amounts, client_order_id=names
)
reads = st.builds(
    ReadAccount,
    st.just(f"GET {SPOT}/orders/{{order_id}}"),
    st.tuples(st.tuples(st.just("order_id"), names | numbers)),
)
single = st.tuples(st.one_of(limits, makers, sells, buys, by_id, by_name, every, amends, reads))
several = st.lists(by_id | by_name, min_size=2, max_size=4).map(tuple)


@given(single | several)
def test_what_is_written_reads_as_the_same_and_is_signed(intents: tuple[AnyIntent, ...]) -> None:
    request = write(*intents)
    assert gate.read(request) == intents
    assert gate.verify(request, SECRET, NOW_MS).timestamp_ms == int(SECONDS) * 1_000
    assert request.host == "https://api.gateio.ws"
    assert gate.key_id(request) == KEY.key_id


def test_a_query_is_signed_as_it_was_before_it_was_encoded() -> None:
    path, pairs = f"{SPOT}/batch_fee", "A_B,C_D"
    request = write(ReadAccount(f"GET {path}", (("currency_pairs", pairs),)))
    assert request.query == "currency_pairs=A_B%2CC_D"
    right = signed("GET", path, request.query, "", SECONDS, f"currency_pairs={pairs}")
    assert request.header("sign") == right.header("sign")


def test_ids_of_our_own_are_of_the_form_that_is_taken() -> None:
    mine = gate.own_name(NOW_MS, 9_999_999)
    assert mine.startswith(gate.OWN_NAMES)
    assert order(f"{SPOT}/orders", {**LIMIT, "text": mine}).client_order_id == mine


LIMIT_ORDER = PlaceOrder(
    "ETH/BTC", Side.BUY, OrderType.LIMIT, Decimal(1), None, Decimal(1), TimeInForce.GTC
)


@pytest.mark.parametrize(
    "intents",
    [
        (MoveFunds("x"),),
        (Unknown("x"),),
        (ReadAccount("POST /api/v4/withdrawals"),),
        (ReadAccount(f"GET {SPOT}/my_trades", (("foo", "1"),)),),
        (CancelOrder(None, "1"),),
        (CancelOrder("ETH/BTC", list_id=1),),
        (CancelOrder("ETH/BTC", "1"), CancelOrder("ETH/BTC")),
        (CancelOrder("ETH/BTC", "1"), CancelOrder(None, "2")),
        (LIMIT_ORDER, LIMIT_ORDER),
        (PlaceOrder("ETH/BTC", Side.BUY, OrderType.MARKET, quantity=Decimal(1)),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, quote_quantity=Decimal(1)),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), reduce_only=True),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), unbounded=("x",)),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, Decimal(1), test=True),),
        (PlaceOrder("ETH/BTC", Side.SELL, OrderType.STOP_LOSS, Decimal(1), stop_price=Decimal(1)),),
        (AmendOrder("ETH/BTC", Decimal(1)),),
        (AmendOrder("ETH/BTC", None, "1"),),
        (AmendOrder(None, Decimal(1), "1"),),
        (AmendOrder("ETH/BTC", Decimal(1), "1", price=Decimal(1)),),
    ],
)
def test_what_is_never_sent(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        write(*intents)


def test_nothing_is_sent_unsigned_but_what_is_public() -> None:
    assert gate.write((gate.ask_time(),), None, NOW_MS, 5_000, "").headers == ()
    for intents in ((gate.ask_balances(),), (CancelOrder("A/B", "1"), CancelOrder("A/B", "2"))):
        with pytest.raises(ValueError, match="signed"):
            gate.write(intents, None, NOW_MS, 5_000, "")


@pytest.mark.parametrize(
    ("intent", "target"),
    [
        (gate.ask_order("ETH/BTC", "t-a", "7"), f"{SPOT}/orders/7?currency_pair=ETH_BTC"),
        (
            gate.ask_order("ETH/BTC", "t-a", None)[0],  # type: ignore[index]
            f"{SPOT}/orders/t-a?currency_pair=ETH_BTC",
        ),
        (
            gate.ask_order("ETH/BTC", "t-a", None)[1],  # type: ignore[index]
            f"{SPOT}/orders?currency_pair=ETH_BTC&status=finished&limit=100",
        ),
        (gate.ask_open_orders(None)[0], f"{SPOT}/open_orders?limit=100"),
        (
            gate.ask_open_orders({"ETH/BTC"})[0],
            f"{SPOT}/orders?currency_pair=ETH_BTC&status=open&limit=100",
        ),
        (gate.ask_trades("ETH/BTC", None), f"{SPOT}/my_trades?currency_pair=ETH_BTC&limit=1000"),
        (
            gate.ask_trades("ETH/BTC", Mark("6", 5_999)),
            f"{SPOT}/my_trades?currency_pair=ETH_BTC&limit=1000",
        ),
        (
            gate.ask_trades_between("ETH/BTC", 5_001, 6_001),
            f"{SPOT}/my_trades?currency_pair=ETH_BTC&from=5&to=7&limit=1000",
        ),
        (gate.ask_balances(), f"{SPOT}/accounts?"),
        (gate.ask_key_rights(), "/api/v4/account/main_keys?"),
        (gate.ask_markets(), f"{SPOT}/currency_pairs?"),
        (
            gate.ask_candles("ETH/BTC", "1m", 60_000),
            f"{SPOT}/candlesticks?currency_pair=ETH_BTC&interval=1m&from=60&to=59940",
        ),
        (gate.ask_book("ETH/BTC"), f"{SPOT}/order_book?currency_pair=ETH_BTC&limit=1"),
        (gate.ask_time(), f"{SPOT}/time?"),
    ],
)
def test_what_the_signer_asks_for(intent: ReadAccount | ReadMarket, target: str) -> None:
    request = write(intent)
    (found,) = gate.read(request)
    assert type(found) is type(intent)
    assert isinstance(found, ReadAccount | ReadMarket)
    assert (found.what, set(found.parameters)) == (intent.what, set(intent.parameters))
    path, _, query = target.partition("?")
    assert (request.method, request.path) == ("GET", path)
    assert sorted(request.query.split("&")) == sorted(query.split("&"))


def test_it_asks_for_a_cancel_by_number_if_it_knows_one() -> None:
    assert gate.ask_cancel("ETH/BTC", "t-a", "7") == CancelOrder("ETH/BTC", "7")
    named = CancelOrder("ETH/BTC", client_order_id="t-a")
    assert gate.ask_cancel("ETH/BTC", "t-a", None) == named


# What comes back


def answer(told: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(told).encode())


def label(word: str, status: int = 400) -> Response:
    return answer({"label": word, "message": "no"}, status)


ORDER = {
    "id": "12332324",
    "text": "t-123456",
    "create_time": "1548000000",
    "update_time": "1548000100",
    "create_time_ms": 1548000000123,
    "currency_pair": "ETH_BTC",
    "status": "cancelled",
    "type": "limit",
    "account": "spot",
    "side": "buy",
    "iceberg": "0",
    "amount": "1",
    "price": "5.00032",
    "time_in_force": "gtc",
    "left": "0.5",
    "filled_amount": "0.5",
    "filled_total": "2.50016",
    "fee": "0.005",
    "fee_currency": "ETH",
    "finish_as": "cancelled",
}
REPORT = OrderReport(
    "ETH/BTC",
    "12332324",
    "t-123456",
    OrderStatus.CANCELED,
    Decimal("0.5"),
    (),
    Side.BUY,
    1548000000123,
    Decimal(1),
)


def test_the_order_that_was_asked_for() -> None:
    assert gate.asked_order(answer(ORDER), "t-123456") == REPORT
    older = {name: value for name, value in ORDER.items() if name != "filled_amount"}
    assert gate.asked_order(answer(older), "t-123456") == REPORT
    # Among those that ended, or not; a page that is full does not say.
    rows = [{**ORDER, "id": "1", "text": "apiv4"}, ORDER]
    assert gate.asked_order(answer(rows), "t-123456") == REPORT
    assert gate.asked_order(answer(rows[:1] * 99), "t-123456") is None
    assert gate.asked_order(answer([]), "t-123456") is None
    with pytest.raises(ValueError, match="not among"):
        gate.asked_order(answer(rows[:1] * 100), "t-123456")
    with pytest.raises(ValueError, match="not among"):
        gate.asked_order(answer(ORDER), "t-other")
    for word in ("ORDER_NOT_FOUND", "CLIENT_ID_NOT_FOUND"):
        assert gate.asked_order(label(word, 404), "x") is None
    for other in (label("INTERNAL", 500), Response(200, b"<html>"), answer([{}]), answer([], 400)):
        with pytest.raises(ValueError, match=r"."):
            gate.asked_order(other, "x")


def test_orders_by_their_state() -> None:
    def told(**more: Any) -> OrderReport:
        (report,) = gate.open_orders(answer([{**ORDER, **more}]).body)
        return report

    assert told(status="open").status is OrderStatus.PARTIALLY_FILLED
    assert told(status="open", filled_amount="0").status is OrderStatus.NEW
    assert told(status="closed").status is OrderStatus.FILLED
    assert told(text="apiv4").client_order_id == ""
    # The size of a market order to buy is no amount in base.
    market = told(type="market", status="closed", amount="10", left="0")
    assert (market.quantity, market.executed) == (None, Decimal("0.5"))
    for odd in (
        {"status": "odd"},
        {"side": "long"},
        {"type": "market", "filled_amount": None},
        {"amount": "1e3"},
    ):
        with pytest.raises(ValueError, match=r"."):
            told(**odd)


def test_lists_of_orders() -> None:
    of_all = answer([{"currency_pair": "ETH_BTC", "total": 1, "orders": [ORDER]}]).body
    of_one = answer([ORDER]).body
    assert gate.open_orders(of_all) == gate.open_orders(of_one) == (REPORT,)
    assert gate.reports(ReadAccount(f"GET {SPOT}/open_orders"), of_all) == (REPORT,)
    assert gate.reports(ReadAccount(f"GET {SPOT}/my_trades"), of_one) == ()
    assert gate.cancelled_order(answer(ORDER).body) == REPORT
    assert gate.cancelled_order(b"[]") is None


def test_trades_and_their_fees() -> None:
    row = {
        "id": "1232893232",
        "create_time": "1548000000",
        "create_time_ms": "1548000000123.456",
        "order_id": "4128442423",
        "side": "buy",
        "role": "maker",
        "amount": "0.15",
        "price": "0.03",
        "fee": "0.0005",
        "fee_currency": "ETH",
        "point_fee": "0",
        "gt_fee": "0",
        "currency_pair": "ETH_BTC",
        "text": "t-test",
    }
    fill = Fill(
        "1232893232", 1548000000123, Decimal("0.03"), Decimal("0.15"), Decimal("0.0005"), "ETH"
    )
    assert gate.trades(answer([row]).body) == (OwnTrade("4128442423", fill, Side.BUY),)
    for more, fee, asset in (
        ({"fee": "0", "gt_fee": "0.01"}, "0.01", "GT"),
        ({"fee": "-0.0002"}, "0", "ETH"),
        ({"fee": "0"}, "0", "ETH"),
    ):
        (trade,) = gate.trades(answer([{**row, **more}]).body)
        assert (trade.fill.fee, trade.fill.fee_asset) == (Decimal(fee), asset)


def test_balances_markets_candles_book_time() -> None:
    held = {"currency": "ETH", "available": "968.8", "locked": "1.2", "update_id": 98}
    assert gate.balances(answer([held]).body) == {"ETH": Holding(Decimal("968.8"), Decimal("1.2"))}
    pair = {
        "id": "ETH_USDT",
        "base": "ETH",
        "quote": "USDT",
        "fee": "0.2",
        "min_base_amount": "0.001",
        "min_quote_amount": "1.0",
        "amount_precision": 3,
        "precision": 6,
        "trade_status": "tradable",
    }
    others = [
        {**pair, "id": "X_USDT"},
        {**pair, "id": "eth_USDT", "base": "eth"},
        {**pair, "id": "GT_USDT", "base": "GT", "min_base_amount": None, "min_quote_amount": None},
    ]
    steps = (Decimal("0.000001"), Decimal("0.001"))
    assert gate.markets(answer([pair, *others]).body) == {
        "ETH/USDT": Market("ETH", "USDT", *steps, Decimal(1), Decimal("0.001")),
        "GT/USDT": Market("GT", "USDT", *steps, Decimal(0)),
    }
    with pytest.raises(ValueError, match="decimals"):
        gate.markets(answer([{**pair, "precision": 10**30}]).body)
    candle = ["1660957920", "20", "2", "4", "0.5", "1", "10", "true"]
    found = (Candle(1660957920_000, *map(Decimal, ("1", "4", "0.5", "2", "10", "20"))),)
    assert gate.candles(answer([candle]).body) == found
    assert gate.candles(answer([candle[:-1]]).body) == found
    book = {"current": 1623898993123, "asks": [["1.52", "1.151"]], "bids": []}
    assert gate.book(answer(book).body) == TopOfBook(Decimal(0), Decimal("1.52"))
    assert gate.server_time(answer({"server_time": 1597026383085}).body) == 1597026383085


def test_what_the_keys_may_do() -> None:
    key = {
        "state": 1,
        "mode": 1,
        "name": "bot",
        "user_id": 1,
        "perms": [
            {"name": "account", "read_only": False},
            {"name": "spot", "read_only": False},
            {"name": "wallet", "read_only": True},
        ],
        "ip_whitelist": ["127.0.0.1"],
        "key": "abc***",
    }
    assert gate.key_rights(answer([key]).body) == KeyRights(("trade",), True)
    other = {**key, "ip_whitelist": [], "perms": [{"name": "wallet"}, {"name": "loan"}]}
    assert gate.key_rights(answer([key, other]).body) == KeyRights(
        ("trade", "transfer", "loan"), False
    )
    assert gate.key_rights(answer([key, {**other, "state": 2}]).body) == KeyRights(("trade",), True)


@pytest.mark.parametrize(
    "function",
    [
        gate.open_orders,
        gate.trades,
        gate.balances,
        gate.markets,
        gate.candles,
        gate.book,
        gate.server_time,
        gate.key_rights,
    ],
)
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b"[1]", b'["x"]', b'[{"a":1}]', b"null", b"[null]", b"[true]", b"[[]]"],
)
def test_malformed_answers(function: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        function(body)


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (answer(ORDER, 201), Verdict.DONE),
        (answer([]), Verdict.DONE),
        (answer({**ORDER, "succeeded": True, "label": ""}), Verdict.DONE),
        (label("INVALID_PARAM_VALUE", 200), Verdict.UNKNOWN),
        (Response(200, b""), Verdict.UNKNOWN),
        (Response(200, b"<html>"), Verdict.UNKNOWN),
        (label("BALANCE_NOT_ENOUGH"), Verdict.REJECTED),
        (label("INVALID_KEY", 401), Verdict.REJECTED),
        (label("TOO_MANY_REQUESTS", 429), Verdict.REJECTED),
        (Response(429, b""), Verdict.REJECTED),
        (label("INTERNAL", 400), Verdict.UNKNOWN),
        (label("SERVER_ERROR", 500), Verdict.UNKNOWN),
        (label("BALANCE_NOT_ENOUGH", 502), Verdict.UNKNOWN),
        (Response(400, b"<html>"), Verdict.UNKNOWN),
        (Response(400, b"{}"), Verdict.UNKNOWN),
    ],
)
def test_what_an_answer_means(response: Response, verdict: Verdict) -> None:
    assert gate.judge(response) is verdict


def test_what_became_of_each_intent() -> None:
    assert gate.outcomes((LIMIT_ORDER,), answer(ORDER, 201)) == (Outcome(Verdict.DONE, (REPORT,)),)
    assert gate.outcomes((CancelOrder("ETH/BTC"),), answer([ORDER, ORDER])) == (
        Outcome(Verdict.DONE, (REPORT, REPORT)),
    )
    cancels = (
        CancelOrder("ETH/BTC", "1"),
        CancelOrder("ETH/BTC", client_order_id="t-b"),
        CancelOrder("ETH/BTC", "3"),
    )
    told = [
        {"currency_pair": "ETH_BTC", "id": "1", "succeeded": True, "label": ""},
        {"id": "2", "text": "t-b", "succeeded": False, "label": "ORDER_NOT_FOUND"},
    ]
    assert [one.verdict for one in gate.outcomes(cancels, answer(told))] == [
        Verdict.DONE,
        Verdict.REJECTED,
        Verdict.UNKNOWN,
    ]
    no = gate.outcomes(cancels, label("INVALID_PARAM_VALUE"))
    assert [one.verdict for one in no] == [Verdict.REJECTED] * 3


def test_ids_are_put_back() -> None:
    body = gate.rename_client_ids(answer(ORDER).body, {"t-123456": "t-mine"})
    assert json.loads(body) == {**ORDER, "text": "t-mine"}


# What bots are answered

RAISES = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.AuthenticationError,
    Reason.BAD_PARAMETER: ccxt.BadRequest,
    Reason.UNKNOWN_ENDPOINT: ccxt.BadRequest,
    Reason.ORDER_DENIED: ccxt.InvalidOrder,
    Reason.CANCEL_DENIED: ccxt.OrderNotFound,
    Reason.AMEND_DENIED: ccxt.InvalidOrder,
    Reason.NOT_PERMITTED: ccxt.PermissionDenied,
    Reason.TOO_LARGE: ccxt.BadRequest,
    Reason.TOO_OFTEN: ccxt.RateLimitExceeded,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.ExchangeNotAvailable,
}


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_raises_ccxts_usual_exception(reason: Reason) -> None:
    text = 'Order rejected by policy: price_collar "0.05" is 7 % off (verdict 12ab)'
    told = gate.refuse(Refusal(reason, text))
    assert checks.raised_by(ccxt.gate(), told) is RAISES[reason]
    assert json.loads(told.body)["message"] == text


# Recorded


def clock(request: Request) -> int:
    return int(Decimal(request.header("timestamp") or 0) * 1_000)


@pytest.fixture(scope="module")
def cases(recorded_data: Path) -> list[Recorded]:
    found = recorded(recorded_data, "gate", "gate-api")
    assert len(found) == 2 * 104 + 7
    return found


@pytest.mark.recorded
def test_recorded_requests_are_verified_with_their_own_secret(cases: list[Recorded]) -> None:
    checks.check_signed_by_its_own(gate, cases, clock)


@pytest.mark.recorded
def test_no_recorded_request_is_verified_when_changed(cases: list[Recorded]) -> None:
    checks.check_covered(gate, [*cases[:200:8], *cases[-7:]], clock)


@pytest.mark.recorded
def test_recorded_orders_are_read_right(cases: list[Recorded]) -> None:
    right = 0
    for case in cases:
        is_ccxt = case.label.startswith("ccxt createOrder ")
        if not is_ccxt and case.label not in ("gate-api limit", "gate-api market"):
            continue
        (intent,) = gate.read(case.request)
        assert isinstance(intent, PlaceOrder)
        checks.check_order(case, intent)
        option = case.label.rpartition("+")[2]
        is_plain = option in (case.label, "ioc", "fok", "postOnly", "cid", "ro")
        assert (not intent.unbounded) is (is_plain and ":" not in intent.symbol), case.label
        assert intent.type.waits is (option in ("trig", "sl", "tp"))
        right += 1
    assert right == 2 * 61 + 2


@pytest.mark.recorded
def test_nothing_else_recorded_can_trade(cases: list[Recorded]) -> None:
    for case in cases:
        words = case.label.split()
        if words[1] in ("withdraw", "transfer"):
            (intent,) = gate.read(case.request)
            assert isinstance(intent, MoveFunds), case.label
        elif words[1] in ("read", "position") and words[2] != "close_position":
            (intent,) = gate.read(case.request)
            assert isinstance(intent, ReadAccount | ReadMarket | Unknown), case.label
        elif words[1] == "createOrders" or case.label == "gate-api batch":
            for one in gate.read(case.request):
                assert isinstance(one, PlaceOrder)
                assert BATCH in one.unbounded
