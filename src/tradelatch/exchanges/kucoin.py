"""KuCoin Spot, by the endpoints of its accounts for high frequency (``hf``), which every account
has; what bots say by the older ones is understood and written as those.

https://www.kucoin.com/docs-new/authentication, .../rest/spot-trading
"""

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Generic, Literal, TypeVar

import msgspec
from msgspec import structs

from tradelatch.exchanges import kucoin_futures
from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.kit.answers import amount, client_ids, converted, parsed, renamed
from tradelatch.exchanges.kit.endpoints import (
    BATCH,
    LEVERAGE,
    Endpoint,
    Kind,
    Table,
    Unlisted,
    listed,
)
from tradelatch.exchanges.kit.reading import Readers, read_by
from tradelatch.exchanges.kit.sent import Sent, check_place
from tradelatch.exchanges.kit.shapes import shaped, time_in_force, waiting
from tradelatch.exchanges.kit.wording import Words, target, with_headers, worded
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
    SecretKind,
    Signed,
    StreamsFile,
    Verdict,
)
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent, CancelOrder, PlaceOrder, ReadAccount, ReadMarket
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.money import ZERO, parse_amount, plain
from tradelatch.model.orders import (
    Fill,
    Number,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)

_T = TypeVar("_T")

NAME = "kucoin"
FUTURES = "kucoinfutures"
"""The gate's prefix of their host: they have the paths of the spot market."""
HOSTS: Mapping[str, str] = {
    "": "https://api.kucoin.com",
    kucoin_futures.FAMILY: "https://api-futures.kucoin.com",
}
KEYS_AT = 'KuCoin, "API Management"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 5_000
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = True
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "clientOid"
OWN_NAMES = "tradelatch-"
TRADES_AT_ONCE = 100
CANDLES_AT_ONCE = 1_500

_WINDOW_MS = SHORTEST_WINDOW_MS

