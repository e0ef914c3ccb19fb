"""Bitfinex, its API v2. Orders on margin and on futures are read and never written.

https://docs.bitfinex.com/docs/rest-auth, .../reference/rest-auth-submit-order and those beside it,
.../docs/flag-values, .../docs/abbreviations-glossary (error codes)
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.kit.answers import converted, parsed, turnover
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
from tradelatch.exchanges.kit.shapes import shaped, time_in_force
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
)
from tradelatch.model.markets import Candle, Market, TopOfBook, split_symbol
from tradelatch.model.money import ZERO, is_told, parse_amount, plain
from tradelatch.model.orders import (
    Fill,
    Number,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)

NAME = "bitfinex"
HOSTS: Mapping[str, str] = {
    "": "https://api.bitfinex.com",
    "pub": "https://api-pub.bitfinex.com",
}
KEYS_AT = 'Bitfinex, "API Keys"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 0
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = False
COVERS = frozenset({"path", "body"})
CLIENT_ID = "cid"
OWN_NAMES = ""
"""All: an order is found by its client order id only with the day on which it was placed, and in
those that the signer chooses it stands."""
TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 5_000

_WINDOW_MS = 5_000
_DAY_S = 86_400

_W, _R = "/v2/auth/w/order", "/v2/auth/r"
_SPAN = "start end limit"
_ORDERS = "id gid cid cid_date"

TABLE = Table(
    (
        *listed(
            Kind.PLACE,
            "POST",
            {f"{_W}/submit": "type symbol amount price price_aux_limit flags cid"},
        ),
        *listed(Kind.BATCH, "POST", {f"{_W}/multi": ""}),
        *listed(Kind.AMEND, "POST", {f"{_W}/update": ""}),
        *listed(Kind.CANCEL, "POST", {f"{_W}/cancel": "id cid cid_date"}),
        *listed(Kind.CANCEL_SOME, "POST", {f"{_W}/cancel/multi": "id all"}),
        *listed(
            Kind.ACCOUNT,
            "POST",
            {
                f"{_R}/wallets": "",
                f"{_R}/wallets/hist": "currency wallet end",
                f"{_R}/orders": _ORDERS,
                f"{_R}/orders/hist": f"{_SPAN} id",
                f"{_R}/orders/{{symbol}}": _ORDERS,
                f"{_R}/orders/{{symbol}}/hist": f"{_SPAN} id",
                f"{_R}/order/{{symbol}}:{{order}}/trades": "",
                f"{_R}/trades/hist": f"{_SPAN} sort",
                f"{_R}/trades/{{symbol}}/hist": f"{_SPAN} sort",
                f"{_R}/ledgers/hist": f"{_SPAN} category",
                f"{_R}/ledgers/{{currency}}/hist": f"{_SPAN} category",
                f"{_R}/movements/hist": _SPAN,
                f"{_R}/movements/{{currency}}/hist": _SPAN,
                f"{_R}/positions": "",
                f"{_R}/positions/hist": _SPAN,
                f"{_R}/positions/snap": _SPAN,
                f"{_R}/positions/audit": f"id {_SPAN}",
                f"{_R}/info/margin/{{key}}": "",
                f"{_R}/info/user": "",
                f"{_R}/summary": "",
                f"{_R}/permissions": "",
                f"{_R}/logins/hist": _SPAN,
                f"{_R}/audit/hist": _SPAN,
                f"{_R}/deposit/address/all": "method page pageSize",
                "/v2/auth/calc/order/avail": "symbol dir rate type lev",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/v2/platform/status": "",
                "/v2/conf/{config}": "",
                "/v2/tickers": "symbols",
                "/v2/tickers/hist": f"symbols {_SPAN}",
                "/v2/ticker/{symbol}": "",
                "/v2/trades/{symbol}/hist": f"{_SPAN} sort",
                "/v2/book/{symbol}/{precision}": "len",
                "/v2/candles/{candle}/last": "",
                "/v2/candles/{candle}/hist": f"sort {_SPAN}",
                "/v2/stats1/{key}/last": "",
                "/v2/stats1/{key}/hist": f"sort {_SPAN}",
                "/v2/status/{type}": f"keys {_SPAN} sort",
                "/v2/status/deriv/{symbol}/hist": f"sort {_SPAN}",
                "/v2/liquidations/hist": f"sort {_SPAN}",
            },
            "pub",
        ),
    ),
    Unlisted(
        moves=(
            *("/v2/auth/w/funding/", "/v2/auth/w/ext/", "/v2/auth/w/deposit/"),
            *("/v1/offer", "/v1/funding/", "/v1/deposit/"),
        ),
        keys=("/v2/auth/w/token",),
        levered=("/v2/auth/w/position/", "/v2/auth/w/deriv/"),
    ),
)

_COINS = {
    "UST": "USDT",
    "UDC": "USDC",
    "TSD": "TUSD",
    "TERRAUST": "USTC",
    "EUT": "EURT",
    "EUS": "EURS",
    "ALG": "ALGO",
    "AMP": "AMPL",
    "ATO": "ATOM",
    "BCHABC": "XEC",
    "BCHN": "BCH",
    "DAT": "DATA",
    "DOG": "MDOGE",
    "DSH": "DASH",
    "EDO": "PNT",
    "HTX": "HT",
    "IDX": "ID",
    "IOT": "IOTA",
    "IQX": "IQ",
    "LUNA": "LUNC",
    "LUNA2": "LUNA",
    "MNA": "MANA",
    "PAS": "PASS",
    "QSH": "QASH",
    "QTM": "QTUM",
    "RBT": "RBTC",
    "SNG": "SNGLS",
    "STJ": "STORJ",
    "VSY": "VSYS",
    "WAX": "WAXP",
    "XCH": "XCHF",
    "YGG": "YEED",
    "YYW": "YOYOW",
    "ZBT": "ZB",
}
"""Assets that have another name than elsewhere, by Bitfinex's (``pub:map:currency:sym``)."""
_OWN = {unified: own for own, unified in _COINS.items()}
_ASSET = re.compile(r"[A-Z0-9]{2,16}")
_PERPETUAL = "F0"
"""What assets have behind their names in markets of futures."""

