"""Bybit, by the fifth version of its API, whose endpoints serve spot, futures and options alike and
are told apart by ``category``. Spot of a unified account is traded; orders of the other categories
are read and never written.

https://bybit-exchange.github.io/docs/v5/guide, .../docs/v5/order/create-order
"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Generic, Literal, TypeVar

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import joined, signatures
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
    RevokeKey,
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

NAME = "bybit"
HOSTS: Mapping[str, str] = {"": "https://api.bybit.com"}
KEYS_AT = 'Bybit, "API Management"'
REVOKES = True
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 0
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = False
COVERS = frozenset({"query", "body"})
CLIENT_ID = "orderLinkId"
OWN_NAMES = "tradelatch-"
TRADES_AT_ONCE = 100
CANDLES_AT_ONCE = 1_000

_WINDOW_MS, _LONGEST_WINDOW_MS = 5_000, 60_000
_ORDERS_AT_ONCE = 50

_ORDER = "category symbol side orderType qty marketUnit price timeInForce orderLinkId"
_IDS = "symbol baseCoin settleCoin orderId orderLinkId"
_PAGE = "limit cursor"
_SPAN = "startTime endTime"
_CANDLES = "category symbol interval start end limit"

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {"/v5/order/create": _ORDER}),
        *listed(Kind.BATCH, "POST", {"/v5/order/create-batch": "category request"}),
        *listed(Kind.AMEND, "POST", {"/v5/order/amend": "", "/v5/order/amend-batch": ""}),
        *listed(Kind.CANCEL, "POST", {"/v5/order/cancel": "category symbol orderId orderLinkId"}),
        *listed(Kind.CANCEL_SOME, "POST", {"/v5/order/cancel-batch": "category request"}),
        *listed(Kind.CANCEL_ALL, "POST", {"/v5/order/cancel-all": "category symbol"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                "/v5/order/realtime": f"category {_IDS} openOnly orderFilter {_PAGE}",
                "/v5/order/history": f"category {_IDS} orderFilter orderStatus {_SPAN} {_PAGE}",
                "/v5/order/spot-borrow-check": "category symbol side",
                "/v5/execution/list": f"category {_IDS} execType {_SPAN} {_PAGE}",
                "/v5/account/wallet-balance": "accountType coin",
                "/v5/account/info": "",
                "/v5/account/fee-rate": "category symbol baseCoin",
                "/v5/account/transaction-log": "accountType category currency baseCoin type "
                f"transSubType {_SPAN} {_PAGE}",
                "/v5/account/contract-transaction-log": f"currency baseCoin type {_SPAN} {_PAGE}",
                "/v5/account/borrow-history": f"currency {_SPAN} {_PAGE}",
                "/v5/account/collateral-info": "currency",
                "/v5/account/instruments-info": f"category symbol {_PAGE}",
                "/v5/account/smp-group": "",
                "/v5/account/withdrawal": "coinName",
                "/v5/user/query-api": "",
                "/v5/asset/coin/query-info": "coin",
                "/v5/asset/transfer/query-account-coin-balance": "accountType coin withBonus",
                "/v5/asset/transfer/query-account-coins-balance": "accountType coin withBonus",
                "/v5/asset/transfer/query-asset-info": "accountType coin",
                "/v5/asset/transfer/query-inter-transfer-list": "transferId coin status "
                f"{_SPAN} {_PAGE}",
                "/v5/asset/deposit/query-record": f"id txID coin {_SPAN} {_PAGE}",
                "/v5/asset/deposit/query-address": "coin chainType",
                "/v5/asset/withdraw/query-record": "withdrawID txID coin withdrawType "
                f"{_SPAN} {_PAGE}",
                "/v5/asset/withdraw/withdrawable-amount": "coin",
                "/v5/position/list": f"category symbol baseCoin settleCoin {_PAGE}",
                "/v5/position/closed-pnl": f"category symbol {_SPAN} {_PAGE}",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/v5/market/time": "",
                "/v5/market/kline": _CANDLES,
                "/v5/market/mark-price-kline": _CANDLES,
                "/v5/market/index-price-kline": _CANDLES,
                "/v5/market/premium-index-price-kline": _CANDLES,
                "/v5/market/instruments-info": "category symbol symbolType status baseCoin "
                f"{_PAGE}",
                "/v5/market/orderbook": "category symbol limit",
                "/v5/market/tickers": "category symbol baseCoin expDate",
                "/v5/market/recent-trade": "category symbol baseCoin optionType limit",
                "/v5/market/funding/history": f"category symbol {_SPAN} limit",
                "/v5/market/open-interest": f"category symbol intervalTime {_SPAN} {_PAGE}",
                "/v5/market/risk-limit": "category symbol cursor",
                "/v5/market/price-limit": "category symbol",
                "/v5/system/status": "id state",
                "/v5/announcements/index": "locale type tag page limit",
            },
        ),
    ),
    Unlisted(
        moves=(
            "/v5/asset/",
            "/asset/v3/",
            "/v5/account/borrow",
            "/v5/account/repay",
            "/v5/account/quick-repayment",
            "/v5/account/no-convert-repay",
            "/v5/crypto-loan",
            "/v5/ins-loan/",
            "/v5/lending/",
            "/v5/earn/",
            "/v5/alpha/",
            "/v5/fiat/",
            "/v5/p2p/",
            "/v5/spot-x/",
            "/v5/spot-lever-token/",
            "/spot/v3/private/cross-margin-",
            "/spot/v3/private/purchase",
            "/spot/v3/private/redeem",
            "POST /v5/spot-margin-trade/",
            "POST /v5/spot-cross-margin-trade/",
        ),
        keys=("/v5/user/", "/user/v3/", "/v5/broker/", "/v5/affiliate/"),
        levered=(
            "/v5/position/",
            "/v5/spot-margin-trade/",
            "/v5/spot-cross-margin-trade/",
            "/v5/account/set-",
            "/contract/v3/",
            "/unified/v3/",
        ),
    ),
)

# fmt: off
_QUOTES = (  # longest first
    "RLUSD", "EURQ", "EURR", "USD1", "USDC", "USDE", "USDQ", "USDR", "USDT", "XUSD", "AED", "BRL",
    "BRZ", "BTC", "DAI", "ETH", "EUR", "GBP", "IDR", "KZT", "MNT", "PLN", "SOL", "TRY",
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# fmt: on
_CONTRACT = re.compile(
    r"([A-Z0-9]{1,20}?)(?:(USDT|USDC|USD|PERP)|(?=-))"
    rf"(?:-([0-9]{{1,2}})({'|'.join(_MONTHS)})([0-9]{{2}})(?:(-[0-9.]{{1,12}}-[CP])(-USDT)?)?)?"
)
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
_SPOT = "spot"
_CATEGORIES = {name: name for name in (_SPOT, "linear", "inverse", "option")}
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_TYPES = {"Limit": OrderType.LIMIT, "Market": OrderType.MARKET}
_TIMES = {
    "GTC": (OrderType.LIMIT, TimeInForce.GTC),
    "IOC": (OrderType.LIMIT, TimeInForce.IOC),
    "FOK": (OrderType.LIMIT, TimeInForce.FOK),
    "PostOnly": (OrderType.LIMIT_MAKER, None),
}
_IN_QUOTE = {"baseCoin": False, "quoteCoin": True}
_RISES = {"1": True, "2": False}
_INTERVALS = {"1m": ("1", 60_000), "1d": ("D", 86_400_000)}
"""Bybit's words, and ms."""
_REALTIME, _HISTORY = "GET /v5/order/realtime", "GET /v5/order/history"
_EXECUTIONS = "GET /v5/execution/list"
_MOST = ("limit", str(TRADES_AT_ONCE))
_MANY_ORDERS = frozenset({_REALTIME, _HISTORY})
_BATCH = "batch"
"""The form of an answer to orders in a list, of which there may be one."""
_GOOD = "0"
_TOO_OFTEN = frozenset({"10006", "10018"})
_NO_SUCH_ORDER = frozenset({"110001", "170213"})
_UNSURE = frozenset(
    {"5004", "10000", "10014", "10016", "170001", "170007", "170032", "170035", "170146"}
    | {"170147", "170234", "3400214"}
)
"""Time ran out, an error within, or said twice: it may have been carried out."""
_CODES = {
    Reason.UNKNOWN_KEY: 10003,
    Reason.BAD_SIGNATURE: 10004,
    Reason.OUTSIDE_WINDOW: 10002,
    Reason.BAD_PARAMETER: 10001,
    Reason.UNKNOWN_ENDPOINT: 10017,
    Reason.ORDER_DENIED: 170210,
    Reason.CANCEL_DENIED: 170213,
    Reason.AMEND_DENIED: 170210,
    Reason.NOT_PERMITTED: 10005,
    Reason.TOO_LARGE: 10001,
    Reason.TOO_OFTEN: 10018,  # at 10006 pybit looks for a header that tells when to go on
    Reason.OUTCOME_UNKNOWN: 170007,
}
_CLIENT_IDS = client_ids("orderLinkId")


