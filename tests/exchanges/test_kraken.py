"""Kraken: who signed a request, what it means, what goes out, what comes back."""

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges.wire import NOW_MS, Recorded, recorded
from tradelatch.courier import reading
from tradelatch.exchanges import kraken
from tradelatch.exchanges.claims import AskTrades, TradesSeen
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE, Kind
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

THE_SEAM: ExchangeFile = kraken
ADD = "/0/private/AddOrder"
GRANT = Credentials("a-key", bytearray(base64.b64encode(b"a secret that is nobody's")))
HALF, PRICE = Decimal("0.5"), Decimal("25000.5")
LIMIT = PlaceOrder(
    "BTC/USD", Side.BUY, OrderType.LIMIT, HALF, price=PRICE, time_in_force=TimeInForce.GTC
)


def posted(path: str, body: str | dict[str, Any]) -> Request:
    text = body if isinstance(body, str) else json.dumps(body)
    return Request("POST", "kraken", path, body=text.encode())


def meaning(path: str, body: str | dict[str, Any]) -> AnyIntent:
    (intent,) = kraken.read(posted(path, body))
    return intent


def order(words: str) -> AnyIntent:
    """What an order means of half a bitcoin, with some words more."""
    return meaning(ADD, f"nonce=1&pair=XXBTZUSD&volume=0.5&{words}")


def refused(request: Request) -> Refusal:
    with pytest.raises(Refusal) as raised:
        kraken.read(request)
    return raised.value


# Who signed it

# https://docs.kraken.com/api/docs/guides/spot-rest-auth
DOCUMENTED = Request(
    "POST",
    "kraken",
    ADD,
    headers=(
        (
            "API-Sign",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ),
    ),
    body=b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
)
DOCUMENTED_SECRET = bytearray(
    b"kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
)


def with_body(request: Request, body: bytes) -> Request:
    return Request(request.method, "kraken", request.path, request.query, request.headers, body)


def test_the_vendors_own_example_is_verified() -> None:
    signed = kraken.verify(DOCUMENTED, DOCUMENTED_SECRET, NOW_MS)
    assert (signed.nonce, signed.timestamp_ms) == (1616492376594, NOW_MS)


@pytest.mark.parametrize(
    "request_",
    [
        with_body(DOCUMENTED, DOCUMENTED.body + b"0"),
        with_body(DOCUMENTED, DOCUMENTED.body + b"&nonce=1"),
        with_body(DOCUMENTED, b""),
        with_body(DOCUMENTED, b'{"nonce": 1, "nonce": 2}'),
        with_body(DOCUMENTED, b'{"nonce": [1]}'),
        with_body(DOCUMENTED, b"nonce=\xff"),
        with_body(DOCUMENTED, b"nonce="),
        Request("POST", "kraken", ADD + "/", "", DOCUMENTED.headers, DOCUMENTED.body),
        Request("POST", "kraken", ADD, "volume=9", DOCUMENTED.headers, DOCUMENTED.body),
        Request("POST", "kraken", ADD, "", (), DOCUMENTED.body),
        Request("POST", "kraken", ADD, "", (("API-Sign", "é"),), DOCUMENTED.body),
    ],
)
def test_what_was_not_signed_is_refused(request_: Request) -> None:
    with pytest.raises(Refusal) as raised:
        kraken.verify(request_, DOCUMENTED_SECRET, NOW_MS)
    assert raised.value.reason in (Reason.BAD_SIGNATURE, Reason.BAD_PARAMETER)


def test_a_public_key_signs_nothing_here() -> None:
    with pytest.raises(Refusal):
        kraken.verify(DOCUMENTED, PublicKey(bytes(32)), NOW_MS)


@pytest.mark.parametrize("nonce", [1_616_492_376, 1_616_492_376_594, 2**64 - 1])
def test_the_nonce_may_count_whatever_rises(nonce: int) -> None:
    request = kraken.write([LIMIT], GRANT, NOW_MS, 5_000, "", nonce)
    assert kraken.verify(request, GRANT.secret, NOW_MS).nonce == nonce


# Recorded requests


@pytest.fixture(scope="module")
def requests(recorded_data: Path) -> list[Recorded]:
    found = recorded(recorded_data, "kraken", "krakenex")
    assert len(found) == 2 * 41 + 5
    return found


@pytest.mark.recorded
def test_every_recorded_request_was_signed_with_its_own_secret(requests: list[Recorded]) -> None:
    secrets = {bytes(one.secret) for one in requests}
    for one in requests:
        kraken.verify(one.request, one.secret, NOW_MS)
        changed = with_body(one.request, one.request.body.replace(b"nonce", b"Nonce"))
        others = [(one.request, bytearray(s)) for s in secrets - {bytes(one.secret)}]
        for request, secret in [(changed, one.secret), *others]:
            with pytest.raises(Refusal):
                kraken.verify(request, secret, NOW_MS)


@pytest.mark.recorded
def test_every_recorded_order_means_what_its_caller_meant(requests: list[Recorded]) -> None:
    seen = 0
    for one in requests:
        intents = kraken.read(one.request)
        if not isinstance(intents[0], PlaceOrder):
            assert "imit" not in one.label or "createOrder" not in one.label, one.label
            continue
        (placed,) = intents
        truth, seen = one.truth, seen + 1
        assert isinstance(placed, PlaceOrder)
        assert placed.symbol == truth["symbol"], one.label
        assert placed.side.lower() == truth["side"], one.label
        kinds = {placed.type.has_limit: "limit"}
        assert kinds.get(True, "market") == truth["type"], one.label
        if placed.quote_quantity is None:
            assert placed.quantity == Decimal(str(truth["amount"])), one.label
        else:
            assert placed.quote_quantity == Decimal(str(truth["cost"])), one.label
        if placed.price is not None:
            assert placed.price == Decimal(str(truth["price"])), one.label
    assert seen == 2 * 24 + 2


