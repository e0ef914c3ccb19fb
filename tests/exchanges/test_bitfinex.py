"""Bitfinex: who signed a request, what it means, what goes out, what comes back."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges.wire import NOW_MS
from tradelatch.exchanges import bitfinex
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE
from tradelatch.exchanges.protocol import (
    Credentials,
    ExchangeFile,
    Holding,
    Mark,
    Outcome,
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

THE_SEAM: ExchangeFile = bitfinex

GRANT = Credentials("a-key", bytearray(b"a secret that is nobody's"))
SUBMIT, MULTI = "/v2/auth/w/order/submit", "/v2/auth/w/order/multi"
HALF, PRICE, STOP = Decimal("0.5"), Decimal("25001"), Decimal("24001")
LIMIT = PlaceOrder(
    "BTC/USDT", Side.BUY, OrderType.LIMIT, HALF, price=PRICE, time_in_force=TimeInForce.GTC
)
WORDS = {"type": "EXCHANGE LIMIT", "symbol": "tBTCUST", "amount": "0.5", "price": "25001"}


def posted(path: str, body: dict[str, Any] | str) -> Request:
    text = body if isinstance(body, str) else json.dumps(body)
    return Request("POST", "bitfinex", path, body=text.encode())


def meaning(path: str, body: dict[str, Any] | str) -> AnyIntent:
    (intent,) = bitfinex.read(posted(path, body))
    return intent


def order(**words: Any) -> PlaceOrder:
    """What an order means that says something else or more than the usual one."""
    said = {name: value for name, value in {**WORDS, **words}.items() if value is not None}
    found = meaning(SUBMIT, said)
    assert isinstance(found, PlaceOrder)
    return found


def refused(path: str, body: dict[str, Any] | str) -> None:
    with pytest.raises(Refusal) as raised:
        bitfinex.read(posted(path, body))
    assert raised.value.reason is Reason.BAD_PARAMETER


# Who signed it. Their own documentation has no example with its result; what real clients sign is
# verified with the recorded requests.


def signed(body: str = '{"id": 1}', nonce: str = "1760000000123", query: str = "") -> Request:
    """By hand: HMAC-SHA384 over /api, path, nonce and body."""
    path = "/v2/auth/w/order/cancel"
    text = f"/api{path}{nonce}{body}"
    mac = hmac.new(GRANT.secret, text.encode(), hashlib.sha384).hexdigest()
    headers = (("bfx-nonce", nonce), ("bfx-apikey", "a-key"), ("bfx-signature", mac))
    return Request("POST", "bitfinex", path, query, headers, body.encode())


@pytest.mark.parametrize("nonce", [1_760_000_000, 1_760_000_000_123_456, 1_760_000_000_123_456_789])
def test_the_nonce_may_count_whatever_rises(nonce: int) -> None:
    request = signed(nonce=str(nonce))
    proved = bitfinex.verify(request, GRANT.secret, NOW_MS)
    assert (proved.nonce, proved.timestamp_ms) == (nonce, NOW_MS)
    assert bitfinex.key_id(request) == "a-key"


def test_any_spacing_of_the_body_is_signed_as_it_stands() -> None:
    for body in ("", "{}", '{"id":1}', '{ "id" : 1 }'):
        bitfinex.verify(signed(body), GRANT.secret, NOW_MS)


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "bitfinex", "/v2/auth/w/order/cancel", "", signed().headers, b'{"id": 2}'),
        Request("POST", "bitfinex", "/v2/auth/w/order/submit", "", signed().headers, b'{"id": 1}'),
        Request("POST", "bitfinex", "/v2/auth/w/order/cancel", "", (), b'{"id": 1}'),
        signed(query="id=2"),
        signed(nonce="1.5"),
        signed(nonce="-1"),
        signed(nonce="9" * 20),
    ],
)
def test_what_was_not_signed_is_refused(request_: Request) -> None:
    with pytest.raises(Refusal) as raised:
        bitfinex.verify(request_, GRANT.secret, NOW_MS)
    assert raised.value.reason in (Reason.BAD_SIGNATURE, Reason.BAD_PARAMETER)


def test_a_public_key_signs_nothing_here() -> None:
    with pytest.raises(Refusal):
        bitfinex.verify(signed(), PublicKey(bytes(32)), NOW_MS)


# What it means


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("tBTCUSD", "BTC/USD"),
        ("tBTCUST", "BTC/USDT"),
        ("tETHUDC", "ETH/USDC"),
        ("tDUSK:USD", "DUSK/USD"),
        ("tATOUST", "ATOM/USDT"),
        ("tLUNA:USD", "LUNC/USD"),
        ("tLUNA2:UST", "LUNA/USDT"),
        ("tBTCF0:USTF0", "BTC/USDT:USDT"),
        ("tETHF0:BTCF0", "ETH/BTC:BTC"),
        ("tTESTBTC:TESTUSD", "TESTBTC/TESTUSD"),
    ],
)
def test_names_of_markets(name: str, symbol: str) -> None:
    assert bitfinex.unified(name) == symbol
    if ":" not in symbol:
        assert bitfinex._named(symbol) == name


@pytest.mark.parametrize(
    "name",
    ["BTCUSD", "fUSD", "tBTC", "tDUSKUSD", "tBTCUSDT", "tbtcusd", "tBTC:USD:X", "tBTC:", "t", "",
     "tATOM:USD", "tBTCUSD "],
)  # fmt: skip
def test_what_is_no_name_of_a_market(name: str) -> None:
    with pytest.raises(Refusal):
        bitfinex.unified(name)


def test_orders_as_they_are_worded() -> None:
    assert order() == LIMIT
    assert order(amount="-0.5").side is Side.SELL
    assert order(amount=0.5, price=25001) == LIMIT
    assert order(cid=1234) == PlaceOrder(
        "BTC/USDT", Side.BUY, OrderType.LIMIT, HALF, price=PRICE, time_in_force=TimeInForce.GTC,
        client_order_id="1234",
    )  # fmt: skip
    assert order(flags=4096) == PlaceOrder(
        "BTC/USDT", Side.BUY, OrderType.LIMIT_MAKER, HALF, price=PRICE
    )
    assert order(type="EXCHANGE IOC").time_in_force is TimeInForce.IOC
    assert order(type="EXCHANGE FOK").time_in_force is TimeInForce.FOK
    market = PlaceOrder("BTC/USDT", Side.BUY, OrderType.MARKET, HALF)
    assert order(type="EXCHANGE MARKET", price=None) == market
    assert order(type="EXCHANGE STOP", price="24001") == PlaceOrder(
        "BTC/USDT", Side.BUY, OrderType.STOP_LOSS, HALF, stop_price=STOP
    )
    stop = order(type="EXCHANGE STOP LIMIT", price="24001", price_aux_limit="25001")
    assert stop == PlaceOrder(
        "BTC/USDT", Side.BUY, OrderType.STOP_LOSS_LIMIT, HALF, price=PRICE,
        time_in_force=TimeInForce.GTC, stop_price=STOP,
    )  # fmt: skip


def test_what_has_no_effect_on_the_trade_is_dropped() -> None:
    # bitfinex-api-py asks for a price of market orders as well.
    market = PlaceOrder("BTC/USDT", Side.BUY, OrderType.MARKET, HALF)
    assert order(type="EXCHANGE MARKET", price="1") == market
    assert order(gid=7, flags=0, meta={"aff_code": "me"}) == LIMIT


@pytest.mark.parametrize(
    ("words", "beyond"),
    [
        ({"type": "LIMIT"}, (LEVERAGE,)),
        ({"type": "IOC"}, (LEVERAGE,)),
        ({"symbol": "tBTCF0:USTF0"}, (LEVERAGE,)),
        ({"symbol": "tBTCF0:USTF0", "type": "LIMIT", "lev": 5}, (LEVERAGE, "parameter 'lev'")),
        ({"lev": 5}, ("parameter 'lev'",)),
        ({"tif": "2026-12-01 10:00:00"}, ("parameter 'tif'",)),
        ({"flags": 1024}, (LEVERAGE,)),
        ({"flags": 64 + 512}, ("a hidden order", "flag 'close'")),
        ({"flags": 524_288}, ("flag 'no variable rates'",)),
        ({"flags": 4096 + 2}, ("flag 2",)),
        (
            {"flags": 4096, "type": "EXCHANGE IOC"},
            ("flag 'post only' of an order that is not to stand in a book",),
        ),
        ({"flags": 16384}, ("flag 16384",)),
        ({"price_oco_stop": "24001"}, ("parameter 'price_oco_stop'",)),
        ({"meta": {"aff_code": "me", "make_visible": 1}}, ("parameter 'meta'",)),
        (
            {"cid": "myid12345678"},
            ("a client order id that is no whole number of less than 45 bits",),
        ),
        (
            {"cid": 2**45},
            ("a client order id that is no whole number of less than 45 bits",),
        ),
        (
            {"type": "EXCHANGE TRAILING STOP", "price": None, "price_trailing": "10"},
            ("a trailing distance",),
        ),
    ],
)
def test_what_nothing_bounds_is_said(words: dict[str, Any], beyond: tuple[str, ...]) -> None:
    placed = order(**words)
    assert placed.unbounded == beyond
    assert (placed.side, placed.quantity) == (Side.BUY, HALF)
    with pytest.raises(ValueError, match="never sent"):
        bitfinex.write([placed], GRANT, NOW_MS, 5_000, "", 1)


def test_an_order_that_cancels_another_is_two() -> None:
    words = {**WORDS, "flags": 16384, "price_oco_stop": "24001", "cid": 5}
    first, second = bitfinex.read(posted(SUBMIT, words))
    assert isinstance(first, PlaceOrder)
    assert isinstance(second, PlaceOrder)
    assert first.unbounded == second.unbounded == ("one of two orders that cancel each other",)
    assert (first.type, first.price, first.client_order_id) == (OrderType.LIMIT, PRICE, "5")
    assert (second.type, second.stop_price) == (OrderType.STOP_LOSS, STOP)
    assert (second.side, second.quantity, second.price) == (Side.BUY, HALF, None)


@pytest.mark.parametrize(
    "body",
    [
        {**WORDS, "amount": "0"},
        {**WORDS, "amount": "-0"},
        {**WORDS, "amount": "+0.5"},
        {**WORDS, "amount": "--0.5"},
        {**WORDS, "amount": "1e3"},
        {**WORDS, "amount": 1e-7},
        {**WORDS, "amount": None},
        {**WORDS, "price": "0"},
        {**WORDS, "price": "-25001"},
        {**WORDS, "price": None},
        {**WORDS, "type": "EXCHANGE"},
        {**WORDS, "type": "exchange limit"},
        {**WORDS, "symbol": "tDUSKUSD"},
        {**WORDS, "flags": -1},
        {**WORDS, "flags": 1.5},
        {**WORDS, "type": "EXCHANGE STOP LIMIT"},
        '{"type":"EXCHANGE LIMIT","symbol":"tBTCUST","symbol":"tETHUST","amount":"1","price":"1"}',
        "type=EXCHANGE%20LIMIT&symbol=tBTCUST&amount=1e0&price=1",
    ],
)
def test_orders_that_are_not_understood_are_refused(body: dict[str, Any] | str) -> None:
    refused(SUBMIT, body)


def test_each_operation_of_several_is_read() -> None:
    assert meaning(MULTI, {"ops": [["on", WORDS]]}) == LIMIT
    several = [["on", WORDS], ["oc", {"id": 7}], ["oc_multi", {"id": [8, 9]}], ["ou", {"id": 10}]]
    placed, *others = bitfinex.read(posted(MULTI, {"ops": several}))
    assert isinstance(placed, PlaceOrder)
    assert placed.unbounded == (BATCH,)
    assert others == [
        CancelOrder(None, 7),
        CancelOrder(None, 8),
        CancelOrder(None, 9),
        AmendOrder(None, None, 10, unbounded=("a changed order at Bitfinex",)),
    ]
    odds: list[Any] = [
        [],
        [["oc", {"id": 7}]] * 101,
        None,
        "x",
        [["on"]],
        [["on", WORDS, 1]],
        [["new", WORDS]],
        [WORDS],
    ]
    for odd in odds:
        refused(MULTI, {"ops": odd})
    refused(MULTI, {"ops": [["on", WORDS]], "more": 1})


def test_a_changed_order() -> None:
    path, beyond = "/v2/auth/w/order/update", "a changed order at Bitfinex"
    changed = meaning(path, {"id": 7, "amount": "-0.5", "price": "25001"})
    assert changed == AmendOrder(None, HALF, 7, None, PRICE, (beyond,))
    more = meaning(path, {"cid": 7, "cid_date": "2026-11-26", "delta": "1", "flags": 0})
    assert more == AmendOrder(
        None, None, None, "7", None, (beyond, "parameter 'delta'", "parameter 'flags'")
    )
    refused(path, {"id": 7, "new": 1})
    refused(path, {"amount": "1"})


def test_cancels() -> None:
    one, some = "/v2/auth/w/order/cancel", "/v2/auth/w/order/cancel/multi"
    assert meaning(one, {"id": 7}) == CancelOrder(None, 7)
    by_name = meaning(one, {"cid": 5, "cid_date": "2026-11-26"})
    assert by_name == CancelOrder(None, client_order_id="5")
    assert meaning(some, {"all": 1}) == CancelOrder(None)
    assert bitfinex.read(posted(some, {"id": [7, 8], "cid": [[5, "2026-11-26"]]})) == (
        CancelOrder(None, 7),
        CancelOrder(None, 8),
        CancelOrder(None, client_order_id="5"),
    )
    odds: list[tuple[str, dict[str, Any]]] = [
        (one, {"id": 7, "cid": 5}),
        (one, {}),
        (one, {"id": "x"}),
        (one, {"id": 7, "trigger": True}),
        (some, {"gid": [1]}),
        (some, {"all": 1, "id": [7]}),
        (some, {"all": 0}),
        (some, {"id": ["x"]}),
        (some, {"cid": [5]}),
        (some, {"cid": [[5, "2026-11-26"]] * 101}),
        (some, {}),
    ]
    for path, odd in odds:
        refused(path, odd)


def test_reads_may_name_orders() -> None:
    path = "/v2/auth/r/orders/tBTCUST"
    asked = ReadAccount("POST /v2/auth/r/orders/{symbol}", (("symbol", "tBTCUST"), ("id", "7,8")))
    assert meaning(path, {"id": [7, 8]}) == asked
    request = bitfinex.write([asked], GRANT, NOW_MS, 5_000, "", 1)
    assert (request.path, json.loads(request.body)) == (path, {"id": [7, 8]})
    assert meaning(path, {"id": None}) == ReadAccount(asked.what, asked.parameters[:1])
    odds: list[dict[str, Any]] = [{"id": []}, {"id": [[7]]}, {"id": "x"}, {"new": 1}]
    for odd in odds:
        refused(path, odd)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v2/auth/w/withdraw", MoveFunds),
        ("/v2/auth/w/transfer", MoveFunds),
        ("/v2/auth/w/funding/offer/submit", MoveFunds),
        ("/v2/auth/w/deposit/invoice", MoveFunds),
        ("/v2/auth/w/ext/wallets/withdrawals/request", MoveFunds),
        ("/v1/withdraw", MoveFunds),
        ("/v1/offer/new", MoveFunds),
        ("/v2/auth/w/token", ManageKeys),
        ("/v2/auth/w/position/claim", Unknown),
        ("/v2/auth/w/deriv/collateral/set", Unknown),
        ("/v2/auth/w/settings/set", Unknown),
        ("/v1/order/new", Unknown),
    ],
)
def test_what_no_grant_can_do(path: str, kind: type[AnyIntent]) -> None:
    assert isinstance(meaning(path, {"amount": "1"}), kind)


# What goes out

NAMES = st.integers(1, 2**45 - 1).map(str)
SYMBOLS = st.tuples(
    st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True).filter(
        lambda base: base not in bitfinex._COINS and not base.endswith("F0")
    ),
    st.sampled_from(["BTC", "USD", "USDT", "EURT"]),
).map("/".join)
AMOUNTS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**18),
    st.integers(0, 18),
)
PRICES = st.builds(
    lambda digits, power: Decimal(f"{Decimal(digits).scaleb(power):f}"),
    st.integers(1, 99_999),
    st.integers(-18, 13),
)
"""Of five digits."""


def placed(*types: OrderType, **more: Any) -> st.SearchStrategy[PlaceOrder]:
    return st.builds(
        PlaceOrder,
        SYMBOLS,
        st.sampled_from(Side),
        st.sampled_from(types),
        AMOUNTS,
        client_order_id=st.none() | NAMES,
        **more,
    )


ORDERS = (
    placed(OrderType.LIMIT, price=PRICES, time_in_force=st.sampled_from(TimeInForce))
    | placed(OrderType.LIMIT_MAKER, price=PRICES)
    | placed(OrderType.MARKET)
    | placed(OrderType.STOP_LOSS, stop_price=PRICES)
    | placed(
        OrderType.STOP_LOSS_LIMIT,
        price=PRICES,
        stop_price=PRICES,
        time_in_force=st.just(TimeInForce.GTC),
    )
)
NUMBERS = st.integers(1, 2**53)
CANCELS = (
    st.builds(CancelOrder, st.none(), NUMBERS)
    | st.builds(CancelOrder, st.none(), client_order_id=NAMES)
    | st.just(CancelOrder(None))
)
SEVERAL = st.lists(st.builds(CancelOrder, st.none(), NUMBERS), min_size=2, max_size=5)


@given(st.one_of(ORDERS, CANCELS).map(lambda one: [one]) | SEVERAL, st.integers(0, 2**53 - 1))
def test_what_is_written_reads_as_the_same(intents: list[AnyIntent], nonce: int) -> None:
    request = bitfinex.write(intents, GRANT, NOW_MS, 5_000, "", nonce)
    assert bitfinex.read(request) == tuple(intents)
    assert bitfinex.verify(request, GRANT.secret, NOW_MS).nonce == nonce


@pytest.mark.parametrize(
    "intent",
    [
        PlaceOrder("BTC/USD", Side.BUY, OrderType.MARKET, quote_quantity=HALF),
        PlaceOrder("BTC/USD", Side.BUY, OrderType.MARKET, HALF, test=True),
        PlaceOrder("BTC/USD", Side.BUY, OrderType.TAKE_PROFIT, HALF, stop_price=STOP),
        PlaceOrder("UST/USD", Side.BUY, OrderType.MARKET, HALF),
        PlaceOrder("BTC/USDT:USDT", Side.BUY, OrderType.MARKET, HALF),
        MoveFunds("POST /v2/auth/w/withdraw"),
        ReadAccount("POST /v2/auth/w/withdraw"),
        ReadAccount("POST /v2/auth/r/wallets", (("more", "1"),)),
        AmendOrder(None, HALF, 7),
        CancelOrder(None, list_id=1),
    ],
)
def test_what_is_not_listed_is_not_written(intent: AnyIntent) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bitfinex.write([intent], GRANT, NOW_MS, 5_000, "", 1)


def test_private_requests_need_a_key_and_orders_go_one_by_one() -> None:
    with pytest.raises(ValueError, match="signed"):
        bitfinex.write([LIMIT], None, NOW_MS, 5_000, "", 1)
    with pytest.raises(ValueError, match="one order"):
        bitfinex.write([LIMIT, LIMIT], GRANT, NOW_MS, 5_000, "", 1)


@given(st.integers(0, 4 * 10**12), st.integers(0, 10**9))
def test_own_names_are_of_a_form_that_bitfinex_takes(now_ms: int, number: int) -> None:
    name = bitfinex.own_name(now_ms, number)
    assert bitfinex._is_client_id(name)
    assert len(name) == 14
    assert name != bitfinex.own_name(now_ms, number + 1)
    assert name != bitfinex.own_name(now_ms + 1_000, number)


def test_an_order_is_cancelled_by_the_day_in_its_name() -> None:
    yesterday = NOW_MS - 86_400_000
    words = {}
    for name in (bitfinex.own_name(yesterday, 7), "1234"):
        cancel = CancelOrder("BTC/USD", client_order_id=name)
        words[name] = json.loads(bitfinex.write([cancel], GRANT, NOW_MS, 5_000, "", 1).body)
    assert [one["cid_date"] for one in words.values()] == ["2025-10-08", "2025-10-09"]
    asked = ReadAccount("POST /v2/auth/r/orders", (("cid", next(iter(words))),))
    request = bitfinex.write([asked], GRANT, NOW_MS, 5_000, "", 1)
    assert json.loads(request.body) == words[next(iter(words))]


def test_an_order_is_looked_for_among_the_open_and_the_closed() -> None:
    name = bitfinex.own_name(NOW_MS, 7)
    opened, closed = bitfinex.ask_order("BTC/USDT", name, None)
    assert (opened.what, closed.what) == (
        "POST /v2/auth/r/orders/{symbol}",
        "POST /v2/auth/r/orders/{symbol}/hist",
    )
    assert NOW_MS - int(dict(closed.parameters)["start"]) in range(60_000, 61_000)
    assert all(one.parameters == (("id", "7"),) for one in bitfinex.ask_order("BTC/USDT", name, 7))


@pytest.mark.parametrize(
    "asked",
    [
        *bitfinex.ask_order("BTC/USDT", "1234", None),
        *bitfinex.ask_order("BTC/USDT", "1234", 7),
        *bitfinex.ask_open_orders(None),
        bitfinex.ask_trades("BTC/USDT", None),
        bitfinex.ask_trades("BTC/USDT", Mark(1, NOW_MS)),
        bitfinex.ask_trades_between("BTC/USDT", NOW_MS, NOW_MS + 1),
        bitfinex.ask_balances(),
        bitfinex.ask_key_rights(),
        bitfinex.ask_markets(),
        bitfinex.ask_candles("DUSK/USD", "1m", NOW_MS),
        bitfinex.ask_book("BTC/USDT"),
        bitfinex.ask_time(),
        ReadMarket("GET /v2/conf/{config}", (("config", "pub:list:currency,pub:map:tx:method"),)),
    ],
)
def test_what_the_signer_asks_can_be_written(asked: AnyIntent) -> None:
    request = bitfinex.write([asked], GRANT, NOW_MS, 5_000, "", 1)
    assert bitfinex.read(request) == (asked,)
    assert request.host == bitfinex.HOSTS["pub" if isinstance(asked, ReadMarket) else ""]
    assert "%" not in request.path


def test_an_order_is_cancelled_by_its_number_where_it_is_known() -> None:
    assert bitfinex.ask_cancel("BTC/USD", "1234", 7) == CancelOrder("BTC/USD", 7)
    by_name = bitfinex.ask_cancel("BTC/USD", "1234", None)
    assert by_name == CancelOrder("BTC/USD", client_order_id="1234")


# What comes back: lists of numbers as JavaScript writes them

ORDER_ROW: list[Any] = [
    1747566428, None, 1678987199446, "tBTCUST", 1678988263842, 1678988263843, 0.25, 0.5,
    "EXCHANGE LIMIT", None, None, None, 0, "ACTIVE", None, None, 25001, 0, 0, 0, None, None, None,
    0, 0, None, None, None, "API>BFX", None, None, {},
]  # fmt: skip
REPORT = OrderReport(
    "BTC/USDT", 1747566428, "1678987199446", OrderStatus.PARTIALLY_FILLED, Decimal("0.25"),
    side=Side.BUY, created_ms=1678988263842, quantity=HALF,
)  # fmt: skip
OPEN = ReadAccount("POST /v2/auth/r/orders")


def row(**changes: Any) -> list[Any]:
    places = {"id": 0, "cid": 2, "symbol": 3, "left": 6, "amount": 7, "status": 13}
    changed = list(ORDER_ROW)
    for name, value in changes.items():
        changed[places[name]] = value
    return changed


def told(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_orders_are_told_of() -> None:
    body = told([ORDER_ROW])
    assert bitfinex.open_orders(body) == bitfinex.reports(OPEN, body) == (REPORT,)
    hist = ReadAccount("POST /v2/auth/r/orders/{symbol}/hist")
    assert bitfinex.reports(hist, body) == (REPORT,)
    assert bitfinex.reports(bitfinex.ask_balances(), b"[]") == ()


@pytest.mark.parametrize(
    ("change", "status", "executed", "side"),
    [
        ({"left": 0.5}, OrderStatus.NEW, "0", Side.BUY),
        ({"left": -1e-7, "amount": -2e-7}, OrderStatus.PARTIALLY_FILLED, "0.0000001", Side.SELL),
        ({"left": 0, "status": "EXECUTED @ 107.6(-0.2)"}, OrderStatus.FILLED, "0.5", Side.BUY),
        (
            {"status": "CANCELED was: PARTIALLY FILLED @ 1.0(0.25)"},
            OrderStatus.CANCELED,
            "0.25",
            Side.BUY,
        ),
        ({"left": 0.5, "status": "POSTONLY CANCELED"}, OrderStatus.CANCELED, "0", Side.BUY),
        ({"status": "IOC CANCELED was: PARTIALLY FILLED"}, OrderStatus.CANCELED, "0.25", Side.BUY),
        ({"status": "INSUFFICIENT BALANCE (G1)"}, OrderStatus.CANCELED, "0.25", Side.BUY),
    ],
)
def test_how_an_order_stands(
    change: dict[str, Any], status: OrderStatus, executed: str, side: Side
) -> None:
    (report,) = bitfinex.open_orders(told([row(**change)]))
    assert (report.status, report.executed, report.side) == (status, Decimal(executed), side)


def test_orders_of_futures_and_without_a_name() -> None:
    first, second = bitfinex.open_orders(told([row(symbol="tBTCF0:USTF0", cid=None), row()]))
    assert (first.symbol, first.client_order_id) == ("BTC/USDT:USDT", "")
    assert second == REPORT


def test_the_order_that_was_asked_for_is_found_by_its_name() -> None:
    answer = Response(200, told([row(cid=1), ORDER_ROW]))
    assert bitfinex.asked_order(answer, "1678987199446") == REPORT
    assert bitfinex.asked_order(answer, "2") is None
    assert bitfinex.asked_order(Response(200, b"[]"), "2") is None
    with pytest.raises(ValueError, match=r".+"):
        bitfinex.asked_order(Response(500, b'["error",10020,"id: invalid"]'), "2")
    many = Response(200, told([ORDER_ROW, *[row(cid=1)] * 2_499]))
    assert bitfinex.asked_order(many, "1678987199446") == REPORT
    with pytest.raises(ValueError, match="there may be more"):
        bitfinex.asked_order(many, "2")


def test_trades() -> None:
    bought = [402088407, "tETHUST", 1574963975602, 34938060782, 0.2, 153.57, "EXCHANGE LIMIT",
              153.57, 1, -4e-4, "ETH", 7]  # fmt: skip
    sold = [402088408, "tETHUST", 1574963975603, 34938060783, -0.2, 153.57, "MARKET", 0, -1,
            -0.061428, "UST", None]  # fmt: skip
    first, second = bitfinex.trades(told([bought, sold]))
    assert first.fill == Fill(
        402088407, 1574963975602, Decimal("153.57"), Decimal("0.2"), Decimal("0.0004"), "ETH"
    )
    assert (first.order_id, first.side, first.symbol) == (34938060782, Side.BUY, "ETH/USDT")
    assert (second.side, second.fill.fee_asset) == (Side.SELL, "USDT")
    assert second.fill.fee == Decimal("0.061428")


def test_balances_are_those_of_the_exchange_wallet() -> None:
    rows = [
        ["exchange", "UST", 19788.6529257, 0, 19000.5, None, None],
        ["exchange", "BTC", 1.5, 0, None, None, None],
        ["margin", "UST", 5, 0, 5, None, None],
    ]
    assert bitfinex.balances(told(rows)) == {
        "USDT": Holding(Decimal("19000.5"), Decimal("788.1529257")),
        "BTC": Holding(Decimal("1.5"), Decimal(0)),
    }


def test_markets() -> None:
    info = [None, None, None, "0.00006", "2000.0", None, None, None, 0.2, 0.1]
    rows = [["BTCUST", info], ["BTCF0:USTF0", info], ["DUSK:USD", info], ["odd", info]]
    found = bitfinex.markets(told([rows]))
    step = Decimal("0.00000001")
    assert found == {
        f"{base}/{quote}": Market(base, quote, step, step, Decimal(0), Decimal("0.00006"), 5)
        for base, quote in (("BTC", "USDT"), ("DUSK", "USD"))
    }


def test_public_answers() -> None:
    candle = [1678465320000, 20097, 20094, 20097, 20094, 0.07]
    assert bitfinex.candles(told([candle])) == (
        Candle(
            1678465320000,
            *map(Decimal, ("20097", "20097", "20094", "20094", "0.07", "1406.685")),
        ),
    )
    rows = [[20093, 1, 0.01], [20092, 2, 1], [20094, 3, -0.5], [20095, 1, -2]]
    assert bitfinex.book(told(rows)) == TopOfBook(Decimal(20093), Decimal(20094))
    assert bitfinex.book(b"[]") == TopOfBook(Decimal(0), Decimal(0))
    assert bitfinex.server_time(told([["tBTCF0:USTF0", 1596124822000, None, 1]])) == 1596124822000


def test_key_rights() -> None:
    rows = [
        ["account", 1, 0],
        ["orders", 1, 1],
        ["withdraw", 0, 1],
        ["wallets", 1, 0],
        ["new", 1, 1],
    ]
    rights = bitfinex.key_rights(told(rows))
    assert (rights.can, rights.is_bound) == (("trade", "withdraw", "new"), False)


NOTICE = [1678988263842, "on-req", None, None, [ORDER_ROW], None, "SUCCESS", "Submitting 1 orders."]


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, told(NOTICE), Verdict.DONE),
        (200, told([*NOTICE[:6], "ERROR", "Invalid order"]), Verdict.REJECTED),
        (200, told([*NOTICE[:6], "PENDING", ""]), Verdict.UNKNOWN),
        (502, told(NOTICE), Verdict.UNKNOWN),
        (500, b'["error",10001,"Invalid order: not enough exchange balance"]', Verdict.REJECTED),
        (500, b'["error",10001,"Invalid order: minimum size is 4e-05"]', Verdict.REJECTED),
        (500, b'["error",10001,"Order not found."]', Verdict.REJECTED),
        (500, b'["error",10001,"something went wrong"]', Verdict.UNKNOWN),
        (500, b'["error",10001,"Maximum call stack size exceeded"]', Verdict.UNKNOWN),
        (500, b'["error",10001,"Invalid state"]', Verdict.UNKNOWN),
        (500, b'["error",10020,"amount: invalid"]', Verdict.REJECTED),
        (500, b'["error",10114,"nonce: small"]', Verdict.REJECTED),
        (500, b'["error",10000,"unknown error"]', Verdict.UNKNOWN),
        (500, b'["error",20060,"maintenance"]', Verdict.UNKNOWN),
        (500, b'["error",11010,"ratelimit: error"]', Verdict.REJECTED),
        (429, b"slow down", Verdict.REJECTED),
        (500, b'["error",null,"x"]', Verdict.UNKNOWN),
        (503, b"<html>", Verdict.UNKNOWN),
        (200, b"", Verdict.UNKNOWN),
        (200, b"[]", Verdict.UNKNOWN),
    ],
)
def test_what_an_answer_means_for_an_order(status: int, body: bytes, verdict: Verdict) -> None:
    assert bitfinex.judge(Response(status, body)) is verdict


def test_what_became_of_orders_and_cancels() -> None:
    done = Response(200, told(NOTICE))
    assert bitfinex.outcomes([LIMIT], done) == (Outcome(Verdict.DONE, (REPORT,)),)
    cancels = [CancelOrder(None, 7), CancelOrder(None, 8)]
    assert bitfinex.outcomes(cancels, done) == (Outcome(Verdict.DONE),) * 2
    assert bitfinex.outcomes([LIMIT], Response(503)) == (Outcome(Verdict.UNKNOWN),)
    assert bitfinex.cancelled_order(done.body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'["error",10020,"x"]',
        told([[1]]),
        told([row(left=0.75)]),
        told([row(left="many")]),
        told([row(left=1e-30)]),
        told([row(status="NEW")]),
        told([row(cid="mine")]),
        told([row(symbol=None)]),
        told([row(id=1.5)]),
    ],
)
def test_malformed_answers_are_errors(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bitfinex.reports(OPEN, body)
    for reader in (
        bitfinex.trades,
        bitfinex.markets,
        bitfinex.candles,
        bitfinex.server_time,
    ):
        with pytest.raises(ValueError, match=r".+"):
            reader(body)


def test_client_order_ids_are_told_by_the_bots_names() -> None:
    own = bitfinex.own_name(NOW_MS, 7)
    body = told([row(cid=int(own)), row()])
    renamed = bitfinex.rename_client_ids(body, {own: "5"})
    assert json.loads(renamed) == [row(cid=5), row()]
    assert bitfinex.rename_client_ids(body, {"3" * 14: "5"}) == body
    spoken = f'["{own}",1{own},{own}0,{own}.5]'.encode()
    assert bitfinex.rename_client_ids(spoken, {own: "5"}) == spoken


# What bots are answered


@pytest.mark.parametrize(
    ("reason", "raised"),
    [
        (Reason.UNKNOWN_KEY, ccxt.AuthenticationError),
        (Reason.BAD_SIGNATURE, ccxt.AuthenticationError),
        (Reason.OUTSIDE_WINDOW, ccxt.InvalidNonce),
        (Reason.BAD_PARAMETER, ccxt.BadRequest),
        (Reason.UNKNOWN_ENDPOINT, ccxt.BadRequest),
        (Reason.ORDER_DENIED, ccxt.BadRequest),
        (Reason.CANCEL_DENIED, ccxt.BadRequest),
        (Reason.AMEND_DENIED, ccxt.BadRequest),
        (Reason.NOT_PERMITTED, ccxt.PermissionDenied),
        (Reason.TOO_LARGE, ccxt.BadRequest),
        (Reason.TOO_OFTEN, ccxt.RateLimitExceeded),
        (Reason.UNAVAILABLE, ccxt.OnMaintenance),
        (Reason.OUTCOME_UNKNOWN, ccxt.OnMaintenance),
    ],
)
def test_ccxt_raises_its_usual_exception(reason: Reason, raised: type[Exception]) -> None:
    answer = bitfinex.refuse(Refusal(reason, "denied by policy (verdict 22): budget"))
    text, client = answer.body.decode(), ccxt.bitfinex()
    with pytest.raises(ccxt.BaseError, match="verdict 22") as error:
        client.handle_errors(answer.status, "", "", "POST", {}, text, json.loads(text), {}, None)
    assert error.type is raised
    assert bitfinex.judge(answer) is not Verdict.DONE


@pytest.mark.parametrize("name", ["price", "price_aux_limit"])
@pytest.mark.parametrize("price", ["24001.5", "0.0123456", "100001"])
def test_a_price_of_which_something_would_be_cut_off_has_no_bound(name: str, price: str) -> None:
    prices = {"price": "24001", "price_aux_limit": "25001", name: price}
    placed = order(type="EXCHANGE STOP LIMIT", **prices)
    assert placed.unbounded == ("a price of more than 5 digits",)
    assert order(type="EXCHANGE LIMIT", price="24001.000").unbounded == ()
