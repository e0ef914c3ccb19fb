"""Gate Spot (API v4); orders on its futures, on margin and on options are read, and have no bound.

https://www.gate.com/docs/developers/apiv4/en/, APIv4 signed request requirements and Spot
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import signatures
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
from tradelatch.exchanges.kit.forms import parse_form
from tradelatch.exchanges.kit.reading import Readers, read_by
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import shaped, time_in_force, waiting
from tradelatch.exchanges.kit.wording import JSON, Words, with_headers, worded
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
from tradelatch.model.money import ZERO, BadAmount, parse_amount, plain
from tradelatch.model.orders import (
    Fill,
    Number,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)

NAME = "gate"
HOSTS: Mapping[str, str] = {"": "https://api.gateio.ws"}
KEYS_AT = 'Gate, "API Management"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 60_000
FORGETS_UNFILLED = False
STREAMS = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = False
COVERS = frozenset({"method", "path", "query", "body"})
CLIENT_ID = "order_id"
OWN_NAMES = "t-latch-"
TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 999

_WINDOW_MS = SHORTEST_WINDOW_MS

_API = "/api/v4"
_SPOT = f"{_API}/spot"
_FUTURES = f"{_API}/futures/{{settle}}"
_DELIVERY = f"{_API}/delivery/{{settle}}"
_OPTIONS = f"{_API}/options"
_MARGIN = f"{_API}/margin"
_WALLET = f"{_API}/wallet"
_SPAN = "from to"
_PAGE = f"{_SPAN} page limit"
_ROWS = f"{_SPAN} limit offset"

TABLE = Table(
    (
        *listed(
            Kind.PLACE,
            "POST",
            {
                f"{_SPOT}/orders": (
                    "text currency_pair type account side amount price time_in_force"
                ),
                f"{_SPOT}/price_orders": "",
                f"{_FUTURES}/orders": "",
                f"{_FUTURES}/price_orders": "",
                f"{_DELIVERY}/orders": "",
                f"{_DELIVERY}/price_orders": "",
                f"{_OPTIONS}/orders": "",
            },
        ),
        *listed(Kind.BATCH, "POST", {f"{_SPOT}/batch_orders": "", f"{_FUTURES}/batch_orders": ""}),
        *listed(Kind.AMEND, "PATCH", {f"{_SPOT}/orders/{{order_id}}": "currency_pair amount"}),
        *listed(Kind.AMEND, "PUT", {f"{_FUTURES}/orders/{{order_id}}": ""}),
        *listed(Kind.AMEND, "POST", {f"{_SPOT}/amend_batch_orders": ""}),
        *listed(Kind.CANCEL, "DELETE", {f"{_SPOT}/orders/{{order_id}}": "currency_pair account"}),
        *listed(Kind.CANCEL_SOME, "POST", {f"{_SPOT}/cancel_batch_orders": ""}),
        *listed(Kind.CANCEL_ALL, "DELETE", {f"{_SPOT}/orders": "currency_pair account"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                f"{_API}/account/detail": "",
                f"{_API}/account/main_keys": "",
                f"{_API}/account/rate_limit": "",
                f"{_API}/unified/accounts": "currency sub_uid",
                f"{_API}/unified/unified_mode": "",
                f"{_WALLET}/fee": "currency_pair settle",
                f"{_WALLET}/total_balance": "currency",
                f"{_WALLET}/withdraw_status": "currency",
                f"{_WALLET}/deposit_address": "currency",
                f"{_WALLET}/deposits": f"currency {_ROWS}",
                f"{_WALLET}/withdrawals": f"currency withdraw_id withdraw_order_id {_ROWS}",
                f"{_SPOT}/accounts": "currency",
                f"{_SPOT}/account_book": f"currency type code {_PAGE}",
                f"{_SPOT}/fee": "currency_pair",
                f"{_SPOT}/batch_fee": "currency_pairs",
                # ccxt sends more to it than Gate knows.
                f"{_SPOT}/open_orders": f"account currency_pair status {_PAGE}",
                f"{_SPOT}/orders": f"currency_pair status account side {_PAGE}",
                f"{_SPOT}/orders/{{order_id}}": "currency_pair account",
                f"{_SPOT}/my_trades": f"currency_pair order_id account {_PAGE}",
                f"{_SPOT}/price_orders": f"status market account {_ROWS}",
                f"{_SPOT}/price_orders/{{order_id}}": "market account",
                f"{_MARGIN}/accounts": "currency_pair",
                f"{_MARGIN}/funding_accounts": "currency",
                f"{_MARGIN}/cross/accounts": "",
                f"{_FUTURES}/accounts": "",
                f"{_FUTURES}/account_book": f"contract type {_ROWS}",
                f"{_FUTURES}/positions": "holding limit offset",
                f"{_FUTURES}/positions/{{contract}}": "",
                f"{_FUTURES}/dual_comp/positions/{{contract}}": "",
                f"{_FUTURES}/orders": f"contract status last_id {_ROWS}",
                f"{_FUTURES}/orders_timerange": f"contract {_ROWS}",
                f"{_FUTURES}/orders/{{order_id}}": "contract",
                f"{_FUTURES}/my_trades": f"contract order last_id {_ROWS}",
                f"{_FUTURES}/my_trades_timerange": f"contract role {_ROWS}",
                f"{_FUTURES}/position_close": f"contract side pnl {_ROWS}",
                f"{_FUTURES}/liquidates": f"contract at {_ROWS}",
                f"{_FUTURES}/fee": "contract",
                f"{_FUTURES}/price_orders": f"contract status {_ROWS}",
                f"{_FUTURES}/price_orders/{{order_id}}": "contract",
                f"{_DELIVERY}/accounts": "",
                f"{_DELIVERY}/positions": "",
                f"{_DELIVERY}/positions/{{contract}}": "",
                f"{_DELIVERY}/orders": f"contract status last_id {_ROWS}",
                f"{_DELIVERY}/orders/{{order_id}}": "contract",
                f"{_DELIVERY}/my_trades": f"contract order last_id {_ROWS}",
                f"{_OPTIONS}/accounts": "",
                f"{_OPTIONS}/positions": "underlying",
                f"{_OPTIONS}/orders": f"underlying contract status {_ROWS}",
                f"{_OPTIONS}/orders/{{order_id}}": "",
                f"{_OPTIONS}/my_trades": f"underlying contract {_ROWS}",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                f"{_SPOT}/time": "",
                f"{_SPOT}/currencies": "",
                f"{_SPOT}/currencies/{{currency}}": "",
                f"{_SPOT}/currency_pairs": "",
                f"{_SPOT}/currency_pairs/{{currency_pair}}": "",
                f"{_SPOT}/tickers": "currency_pair timezone",
                f"{_SPOT}/order_book": "currency_pair interval limit with_id",
                f"{_SPOT}/trades": f"currency_pair last_id reverse {_PAGE}",
                f"{_SPOT}/candlesticks": f"currency_pair interval limit {_SPAN}",
                f"{_WALLET}/currency_chains": "currency",
                f"{_MARGIN}/currency_pairs": "",
                f"{_MARGIN}/uni/currency_pairs": "",
                f"{_MARGIN}/cross/currencies": "",
                f"{_FUTURES}/contracts": "limit offset",
                f"{_FUTURES}/contracts/{{contract}}": "",
                f"{_FUTURES}/tickers": "contract",
                f"{_FUTURES}/order_book": "contract interval limit with_id",
                f"{_FUTURES}/trades": f"contract last_id {_ROWS}",
                f"{_FUTURES}/candlesticks": f"contract interval timezone limit {_SPAN}",
                f"{_FUTURES}/funding_rate": f"contract limit {_SPAN}",
                f"{_DELIVERY}/contracts": "",
                f"{_DELIVERY}/tickers": "contract",
                f"{_DELIVERY}/order_book": "contract interval limit with_id",
                f"{_DELIVERY}/candlesticks": f"contract interval limit {_SPAN}",
                f"{_OPTIONS}/underlyings": "",
                f"{_OPTIONS}/expirations": "underlying",
                f"{_OPTIONS}/contracts": "underlying expiration",
                f"{_OPTIONS}/tickers": "underlying",
            },
        ),
    ),
    Unlisted(
        moves=(
            f"{_API}/withdrawals",
            f"POST {_WALLET}/",
            f"{_API}/earn/",
            f"{_API}/loan/",
            f"{_API}/flash_swap/",
            f"{_API}/otc/",
            f"{_API}/rebate/",
            f"POST {_API}/unified/loans",
            f"POST {_API}/unified/quick_repayment",
            f"POST {_MARGIN}/",
            f"PATCH {_MARGIN}/",
            f"DELETE {_MARGIN}/",
        ),
        keys=(f"{_API}/sub_accounts", f"POST {_API}/account/"),
        levered=(
            f"{_API}/futures/",
            f"{_API}/delivery/",
            f"{_OPTIONS}/",
            f"{_MARGIN}/",
            f"{_API}/unified/",
            f"{_SPOT}/cross_liquidate_orders",
        ),
    ),
)

_NAME = re.compile(r"[A-Z0-9]{1,20}_[A-Z0-9]{1,20}")
_CONTRACT = re.compile(
    r"(?P<base>[A-Z0-9]{1,20})_(?P<quote>[A-Z0-9]{1,10})"
    r"(?:[_-]20(?P<day>[0-9]{6})(?P<option>-[0-9.]{1,20}-[CP])?)?"
)
_CLIENT_ID = re.compile(r"t-[0-9A-Za-z_.-]{1,28}")
_STAMP = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)
_SIZE = re.compile(r"-?[0-9.]{1,40}", re.ASCII)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES = {"limit": OrderType.LIMIT, "market": OrderType.MARKET}
_FORCES: Mapping[str, TimeInForce | OrderType] = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "poc": OrderType.LIMIT_MAKER,
}
_ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "spot": (),
    "normal": (),
    "margin": (LEVERAGE,),
    "cross_margin": (LEVERAGE,),
    "unified": (LEVERAGE,),
}
"""What an order has that nothing bounds, by the account it trades on."""
_DETAILS = {"ACK": None, "RESULT": None, "FULL": None}
_RISES = {">=": True, "<=": False, "1": True, "2": False}
_STOP = "a stop order at Gate"
_FINISHED = f"GET {_SPOT}/orders"
_ONE_ORDER = f"GET {_SPOT}/orders/{{order_id}}"
_TRADES = f"GET {_SPOT}/my_trades"
_MOST = str(TRADES_AT_ONCE)
_PAGE_OF = 100
"""So many orders are told of at once, of one market."""
_SECONDS = {"1m": 60, "1d": 86_400}
_NO_SUCH_ORDER = frozenset({"ORDER_NOT_FOUND", "CLIENT_ID_NOT_FOUND"})
_UNCLEAR = frozenset({"INTERNAL", "SERVER_ERROR", "TOO_BUSY"})
_CODES = {
    Reason.UNKNOWN_KEY: (401, "INVALID_KEY"),
    Reason.BAD_SIGNATURE: (401, "INVALID_SIGNATURE"),
    Reason.OUTSIDE_WINDOW: (403, "REQUEST_EXPIRED"),
    Reason.BAD_PARAMETER: (400, "INVALID_PARAM_VALUE"),
    Reason.UNKNOWN_ENDPOINT: (404, "INVALID_ARGUMENT"),
    Reason.ORDER_DENIED: (400, "AMOUNT_TOO_MUCH"),
    Reason.CANCEL_DENIED: (400, "ORDER_NOT_FOUND"),
    Reason.AMEND_DENIED: (400, "NO_CHANGE"),
    Reason.NOT_PERMITTED: (403, "FORBIDDEN"),
    Reason.TOO_LARGE: (413, "INVALID_REQUEST_BODY"),
    Reason.TOO_OFTEN: (429, "TOO_MANY_REQUESTS"),
    Reason.UNAVAILABLE: (503, "TOO_BUSY"),
    Reason.OUTCOME_UNKNOWN: (504, "SERVER_ERROR"),
}
_CLIENT_IDS = client_ids("text")


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return f"{OWN_NAMES}{now_ms}-{number}"


def unified(name: str) -> str:
    """``ETH_BTC`` as ``ETH/BTC``.

    Raises:
        Refusal: BAD_PARAMETER, it is no market's name.
    """
    if not _NAME.fullmatch(name):
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no market's name")
    return name.replace("_", "/")


def _joined(symbol: str) -> str:
    return symbol.replace("/", "_")


def _contract(name: str, settle: str | None) -> str:
    """``BTC_USDT`` of the futures settled in USDT as ``BTC/USDT:USDT``, with the day (and more) of
    those that end: ``BTC/USDT:USDT-251226``. Options are settled in their quote."""
    found = _CONTRACT.fullmatch(name)
    if not found:
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no contract's name")
    pair = f"{found['base']}/{found['quote']}:{(settle or found['quote']).upper()}"
    return f"{pair}-{found['day']}{found['option'] or ''}" if found["day"] else pair


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA512 (hex) over method, path, query, the body's SHA-512 and
    time in seconds, which Gate's own client writes with decimals.

    The query is signed as it was before it was percent-encoded, or as it stands; the path as it is,
    or, by Gate's own client, as it was dialled at the gate: with the exchange's prefix.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "sign")
    stamp = signatures.header(request, "timestamp")
    if not _STAMP.fullmatch(stamp):
        raise Refusal(Reason.BAD_PARAMETER, "Timestamp has to be a number of seconds")
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Gate knows no keys of that kind")
    payload = signatures.check_one_of(
        _payloads(request, stamp), lambda payload: _signature(key, payload), told
    )
    timestamp_ms = int(Decimal(stamp) * 1_000)
    signatures.check_time(timestamp_ms, _WINDOW_MS, now_ms)
    return signatures.signed(timestamp_ms, _WINDOW_MS, payload)


def _payloads(request: Request, stamp: str) -> list[bytes]:
    tail = f"\n{hashlib.sha512(request.body).hexdigest()}\n{stamp}".encode()
    heads = (f"{request.method}\n{prefix}{request.path}\n" for prefix in (f"/{NAME}", ""))
    return [
        head.encode(errors="surrogatepass") + query + tail
        for head in heads
        for query in signatures.spellings(request.query)
    ]


def _signature(secret: bytearray, payload: bytes) -> str:
    return signatures.mac(secret, payload, "sha512").hex()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    if request.method == "PATCH" and parsed(request.body) == parse_form(request.query):
        request = structs.replace(request, query="")  # ccxt says all in both
    return read_by(TABLE, _READERS, request)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    settle, rows = _settle(sent, endpoint), sent.rows("[]")
    sent.end()
    return tuple(_order(row, endpoint, settle, (BATCH,)) for row in rows)


def _place(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    return (_order(sent, endpoint, _settle(sent, endpoint)),)


def _settle(sent: Sent, endpoint: Endpoint) -> str | None:
    return sent.need("settle") if "settle" in endpoint.holes else None


def _order(
    sent: Sent, endpoint: Endpoint, settle: str | None, more: tuple[str, ...] = ()
) -> PlaceOrder:
    sent, is_spot = sent.without_empty(), endpoint.path.startswith(_SPOT)
    if endpoint.path.endswith("price_orders"):
        order = _spot_stop(sent) if is_spot else _futures_stop(sent, settle)
    else:
        order = _on_spot(sent) if is_spot else _on_futures(sent, settle)
    return shaped(structs.replace(order, unbounded=(*more, *order.unbounded, *sent.rest)))


def _on_spot(sent: Sent, symbol: str | None = None, stop: Sent | None = None) -> PlaceOrder:
    symbol = symbol or unified(sent.need("currency_pair"))
    kind, side = sent.word("type", _TYPES) or OrderType.LIMIT, sent.need_word("side", _SIDES)
    more = sent.word("account", _ACCOUNTS) or ()
    sent.word("action_mode", _DETAILS)  # of the answer, which always has all of them
    if sent.flag("auto_borrow") or sent.flag("auto_repay"):
        more = (*more, LEVERAGE)
    for name in ("iceberg", "price") if kind is OrderType.MARKET else ("iceberg",):
        sent.drop(name, "0")
    size = sent.amount("amount")
    is_total = kind is OrderType.MARKET and side is Side.BUY
    order = _timed(sent, kind, "time_in_force", symbol, side, more)
    return structs.replace(
        order if stop is None else _waits(order, stop),
        quantity=None if is_total else size,
        quote_quantity=size if is_total else None,
    )


def _on_futures(sent: Sent, settle: str | None, stop: Sent | None = None) -> PlaceOrder:
    """The side is the sign of the size; without a price it is at the market."""
    symbol = _contract(sent.need("contract"), settle)
    # That of an order that waits may be told in the contract's coin, which counts then.
    name = "amount" if stop is not None and "amount" in sent else "size"
    size = sent.text(name, _SIZE) or ""
    side = Side.SELL if size.startswith("-") else Side.BUY
    closes = sent.flag("reduce_only")
    sent.drop("iceberg", "0")
    sent.drop("price", "0")
    kind = OrderType.LIMIT if "price" in sent else OrderType.MARKET
    order = _timed(sent, kind, "tif", symbol, side, (LEVERAGE,))
    return structs.replace(
        order if stop is None else _waits(order, stop),
        quantity=_counted(size.removeprefix("-")),
        reduce_only=closes,
    )


def _counted(size: str) -> Decimal:
    try:
        count = parse_amount(size)
    except BadAmount as error:
        raise Refusal(Reason.BAD_PARAMETER, f"parameter 'size': {error}") from None
    if not count:  # all of a position, and how much that is is not said
        raise Refusal(Reason.BAD_PARAMETER, "parameter 'size': it has to be other than zero")
    return count


def _timed(
    sent: Sent, kind: OrderType, name: str, symbol: str, side: Side, more: tuple[str, ...]
) -> PlaceOrder:
    """An order but for its size."""
    force, price = sent.word(name, _FORCES), sent.amount("price")
    if kind is OrderType.MARKET:
        if force is TimeInForce.FOK:
            more = (*more, "fill or kill")
        if force is OrderType.LIMIT_MAKER:  # Gate refuses it, and as IOC it would take
            more = (*more, "a market order that never takes")
        if price is not None:
            price, more = None, (*more, "a price of a market order")
    elif force is OrderType.LIMIT_MAKER:
        kind = OrderType.LIMIT_MAKER
    return PlaceOrder(
        symbol,
        side,
        kind,
        price=price,
        time_in_force=time_in_force(kind, force if isinstance(force, TimeInForce) else None),
        client_order_id=sent.text("text", _CLIENT_ID),
        unbounded=more,
    )


def _spot_stop(sent: Sent) -> PlaceOrder:
    put, trigger = _part(sent, "put"), _part(sent, "trigger")
    return _whole(_on_spot(put, unified(sent.need("market")), trigger), put, trigger)


def _futures_stop(sent: Sent, settle: str | None) -> PlaceOrder:
    initial, trigger = _part(sent, "initial"), _part(sent, "trigger")
    return _whole(_on_futures(initial, settle, trigger), initial, trigger)


def _part(sent: Sent, name: str) -> Sent:
    part = sent.inner(name)
    if part is None:
        raise Refusal(Reason.BAD_PARAMETER, f"parameter {name!r}: it was not sent")
    part.drop("text", "api", "web", "app")  # where it comes from
    part.drop("strategy_type", "0")
    return part.without_empty()


def _whole(order: PlaceOrder, *parts: Sent) -> PlaceOrder:
    rest = (name for part in parts for name in part.rest)
    return structs.replace(order, unbounded=(*order.unbounded, *rest))


def _waits(order: PlaceOrder, trigger: Sent) -> PlaceOrder:
    """The same when the market has risen or fallen to a price. How it is told that it has, and how
    long that is waited for, is no part of the trade."""
    is_stop_loss = trigger.need_word("rule", _RISES) is (order.side is Side.BUY)
    kind = waiting(order.type, is_stop_loss=is_stop_loss)
    trigger.text("price_type")
    trigger.text("expiration")
    return structs.replace(
        order,
        type=kind,
        stop_price=trigger.amount("price"),
        time_in_force=time_in_force(kind, order.time_in_force),
        unbounded=(*order.unbounded, _STOP),
    )


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    if endpoint.path.endswith("batch_orders"):
        rows = sent.rows("[]")
        sent.end()
        return tuple(_amended(row, (BATCH,)) for row in rows)
    if endpoint.path.startswith(_SPOT):
        return (_amended(sent, ()),)
    number, name = _named(sent.need("order_id"))
    market = sent.text("contract") or sent.text("currency_pair")  # the latter is ccxt's
    symbol = market and _contract(market, sent.text("settle"))
    told, price = sent.text("size", _SIZE), sent.amount("price")
    size = None if told is None else _counted(told.removeprefix("-"))
    return (AmendOrder(symbol, size, number, name, price, (LEVERAGE, *sent.rest)),)


def _amended(sent: Sent, more: tuple[str, ...]) -> AmendOrder:
    number, name = _named(sent.need("order_id"))
    symbol = unified(sent.need("currency_pair"))
    more = (*more, *(sent.word("account", _ACCOUNTS) or ()))
    sent.word("action_mode", _DETAILS)
    size, price = sent.amount("amount"), sent.amount("price")
    return AmendOrder(symbol, size, number, name, price, (*more, *sent.rest))


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    number, name = (None, None)
    if endpoint.kind is not Kind.CANCEL_ALL:
        number, name = _named(sent.need("order_id" if endpoint.holes else "id"))
    market = sent.text("currency_pair")
    if market is None and (number or name):
        raise Refusal(Reason.BAD_PARAMETER, "parameter 'currency_pair': it was not sent")
    sent.drop("account", "spot")
    sent.word("action_mode", _DETAILS)
    sent.end()
    return (CancelOrder(market and unified(market), number, name),)


def _cancel_some(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder, ...]:
    rows = sent.rows("[]")
    sent.end()
    return tuple(cancel for row in rows for cancel in _cancel(row, endpoint))


def _named(told: str) -> tuple[str | None, str | None]:
    """The number or the client order id that stands for an order: either stands in one place."""
    if told.isascii() and told.isdecimal():
        return told, None
    if _CLIENT_ID.fullmatch(told):
        return None, told
    raise Refusal(Reason.BAD_PARAMETER, f"{told[:40]!r} is no order's number and no client's id")


_READERS: Readers = {
    Kind.PLACE: _place,
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
    """The request to send, composed from nothing but the intents. Gate's window is 60 s, whatever
    is wished for, and it asks for no nonce.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    if len(intents) != 1:
        request = _cancels(intents, base_url)
    else:
        endpoint, words = _words(intents[0])
        request = worded(endpoint, words, HOSTS, base_url)
        if endpoint.kind is Kind.MARKET:
            return request
    if credentials is None:
        raise ValueError(f"{request.method} {request.path} has to be signed")
    stamp = str(now_ms // 1_000)
    signature = _signature(credentials.secret, _payloads(request, stamp)[-1])
    return with_headers(
        request, ("KEY", credentials.key_id), ("Timestamp", stamp), ("SIGN", signature)
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=(), test=False, reduce_only=False):
            return TABLE.named(f"POST {_SPOT}/orders", Kind.PLACE), _order_words(intent)
        case CancelOrder(list_id=None, listed=None, mode=None):
            return _cancel_words(intent)
        case AmendOrder(unbounded=(), price=None):
            return _amend_words(intent)
        case ReadAccount():
            return TABLE.named(intent.what, Kind.ACCOUNT), list(intent.parameters)
        case ReadMarket():
            return TABLE.named(intent.what, Kind.MARKET), list(intent.parameters)
    raise ValueError(f"{intent!r} is never sent")


def _order_words(order: PlaceOrder) -> Words:
    is_market = order.type is OrderType.MARKET
    size = order.quote_quantity if is_market and order.side is Side.BUY else order.quantity
    if order.type.waits or size is None:
        raise ValueError("Gate takes a market order to buy by its cost, others by their amount")
    force = "poc" if order.type is OrderType.LIMIT_MAKER else order.time_in_force or "ioc"
    words: Words = [
        ("text", order.client_order_id),
        ("currency_pair", _joined(order.symbol)),
        ("type", "market" if is_market else "limit"),
        ("account", "spot"),
        ("side", order.side.lower()),
        ("amount", plain(size)),
        ("price", order.price and plain(order.price)),
        ("time_in_force", force.lower()),
    ]
    return [(name, value) for name, value in words if value is not None]


def _cancel_words(cancel: CancelOrder) -> tuple[Endpoint, Words]:
    words: Words = [("currency_pair", _joined(cancel.symbol))] if cancel.symbol else []
    words.append(("account", "spot"))
    if (which := _which(cancel)) is None:
        return TABLE.named(f"DELETE {_SPOT}/orders", Kind.CANCEL_ALL), words
    if cancel.symbol is None:
        raise ValueError("Gate has to be told of which market an order is")
    what = f"DELETE {_SPOT}/orders/{{order_id}}"
    return TABLE.named(what, Kind.CANCEL), [("order_id", which), *words]


def _amend_words(amend: AmendOrder) -> tuple[Endpoint, Words]:
    which = _which(amend)
    if which is None or amend.symbol is None or amend.quantity is None:
        raise ValueError("Gate has to be told of which order what is to be how much")
    words: Words = [
        ("order_id", which),
        ("currency_pair", _joined(amend.symbol)),
        ("amount", plain(amend.quantity)),
    ]
    return TABLE.named(f"PATCH {_SPOT}/orders/{{order_id}}", Kind.AMEND), words


def _cancels(intents: Sequence[AnyIntent], base_url: str) -> Request:
    rows = [
        {"currency_pair": _joined(one.symbol), "id": which, "account": "spot"}
        for one in intents
        if isinstance(one, CancelOrder) and one.symbol and (which := _which(one)) is not None
    ]
    if not rows or len(rows) != len(intents):
        raise ValueError("Gate gets one order at a time, or several to cancel by their ids")
    endpoint = TABLE.named(f"POST {_SPOT}/cancel_batch_orders", Kind.CANCEL_SOME)
    host = base_url or HOSTS[endpoint.family]
    return Request(endpoint.method, host, endpoint.path, "", JSON, msgspec.json.encode(rows))


def _which(one: CancelOrder | AmendOrder) -> str | None:
    return one.client_order_id if one.order_id is None else str(one.order_id)


def ask_order(
    symbol: str, client_order_id: str, number: Number | None
) -> ReadAccount | tuple[ReadAccount, ...]:
    """How does this order stand? By its client order id Gate finds one only while it stands; one
    whose number is not known is looked for among the last that ended, too."""
    market = ("currency_pair", _joined(symbol))
    one = ReadAccount(_ONE_ORDER, (("order_id", str(number or client_order_id)), market))
    if number is not None:
        return one
    return one, ReadAccount(_FINISHED, (market, ("status", "finished"), ("limit", str(_PAGE_OF))))


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    if number is None:
        return CancelOrder(symbol, client_order_id=client_order_id)
    return CancelOrder(symbol, order_id=str(number))


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets or of all, a page of 100 in each market."""
    if symbols is None:
        return (ReadAccount(f"GET {_SPOT}/open_orders", (("limit", str(_PAGE_OF)),)),)
    return tuple(
        ReadAccount(
            _FINISHED,
            (("currency_pair", _joined(symbol)), ("status", "open"), ("limit", str(_PAGE_OF))),
        )
        for symbol in sorted(symbols)
    )


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 1000 of a week, since of what is after a time Gate tells
    no more than the week that follows it."""
    return ReadAccount(_TRADES, (("currency_pair", _joined(symbol)), ("limit", _MOST)))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day, in whole seconds."""
    span = (("from", str(start_ms // 1_000)), ("to", str(-(-end_ms // 1_000))))
    return ReadAccount(_TRADES, (("currency_pair", _joined(symbol)), *span, ("limit", _MOST)))


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount(f"GET {_SPOT}/accounts")


def ask_key_rights() -> ReadAccount:
    """What the keys of the account may do."""
    return ReadAccount(f"GET {_API}/account/main_keys")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket(f"GET {_SPOT}/currency_pairs")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 999 intervals from a time on."""
    start = start_ms // 1_000
    words = (
        ("currency_pair", _joined(symbol)),
        ("interval", interval),
        ("from", str(start)),
        ("to", str(start + (CANDLES_AT_ONCE - 1) * _SECONDS[interval])),
    )
    return ReadMarket(f"GET {_SPOT}/candlesticks", words)


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("currency_pair", _joined(symbol)), ("limit", "1"))
    return ReadMarket(f"GET {_SPOT}/order_book", words)


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket(f"GET {_SPOT}/time")