_ORDER = "clientOid symbol side type timeInForce postOnly size funds price"
_PAGE = "currentPage pageSize"
_SPAN = "startAt endAt"
_CCXTS = "tradeType status pageSize"
"""What ccxt says besides, of the older endpoints."""
_HF = "/api/v1/hf/orders"

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {_HF: _ORDER, "/api/v1/orders": "", f"{_HF}/sync": ""}),
        *listed(Kind.PLACE, "POST", {"/api/v1/stop-order": "", "/api/v3/hf/margin/order": ""}),
        *listed(Kind.PLACE, "POST", {"/api/v1/hf/margin/order": "", "/api/v1/margin/order": ""}),
        *listed(Kind.TEST, "POST", {f"{_HF}/test": _ORDER, "/api/v1/orders/test": ""}),
        *listed(Kind.BATCH, "POST", {f"{_HF}/multi": "", f"{_HF}/multi/sync": ""}),
        *listed(Kind.BATCH, "POST", {"/api/v1/orders/multi": ""}),
        *listed(
            Kind.CANCEL,
            "DELETE",
            {
                f"{_HF}/client-order/{{clientOid}}": "symbol",
                f"{_HF}/{{orderId}}": "symbol",
                f"{_HF}/sync/client-order/{{clientOid}}": "symbol",
                f"{_HF}/sync/{{orderId}}": "symbol",
                "/api/v1/orders/{orderId}": "",
                "/api/v1/order/client-order/{clientOid}": "",
            },
        ),
        *listed(
            Kind.CANCEL_ALL,
            "DELETE",
            {_HF: "symbol", f"{_HF}/cancelAll": "", "/api/v1/orders": "symbol tradeType"},
        ),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                "/api/v1/accounts": "currency type",
                "/api/v1/accounts/{accountId}": "",
                "/api/v1/accounts/ledgers": f"currency direction bizType {_SPAN} {_PAGE}",
                "/api/v1/hf/accounts/ledgers": f"currency direction bizType lastId limit {_SPAN}",
                "/api/v1/hf/accounts/opened": "",
                "/api/v1/migrate/user/account/status": "withAllSubs",
                "/api/v1/user/api-key": "",
                "/api/ua/v1/account/mode": "",
                "/api/v3/margin/symbols": "",
                "/api/v1/isolated/symbols": "",
                "/api/v3/market/orderbook/level2": "symbol",
                "/api/v1/deposit-addresses": "currency chain",
                "/api/v3/deposit-addresses": "currency chain amount",
                "/api/v2/user-info": "",
                "/api/v1/base-fee": "currencyType",
                "/api/v1/trade-fees": "symbols",
                "/api/v1/deposits": f"currency status {_SPAN} {_PAGE}",
                "/api/v1/withdrawals": f"currency status {_SPAN} {_PAGE}",
                "/api/v1/stop-order": f"symbol side type tradeType orderIds {_SPAN} {_PAGE}",
                "/api/v1/stop-order/{orderId}": "",
                "/api/v1/stop-order/queryOrderByClientOid": "clientOid symbol",
                f"{_HF}/active": f"symbol {_CCXTS}",
                f"{_HF}/active/symbols": "",
                f"{_HF}/done": f"symbol side type lastId limit {_SPAN} {_CCXTS}",
                f"{_HF}/{{orderId}}": "symbol",
                f"{_HF}/client-order/{{clientOid}}": "symbol",
                "/api/v1/hf/fills": f"symbol orderId side type lastId limit {_SPAN} {_CCXTS}",
                "/api/v1/orders": f"symbol status side type tradeType {_SPAN} {_PAGE}",
                "/api/v1/orders/{orderId}": "",
                "/api/v1/order/client-order/{clientOid}": "",
                "/api/v1/limit/orders": _PAGE,
                "/api/v1/fills": f"symbol orderId side type tradeType {_SPAN} {_PAGE}",
                "/api/v1/limit/fills": _PAGE,
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/api/v1/timestamp": "",
                "/api/v1/status": "",
                "/api/v1/currencies": "",
                "/api/v3/currencies": "",
                "/api/v3/currencies/{currency}": "chain",
                "/api/v1/symbols": "market",
                "/api/v2/symbols": "market",
                "/api/v2/symbols/{symbol}": "",
                "/api/v1/markets": "",
                "/api/v1/prices": "base currencies",
                "/api/v1/market/allTickers": "",
                "/api/v1/market/stats": "symbol",
                "/api/v1/market/histories": "symbol",
                "/api/v1/market/candles": f"symbol type {_SPAN}",
                "/api/v1/market/orderbook/level1": "symbol",
                "/api/v1/market/orderbook/level2_20": "symbol",
                "/api/v1/market/orderbook/level2_100": "symbol",
            },
        ),
    ),
    Unlisted(
        moves=(
            "POST /api/v1/withdrawals",
            "POST /api/v3/withdrawals",
            "DELETE /api/v1/withdrawals",
            "/api/v1/convert/",
            "/api/v1/earn/",
            "/api/v1/lend/",
            "/api/v3/lend/",
            "/api/v3/purchase",
            "/api/v3/redeem",
            "POST /api/v3/margin/",
            "POST /api/v1/margin/",
            "POST /api/v1/deposit-addresses",
            "POST /api/v3/deposit-address",
            "/api/v1/struct-earn/",
            "/api/v1/otc-loan/",
        ),
        keys=(
            "/api/v1/sub",
            "/api/v2/sub",
            "/api/v3/sub",
            "/api/v1/broker/",
            "/api/v2/broker/",
        ),
        levered=("/api/v3/hf/margin/", "/api/v1/margin/", "/api/v3/margin/", "/api/v1/isolated/"),
    ),
)

