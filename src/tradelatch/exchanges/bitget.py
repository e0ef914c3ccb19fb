"""Bitget Spot (API v2); orders on its futures and on margin are read, and have no bound.

https://www.bitget.com/api-doc/common/signature, .../spot/trade/Place-Order
"""

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import joined, signatures
from tradelatch.exchanges.kit.answers import amount, client_ids, converted, parsed, renamed, step
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
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import shaped, time_in_force, waiting
from tradelatch.exchanges.kit.wording import Words, with_headers, worded
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
    Verdict,
)
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
)
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

NAME = "bitget"
HOSTS: Mapping[str, str] = {"": "https://api.bitget.com"}
KEYS_AT = 'Bitget, "API Keys"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 30_000
FORGETS_UNFILLED = False
STREAMS = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = True
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "clientOid"
OWN_NAMES = "tradelatch-"
TRADES_AT_ONCE = 100
CANDLES_AT_ONCE = 1_000

_WINDOW_MS = SHORTEST_WINDOW_MS

_TRADE = "/api/v2/spot/trade"
_MIX = "/api/v2/mix/order"
_MARGIN = "/api/v2/margin"
_SPAN = "startTime endTime"
_PAGE = f"{_SPAN} idLessThan limit"
_TIMES = "requestTime receiveWindow"