# What the exchange answers


class _Order(msgspec.Struct):
    id: str
    currency_pair: str
    status: str
    type: str
    side: str
    amount: str
    left: str
    text: str | None = None
    filled_amount: str | None = None
    create_time_ms: int = 0


class _Open(msgspec.Struct):
    """Those of one market, as Gate tells of those of all."""

    orders: list[_Order]


class _Trade(msgspec.Struct):
    id: str
    order_id: str
    create_time_ms: str
    side: str
    amount: str
    price: str
    fee: str
    fee_currency: str
    gt_fee: str | None = None


class _Balance(msgspec.Struct):
    currency: str
    available: str
    locked: str


class _Pair(msgspec.Struct):
    id: str
    base: str
    quote: str
    amount_precision: int
    precision: int
    min_base_amount: str | None = None
    min_quote_amount: str | None = None


class _Book(msgspec.Struct):
    asks: list[tuple[str, str]]
    bids: list[tuple[str, str]]


class _Clock(msgspec.Struct):
    server_time: int


class _Right(msgspec.Struct):
    name: str
    read_only: bool = False


class _Key(msgspec.Struct):
    perms: list[_Right]
    state: int = 1
    ip_whitelist: list[str] | None = None


class _Cancelled(msgspec.Struct):
    id: str
    succeeded: bool
    text: str | None = None