@pytest.mark.recorded
def test_what_moves_funds_is_nothing_that_a_grant_can_do(requests: list[Recorded]) -> None:
    moving = [one for one in requests if one.label.split()[1] in ("withdraw", "transfer")]
    assert len(moving) == 2 * 6 + 1
    for one in moving:
        (intent,) = kraken.read(one.request)
        assert isinstance(intent, MoveFunds), one.label


# What it means


@pytest.mark.parametrize(
    "name",
    ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD", "XXBT/ZUSD"],
)
def test_a_market_has_many_spellings(name: str) -> None:
    assert kraken.unified(name) == "BTC/USD"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("XETHXXBT", "ETH/BTC"),
        ("ETHXBT", "ETH/BTC"),
        ("XETHZEUR", "ETH/EUR"),
        ("XTZUSD", "XTZ/USD"),
        ("TRXXBT", "TRX/BTC"),
        ("SNXETH", "SNX/ETH"),
        ("XDGUSD", "DOGE/USD"),
        ("DOGE/USD", "DOGE/USD"),
        ("XXDGXXBT", "DOGE/BTC"),
        ("USDTZUSD", "USDT/USD"),
        ("USDTUSD", "USDT/USD"),
        ("XBTUSDT", "BTC/USDT"),
        ("RLUSDUSD", "RLUSD/USD"),
        ("ZEURZUSD", "EUR/USD"),
        ("EURUSD", "EUR/USD"),
        ("WBTCXBT", "WBTC/BTC"),
        ("1INCHEUR", "1INCH/EUR"),
        ("LUNAUSD", "LUNC/USD"),
        ("LUNA2USD", "LUNA/USD"),
        ("KSMDOT", "KSM/DOT"),
    ],
)
def test_base_and_quote_are_told_apart(name: str, symbol: str) -> None:
    assert kraken.unified(name) == symbol
    assert kraken.unified(kraken._pair(symbol)) == symbol


@pytest.mark.parametrize(
    "name", ["XRPRLUSD", "USD", "XBTFOO", "", "XBT/USD/X", "/USD", "XBT/", "xbtusd", "XBTUSD.d"]
)
def test_a_name_that_could_be_another_market_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        kraken.unified(name)


def test_a_name_of_elsewhere_is_none_here() -> None:
    # Kraken's LUNA is LUNC elsewhere, and it knows nothing of that name.
    with pytest.raises(Refusal):
        kraken.unified("LUNC/USD")
    with pytest.raises(ValueError, match="no market at Kraken"):
        kraken._pair("XXBT/USD")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("type=buy&ordertype=limit&price=25000.5", LIMIT),
        (
            "type=buy&ordertype=limit&price=25000.5&oflags=fciq,post",
            PlaceOrder("BTC/USD", Side.BUY, OrderType.LIMIT_MAKER, HALF, price=PRICE),
        ),
        (
            "type=sell&ordertype=market",
            PlaceOrder("BTC/USD", Side.SELL, OrderType.MARKET, HALF),
        ),
        (
            "type=buy&ordertype=market&oflags=viqc",
            PlaceOrder("BTC/USD", Side.BUY, OrderType.MARKET, quote_quantity=HALF),
        ),
        (
            "type=sell&ordertype=stop-loss&price=24000&trigger=last",
            PlaceOrder(
                "BTC/USD", Side.SELL, OrderType.STOP_LOSS, HALF, stop_price=Decimal("24000")
            ),
        ),
        (
            "type=sell&ordertype=take-profit-limit&price=26000&price2=25000.5&timeinforce=IOC",
            PlaceOrder(
                "BTC/USD",
                Side.SELL,
                OrderType.TAKE_PROFIT_LIMIT,
                HALF,
                price=PRICE,
                time_in_force=TimeInForce.IOC,
                stop_price=Decimal("26000"),
            ),
        ),
        (
            "type=sell&ordertype=market&validate=True&cl_ord_id=6d1b345e-2821-40e2-ad83-4ecb18a06876",
            PlaceOrder(
                "BTC/USD",
                Side.SELL,
                OrderType.MARKET,
                HALF,
                client_order_id="6d1b345e-2821-40e2-ad83-4ecb18a06876",
                test=True,
            ),
        ),
        (
            "type=buy&ordertype=limit&price=25000.5&leverage=none&starttm=0&expiretm=0&userref=7"
            "&trading_agreement=agree&stptype=cancel-newest&reduce_only=false",
            LIMIT,
        ),
    ],
)
def test_orders_as_they_are_worded(words: str, meant: PlaceOrder) -> None:
    assert order(words) == meant


