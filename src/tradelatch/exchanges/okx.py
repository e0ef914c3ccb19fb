"""OKX, whose endpoints serve spot, margin, futures and options alike: the instrument's name and the
trade mode tell them apart. Spot without margin (``cash``) is traded; all other orders are read and
never written.

https://www.okx.com/docs-v5/en/#overview-rest-authentication, .../#order-book-trading-trade
"""

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.kit.answers import (
    amount,
    client_ids,
    converted,
    instant_ms,
    parsed,
    renamed,
    signed_amount,
)
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
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
    Unknown,
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

NAME = "okx"
HOSTS: Mapping[str, str] = {"": "https://www.okx.com"}
KEYS_AT = 'OKX, "API"'
REVOKES = False
CANCELS_ALL = False
SHORTEST_WINDOW_MS = 30_000
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = True
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "clOrdId"
OWN_NAMES = "tradelatch"
TRADES_AT_ONCE = 100
CANDLES_AT_ONCE = 100

_WINDOW_MS = SHORTEST_WINDOW_MS

_ORDER = "instId tdMode side ordType sz tgtCcy px clOrdId"
_KINDS = "instType uly instFamily instId"
_PAGE = "after before limit"
_SPAN = "begin end"
_BILLS = f"instType instId ccy mgnMode ctType type subType {_PAGE} {_SPAN}"
_CANDLES = f"instId bar {_PAGE}"

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {"/api/v5/trade/order": _ORDER}),
        *listed(Kind.BATCH, "POST", {"/api/v5/trade/batch-orders": ""}),
        *listed(Kind.PAIR, "POST", {"/api/v5/trade/order-algo": ""}),
        *listed(Kind.AMEND, "POST", {"/api/v5/trade/amend-order": ""}),
        *listed(Kind.AMEND, "POST", {"/api/v5/trade/amend-batch-orders": ""}),
        *listed(Kind.CANCEL, "POST", {"/api/v5/trade/cancel-order": "instId ordId clOrdId"}),
        *listed(Kind.CANCEL_SOME, "POST", {"/api/v5/trade/cancel-batch-orders": "[]"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                "/api/v5/trade/order": "instId ordId clOrdId",
                "/api/v5/trade/orders-pending": f"{_KINDS} ordType state {_PAGE}",
                "/api/v5/trade/orders-history": f"{_KINDS} ordType state category {_PAGE} {_SPAN}",
                "/api/v5/trade/orders-history-archive": f"{_KINDS} ordType state category "
                f"{_PAGE} {_SPAN}",
                "/api/v5/trade/fills": f"{_KINDS} ordId subType {_PAGE} {_SPAN}",
                "/api/v5/trade/fills-history": f"{_KINDS} ordId subType {_PAGE} {_SPAN}",
                "/api/v5/trade/order-algo": "algoId algoClOrdId",
                "/api/v5/trade/orders-algo-pending": f"ordType algoId {_KINDS} {_PAGE}",
                "/api/v5/trade/orders-algo-history": f"ordType state algoId {_KINDS} {_PAGE}",
                "/api/v5/trade/account-rate-limit": "",
                "/api/v5/account/balance": "ccy",
                "/api/v5/account/config": "",
                "/api/v5/account/instruments": _KINDS,
                "/api/v5/account/trade-fee": _KINDS,
                "/api/v5/account/max-size": "instId tdMode ccy px leverage tradeQuoteCcy",
                "/api/v5/account/max-avail-size": "instId ccy tdMode reduceOnly px tradeQuoteCcy",
                "/api/v5/account/max-withdrawal": "ccy",
                "/api/v5/account/bills": _BILLS,
                "/api/v5/account/bills-archive": _BILLS,
                "/api/v5/account/positions": "instType instId posId",
                "/api/v5/account/positions-history": f"instType instId mgnMode type posId {_PAGE}",
                "/api/v5/account/account-position-risk": "instType",
                "/api/v5/account/leverage-info": "instId ccy mgnMode",
                "/api/v5/asset/balances": "ccy",
                "/api/v5/asset/currencies": "ccy",
                "/api/v5/asset/asset-valuation": "ccy",
                "/api/v5/asset/transfer-state": "transId clientId type",
                "/api/v5/asset/bills": f"ccy type clientId {_PAGE}",
                "/api/v5/asset/deposit-address": "ccy",
                "/api/v5/asset/deposit-history": f"ccy depId fromWdId txId type state {_PAGE}",
                "/api/v5/asset/withdrawal-history": "ccy wdId clientId txId type state toAddrType "
                f"{_PAGE}",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/api/v5/public/time": "",
                "/api/v5/public/instruments": _KINDS,
                "/api/v5/public/underlying": "instType",
                "/api/v5/public/price-limit": "instId",
                "/api/v5/public/mark-price": _KINDS,
                "/api/v5/public/open-interest": _KINDS,
                "/api/v5/public/funding-rate": "instId",
                "/api/v5/public/funding-rate-history": f"instId {_PAGE}",
                "/api/v5/market/tickers": "instType uly instFamily",
                "/api/v5/market/ticker": "instId",
                "/api/v5/market/index-tickers": "quoteCcy instId",
                "/api/v5/market/books": "instId sz",
                "/api/v5/market/books-full": "instId sz",
                "/api/v5/market/trades": "instId limit",
                "/api/v5/market/history-trades": f"instId type {_PAGE}",
                "/api/v5/market/candles": _CANDLES,
                "/api/v5/market/history-candles": _CANDLES,
                "/api/v5/market/index-candles": _CANDLES,
                "/api/v5/market/mark-price-candles": _CANDLES,
                "/api/v5/market/platform-24-volume": "",
                "/api/v5/system/status": "state",
            },
        ),
    ),
    Unlisted(
        moves=(
            "POST /api/v5/asset/",
            "/api/v5/asset/convert/",
            "/api/v5/fiat/",
            "/api/v5/finance/",
            "/api/v5/trade/easy-convert",
            "/api/v5/trade/one-click-repay",
            "/api/v5/account/borrow-repay",
            "/api/v5/account/spot-manual-borrow-repay",
            "/api/v5/account/quick-margin-borrow-repay",
            "/api/v5/account/fixed-loan/",
            "/api/v5/tradingBot/",
        ),
        keys=(
            "/api/v5/users/",
            "/api/v5/broker/",
            "/api/v5/affiliate/",
            "/api/v5/account/subaccount/",
            "/api/v5/asset/subaccount/",
        ),
        levered=(
            "/api/v5/account/set-",
            "/api/v5/account/position",
            "/api/v5/account/move-positions",
            "/api/v5/account/activate-option",
            "/api/v5/trade/close-position",
            "/api/v5/copytrading/",
            "/api/v5/sprd/",
        ),
    ),
)