TABLE = Table(
    (
        *listed(
            Kind.PLACE,
            "POST",
            {
                f"{_TRADE}/place-order": "symbol side orderType force price size clientOid",
                f"{_TRADE}/place-plan-order": "",
                f"{_MIX}/place-order": "",
                f"{_MIX}/place-plan-order": "",
                f"{_MIX}/place-tpsl-order": "",
                f"{_MARGIN}/crossed/place-order": "",
                f"{_MARGIN}/isolated/place-order": "",
            },
        ),
        *listed(
            Kind.BATCH,
            "POST",
            {
                f"{_TRADE}/batch-orders": "",
                f"{_MIX}/batch-place-order": "",
                f"{_MARGIN}/crossed/batch-place-order": "",
                f"{_MARGIN}/isolated/batch-place-order": "",
            },
        ),
        *listed(
            Kind.AMEND,
            "POST",
            {
                f"{_TRADE}/cancel-replace-order": "",
                f"{_TRADE}/batch-cancel-replace-order": "",
                f"{_MIX}/modify-order": "",
            },
        ),
        *listed(Kind.CANCEL, "POST", {f"{_TRADE}/cancel-order": "symbol orderId clientOid"}),
        *listed(
            Kind.CANCEL_SOME,
            "POST",
            {f"{_TRADE}/batch-cancel-order": "symbol batchMode orderList"},
        ),
        *listed(Kind.CANCEL_ALL, "POST", {f"{_TRADE}/cancel-symbol-order": "symbol"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                "/api/v2/spot/account/info": "",
                "/api/v2/spot/account/assets": "coin assetType",
                "/api/v2/spot/account/bills": f"coin groupType businessType {_PAGE}",
                "/api/v2/spot/account/transferRecords": f"coin fromType clientOid pageNum {_PAGE}",
                "/api/v2/spot/wallet/deposit-address": "coin chain size",
                "/api/v2/spot/wallet/deposit-records": f"coin orderId {_PAGE}",
                "/api/v2/spot/wallet/withdrawal-records": f"coin clientOid orderId {_PAGE}",
                "/api/v2/account/all-account-balance": "",
                "/api/v2/account/funding-assets": "coin",
                "/api/v3/account/settings": "",  # by which ccxt finds out whether it is unified
                "/api/v2/common/trade-rate": "symbol businessType",
                f"{_TRADE}/orderInfo": f"orderId clientOid {_TIMES}",
                f"{_TRADE}/unfilled-orders": f"symbol orderId tpslType {_PAGE} {_TIMES}",
                f"{_TRADE}/history-orders": f"symbol orderId tpslType {_PAGE} {_TIMES}",
                f"{_TRADE}/fills": f"symbol orderId {_PAGE}",
                f"{_TRADE}/current-plan-order": f"symbol {_PAGE}",
                f"{_TRADE}/history-plan-order": f"symbol {_PAGE}",
                f"{_TRADE}/plan-sub-order": "planOrderId",
                "/api/v2/mix/account/account": "symbol productType marginCoin",
                "/api/v2/mix/account/accounts": "productType",
                "/api/v2/mix/account/bill": f"productType coin businessType {_PAGE}",
                "/api/v2/mix/position/single-position": "symbol productType marginCoin",
                "/api/v2/mix/position/all-position": "productType marginCoin",
                "/api/v2/mix/position/history-position": f"symbol productType {_PAGE}",
                f"{_MIX}/detail": "symbol productType orderId clientOid",
                f"{_MIX}/orders-pending": f"symbol productType orderId clientOid status {_PAGE}",
                f"{_MIX}/orders-history": (
                    f"symbol productType orderId clientOid orderSource {_PAGE}"
                ),
                f"{_MIX}/orders-plan-pending": (
                    f"symbol productType orderId clientOid planType {_PAGE}"
                ),
                f"{_MIX}/orders-plan-history": (
                    f"symbol productType orderId clientOid planType planStatus {_PAGE}"
                ),
                f"{_MIX}/fills": f"symbol productType orderId {_PAGE}",
                f"{_MIX}/fill-history": f"symbol productType orderId {_PAGE}",
                f"{_MARGIN}/crossed/account/assets": "coin",
                f"{_MARGIN}/crossed/open-orders": f"symbol orderId clientOid {_PAGE}",
                f"{_MARGIN}/crossed/history-orders": (
                    f"symbol orderId clientOid enterPointSource {_PAGE}"
                ),
                f"{_MARGIN}/crossed/fills": f"symbol orderId {_PAGE}",
                f"{_MARGIN}/isolated/account/assets": "coin symbol",
                f"{_MARGIN}/isolated/open-orders": f"symbol orderId clientOid {_PAGE}",
                f"{_MARGIN}/isolated/history-orders": (
                    f"symbol orderId clientOid enterPointSource {_PAGE}"
                ),
                f"{_MARGIN}/isolated/fills": f"symbol orderId {_PAGE}",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/api/v2/public/time": "",
                "/api/v2/spot/public/coins": "coin",
                "/api/v2/spot/public/symbols": "symbol",
                "/api/v2/spot/market/vip-fee-rate": "",
                "/api/v2/spot/market/tickers": "symbol",
                "/api/v2/spot/market/orderbook": "symbol type limit",
                "/api/v2/spot/market/merge-depth": "symbol precision limit",
                "/api/v2/spot/market/candles": f"symbol granularity {_SPAN} limit",
                "/api/v2/spot/market/history-candles": f"symbol granularity {_SPAN} limit",
                "/api/v2/spot/market/fills": "symbol limit",
                "/api/v2/spot/market/fills-history": f"symbol {_PAGE}",
                "/api/v2/mix/market/contracts": "symbol productType",
                "/api/v2/mix/market/ticker": "symbol productType",
                "/api/v2/mix/market/tickers": "productType",
                "/api/v2/mix/market/merge-depth": "symbol productType precision limit",
                "/api/v2/mix/market/candles": (
                    f"symbol productType granularity kLineType {_SPAN} limit"
                ),
                "/api/v2/mix/market/history-candles": (
                    f"symbol productType granularity {_SPAN} limit"
                ),
                "/api/v2/mix/market/fills": "symbol productType limit",
                "/api/v2/mix/market/current-fund-rate": "symbol productType",
                "/api/v2/mix/market/history-fund-rate": "symbol productType pageSize pageNo",
                "/api/v2/mix/market/open-interest": "symbol productType",
                "/api/v2/margin/currencies": "",
            },
        ),
    ),
    Unlisted(
        moves=(
            "POST /api/v2/spot/wallet/",
            "/api/v2/convert/",
            "/api/v2/earn/",
            "/api/v2/p2p/",
            "/api/v2/copy/",
            "/api/v2/mix/account/union-convert",
            f"POST {_MARGIN}/crossed/account/",
            f"POST {_MARGIN}/isolated/account/",
            "/api/v3/loan/",
            "/api/v3/ins-loan/",
            "/api/v3/convert/",
            "/api/v3/earn/",
            "/api/v3/p2p/",
            "/api/v3/copy/",
            "POST /api/v3/account/repay",
            "POST /api/v3/account/move-positions",
        ),
        keys=("/api/v2/user/", "/api/v2/broker/", "/api/v3/user/", "/api/v3/broker/"),
        levered=("/api/v2/mix/", f"{_MARGIN}/", "/api/v3/"),
    ),
)


