"""A second opinion: fresh random calls of ccxt, read back."""

import contextlib
from decimal import Decimal
from typing import Any

import ccxt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges.wire import NOW_MS, raw
from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import PublicKey
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, CancelOrder, PlaceOrder, ReadAccount, ReadMarket
from tradelatch.model.orders import OrderType

SECRET = "nobody's secret"
STEP = Decimal("0.00000001")
PAIRS = ["ETH/BTC", "BTC/USDT", "DOGE/FDUSD", "1INCH/USDT", "ADA/EUR"]


def exchange_info(symbol: str) -> dict[str, Any]:
    base, quote = symbol.split("/")
    return {
        "symbol": base + quote,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "permissions": ["SPOT"],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.00000001", "tickSize": str(STEP)},
            {"filterType": "LOT_SIZE", "minQty": "0.00000001", "stepSize": str(STEP)},
        ],
    }


class Offline(ccxt.binance):  # type: ignore[misc]
    """ccxt as it is, but what it would send is kept and nothing is sent."""

    def __init__(self) -> None:
        super().__init__({"apiKey": "k", "secret": SECRET})
        self.enableRateLimit = False
        self.sent: list[Request] = []
        self.options |= {"crossMarginPairsData": [], "isolatedMarginPairsData": []}
        self.set_markets([self.parse_market(exchange_info(symbol)) for symbol in PAIRS])

    def milliseconds(self) -> int:
        return NOW_MS

    def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> dict[str, Any]:
        self.sent.append(raw(method, url, headers, body))
        return {}


@pytest.fixture(scope="module")
def client() -> Offline:
    return Offline()


def asked(client: Offline, call: str, *arguments: Any) -> AnyIntent:
    """What the one request means that ccxt sends for a call."""
    client.sent.clear()
    # The answer {} need not please it.
    with contextlib.suppress(ccxt.BaseError, TypeError, AttributeError):
        getattr(client, call)(*arguments)
    (request,) = client.sent
    (intent,) = binance.read(request)
    if not isinstance(intent, ReadMarket):
        assert binance.key_id(request) == "k"
        proof = binance.verify(request, bytearray(SECRET.encode()), NOW_MS)
        assert (proof.timestamp_ms, proof.recv_window_ms) == (NOW_MS, 10_000)
    return intent


AMOUNTS = st.integers(1, 10**15 - 1).map(lambda units: Decimal(units) * STEP)
CLIENT_IDS = st.none() | st.from_regex(r"[A-Za-z0-9.:/_-]{1,36}", fullmatch=True)


@given(
    st.sampled_from(PAIRS),
    st.sampled_from(["buy", "sell"]),
    AMOUNTS,
    AMOUNTS,
    st.sampled_from([None, "GTC", "IOC", "FOK"]),
    CLIENT_IDS,
)
def test_limit_orders(
    client: Offline,
    symbol: str,
    side: str,
    amount: Decimal,
    price: Decimal,
    tif: str | None,
    client_id: str | None,
) -> None:
    extra = {"timeInForce": tif, "clientOrderId": client_id}
    parameters = {name: value for name, value in extra.items() if value is not None}
    intent = asked(
        client, "create_order", symbol, "limit", side, float(amount), float(price), parameters
    )
    assert isinstance(intent, PlaceOrder)
    assert (intent.symbol, intent.side.lower(), intent.type) == (symbol, side, OrderType.LIMIT)
    assert (intent.quantity, intent.quote_quantity, intent.price) == (amount, None, price)
    assert intent.time_in_force == (tif or "GTC")
    assert not intent.test
    if client_id is not None:
        assert intent.client_order_id == client_id


@given(st.sampled_from(PAIRS), st.sampled_from(["buy", "sell"]), AMOUNTS, st.booleans())
def test_market_orders(
    client: Offline, symbol: str, side: str, amount: Decimal, is_test: bool
) -> None:
    intent = asked(
        client, "create_order", symbol, "market", side, float(amount), None, {"test": is_test}
    )
    assert isinstance(intent, PlaceOrder)
    assert (intent.symbol, intent.side.lower(), intent.type) == (symbol, side, OrderType.MARKET)
    assert (intent.quantity, intent.quote_quantity) == (amount, None)
    assert (intent.price, intent.time_in_force, intent.test) == (None, None, is_test)


@given(st.sampled_from(PAIRS), AMOUNTS)
def test_market_orders_by_cost(client: Offline, symbol: str, cost: Decimal) -> None:
    intent = asked(client, "create_market_buy_order_with_cost", symbol, float(cost))
    assert isinstance(intent, PlaceOrder)
    assert (intent.symbol, intent.side.lower()) == (symbol, "buy")
    assert (intent.quantity, intent.quote_quantity) == (None, cost)


@given(st.sampled_from(PAIRS), st.integers(1, 2**53), CLIENT_IDS)
def test_cancels(client: Offline, symbol: str, number: int, client_id: str | None) -> None:
    extra = {} if client_id is None else {"clientOrderId": client_id}
    intent = asked(client, "cancel_order", str(number), symbol, extra)
    if client_id is None:
        assert intent == CancelOrder(symbol, number)
    else:
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
    client = Offline()
    with contextlib.suppress(ccxt.BaseError):
        client.load_markets(reload=True)
    intents = [intent for request in client.sent for intent in binance.read(request)]
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
    client = Offline()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    client.secret = pem.decode()
    for _ in range(8):  # with every letter of base64 that has to be encoded, sooner or later
        with contextlib.suppress(ccxt.BaseError):
            client.create_order("ETH/BTC", "limit", "buy", 1, 0.05)
    assert len(client.sent) == 8
    for request in client.sent:
        public = PublicKey(key.public_key().public_bytes_raw())
        assert binance.verify(request, public, NOW_MS).timestamp_ms == NOW_MS
        (intent,) = binance.read(request)
        assert isinstance(intent, PlaceOrder)