_NAME = re.compile(r"[A-Z0-9]{1,20}-[A-Z0-9]{1,20}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_ORDER_ID = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{1,64}")
"""KuCoin's own have digits; words that stand where one could, such as ``cancelAll``, have none."""
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES = {"limit": OrderType.LIMIT, "market": OrderType.MARKET}
_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_INTERVALS = {"1m": ("1min", 60), "1d": ("1day", 86_400)}
"""KuCoin's words, and seconds."""
_FILLS = "GET /api/v1/hf/fills"
_MOST = str(TRADES_AT_ONCE)
_ONE_ORDER = frozenset(
    f"GET {path}"
    for path in (
        f"{_HF}/{{orderId}}",
        f"{_HF}/client-order/{{clientOid}}",
        "/api/v1/orders/{orderId}",
        "/api/v1/order/client-order/{clientOid}",
    )
)
_MANY_ORDERS = frozenset(
    f"GET {path}" for path in (f"{_HF}/active", f"{_HF}/done", "/api/v1/orders")
)
_GOOD = "200000"
_NO_SUCH_ORDER = re.compile(r"order[ _](?:does[ _])?not[ _]exist", re.IGNORECASE)
"""The codes that it comes with stand for other mistakes as well."""
_CODES = {
    Reason.UNKNOWN_KEY: (401, "400003"),
    Reason.BAD_SIGNATURE: (401, "400005"),
    Reason.OUTSIDE_WINDOW: (401, "400002"),
    Reason.BAD_PARAMETER: (400, "400100"),
    Reason.UNKNOWN_ENDPOINT: (404, "404000"),
    Reason.ORDER_DENIED: (200, "300000"),
    Reason.CANCEL_DENIED: (200, "400370"),
    Reason.AMEND_DENIED: (200, "400370"),
    Reason.NOT_PERMITTED: (403, "112010"),
    Reason.TOO_LARGE: (413, "400100"),
    Reason.TOO_OFTEN: (429, "429000"),
    Reason.UNAVAILABLE: (503, "503"),
    Reason.OUTCOME_UNKNOWN: (504, "500000"),
}
_CLIENT_IDS = client_ids("clientOid", "cancelledClientOid")
_STOPS = {"loss": Side.SELL, "entry": Side.BUY}
"""By the way in which the market has to go to set it off, the side that a stop-loss has then; it
has to fall where nothing is said of it."""


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return f"{OWN_NAMES}{now_ms}-{number}"


def unified(name: str) -> str:
    """``ETH-BTC`` as ``ETH/BTC``.

    Raises:
        Refusal: BAD_PARAMETER, it is no market's name.
    """
    if not _NAME.fullmatch(name):
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no market's name", 400600)
    return name.replace("-", "/")


def _joined(symbol: str) -> str:
    return symbol.replace("/", "-")


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("kc-api-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA256 (base64) over time, method, path with query, and body.

    The passphrase is not looked at: whoever has the secret could sign it. (Its header is signed by
    nothing, and goes no further.)

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "kc-api-sign")
    stamp = signatures.header(request, "kc-api-timestamp")
    timestamp_ms = signatures.whole("KC-API-TIMESTAMP", stamp)
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "KuCoin knows no keys of that kind")
    payload = _payload(request, stamp)
    signatures.check_signature(_signature(key, payload), told)
    signatures.check_time(timestamp_ms, _WINDOW_MS, now_ms)
    return signatures.signed(timestamp_ms, _WINDOW_MS, payload)


def _payload(request: Request, stamp: str) -> bytes:
    head = f"{stamp}{request.method}{target(request)}"
    return head.encode(errors="surrogatepass") + request.body


def _signature(secret: bytearray, payload: bytes) -> str:
    return base64.b64encode(signatures.mac(secret, payload)).decode()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    if request.host == FUTURES:
        return kucoin_futures.read(request)
    if TABLE.find(request.method, request.path):
        check_place(request)
    return read_by(TABLE, _READERS, request)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    symbol = sent.text("symbol")  # the older form has one market for all
    rows = sent.rows("orderList" if "orderList" in sent else "[]")
    sent.end()
    return tuple(_order(row, endpoint, symbol, (BATCH,)) for row in rows)


def _order(
    sent: Sent, endpoint: Endpoint, symbol: str | None = None, more: tuple[str, ...] = ()
) -> PlaceOrder:
    side, kind = sent.need_word("side", _SIDES), sent.word("type", _TYPES) or OrderType.LIMIT
    trade = sent.text("tradeType") or sent.text("trade_type")
    if trade not in (None, "TRADE") or "margin" in endpoint.path:
        more = (*more, LEVERAGE)
    stop, stop_price = sent.word("stop", _STOPS), sent.amount("stopPrice")
    if stop is not None or stop_price is not None:
        # It stands elsewhere, under another number than the order that it becomes.
        is_stop_loss = (stop or _STOPS["loss"]) is side
        kind, more = waiting(kind, is_stop_loss=is_stop_loss), (*more, "a stop order at KuCoin")
    told = sent.word("timeInForce", _TIMES)
    if sent.flag("postOnly"):
        if kind is OrderType.LIMIT and told in (None, TimeInForce.GTC):
            kind = OrderType.LIMIT_MAKER
        else:  # KuCoin takes no notice of it
            more = (*more, "postOnly of an order that takes at once or waits")
    order = PlaceOrder(
        unified(symbol or sent.need("symbol")),
        side,
        kind,
        quantity=sent.amount("size"),
        quote_quantity=sent.amount("funds"),
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, told),
        stop_price=stop_price,
        client_order_id=sent.text("clientOid", _CLIENT_ID),
        test=endpoint.kind is Kind.TEST,
        unbounded=more,
    )
    return shaped(structs.replace(order, unbounded=(*more, *sent.rest)))


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    """What an endpoint does not ask for is left, and so refused: who cancels one order at an
    endpoint that cancels all would not be understood by KuCoin either."""
    number = sent.text("orderId", _ORDER_ID) if "orderId" in endpoint.holes else None
    name = sent.text("clientOid", _CLIENT_ID) if "clientOid" in endpoint.holes else None
    symbol = None
    if "symbol" in endpoint.parameters:
        symbol = sent.need("symbol") if endpoint.path.startswith(_HF) else sent.text("symbol")
    if "tradeType" in endpoint.parameters:
        sent.word("tradeType", {"TRADE": None})
    sent.end()
    return (CancelOrder(symbol and unified(symbol), number, name),)


