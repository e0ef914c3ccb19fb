"""Bitvavo, a spot exchange that trades against the euro.

https://docs.bitvavo.com/docs/rest-api/introduction, .../docs/rest-api/create-order, .../docs/errors

Its own client for Python, python-bitvavo-api, signs a body without spaces and sends one with them:
a defect of that library. What is verified is the bytes that were sent.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.kit.answers import (
    amount,
    client_ids,
    converted,
    parsed,
    renamed,
    turnover,
)
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind, Table, Unlisted, listed
from tradelatch.exchanges.kit.reading import Readers, read_by
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import OWN_UUIDS, UUID, own_uuid, shaped, time_in_force
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

NAME = "bitvavo"
HOSTS: Mapping[str, str] = {"": "https://api.bitvavo.com"}
KEYS_AT = 'Bitvavo, "API"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 100
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = False
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "clientOrderId"
OWN_NAMES = OWN_UUIDS
"""Client order ids are UUIDs: those that the signer chooses begin so."""
TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 1_440

_WINDOW_MS = 10_000
_LONGEST_MS = 60_000
_OPERATOR = 1
"""Who in the house sends an order: asked for with each, and of no effect."""

_V2 = "/v2"
_STANDS = "market orderId clientOrderId"
_SPAN = "limit start end"
_IDS = "tradeIdFrom tradeIdTo"

TABLE = Table(
    (
        *listed(
            Kind.PLACE,
            "POST",
            {
                f"{_V2}/order": "market side orderType amount amountQuote price triggerAmount "
                "triggerType triggerReference timeInForce postOnly clientOrderId operatorId"
            },
        ),
        *listed(Kind.AMEND, "PUT", {f"{_V2}/order": f"{_STANDS} amount operatorId"}),
        *listed(Kind.CANCEL, "DELETE", {f"{_V2}/order": f"{_STANDS} operatorId"}),
        *listed(Kind.CANCEL_ALL, "DELETE", {f"{_V2}/orders": "market operatorId"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                f"{_V2}/account": "",
                f"{_V2}/account/fees": "market quote",
                f"{_V2}/account/history": "fromDate toDate page maxItems type",
                f"{_V2}/balance": "symbol",
                f"{_V2}/stakingBalance": "symbol",
                f"{_V2}/order": _STANDS,
                f"{_V2}/orders": f"market {_SPAN} orderIdFrom orderIdTo",
                f"{_V2}/ordersOpen": "market base",
                f"{_V2}/trades": f"market {_SPAN} {_IDS} tradeId",
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
                f"{_V2}/{{market}}/trades": f"{_SPAN} {_IDS}",
                f"{_V2}/{{market}}/candles": f"interval {_SPAN}",
                f"{_V2}/report/{{market}}/book": "depth",
                f"{_V2}/report/{{market}}/trades": f"{_SPAN} {_IDS}",
            },
        ),
    ),
    Unlisted(
        moves=(f"POST {_V2}/deposit", f"{_V2}/staking"),
        keys=(f"{_V2}/subaccounts", f"{_V2}/institutional/"),
    ),
)

_NAME = re.compile(r"[A-Z0-9]{1,20}-[A-Z0-9]{1,20}")
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
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
_PREVENTION = "decrementAndCancel"
_NONE = (None, None)
_TRIGGER = ("price", "lastTrade")
"""What is compared with the stop price: the other references (`bestBid`, say) are quotes, which
cost nothing to move."""
_INTERVALS_MS = {"1m": 60_000, "1d": 86_400_000}
_ALL_AT_ONCE = 20
"""Open orders of all markets weigh as much as those of so many, one by one."""
_ORDER, _ORDERS = f"GET {_V2}/order", frozenset({f"GET {_V2}/orders", f"GET {_V2}/ordersOpen"})
_NO_SUCH_ORDER = 240
_OFTEN = frozenset({103, 104, 105})
_IN_DOUBT = frozenset({101, 107, 108, 109, 400, 404})
_CODES = {
    Reason.UNKNOWN_KEY: (403, 305),
    Reason.BAD_SIGNATURE: (403, 309),
    Reason.OUTSIDE_WINDOW: (403, 304),
    Reason.BAD_PARAMETER: (400, 205),
    Reason.UNKNOWN_ENDPOINT: (404, 110),
    Reason.ORDER_DENIED: (400, 210),
    Reason.CANCEL_DENIED: (400, 234),
    Reason.AMEND_DENIED: (400, 234),
    Reason.NOT_PERMITTED: (403, 310),
    Reason.TOO_LARGE: (413, 205),
    Reason.TOO_OFTEN: (429, 103),
    Reason.UNAVAILABLE: (503, 107),
    Reason.OUTCOME_UNKNOWN: (503, 109),
}
"""240 and 233 would tell a client that its order is gone, 230 would have it try again."""
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
    """Check signature and time: HMAC-SHA256 (hexadecimal) over time, method, path with query, and
    body.

    The window (ms, 100 to 60,000) stands in a header that is signed by nothing: whoever holds a
    request may choose it, so only the longest bounds anything.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "bitvavo-access-signature")
    stamp = signatures.header(request, "bitvavo-access-timestamp")
    timestamp_ms = signatures.whole("Bitvavo-Access-Timestamp", stamp)
    window_ms = _window_ms(request)
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Bitvavo knows no keys of that kind")
    payload = _payload(request, stamp)
    signatures.check_signature(_signature(key, payload), told)
    signatures.check_time(timestamp_ms, window_ms, now_ms)
    return signatures.signed(timestamp_ms, window_ms, payload)