def _in_any_case(words: Mapping[str, _T]) -> dict[str, _T]:
    """Bitget takes its words in small letters and in large ones."""
    return {
        spelled: meant
        for word, meant in words.items()
        for spelled in (word, word.upper(), word.capitalize())
    }


# fmt: off
_QUOTES = (
    "USDT", "USDC", "USDE", "USD1", "TUSD", "BTC", "ETH", "BGB", "EUR", "BRL", "USD", "GBP", "TRY",
    "UAH", "PLN", "AUD", "DAI",
)
# fmt: on
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SIDES = _in_any_case({"buy": Side.BUY, "sell": Side.SELL})
_TYPES = _in_any_case({"limit": OrderType.LIMIT, "market": OrderType.MARKET})
_FORCES: Mapping[str, TimeInForce | OrderType] = _in_any_case(
    {
        "gtc": TimeInForce.GTC,
        "ioc": TimeInForce.IOC,
        "fok": TimeInForce.FOK,
        "post_only": OrderType.LIMIT_MAKER,
    }
)
_CONTRACTS = _in_any_case(
    {
        "usdt-futures": ("USDT", "{0}/USDT:USDT"),
        "usdc-futures": ("PERP", "{0}/USDC:USDC"),
        "coin-futures": ("USD", "{0}/USD:{0}"),
        "susdt-futures": ("SUSDT", "{0}/SUSDT:SUSDT"),
        "susdc-futures": ("SPERP", "{0}/SUSDC:SUSDC"),
        "scoin-futures": ("SUSD", "{0}/SUSD:{0}"),
    }
)
"""By the kind of futures, how the names of its perpetual contracts end, and the unified name."""
_TOTALS = {"total": True, "amount": False}
_TPSL = {"tpsl": True, "normal": False}
_YES = _in_any_case({"yes": True, "no": False})
_OPENS = _in_any_case({"open": True, "close": False})
_HELD = _in_any_case(
    {"long": Side.SELL, "buy": Side.SELL, "short": Side.BUY, "sell": Side.BUY},
)
"""By the side of a position, the side of the order that closes it."""
_PLANS = {
    "pos_loss": True,
    "loss_plan": True,
    "pos_profit": False,
    "profit_plan": False,
}
"""What closes a position, and whether it stops a loss."""
_OTHER = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}
_STOP = "a stop order at Bitget"
_REPLACED = "a new order in its place"
_COMMON = ("symbol", "productType")
_INTERVALS = {"1m": ("1min", 60_000), "1d": ("1Dutc", 86_400_000)}
"""Bitget's words (its ``1day`` begins at 16:00 UTC), and milliseconds."""
_FILLS = f"GET {_TRADE}/fills"
_MOST = str(TRADES_AT_ONCE)
_ORDERS = frozenset(
    f"GET {_TRADE}/{name}" for name in ("orderInfo", "unfilled-orders", "history-orders")
)
_GOOD = "00000"
_NO_SUCH_ORDER = frozenset({"43001", "40109", "40768"})
_UNCLEAR = frozenset({"40010", "40015", "40604", "40725", "45001"})
"""Timed out, busy, out of order, or an error of a service: it may have been carried out."""
_CODES = {
    Reason.UNKNOWN_KEY: (400, "40006"),
    Reason.BAD_SIGNATURE: (400, "40009"),
    Reason.OUTSIDE_WINDOW: (400, "40008"),
    Reason.BAD_PARAMETER: (400, "40017"),
    Reason.UNKNOWN_ENDPOINT: (404, "40404"),
    Reason.ORDER_DENIED: (400, "43011"),
    Reason.CANCEL_DENIED: (400, "43001"),
    Reason.AMEND_DENIED: (400, "43011"),
    Reason.NOT_PERMITTED: (403, "40014"),
    Reason.TOO_LARGE: (413, "40017"),
    Reason.TOO_OFTEN: (429, "429"),
    Reason.UNAVAILABLE: (503, "40604"),
    Reason.OUTCOME_UNKNOWN: (504, "50008"),
}
_CLIENT_IDS = client_ids("clientOid")


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return f"{OWN_NAMES}{now_ms}-{number}"


def unified(name: str) -> str:
    """``ETHBTC`` as ``ETH/BTC``.

    Raises:
        Refusal: BAD_PARAMETER, it is no spot market's name or its quote is not known.
    """
    if symbol := joined.unified(name, _QUOTES):
        return symbol
    raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no market's name that is known here")