@pytest.mark.parametrize(
    ("words", "beyond"),
    [
        ("ordertype=limit&price=1&leverage=2", (LEVERAGE,)),
        ("ordertype=limit&price=1&reduce_only=true", (LEVERAGE,)),
        ("ordertype=limit&price=1&oflags=nompp", ("no protection of its price",)),
        ("ordertype=limit&price=1&oflags=new", ("flag 'new'",)),
        (
            "ordertype=limit&price=1&oflags=post&timeinforce=IOC",
            ("time in force IOC of an order that never takes",),
        ),
        (
            "ordertype=market&oflags=post",
            ("flag 'post' of an order that is not to stand in a book",),
        ),
        (
            "ordertype=limit&price=1&timeinforce=GTD&expiretm=%2B60",
            ("an end in time", "parameter 'expiretm'"),
        ),
        (
            "ordertype=limit&price=1&close%5Bordertype%5D=limit&close%5Bprice%5D=%235%25",
            ("parameter 'close[ordertype]'", "parameter 'close[price]'"),
        ),
        (
            "ordertype=iceberg&price=1&displayvol=0.1",
            ("an iceberg", "parameter 'displayvol'"),
        ),
        ("ordertype=trailing-stop&price=%2B5.0%25", ("a trailing distance",)),
        ("ordertype=trailing-stop-limit&price=%2B5&price2=-1", ("a trailing distance",)),
        ("ordertype=settle-position", (LEVERAGE,)),
        ("ordertype=stop-loss&price=9&trigger=index", ("parameter 'trigger'",)),
        ("ordertype=market&price=9", ("parameter 'price'",)),
        ("ordertype=limit&price=1&starttm=%2B5", ("parameter 'starttm'",)),
        ("ordertype=limit&price=1&stptype=cancel-oldest", ("parameter 'stptype'",)),
        ("ordertype=limit&price=1&asset_class=tokenized_asset", ("parameter 'asset_class'",)),
        ("ordertype=market&timeinforce=FOK", ("fill or kill",)),
        ("ordertype=stop-loss&price=1&timeinforce=FOK", ("fill or kill",)),
    ],
)
def test_what_nothing_bounds_is_said(words: str, beyond: tuple[str, ...]) -> None:
    placed = order(f"type=sell&{words}")
    assert isinstance(placed, PlaceOrder)
    assert placed.unbounded == beyond
    assert (placed.symbol, placed.side, placed.quantity) == ("BTC/USD", Side.SELL, HALF)
    with pytest.raises(ValueError, match="never sent"):
        kraken.write([placed], GRANT, NOW_MS, 5_000, "", 1)


@pytest.mark.parametrize(
    "body",
    [
        "pair=XBTUSD&type=buy&ordertype=limit&price=1&volume=1&volume=2",
        "pair=XBTUSD&type=buy&ordertype=limit&price=%2B1.0%25&volume=1",
        "pair=XBTUSD&type=buy&ordertype=limit&price=%235&volume=1",
        "pair=XBTUSD&type=buy&ordertype=stop-loss&price=-5&volume=1",
        "pair=XBTUSD&type=buy&ordertype=limit&price=1e3&volume=1",
        "pair=XBTUSD&type=buy&ordertype=limit&price=1&volume=0",
        "pair=XBTUSD&type=buy&ordertype=limit&price=1&volume=1&oflags=viqc",
        "pair=XBTUSD&type=buy&ordertype=limit&volume=1",
        "pair=XBTUSD&type=buy&ordertype=new&volume=1",
        "pair=XBTUSD&type=hold&ordertype=market&volume=1",
        "pair=XBTUSD&ordertype=market&volume=1",
        "type=buy&ordertype=market&volume=1",
        "pair=XBTUSD&type=buy&ordertype=market&volume=1&validate=maybe",
        "pair=XBTUSD&type=buy&ordertype=market&volume=1&cl_ord_id=more-than-18-letters-long",
        "pair=XBTUSD&type=buy&ordertype=market&volume=1&timeinforce=DAY",
        '{"pair":"XBTUSD","pair":"XBTEUR","type":"buy","ordertype":"market","volume":"1"}',
        '{"pair":"XBTUSD","type":"buy","ordertype":"market","volume":1e0}',
        '{"pair":"XBTUSD","type":"buy","ordertype":"market","volume":NaN}',
    ],
)
def test_orders_that_are_not_understood_are_refused(body: str) -> None:
    assert refused(posted(ADD, body)).reason is Reason.BAD_PARAMETER


def test_json_is_read_as_a_form_is() -> None:
    words = {"nonce": 1, "pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": 0.5}
    assert meaning(ADD, {**words, "price": 25000.5, "reduce_only": False}) == LIMIT
    closed = meaning(ADD, {**words, "price": 25000.5, "close": {"ordertype": "limit"}})
    assert isinstance(closed, PlaceOrder)
    assert closed.unbounded == ("parameter 'close'",)


def test_each_of_a_batch_is_read() -> None:
    row = {"type": "buy", "ordertype": "limit", "volume": "0.5", "price": "25000.5"}
    batch = {"nonce": "1", "pair": "XBT/USD", "orders": [row, {**row, "type": "sell"}]}
    first, second = kraken.read(posted("/0/private/AddOrderBatch", batch))
    assert isinstance(first, PlaceOrder)
    assert isinstance(second, PlaceOrder)
    assert first.unbounded == second.unbounded == (BATCH,)
    assert (first.side, second.side) == (Side.BUY, Side.SELL)
    assert meaning("/0/private/AddOrderBatch", {**batch, "orders": [row]}) == LIMIT
    late = {**batch, "orders": [row], "deadline": "soon", "validate": True}
    only = meaning("/0/private/AddOrderBatch", late)
    assert isinstance(only, PlaceOrder)
    assert (only.unbounded, only.test) == (("parameter 'deadline'",), True)


def test_edits_and_amends() -> None:
    assert meaning("/0/private/AmendOrder", "txid=OX&order_qty=0.5") == AmendOrder(None, HALF, "OX")
    amended = "cl_ord_id=mine&limit_price=25000.5&post_only=true&pair=XBTUSD"
    assert meaning("/0/private/AmendOrder", amended) == AmendOrder(
        "BTC/USD", None, None, "mine", PRICE, ("parameter 'post_only'",)
    )
    edited = meaning("/0/private/EditOrder", "txid=OX&pair=XBTUSD&volume=0.5&price=25000.5")
    assert edited == AmendOrder("BTC/USD", HALF, "OX", None, PRICE, ("another order",))
    refused(posted("/0/private/AmendOrder", "txid=OX&order_qty=1&new=1"))
    refused(posted("/0/private/EditOrder", "txid=OX&pair=XBTUSD&volume=1&leverage=2"))