_READERS: Readers = {
    Kind.PLACE: lambda sent, endpoint: (_order(sent, endpoint),),
    Kind.TEST: lambda sent, endpoint: (_order(sent, endpoint),),
    Kind.BATCH: _batch,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_ALL: _cancel,
}


# What goes to the exchange


def write(
    intents: Sequence[AnyIntent],
    credentials: Credentials | None,
    now_ms: int,
    recv_window_ms: int,
    base_url: str,
    nonce: int = 0,
) -> Request:
    """The request to send, composed from nothing but the intents. KuCoin's window is 5 s, whatever
    is wished for, and it asks for no nonce.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    if len(intents) != 1:
        raise ValueError("KuCoin gets one order at a time")
    endpoint, words = _words(intents[0])
    request = worded(endpoint, words, HOSTS, base_url)
    if endpoint.kind is Kind.MARKET:
        return request
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    secret = credentials.secret
    passphrase = bytes(signatures.passphrase_of(secret))
    return with_headers(
        request,
        ("KC-API-KEY", credentials.key_id),
        ("KC-API-SIGN", _signature(secret, _payload(request, str(now_ms)))),
        ("KC-API-TIMESTAMP", str(now_ms)),
        ("KC-API-PASSPHRASE", _signature(secret, passphrase)),
        ("KC-API-KEY-VERSION", "2"),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=()):
            path = f"POST {_HF}/test" if intent.test else f"POST {_HF}"
            return TABLE.named(path, Kind.PLACE, Kind.TEST), _order_words(intent)
        case CancelOrder(list_id=None, listed=None, mode=None):
            return _cancel_words(intent)
        case ReadAccount():
            return TABLE.named(intent.what, Kind.ACCOUNT), list(intent.parameters)
        case ReadMarket():
            return _public(intent.what), list(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _public(what: str) -> Endpoint:
    return kucoin_futures.public(what) or TABLE.named(what, Kind.MARKET)


def _order_words(order: PlaceOrder) -> Words:
    if order.type.waits or order.reduce_only:
        raise ValueError(f"an order of type {order.type} is never sent to KuCoin")
    words: Words = [
        ("clientOid", order.client_order_id),
        ("symbol", _joined(order.symbol)),
        ("side", order.side.lower()),
        ("type", "limit" if order.type.has_limit else "market"),
    ]
    if order.type is OrderType.LIMIT_MAKER:
        words.append(("postOnly", True))
    words += [
        ("timeInForce", order.time_in_force),
        ("size", order.quantity and plain(order.quantity)),
        ("funds", order.quote_quantity and plain(order.quote_quantity)),
        ("price", order.price and plain(order.price)),
    ]
    return [(name, value) for name, value in words if value is not None]


def _cancel_words(cancel: CancelOrder) -> tuple[Endpoint, Words]:
    """By the older endpoints where the market is not known: the newer ones ask for it."""
    market: Words = [("symbol", _joined(cancel.symbol))] if cancel.symbol else []
    words = market
    if cancel.order_id is not None:
        what = f"{_HF}/{{orderId}}" if market else "/api/v1/orders/{orderId}"
        words = [("orderId", str(cancel.order_id)), *market]
    elif (name := cancel.client_order_id) is not None:
        older = "/api/v1/order/client-order/{clientOid}"
        what = f"{_HF}/client-order/{{clientOid}}" if market else older
        words = [("clientOid", name), *market]
    else:
        what = _HF if market else f"{_HF}/cancelAll"
    return TABLE.named(f"DELETE {what}", Kind.CANCEL, Kind.CANCEL_ALL), words


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand?"""
    words = (("clientOid", client_order_id), ("symbol", _joined(symbol)))
    return ReadAccount(f"GET {_HF}/client-order/{{clientOid}}", words)


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    return CancelOrder(symbol, client_order_id=client_order_id)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets. KuCoin tells of all markets only by the older endpoint, a
    page of 500."""
    if symbols is None:
        words = (("status", "active"), ("tradeType", "TRADE"), ("pageSize", "500"))
        return (ReadAccount("GET /api/v1/orders", words),)
    active = f"GET {_HF}/active"
    return tuple(ReadAccount(active, (("symbol", _joined(s)),)) for s in sorted(symbols))


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 100, since KuCoin tells the last first, and of what is
    after a time no more than a week."""
    return ReadAccount(_FILLS, (("symbol", _joined(symbol)), ("limit", _MOST)))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day."""
    span = (("startAt", str(start_ms)), ("endAt", str(end_ms)))
    return ReadAccount(_FILLS, (("symbol", _joined(symbol)), ("limit", _MOST), *span))


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount("GET /api/v1/accounts")


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount("GET /api/v1/user/api-key")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("GET /api/v2/symbols")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 1500 intervals from a time on."""
    word, length = _INTERVALS[interval]
    start = start_ms // 1_000
    end = start + CANDLES_AT_ONCE * length
    words = (("symbol", _joined(symbol)), ("type", word), ("startAt", str(start)))
    return ReadMarket("GET /api/v1/market/candles", (*words, ("endAt", str(end))))


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("symbol", _joined(symbol)),)
    return ReadMarket("GET /api/v1/market/orderbook/level1", words)


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("GET /api/v1/timestamp")