_REVOKING = Endpoint(Kind.ACCOUNT, "POST", "/v5/user/delete-api")
"""Not in the table: for bots it is the management of keys. Bybit does it for keys that may move
funds, which are those that matter most (docs/v5/user/rm-master-apikey)."""


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return f"{OWN_NAMES}{now_ms}-{number}"


def unified(name: str) -> str:
    """``ETHBTC`` of spot as ``ETH/BTC``.

    Raises:
        Refusal: BAD_PARAMETER, it is no market's name, or its quote is not known.
    """
    symbol = _split(name)
    if symbol is None:
        raise _bad(f"{name[:40]!r} is no spot market that is known here")
    return symbol


def _split(name: str) -> str | None:
    return joined.unified(name, _QUOTES)


def _contract(name: str) -> str:
    """``BTCUSDT`` of futures as ``BTC/USDT:USDT``, ``BTCPERP`` as ``BTC/USDC:USDC``, ``BTCUSD`` as
    ``BTC/USD:BTC``; those that end, and options, with their date at the end."""
    found = _CONTRACT.fullmatch(name)
    if found is None:
        raise _bad(f"{name[:40]!r} is no contract that is known here")
    base, quote, day, month, year, option, settled = found.groups()
    quote = "USDT" if settled else "USDC" if quote in (None, "PERP") else quote
    ends = f"-{year}{_MONTHS.index(month) + 1:02}{int(day):02}{option or ''}" if month else ""
    return f"{base}/{quote}:{base if quote == 'USD' else quote}{ends}"