_INTEGER = re.compile(r"[1-9][0-9]{0,15}")
_MOST = 2**45
"""Client order ids are below."""
_CHOSEN = re.compile(r"3([0-9]{5})([0-9]{5})[0-9]{3}")
"""Those that the signer chooses: the day and its second (UTC), then the order's number."""
_CHOSEN_IN_JSON = re.compile(rb"(?<=[\[,:\s])3[0-9]{13}(?=[\s,\]}])")
_SIGNED = re.compile(r"-?[0-9][0-9.]{0,39}")
_BITS = re.compile(r"[0-9]{1,9}")
_TYPES: Mapping[str, tuple[OrderType, TimeInForce | None, tuple[str, ...]]] = {
    "LIMIT": (OrderType.LIMIT, TimeInForce.GTC, ()),
    "IOC": (OrderType.LIMIT, TimeInForce.IOC, ()),
    "FOK": (OrderType.LIMIT, TimeInForce.FOK, ()),
    "MARKET": (OrderType.MARKET, None, ()),
    # Set off when the market is at the price or beyond, from whichever side it would lose.
    "STOP": (OrderType.STOP_LOSS, None, ()),
    "STOP LIMIT": (OrderType.STOP_LOSS_LIMIT, TimeInForce.GTC, ()),
    "TRAILING STOP": (OrderType.MARKET, None, ("a trailing distance",)),
}
_SPOT = "EXCHANGE "
_KINDS = {prefix + word: (prefix, *what) for word, what in _TYPES.items() for prefix in ("", _SPOT)}
_WORDS = {(kind, lasting): word for word, (kind, lasting, more) in _TYPES.items() if not more}
_WORDS[OrderType.LIMIT_MAKER, None] = "LIMIT"
_POST_ONLY, _REDUCE_ONLY, _OCO = 4_096, 1_024, 16_384
_FLAGS = {
    64: "a hidden order",
    512: "flag 'close'",
    _POST_ONLY: "flag 'post only' of an order that is not to stand in a book",
    524_288: "flag 'no variable rates'",
}
_EITHER = "one of two orders that cancel each other"
_STATUS = {
    "ACTIVE": OrderStatus.NEW,
    "PARTIALLY FILLED": OrderStatus.PARTIALLY_FILLED,
    "EXECUTED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "POSTONLY CANCELED": OrderStatus.CANCELED,
    "IOC CANCELED": OrderStatus.CANCELED,
    "FILLORKILL CANCELED": OrderStatus.CANCELED,
    "INSUFFICIENT BALANCE": OrderStatus.CANCELED,
    "INSUFFICIENT MARGIN": OrderStatus.CANCELED,
    "RSN_DUST": OrderStatus.CANCELED,
    "RSN_PAUSE": OrderStatus.CANCELED,
}
"""By how the text begins; what else it says is of what came before."""
_INTERVALS = {"1m": ("1m", 60_000), "1d": ("1D", 86_400_000)}
"""Bitfinex's words, and milliseconds."""
_PRICE_DIGITS = 5
"""So many of a price count: more are cut off (docs.bitfinex.com, Introduction)."""
_STEP = Decimal("0.00000001")
"""Of amounts and prices, of which Bitfinex takes no more than five digits besides."""
_MOST_ORDERS = 2_500
"""So many orders are told of at once."""
_MOST_ROWS = 100
"""More operations or ids than Bitfinex takes at once: each of them is recorded."""
_TOO_OFTEN, _GENERIC = 11_010, 10_001
_REJECTED = frozenset({10_020, 10_100, 10_111, 10_112, 10_113, 10_114, _TOO_OFTEN})
_PLAIN_NO = re.compile(
    r"invalid (?:order|price|amount)|not enough|available balance|m(?:in|ax)imum (?:size|amount)"
    r"|order not found|permission",
    re.IGNORECASE,
)
"""What is said where the generic code means that an order was not taken."""
_CODES = {
    Reason.UNKNOWN_KEY: (500, 10_100),
    Reason.BAD_SIGNATURE: (500, 10_100),
    Reason.OUTSIDE_WINDOW: (500, 10_114),
    Reason.BAD_PARAMETER: (500, 10_020),
    Reason.UNKNOWN_ENDPOINT: (500, 10_020),
    # The generic code that it has for orders is, to ccxt, about the key's permissions.
    Reason.ORDER_DENIED: (500, 10_020),
    Reason.CANCEL_DENIED: (500, 10_020),
    Reason.AMEND_DENIED: (500, 10_020),
    Reason.NOT_PERMITTED: (500, _GENERIC),
    Reason.TOO_LARGE: (500, 10_020),
    Reason.TOO_OFTEN: (429, _TOO_OFTEN),
    Reason.UNAVAILABLE: (500, 20_060),
    Reason.OUTCOME_UNKNOWN: (500, 20_060),
}
_RIGHTS = {
    "orders": "trade",
    "withdraw": "withdraw",
    "ui_withdraw": "withdraw",
    "wallets": "transfer",
    "positions": "margin",
}
"""By the scope that may be written."""
_HARMLESS = frozenset({"account", "history", "settings"})


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses: the day, its second and the number, since
    Bitfinex takes whole numbers of less than 45 bits."""
    day, second = divmod(now_ms // 1_000, _DAY_S)
    return f"3{day:05}{second:05}{number % 1_000:03}"


def unified(name: str) -> str:
    """``tBTCUST`` and ``tDUSK:USD`` as ``BTC/USDT`` and ``DUSK/USD``, and of futures
    ``tBTCF0:USTF0`` as ``BTC/USDT:USDT``. Without a colon each asset has three letters.

    Raises:
        Refusal: BAD_PARAMETER, it is no market's name.
    """
    try:
        return _unified(name)
    except ValueError as error:
        raise Refusal(Reason.BAD_PARAMETER, str(error)) from None


def _unified(name: str) -> str:
    base, colon, quote = name[1:].partition(":")
    if not colon:
        base, quote = name[1:4], name[4:]
    if not name.startswith("t") or (not colon and len(quote) != 3):
        raise ValueError(f"{name[:40]!r} is no market's name")
    if base.endswith(_PERPETUAL) and quote.endswith(_PERPETUAL):
        base, quote = (_coin(one.removesuffix(_PERPETUAL)) for one in (base, quote))
        return f"{base}/{quote}:{quote}"
    return f"{_coin(base)}/{_coin(quote)}"


def _coin(own: str) -> str:
    if not _ASSET.fullmatch(own) or (own in _OWN and own not in _COINS):
        raise ValueError(f"{own[:40]!r} is no asset's name at Bitfinex")
    return _COINS.get(own, own)


def _named(symbol: str) -> str:
    base, quote = (_OWN.get(asset, asset) for asset in split_symbol(symbol))
    name = f"t{base}{quote}" if len(base) == len(quote) == 3 else f"t{base}:{quote}"
    if _unified(name) != symbol:
        raise ValueError(f"{symbol!r} is no market at Bitfinex")
    return name


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("bfx-apikey")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check the signature: HMAC-SHA384 (hex) over ``/api``, path, nonce and body. There is no time
    in it, only the nonce, which is higher each time.

    Raises:
        Refusal: BAD_SIGNATURE or BAD_PARAMETER.
    """
    told = signatures.header(request, "bfx-signature")
    nonce = signatures.header(request, "bfx-nonce")
    number = signatures.whole("BFX-NONCE", nonce)
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Bitfinex knows no keys of that kind")
    if request.query:  # it would be signed by nothing
        raise Refusal(Reason.BAD_PARAMETER, "Bitfinex takes no query where requests are signed")
    payload = _payload(request, nonce)
    signatures.check_signature(_signature(key, payload), told)
    return signatures.signed(now_ms, _WINDOW_MS, payload, number)