_COIN = r"[A-Z0-9]{1,20}"
_NAME = re.compile(rf"({_COIN})-({_COIN})(?:-(SWAP|[0-9]{{6}}(?:-[0-9.]{{1,12}}-[CP])?))?")
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_STAMP = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_IOC_MARKET = "optimal_limit_ioc"
_TYPES = {
    "limit": (OrderType.LIMIT, TimeInForce.GTC),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
    "post_only": (OrderType.LIMIT_MAKER, None),
    "market": (OrderType.MARKET, None),
    _IOC_MARKET: (OrderType.MARKET, None),
}
_WORDS = {told: word for word, told in _TYPES.items() if word != _IOC_MARKET}
_ALGOS = {name: name for name in ("conditional", "oco", "trigger", "move_order_stop")}
_MODES: Mapping[str, tuple[str, ...]] = {
    "cash": (),
    "cross": (LEVERAGE,),
    "isolated": (LEVERAGE,),
    "spot_isolated": ("orders that others copy",),
}
_UNITS = {"base_ccy": False, "quote_ccy": True}
"""Whether an amount is in quote."""
_INTERVALS = {"1m": ("1m", 60_000), "1d": ("1Dutc", 86_400_000)}
"""OKX's words (its plain days begin in Hong Kong), and ms."""
_SPOT = ("instType", "SPOT")
_FILLS = "GET /api/v5/trade/fills-history"
_MOST = ("limit", str(TRADES_AT_ONCE))
_ORDERS = frozenset(
    f"GET /api/v5/trade/{name}"
    for name in ("order", "orders-pending", "orders-history", "orders-history-archive")
)
_GOOD, _BAD, _PARTLY = "0", "1", "2"
_TOO_OFTEN = frozenset({"50011", "50061"})
_NO_SUCH_ORDER = "51603"
_UNSURE = frozenset({"50001", "50004", "50013", "50026", "51054", "51149"})
"""Time ran out, or an error within: it may have been carried out."""
_CODES = {
    Reason.UNKNOWN_KEY: (401, "50111"),
    Reason.BAD_SIGNATURE: (401, "50113"),
    Reason.OUTSIDE_WINDOW: (401, "50102"),
    Reason.BAD_PARAMETER: (400, "51000"),
    Reason.UNKNOWN_ENDPOINT: (404, "50115"),
    Reason.ORDER_DENIED: (200, "51005"),
    Reason.CANCEL_DENIED: (200, "51400"),
    Reason.AMEND_DENIED: (200, "51506"),
    Reason.NOT_PERMITTED: (403, "50027"),
    Reason.TOO_LARGE: (413, "51000"),
    Reason.TOO_OFTEN: (429, "50011"),
    Reason.UNAVAILABLE: (503, "50013"),
    Reason.OUTCOME_UNKNOWN: (504, "50004"),
}
_OF_ORDERS = (Reason.ORDER_DENIED, Reason.CANCEL_DENIED, Reason.AMEND_DENIED)
_CLIENT_IDS = client_ids("clOrdId")


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses: letters and digits, at most 32."""
    return f"{OWN_NAMES}{now_ms}x{number}"


def unified(name: str) -> str:
    """``ETH-BTC`` as ``ETH/BTC``, ``BTC-USDT-SWAP`` as ``BTC/USDT:USDT``, ``BTC-USD-251226`` as
    ``BTC/USD:BTC-251226``.

    Raises:
        Refusal: BAD_PARAMETER, it is no instrument's name.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no instrument's name", 51001)
    base, quote, more = found.groups()
    if more is None:
        return f"{base}/{quote}"
    ends = "" if more == "SWAP" else f"-{more}"
    return f"{base}/{quote}:{base if quote == 'USD' else quote}{ends}"