def _contract(name: str, form: tuple[str, str]) -> str:
    """``BTCUSDT`` of the futures settled in USDT as ``BTC/USDT:USDT``."""
    end, pattern = form
    base = name.removesuffix(end)
    if not base.isalnum() or base == name:
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no perpetual contract's name")
    return pattern.format(base)


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("access-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA256 (base64) over time, method, path with query, and body.

    The query is signed as it was before it was percent-encoded (so does ccxt) or as it stands. The
    passphrase is not looked at: who has the secret has it too, and its header goes no further.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "access-sign")
    stamp = signatures.header(request, "access-timestamp")
    timestamp_ms = signatures.whole("ACCESS-TIMESTAMP", stamp)
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Bitget knows no keys of that kind here")
    payload = signatures.check_one_of(
        _payloads(request, stamp), lambda payload: _signature(key, payload), told
    )
    signatures.check_time(timestamp_ms, _WINDOW_MS, now_ms)
    return signatures.signed(timestamp_ms, _WINDOW_MS, payload)


def _payloads(request: Request, stamp: str) -> list[bytes]:
    head = f"{stamp}{request.method}{request.path}".encode(errors="surrogatepass")
    if not request.query:
        return [head + request.body]
    return [head + b"?" + one + request.body for one in signatures.spellings(request.query)]


def _signature(secret: bytearray, payload: bytes) -> str:
    return base64.b64encode(signatures.mac(secret, payload)).decode()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    if any(name.lower() == "paptrading" and value != "0" for name, value in request.headers):
        text = "orders for demo trading (header PAPTRADING) are not passed on"
        raise Refusal(Reason.BAD_PARAMETER, text)
    return read_by(TABLE, _READERS, request)


def _rows(sent: Sent) -> list[Sent]:
    """The orders of a list; what it says of all of them is in each, but for markets where each
    has to have its own."""
    common = {name: value for name in _COMMON if (value := sent.text(name)) is not None}
    if sent.word("batchMode", {"multiple": True, "single": False}):
        common.pop("symbol", None)
    rows = sent.rows("orderList")
    return [row.without_empty().with_common(common) for row in rows]


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    rows = _rows(sent)
    more = (BATCH, *sent.rest)
    return tuple(_order(row, endpoint, more) for row in rows)


def _order(sent: Sent, endpoint: Endpoint, more: tuple[str, ...] = ()) -> PlaceOrder:
    sent = sent.without_empty()
    sent.drop("stpMode", "none")
    if endpoint.path.endswith("place-tpsl-order"):
        order = _closing(sent)
    elif "/mix/" in endpoint.path:
        order = _on_futures(sent, endpoint.path.endswith("plan-order"))
    elif "/margin/" in endpoint.path:
        order = _on_margin(sent)
    else:
        order = _on_spot(sent, endpoint.path.endswith("plan-order"))
    return shaped(structs.replace(order, unbounded=(*more, *order.unbounded, *sent.rest)))


def _on_spot(sent: Sent, is_plan: bool) -> PlaceOrder:
    waits = sent.word("tpslType", _TPSL) or is_plan
    order, size = _unsized(sent, unified(sent.need("symbol")), waits), sent.amount("size")
    # A plan says what its size is in; of other orders a market buy alone has it in quote.
    is_total = not order.type.has_limit and order.side is Side.BUY
    if sent.word("planType", _TOTALS) if is_plan else is_total:
        return structs.replace(order, quote_quantity=size)
    return structs.replace(order, quantity=size)


def _on_margin(sent: Sent) -> PlaceOrder:
    order = _unsized(sent, unified(sent.need("symbol")), waits=False, more=(LEVERAGE,))
    base, quote = sent.amount("baseSize"), sent.amount("quoteSize")
    return structs.replace(order, quantity=base, quote_quantity=quote)


def _on_futures(sent: Sent, is_plan: bool) -> PlaceOrder:
    trails = sent.word("planType", {"normal_plan": False, "track_plan": True}) if is_plan else False
    more = (LEVERAGE, "a trailing distance") if trails else (LEVERAGE,)
    opens = sent.word("tradeSide", _OPENS)
    if opens is not None:
        more = (*more, "a side of a position")
    order = _unsized(sent, _contract_of(sent), waits=is_plan and not trails, more=more)
    # Where both sides can be held, the side is that of the position: closing one trades against it.
    return structs.replace(
        order,
        side=_OTHER[order.side] if opens is False else order.side,
        quantity=sent.amount("size"),
        reduce_only=bool(sent.word("reduceOnly", _YES)) or opens is False,
    )