def _payload(request: Request, nonce: str) -> bytes:
    return f"/api{request.path}{nonce}".encode(errors="surrogatepass") + request.body


def _signature(secret: bytearray, payload: bytes) -> str:
    return signatures.mac(secret, payload, "sha384").hex()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    return read_by(TABLE, _READERS, request)


def _order(sent: Sent, more: tuple[str, ...] = ()) -> tuple[PlaceOrder, ...]:
    """One order, or two of which one cancels the other."""
    prefix, kind, lasting, beyond = sent.need_word("type", _KINDS)
    symbol = unified(sent.need("symbol"))
    side, quantity = _side_and_amount(sent)
    if prefix != _SPOT or ":" in symbol:
        more = (*more, LEVERAGE)
    flags = int(sent.text("flags", _BITS) or 0)
    price, stop_price = _prices(sent, kind)
    name, odd = _client_id(sent)
    sent.take("gid")  # a mark that orders share; no order is looked up by it here
    odd += _meta(sent)
    other = sent.amount("price_oco_stop") if flags & _OCO else None
    if flags & _POST_ONLY and (kind, lasting) == (OrderType.LIMIT, TimeInForce.GTC):
        kind, flags = OrderType.LIMIT_MAKER, flags & ~_POST_ONLY
    is_reduce_only = bool(flags & _REDUCE_ONLY)
    odd += _cut_off(price, stop_price, other)
    beyond = (*more, *beyond, *odd, *_said(flags, other), *sent.rest)
    order = PlaceOrder(
        symbol,
        side,
        kind,
        quantity=quantity,
        price=price,
        time_in_force=time_in_force(kind, lasting),
        stop_price=stop_price,
        client_order_id=name,
        reduce_only=is_reduce_only,
        unbounded=tuple(dict.fromkeys(beyond)),
    )
    if other is None:
        return (shaped(order),)
    stop = structs.replace(
        order,
        type=OrderType.STOP_LOSS,
        price=None,
        time_in_force=None,
        stop_price=other,
        client_order_id=None,
    )
    return shaped(order), shaped(stop)