def _bad(text: str) -> Refusal:
    return Refusal(Reason.BAD_PARAMETER, text)


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("x-bapi-api-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature and time: HMAC-SHA256 (hex) over time, key id, window, and the query of a GET
    or the body of a POST. Neither method nor path is covered, and nothing else is let in.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    told = signatures.header(request, "x-bapi-sign")
    stamp = signatures.header(request, "x-bapi-timestamp")
    timestamp_ms = signatures.whole("X-BAPI-TIMESTAMP", stamp)
    window, window_ms = "", _WINDOW_MS
    if any(name.lower() == "x-bapi-recv-window" for name, _ in request.headers):
        window = signatures.header(request, "x-bapi-recv-window")
        window_ms = signatures.whole("X-BAPI-RECV-WINDOW", window)
    if window_ms > _LONGEST_WINDOW_MS:
        raise _bad(f"X-BAPI-RECV-WINDOW can be at most {_LONGEST_WINDOW_MS}")
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Bybit's keys of that kind are not supported")
    if request.query if request.method == "POST" else request.body:
        raise _bad("a POST says everything in its body, any other request in its query")
    payload = _payload(request, stamp, key_id(request) or "", window)
    signatures.check_signature(signatures.mac(key, payload).hex(), told)
    signatures.check_time(timestamp_ms, window_ms, now_ms)
    return signatures.signed(timestamp_ms, window_ms, payload)


def _payload(request: Request, stamp: str, key: str, window: str) -> bytes:
    said = request.body or request.query.encode(errors="surrogatepass")
    return f"{stamp}{key}{window}".encode(errors="surrogatepass") + said


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    if request.body and not request.body.startswith(b"{"):
        # What was signed for the query of a GET could be said again as a form.
        raise _bad("the body has to be a JSON object")
    return read_by(TABLE, _READERS, request)


def _place(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder]:
    return (_order(sent, sent.need_word("category", _CATEGORIES)),)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    category, rows = sent.need_word("category", _CATEGORIES), sent.rows("request")
    sent.end()
    if len(rows) == 1:
        return (structs.replace(_order(rows[0], category), response=_BATCH),)
    return tuple(_order(row, category, (BATCH,)) for row in rows)


def _order(sent: Sent, category: str, more: tuple[str, ...] = ()) -> PlaceOrder:
    side, kind = sent.need_word("side", _SIDES), sent.need_word("orderType", _TYPES)
    name, size, is_spot = sent.need("symbol"), sent.amount("qty"), category == _SPOT
    in_quote, lasts = False, None
    if kind is OrderType.MARKET:
        for ignored in ("price", "timeInForce"):
            sent.take(ignored)
        in_quote = is_spot and _is_in_quote(sent, side)
    else:
        sent.drop("marketUnit", "baseCoin")
        kind, lasts = sent.word("timeInForce", _TIMES) or (kind, lasts)
    sent.drop("positionIdx", "0")
    stop_price, kind, stops = _stop(sent, side, kind)
    if not is_spot or sent.take("isLeverage") not in (None, "0", False):
        more = (*more, LEVERAGE)
    if (reduces := sent.flag("reduceOnly")) and is_spot:
        more = (*more, "reduce-only of spot")
    order = PlaceOrder(
        unified(name) if is_spot else _contract(name),
        side,
        kind,
        quantity=None if in_quote else size,
        quote_quantity=size if in_quote else None,
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, lasts),
        stop_price=stop_price,
        client_order_id=sent.text("orderLinkId", _CLIENT_ID),
        reduce_only=reduces,
    )
    return shaped(structs.replace(order, unbounded=(*more, *stops, *sent.rest)))