def _closing(sent: Sent) -> PlaceOrder:
    """What takes a profit or stops a loss of a position, at the market unless it has a price."""
    sent.drop("executePrice", "0")
    sent.text("triggerType")
    price = sent.amount("executePrice")
    kind = OrderType.LIMIT if price else OrderType.MARKET
    kind = waiting(kind, is_stop_loss=sent.need_word("planType", _PLANS))
    return PlaceOrder(
        _contract_of(sent),
        sent.need_word("holdSide", _HELD),
        kind,
        quantity=sent.amount("size"),
        price=price,
        time_in_force=time_in_force(kind, None),
        stop_price=sent.amount("triggerPrice"),
        client_order_id=sent.text("clientOid", _CLIENT_ID),
        reduce_only=True,
        unbounded=(LEVERAGE, _STOP),
    )


def _unsized(sent: Sent, symbol: str, waits: bool, more: tuple[str, ...] = ()) -> PlaceOrder:
    """An order but for its size."""
    kind, force = sent.need_word("orderType", _TYPES), sent.word("force", _FORCES)
    if kind is OrderType.LIMIT and force is OrderType.LIMIT_MAKER:
        kind = OrderType.LIMIT_MAKER
    price, stop_price = _price(sent, waits), None
    if price is not None and not kind.has_limit:
        price, more = None, (*more, "a price of a market order")
    if waits:
        # Which way the market has to go is not said: to the stop price from wherever it is.
        kind, more = waiting(kind, is_stop_loss=True), (*more, _STOP)
        stop_price = sent.amount("triggerPrice")
        sent.text("triggerType")
    return PlaceOrder(
        symbol,
        sent.need_word("side", _SIDES),
        kind,
        price=price,
        time_in_force=time_in_force(kind, force if isinstance(force, TimeInForce) else None),
        stop_price=stop_price,
        client_order_id=sent.text("clientOid", _CLIENT_ID),
        unbounded=more,
    )


def _price(sent: Sent, waits: bool) -> Decimal | None:
    """The price of an order; that of one that waits has either name."""
    price, other = sent.amount("price"), sent.amount("executePrice") if waits else None
    if None not in (price, other) and price != other:
        raise Refusal(Reason.BAD_PARAMETER, "the order has two prices: price and executePrice")
    return price or other


def _contract_of(sent: Sent) -> str:
    return _contract(sent.need("symbol"), sent.need_word("productType", _CONTRACTS))


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    if "orderList" in sent:
        rows = _rows(sent)
        sent.end()
        return tuple(one for row in rows for one in _amend(row, endpoint))
    sent = sent.without_empty()
    number, name = _ids(sent)
    if "/mix/" in endpoint.path:
        symbol, more, words = _contract_of(sent), LEVERAGE, ("newSize", "newPrice")
    else:  # its side is that of the old order, which is not told
        symbol, more, words = unified(sent.need("symbol")), _REPLACED, ("size", "price")
    size, price = (sent.amount(word) for word in words)
    return (AmendOrder(symbol, size, number, name, price, (more, *sent.rest)),)


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    sent = sent.without_empty()
    sent.drop("tpslType", "normal")
    symbol = unified(sent.need("symbol"))
    number, name = (None, None) if endpoint.kind is Kind.CANCEL_ALL else _ids(sent)
    sent.end()
    return (CancelOrder(symbol, number, name),)


def _cancel_some(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder, ...]:
    rows = _rows(sent)
    sent.end()
    return tuple(cancel for row in rows for cancel in _cancel(row, endpoint))


def _ids(sent: Sent) -> tuple[str | None, str | None]:
    number, name = sent.id("orderId"), sent.id("clientOid")
    if number is None and name is None:
        raise Refusal(Reason.BAD_PARAMETER, "neither orderId nor clientOid says which order")
    return number, name


