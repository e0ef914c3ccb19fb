"""What ccxt's binance does besides the orders that every exchange has (`tests/exchanges`)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges.ccxt_offline import CLIENTS, Offline
from tests.exchanges.wire import NOW_MS
from tradelatch.conformance.wire import request_of
from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import PublicKey
from tradelatch.model.intents import AnyIntent, CancelOrder, PlaceOrder, ReadAccount, ReadMarket
from tradelatch.model.orders import OrderType

SYMBOLS = st.sampled_from(sorted(CLIENTS["binance"].markets))
CLIENT_IDS = st.from_regex(r"[A-Za-z0-9.:/_-]{1,36}", fullmatch=True)


@pytest.fixture(scope="module")
def client() -> Offline:
    return Offline("binance")


def asked(client: Offline, call: str, *arguments: Any) -> AnyIntent:
    """What the one request means that ccxt sends for a call."""
    case = client.case(call, *arguments)
    request = request_of(case, "binance")
    (intent,) = binance.read(request)
    if not isinstance(intent, ReadMarket):
        assert binance.key_id(request) == "k"
        proof = binance.verify(request, bytearray(case.key.secret), NOW_MS)
        assert (proof.timestamp_ms, proof.recv_window_ms) == (NOW_MS, 10_000)
    return intent


@given(SYMBOLS, st.sampled_from(["buy", "sell"]), st.booleans())
def test_test_orders(client: Offline, symbol: str, side: str, is_test: bool) -> None:
    intent = asked(client, "create_order", symbol, "market", side, 0.5, None, {"test": is_test})
    assert isinstance(intent, PlaceOrder)
    assert (intent.type, intent.test) == (OrderType.MARKET, is_test)


@given(SYMBOLS, CLIENT_IDS)
def test_cancels_by_the_client_order_id(client: Offline, symbol: str, client_id: str) -> None:
    intent = asked(client, "cancel_order", "7", symbol, {"clientOrderId": client_id})
    assert intent == CancelOrder(symbol, client_order_id=client_id)


@pytest.mark.parametrize(
    ("call", "arguments", "intent"),
    [
        ("cancel_all_orders", ["ETH/BTC"], CancelOrder("ETH/BTC")),
        ("fetch_balance", [], ReadAccount("account")),
        ("fetch_open_orders", ["ETH/BTC"], ReadAccount("openOrders", (("symbol", "ETHBTC"),))),
        (
            "fetch_order",
            ["7", "ETH/BTC"],
            ReadAccount("order", (("symbol", "ETHBTC"), ("orderId", "7"))),
        ),
        (
            "fetch_my_trades",
            ["ETH/BTC", 5, 10],
            ReadAccount("myTrades", (("symbol", "ETHBTC"), ("startTime", "5"), ("limit", "10"))),
        ),
        ("fetch_time", [], ReadMarket("time")),
        ("fetch_status", [], ReadMarket("system/status")),
        (
            "fetch_order_book",
            ["ETH/BTC", 5],
            ReadMarket("depth", (("symbol", "ETHBTC"), ("limit", "5"))),
        ),
        ("fetch_ticker", ["ETH/BTC"], ReadMarket("ticker/24hr", (("symbol", "ETHBTC"),))),
        (
            "fetch_tickers",
            [["ETH/BTC", "BTC/USDT"]],
            ReadMarket("ticker/24hr", (("symbols", '["ETHBTC","BTCUSDT"]'),)),
        ),
        (
            "fetch_ohlcv",
            ["ETH/BTC", "1m", 5, 10],
            ReadMarket(
                "klines",
                (("symbol", "ETHBTC"), ("interval", "1m"), ("startTime", "5"), ("limit", "10")),
            ),
        ),
        (
            "fetch_trades",
            ["ETH/BTC", None, 5],
            ReadMarket("aggTrades", (("symbol", "ETHBTC"), ("limit", "5"))),
        ),
        ("fetch_trading_fees", [], ReadAccount("asset/tradeFee")),
    ],
)
def test_other_calls(client: Offline, call: str, arguments: list[Any], intent: AnyIntent) -> None:
    assert asked(client, call, *arguments) == intent


def test_everything_ccxt_asks_for_when_it_starts_is_allowed() -> None:
    cases = Offline("binance").cases("load_markets", True)
    requests = [request_of(case, "binance") for case in cases]
    intents = [intent for request in requests for intent in binance.read(request)]
    assert {intent.what for intent in intents if isinstance(intent, ReadMarket)} >= {
        "exchangeInfo",
        "fapi/exchangeInfo",
        "dapi/exchangeInfo",
    }
    assert {intent.what for intent in intents if isinstance(intent, ReadAccount)} >= {
        "capital/config/getall",
        "margin/allPairs",
        "margin/isolated/allPairs",
    }
    assert all(isinstance(intent, ReadMarket | ReadAccount) for intent in intents)


def test_an_order_that_ccxt_signs_by_ed25519_is_verified_by_the_public_half() -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    client = Offline("binance", pem.decode())
    for _ in range(8):  # with every letter of base64 that has to be encoded, sooner or later
        case = client.case("create_order", "ETH/BTC", "limit", "buy", 1, 0.05)
        request = request_of(case, "binance")
        public = PublicKey(key.public_key().public_bytes_raw())
        assert binance.verify(request, public, NOW_MS).timestamp_ms == NOW_MS
        (intent,) = binance.read(request)
        assert isinstance(intent, PlaceOrder)