# What the exchange answers


class _Answer(msgspec.Struct, rename="camel"):
    pass


class _Order(_Answer):
    id: str
    symbol: str
    side: str
    size: str | None
    deal_size: str
    client_oid: str | None = None
    created_at: int = 0
    active: bool | None = None
    is_active: bool | None = None
    """The same of the older endpoints."""
    cancel_exist: bool = False


class _Trade(_Answer):
    trade_id: str
    order_id: str
    side: str
    price: str
    size: str
    fee: str
    fee_currency: str
    created_at: int


class _Balance(_Answer):
    currency: str
    type: str
    available: str
    holds: str


class _Symbol(_Answer):
    symbol: str
    base_currency: str
    quote_currency: str
    base_min_size: str
    base_increment: str
    price_increment: str
    min_funds: str | None = None


class _Book(_Answer):
    best_bid: str | None
    best_ask: str | None


class _Rights(_Answer):
    permission: str
    created_at: int
    ip_whitelist: str | None = None


class _Number(_Answer):
    order_id: str


class _Page(msgspec.Struct, Generic[_T]):
    items: list[_T]


class _Told(msgspec.Struct, Generic[_T]):
    """KuCoin's envelope; any other code is a refusal."""

    data: _T
    code: Literal["200000"]


_SPOT_ACCOUNTS = frozenset({"trade", "trade_hf"})
_RIGHTS = {
    "spot": "trade",
    "trade": "trade",
    "withdraw": "withdraw",
    "withdrawal": "withdraw",
    "transfer": "transfer",
    "innertransfer": "transfer",
    "flextransfers": "transfer",
    "margin": "margin",
    "futures": "futures",
}


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    code = _code(response)
    if code == _GOOD:
        return Verdict.DONE if 200 <= response.status < 300 else Verdict.UNKNOWN
    if code is None or response.status >= 500 or code.startswith("5"):
        return Verdict.UNKNOWN
    return Verdict.REJECTED


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of the intent that a request was written from. Of an order no more is told than
    its number."""
    verdict, (intent,) = judge(response), intents
    if verdict is not Verdict.DONE or not isinstance(intent, PlaceOrder) or intent.test:
        return (Outcome(verdict),)
    number = converted(response.body, _Told[_Number]).data.order_id
    name, status = intent.client_order_id or "", OrderStatus.NEW
    return (Outcome(verdict, (OrderReport(intent.symbol, number, name, status, ZERO),)),)


def says_too_often(response: Response) -> bool:
    """Whether KuCoin was asked more often than it allows."""
    return response.status == 429 or _code(response) == "429000"


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if KuCoin knows no such order.

    Raises:
        ValueError: it does not say.
    """
    if _says_no_such_order(response):
        return None
    return _report(converted(response.body, _Told[_Order]).data)