_READERS: Readers = {
    Kind.PLACE: lambda sent, endpoint: (_order(sent, endpoint),),
    Kind.BATCH: _batch,
    Kind.AMEND: _amend,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_SOME: _cancel_some,
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
    """The request to send, composed from nothing but the intents. Bitget's window is 30 s,
    whatever is wished for, and it asks for no nonce.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    endpoint, words = _words(intents[0]) if len(intents) == 1 else _cancels_words(intents)
    request = worded(endpoint, words, HOSTS, base_url)
    if endpoint.kind is Kind.MARKET:
        return request
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    secret = credentials.secret
    payload = _payloads(request, str(now_ms))[-1]
    return with_headers(
        request,
        ("ACCESS-KEY", credentials.key_id),
        ("ACCESS-SIGN", _signature(secret, payload)),
        ("ACCESS-TIMESTAMP", str(now_ms)),
        ("ACCESS-PASSPHRASE", bytes(signatures.passphrase_of(secret)).decode()),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=(), test=False, reduce_only=False):
            return TABLE.named(f"POST {_TRADE}/place-order", Kind.PLACE), _order_words(intent)
        case CancelOrder(list_id=None, listed=None, mode=None):
            return _cancel_words(intent)
        case ReadAccount():  # a query has to be in the order of the alphabet to be signed
            return TABLE.named(intent.what, Kind.ACCOUNT), sorted(intent.parameters)
        case ReadMarket():
            return TABLE.named(intent.what, Kind.MARKET), sorted(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _order_words(order: PlaceOrder) -> Words:
    if order.type.waits:
        raise ValueError(f"an order of type {order.type} is never sent to Bitget")
    is_total = not order.type.has_limit and order.side is Side.BUY
    size = order.quote_quantity if is_total else order.quantity
    if size is None:
        raise ValueError("Bitget takes a market order to buy by its cost, others by their amount")
    force = "post_only" if order.type is OrderType.LIMIT_MAKER else order.time_in_force
    words: Words = [
        ("symbol", joined.joined(order.symbol)),
        ("side", order.side.lower()),
        ("orderType", "limit" if order.type.has_limit else "market"),
        ("force", force and force.lower()),
        ("price", order.price and plain(order.price)),
        ("size", plain(size)),
        ("clientOid", order.client_order_id),
    ]
    return _sent(words)


def _cancel_words(cancel: CancelOrder) -> tuple[Endpoint, Words]:
    words = _which(cancel)
    name = "cancel-order" if len(words) > 1 else "cancel-symbol-order"
    return TABLE.named(f"POST {_TRADE}/{name}", Kind.CANCEL, Kind.CANCEL_ALL), words


def _cancels_words(intents: Sequence[AnyIntent]) -> tuple[Endpoint, Words]:
    rows = [_which(one) for one in intents if isinstance(one, CancelOrder)]
    if not rows or len(rows) != len(intents) or any(len(row) == 1 for row in rows):
        raise ValueError("Bitget gets one order at a time, or several to cancel by their ids")
    words: Words = [("batchMode", "multiple"), ("orderList", [dict(row) for row in rows])]
    return TABLE.named(f"POST {_TRADE}/batch-cancel-order", Kind.CANCEL_SOME), words


def _which(cancel: CancelOrder) -> Words:
    if cancel.symbol is None:
        raise ValueError("Bitget has to be told of which market an order is")
    return _sent(
        [
            ("symbol", joined.joined(cancel.symbol)),
            ("orderId", None if cancel.order_id is None else str(cancel.order_id)),
            ("clientOid", cancel.client_order_id),
        ]
    )


def _sent(words: Words) -> Words:
    return [(name, value) for name, value in words if value is not None]


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand? By its number, if it is known."""
    which = (CLIENT_ID, client_order_id) if number is None else ("orderId", str(number))
    return ReadAccount(f"GET {_TRADE}/orderInfo", (which,))


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order; by its number, if it is known."""
    if number is None:
        return CancelOrder(symbol, client_order_id=client_order_id)
    return CancelOrder(symbol, order_id=str(number))


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets or of all, a page of 100."""
    what, most = f"GET {_TRADE}/unfilled-orders", ("limit", "100")
    if symbols is None:
        return (ReadAccount(what, (most,)),)
    return tuple(
        ReadAccount(what, (("symbol", joined.joined(symbol)), most)) for symbol in sorted(symbols)
    )


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 100, since Bitget tells of spans of 90 days at most."""
    return ReadAccount(_FILLS, (("symbol", joined.joined(symbol)), ("limit", _MOST)))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day."""
    span = (("startTime", str(start_ms)), ("endTime", str(end_ms)))
    return ReadAccount(_FILLS, (("symbol", joined.joined(symbol)), *span, ("limit", _MOST)))


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount("GET /api/v2/spot/account/assets")


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount("GET /api/v2/spot/account/info")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("GET /api/v2/spot/public/symbols")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 1000 intervals from a time on."""
    word, length = _INTERVALS[interval]
    words = (
        ("symbol", joined.joined(symbol)),
        ("granularity", word),
        ("startTime", str(start_ms)),
        ("endTime", str(start_ms + CANDLES_AT_ONCE * length)),
        ("limit", str(CANDLES_AT_ONCE)),
    )
    return ReadMarket("GET /api/v2/spot/market/candles", words)


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("symbol", joined.joined(symbol)), ("limit", "1"))
    return ReadMarket("GET /api/v2/spot/market/orderbook", words)


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("GET /api/v2/public/time")


# What the exchange answers


class _Answer(msgspec.Struct, rename="camel"):
    pass


class _Order(_Answer):
    order_id: str
    symbol: str
    side: str
    order_type: str
    status: str
    size: str
    base_volume: str
    client_oid: str | None = None
    created_ms: int = msgspec.field(name="cTime", default=0)


class _Fee(_Answer):
    fee_coin: str
    total_fee: str


class _Trade(_Answer):
    order_id: str
    trade_id: str
    side: str
    price_avg: str
    size: str
    fee_detail: _Fee
    created_ms: int = msgspec.field(name="cTime")


class _Balance(_Answer):
    coin: str
    available: str
    frozen: str
    locked: str | None = None


class _Symbol(_Answer):
    symbol: str
    base_coin: str
    quote_coin: str
    price_precision: int
    quantity_precision: int
    min_trade_amount: str | None = None
    min_dollars: str | None = msgspec.field(name="minTradeUSDT", default=None)


class _Book(_Answer):
    asks: list[tuple[str, str]]
    bids: list[tuple[str, str]]


class _Clock(_Answer):
    server_time: int


class _Rights(_Answer):
    authorities: list[str]
    ips: str | None = None


class _Number(_Answer):
    order_id: str | None = None
    client_oid: str | None = None


class _Numbers(_Answer):
    success_list: list[_Number]
    failure_list: list[_Number]


class _Told(msgspec.Struct, Generic[_T]):
    """Bitget's envelope; any other code is a refusal."""

    data: _T
    code: Literal["00000"]


_Row: TypeAlias = tuple[int, str, str, str, str, str, str, str]
_DOLLARS = frozenset({"USDT", "USDC"})
_STATUSES = {
    "init": OrderStatus.NEW,
    "new": OrderStatus.NEW,
    "live": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "cancelled": OrderStatus.CANCELED,
    "canceled": OrderStatus.CANCELED,
    "reject": OrderStatus.REJECTED,
}
_RIGHTS = {
    "trade": "trade",
    "stow": "trade",
    "smow": "margin",
    "coow": "futures",
    "cpow": "futures",
    "wtow": "transfer",
    "wwow": "withdraw",
}
_READING = re.compile(r"readonly|[a-z0-9]{3}r")
"""Rights to read, which are not told of."""


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    code = _code(response)
    if code == _GOOD:
        return Verdict.DONE if 200 <= response.status < 300 else Verdict.UNKNOWN
    if code is None or code in _UNCLEAR or response.status >= 500 or code.startswith("5"):
        return Verdict.UNKNOWN
    return Verdict.REJECTED


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of each of the intents that a request was written from. Of an order no more is
    told than its number."""
    verdict = judge(response)
    if verdict is not Verdict.DONE:
        return (Outcome(verdict),) * len(intents)
    if len(intents) > 1:
        told = converted(response.body, _Told[_Numbers]).data
        return tuple(Outcome(_cancelled(intent, told)) for intent in intents)
    (intent,) = intents
    if not isinstance(intent, PlaceOrder):
        return (Outcome(verdict),)
    number = converted(response.body, _Told[_Number]).data.order_id
    if not number:
        raise ValueError("an order was placed and its number is not told")
    name, status = intent.client_order_id or "", OrderStatus.NEW
    return (Outcome(verdict, (OrderReport(intent.symbol, number, name, status, ZERO),)),)


def _cancelled(cancel: AnyIntent, told: _Numbers) -> Verdict:
    for verdict, orders in (
        (Verdict.DONE, told.success_list),
        (Verdict.REJECTED, told.failure_list),
    ):
        if any(_is_of(cancel, order) for order in orders):
            return verdict
    return Verdict.UNKNOWN


def _is_of(cancel: AnyIntent, order: _Number) -> bool:
    if not isinstance(cancel, CancelOrder):
        return False
    if cancel.order_id is not None:
        return order.order_id == str(cancel.order_id)
    return order.client_oid == cancel.client_order_id


def says_too_often(response: Response) -> bool:
    """Whether Bitget was asked more often than it allows."""
    return response.status == 429 or _code(response) == "429"


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Bitget knows no such order.

    Raises:
        ValueError: it does not say.
    """
    if _code(response) in _NO_SUCH_ORDER:
        return None
    found = open_orders(response.body)
    return found[0] if found else None


def cancelled_order(body: bytes) -> OrderReport | None:
    """Bitget tells nothing of an order that it cancelled."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    is_plan = ("tpslType", "tpsl") in intent.parameters  # they stand elsewhere
    return open_orders(body) if intent.what in _ORDERS and not is_plan else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list."""
    return tuple(map(_report, converted(body, _Told[list[_Order] | None]).data or ()))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    return tuple(
        OwnTrade(
            trade.order_id,
            Fill(
                trade.trade_id,
                trade.created_ms,
                parse_amount(trade.price_avg),
                parse_amount(trade.size),
                _paid(trade.fee_detail.total_fee),
                trade.fee_detail.fee_coin,
            ),
            _side(trade.side),
        )
        for trade in converted(body, _Told[list[_Trade] | None]).data or ()
    )


def _paid(change: str) -> Decimal:
    """A fee, which is told as what it changes: below zero. What an account is given is no fee."""
    if change.startswith("-"):
        return parse_amount(change[1:])
    amount(change)
    return ZERO


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds for trading, by asset."""
    return {
        row.coin: Holding(parse_amount(row.available), amount(row.frozen) + amount(row.locked))
        for row in converted(body, _Told[list[_Balance]]).data
    }


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name would not be read as theirs. The
    least worth of an order is told in dollars, and left out for other quotes."""
    return {
        f"{row.base_coin}/{row.quote_coin}": Market(
            row.base_coin,
            row.quote_coin,
            tick=step(row.price_precision),
            lot=step(row.quantity_precision),
            min_notional=amount(row.min_dollars) if row.quote_coin in _DOLLARS else ZERO,
            min_quantity=amount(row.min_trade_amount),
        )
        for row in converted(body, _Told[list[_Symbol]]).data
        if joined.unified(row.symbol, _QUOTES) == f"{row.base_coin}/{row.quote_coin}"
    }


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first."""
    return tuple(
        Candle(start, *map(parse_amount, (first, high, low, last, volume, turnover)))
        for start, first, high, low, last, volume, _, turnover in converted(
            body, _Told[list[_Row]]
        ).data
    )


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _Told[_Book]).data
    bid, ask = (parse_amount(side[0][0]) if side else ZERO for side in (told.bids, told.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Told[_Clock]).data.server_time


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do; what has a name that is not known here counts as itself."""
    told = converted(body, _Told[_Rights]).data
    can = (name for name in told.authorities if not _READING.fullmatch(name))
    return KeyRights(tuple(dict.fromkeys(_RIGHTS.get(one, one) for one in can)), bool(told.ips))


def _report(order: _Order) -> OrderReport:
    if order.status not in _STATUSES:
        raise ValueError(f"{order.status[:20]!r} is no status of an order")
    side, size = _side(order.side), parse_amount(order.size)
    is_total = order.order_type.lower() == "market" and side is Side.BUY
    return OrderReport(
        symbol=joined.unified(order.symbol, _QUOTES) or order.symbol,
        order_id=order.order_id,
        client_order_id=order.client_oid or "",
        status=_STATUSES[order.status],
        executed=amount(order.base_volume),
        side=side,
        created_ms=order.created_ms,
        quantity=None if is_total else size,
    )


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _code(response: Response) -> str | None:
    answer = parsed(response.body)
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else None


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Bitget's form, such that its clients raise their usual exception."""
    status, code = _CODES[refusal.reason]
    code = code if refusal.code is None else str(refusal.code)
    answer = {"code": code, "msg": refusal.text, "requestTime": 0, "data": None}
    return Response(status, msgspec.json.encode(answer))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