def test_cancels() -> None:
    assert meaning("/0/private/CancelOrder", "nonce=1&txid=OX") == CancelOrder(None, "OX")
    by_name = meaning("/0/private/CancelOrder", "cl_ord_id=mine")
    assert by_name == CancelOrder(None, client_order_id="mine")
    assert meaning("/0/private/CancelAll", "nonce=1") == CancelOrder(None)
    some = {"orders": ["OX", 7], "cl_ord_ids": ["mine"]}
    assert kraken.read(posted("/0/private/CancelOrderBatch", some)) == (
        CancelOrder(None, "OX"),
        CancelOrder(None, "7"),
        CancelOrder(None, client_order_id="mine"),
    )
    for path, body in (
        ("CancelOrder", "txid=OX&cl_ord_id=mine"),
        ("CancelOrder", "nonce=1"),
        ("CancelOrder", "txid=OX&pair=XBTUSD"),
        ("CancelOrderBatch", "nonce=1"),
        ("CancelAll", "pair=XBTUSD"),
    ):
        refused(posted(f"/0/private/{path}", body))


def test_public_reads_are_the_same_by_both_methods() -> None:
    asked = ReadMarket("GET /0/public/Ticker", (("pair", "XBTUSD"),))
    assert meaning("/0/public/Ticker", "pair=XBTUSD") == asked
    assert kraken.read(Request("GET", "kraken", "/0/public/Ticker", "pair=XBTUSD")) == (asked,)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Withdraw", MoveFunds),
        ("WithdrawCancel", MoveFunds),
        ("WalletTransfer", MoveFunds),
        ("AccountTransfer", MoveFunds),
        ("Earn/Allocate", MoveFunds),
        ("Earn/Deallocate", MoveFunds),
        ("Stake", MoveFunds),
        ("Unstake", MoveFunds),
        ("CreateSubaccount", ManageKeys),
        ("GetWebSocketsToken", ManageKeys),
        ("CancelAllOrdersAfter", Unknown),
        ("AddExport", Unknown),
    ],
)
def test_what_no_grant_can_do(path: str, kind: type[AnyIntent]) -> None:
    assert isinstance(meaning(f"/0/private/{path}", "nonce=1&asset=XBT&key=my+key"), kind)


def test_the_method_is_part_of_an_endpoint() -> None:
    (intent,) = kraken.read(Request("GET", "kraken", ADD))
    assert isinstance(intent, Unknown)


# What goes out

SYMBOLS = st.tuples(
    st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True).filter(
        lambda base: base not in kraken._LEGACY | kraken._COINS
    ),
    st.sampled_from(["BTC", "USD", "USDT", "ETH"]),
).map("/".join) | st.sampled_from(["BTC/USD", "DOGE/BTC", "LUNC/USD", "LUNA/EUR"])
AMOUNTS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**18),
    st.integers(0, 18),
)
CLIENT_IDS = (
    st.none()
    | st.from_regex(r"[A-Za-z0-9.:/_-]{1,18}", fullmatch=True)
    | st.uuids().map(str)
    | st.uuids().map(lambda uuid: uuid.hex)
)
PLACED = {"side": st.sampled_from(Side), "client_order_id": CLIENT_IDS, "test": st.booleans()}
IN_FORCE = st.sampled_from(TimeInForce)


def whole(asked: ReadAccount | tuple[ReadAccount, ...]) -> tuple[ReadAccount, ...]:
    return asked if isinstance(asked, tuple) else (asked,)


def placed(*types: OrderType, **more: Any) -> st.SearchStrategy[PlaceOrder]:
    return st.builds(PlaceOrder, SYMBOLS, type=st.sampled_from(types), **PLACED, **more)


ORDERS = (
    placed(OrderType.LIMIT, quantity=AMOUNTS, price=AMOUNTS, time_in_force=IN_FORCE)
    | placed(OrderType.LIMIT_MAKER, quantity=AMOUNTS, price=AMOUNTS)
    | placed(OrderType.MARKET, quantity=AMOUNTS)
    | placed(OrderType.MARKET, quote_quantity=AMOUNTS)
    | placed(OrderType.STOP_LOSS, OrderType.TAKE_PROFIT, quantity=AMOUNTS, stop_price=AMOUNTS)
    | placed(
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT_LIMIT,
        quantity=AMOUNTS,
        price=AMOUNTS,
        stop_price=AMOUNTS,
        time_in_force=IN_FORCE,
    )
)
NUMBERS = st.from_regex(r"O[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}", fullmatch=True)
NAMES = CLIENT_IDS.filter(bool)
CANCELS = (
    st.builds(CancelOrder, st.none(), NUMBERS)
    | st.builds(CancelOrder, st.none(), client_order_id=NAMES)
    | st.just(CancelOrder(None))
)
AMENDS = st.builds(AmendOrder, st.none(), AMOUNTS, NUMBERS)
SEVERAL = st.lists(st.builds(CancelOrder, st.none(), NUMBERS), min_size=2, max_size=5)


@given(st.one_of(ORDERS, CANCELS, AMENDS).map(lambda one: [one]) | SEVERAL, st.integers(0, 2**63))
def test_what_is_written_reads_as_the_same(intents: list[AnyIntent], nonce: int) -> None:
    request = kraken.write(intents, GRANT, NOW_MS, 5_000, "", nonce)
    assert kraken.read(request) == tuple(intents)
    assert kraken.verify(request, GRANT.secret, NOW_MS).nonce == nonce
    assert kraken.key_id(request) == GRANT.key_id


