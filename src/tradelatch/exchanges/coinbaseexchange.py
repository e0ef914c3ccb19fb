"""Coinbase Exchange, the successor of Coinbase Pro (spot).

https://docs.cdp.coinbase.com/exchange/rest-api/authentication,
https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api
"""

import base64
import binascii
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

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
    rounded,
    signed_amount,
    turnover,
)
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind, Table, Unlisted, listed
from tradelatch.exchanges.kit.reading import Readers, gathered, read_by
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import (
    OWN_UUIDS,
    UUID,
    own_uuid,
    shaped,
    time_in_force,
    waiting,
)
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

NAME = "coinbaseexchange"
HOSTS: Mapping[str, str] = {"": "https://api.exchange.coinbase.com"}
KEYS_AT = 'Coinbase Exchange, "API"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 30_000
FORGETS_UNFILLED = True
STREAMS: StreamsFile | None = None
SECRET = SecretKind.BASE64
HAS_PASSPHRASE = True
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "client_oid"
OWN_NAMES = OWN_UUIDS
TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 300

_WINDOW_MS = SHORTEST_WINDOW_MS

_ORDER = "client_oid product_id side type time_in_force post_only size funds price stop stop_price"
_PAGE = "before after limit"
_SPAN = "start_date end_date"
_NUMBER, _NAMED = "/orders/{order_id}", "/orders/client:{client_oid}"

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {"/orders": _ORDER}),
        *listed(Kind.CANCEL, "DELETE", {_NAMED: "product_id", _NUMBER: "product_id"}),
        *listed(Kind.CANCEL_ALL, "DELETE", {"/orders": "product_id"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                "/orders": f"product_id profile_id status sortedBy sorting market_type {_PAGE}"
                f" {_SPAN}",
                _NAMED: "market_type",
                _NUMBER: "market_type",
                "/fills": f"product_id order_id profile_id market_type {_PAGE} {_SPAN}",
                "/accounts": "",
                "/accounts/{account_id}": "",
                "/accounts/{account_id}/holds": _PAGE,
                "/accounts/{account_id}/ledger": f"profile_id {_PAGE} {_SPAN}",
                "/accounts/{account_id}/transfers": f"type {_PAGE}",
                "/coinbase-accounts": "",
                "/fees": "",
                "/payment-methods": "",
                "/profiles": "active",
                "/profiles/{profile_id}": "active",
                "/transfers": f"profile_id type {_PAGE}",
                "/transfers/{transfer_id}": "",
                "/users/self/exchange-limits": "",
                "/users/self/trailing-volume": "",
                "/users/{user_id}/exchange-limits": "",
                "/users/{user_id}/trading-volumes": "",
                "/withdrawals/fee-estimate": "currency crypto_address network",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/time": "",
                "/currencies": "",
                "/currencies/{currency_id}": "",
                "/products": "type",
                "/products/volume-summary": "",
                "/products/spark-lines": "",
                "/products/{product_id}": "",
                "/products/{product_id}/book": "level",
                "/products/{product_id}/candles": "start end granularity",
                "/products/{product_id}/stats": "",
                "/products/{product_id}/ticker": "",
                "/products/{product_id}/trades": _PAGE,
                "/wrapped-assets": "",
            },
        ),
    ),
    Unlisted(
        moves=(
            "/deposits",
            "/conversions",
            "/loans",
            "/funding",
            "/address-book",
            "/otc/",
            "/wrapped-assets",
            "POST /coinbase-accounts",
        ),
        keys=("/profiles", "/users", "/travel-rules"),
        levered=("/position", "/margin"),
    ),
)