def cancelled_order(body: bytes) -> OrderReport | None:
    """KuCoin tells nothing of an order that it cancelled."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    if intent.what in _ONE_ORDER:
        return (_report(converted(body, _Told[_Order]).data),)
    return open_orders(body) if intent.what in _MANY_ORDERS else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list, or of a page of one."""
    told = converted(body, _Told[_Page[_Order] | list[_Order] | None]).data
    return tuple(map(_report, told.items if isinstance(told, _Page) else told or ()))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    return tuple(
        OwnTrade(
            trade.order_id,
            Fill(
                trade.trade_id,
                trade.created_at,
                parse_amount(trade.price),
                parse_amount(trade.size),
                parse_amount(trade.fee),
                trade.fee_currency,
            ),
            _side(trade.side),
        )
        for trade in converted(body, _Told[_Page[_Trade]]).data.items
    )


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds for trading, by asset."""
    held: dict[str, Holding] = {}
    for row in converted(body, _Told[list[_Balance]]).data:
        if row.type in _SPOT_ACCOUNTS:
            more = held.get(row.currency, Holding(ZERO, ZERO))
            free, locked = parse_amount(row.available), parse_amount(row.holds)
            held[row.currency] = Holding(more.free + free, more.locked + locked)
    return held


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written."""
    found = (
        Market(
            row.base_currency,
            row.quote_currency,
            tick=amount(row.price_increment),
            lot=amount(row.base_increment),
            min_notional=amount(row.min_funds),
            min_quantity=amount(row.base_min_size),
        )
        for row in converted(body, _Told[list[_Symbol]]).data
        if row.symbol == f"{row.base_currency}-{row.quote_currency}"
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first."""
    rows = converted(body, _Told[list[tuple[int, str, str, str, str, str, str]]]).data
    return tuple(
        Candle(start * 1_000, *map(parse_amount, (first, high, low, last, volume, turnover)))
        for start, first, last, high, low, volume, turnover in reversed(rows)
    )


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    top = converted(body, _Told[_Book]).data
    return TopOfBook(amount(top.best_bid), amount(top.best_ask))


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Told[int]).data


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do; what has a name that is not known here counts as itself."""
    told = converted(body, _Told[_Rights]).data
    named = (name.strip().lower() for name in told.permission.split(","))
    can = dict.fromkeys(_RIGHTS.get(name, name) for name in named if name not in ("", "general"))
    return KeyRights(tuple(can), bool(told.ip_whitelist), told.created_at)


def _report(order: _Order) -> OrderReport:
    executed = parse_amount(order.deal_size)
    is_active = order.active if order.active is not None else order.is_active
    size = amount(order.size)
    if is_active is None:
        raise ValueError("an order is told of without saying whether it stands")
    if is_active:
        status = OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
    else:
        is_filled = not order.cancel_exist and executed >= size
        status = OrderStatus.FILLED if is_filled else OrderStatus.CANCELED
    return OrderReport(
        symbol=order.symbol.replace("-", "/"),
        order_id=order.id,
        client_order_id=order.client_oid or "",
        status=status,
        executed=executed,
        side=_side(order.side),
        created_ms=order.created_at,
        quantity=size or None,
    )


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _code(response: Response) -> str | None:
    answer = parsed(response.body)
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else None


def _says_no_such_order(response: Response) -> bool:
    """In words, or by an answer that has none."""
    answer = parsed(response.body)
    if not isinstance(answer, dict) or response.status >= 500:
        return False
    if answer.get("code") == _GOOD:
        return "data" in answer and answer["data"] is None
    return isinstance(answer.get("msg"), str) and bool(_NO_SUCH_ORDER.search(answer["msg"]))


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in KuCoin's form, such that its clients raise their usual exception."""
    status, code = _CODES[refusal.reason]
    code = code if refusal.code is None else str(refusal.code)
    return Response(status, msgspec.json.encode({"code": code, "msg": refusal.text}))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
