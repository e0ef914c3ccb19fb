"""What goes out is composed from the intent alone, and reads as the same intent."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges.wire import GRANT, NOW_MS, SECRET
from tradelatch.exchanges import binance
from tradelatch.exchanges.binance.endpoints import ENDPOINTS, name_of
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind
from tradelatch.exchanges.protocol import ExchangeFile, Mark
from tradelatch.model.http import Request
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
from tradelatch.model.orders import OrderType, Side, TimeInForce

THE_SEAM: ExchangeFile = binance

SYMBOLS = st.tuples(
    st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True), st.sampled_from(["BTC", "USDT", "ETH"])
).map("/".join)
AMOUNTS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**18),
    st.integers(0, 18),
)
CLIENT_IDS = st.none() | st.from_regex(r"[A-Za-z0-9.:/_-]{1,36}", fullmatch=True)
PLACED = {
    "side": st.sampled_from(Side),
    "client_order_id": CLIENT_IDS,
    "response": st.just("FULL"),
    "test": st.booleans(),
}
LIMITS = st.builds(
    PlaceOrder,
    SYMBOLS,
    type=st.just(OrderType.LIMIT),
    quantity=AMOUNTS,
    price=AMOUNTS,
    time_in_force=st.sampled_from(TimeInForce),
    **PLACED,
)
MAKERS = st.builds(
    PlaceOrder,
    SYMBOLS,
    type=st.just(OrderType.LIMIT_MAKER),
    quantity=AMOUNTS,
    price=AMOUNTS,
    **PLACED,
)
WAITING = st.builds(
    PlaceOrder,
    SYMBOLS,
    type=st.sampled_from([OrderType.STOP_LOSS, OrderType.TAKE_PROFIT]),
    quantity=AMOUNTS,
    stop_price=AMOUNTS,
    **PLACED,
) | st.builds(
    PlaceOrder,
    SYMBOLS,
    type=st.sampled_from([OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT]),
    quantity=AMOUNTS,
    price=AMOUNTS,
    time_in_force=st.sampled_from(TimeInForce),
    stop_price=AMOUNTS,
    **PLACED,
)
MARKETS = st.builds(
    PlaceOrder, SYMBOLS, type=st.just(OrderType.MARKET), quantity=AMOUNTS, **PLACED
) | st.builds(PlaceOrder, SYMBOLS, type=st.just(OrderType.MARKET), quote_quantity=AMOUNTS, **PLACED)
NUMBERS = st.integers(0, 2**63 - 1)
CANCELS = st.builds(CancelOrder, SYMBOLS, st.none() | NUMBERS, CLIENT_IDS) | st.builds(
    CancelOrder, SYMBOLS, list_id=st.none() | NUMBERS, listed=CLIENT_IDS
)
AMENDS = st.builds(
    AmendOrder, SYMBOLS, AMOUNTS, NUMBERS, CLIENT_IDS.filter(lambda name: name is not None)
)

VALUES = {
    "symbol": "ETHBTC", "pair": "BTCUSD", "symbols": '["ETHBTC","BTCUSDT"]', "permissions": "SPOT",
    "symbolStatus": "TRADING", "interval": "1h", "windowSize": "7d", "type": "MINI", "coin": "BTC",
    "origClientOrderId": "a:b/c", "omitZeroBalances": "true", "showPermissionSets": "false",
}  # fmt: skip


@st.composite
def account_and_market_reads(draw: st.DrawFn) -> AnyIntent:
    listed = [e for e in ENDPOINTS.values() if e.kind in (Kind.ACCOUNT, Kind.MARKET)]
    endpoint: Endpoint = draw(st.sampled_from(listed))
    sent = tuple((n, VALUES.get(n, "12")) for n in endpoint.parameters if draw(st.booleans()))
    kind = ReadAccount if endpoint.kind is Kind.ACCOUNT else ReadMarket
    return kind(name_of(endpoint), sent)


def write(intent: AnyIntent) -> Request:
    return binance.write((intent,), GRANT, NOW_MS, 5_000, "http://venue")


@given(LIMITS | MARKETS | CANCELS | AMENDS | account_and_market_reads())
def test_what_is_written_is_signed_and_reads_as_the_same_intent(intent: AnyIntent) -> None:
    request = write(intent)
    assert binance.read(request) == (intent,)
    if isinstance(intent, ReadMarket):
        assert not request.headers
        assert "signature" not in request.query
    else:
        assert binance.key_id(request) == GRANT.key_id
        proof = binance.verify(request, SECRET, NOW_MS)
        assert (proof.timestamp_ms, proof.recv_window_ms) == (NOW_MS, 5_000)


@given(LIMITS)
def test_the_bytes_depend_on_nothing_but_the_intent(intent: PlaceOrder) -> None:
    longer = msgspec.structs.replace(intent, quantity=intent.quantity and intent.quantity * 1)
    assert write(intent) == write(longer)


def test_an_order_to_the_letter() -> None:
    intent = PlaceOrder(
        "ETH/BTC",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("1.500"),
        price=Decimal("1E-8"),
        time_in_force=TimeInForce.IOC,
        client_order_id="a:b",
        response="ACK",
    )
    request = write(intent)
    assert (request.method, request.host, request.path) == ("POST", "http://venue", "/api/v3/order")
    assert request.query == ""
    form, _, signature = request.body.decode().partition("&signature=")
    assert form == (
        "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=IOC&quantity=1.5&price=0.00000001"
        f"&newClientOrderId=a%3Ab&newOrderRespType=FULL&recvWindow=5000&timestamp={NOW_MS}"
    )
    assert len(signature) == 64
    assert request.headers == (
        ("X-MBX-APIKEY", GRANT.key_id),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )


def test_an_amendment_to_the_letter() -> None:
    request = write(AmendOrder("ETH/BTC", Decimal("1.50"), 7, "a:b"))
    assert request.query.startswith(
        "symbol=ETHBTC&orderId=7&origClientOrderId=a%3Ab&newClientOrderId=a%3Ab&newQty=1.5&recv"
    )


@pytest.mark.parametrize(
    ("intent", "method", "url"),
    [
        (ReadAccount("account"), "GET", "https://api.binance.com/api/v3/account"),
        (
            ReadAccount("asset/tradeFee"),
            "GET",
            "https://api.binance.com/sapi/v1/asset/tradeFee",
        ),
        (
            ReadMarket("fapi/exchangeInfo"),
            "GET",
            "https://fapi.binance.com/fapi/v1/exchangeInfo",
        ),
        (
            ReadMarket("dapi/exchangeInfo"),
            "GET",
            "https://dapi.binance.com/dapi/v1/exchangeInfo",
        ),
        (ReadMarket("eapi/time"), "GET", "https://eapi.binance.com/eapi/v1/time"),
        (CancelOrder("ETH/BTC"), "DELETE", "https://api.binance.com/api/v3/openOrders"),
        (CancelOrder("ETH/BTC", 1), "DELETE", "https://api.binance.com/api/v3/order"),
        (
            CancelOrder("ETH/BTC", list_id=0),
            "DELETE",
            "https://api.binance.com/api/v3/orderList",
        ),
        (
            AmendOrder("ETH/BTC", Decimal(1), 7, "x"),
            "PUT",
            "https://api.binance.com/api/v3/order/amend/keepPriority",
        ),
    ],
)
def test_the_exchanges_own_hosts(intent: AnyIntent, method: str, url: str) -> None:
    request = binance.write((intent,), GRANT, NOW_MS, 5_000, "")
    assert (request.method, request.host + request.path) == (method, url)


@pytest.mark.parametrize(
    "intent",
    [
        MoveFunds("POST /sapi/v1/capital/withdraw/apply"),
        ManageKeys("POST /sapi/v1/sub-account/x"),
        Unknown("POST /fapi/v1/order"),
        AmendOrder("ETH/BTC", Decimal(1), 7),
        AmendOrder("ETH/BTC", Decimal(1), client_order_id="x"),
        CancelOrder("ETH/BTC", 7, list_id=7),
        ReadAccount("nothing"),
        ReadAccount("time"),
        ReadMarket("account"),
        ReadMarket("depth", (("signature", "1"),)),
        ReadAccount("account", (("symbol&side", "ETHBTC"),)),
    ],
)
def test_what_is_never_sent(intent: AnyIntent) -> None:
    with pytest.raises(ValueError, match=r"never sent|takes no parameter"):
        write(intent)


def test_no_value_can_add_a_parameter() -> None:
    request = write(ReadAccount("order", (("symbol", "ETHBTC&orderId=1"),)))
    assert request.query.startswith("symbol=ETHBTC%26orderId%3D1&recvWindow=")


def test_nothing_private_is_sent_without_credentials() -> None:
    with pytest.raises(ValueError, match="has to be signed"):
        binance.write((CancelOrder("ETH/BTC"),), None, NOW_MS, 5_000, "")
    assert binance.write((binance.ask_time(),), None, NOW_MS, 5_000, "").query == ""


@pytest.mark.parametrize(
    ("intent", "target"),
    [
        (
            binance.ask_order("ETH/BTC", "a:b", None),
            "/api/v3/order?symbol=ETHBTC&origClientOrderId=a%3Ab",
        ),
        (binance.ask_open_orders(None)[0], "/api/v3/openOrders?"),
        (binance.ask_open_orders({"ETH/BTC"})[0], "/api/v3/openOrders?symbol=ETHBTC&"),
        (binance.ask_trades("ETH/BTC", None), "/api/v3/myTrades?symbol=ETHBTC&limit=1000"),
        (
            binance.ask_trades("ETH/BTC", Mark(6, 1)),
            "/api/v3/myTrades?symbol=ETHBTC&fromId=7&limit=1000",
        ),
        (binance.ask_balances(), "/api/v3/account?"),
        (binance.ask_markets(), "/api/v3/exchangeInfo?"),
        (
            binance.ask_candles("ETH/BTC", "1m", 5),
            "/api/v3/klines?symbol=ETHBTC&interval=1m&startTime=5&limit=1000",
        ),
        (binance.ask_book("ETH/BTC"), "/api/v3/ticker/bookTicker?symbol=ETHBTC"),
        (binance.ask_time(), "/api/v3/time?"),
    ],
)
def test_what_the_signer_asks_for_can_be_written(intent: AnyIntent, target: str) -> None:
    request = write(intent)
    assert request.method == "GET"
    assert f"{request.path}?{request.query}".startswith(target)
    assert binance.read(request) == (intent,)