def _cut_off(*prices: Decimal | None) -> tuple[str, ...]:
    """Of a longer price Bitfinex cuts off the rest: of a sell it would be a lower limit than the
    one that is judged."""
    digits = (len(price.normalize().as_tuple().digits) for price in prices if price is not None)
    is_cut = any(count > _PRICE_DIGITS for count in digits)
    return (f"a price of more than {_PRICE_DIGITS} digits",) if is_cut else ()


def _prices(sent: Sent, kind: OrderType) -> tuple[Decimal | None, Decimal | None]:
    """The limit and what is waited for, which has the first place where there are both. A market
    order is asked for a price that has no meaning."""
    if kind.waits:
        stop_price = sent.amount("price")
        return sent.amount("price_aux_limit") if kind.has_limit else None, stop_price
    if not kind.has_limit:
        sent.take("price")
        sent.take("price_trailing")
        return None, None
    return sent.amount("price"), None


def _side_and_amount(sent: Sent) -> tuple[Side, Decimal]:
    text = sent.need("amount", _SIGNED)
    amount = Sent({"amount": text.removeprefix("-")}).amount("amount")
    assert amount is not None
    return Side.SELL if text.startswith("-") else Side.BUY, amount


def _client_id(sent: Sent) -> tuple[str | None, tuple[str, ...]]:
    """A whole number; another one could not be sent, and nothing is recorded of it."""
    name = sent.text("cid")
    if name is None or _is_client_id(name):
        return name, ()
    return None, ("a client order id that is no whole number of less than 45 bits",)


def _is_client_id(name: str) -> bool:
    return bool(_INTEGER.fullmatch(name)) and int(name) < _MOST


def _meta(sent: Sent) -> tuple[str, ...]:
    """What more there is besides who wrote the client."""
    meta = sent.inner("meta")
    if meta is None:
        return ()
    meta.take("aff_code")
    return ("parameter 'meta'",) if meta.rest else ()


def _said(flags: int, other: Decimal | None) -> tuple[str, ...]:
    """What flags say that nothing bounds."""
    said = []
    for bit in (1 << place for place in range(flags.bit_length())):
        if flags & bit == 0:
            continue
        if bit == _REDUCE_ONLY:  # of a position
            said.append(LEVERAGE)
        elif bit == _OCO and other is not None:
            said.append(_EITHER)
        else:
            said.append(_FLAGS.get(bit, f"flag {bit}"))
    return tuple(said)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    operations = sent.take("ops")
    sent.end()
    if not isinstance(operations, list) or not 0 < len(operations) <= _MOST_ROWS:
        says = f"parameter 'ops': use a list of 1 to {_MOST_ROWS} operations"
        raise Refusal(Reason.BAD_PARAMETER, says)
    more = (BATCH,) if len(operations) > 1 else ()
    return tuple(intent for one in operations for intent in _operation(one, more))