def _is_in_quote(sent: Sent, side: Side) -> bool:
    """What is bought at the market is sized in quote unless it is said otherwise."""
    unit = sent.word("marketUnit", _IN_QUOTE)
    return side is Side.BUY if unit is None else unit


def _stop(
    sent: Sent, side: Side, kind: OrderType
) -> tuple[Decimal | None, OrderType, tuple[str, ...]]:
    """The stop price, if there is one, and the type that it makes of the order. Spot does not say
    which way the market has to go: it is taken for a stop-loss then."""
    price, rises = sent.amount("triggerPrice"), sent.word("triggerDirection", _RISES)
    stands = sent.take("orderFilter")
    if price is None:
        return None, kind, () if stands in (None, "Order") else ("an order of another kind",)
    is_stop_loss = rises is None or rises is (side is Side.BUY)
    return price, waiting(kind, is_stop_loss=is_stop_loss), ("a stop order at Bybit",)


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent]:
    if sent.need_word("category", _CATEGORIES) != _SPOT:
        return (_levered(endpoint),)
    _only_orders(sent)
    return (_one_cancel(sent),)


def _cancel_all(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent]:
    if sent.need_word("category", _CATEGORIES) != _SPOT:
        return (_levered(endpoint),)
    _only_orders(sent)
    name = sent.text("symbol")
    sent.end()
    return (CancelOrder(name and unified(name)),)