_RIGHTS = {"spot": "trade", "delivery": "futures", "wallet": "transfer", "withdrawal": "withdraw"}
_READING = frozenset({"account"})
_NORMAL = 1


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    answer, label = parsed(response.body), _label(response)
    if 200 <= response.status < 300:
        is_told = isinstance(answer, dict | list) and label is None
        return Verdict.DONE if is_told else Verdict.UNKNOWN
    if label is None or label in _UNCLEAR or response.status >= 500:
        return Verdict.UNKNOWN
    return Verdict.REJECTED


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of each of the intents that a request was written from."""
    verdict = judge(response)
    if verdict is not Verdict.DONE:
        return (Outcome(verdict),) * len(intents)
    if len(intents) > 1:
        told = converted(response.body, list[_Cancelled])
        return tuple(Outcome(_verdict(intent, told)) for intent in intents)
    return (Outcome(verdict, open_orders(response.body)),)


def _verdict(intent: AnyIntent, told: list[_Cancelled]) -> Verdict:
    which = _which(intent) if isinstance(intent, CancelOrder) else None
    for one in told:
        if which in (one.id, one.text):
            return Verdict.DONE if one.succeeded else Verdict.REJECTED
    return Verdict.UNKNOWN


def says_too_often(response: Response) -> bool:
    """Whether Gate was asked more often than it allows."""
    return response.status == 429 or _label(response) == "TOO_MANY_REQUESTS"


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Gate knows no such order.

    Raises:
        ValueError: it does not say.
    """
    if _label(response) in _NO_SUCH_ORDER:
        return None
    if not 200 <= response.status < 300:
        raise ValueError(f"Gate answered {response.status}")
    found = open_orders(response.body)
    for report in found:
        if report.client_order_id == client_order_id:
            return report
    if len(found) >= _PAGE_OF or isinstance(parsed(response.body), dict):
        raise ValueError("the order is not among those that were told of")
    return None