def _operation(one: Any, more: tuple[str, ...]) -> tuple[AnyIntent, ...]:
    match one:
        case [str(word), dict()] if word in _OPERATIONS:
            return _OPERATIONS[word](Sent(one[1]), more)
    raise Refusal(Reason.BAD_PARAMETER, f"parameter 'ops': {str(one)[:40]!r} is no operation")


def _changed(sent: Sent) -> tuple[AmendOrder]:
    """Whether it keeps its place in the book is not told."""
    number, name = _ids(sent)
    amount = _side_and_amount(sent)[1] if "amount" in sent else None
    price = sent.amount("price")
    more = tuple(
        f"parameter {name!r}"
        for name in ("delta", "price_aux_limit", "price_trailing", "flags", "lev", "tif", "gid")
        if sent.take(name) is not None
    )
    sent.end()
    return (AmendOrder(None, amount, number, name, price, ("a changed order at Bitfinex", *more)),)


def _ids(sent: Sent) -> tuple[int | None, str | None]:
    """The one order that is named. The day of a client order id is known where the order is."""
    number, name = sent.text("id", _INTEGER), sent.text("cid", _INTEGER)
    sent.text("cid_date")
    if (number is None) is (name is None):
        raise Refusal(Reason.BAD_PARAMETER, "name one order, by 'id' or by 'cid'")
    return None if number is None else int(number), name


def _cancel(sent: Sent) -> tuple[CancelOrder]:
    number, name = _ids(sent)
    sent.end()
    return (CancelOrder(None, number, name),)


def _cancels(sent: Sent) -> tuple[CancelOrder, ...]:
    if sent.take("all") in ("1", True):
        sent.end()
        return (CancelOrder(None),)
    numbers = sent.ids("id") if "id" in sent else []
    names = sent.take("cid") or []
    sent.end()
    pairs = isinstance(names, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in names
    )
    if not pairs or not 0 < len(numbers) + len(names) <= _MOST_ROWS:
        raise Refusal(Reason.BAD_PARAMETER, "name orders, by 'id' or by 'cid' with its day")
    if not all(map(_INTEGER.fullmatch, (*numbers, *(name for name, _ in names)))):
        raise Refusal(Reason.BAD_PARAMETER, "ids of orders are whole numbers")
    return (
        *(CancelOrder(None, int(number)) for number in numbers),
        *(CancelOrder(None, client_order_id=name) for name, _ in names),
    )


def _account(sent: Sent, endpoint: Endpoint) -> tuple[ReadAccount]:
    """With a list of ids as one text."""
    asked = sent.take("id") if "id" in endpoint.parameters else None
    ids = asked if isinstance(asked, list) else [asked or ""]
    if asked is not None and not all(_INTEGER.fullmatch(str(one)) for one in ids or [""]):
        raise Refusal(Reason.BAD_PARAMETER, "parameter 'id': use a list of whole numbers")
    understood = sent.understood((*endpoint.holes, *endpoint.parameters))
    sent.end()
    named = () if asked is None else (("id", ",".join(ids)),)
    return (ReadAccount(endpoint.what, (*understood, *named)),)