_STAMP = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?", re.ASCII)
_NAME = re.compile(r"[A-Z0-9]{1,20}-[A-Z0-9]{1,20}", re.ASCII)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES = {"limit": OrderType.LIMIT, "market": OrderType.MARKET}
_GTT = "GTT"
_TIMES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    _GTT: TimeInForce.GTC,
}
_STOPS = {"loss": Side.SELL, "entry": Side.BUY}
"""By the way in which the market has to go to set it off, the side that a stop-loss has then."""
_USUAL_STP = "dc"
_LISTS = ("status",)
_INTERVALS = {"1m": 60, "1d": 86_400}
_STANDING = ("open", "pending", "active", "received")
_MOST = str(TRADES_AT_ONCE)
_MOST_ORDERS = 1_000
_FILLS = "GET /fills"
_CODES = {
    Reason.UNKNOWN_KEY: 401,
    Reason.BAD_SIGNATURE: 401,
    Reason.OUTSIDE_WINDOW: 401,
    Reason.BAD_PARAMETER: 400,
    Reason.UNKNOWN_ENDPOINT: 404,
    Reason.ORDER_DENIED: 400,
    Reason.CANCEL_DENIED: 400,
    Reason.AMEND_DENIED: 400,
    Reason.NOT_PERMITTED: 401,
    Reason.TOO_LARGE: 400,
    Reason.TOO_OFTEN: 429,
    Reason.UNAVAILABLE: 503,
    Reason.OUTCOME_UNKNOWN: 504,
}
"""Coinbase Exchange has words for its refusals, no codes; 403 would be tried again by ccxt."""
_CLIENT_IDS = client_ids("client_oid")


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return own_uuid(now_ms, number)


def unified(name: str) -> str:
    """``ETH-BTC`` as ``ETH/BTC``.

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
    return request.header("cb-access-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA256 (base64, under a secret that is base64) over time,
    method, path with query, and body. The time is in seconds, and may have decimals.

    The passphrase is not looked at: it is signed by nothing, and goes no further.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "cb-access-sign")
    text = signatures.header(request, "cb-access-timestamp")
    stamp = _STAMP.fullmatch(text)
    if stamp is None:
        raise Refusal(Reason.BAD_PARAMETER, "CB-ACCESS-TIMESTAMP has to be a number of seconds")
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Coinbase Exchange knows no keys of that kind")
    payload = _payload(request, text)
    signatures.check_signature(_signature(key, payload), told)
    timestamp_ms = int(stamp[1] + (stamp[2] or "")[:3].ljust(3, "0"))
    signatures.check_time(timestamp_ms, _WINDOW_MS, now_ms)
    return signatures.signed(timestamp_ms, _WINDOW_MS, payload)


def _payload(request: Request, stamp: str) -> bytes:
    head = f"{stamp}{request.method}{target(request)}"
    return head.encode(errors="surrogatepass") + request.body


def _signature(secret: bytearray, payload: bytes) -> str:
    try:
        key = base64.b64decode(signatures.secret_of(secret), validate=True)
    except binascii.Error:
        raise ValueError("the secret of a key of Coinbase Exchange is base64") from None
    return base64.b64encode(hmac.digest(key, payload, "sha256")).decode()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    return read_by(TABLE, _READERS, gathered(request, _LISTS))


def _order(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder]:
    symbol, side = unified(sent.need("product_id")), sent.need_word("side", _SIDES)
    kind, told = sent.word("type", _TYPES) or OrderType.LIMIT, sent.text("time_in_force")
    lasting = None if told is None else Sent({"time_in_force": told}).word("time_in_force", _TIMES)
    kind, stop_price, beside = _stop(sent, side, kind)
    post_only, name = sent.flag("post_only"), sent.text("client_oid")
    if post_only and kind is OrderType.LIMIT:
        kind = OrderType.LIMIT_MAKER
    is_uuid = name is None or UUID.fullmatch(name) is not None
    more = {
        "good till a time": told == _GTT,
        "post_only of a type that has none": post_only and kind is not OrderType.LIMIT_MAKER,
        "a time in force of a type that has none": lasting
        not in (None, time_in_force(kind, lasting), TimeInForce.GTC),
        "self-trade prevention": sent.text("stp") not in (None, _USUAL_STP),
        "a client_oid that is no UUID in small letters": not is_uuid,
    }
    order = PlaceOrder(
        symbol,
        side,
        kind,
        quantity=sent.amount("size"),
        quote_quantity=sent.amount("funds"),
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, lasting),
        stop_price=stop_price,
        client_order_id=name if is_uuid else None,
    )
    said = (what for what, is_said in more.items() if is_said)
    return (shaped(structs.replace(order, unbounded=(*said, *beside, *sent.rest))),)


def _stop(
    sent: Sent, side: Side, kind: OrderType
) -> tuple[OrderType, Decimal | None, tuple[str, ...]]:
    """What an order is that waits for a price, that price, and what of it nothing bounds. Those
    with a limit stand among the others, and are written."""
    stop, stop_price = sent.word("stop", _STOPS), sent.amount("stop_price")
    if stop is None and stop_price is None:
        return kind, None, ()
    more: tuple[str, ...] = () if stop else ("a stop_price without a stop",)
    if not kind.has_limit:
        more += ("a stop order without a limit",)
    return waiting(kind, is_stop_loss=stop in (None, side)), stop_price, more


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    """ccxt names the market as ``ETH/BTC`` here, in a body."""
    symbol, number, name = sent.text("product_id"), sent.id("order_id"), sent.id("client_oid")
    sent.end()
    if name is not None and not UUID.fullmatch(name):
        raise Refusal(Reason.BAD_PARAMETER, "client_oid has to be a UUID in small letters")
    return (CancelOrder(symbol and unified(_joined(symbol)), number, name),)


_READERS: Readers = {
    Kind.PLACE: _order,
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
    """The request to send, composed from nothing but the intents. The exchange's window is 30 s,
    whatever is wished for, and it asks for no nonce.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    if len(intents) != 1:
        raise ValueError("Coinbase Exchange gets one order at a time")
    endpoint, words = _words(intents[0])
    request = worded(endpoint, words, HOSTS, base_url)
    if endpoint.kind is Kind.MARKET:
        return request
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    secret, stamp = credentials.secret, f"{now_ms // 1_000}.{now_ms % 1_000:03d}"
    return with_headers(
        request,
        ("CB-ACCESS-KEY", credentials.key_id),
        ("CB-ACCESS-SIGN", _signature(secret, _payload(request, stamp))),
        ("CB-ACCESS-TIMESTAMP", stamp),
        ("CB-ACCESS-PASSPHRASE", bytes(signatures.passphrase_of(secret)).decode()),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=(), test=False, reduce_only=False):
            return TABLE.named("POST /orders", Kind.PLACE), _order_words(intent)
        case CancelOrder(list_id=None, listed=None, mode=None):
            return _cancel_words(intent)
        case ReadAccount(what, parameters):
            return TABLE.named(what, Kind.ACCOUNT), _read_words(parameters)
        case ReadMarket(what, parameters):
            return TABLE.named(what, Kind.MARKET), _read_words(parameters)
    raise ValueError(f"{intent!r} is never sent")