def cancelled_order(body: bytes) -> OrderReport | None:
    """The order that was cancelled."""
    found = open_orders(body)
    return found[0] if len(found) == 1 else None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    tells = (_ONE_ORDER, _FINISHED, f"GET {_SPOT}/open_orders")
    return open_orders(body) if intent.what in tells else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """One order, all of a list, or all of the markets of a list."""
    answer = parsed(body)
    if isinstance(answer, dict):
        return (_report(converted(body, _Order)),)
    first = answer[0] if isinstance(answer, list) and answer else None
    if isinstance(first, dict) and "orders" in first:
        markets = converted(body, list[_Open])
        return tuple(_report(order) for market in markets for order in market.orders)
    return tuple(map(_report, converted(body, list[_Order])))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    return tuple(
        OwnTrade(trade.order_id, _fill(trade), _side(trade.side))
        for trade in converted(body, list[_Trade])
    )


def _fill(trade: _Trade) -> Fill:
    """A fee is in what was bought, or in Gate's own coin; what an account is given is no fee."""
    fee, asset = trade.fee, trade.fee_currency
    if not amount(trade.fee.removeprefix("-")) and amount(trade.gt_fee):
        fee, asset = trade.gt_fee or "", "GT"
    return Fill(
        trade.id,
        int(trade.create_time_ms.partition(".")[0]),
        parse_amount(trade.price),
        parse_amount(trade.amount),
        ZERO if fee.startswith("-") else amount(fee),
        asset,
    )


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds for trading, by asset."""
    return {
        row.currency: Holding(parse_amount(row.available), parse_amount(row.locked))
        for row in converted(body, list[_Balance])
    }


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written."""
    return {
        f"{row.base}/{row.quote}": Market(
            row.base,
            row.quote,
            tick=step(row.precision),
            lot=step(row.amount_precision),
            min_notional=amount(row.min_quote_amount),
            min_quantity=amount(row.min_base_amount),
        )
        for row in converted(body, list[_Pair])
        if row.id == f"{row.base}_{row.quote}" and _NAME.fullmatch(row.id)
    }


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first. Gate tells turnover, last, highest, lowest, first, volume."""
    return tuple(
        Candle(int(start) * 1_000, *map(parse_amount, (first, high, low, last, volume, turnover)))
        for start, turnover, last, high, low, first, volume, *_ in converted(body, list[list[str]])
    )


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _Book)
    bid, ask = (parse_amount(side[0][0]) if side else ZERO for side in (told.bids, told.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Clock).server_time


def key_rights(body: bytes) -> KeyRights:
    """What the account's keys may do, as Gate tells of all of them at once and names none in full:
    each that is good counts. What has a name that is not known here counts as itself."""
    keys = [key for key in converted(body, list[_Key]) if key.state == _NORMAL]
    named = (right.name for key in keys for right in key.perms if not right.read_only)
    can = dict.fromkeys(_RIGHTS.get(name, name) for name in named if name not in _READING)
    return KeyRights(tuple(can), bool(keys) and all(key.ip_whitelist for key in keys))


def _report(order: _Order) -> OrderReport:
    side, size = _side(order.side), parse_amount(order.amount)
    is_total = order.type == "market" and side is Side.BUY
    if order.filled_amount is not None:
        executed = parse_amount(order.filled_amount)
    elif is_total:
        raise ValueError("it is not told how much of an order was filled")
    else:
        executed = size - parse_amount(order.left)
    name = order.text or ""
    return OrderReport(
        symbol=order.currency_pair.replace("_", "/"),
        order_id=order.id,
        client_order_id=name if name.startswith("t-") else "",
        status=_status(order.status, executed),
        executed=executed,
        side=side,
        created_ms=order.create_time_ms,
        quantity=None if is_total else size,
    )


def _status(word: str, executed: Decimal) -> OrderStatus:
    match word:
        case "open":
            return OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
        case "closed":
            return OrderStatus.FILLED
        case "cancelled":
            return OrderStatus.CANCELED
    raise ValueError(f"{word[:20]!r} is no status of an order")


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _label(response: Response) -> str | None:
    answer = parsed(response.body)
    label = answer.get("label") if isinstance(answer, dict) else None
    return label if isinstance(label, str) and label else None


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Gate's form, such that its clients raise their usual exception."""
    status, label = _CODES[refusal.reason]
    return Response(status, msgspec.json.encode({"label": label, "message": refusal.text}))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
