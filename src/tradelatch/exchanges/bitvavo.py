"""Bitvavo (spot).

https://docs.bitvavo.com/docs/rest-api/introduction
"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import structs

from tradelatch.exchanges import signatures
from tradelatch.exchanges.answers import (
    amount,
    client_ids,
    converted,
    parsed,
    renamed,
    signed_amount,
    turnover,
)
from tradelatch.exchanges.endpoints import Endpoint, Kind, Table, Unlisted, listed
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
from tradelatch.exchanges.reading import Readers, read_by
from tradelatch.exchanges.sent import Sent
from tradelatch.exchanges.shapes import OWN_UUIDS, UUID, own_uuid, shaped, time_in_force
from tradelatch.exchanges.wording import Words, target, with_headers, worded
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
from tradelatch.model.money import parse_amount, plain
from tradelatch.model.orders import (
    Fill,
    Number,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)

NAME = "bitvavo"
HOSTS: Mapping[str, str] = {"": "https://api.bitvavo.com"}
KEYS_AT = 'Bitvavo, "API"'
REVOKES = False
CANCELS_ALL = True
STREAMS: StreamsFile | None = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = False
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "clientOrderId"
OWN_NAMES = OWN_UUIDS
TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 1_440

_USUAL_WINDOW_MS = 10_000
_WINDOWS_MS = (100, 60_000)
_OPERATOR = 1
"""Who traded, as Bitvavo wants to be told with whatever changes an order: the house, whose bots'
own numbers are its own affair."""

_V2 = "/v2"
_ORDER = (
    "market side orderType operatorId clientOrderId amount amountQuote price timeInForce postOnly"
    " triggerAmount triggerType triggerReference responseRequired"
)
_ONE = "market orderId clientOrderId"
_SPAN = "limit start end"
_TRADES = f"{_SPAN} tradeIdFrom tradeIdTo"

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {f"{_V2}/order": _ORDER}),
        *listed(Kind.AMEND, "PUT", {f"{_V2}/order": f"{_ONE} amount operatorId"}),
        *listed(Kind.CANCEL, "DELETE", {f"{_V2}/order": f"{_ONE} operatorId"}),
        *listed(Kind.CANCEL_ALL, "DELETE", {f"{_V2}/orders": "market operatorId"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                f"{_V2}/order": _ONE,
                f"{_V2}/orders": f"market {_SPAN} orderIdFrom orderIdTo",
                f"{_V2}/ordersOpen": "market base",
                f"{_V2}/trades": f"market {_TRADES}",
                f"{_V2}/account": "",
                f"{_V2}/account/fees": "market quote",
                f"{_V2}/account/history": "fromDate toDate page maxItems type",
                f"{_V2}/balance": "symbol",
                f"{_V2}/stakingBalance": "",
                f"{_V2}/deposit": "symbol",
                f"{_V2}/depositHistory": f"symbol {_SPAN}",
                f"{_V2}/withdrawalHistory": f"symbol {_SPAN}",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                f"{_V2}/time": "",
                f"{_V2}/markets": "market",
                f"{_V2}/assets": "symbol",
                f"{_V2}/ticker/price": "market",
                f"{_V2}/ticker/book": "market",
                f"{_V2}/ticker/24h": "market",
                f"{_V2}/{{market}}/book": "depth",
                f"{_V2}/{{market}}/trades": _TRADES,
                f"{_V2}/{{market}}/candles": f"interval {_SPAN}",
                f"{_V2}/report/{{market}}/book": "depth",
                f"{_V2}/report/{{market}}/trades": _TRADES,
            },
        ),
    ),
    Unlisted(
        moves=(f"{_V2}/withdrawal", f"{_V2}/crypto/", f"{_V2}/staking"),
        keys=(f"{_V2}/subaccounts", f"{_V2}/institutional/"),
    ),
)

_NAME = re.compile(r"[A-Z0-9]{1,20}-[A-Z0-9]{1,20}", re.ASCII)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES = {
    "limit": OrderType.LIMIT,
    "market": OrderType.MARKET,
    "stopLoss": OrderType.STOP_LOSS,
    "stopLossLimit": OrderType.STOP_LOSS_LIMIT,
    "takeProfit": OrderType.TAKE_PROFIT,
    "takeProfitLimit": OrderType.TAKE_PROFIT_LIMIT,
}
_WORDS = {kind: word for word, kind in _TYPES.items()} | {OrderType.LIMIT_MAKER: "limit"}
_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_BY_PRICE, _LAST_TRADE = "price", "lastTrade"
_USUAL = {
    "selfTradePrevention": ("decrementAndCancel",),
    "disableMarketProtection": (False, "false"),
    "triggerType": (_BY_PRICE,),
    "triggerReference": (_LAST_TRADE,),
}
"""What is so without being said, too; anything else nothing bounds."""
_INTERVALS = {"1m": 60_000, "1d": 86_400_000}
_MOST = str(TRADES_AT_ONCE)
_STATUS = {
    "new": OrderStatus.NEW,
    "awaitingTrigger": OrderStatus.NEW,
    "partiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
    "canceledSelfTradePrevention": OrderStatus.EXPIRED_IN_MATCH,
    **dict.fromkeys(
        (
            "canceled",
            "canceledAuction",
            "canceledIOC",
            "canceledFOK",
            "canceledMarketProtection",
            "canceledPostOnly",
        ),
        OrderStatus.CANCELED,
    ),
}
_TOO_OFTEN = frozenset({"103", "104", "105"})
_NOBODY_KNOWS = frozenset({"101", "108", "109", "400", "404"})
_NO_SUCH_ORDER = "240"
_CODES = {
    Reason.UNKNOWN_KEY: (403, 305),
    Reason.BAD_SIGNATURE: (403, 309),
    Reason.OUTSIDE_WINDOW: (403, 304),
    Reason.BAD_PARAMETER: (400, 205),
    Reason.UNKNOWN_ENDPOINT: (404, 110),
    Reason.ORDER_DENIED: (400, 210),
    Reason.CANCEL_DENIED: (400, 233),
    Reason.AMEND_DENIED: (400, 232),
    Reason.NOT_PERMITTED: (403, 312),
    Reason.TOO_LARGE: (413, 205),
    Reason.TOO_OFTEN: (429, 103),
    Reason.UNAVAILABLE: (503, 107),
    Reason.OUTCOME_UNKNOWN: (504, 109),
}
_CLIENT_IDS = client_ids("clientOrderId")


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return own_uuid(now_ms, number)


def unified(name: str) -> str:
    """``ETH-EUR`` as ``ETH/EUR``.

    Raises:
        Refusal: BAD_PARAMETER, it is no market's name.
    """
    if not _NAME.fullmatch(name):
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no market's name")
    return name.replace("-", "/")


def _joined(symbol: str) -> str:
    return symbol.replace("/", "-")


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("bitvavo-access-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA256 (hex) over time, method, path with query, and body, as
    they were sent.

    Bitvavo's own Python library signs other bytes of JSON than it sends (without spaces, and with
    them); such a request is not taken. The window is signed by nothing.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "bitvavo-access-signature")
    stamp = signatures.header(request, "bitvavo-access-timestamp")
    timestamp_ms, window_ms = signatures.whole("BITVAVO-ACCESS-TIMESTAMP", stamp), _window(request)
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Bitvavo knows no keys of that kind")
    payload = _payload(request, stamp)
    signatures.check_signature(signatures.mac(key, payload).hex(), told)
    signatures.check_time(timestamp_ms, window_ms, now_ms)
    return signatures.signed(timestamp_ms, window_ms, payload)


def _window(request: Request) -> int:
    name = "BITVAVO-ACCESS-WINDOW"
    if not any(key.upper() == name for key, _ in request.headers):
        return _USUAL_WINDOW_MS
    window_ms = signatures.whole(name, signatures.header(request, name.lower()))
    least, most = _WINDOWS_MS
    if not least <= window_ms <= most:
        raise Refusal(Reason.BAD_PARAMETER, f"{name} has to be {least} to {most} ms")
    return window_ms


def _payload(request: Request, stamp: str) -> bytes:
    head = f"{stamp}{request.method}{target(request)}"
    return head.encode(errors="surrogatepass") + request.body


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    return read_by(TABLE, _READERS, request)


def _order(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder]:
    kind, more = sent.need_word("orderType", _TYPES), _unusual(sent)
    if sent.flag("postOnly"):
        if kind is OrderType.LIMIT:
            kind = OrderType.LIMIT_MAKER
        else:
            more += (f"post only at {kind}",)
    name = sent.text("clientOrderId")
    if name is not None and not UUID.fullmatch(name):
        name, more = None, (*more, "a clientOrderId that is no UUID in small letters")
    # Neither is of the order: who sends it, and how much he wants to be told.
    sent.text("operatorId")
    sent.flag("responseRequired")
    order = PlaceOrder(
        unified(sent.need("market")),
        sent.need_word("side", _SIDES),
        kind,
        quantity=sent.amount("amount"),
        quote_quantity=sent.amount("amountQuote"),
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, sent.word("timeInForce", _TIMES)),
        stop_price=sent.amount("triggerAmount"),
        client_order_id=name,
    )
    return (shaped(structs.replace(order, unbounded=(*more, *sent.rest))),)


def _unusual(sent: Sent) -> tuple[str, ...]:
    said = ((name, sent.take(name), usual) for name, usual in _USUAL.items())
    return tuple(name for name, value, usual in said if value is not None and value not in usual)


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AmendOrder]:
    symbol, number, name = _named(sent)
    size, price = sent.amount("amount"), sent.amount("price")
    sent.flag("responseRequired")
    return (AmendOrder(symbol, size, number, name, price, sent.rest),)


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    symbol, number, name = _named(sent)
    sent.end()
    if endpoint.kind is Kind.CANCEL and number is None and name is None:
        raise Refusal(Reason.BAD_PARAMETER, "use orderId or clientOrderId")
    return (CancelOrder(symbol, number, name),)


def _named(sent: Sent) -> tuple[str | None, str | None, str | None]:
    """Market, number and name of an order that stands."""
    symbol, number, name = sent.text("market"), sent.id("orderId"), sent.id("clientOrderId")
    sent.text("operatorId")
    if name is not None and not UUID.fullmatch(name):
        raise Refusal(Reason.BAD_PARAMETER, "clientOrderId has to be a UUID in small letters")
    return symbol and unified(symbol), number, name


_READERS: Readers = {
    Kind.PLACE: _order,
    Kind.AMEND: _amend,
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
    """The request to send, composed from nothing but the intents. Bitvavo asks for no nonce.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    if len(intents) != 1:
        raise ValueError("Bitvavo gets one order at a time")
    endpoint, words = _words(intents[0])
    request = worded(endpoint, words, HOSTS, base_url)
    if endpoint.kind is Kind.MARKET:
        return request
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    least, most = _WINDOWS_MS
    signature = signatures.mac(credentials.secret, _payload(request, str(now_ms)))
    return with_headers(
        request,
        ("BITVAVO-ACCESS-KEY", credentials.key_id),
        ("BITVAVO-ACCESS-SIGNATURE", signature.hex()),
        ("BITVAVO-ACCESS-TIMESTAMP", str(now_ms)),
        ("BITVAVO-ACCESS-WINDOW", str(min(max(recv_window_ms, least), most))),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=(), test=False, reduce_only=False):
            return TABLE.named(f"POST {_V2}/order", Kind.PLACE), _order_words(intent)
        case AmendOrder(str(symbol), Decimal() as size, number, name, None, ()):
            words = _order_named(symbol, number, name)
            words += [("amount", plain(size)), ("operatorId", _OPERATOR)]
            return TABLE.named(f"PUT {_V2}/order", Kind.AMEND), words
        case CancelOrder(symbol, None, None, list_id=None, listed=None, mode=None):
            words = _order_named(symbol, None, None)
            what = f"DELETE {_V2}/orders"
            return TABLE.named(what, Kind.CANCEL_ALL), [*words, ("operatorId", _OPERATOR)]
        case CancelOrder(str(symbol), number, name, list_id=None, listed=None, mode=None):
            words = _order_named(symbol, number, name)
            what = f"DELETE {_V2}/order"
            return TABLE.named(what, Kind.CANCEL), [*words, ("operatorId", _OPERATOR)]
        case ReadAccount():
            return TABLE.named(intent.what, Kind.ACCOUNT), list(intent.parameters)
        case ReadMarket():
            return TABLE.named(intent.what, Kind.MARKET), list(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _order_named(symbol: str | None, number: Number | None, name: str | None) -> Words:
    words: Words = [
        ("market", symbol and _joined(symbol)),
        ("orderId", number),
        ("clientOrderId", name),
    ]
    return [(key, value) for key, value in words if value is not None]


def _order_words(order: PlaceOrder) -> Words:
    words: Words = [
        ("market", _joined(order.symbol)),
        ("side", order.side.lower()),
        ("orderType", _WORDS[order.type]),
        ("operatorId", _OPERATOR),
        ("clientOrderId", order.client_order_id),
        ("amount", order.quantity and plain(order.quantity)),
        ("amountQuote", order.quote_quantity and plain(order.quote_quantity)),
        ("price", order.price and plain(order.price)),
        ("timeInForce", order.time_in_force),
        ("postOnly", True if order.type is OrderType.LIMIT_MAKER else None),
    ]
    if order.stop_price:
        words += [
            ("triggerAmount", plain(order.stop_price)),
            ("triggerType", _BY_PRICE),
            ("triggerReference", _LAST_TRADE),
        ]
    return [(name, value) for name, value in words if value is not None]


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand?"""
    name = ("clientOrderId", client_order_id) if number is None else ("orderId", str(number))
    return ReadAccount(f"GET {_V2}/order", (("market", _joined(symbol)), name))


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    return CancelOrder(symbol, number, None if number is not None else client_order_id)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets, or of all."""
    what = f"GET {_V2}/ordersOpen"
    if symbols is None:
        return (ReadAccount(what),)
    return tuple(ReadAccount(what, (("market", _joined(s)),)) for s in sorted(symbols))


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 1000, at most since a mark."""
    start = () if after is None else (("start", str(after.time_ms)),)
    return _ask_trades(symbol, *start)


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day: the last 1000."""
    return _ask_trades(symbol, ("start", str(start_ms)), ("end", str(end_ms)))


def _ask_trades(symbol: str, *span: tuple[str, str]) -> ReadAccount:
    words = (("market", _joined(symbol)), ("limit", _MOST), *span)
    return ReadAccount(f"GET {_V2}/trades", words)


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount(f"GET {_V2}/balance")


def ask_key_rights() -> ReadAccount:
    """Bitvavo tells nobody what a key may do; this only shows that it is good."""
    return ReadAccount(f"GET {_V2}/account")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket(f"GET {_V2}/markets")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 1440 intervals from a time on."""
    end_ms = start_ms + (CANDLES_AT_ONCE - 1) * _INTERVALS[interval]
    words = (("market", _joined(symbol)), ("interval", interval), ("limit", str(CANDLES_AT_ONCE)))
    span = (("start", str(start_ms)), ("end", str(end_ms)))
    return ReadMarket(f"GET {_V2}/{{market}}/candles", (*words, *span))


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    return ReadMarket(f"GET {_V2}/{{market}}/book", (("market", _joined(symbol)), ("depth", "1")))


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket(f"GET {_V2}/time")


# What the exchange answers


class _Answer(msgspec.Struct, rename="camel"):
    pass


class _Fill(_Answer):
    id: str
    timestamp: int
    amount: str
    price: str
    fee: str | None = None
    """Not told before it is settled."""
    fee_currency: str = ""


class _Order(_Answer):
    order_id: str
    market: str
    side: str
    status: str
    client_order_id: str = ""
    created: int = 0
    amount: str | None = None
    filled_amount: str = "0"
    fills: list[_Fill] = []


class _Trade(_Answer):
    id: str
    order_id: str
    timestamp: int
    side: str
    amount: str
    price: str
    fee: str
    fee_currency: str


class _Balance(_Answer):
    symbol: str
    available: str
    in_order: str


class _Market(_Answer):
    market: str
    base: str
    quote: str
    tick_size: str
    quantity_decimals: int
    min_order_in_base_asset: str
    min_order_in_quote_asset: str


class _Book(_Answer):
    bids: list[list[str]]
    asks: list[list[str]]


class _Time(_Answer):
    time: int


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    code = _code(response)
    if code in _NOBODY_KNOWS or response.status >= 500 or response.status == 408:
        return Verdict.UNKNOWN
    if code or 400 <= response.status < 500:
        return Verdict.REJECTED
    is_read = isinstance(parsed(response.body), dict | list)
    return Verdict.DONE if response.status == 200 and is_read else Verdict.UNKNOWN


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of the intent that a request was written from."""
    verdict, (intent,) = judge(response), intents
    if verdict is not Verdict.DONE or not isinstance(intent, PlaceOrder | AmendOrder):
        return (Outcome(verdict),)
    report = _report(converted(response.body, _Order))
    name = report.client_order_id or intent.client_order_id or ""
    return (Outcome(verdict, (structs.replace(report, client_order_id=name),)),)


def says_too_often(response: Response) -> bool:
    """Whether Bitvavo was asked more often than it allows."""
    return response.status == 429 or _code(response) in _TOO_OFTEN


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Bitvavo knows no such order.

    Raises:
        ValueError: it does not say.
    """
    if _code(response) == _NO_SUCH_ORDER:
        return None
    return _report(converted(response.body, _Order))


def cancelled_order(body: bytes) -> OrderReport | None:
    """Bitvavo tells nothing of an order that it cancelled but its number."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    if intent.what == f"GET {_V2}/order":
        return (_report(converted(body, _Order)),)
    many = (f"GET {_V2}/orders", f"GET {_V2}/ordersOpen")
    return open_orders(body) if intent.what in many else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list."""
    return tuple(map(_report, converted(body, list[_Order])))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades.

    Raises:
        ValueError: a fee is not told yet, for one.
    """
    return tuple(
        OwnTrade(
            row.order_id,
            Fill(
                row.id,
                row.timestamp,
                parse_amount(row.price),
                parse_amount(row.amount),
                signed_amount(row.fee),
                row.fee_currency,
            ),
            _side(row.side),
        )
        for row in converted(body, list[_Trade])
    )


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds, by asset."""
    rows = converted(body, list[_Balance])
    return {
        row.symbol: Holding(parse_amount(row.available), parse_amount(row.in_order)) for row in rows
    }


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written."""
    found = (
        Market(
            row.base,
            row.quote,
            tick=parse_amount(row.tick_size),
            lot=Decimal(1).scaleb(-row.quantity_decimals),
            min_notional=parse_amount(row.min_order_in_quote_asset),
            min_quantity=parse_amount(row.min_order_in_base_asset),
        )
        for row in converted(body, list[_Market])
        if row.market == f"{row.base}-{row.quote}" and 0 <= row.quantity_decimals <= 18
    )
    return {market.symbol: market for market in found if market.tick}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first; their turnover is reckoned, Bitvavo tells none."""
    rows = converted(body, list[tuple[int, str, str, str, str, str]])
    return tuple(_candle(start, *map(parse_amount, texts)) for start, *texts in reversed(rows))


def _candle(
    start_ms: int, first: Decimal, high: Decimal, low: Decimal, last: Decimal, volume: Decimal
) -> Candle:
    traded = turnover(volume, first, high, low, last)
    return Candle(start_ms, first, high, low, last, volume, traded)


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _Book)
    bid, ask = (amount(side[0][0] if side and side[0] else "") for side in (told.bids, told.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Time).time


def key_rights(body: bytes) -> KeyRights:
    """Never told.

    Raises:
        ValueError: always.
    """
    raise ValueError("Bitvavo does not tell what a key may do")


def _report(order: _Order) -> OrderReport:
    if order.status not in _STATUS:
        raise ValueError(f"{order.status[:30]!r} is no status of an order")
    return OrderReport(
        symbol=_symbol(order.market),
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        status=_STATUS[order.status],
        executed=parse_amount(order.filled_amount),
        fills=tuple(
            Fill(
                fill.id,
                fill.timestamp,
                parse_amount(fill.price),
                parse_amount(fill.amount),
                signed_amount(fill.fee),
                fill.fee_currency,
            )
            for fill in order.fills
            if fill.fee is not None
        ),
        side=_side(order.side),
        created_ms=order.created,
        quantity=amount(order.amount) or None,
    )


def _symbol(name: str) -> str:
    """A market's unified name, as an answer tells it."""
    try:
        return unified(name)
    except Refusal as refusal:
        raise ValueError(refusal.text) from None


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _code(response: Response) -> str:
    answer = parsed(response.body)
    code = answer.get("errorCode") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else ""


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Bitvavo's form, such that its clients raise their usual exception."""
    status, code = _CODES[refusal.reason]
    code = refusal.code or code
    return Response(status, msgspec.json.encode({"errorCode": code, "error": refusal.text}))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