def _read_words(parameters: Sequence[tuple[str, str]]) -> Words:
    return [(name, said.split(",") if name in _LISTS else said) for name, said in parameters]


def _order_words(order: PlaceOrder) -> Words:
    kind, side = order.type, order.side
    if kind.waits and not kind.has_limit:
        raise ValueError(f"an order of type {kind} is never sent to Coinbase Exchange")
    is_rising = kind.is_stop_loss is (side is Side.BUY)
    words: Words = [
        ("client_oid", order.client_order_id),
        ("product_id", _joined(order.symbol)),
        ("side", side.lower()),
        ("type", "limit" if kind.has_limit else "market"),
        ("time_in_force", order.time_in_force),
        ("post_only", True if kind is OrderType.LIMIT_MAKER else None),
        ("size", order.quantity and plain(order.quantity)),
        ("funds", order.quote_quantity and plain(order.quote_quantity)),
        ("price", order.price and plain(order.price)),
    ]
    if order.stop_price:
        words.append(("stop", "entry" if is_rising else "loss"))
        words.append(("stop_price", plain(order.stop_price)))
    return [(name, value) for name, value in words if value is not None]


def _cancel_words(cancel: CancelOrder) -> tuple[Endpoint, Words]:
    market: Words = [("product_id", _joined(cancel.symbol))] if cancel.symbol else []
    if cancel.order_id is not None:
        what, words = _NUMBER, [("order_id", str(cancel.order_id)), *market]
    elif cancel.client_order_id is not None:
        what, words = _NAMED, [("client_oid", cancel.client_order_id), *market]
    else:
        what, words = "/orders", market
    return TABLE.named(f"DELETE {what}", Kind.CANCEL, Kind.CANCEL_ALL), words


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand? One that was cancelled unfilled is known no more."""
    if number is not None:
        return ReadAccount(f"GET {_NUMBER}", (("order_id", str(number)),))
    return ReadAccount(f"GET {_NAMED}", (("client_oid", client_order_id),))


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    return CancelOrder(symbol, number, None if number is not None else client_order_id)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All orders that stand in some markets, or in all: up to 1000 each."""
    words = (("status", ",".join(_STANDING)), ("limit", str(_MOST_ORDERS)))
    if symbols is None:
        return (ReadAccount("GET /orders", words),)
    return tuple(
        ReadAccount("GET /orders", (("product_id", _joined(symbol)), *words))
        for symbol in sorted(symbols)
    )


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 1000, at most since a mark."""
    start = () if after is None else (("start_date", _instant(after.time_ms)),)
    return _ask_fills(symbol, *start)


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day: the last 1000."""
    return _ask_fills(symbol, ("start_date", _instant(start_ms)), ("end_date", _instant(end_ms)))