@pytest.mark.parametrize(
    "endpoint", [e for e in kraken.TABLE if e.kind in (Kind.ACCOUNT, Kind.MARKET)]
)
def test_reads_are_written_as_they_were_read(endpoint: Any) -> None:
    parameters = tuple((name, "a b") for name in endpoint.parameters)
    if endpoint.kind is Kind.ACCOUNT:
        asked: AnyIntent = ReadAccount(endpoint.what, parameters)
    else:
        asked = ReadMarket(endpoint.what.replace("POST", "GET"), parameters)
    request = kraken.write([asked], GRANT, NOW_MS, 5_000, "https://other.example", 3)
    assert kraken.read(request) == (asked,)
    assert request.host == "https://other.example"


@pytest.mark.parametrize(
    "intent",
    [
        MoveFunds("POST /0/private/Withdraw"),
        Unknown("x"),
        ReadAccount("POST /0/private/Withdraw"),
        ReadAccount("POST /0/private/Balance", (("asset", "XBT"),)),
        CancelOrder(None, list_id=1),
        AmendOrder(None, HALF, "OX", price=PRICE),
        AmendOrder(None, None, "OX"),
    ],
)
def test_what_is_not_listed_is_not_written(intent: AnyIntent) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kraken.write([intent], GRANT, NOW_MS, 5_000, "", 1)


def test_private_requests_need_a_key_and_orders_go_one_by_one() -> None:
    with pytest.raises(ValueError, match="signed"):
        kraken.write([LIMIT], None, NOW_MS, 5_000, "", 1)
    with pytest.raises(ValueError, match="one order"):
        kraken.write([LIMIT, LIMIT], GRANT, NOW_MS, 5_000, "", 1)


def test_all_orders_of_a_market_go_with_all_others() -> None:
    request = kraken.write([CancelOrder("BTC/USD")], GRANT, NOW_MS, 5_000, "", 1)
    assert request.path == "/0/private/CancelAll"


@given(st.integers(0, 10**13 - 1), st.integers(0, 10**9))
def test_own_names_are_of_a_form_that_kraken_takes(now_ms: int, number: int) -> None:
    name = kraken.own_name(now_ms, number)
    assert name.startswith(kraken.OWN_NAMES)
    assert kraken._CLIENT_ID.fullmatch(name)
    assert name != kraken.own_name(now_ms, number + 1) != kraken.own_name(now_ms + 1, number + 1)


@pytest.mark.parametrize(
    "asked",
    [
        *whole(kraken.ask_order("BTC/USD", "mine", None)),
        *whole(kraken.ask_order("BTC/USD", "mine", "OX")),
        kraken.ask_cancel("BTC/USD", "mine", None),
        kraken.ask_cancel("BTC/USD", "mine", "OX"),
        *kraken.ask_open_orders({"BTC/USD", "ETH/USD"}),
        *kraken.ask_open_orders(None),
        kraken.ask_trades("BTC/USD", None),
        kraken.ask_trades("BTC/USD", Mark("T1", NOW_MS)),
        kraken.ask_trades_between("BTC/USD", NOW_MS, NOW_MS + 1),
        kraken.ask_balances(),
        kraken.ask_key_rights(),
        kraken.ask_markets(),
        kraken.ask_candles("BTC/USD", "1m", NOW_MS),
        kraken.ask_book("BTC/USD"),
        kraken.ask_time(),
    ],
)
def test_what_the_signer_asks_can_be_written(asked: AnyIntent) -> None:
    (read,) = kraken.read(kraken.write([asked], GRANT, NOW_MS, 5_000, "", 1))
    if isinstance(asked, CancelOrder):  # which names no market at Kraken
        asked = CancelOrder(None, asked.order_id, asked.client_order_id)
    assert read == asked


# What comes back

ORDER_ROW = {
    "refid": None,
    "userref": 0,
    "cl_ord_id": "mine",
    "status": "open",
    "opentm": 1706893367.4656649,
    "starttm": 0,
    "expiretm": 0,
    "descr": {
        "pair": "XBTUSD",
        "type": "buy",
        "ordertype": "limit",
        "price": "25000.5",
        "price2": "0",
        "leverage": "none",
        "order": "buy 0.50000000 XBTUSD @ limit 25000.5",
        "close": "",
    },
    "vol": "0.50000000",
    "vol_exec": "0.20000000",
    "cost": "5000.1",
    "fee": "8.00016",
    "price": "25000.5",
    "stopprice": "0.00000",
    "limitprice": "0.00000",
    "misc": "",
    "oflags": "fciq",
}
REPORT = OrderReport(
    "BTC/USD",
    "OX",
    "mine",
    OrderStatus.PARTIALLY_FILLED,
    Decimal("0.2"),
    side=Side.BUY,
    created_ms=1706893367465,
    quantity=HALF,
)
TRADE_ROW = {
    "ordertxid": "OX",
    "postxid": "TKH2SE-M7IF5-CFI7LT",
    "pair": "XXBTZUSD",
    "time": 1688667796.8802,
    "type": "buy",
    "ordertype": "limit",
    "price": "30010.00000",
    "cost": "600.20000",
    "fee": "0.00000",
    "vol": "0.02000000",
    "margin": "0.00000",
    "misc": "",
    "trade_id": 40274859,
    "maker": True,
}


def told(result: Any, *errors: str) -> bytes:
    return json.dumps({"error": list(errors), "result": result}).encode()