def _window_ms(request: Request) -> int:
    name = "bitvavo-access-window"
    if not any(key.lower() == name for key, _ in request.headers):
        return _WINDOW_MS
    window_ms = signatures.whole("Bitvavo-Access-Window", signatures.header(request, name))
    if not SHORTEST_WINDOW_MS <= window_ms <= _LONGEST_MS:
        says = f"the window is {SHORTEST_WINDOW_MS} to {_LONGEST_MS} ms"
        raise Refusal(Reason.BAD_PARAMETER, says, 303)
    return window_ms


def _payload(request: Request, stamp: str) -> bytes:
    head = f"{stamp}{request.method}{target(request)}"
    return head.encode(errors="surrogatepass") + request.body


def _signature(secret: bytearray, payload: bytes) -> str:
    return signatures.mac(secret, payload).hex()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    return read_by(TABLE, _READERS, request)


def _order(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder]:
    side, kind = sent.need_word("side", _SIDES), sent.need_word("orderType", _TYPES)
    lasting, post_only = sent.word("timeInForce", _TIMES), sent.flag("postOnly")
    if post_only and kind is OrderType.LIMIT:
        kind = OrderType.LIMIT_MAKER
    order = PlaceOrder(
        unified(sent.need("market")),
        side,
        kind,
        quantity=sent.amount("amount"),
        quote_quantity=sent.amount("amountQuote"),
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, lasting),
        stop_price=sent.amount("triggerAmount"),
        client_order_id=sent.id("clientOrderId"),
    )
    _drop(sent)
    more = {
        "postOnly of a type that has none": post_only and kind is not OrderType.LIMIT_MAKER,
        "a time in force of a type that has none": lasting
        not in (None, order.time_in_force, TimeInForce.GTC),
        **_of_no_bound(sent, order),
    }
    said = (what for what, is_said in more.items() if is_said)
    return (shaped(structs.replace(order, unbounded=(*said, *sent.rest))),)


def _of_no_bound(sent: Sent, order: PlaceOrder) -> dict[str, bool]:
    """What an order might say that is not among what is written, and whether it does. Bitvavo takes
    UUIDs alone, and might tell one in capitals in small letters."""
    name, waits = order.client_order_id, order.type.waits
    trigger = (sent.text("triggerType"), sent.text("triggerReference"))
    prevention = sent.take("selfTradePrevention")
    return {
        "a client order id that is no UUID in small letters": bool(
            name and not UUID.fullmatch(name)
        ),
        "a trigger other than the last trade's price": trigger != (_TRIGGER if waits else _NONE),
        "a self-trade prevention other than the usual": prevention not in (None, _PREVENTION),
        "no market protection": sent.flag("disableMarketProtection"),
    }