def _is_spot(symbol: str) -> bool:
    return ":" not in symbol


def _joined(symbol: str) -> str:
    return symbol.replace("/", "-")


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("ok-access-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA256 (base64) over time, method, path with query, and body;
    and ``expTime``, after which a bot wants its request no more.

    The passphrase is not looked at: whoever has the secret could sign. (Its header is signed by
    nothing, and goes no further.)

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "ok-access-sign")
    stamp = signatures.header(request, "ok-access-timestamp")
    timestamp_ms = _instant(stamp)
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "OKX knows no keys of that kind")
    payload = _payload(request, stamp)
    signatures.check_signature(_signature(key, payload), told)
    signatures.check_time(timestamp_ms, _WINDOW_MS, now_ms)
    for value in _headers(request, "exptime"):
        if signatures.whole("expTime", value) < now_ms:
            raise Refusal(Reason.OUTSIDE_WINDOW, "the expTime of this request has passed")
    return signatures.signed(timestamp_ms, _WINDOW_MS, payload)


def _instant(stamp: str) -> int:
    try:
        if _STAMP.fullmatch(stamp):
            return instant_ms(stamp)
    except ValueError:
        pass
    says = "OK-ACCESS-TIMESTAMP has to be of the form 2020-12-08T09:08:57.715Z"
    raise Refusal(Reason.BAD_PARAMETER, says, 50112)