def test_orders_are_told_of_in_three_forms() -> None:
    (asked,) = kraken.ask_open_orders(None)
    assert kraken.open_orders(told({"open": {"OX": ORDER_ROW}})) == (REPORT,)
    for result in ({"open": {"OX": ORDER_ROW}}, {"closed": {"OX": ORDER_ROW}}, {"OX": ORDER_ROW}):
        assert kraken.reports(asked, told(result)) == (REPORT,)
        assert kraken.asked_order(Response(200, told(result)), "mine") == REPORT
    assert kraken.reports(kraken.ask_balances(), told({})) == ()


@pytest.mark.parametrize(
    ("change", "status", "executed", "quantity"),
    [
        ({"vol_exec": "0"}, OrderStatus.NEW, "0", "0.5"),
        ({"status": "pending", "vol_exec": "0"}, OrderStatus.NEW, "0", "0.5"),
        ({"status": "closed", "vol_exec": "0.5"}, OrderStatus.FILLED, "0.5", "0.5"),
        ({"status": "canceled"}, OrderStatus.CANCELED, "0.2", "0.5"),
        ({"status": "expired"}, OrderStatus.EXPIRED, "0.2", "0.5"),
        (
            {"status": "closed", "oflags": "fciq,viqc", "cost": "100", "price": "25000"},
            OrderStatus.FILLED,
            "0.004",
            None,
        ),
        (
            {"status": "closed", "oflags": "viqc", "cost": "27.12345", "price": "30000.1"},
            OrderStatus.FILLED,
            "0.00090411",
            None,
        ),
    ],
)
def test_how_an_order_stands(
    change: dict[str, str], status: OrderStatus, executed: str, quantity: str | None
) -> None:
    (report,) = kraken.open_orders(told({"open": {"OX": ORDER_ROW | change}}))
    assert (report.status, report.executed) == (status, Decimal(executed))
    assert report.quantity == (quantity and Decimal(quantity))


def test_an_order_of_a_market_that_has_no_name_here_is_told_of_by_its_own() -> None:
    row = ORDER_ROW | {"descr": {"pair": "AAPLxUSD", "type": "sell"}}
    (report,) = kraken.open_orders(told({"open": {"OX": row}}))
    assert report.symbol == "AAPLxUSD"


def test_no_such_order_is_none() -> None:
    unknown = Response(200, b'{"error":["EOrder:Unknown order"]}')
    assert kraken.asked_order(unknown, "mine") is None
    nothing: list[dict[str, Any]] = [{"open": {}}, {"closed": {}, "count": 0}, {}]
    for result in nothing:
        assert kraken.asked_order(Response(200, told(result)), "mine") is None
    # "Invalid order" was said of orders that stood: https://github.com/freqtrade/freqtrade/issues/8006
    for error in ("EService:Busy", "EOrder:Invalid order"):
        answer = Response(200, json.dumps({"error": [error]}).encode())
        with pytest.raises(ValueError, match=r".+"):
            kraken.asked_order(answer, "mine")
    several = told({"open": {"OX": ORDER_ROW, "OY": ORDER_ROW}})
    with pytest.raises(ValueError, match="several"):
        kraken.asked_order(Response(200, several), "mine")


def test_trades_have_their_market() -> None:
    (trade,) = kraken.trades(told({"count": 1, "trades": {"THVRQM": TRADE_ROW}}))
    assert trade.fill == Fill(
        "THVRQM", 1688667796880, Decimal("30010"), Decimal("0.02"), Decimal(0), "USD"
    )
    assert (trade.order_id, trade.side, trade.symbol) == ("OX", Side.BUY, "BTC/USD")


def test_balances_have_unified_names() -> None:
    rows = {
        "ZUSD": {"balance": "25435.21", "hold_trade": "8249.76"},
        "XXBT": {"balance": "1.5", "hold_trade": "0.5"},
        "XBT.M": {"balance": "0.1", "hold_trade": "0"},
        "XDG": {"balance": "7"},
    }
    assert kraken.balances(told(rows)) == {
        "USD": Holding(Decimal("17185.45"), Decimal("8249.76")),
        "BTC": Holding(Decimal(1), HALF),
        "BTC.M": Holding(Decimal("0.1"), Decimal(0)),
        "DOGE": Holding(Decimal(7), Decimal(0)),
    }


PAIR_ROW = {
    "altname": "XBTUSD",
    "wsname": "XBT/USD",
    "base": "XXBT",
    "quote": "ZUSD",
    "pair_decimals": 1,
    "lot_decimals": 8,
    "ordermin": "0.0001",
    "costmin": "0.5",
    "tick_size": "0.1",
    "status": "online",
}


def test_markets_with_their_steps() -> None:
    same = {"altname": "XRPRLUSD", "wsname": "XRP/RLUSD", "pair_decimals": 5, "lot_decimals": 8}
    found = kraken.markets(told({"XXBTZUSD": PAIR_ROW, "XRPRLUSD": same}))
    assert found == {
        "BTC/USD": Market(
            "BTC",
            "USD",
            tick=Decimal("0.1"),
            lot=Decimal("0.00000001"),
            min_notional=HALF,
            min_quantity=Decimal("0.0001"),
        )
    }


def test_public_answers() -> None:
    candle = [1688671200, "30306.1", "30306.2", "30305.7", "30305.7", "30306.0", "3.5", 23]
    assert kraken.candles(told({"XXBTZUSD": [candle], "last": 1688672160})) == (
        Candle(
            1688671200000,
            *map(Decimal, ("30306.1", "30306.2", "30305.7", "30305.7", "3.5", "106071")),
        ),
    )
    top = {"asks": [["52523.0", "1.199", 1616663113]], "bids": []}
    assert kraken.book(told({"XXBTZUSD": top})) == TopOfBook(Decimal(0), Decimal(52523))
    assert kraken.server_time(told({"unixtime": 1688669448, "rfc1123": "x"})) == 1688669448000