def _cancel_some(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    if sent.need_word("category", _CATEGORIES) != _SPOT:
        return (_levered(endpoint),)
    rows = sent.rows("request")
    sent.end()
    return tuple(map(_one_cancel, rows))


def _one_cancel(sent: Sent) -> CancelOrder:
    symbol, number, name = unified(sent.need("symbol")), sent.id("orderId"), sent.id("orderLinkId")
    sent.end()
    if number is None and name is None:
        raise _bad("use orderId or orderLinkId")
    return CancelOrder(symbol, number, name)


def _only_orders(sent: Sent) -> None:
    """Stop orders stand elsewhere, and none is ever placed from here.

    Raises:
        Refusal: BAD_PARAMETER, they are meant.
    """
    if sent.take("orderFilter") not in (None, "Order"):
        raise _bad("parameter 'orderFilter': stop orders are not cancelled here, use Order")


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    category = sent.need_word("category", _CATEGORIES)
    if "request" not in sent:
        return (_one_amend(sent, category),)
    rows = sent.rows("request")
    sent.end()
    return tuple(_one_amend(row, category) for row in rows)


def _one_amend(sent: Sent, category: str) -> AmendOrder:
    """An edit is never written: Bybit tells that it has heard of it, not whether it was done, and
    until then the order stands as large as before."""
    name, is_spot = sent.need("symbol"), category == _SPOT
    return AmendOrder(
        unified(name) if is_spot else _contract(name),
        sent.amount("qty"),
        sent.id("orderId"),
        sent.id("orderLinkId"),
        sent.amount("price"),
        ("an edit that is not done when it is answered", *sent.rest),
    )


def _levered(endpoint: Endpoint) -> Unknown:
    return Unknown(f"{endpoint.what}: leverage has no stated bound")


_READERS: Readers = {
    Kind.PLACE: _place,
    Kind.BATCH: _batch,
    Kind.AMEND: _amend,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_ALL: _cancel_all,
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
    """The request to send, composed from nothing but the intents. Bybit asks for no nonce.

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
    stamp, window = str(now_ms), str(recv_window_ms)
    payload = _payload(request, stamp, credentials.key_id, window)
    return with_headers(
        request,
        ("X-BAPI-API-KEY", credentials.key_id),
        ("X-BAPI-SIGN", signatures.mac(credentials.secret, payload).hex()),
        ("X-BAPI-TIMESTAMP", stamp),
        ("X-BAPI-RECV-WINDOW", window),
    )


def _words(intent: AnyIntent) -> tuple[Endpoint, Words]:
    match intent:
        case PlaceOrder(unbounded=(), test=False):
            return _order_words(intent)
        case CancelOrder(symbol=symbol) if intent == CancelOrder(symbol):
            market: Words = [("symbol", _spot(symbol))] if symbol else []
            endpoint = TABLE.named("POST /v5/order/cancel-all", Kind.CANCEL_ALL)
            return endpoint, [("category", _SPOT), *market]
        case CancelOrder():
            endpoint = TABLE.named("POST /v5/order/cancel", Kind.CANCEL)
            return endpoint, [("category", _SPOT), *_cancel_words(intent)]
        case ReadAccount():
            return TABLE.named(intent.what, Kind.ACCOUNT), list(intent.parameters)
        case ReadMarket():
            return TABLE.named(intent.what, Kind.MARKET), list(intent.parameters)
        case RevokeKey():
            return _REVOKING, []
    raise ValueError(f"{intent!r} is never sent")


def _order_words(order: PlaceOrder) -> tuple[Endpoint, Words]:
    if order.type.waits or order.reduce_only:
        raise ValueError(f"an order of type {order.type} is never sent to Bybit")
    size = order.quantity if order.quote_quantity is None else order.quote_quantity
    assert size is not None
    unit, lasts = None, order.time_in_force
    if order.type is OrderType.MARKET:
        unit = "baseCoin" if order.quote_quantity is None else "quoteCoin"
    told: Words = [
        ("symbol", _spot(order.symbol)),
        ("side", order.side.capitalize()),
        ("orderType", "Limit" if order.type.has_limit else "Market"),
        ("qty", plain(size)),
        ("marketUnit", unit),
        ("price", order.price and plain(order.price)),
        ("timeInForce", "PostOnly" if order.type is OrderType.LIMIT_MAKER else lasts),
        ("orderLinkId", order.client_order_id),
    ]
    words: Words = [(name, value) for name, value in told if value is not None]
    if order.response == _BATCH:
        endpoint = TABLE.named("POST /v5/order/create-batch", Kind.BATCH)
        return endpoint, [("category", _SPOT), ("request", [dict(words)])]
    return TABLE.named("POST /v5/order/create", Kind.PLACE), [("category", _SPOT), *words]


def _cancels_words(intents: Sequence[AnyIntent]) -> tuple[Endpoint, Words]:
    rows = [dict(_cancel_words(one)) for one in intents if isinstance(one, CancelOrder)]
    if len(rows) != len(intents) or not rows:
        raise ValueError("Bybit gets one order at a time")
    endpoint = TABLE.named("POST /v5/order/cancel-batch", Kind.CANCEL_SOME)
    return endpoint, [("category", _SPOT), ("request", rows)]


def _cancel_words(cancel: CancelOrder) -> Words:
    if cancel.symbol is None or cancel.is_of_list or cancel.mode is not None:
        raise ValueError("Bybit cancels an order by its market and an id")
    ids: Words = [("orderId", cancel.order_id), ("orderLinkId", cancel.client_order_id)]
    told = [(name, str(value)) for name, value in ids if value is not None]
    if not told:
        raise ValueError("Bybit cancels an order by its market and an id")
    return [("symbol", _spot(cancel.symbol)), *told]


def _spot(symbol: str) -> str:
    if ":" in symbol:
        raise ValueError(f"{symbol} is no market of spot")
    return joined.joined(symbol)


def ask_order(
    symbol: str, client_order_id: str, number: Number | None
) -> tuple[ReadAccount, ReadAccount]:
    """How does this order stand? Of those that are done Bybit remembers the last 500 among the open
    ones, and none once it starts anew; the history has them all, but later."""
    market = (("category", _SPOT), ("symbol", joined.joined(symbol)))
    words = (*market, ("orderLinkId", client_order_id))
    return ReadAccount(_REALTIME, words), ReadAccount(_HISTORY, words)


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order; by its number, if it has no name."""
    return CancelOrder(
        symbol, None if client_order_id else number, client_order_id=client_order_id or None
    )


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets, or of all, those that wait among them: a page of 50."""
    more = (("limit", str(_ORDERS_AT_ONCE)),)
    if symbols is None:
        return (ReadAccount(_REALTIME, (("category", _SPOT), *more)),)
    names = map(joined.joined, sorted(symbols))
    return tuple(
        ReadAccount(_REALTIME, (("category", _SPOT), ("symbol", name), *more)) for name in names
    )


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 100 of a week, since of what is after a time Bybit tells
    no more than the week that follows it (docs/v5/order/execution)."""
    return ReadAccount(_EXECUTIONS, (*_trades_words(symbol), _MOST))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day."""
    span = (("startTime", str(start_ms)), ("endTime", str(end_ms)))
    return ReadAccount(_EXECUTIONS, (*_trades_words(symbol), *span, _MOST))


def _trades_words(symbol: str) -> tuple[tuple[str, str], ...]:
    return (("category", _SPOT), ("symbol", joined.joined(symbol)), ("execType", "Trade"))


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount("GET /v5/account/wallet-balance", (("accountType", "UNIFIED"),))


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount("GET /v5/user/query-api")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("GET /v5/market/instruments-info", (("category", _SPOT),))


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 1000 intervals from a time on."""
    word, length = _INTERVALS[interval]
    end_ms = start_ms + CANDLES_AT_ONCE * length - 1
    words = (("category", _SPOT), ("symbol", joined.joined(symbol)), ("interval", word))
    span = (("start", str(start_ms)), ("end", str(end_ms)), ("limit", str(CANDLES_AT_ONCE)))
    return ReadMarket("GET /v5/market/kline", (*words, *span))


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("category", _SPOT), ("symbol", joined.joined(symbol)))
    return ReadMarket("GET /v5/market/tickers", words)


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("GET /v5/market/time")


# What the exchange answers


class _Answer(msgspec.Struct, rename="camel"):
    pass


class _Listed(msgspec.Struct, Generic[_T]):
    rows: list[_T] = msgspec.field(name="list")
    category: str = _SPOT


class _Order(_Answer):
    order_id: str
    symbol: str
    side: str
    order_status: str
    order_type: str
    qty: str
    cum_exec_qty: str
    order_link_id: str = ""
    market_unit: str | None = None
    created_time: int = 0


class _Trade(_Answer):
    exec_id: str
    order_id: str
    symbol: str
    side: str
    exec_price: str
    exec_qty: str
    exec_fee: str
    exec_time: int
    exec_type: str
    fee_currency: str | None = None


class _Coin(_Answer):
    coin: str
    wallet_balance: str
    locked: str | None = None


class _Wallet(_Answer):
    coin: list[_Coin]


class _Lots(_Answer):
    base_precision: str
    min_order_amt: str


class _Prices(_Answer):
    tick_size: str


class _Symbol(_Answer):
    symbol: str
    base_coin: str
    quote_coin: str
    lot_size_filter: _Lots
    price_filter: _Prices


class _Ticker(_Answer):
    bid1_price: str | None
    ask1_price: str | None


class _Clock(_Answer):
    time_nano: int


class _Rights(_Answer):
    read_only: int
    permissions: dict[str, list[str] | None]
    ips: list[str] | None = None
    created_at: str | None = None
    expired_at: str | None = None


class _Number(_Answer):
    order_id: str


class _Told(msgspec.Struct, Generic[_T]):
    """Bybit's envelope; any other code is a refusal."""

    result: _T
    code: Literal["0"] = msgspec.field(name="retCode")


_STATES = {
    "New": OrderStatus.NEW,
    "Untriggered": OrderStatus.NEW,
    "Triggered": OrderStatus.NEW,
    "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Deactivated": OrderStatus.CANCELED,
    "Rejected": OrderStatus.REJECTED,
}
_RIGHTS = {
    "SpotTrade": "trade",
    "Withdraw": "withdraw",
    "AccountTransfer": "transfer",
    "SubMemberTransfer": "transfer",
    "SubMemberTransferList": "transfer",
    "Order": "futures",
    "Position": "futures",
    "DerivativesTrade": "futures",
    "OptionsTrade": "options",
}
_READS = frozenset({"ExchangeHistory"})


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    code = _code(response)
    if code == _GOOD:
        return Verdict.DONE if 200 <= response.status < 300 else Verdict.UNKNOWN
    if code is None or response.status >= 500 or code in _UNSURE:
        return Verdict.UNKNOWN
    return Verdict.REJECTED


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of each intent that a request was written from. Of an order no more is told than
    its number."""
    verdict = judge(response)
    if verdict is not Verdict.DONE:
        return tuple(Outcome(verdict) for _ in intents)
    codes = _codes(response) or [_GOOD] * len(intents)
    if len(codes) != len(intents):
        raise ValueError("the exchange answered to another number of orders than it was asked")
    return tuple(_outcome(*one, response) for one in zip(intents, codes, strict=True))


def _outcome(intent: AnyIntent, code: str, response: Response) -> Outcome:
    if code != _GOOD:
        return Outcome(Verdict.UNKNOWN if code in _UNSURE else Verdict.REJECTED)
    if not isinstance(intent, PlaceOrder):
        return Outcome(Verdict.DONE)
    if intent.response == _BATCH:
        rows = converted(response.body, _Told[_Listed[_Number]]).result.rows
    else:
        rows = [converted(response.body, _Told[_Number]).result]
    if len(rows) != 1 or not rows[0].order_id:
        raise ValueError("an order that was placed has no number")
    name, status = intent.client_order_id or "", OrderStatus.NEW
    report = OrderReport(intent.symbol, rows[0].order_id, name, status, ZERO)
    return Outcome(Verdict.DONE, (report,))


def says_too_often(response: Response) -> bool:
    """Whether Bybit was asked more often than it allows; of an address that asks too often it is
    its gateway that says so, with 403."""
    return response.status in (403, 429) or _code(response) in _TOO_OFTEN


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Bybit knows no such order.

    Raises:
        ValueError: it does not say.
    """
    if _code(response) in _NO_SUCH_ORDER:
        return None
    told = converted(response.body, _Told[_Listed[_Order]]).result
    if told.category != _SPOT or len(told.rows) > 1:
        raise ValueError("not one order of spot is told of")
    return _report(told.rows[0]) if told.rows else None


def cancelled_order(body: bytes) -> OrderReport | None:
    """Bybit tells nothing of an order that it cancels."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders of spot that the answer to any read tells of; none if it tells of none."""
    return open_orders(body) if intent.what in _MANY_ORDERS else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a page."""
    told = converted(body, _Told[_Listed[_Order]]).result
    return tuple(map(_report, told.rows)) if told.category == _SPOT else ()


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    told = converted(body, _Told[_Listed[_Trade]]).result.rows
    return tuple(_own_trade(trade) for trade in told if trade.exec_type == "Trade")


def _own_trade(trade: _Trade) -> OwnTrade:
    side, fee = _side(trade.side), signed_amount(trade.exec_fee)
    base, _, quote = _symbol(trade.symbol).partition("/")
    asset = trade.fee_currency or (base if side is Side.BUY else quote)
    price, quantity = parse_amount(trade.exec_price), parse_amount(trade.exec_qty)
    # A fee that is paid to the account only ever makes a loss smaller.
    fill = Fill(trade.exec_id, trade.exec_time, price, quantity, max(fee, ZERO), asset)
    return OwnTrade(trade.order_id, fill, side)


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds, by asset; of what it owes it holds nothing."""
    held: dict[str, Holding] = {}
    for wallet in converted(body, _Told[_Listed[_Wallet]]).result.rows:
        for row in wallet.coin:
            whole, locked = signed_amount(row.wallet_balance), amount(row.locked)
            held[row.coin] = Holding(max(whole - locked, ZERO), locked)
    return held


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose name could not be written."""
    found = (
        Market(
            row.base_coin,
            row.quote_coin,
            tick=amount(row.price_filter.tick_size),
            lot=amount(row.lot_size_filter.base_precision),
            min_notional=amount(row.lot_size_filter.min_order_amt),
        )
        for row in converted(body, _Told[_Listed[_Symbol]]).result.rows
        if _split(row.symbol) == f"{row.base_coin}/{row.quote_coin}"
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first."""
    rows = converted(body, _Told[_Listed[tuple[int, str, str, str, str, str, str]]]).result.rows
    return tuple(Candle(start, *map(parse_amount, rest)) for start, *rest in reversed(rows))


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _Told[_Listed[_Ticker]]).result.rows
    if len(told) != 1:
        raise ValueError("not one market is told of")
    return TopOfBook(amount(told[0].bid1_price), amount(told[0].ask1_price))


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Told[_Clock]).result.time_nano // 1_000_000


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do; what has a name that is not known here counts as itself. A
    key without addresses ends 90 days after it was made or used last."""
    told = converted(body, _Told[_Rights]).result
    named = [name for names in told.permissions.values() for name in names or ()]
    rights = dict.fromkeys(_RIGHTS.get(name, name) for name in named if name not in _READS)
    can = () if told.read_only else tuple(rights)
    is_bound = bool(told.ips) and "*" not in (told.ips or ())
    made, ends = (
        max(instant_ms(text), 0) if text else 0 for text in (told.created_at, told.expired_at)
    )
    return KeyRights(can, is_bound, made, ends)


def _report(order: _Order) -> OrderReport:
    if order.order_status not in _STATES:
        raise ValueError(f"{order.order_status[:20]!r} is no state of an order")
    side = _side(order.side)
    is_buy = side is Side.BUY
    in_quote = order.order_type == "Market" and _IN_QUOTE.get(order.market_unit or "", is_buy)
    return OrderReport(
        symbol=_symbol(order.symbol),
        order_id=order.order_id,
        client_order_id=order.order_link_id,
        status=_STATES[order.order_status],
        executed=amount(order.cum_exec_qty),
        side=side,
        created_ms=order.created_time,
        quantity=None if in_quote else parse_amount(order.qty),
    )


def _symbol(name: str) -> str:
    """A market of which the account tells; its own name stands for one that is not known here."""
    return _split(name) or name


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _code(response: Response) -> str | None:
    answer = parsed(response.body)
    code = answer.get("retCode") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else None


class _Row(msgspec.Struct):
    code: str


class _Rows(msgspec.Struct):
    rows: list[_Row] = msgspec.field(name="list", default_factory=list)


class _More(msgspec.Struct):
    more: _Rows = msgspec.field(name="retExtInfo", default_factory=_Rows)


def _codes(response: Response) -> list[str]:
    """Of each order of a list; none where the answer is to one."""
    return [row.code for row in converted(response.body, _More).more.rows]


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Bybit's form, such that its clients raise their usual exception. That nothing
    was sent has no code there: it is said as a gateway would say it."""
    if refusal.reason is Reason.UNAVAILABLE:
        text = refusal.text.encode(errors="replace")
        return Response(503, text, (("content-type", "text/plain; charset=utf-8"),))
    code = _CODES[refusal.reason] if refusal.code is None else refusal.code
    answer = {"retCode": code, "retMsg": refusal.text, "result": {}, "retExtInfo": {}}
    return Response(200, msgspec.json.encode(answer))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