_READERS: Readers = {
    Kind.PLACE: lambda sent, endpoint: _order(sent),
    Kind.BATCH: _batch,
    Kind.AMEND: lambda sent, endpoint: _changed(sent),
    Kind.CANCEL: lambda sent, endpoint: _cancel(sent),
    Kind.CANCEL_SOME: lambda sent, endpoint: _cancels(sent),
    Kind.ACCOUNT: _account,
}
_OPERATIONS: Mapping[str, Callable[[Sent, tuple[str, ...]], tuple[AnyIntent, ...]]] = {
    "on": _order,
    "oc": lambda sent, more: _cancel(sent),
    "oc_multi": lambda sent, more: _cancels(sent),
    "ou": lambda sent, more: _changed(sent),
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
    """The request to send, composed from nothing but the intents. Bitfinex has no time window.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    endpoint, words = _words(intents, now_ms)
    request = worded(endpoint, words, HOSTS, base_url)
    if endpoint.kind is Kind.MARKET:
        return request
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    payload = _payload(request, str(nonce))
    return with_headers(
        request,
        ("bfx-nonce", str(nonce)),
        ("bfx-apikey", credentials.key_id),
        ("bfx-signature", _signature(credentials.secret, payload)),
    )


def _words(intents: Sequence[AnyIntent], now_ms: int) -> tuple[Endpoint, Words]:
    if len(intents) != 1:
        numbers = [one.order_id for one in intents if isinstance(one, CancelOrder) and one.order_id]
        if not numbers or len(numbers) < len(intents):
            raise ValueError("Bitfinex gets one order at a time")
        return _endpoint("cancel/multi", Kind.CANCEL_SOME), [("id", [int(n) for n in numbers])]
    match intents[0]:
        case PlaceOrder(unbounded=(), reduce_only=False, test=False) as order:
            return _endpoint("submit", Kind.PLACE), _order_words(order)
        case CancelOrder(order_id=None, client_order_id=None, list_id=None, listed=None, mode=None):
            return _endpoint("cancel/multi", Kind.CANCEL_SOME), [("all", 1)]
        case CancelOrder(list_id=None, listed=None, mode=None) as cancel:
            return _endpoint("cancel", Kind.CANCEL), _id_words(cancel, now_ms)
        case ReadAccount() as asked:
            return TABLE.named(asked.what, Kind.ACCOUNT), _read_words(asked)
        case ReadMarket() as asked:
            return TABLE.named(asked.what, Kind.MARKET), list(asked.parameters)
        case other:
            raise ValueError(f"{other!r} is never sent")


def _endpoint(name: str, kind: Kind) -> Endpoint:
    return TABLE.named(f"POST {_W}/{name}", kind)


def _order_words(order: PlaceOrder) -> Words:
    word = _WORDS.get((order.type, order.time_in_force))
    if word is None or order.quantity is None:
        raise ValueError(f"an order of type {order.type} in quote or for so long is never sent")
    sign = "-" if order.side is Side.SELL else ""
    price, limit = order.price, None
    if order.type.waits:
        price, limit = order.stop_price, order.price
    words: Words = [
        ("type", _SPOT + word),
        ("symbol", _named(order.symbol)),
        ("amount", sign + plain(order.quantity)),
        ("price", price and plain(price)),
        ("price_aux_limit", limit and plain(limit)),
        ("flags", _POST_ONLY if order.type is OrderType.LIMIT_MAKER else None),
        ("cid", order.client_order_id and int(order.client_order_id)),
    ]
    return [(name, value) for name, value in words if value is not None]


def _id_words(cancel: CancelOrder, now_ms: int) -> Words:
    if cancel.order_id is not None:
        return [("id", int(cancel.order_id))]
    name = cancel.client_order_id or ""
    return [("cid", int(name)), ("cid_date", _day(name, now_ms))]


def _day(name: str, now_ms: int) -> str:
    """The day on which the order of a client order id was placed: today, if the signer did not
    choose it."""
    chosen = _CHOSEN.fullmatch(name)
    seconds = int(chosen[1]) * _DAY_S if chosen else now_ms // 1_000
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _read_words(asked: ReadAccount) -> Words:
    """With whole numbers as Bitfinex wants them, and the day of a client order id that has it in
    itself."""
    told = dict(asked.parameters)
    if _CHOSEN.fullmatch(name := told.get(CLIENT_ID, "")):
        told["cid_date"] = _day(name, 0)
    holes = TABLE.named(asked.what, Kind.ACCOUNT).holes
    return [(name, text if name in holes else _typed(name, text)) for name, text in told.items()]


def _typed(name: str, text: str) -> Any:
    if name == "id":
        return [int(one) for one in text.split(",")]
    return int(text) if re.fullmatch(r"-?[1-9][0-9]{0,15}|0", text) else text


def ask_order(
    symbol: str, client_order_id: str, number: Number | None
) -> tuple[ReadAccount, ReadAccount]:
    """How does this order stand? Bitfinex tells of open and of closed orders apart, and of the
    closed ones by their numbers alone: without one, of all that closed since it was placed."""
    if number is not None:
        words = (("id", str(number)),)
        return ReadAccount(_OPEN, words), ReadAccount(_CLOSED, words)
    market = ("symbol", _named(symbol))
    chosen = _CHOSEN.fullmatch(client_order_id)
    placed_s = int(chosen[1]) * _DAY_S + int(chosen[2]) if chosen else 0
    since = (("start", str((placed_s - 60) * 1_000)),) if placed_s else ()
    return (
        ReadAccount(f"POST {_R}/orders/{{symbol}}", (market,)),
        ReadAccount(
            f"POST {_R}/orders/{{symbol}}/hist", (market, *since, ("limit", str(_MOST_ORDERS)))
        ),
    )


_OPEN, _CLOSED = f"POST {_R}/orders", f"POST {_R}/orders/hist"
_TRADES = f"POST {_R}/trades/{{symbol}}/hist"


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    if number is not None:
        return CancelOrder(symbol, number)
    return CancelOrder(symbol, client_order_id=client_order_id)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders, whatever their market: they come in one answer."""
    return (ReadAccount(_OPEN),)


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the first since a mark, or the last."""
    market, most = ("symbol", _named(symbol)), ("limit", str(TRADES_AT_ONCE))
    if after is None:
        return ReadAccount(_TRADES, (market, most))
    return ReadAccount(_TRADES, (market, ("start", str(after.time_ms)), most, ("sort", "1")))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day, the first of them first."""
    market, most = ("symbol", _named(symbol)), ("limit", str(TRADES_AT_ONCE))
    span = (("start", str(start_ms)), ("end", str(end_ms)))
    return ReadAccount(_TRADES, (market, *span, most, ("sort", "1")))


def ask_balances() -> ReadAccount:
    """What the account holds."""
    return ReadAccount(f"POST {_R}/wallets")


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount(f"POST {_R}/permissions")


def ask_markets() -> ReadMarket:
    """All markets with their least amounts."""
    return ReadMarket("GET /v2/conf/{config}", (("config", "pub:info:pair"),))


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 5000 intervals from a time on; those without trades are left out."""
    word, length = _INTERVALS[interval]
    span = (("start", str(start_ms)), ("end", str(start_ms + CANDLES_AT_ONCE * length - 1)))
    words = (("candle", f"trade:{word}:{_named(symbol)}"), ("sort", "1"), *span)
    return ReadMarket("GET /v2/candles/{candle}/hist", (*words, ("limit", str(CANDLES_AT_ONCE))))


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("symbol", _named(symbol)), ("precision", "P0"), ("len", "1"))
    return ReadMarket("GET /v2/book/{symbol}/{precision}", words)


def ask_time() -> ReadMarket:
    """The exchange's clock: it has none, and tells of its most watched future when it looked at
    it."""
    return ReadMarket("GET /v2/status/{type}", (("type", "deriv"), ("keys", "tBTCF0:USTF0")))


# What the exchange answers: lists, in which each place has its meaning


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    match parsed(response.body):
        case ["error", str(code), str(text), *_]:
            is_no = code == str(_GENERIC) and _PLAIN_NO.search(text)
            return Verdict.REJECTED if is_no or _is_among(code, _REJECTED) else Verdict.UNKNOWN
        case [_, str(), _, _, _, _, str(status), *_] if response.status == 200:
            return _VERDICTS.get(status, Verdict.UNKNOWN)
    return Verdict.UNKNOWN


_VERDICTS = {
    "SUCCESS": Verdict.DONE,
    "ERROR": Verdict.REJECTED,
    "FAILURE": Verdict.REJECTED,
}
"""By the status of a notification."""


def _is_among(code: str, codes: Collection[int]) -> bool:
    return code.isdecimal() and len(code) < 10 and int(code) in codes


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of the intents that a request was written from. Of cancels nothing is told but
    that they were taken."""
    verdict = judge(response)
    if verdict is not Verdict.DONE or not isinstance(intents[0], PlaceOrder):
        return (Outcome(verdict),) * len(intents)
    (order,) = _rows(_rows(converted(response.body, list[Any]))[4])
    return (Outcome(verdict, (_report(order),)),)


def says_too_often(response: Response) -> bool:
    """Whether Bitfinex was asked more often than it allows."""
    match parsed(response.body):
        case ["error", str(code), *_] if _is_among(code, {_TOO_OFTEN}):
            return True
    return response.status == 429


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if it is not among those that were looked through.

    Raises:
        ValueError: it does not say.
    """
    told = open_orders(response.body)
    found = [report for report in told if report.client_order_id == client_order_id]
    if not found and len(told) >= _MOST_ORDERS:
        raise ValueError("it is none of those that are told of, and there may be more")
    return found[0] if found else None


def cancelled_order(body: bytes) -> OrderReport | None:
    """Bitfinex tells how the order stood before, and that it takes the cancel."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    return open_orders(body) if intent.what.startswith(_OPEN) else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list."""
    return tuple(map(_report, converted(body, list[list[Any]])))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    return tuple(map(_trade, converted(body, list[list[Any]])))


def _trade(row: list[Any]) -> OwnTrade:
    number, market, time_ms, order, amount, price, _, _, _, fee, fee_asset = _cut(row, 11)
    traded = _number(amount)
    fill = Fill(
        _whole(number),
        _whole(time_ms),
        _number(price),
        abs(traded),
        -_number(fee),
        _COINS.get(_text(fee_asset), _text(fee_asset)),
    )
    side = Side.SELL if traded < 0 else Side.BUY
    return OwnTrade(_whole(order), fill, side, _told_symbol(_text(market)))


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds for trading without leverage, by asset."""
    held = {}
    for row in converted(body, list[list[Any]]):
        wallet, asset, balance, _, available = _cut(row, 5)
        if wallet == "exchange":
            total = max(_number(balance), ZERO)
            free = total if available is None else min(max(_number(available), ZERO), total)
            held[_COINS.get(_text(asset), _text(asset))] = Holding(free, total - free)
    return held


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, without futures."""
    (rows,) = converted(body, list[list[Any]])
    found = {}
    for name, info in map(_rows, rows):
        symbol = _told_symbol(f"t{_text(name)}")
        if "/" in symbol and ":" not in symbol:
            base, quote = split_symbol(symbol)
            least = _rows(info)[3]
            found[symbol] = Market(
                base,
                quote,
                tick=_STEP,
                lot=_STEP,
                min_notional=ZERO,
                min_quantity=ZERO if least is None else _number(least),
                price_digits=_PRICE_DIGITS,
            )
    return found


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first. The turnover is not told: it is reckoned at the mean price."""
    return tuple(map(_candle, converted(body, list[list[Any]])))


def _candle(row: list[Any]) -> Candle:
    start, *told = _cut(row, 6)
    first, last, high, low, volume = map(_number, told)
    traded = turnover(volume, first, last, high, low)
    return Candle(_whole(start), first, high, low, last, volume, traded)


def book(body: bytes) -> TopOfBook:
    """The best prices of one market: amounts are below zero where they are offered."""
    bid = ask = ZERO
    for row in converted(body, list[list[Any]]):
        price, _, amount = map(_number, _cut(row, 3))
        if amount > 0:
            bid = max(bid, price)
        else:
            ask = min(ask or price, price)
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms, as of its last look at a market."""
    (row,) = converted(body, list[list[Any]])
    return _whole(_cut(row, 2)[1])


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may change; what has a name that is not known here counts as
    itself. Whether it is bound to addresses is not told."""
    rows = (_cut(row, 3) for row in converted(body, list[list[Any]]))
    scopes = [_text(scope) for scope, _, may_write in rows if _whole(may_write)]
    can = dict.fromkeys(_RIGHTS.get(one, one) for one in scopes if one not in _HARMLESS)
    return KeyRights(tuple(can), False)


def _report(row: list[Any]) -> OrderReport:
    told = _cut(row, 14)
    left, amount = _number(told[6]), _number(told[7])
    status = _status(_text(told[13]))
    executed = abs(amount) - abs(left)
    if executed < 0:
        raise ValueError("more is left of an order than there was")
    if status is OrderStatus.NEW and executed:
        status = OrderStatus.PARTIALLY_FILLED
    return OrderReport(
        symbol=_told_symbol(_text(told[3])),
        order_id=_whole(told[0]),
        client_order_id="" if told[2] is None else str(_whole(told[2])),
        status=status,
        executed=executed,
        side=Side.SELL if amount < 0 else Side.BUY,
        created_ms=_whole(told[4]),
        quantity=abs(amount),
    )


def _status(text: str) -> OrderStatus:
    """``EXECUTED @ 107.6(-0.2)``, ``CANCELED was: PARTIALLY FILLED @ ...``"""
    for word, status in _STATUS.items():
        if text.startswith(word):
            return status
    raise ValueError(f"{text[:20]!r} is no status of an order")


def _told_symbol(name: str) -> str:
    """A market's unified symbol; its own name where it has none."""
    try:
        return _unified(name)
    except ValueError:
        return name


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("the answer has no list where there is one")
    return value


def _cut(row: Any, places: int) -> list[Any]:
    """The first places of a row."""
    if len(_rows(row)) < places:
        raise ValueError(f"a row of the answer has less than {places} places")
    return list(row[:places])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("the answer has no text where there is one")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,18}", value):
        raise ValueError("the answer has no whole number where there is one")
    return int(value)


_NUMBER = re.compile(r"(-?)([0-9]{1,20}(?:\.[0-9]{1,18})?)(?:e-([0-9]{1,2}))?")


def _number(value: Any) -> Decimal:
    """As JavaScript writes it: with an exponent where it is small, and a sign."""
    found = _NUMBER.fullmatch(_text(value))
    if found is None:
        raise ValueError("the answer has no number where there is one")
    number = parse_amount(found[2]).scaleb(-int(found[3] or 0))
    if not is_told(number):
        raise ValueError("a number of the answer has too many places")
    return -number if found[1] else number


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Bitfinex's form, such that its clients raise their usual exception."""
    status, code = _CODES[refusal.reason]
    return Response(status, msgspec.json.encode(["error", code, refusal.text]))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value. They stand between
    other numbers: any that is written as one that the signer chose is taken for it."""

    def anew(found: re.Match[bytes]) -> bytes:
        name = names.get(found[0].decode())
        return found[0] if name is None else name.encode()

    return _CHOSEN_IN_JSON.sub(anew, body)