def test_key_rights() -> None:
    rights = kraken.key_rights(
        told(
            {
                "api_key_name": "bot",
                "permissions": ["query-funds", "modify-trades", "withdraw-funds", "new-right"],
                "valid_until": "0",
                "created_time": "1772544000",
                "ip_allowlist": ["1.2.3.4"],
            }
        )
    )
    assert rights.can == ("trade", "withdraw", "new-right")
    assert (rights.is_bound, rights.created_ms, rights.ends_ms) == (True, 1772544000000, 0)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b'{"error":[],"result":{"count":1}}', Verdict.DONE),
        (200, b'{"error":["WGeneral:something"],"result":{}}', Verdict.DONE),
        (200, b'{"error":["EOrder:Insufficient funds"]}', Verdict.REJECTED),
        (200, b'{"error":["EAPI:Invalid nonce"]}', Verdict.REJECTED),
        (200, b'{"error":["EService:Market in cancel_only mode"]}', Verdict.REJECTED),
        (200, b'{"error":["EOrder:Rate limit exceeded"]}', Verdict.REJECTED),
        (429, b"slow down", Verdict.REJECTED),
        (200, b'{"error":["EService:Unavailable"]}', Verdict.UNKNOWN),
        (200, b'{"error":["EService:Timeout"]}', Verdict.UNKNOWN),
        (200, b'{"error":["EGeneral:Internal error"]}', Verdict.UNKNOWN),
        (200, b'{"error":["EGeneral:Unexpected error"]}', Verdict.UNKNOWN),
        (200, b'{"error":["EEngine:Timeout"]}', Verdict.UNKNOWN),
        (200, b'{"error":["EOrder:Invalid price","EService:Busy"]}', Verdict.UNKNOWN),
        (200, b'{"error":["EGeneral:Invalid arguments:volume"]}', Verdict.REJECTED),
        (520, b"<html>", Verdict.UNKNOWN),
        (502, b'{"error":[]}', Verdict.UNKNOWN),
        (200, b"{}", Verdict.UNKNOWN),
        (200, b"", Verdict.UNKNOWN),
    ],
)
def test_what_an_answer_means_for_an_order(status: int, body: bytes, verdict: Verdict) -> None:
    assert kraken.judge(Response(status, body)) is verdict