def _headers(request: Request, name: str) -> list[str]:
    return [value for key, value in request.headers if key.lower() == name]


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
    if any(value != "0" for value in _headers(request, "x-simulated-trading")):
        says = "this is no demo: send x-simulated-trading 0, or not at all"
        raise Refusal(Reason.BAD_PARAMETER, says)
    return read_by(TABLE, _READERS, request)


class _Leg(NamedTuple):
    """One of the orders that may come of a request, and what it waits for."""

    type: OrderType
    price: Decimal | None
    lasts: TimeInForce | None = None
    stop_price: Decimal | None = None


def _place(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder, ...]:
    return _order(sent)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder, ...]:
    rows = sent.rows("[]")
    sent.end()
    more = (BATCH,) if len(rows) > 1 else ()
    return tuple(order for row in rows for order in _order(row, more))


def _order(sent: Sent, more: tuple[str, ...] = ()) -> tuple[PlaceOrder, ...]:
    sent = sent.without_empty()
    word = sent.need("ordType")
    if word not in _TYPES:
        raise _bad(f"parameter 'ordType': {word[:20]!r} is none of {', '.join(_TYPES)}")
    kind, lasts = _TYPES[word]
    if word == _IOC_MARKET:
        more = (*more, "a market order of futures")
    if kind is OrderType.MARKET:
        sent.take("px")  # "Only applicable to limit, post_only, fok, ioc ... order."
    return _orders(sent, [_Leg(kind, sent.amount("px"), lasts)], more)


def _algo(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder, ...]:
    """Orders that wait, which stand elsewhere, under other numbers than those that they become."""
    sent = sent.without_empty()
    word = sent.need_word("ordType", _ALGOS)
    if word == "move_order_stop":
        distances = ("callbackRatio", "callbackSpread", "activePx")
        told = [name for name in distances if sent.take(name) is not None]
        price = sent.amount("px")  # OKX does not know it there, but who sends one means it
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        return _orders(sent, [_Leg(kind, price)], ("a trailing distance", *told))
    legs = (
        [_waiting(sent, "triggerPx", "orderPx", is_stop_loss=True)]
        if word == "trigger"
        else [
            _waiting(sent, f"{way}TriggerPx", f"{way}OrdPx", is_stop_loss=way == "sl")
            for way in ("sl", "tp")
        ]
    )
    return _orders(sent, [leg for leg in legs if leg], ("a stop order at OKX",))


def _waiting(sent: Sent, trigger: str, price: str, *, is_stop_loss: bool) -> _Leg | None:
    """The order that is placed at a trigger's price; -1 for its own is the market's."""
    sent.drop(f"{trigger}Type", "last")
    stop_price = sent.amount(trigger)
    sent.drop(price, "-1")
    limit = sent.amount(price)
    if stop_price is None:
        return None
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    return _Leg(waiting(kind, is_stop_loss=is_stop_loss), limit, None, stop_price)


def _orders(sent: Sent, legs: list[_Leg], more: tuple[str, ...]) -> tuple[PlaceOrder, ...]:
    """The orders of a request, which differ in their legs alone."""
    if not legs:
        raise _bad("this order waits for nothing")
    symbol, side = unified(sent.need("instId")), sent.need_word("side", _SIDES)
    size, mode = sent.amount("sz"), sent.need_word("tdMode", _MODES)
    in_quote = _is_spot(symbol) and _is_in_quote(sent, side, legs)
    name = sent.text("clOrdId", _CLIENT_ID) or sent.text("algoClOrdId", _CLIENT_ID)
    reduces = sent.flag("reduceOnly")
    more = (*more, *(mode if _is_spot(symbol) else (LEVERAGE,)))
    if reduces and _is_spot(symbol):
        more = (*more, "reduce-only of spot")
    if sent.flag("banAmend"):  # OKX would refuse what it makes smaller otherwise
        more = (*more, "all or nothing")
    sent.take("tag")  # a broker's, or the bot's own word for it
    quote = symbol.partition("/")[2]
    for usual, word in (("posSide", "net"), ("pxAmendType", "0"), ("tradeQuoteCcy", quote)):
        sent.drop(usual, word)
    more = (*more, *sent.rest)
    order = PlaceOrder(
        symbol, side, OrderType.MARKET, client_order_id=name, reduce_only=reduces, unbounded=more
    )
    return tuple(_leg(order, leg, size, in_quote and not leg.type.has_limit) for leg in legs)