def _drop(sent: Sent) -> None:
    """Take what has no effect on the trade: who sends it, how much is to be answered."""
    sent.text("operatorId", _WHOLE)
    sent.flag("responseRequired")


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AmendOrder]:
    _drop(sent)
    symbol, (number, name) = unified(sent.need("market")), _ids(sent)
    quantity, price = sent.amount("amount"), sent.amount("price")
    return (AmendOrder(symbol, quantity, number, name, price, sent.rest),)


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    _drop(sent)
    symbol = unified(sent.need("market"))
    number, name = _ids(sent)
    sent.end()
    return (CancelOrder(symbol, number, name),)


def _ids(sent: Sent) -> tuple[str | None, str | None]:
    """An order's number and name, of which one is needed."""
    number, name = sent.id("orderId"), sent.id("clientOrderId")
    if number is None and name is None:
        raise Refusal(Reason.BAD_PARAMETER, "parameter 'orderId': it was not sent")
    return number, name


def _cancel_all(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    _drop(sent)
    market = sent.text("market")
    sent.end()
    return (CancelOrder(market and unified(market)),)


_READERS: Readers = {
    Kind.PLACE: _order,
    Kind.AMEND: _amend,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_ALL: _cancel_all,
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
    window_ms = min(max(recv_window_ms, SHORTEST_WINDOW_MS), _LONGEST_MS)
    return with_headers(
        request,
        ("Bitvavo-Access-Key", credentials.key_id),
        (
            "Bitvavo-Access-Signature",
            _signature(credentials.secret, _payload(request, f"{now_ms}")),
        ),
        ("Bitvavo-Access-Timestamp", str(now_ms)),
        ("Bitvavo-Access-Window", str(window_ms)),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    order = f"{_V2}/order"
    match intent:
        case PlaceOrder(test=False, reduce_only=False, unbounded=()):
            return TABLE.named(f"POST {order}", Kind.PLACE), _order_words(intent)
        case AmendOrder(str(), Decimal() as quantity, _, _, None, ()) if _is_of_one(intent):
            words = [*_named(intent), ("amount", plain(quantity))]
            return TABLE.named(f"PUT {order}", Kind.AMEND), _with_operator(words)
        case CancelOrder(str(), list_id=None, listed=None, mode=None) if _is_of_one(intent):
            return TABLE.named(f"DELETE {order}", Kind.CANCEL), _with_operator(_named(intent))
        case CancelOrder(_, None, None, None, None, None):
            what = f"DELETE {_V2}/orders"
            return TABLE.named(what, Kind.CANCEL_ALL), _with_operator(_named(intent))
        case ReadAccount():
            return TABLE.named(intent.what, Kind.ACCOUNT), list(intent.parameters)
        case ReadMarket():
            return TABLE.named(intent.what, Kind.MARKET), list(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _is_of_one(intent: CancelOrder | AmendOrder) -> bool:
    return intent.order_id is not None or intent.client_order_id is not None


def _with_operator(words: Words) -> Words:
    return [*words, ("operatorId", _OPERATOR)]


def _named(intent: CancelOrder | AmendOrder) -> Words:
    """The order that is meant; Bitvavo looks at the client order id if it gets both."""
    words = (
        ("market", intent.symbol and _joined(intent.symbol)),
        ("orderId", intent.order_id),
        ("clientOrderId", intent.client_order_id),
    )
    return [(name, str(value)) for name, value in words if value is not None]


def _order_words(order: PlaceOrder) -> Words:
    waits = order.type.waits
    words: Words = [
        ("market", _joined(order.symbol)),
        ("side", order.side.lower()),
        ("orderType", _WORDS[order.type]),
        ("amount", order.quantity and plain(order.quantity)),
        ("amountQuote", order.quote_quantity and plain(order.quote_quantity)),
        ("price", order.price and plain(order.price)),
        ("triggerAmount", order.stop_price and plain(order.stop_price)),
        ("triggerType", _TRIGGER[0] if waits else None),
        ("triggerReference", _TRIGGER[1] if waits else None),
        ("timeInForce", order.time_in_force),
        ("postOnly", True if order.type is OrderType.LIMIT_MAKER else None),
        ("clientOrderId", order.client_order_id),
    ]
    return _with_operator([(name, value) for name, value in words if value is not None])


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand? Client order ids are unique among open orders alone, so it is
    asked for by its number where that is known."""
    named = ("clientOrderId", client_order_id) if number is None else ("orderId", str(number))
    return ReadAccount(_ORDER, (("market", _joined(symbol)), named))


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    if number is None:
        return CancelOrder(symbol, client_order_id=client_order_id)
    return CancelOrder(symbol, number)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders, or those of some markets: those that wait for a price are among them."""
    what = f"GET {_V2}/ordersOpen"
    if symbols is None or len(symbols) > _ALL_AT_ONCE:
        return (ReadAccount(what),)
    return tuple(ReadAccount(what, (("market", _joined(s)),)) for s in sorted(symbols))


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 1000, of the last 24 hours. The mark is of no use: a span
    that begins at it would end a day later, whatever came then."""
    words = (("market", _joined(symbol)), ("limit", str(TRADES_AT_ONCE)))
    return ReadAccount(f"GET {_V2}/trades", words)


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day, the last 1000."""
    span = (("start", str(start_ms)), ("end", str(end_ms)))
    words = (("market", _joined(symbol)), ("limit", str(TRADES_AT_ONCE)), *span)
    return ReadAccount(f"GET {_V2}/trades", words)


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount(f"GET {_V2}/balance")


def ask_key_rights() -> ReadAccount:
    """What the account may do: of its keys Bitvavo tells nothing."""
    return ReadAccount(f"GET {_V2}/account")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket(f"GET {_V2}/markets")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 1440 intervals from the one in which a time is."""
    length = _INTERVALS_MS[interval]
    start = start_ms - start_ms % length
    words = (
        ("market", _joined(symbol)),
        ("interval", interval),
        ("limit", str(CANDLES_AT_ONCE)),
        ("start", str(start)),
        ("end", str(start + CANDLES_AT_ONCE * length)),
    )
    return ReadMarket(f"GET {_V2}/{{market}}/candles", words)


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("market", _joined(symbol)), ("depth", "1"))
    return ReadMarket(f"GET {_V2}/{{market}}/book", words)


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
    """Told once the fill is settled."""
    fee_currency: str = ""


class _Order(_Answer):
    order_id: str
    market: str
    status: str
    side: str
    filled_amount: str
    created: int = 0
    amount: str | None = None
    """None of orders that are for an amount in quote."""
    client_order_id: str | None = None
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


class _Listed(_Answer):
    market: str
    base: str
    quote: str
    tick_size: str | None = None
    quantity_decimals: int | None = None
    min_order_in_base_asset: str | None = None
    min_order_in_quote_asset: str | None = None


class _Book(_Answer):
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _Account(_Answer):
    capabilities: list[str]


class _Time(_Answer):
    time: int


_MOST_DECIMALS = 30
_STATUS = {
    "new": OrderStatus.NEW,
    "awaitingTrigger": OrderStatus.NEW,
    "partiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "canceledAuction": OrderStatus.CANCELED,
    "canceledMarketProtection": OrderStatus.EXPIRED,
    "canceledSelfTradePrevention": OrderStatus.EXPIRED_IN_MATCH,
    "canceledIOC": OrderStatus.EXPIRED,
    "canceledFOK": OrderStatus.EXPIRED,
    "canceledPostOnly": OrderStatus.EXPIRED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    answer = parsed(response.body)
    code = _code(response)
    if 200 <= response.status < 300:
        is_good = isinstance(answer, dict | list) and "errorCode" not in answer
        return Verdict.DONE if is_good else Verdict.UNKNOWN
    if code is None or response.status >= 500 or code in _IN_DOUBT:
        return Verdict.UNKNOWN
    return Verdict.REJECTED


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of the intent that a request was written from. Fills are told of an order that
    was placed alone: each later answer lists all of them, and they would be counted twice."""
    verdict, (intent,) = judge(response), intents
    if verdict is not Verdict.DONE or not isinstance(intent, PlaceOrder | AmendOrder):
        return (Outcome(verdict),)
    order = converted(response.body, _Order)
    report = _report(order)
    if isinstance(intent, PlaceOrder):
        fills = tuple(_fill(fill, fill.fee) for fill in order.fills if fill.fee is not None)
        report = structs.replace(report, fills=fills)
    return (Outcome(verdict, (report,)),)


def says_too_often(response: Response) -> bool:
    """Whether Bitvavo was asked more often than it allows."""
    return response.status == 429 or _code(response) in _OFTEN


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Bitvavo knows no such order (or is just amending it,
    when it says the same).

    Raises:
        ValueError: it does not say.
    """
    if _code(response) == _NO_SUCH_ORDER:
        return None
    return _report(converted(response.body, _Order))


def cancelled_order(body: bytes) -> OrderReport | None:
    """Bitvavo tells nothing of an order that it cancelled but its ids."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    if intent.what == _ORDER:
        return (_report(converted(body, _Order)),)
    return open_orders(body) if intent.what in _ORDERS else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list."""
    return tuple(map(_report, converted(body, list[_Order])))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades. One that is not settled has no fee yet, and makes the answer none:
    without it a later one would be taken for the next."""
    return tuple(
        OwnTrade(
            trade.order_id,
            Fill(
                trade.id,
                trade.timestamp,
                parse_amount(trade.price),
                parse_amount(trade.amount),
                _fee(trade.fee),
                trade.fee_currency,
            ),
            _side(trade.side),
        )
        for trade in converted(body, list[_Trade])
    )


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds, by asset."""
    return {
        row.symbol: Holding(parse_amount(row.available), parse_amount(row.in_order))
        for row in converted(body, list[_Balance])
    }


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written or whose steps
    are not told."""
    found = (
        Market(
            row.base,
            row.quote,
            tick=amount(row.tick_size),
            lot=_step(row.quantity_decimals),
            min_notional=amount(row.min_order_in_quote_asset),
            min_quantity=amount(row.min_order_in_base_asset),
        )
        for row in converted(body, list[_Listed])
        if row.market == f"{row.base}-{row.quote}"
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first; Bitvavo tells no turnover."""
    rows = reversed(converted(body, list[tuple[int, str, str, str, str, str]]))
    return tuple(_candle(start, *map(parse_amount, texts)) for start, *texts in rows)


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _Book)
    bid, ask = (parse_amount(side[0][0]) if side else ZERO for side in (told.bids, told.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Time).time


def key_rights(body: bytes) -> KeyRights:
    """The most that any key of the account may do. Bitvavo does not say whether the one that asked
    may withdraw, so it may if the account may; addresses and ends are not told."""
    able = converted(body, _Account).capabilities
    can = (("trade",) if {"buy", "sell"} <= set(able) else ()) + (
        ("withdraw",) if any("withdraw" in word.lower() for word in able) else ()
    )
    return KeyRights(can, is_bound=False)


def _candle(
    start_ms: int, first: Decimal, high: Decimal, low: Decimal, last: Decimal, volume: Decimal
) -> Candle:
    traded = turnover(volume, first, high, low, last)
    return Candle(start_ms, first, high, low, last, volume, traded)


def _report(order: _Order) -> OrderReport:
    executed = parse_amount(order.filled_amount)
    if order.status not in _STATUS:
        raise ValueError(f"{order.status[:30]!r} is no status of an order")
    status = _STATUS[order.status]
    if status is OrderStatus.NEW and executed:
        status = OrderStatus.PARTIALLY_FILLED
    return OrderReport(
        symbol=order.market.replace("-", "/"),
        order_id=order.order_id,
        client_order_id=order.client_order_id or "",
        status=status,
        executed=executed,
        side=_side(order.side),
        created_ms=order.created,
        quantity=amount(order.amount) or None,
    )


def _fill(fill: _Fill, fee: str) -> Fill:
    price, quantity = parse_amount(fill.price), parse_amount(fill.amount)
    return Fill(fill.id, fill.timestamp, price, quantity, _fee(fee), fill.fee_currency)


def _fee(text: str) -> Decimal:
    """A rebate (it has a sign) counts as no fee."""
    return ZERO if text.startswith("-") and parse_amount(text[1:]) else parse_amount(text)


def _step(decimals: int | None) -> Decimal:
    if decimals is None:
        return ZERO
    if not 0 <= decimals <= _MOST_DECIMALS:
        raise ValueError(f"an amount has no {decimals} decimals")
    return Decimal(1).scaleb(-decimals)


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _code(response: Response) -> int | None:
    answer = parsed(response.body)
    code = answer.get("errorCode") if isinstance(answer, dict) else None
    return int(code) if isinstance(code, str) and _WHOLE.fullmatch(code) else None


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Bitvavo's form, such that its clients raise their usual exception."""
    status, code = _CODES[refusal.reason]
    code = code if refusal.code is None else refusal.code
    return Response(status, msgspec.json.encode({"errorCode": code, "error": refusal.text}))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