def test_what_became_of_orders_and_cancels() -> None:
    done = Response(200, told({"descr": {"order": "buy"}, "txid": ["OX"]}))
    (outcome,) = kraken.outcomes([LIMIT], done)
    assert outcome.reports == (OrderReport("BTC/USD", "OX", "", OrderStatus.NEW, Decimal(0)),)
    only_tested = Response(200, told({"descr": {"order": "buy"}}))
    tested = PlaceOrder("BTC/USD", Side.BUY, OrderType.MARKET, HALF, test=True)
    assert kraken.outcomes([tested], only_tested) == (Outcome(Verdict.DONE),)
    cancels = [CancelOrder(None, "OX"), CancelOrder(None, "OY")]
    counted = Response(200, told({"count": 2}))
    assert kraken.outcomes(cancels, counted) == (Outcome(Verdict.DONE),) * 2
    assert kraken.cancelled_order(counted.body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"error":["EAPI:Invalid key"]}',
        told({"OX": {**ORDER_ROW, "vol_exec": "-1"}}),
        told({"OX": {**ORDER_ROW, "vol_exec": "1e5"}}),
        told({"OX": {**ORDER_ROW, "status": "new"}}),
        told({"OX": {**ORDER_ROW, "descr": {"pair": "XBTUSD", "type": "hold"}}}),
        b'{"error":[],"result":{"OX":{},"OX":{}}}',
    ],
)
def test_malformed_answers_are_errors(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kraken.reports(ReadAccount("POST /0/private/QueryOrders"), body)
    for reader in (
        kraken.open_orders,
        kraken.trades,
        kraken.balances,
        kraken.markets,
        kraken.candles,
        kraken.book,
        kraken.server_time,
        kraken.key_rights,
    ):
        with pytest.raises(ValueError, match=r".+"):
            reader(body)


def test_client_order_ids_are_told_by_the_bots_names() -> None:
    body = told({"open": {"OX": {"cl_ord_id": "tl1", "misc": "tl1"}}})
    renamed = json.loads(kraken.rename_client_ids(body, {"tl1": "mine"}))
    assert renamed["result"]["open"]["OX"] == {"cl_ord_id": "mine", "misc": "tl1"}


# What bots are answered


@pytest.mark.parametrize(
    ("reason", "raised"),
    [
        (Reason.UNKNOWN_KEY, ccxt.AuthenticationError),
        (Reason.BAD_SIGNATURE, ccxt.AuthenticationError),
        (Reason.OUTSIDE_WINDOW, ccxt.InvalidNonce),
        (Reason.BAD_PARAMETER, ccxt.BadRequest),
        (Reason.UNKNOWN_ENDPOINT, ccxt.ExchangeError),
        (Reason.ORDER_DENIED, ccxt.InvalidOrder),
        (Reason.CANCEL_DENIED, ccxt.InvalidOrder),
        (Reason.AMEND_DENIED, ccxt.InvalidOrder),
        (Reason.NOT_PERMITTED, ccxt.PermissionDenied),
        (Reason.TOO_LARGE, ccxt.BadRequest),
        (Reason.TOO_OFTEN, ccxt.DDoSProtection),
        (Reason.UNAVAILABLE, ccxt.ExchangeNotAvailable),
        (Reason.OUTCOME_UNKNOWN, ccxt.ExchangeNotAvailable),
    ],
)
def test_ccxt_raises_its_usual_exception(reason: Reason, raised: type[Exception]) -> None:
    answer, client = (
        kraken.refuse(Refusal(reason, "denied by policy (verdict 22): budget")),
        ccxt.kraken(),
    )
    text = answer.body.decode()
    with pytest.raises(ccxt.BaseError, match="verdict 22") as error:
        client.handle_errors(answer.status, "", "", "POST", {}, text, json.loads(text), {}, None)
    assert error.type is raised


def test_each_reason_has_an_answer() -> None:
    for reason in Reason:
        assert kraken.judge(kraken.refuse(Refusal(reason, "no"))) is not Verdict.DONE


# A second opinion

SPELLINGS = {
    "XXBTZUSD": PAIR_ROW,
    "XETHXXBT": PAIR_ROW | {"altname": "ETHXBT", "base": "XETH", "quote": "XXBT"},
    "XDGUSD": PAIR_ROW | {"altname": "XDGUSD", "base": "XXDG", "quote": "ZUSD"},
    "USDTZUSD": PAIR_ROW | {"altname": "USDTUSD", "base": "USDT", "quote": "ZUSD"},
    "XTZUSD": PAIR_ROW | {"altname": "XTZUSD", "base": "XTZ", "quote": "ZUSD"},
    "SOLUSDT": PAIR_ROW | {"altname": "SOLUSDT", "base": "SOL", "quote": "USDT"},
}


class Offline(ccxt.kraken):  # type: ignore[misc]
    """ccxt as it is, but what it would send is kept and nothing is sent."""

    def __init__(self) -> None:
        super().__init__({"apiKey": "k", "secret": GRANT.secret.decode()})
        self.enableRateLimit = False
        self.sent: list[Request] = []
        self.load_markets()

    def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> dict[str, Any]:
        if method == "GET":
            return {"error": [], "result": SPELLINGS if "AssetPairs" in url else {}}
        path = url.removeprefix("https://api.kraken.com")
        self.sent.append(Request(method, "kraken", path, "", tuple(headers.items()), body.encode()))
        return {"error": [], "result": {"txid": ["OX"], "descr": {}}}


@pytest.fixture(scope="module")
def client() -> Offline:
    return Offline()


@given(
    symbol=st.sampled_from(["BTC/USD", "ETH/BTC", "DOGE/USD", "USDT/USD", "XTZ/USD", "SOL/USDT"]),
    side=st.sampled_from(Side),
    amount=st.integers(1, 10**12).map(lambda lots: Decimal(lots).scaleb(-8)),
    ticks=st.none() | st.integers(1, 10**7),
    is_maker=st.booleans(),
)
def test_fresh_orders_of_ccxt_are_read_right(
    client: Offline, symbol: str, side: Side, amount: Decimal, ticks: int | None, is_maker: bool
) -> None:
    price = None if ticks is None else Decimal(ticks).scaleb(-1)
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    words = {"postOnly": True} if is_maker and price else {}
    client.sent.clear()
    client.create_order(
        symbol, kind.lower(), side.lower(), str(amount), price and str(price), words
    )
    (request,) = client.sent
    kraken.verify(request, GRANT.secret, NOW_MS)
    (placed,) = kraken.read(request)
    is_limit = kind is OrderType.LIMIT
    assert placed == PlaceOrder(
        symbol,
        side,
        OrderType.LIMIT_MAKER if words else kind,
        amount,
        price=price,
        time_in_force=TimeInForce.GTC if is_limit and not words else None,
    )


def test_trades_of_other_markets_are_not_claimed_for_this_one() -> None:
    eth = TRADE_ROW | {"pair": "XETHZUSD"}
    answer = Response(200, told({"trades": {"T1": TRADE_ROW, "T2": eth}}))
    seen = reading.answer(kraken, "a", AskTrades("ETH/USD", None), answer)
    assert isinstance(seen, TradesSeen)
    assert [trade.fill.trade_id for trade in seen.trades] == ["T2"]
    assert seen.cut_ms == 0
    rows = {f"T{n}": TRADE_ROW | {"time": 1_688_667_796 + n} for n in range(50)}
    full = Response(200, told({"trades": rows}))
    cut = reading.answer(kraken, "a", AskTrades("ETH/USD", None), full)
    # None of its own, and there may be some before those that were told of.
    assert cut == TradesSeen("a", "ETH/USD", (), 1_688_667_796_000)


def test_an_order_goes_out_with_a_near_deadline_and_another_one_is_dropped() -> None:
    """Kraken takes deadlines from two seconds on (docs, AddOrder)."""
    words = "type=sell&ordertype=limit&price=1&deadline="
    told = order(words + "2026-11-26T12:00:00.5Z")
    assert isinstance(told, PlaceOrder)
    assert told.unbounded == ()
    for window_ms, until in ((5_000, "08%3A53%3A25.123Z"), (100, "08%3A53%3A22.623Z")):
        body = kraken.write((told,), GRANT, NOW_MS, window_ms, "", 1).body
        assert body.endswith(f"&deadline=2025-10-09T{until}".encode())
    for odd in ("soon", "%2B5", "2026-11-26T12:00:00"):
        with pytest.raises(Refusal, match="deadline"):
            order(words + odd)


@pytest.mark.parametrize(("flags", "sent"), [("fcib", "fciq"), ("post", "fciq%2Cpost")])
def test_the_fee_is_taken_in_what_it_is_told_in(flags: str, sent: str) -> None:
    """By default Kraken takes that of a sell in base (docs, AddOrder, oflags)."""
    placed = order(f"type=sell&ordertype=limit&price=1&oflags={flags}")
    body = kraken.write([placed], GRANT, NOW_MS, 5_000, "", 1).body.decode()
    assert f"&oflags={sent}&" in body