def _leg(order: PlaceOrder, leg: _Leg, size: Decimal | None, in_quote: bool) -> PlaceOrder:
    return shaped(
        structs.replace(
            order,
            type=leg.type,
            quantity=None if in_quote else size,
            quote_quantity=size if in_quote else None,
            price=leg.price,
            time_in_force=time_in_force(leg.type, leg.lasts),
            stop_price=leg.stop_price,
        )
    )


def _is_in_quote(sent: Sent, side: Side, legs: list[_Leg]) -> bool:
    """What is bought at the market is sized in quote unless it is said otherwise; with a limit
    nothing is."""
    if all(leg.type.has_limit for leg in legs):
        sent.drop("tgtCcy", "base_ccy")
        return False
    unit = sent.word("tgtCcy", _UNITS)
    return side is Side.BUY if unit is None else unit


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    return _cancels(endpoint, [sent])


def _cancel_some(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    rows = sent.rows("[]")
    sent.end()
    return _cancels(endpoint, rows)


def _cancels(endpoint: Endpoint, rows: list[Sent]) -> tuple[AnyIntent, ...]:
    cancels = tuple(map(_one_cancel, rows))
    if all(_is_spot(cancel.symbol or "") for cancel in cancels):
        return cancels
    return (Unknown(f"{endpoint.what}: leverage has no stated bound"),)


def _one_cancel(sent: Sent) -> CancelOrder:
    sent = sent.without_empty()
    symbol, number, name = unified(sent.need("instId")), sent.id("ordId"), sent.id("clOrdId")
    sent.end()
    if number is None and name is None:
        raise _bad("use ordId or clOrdId")
    return CancelOrder(symbol, number, name)


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    if "[]" not in sent:
        return (_one_amend(sent),)
    rows = sent.rows("[]")
    sent.end()
    return tuple(map(_one_amend, rows))


def _one_amend(sent: Sent) -> AmendOrder:
    """An edit is never written: OKX tells that it has heard of it, not whether it was done, and
    until then the order stands as large as before."""
    sent = sent.without_empty()
    return AmendOrder(
        unified(sent.need("instId")),
        sent.amount("newSz"),
        sent.id("ordId"),
        sent.id("clOrdId"),
        sent.amount("newPx"),
        ("an edit that is not done when it is answered", *sent.rest),
    )


def _bad(text: str) -> Refusal:
    return Refusal(Reason.BAD_PARAMETER, text)


_READERS: Readers = {
    Kind.PLACE: _place,
    Kind.BATCH: _batch,
    Kind.PAIR: _algo,
    Kind.AMEND: _amend,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_SOME: _cancel_some,
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
    """The request to send, composed from nothing but the intents. OKX's window is 30 s, whatever
    is wished for, and it asks for no nonce.

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
    time = _EPOCH + timedelta(milliseconds=now_ms)
    stamp = f"{time.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    return with_headers(
        request,
        ("OK-ACCESS-KEY", credentials.key_id),
        ("OK-ACCESS-SIGN", _signature(secret, _payload(request, stamp))),
        ("OK-ACCESS-TIMESTAMP", stamp),
        ("OK-ACCESS-PASSPHRASE", bytes(signatures.passphrase_of(secret)).decode()),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=(), test=False, reduce_only=False):
            return TABLE.named("POST /api/v5/trade/order", Kind.PLACE), _order_words(intent)
        case CancelOrder():
            endpoint = TABLE.named("POST /api/v5/trade/cancel-order", Kind.CANCEL)
            return endpoint, _cancel_words(intent)
        case ReadAccount():
            return TABLE.named(intent.what, Kind.ACCOUNT), list(intent.parameters)
        case ReadMarket():
            return TABLE.named(intent.what, Kind.MARKET), list(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _order_words(order: PlaceOrder) -> Words:
    if order.type.waits or not _is_spot(order.symbol):
        raise ValueError(f"an order of type {order.type} on {order.symbol} is never sent to OKX")
    size = order.quantity if order.quote_quantity is None else order.quote_quantity
    unit = None
    if order.type is OrderType.MARKET:
        unit = "base_ccy" if order.quote_quantity is None else "quote_ccy"
    told: Words = [
        ("instId", _joined(order.symbol)),
        ("tdMode", "cash"),
        ("side", order.side.lower()),
        ("ordType", _WORDS[order.type, order.time_in_force]),
        ("sz", size and plain(size)),
        ("tgtCcy", unit),
        ("px", order.price and plain(order.price)),
        ("clOrdId", order.client_order_id),
    ]
    return [(name, value) for name, value in told if value is not None]


def _cancels_words(intents: Sequence[AnyIntent]) -> tuple[Endpoint, Words]:
    rows = [dict(_cancel_words(one)) for one in intents if isinstance(one, CancelOrder)]
    if len(rows) != len(intents) or not rows:
        raise ValueError("OKX gets one order at a time")
    endpoint = TABLE.named("POST /api/v5/trade/cancel-batch-orders", Kind.CANCEL_SOME)
    return endpoint, [("[]", rows)]


def _cancel_words(cancel: CancelOrder) -> Words:
    symbol = cancel.symbol
    ids: Words = [("ordId", cancel.order_id), ("clOrdId", cancel.client_order_id)]
    told = [(name, str(value)) for name, value in ids if value is not None]
    if not told or symbol is None or not _is_spot(symbol) or cancel.mode or cancel.is_of_list:
        raise ValueError("OKX cancels orders of spot by their market and an id")
    return [("instId", _joined(symbol)), *told]


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand?"""
    words = (("instId", _joined(symbol)), ("clOrdId", client_order_id))
    return ReadAccount("GET /api/v5/trade/order", words)


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order; by its number, if it has no name."""
    return CancelOrder(
        symbol, None if client_order_id else number, client_order_id=client_order_id or None
    )


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets, or of all: a page of 100."""
    pending = "GET /api/v5/trade/orders-pending"
    if symbols is None:
        return (ReadAccount(pending, (_SPOT, _MOST)),)
    names = map(_joined, sorted(symbols))
    return tuple(ReadAccount(pending, (_SPOT, ("instId", name), _MOST)) for name in names)


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 100, at most since a mark."""
    start = () if after is None else (("begin", str(after.time_ms)),)
    return ReadAccount(_FILLS, (_SPOT, ("instId", _joined(symbol)), _MOST, *start))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day."""
    span = (("begin", str(start_ms)), ("end", str(end_ms)))
    return ReadAccount(_FILLS, (_SPOT, ("instId", _joined(symbol)), _MOST, *span))


def ask_balances() -> ReadAccount:
    """What the account holds for trading."""
    return ReadAccount("GET /api/v5/account/balance")


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount("GET /api/v5/account/config")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("GET /api/v5/public/instruments", (_SPOT,))


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 100 intervals from a time on."""
    word, length = _INTERVALS[interval]
    end_ms = start_ms + CANDLES_AT_ONCE * length
    words = (("instId", _joined(symbol)), ("bar", word))
    span = (("after", str(end_ms)), ("before", str(start_ms - 1)), _MOST)
    return ReadMarket("GET /api/v5/market/history-candles", (*words, *span))


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    return ReadMarket("GET /api/v5/market/ticker", (("instId", _joined(symbol)),))


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("GET /api/v5/public/time")


# What the exchange answers


class _Answer(msgspec.Struct, rename="camel"):
    pass


class _Row(_Answer):
    """What became of one order."""

    s_code: str
    ord_id: str = ""


class _Order(_Answer):
    inst_type: str
    inst_id: str
    ord_id: str
    side: str
    ord_type: str
    state: str
    sz: str
    acc_fill_sz: str
    cl_ord_id: str = ""
    tgt_ccy: str = ""
    c_time: int = 0


class _Trade(_Answer):
    inst_id: str
    trade_id: str
    ord_id: str
    side: str
    fill_px: str
    fill_sz: str
    fee: str
    fee_ccy: str
    ts: int


class _Detail(_Answer):
    ccy: str
    cash_bal: str
    frozen_bal: str


class _Balance(_Answer):
    details: list[_Detail]


class _Instrument(_Answer):
    inst_id: str
    base_ccy: str
    quote_ccy: str
    tick_sz: str
    lot_sz: str
    min_sz: str


class _Ticker(_Answer):
    bid_px: str
    ask_px: str


class _Clock(_Answer):
    ts: int


class _Config(_Answer):
    perm: str
    ip: str
    acct_lv: str
    op_auth: str = ""
    enable_spot_borrow: bool = False


class _Told(msgspec.Struct, Generic[_T]):
    """OKX's envelope; any other code is a refusal."""

    data: list[_T]
    code: Literal["0"]


class _Done(msgspec.Struct):
    """The same of what was to be done to orders, of which some or all may have been refused."""

    data: list[_Row]
    code: Literal["0", "1", "2"]


_STATES = {
    "live": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "mmp_canceled": OrderStatus.CANCELED,
}


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    code = _code(response)
    if code in (_GOOD, _PARTLY):
        return Verdict.DONE if 200 <= response.status < 300 else Verdict.UNKNOWN
    if code is None or response.status >= 500:
        return Verdict.UNKNOWN
    return _verdict(code)


def _verdict(code: str) -> Verdict:
    if code == _GOOD:
        return Verdict.DONE
    return Verdict.UNKNOWN if code in _UNSURE else Verdict.REJECTED


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of each intent that a request was written from. Of an order no more is told than
    its number."""
    verdict = judge(response)
    if verdict is Verdict.UNKNOWN or _envelope(response) not in (_GOOD, _BAD, _PARTLY):
        return tuple(Outcome(verdict) for _ in intents)
    rows = converted(response.body, _Done).data
    if len(rows) != len(intents):
        raise ValueError("the exchange answered to another number of orders than it was asked")
    return tuple(map(_outcome, intents, rows))


def _outcome(intent: AnyIntent, row: _Row) -> Outcome:
    verdict = _verdict(row.s_code)
    if verdict is not Verdict.DONE or not isinstance(intent, PlaceOrder):
        return Outcome(verdict)
    if not row.ord_id:
        raise ValueError("an order that was placed has no number")
    name, status = intent.client_order_id or "", OrderStatus.NEW
    return Outcome(verdict, (OrderReport(intent.symbol, row.ord_id, name, status, ZERO),))


def says_too_often(response: Response) -> bool:
    """Whether OKX was asked more often than it allows."""
    return response.status == 429 or _code(response) in _TOO_OFTEN


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if OKX knows no such order.

    Raises:
        ValueError: it does not say.
    """
    if _code(response) == _NO_SUCH_ORDER:
        return None
    found = open_orders(response.body)
    if len(found) != 1:
        raise ValueError("not one order of spot is told of")
    return found[0]


def cancelled_order(body: bytes) -> OrderReport | None:
    """OKX tells nothing of an order that it cancels."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders of spot that the answer to any read tells of; none if it tells of none."""
    return open_orders(body) if intent.what in _ORDERS else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a page that are of spot."""
    told = converted(body, _Told[_Order]).data
    return tuple(_report(order) for order in told if order.inst_type == "SPOT")


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    return tuple(map(_own_trade, converted(body, _Told[_Trade]).data))


def _own_trade(trade: _Trade) -> OwnTrade:
    price, quantity = parse_amount(trade.fill_px), parse_amount(trade.fill_sz)
    # What is charged is below zero; what is paid to the account only ever makes a loss smaller.
    fee = max(-signed_amount(trade.fee), ZERO)
    fill = Fill(trade.trade_id, trade.ts, price, quantity, fee, trade.fee_ccy)
    return OwnTrade(trade.ord_id, fill, _side(trade.side))


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds for trading, by asset; of what it owes it holds nothing."""
    held: dict[str, Holding] = {}
    for account in converted(body, _Told[_Balance]).data:
        for row in account.details:
            whole, locked = signed_amount(row.cash_bal), amount(row.frozen_bal)
            held[row.ccy] = Holding(max(whole - locked, ZERO), locked)
    return held


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written."""
    found = (
        Market(
            row.base_ccy,
            row.quote_ccy,
            tick=amount(row.tick_sz),
            lot=amount(row.lot_sz),
            min_notional=ZERO,
            min_quantity=amount(row.min_sz),
        )
        for row in converted(body, _Told[_Instrument]).data
        if row.inst_id == f"{row.base_ccy}-{row.quote_ccy}"
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first."""
    rows = converted(body, _Told[tuple[int, str, str, str, str, str, str, str, str]]).data
    return tuple(
        Candle(start, *map(parse_amount, (first, high, low, last, volume, turnover)))
        for start, first, high, low, last, volume, _, turnover, _ in reversed(rows)
    )


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    (top,) = _one(converted(body, _Told[_Ticker]).data)
    return TopOfBook(amount(top.bid_px), amount(top.ask_px))


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    (clock,) = _one(converted(body, _Told[_Clock]).data)
    return clock.ts


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do. Who may trade may also move funds between an owner's
    accounts, and whatever the account's level allows; OKX does not say when a key was made."""
    (told,) = _one(converted(body, _Told[_Config]).data)
    can = [word for word in told.perm.split(",") if word not in ("", "read_only")]
    if "trade" in can:
        is_simple = told.acct_lv == "1"
        more = {
            "transfer": True,
            "margin": not is_simple or told.enable_spot_borrow,
            "futures": not is_simple,
            "options": not is_simple or told.op_auth == "1",
        }
        can += [name for name, may in more.items() if may]
    return KeyRights(tuple(can), bool(told.ip))


def _one(rows: list[_T]) -> list[_T]:
    if len(rows) != 1:
        raise ValueError("not one of them is told of")
    return rows


def _report(order: _Order) -> OrderReport:
    if order.state not in _STATES:
        raise ValueError(f"{order.state[:20]!r} is no state of an order")
    side = _side(order.side)
    in_quote = order.ord_type == "market" and _UNITS.get(order.tgt_ccy, side is Side.BUY)
    return OrderReport(
        symbol=order.inst_id.replace("-", "/"),
        order_id=order.ord_id,
        client_order_id=order.cl_ord_id,
        status=_STATES[order.state],
        executed=amount(order.acc_fill_sz),
        side=side,
        created_ms=order.c_time,
        quantity=None if in_quote else parse_amount(order.sz),
    )


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _envelope(response: Response) -> str | None:
    answer = parsed(response.body)
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else None


def _code(response: Response) -> str | None:
    """What the answer says; of orders that were all refused, why the first of them was."""
    code = _envelope(response)
    if code != _BAD:
        return code
    try:
        rows = converted(response.body, _Done).data
    except ValueError:
        return code
    return rows[0].s_code if rows else code


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in OKX's form, such that its clients raise their usual exception: of an order it
    stands in its row."""
    status, code = _CODES[refusal.reason]
    code = code if refusal.code is None else str(refusal.code)
    rows = []
    if refusal.reason in _OF_ORDERS:
        rows = [{"ordId": "", "clOrdId": "", "tag": "", "sCode": code, "sMsg": refusal.text}]
        code = _BAD
    answer = {"code": code, "msg": refusal.text, "data": rows}
    return Response(status, msgspec.json.encode(answer))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
