"""ccxt as it is, for every exchange, but what it would send is kept and nothing is sent."""

import base64
import contextlib
from decimal import Decimal
from typing import Any, NamedTuple

import ccxt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.exchanges.wire import NOW_MS
from tradelatch.conformance.cases import Asked, Case, Key

STEP = Decimal("0.00000001")
TEXT = "a secret that is nobody's"
BASE64 = base64.b64encode(bytes(range(64))).decode()
P256 = (
    derive_private_key(1234567890, SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
PASSPHRASE = "a passphrase"
_FAULTS = (ccxt.BaseError, TypeError, AttributeError, KeyError, ValueError)
"""What ccxt raises at the answer {}, which need not please it."""


class Client(NamedTuple):
    """How ccxt's client of one exchange is made, and what it can ask for.

    `markets` are the exchange's own names by symbol, `options` ccxt's (those that keep it from
    asking first), `info` what it wants to know of a market. `client_ids` is the form of client
    order ids, None where ccxt sends none. `limit_stops` and `market_stops` are the parameters by
    which an order waits for a price, `price_digits` and `amount_digits` the steps, in ccxt's mode.
    """

    markets: dict[str, str]
    options: dict[str, Any]
    secret: str = TEXT
    client_ids: str | None = r"[A-Za-z0-9_-]{1,32}"
    lasting: tuple[str, ...] = ("IOC", "FOK")
    buys_amounts: bool = True
    """A market order may buy an amount; else it buys for a cost alone."""
    limit_stops: tuple[str, ...] = ("triggerPrice",)
    market_stops: tuple[str, ...] = ("triggerPrice",)
    price_digits: float = float(STEP)
    amount_digits: float = float(STEP)
    info: dict[str, Any] = {}  # noqa: RUF012


CLIENTS = {
    "binance": Client(
        {
            "ETH/BTC": "ETHBTC",
            "BTC/USDT": "BTCUSDT",
            "DOGE/FDUSD": "DOGEFDUSD",
            "1INCH/USDT": "1INCHUSDT",
            "ADA/EUR": "ADAEUR",
        },
        {"crossMarginPairsData": [], "isolatedMarginPairsData": []},
        client_ids=r"[A-Za-z0-9.:/_-]{1,36}",
        limit_stops=("triggerPrice", "stopLossPrice", "takeProfitPrice"),
        market_stops=("triggerPrice", "stopLossPrice", "takeProfitPrice"),
        info={
            "orderTypes": [
                "LIMIT",
                "LIMIT_MAKER",
                "MARKET",
                "STOP_LOSS",
                "STOP_LOSS_LIMIT",
                "TAKE_PROFIT",
                "TAKE_PROFIT_LIMIT",
            ]
        },
    ),
    "kucoin": Client(
        {"ETH/BTC": "ETH-BTC", "BTC/USDT": "BTC-USDT", "ADA/USDC": "ADA-USDC"},
        {"uta": False},
        info={"quoteIncrement": "0.00000001"},
    ),
    "coinbase": Client(
        {"ETH/BTC": "ETH-BTC", "BTC/USDC": "BTC-USDC", "ADA/EUR": "ADA-EUR"},
        {},
        secret=P256,
        client_ids=None,
        buys_amounts=False,
        market_stops=(),
    ),
    "coinbaseexchange": Client(
        {"ETH/BTC": "ETH-BTC", "BTC/USD": "BTC-USD", "ADA/EUR": "ADA-EUR"},
        {},
        secret=BASE64,
        client_ids=UUID,
    ),
    "bybit": Client(
        {"ETH/BTC": "ETHBTC", "BTC/USDT": "BTCUSDT", "ADA/USDC": "ADAUSDC"},
        {"enableUnifiedAccount": True, "enableUnifiedMargin": False},
        buys_amounts=False,
    ),
    "okx": Client(
        {"ETH/BTC": "ETH-BTC", "BTC/USDT": "BTC-USDT", "ADA/USDC": "ADA-USDC"},
        {},
        client_ids=r"[A-Za-z0-9]{1,32}",
    ),
    "kraken": Client(
        {"ETH/BTC": "XETHXXBT", "BTC/USD": "XXBTZUSD", "ADA/EUR": "ADAEUR"},
        {},
        secret=BASE64,
        client_ids=UUID,
        limit_stops=("stopLossPrice", "takeProfitPrice"),
        market_stops=("stopLossPrice", "takeProfitPrice"),
    ),
    "bitget": Client(
        {"ETH/BTC": "ETHBTC", "BTC/USDT": "BTCUSDT", "ADA/USDC": "ADAUSDC"},
        {"uta": False},
        buys_amounts=False,
    ),
    "gate": Client(
        {"ETH/BTC": "ETH_BTC", "BTC/USDT": "BTC_USDT", "ADA/USDC": "ADA_USDC"},
        {"unifiedAccount": False},
        client_ids=r"[A-Za-su-z0-9_-][A-Za-z0-9_-]{0,25}",  # before a t ccxt puts no t-
        buys_amounts=False,
    ),
    "bitfinex": Client(
        {"ETH/BTC": "tETHBTC", "BTC/USDT": "tBTCUST", "ADA/USD": "tADAUSD"},
        {},
        client_ids=r"[1-9][0-9]{0,12}",
        price_digits=5,  # significant ones
        amount_digits=8,  # decimal places
    ),
    "bitvavo": Client(
        {"ETH/EUR": "ETH-EUR", "BTC/EUR": "BTC-EUR", "ADA/EUR": "ADA-EUR"},
        {"operatorId": 1234},
        client_ids=UUID,
    ),
}
"""By the exchange's name. One that is not implemented yet is not tested."""


def prepare(client: Any, about: Client) -> None:
    """Tell a client what it would ask the exchange for."""
    client.options |= about.options
    client.set_markets([_market(client, about, symbol) for symbol in about.markets])


def _market(client: Any, about: Client, symbol: str) -> Any:
    base, quote = symbol.split("/")
    kinds = dict.fromkeys(("margin", "swap", "future", "option", "contract"), False)
    return client.safe_market_structure(
        {
            **kinds,
            "id": about.markets[symbol],
            "symbol": symbol,
            "base": base,
            "quote": quote,
            "baseId": base,
            "quoteId": quote,
            "type": "spot",
            "spot": True,
            "active": True,
            "precision": {"amount": about.amount_digits, "price": about.price_digits},
            "info": about.info,
        }
    )


class Offline:
    """One exchange's client of ccxt, and what it would have sent."""

    def __init__(self, name: str, secret: str = "") -> None:
        self.about = CLIENTS[name]
        self.key = Key("k", (secret or self.about.secret).encode(), PASSPHRASE)
        self.sent: list[dict[str, Any]] = []
        made = type("Made", (_Kept, getattr(ccxt, name)), {})
        self.ccxt: Any = made(
            {"apiKey": "k", "secret": self.key.secret.decode(), "password": PASSPHRASE}
        )
        self.ccxt.enableRateLimit, self.ccxt.sent = False, self.sent
        prepare(self.ccxt, self.about)
        self._name = name

    def case(self, call: str, *arguments: Any, asked: tuple[Asked, ...] = ()) -> Case:
        """The one request that ccxt sends for a call."""
        (case,) = self.cases(call, *arguments, asked=asked)
        return case

    def cases(self, call: str, *arguments: Any, asked: tuple[Asked, ...] = ()) -> list[Case]:
        """All requests that ccxt sends for a call, none if it does not know it there."""
        self.sent.clear()
        with contextlib.suppress(*_FAULTS):
            getattr(self.ccxt, call)(*arguments)
        return [
            Case(self._name, "ccxt", "", "", call, **wire, key=self.key, other=None, asked=asked,
                 meant={})
            for wire in self.sent
        ]  # fmt: skip


class _Kept:
    """What replaces ccxt's own methods: one clock that stands, and nothing that dials."""

    sent: list[dict[str, Any]]

    def milliseconds(self) -> int:
        return NOW_MS

    def seconds(self) -> int:
        return NOW_MS // 1_000

    def incrementing_nonce(self) -> int:
        return NOW_MS

    def microseconds(self) -> int:
        return NOW_MS * 1_000

    def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> dict[str, Any]:
        wire = {"method": method, "url": url, "headers": headers or {}, "body": body or ""}
        self.sent.append(wire)
        return {}