def _ask_fills(symbol: str, *span: tuple[str, str]) -> ReadAccount:
    return ReadAccount(_FILLS, (("product_id", _joined(symbol)), ("limit", _MOST), *span))


def _instant(ms: int) -> str:
    seconds, rest = divmod(ms, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount("GET /accounts")


def ask_key_rights() -> ReadAccount:
    """Coinbase Exchange tells nobody what a key may do; this only shows that it is good."""
    return ReadAccount("GET /profiles", (("active", "true"),))


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("GET /products")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 300 intervals from a time on."""
    length = _INTERVALS[interval]
    end_ms = start_ms + (CANDLES_AT_ONCE - 1) * length * 1_000
    span = (("start", _instant(start_ms)), ("end", _instant(end_ms)))
    words = (("product_id", _joined(symbol)), *span, ("granularity", str(length)))
    return ReadMarket("GET /products/{product_id}/candles", words)


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("product_id", _joined(symbol)), ("level", "1"))
    return ReadMarket("GET /products/{product_id}/book", words)


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("GET /time")


# What the exchange answers


class _Order(msgspec.Struct):
    id: str
    product_id: str
    side: str
    status: str
    filled_size: str = "0"
    size: str | None = None
    client_oid: str = ""
    created_at: str = ""
    done_reason: str = ""


class _Fill(msgspec.Struct):
    trade_id: int
    product_id: str
    order_id: str
    price: str
    size: str
    fee: str
    created_at: str
    side: str


class _Balance(msgspec.Struct):
    currency: str
    available: str
    hold: str


class _Product(msgspec.Struct):
    id: str
    base_currency: str
    quote_currency: str
    base_increment: str
    quote_increment: str
    min_market_funds: str | None = None
    base_min_size: str | None = None


class _Book(msgspec.Struct):
    bids: list[list[str]]
    asks: list[list[str]]


class _Time(msgspec.Struct):
    iso: str


_NO_SUCH_ORDER = ("NotFound", "order not found")
"""Not what is said where there is no such path."""
_DONE = {"filled": OrderStatus.FILLED, "rejected": OrderStatus.REJECTED}


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if 400 <= response.status < 500 and response.status != 408:
        return Verdict.REJECTED
    told = parsed(response.body)
    is_good = isinstance(told, dict | list | str) and not (
        isinstance(told, dict) and "message" in told
    )
    return Verdict.DONE if response.status == 200 and is_good else Verdict.UNKNOWN


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of the intent that a request was written from."""
    verdict, (intent,) = judge(response), intents
    if verdict is not Verdict.DONE or not isinstance(intent, PlaceOrder):
        return (Outcome(verdict),)
    report = _report(converted(response.body, _Order))
    name = report.client_order_id or intent.client_order_id or ""
    return (Outcome(verdict, (structs.replace(report, client_order_id=name),)),)


def says_too_often(response: Response) -> bool:
    """Whether Coinbase Exchange was asked more often than it allows."""
    return response.status == 429


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Coinbase Exchange knows no such order: it never came,
    or was cancelled unfilled.

    Raises:
        ValueError: it does not say.
    """
    told = parsed(response.body)
    if response.status == 404 and isinstance(told, dict) and told.get("message") in _NO_SUCH_ORDER:
        return None
    return _report(converted(response.body, _Order))


def cancelled_order(body: bytes) -> OrderReport | None:
    """Coinbase Exchange tells nothing of an order that it cancelled but its number."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    if intent.what in (f"GET {_NUMBER}", f"GET {_NAMED}"):
        return (_report(converted(body, _Order)),)
    return _orders(body) if intent.what == "GET /orders" else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list.

    Raises:
        ValueError: there may be more than it tells of.
    """
    told = _orders(body)
    if len(told) >= _MOST_ORDERS:
        raise ValueError("there may be more open orders than one answer tells of")
    return told


def _orders(body: bytes) -> tuple[OrderReport, ...]:
    return tuple(map(_report, converted(body, list[_Order])))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades; all fees are in quote."""
    return tuple(
        OwnTrade(
            row.order_id,
            Fill(
                row.trade_id,
                instant_ms(row.created_at),
                parse_amount(row.price),
                parse_amount(row.size),
                signed_amount(row.fee),
                _symbol(row.product_id).rpartition("/")[2],
            ),
            _side(row.side),
        )
        for row in converted(body, list[_Fill])
    )


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds, by asset."""
    rows = converted(body, list[_Balance])
    return {row.currency: Holding(parse_amount(row.available), amount(row.hold)) for row in rows}


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written."""
    found = (
        Market(
            row.base_currency,
            row.quote_currency,
            tick=amount(row.quote_increment),
            lot=amount(row.base_increment),
            min_notional=amount(row.min_market_funds),
            min_quantity=amount(row.base_min_size),
        )
        for row in converted(body, list[_Product])
        if row.id == f"{row.base_currency}-{row.quote_currency}"
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first; their turnover is reckoned, none is told."""
    rows = converted(body, list[tuple[int, str, str, str, str, str]])
    return tuple(_candle(start, *map(rounded, texts)) for start, *texts in reversed(rows))


def _candle(
    start: int, low: Decimal, high: Decimal, first: Decimal, last: Decimal, volume: Decimal
) -> Candle:
    traded = turnover(volume, first, high, low, last)
    return Candle(start * 1_000, first, high, low, last, volume, traded)


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _Book)
    bid, ask = (amount(side[0][0]) if side and side[0] else ZERO for side in (told.bids, told.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return instant_ms(converted(body, _Time).iso)


def key_rights(body: bytes) -> KeyRights:
    """Never told.

    Raises:
        ValueError: always.
    """
    raise ValueError("Coinbase Exchange does not tell what a key may do")


def _report(order: _Order) -> OrderReport:
    executed = amount(order.filled_size)
    if order.status in _STANDING:
        status = OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
    elif order.status == "done":
        status = _DONE.get(order.done_reason, OrderStatus.CANCELED)
    elif order.status == "rejected":
        status = OrderStatus.REJECTED
    else:
        raise ValueError(f"{order.status[:30]!r} is no status of an order")
    return OrderReport(
        symbol=_symbol(order.product_id),
        order_id=order.id,
        client_order_id=order.client_oid,
        status=status,
        executed=executed,
        side=_side(order.side),
        created_ms=instant_ms(order.created_at) if order.created_at else 0,
        quantity=amount(order.size) or None,
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


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Coinbase Exchange's form, such that its clients raise their usual
    exception."""
    return Response(_CODES[refusal.reason], msgspec.json.encode({"message": refusal.text}))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
