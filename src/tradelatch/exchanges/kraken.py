"""Kraken Spot. Orders with leverage are read and never written.

https://docs.kraken.com/api-reference (``trading``, ``account-data``, ``market-data``),
https://docs.kraken.com/api/docs/guides/spot-rest-auth, .../spot-clordid
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.kit.answers import amount, client_ids, converted, in_base, parsed, renamed
from tradelatch.exchanges.kit.endpoints import (
    BATCH,
    LEVERAGE,
    Endpoint,
    Kind,
    Table,
    Unlisted,
    listed,
)
from tradelatch.exchanges.kit.forms import parse_json_texts
from tradelatch.exchanges.kit.reading import Readers, read_by
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import shaped, time_in_force
from tradelatch.exchanges.kit.wording import Words, form, instant, with_headers, worded
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
from tradelatch.model.money import MONEY, ZERO, parse_amount, plain
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

NAME = "kraken"
HOSTS: Mapping[str, str] = {"": "https://api.kraken.com"}
KEYS_AT = 'Kraken, "Connections & API"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 2_500
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.BASE64
HAS_PASSPHRASE = False
COVERS = frozenset({"path", "body"})
CLIENT_ID = "cl_ord_id"
OWN_NAMES = "tl"
TRADES_AT_ONCE = 50
CANDLES_AT_ONCE = 720

_WINDOW_MS = 5_000

_ORDER = "pair type ordertype volume price price2 oflags timeinforce cl_ord_id validate"
_NAMED = "trades userref cl_ord_id"
_SPAN = "start end ofs without_count"
_OF_ALL = "rebase_multiplier asset_class"
"""Which numbers are told of shares that were split, and whether of shares at all."""


def _private(kind: Kind, paths: dict[str, str]) -> tuple[Endpoint, ...]:
    more = _OF_ALL if kind is Kind.ACCOUNT else ""
    named = {f"/0/private/{name}": f"{names} {more}" for name, names in paths.items()}
    return listed(kind, "POST", named)


def _public(paths: dict[str, str]) -> tuple[Endpoint, ...]:
    # Kraken takes both methods here, and krakenex posts.
    named = {f"/0/public/{name}": names for name, names in paths.items()}
    return (*listed(Kind.MARKET, "GET", named), *listed(Kind.MARKET, "POST", named))


TABLE = Table(
    (
        *_private(Kind.PLACE, {"AddOrder": _ORDER}),
        *_private(Kind.BATCH, {"AddOrderBatch": ""}),
        *_private(Kind.AMEND, {"AmendOrder": "txid cl_ord_id order_qty"}),
        *_private(Kind.REPLACE, {"EditOrder": ""}),
        *_private(Kind.CANCEL, {"CancelOrder": "txid cl_ord_id"}),
        *_private(Kind.CANCEL_SOME, {"CancelOrderBatch": "orders cl_ord_ids"}),
        *_private(Kind.CANCEL_ALL, {"CancelAll": ""}),
        *_private(
            Kind.ACCOUNT,
            {
                "Balance": "",
                "BalanceEx": "",
                "CreditLines": "",
                "TradeBalance": "asset",
                "OpenOrders": _NAMED,
                "ClosedOrders": f"{_NAMED} {_SPAN} closetime consolidate_taker",
                "QueryOrders": "txid trades userref consolidate_taker",
                "OrderAmends": "order_id",
                "TradesHistory": f"type trades {_SPAN} consolidate_taker ledgers",
                "QueryTrades": "txid trades",
                "OpenPositions": "txid docalcs consolidation",
                "Ledgers": f"asset aclass type {_SPAN}",
                "QueryLedgers": "id trades",
                "TradeVolume": "pair fee-info",
                "GetApiKeyInfo": "",
                "Level3": "pair depth",
                "DepositMethods": "asset aclass",
                "DepositAddresses": "asset method aclass",
                "DepositStatus": "asset method start end cursor limit aclass",
                "WithdrawMethods": "asset network aclass",
                "WithdrawAddresses": "asset method key verified aclass",
                "WithdrawStatus": "asset method start end cursor limit aclass",
            },
        ),
        *_public(
            {
                "Time": "",
                "SystemStatus": "",
                "Assets": "asset aclass assetVersion",
                "AssetPairs": "pair info aclass_base country_code assetVersion",
                "Ticker": "pair asset_class assetVersion",
                "OHLC": "pair interval since asset_class assetVersion",
                "Depth": "pair count asset_class assetVersion",
                "GroupedBook": "pair depth grouping",
                "Trades": "pair since count asset_class assetVersion",
                "Spread": "pair since asset_class assetVersion",
            }
        ),
    ),
    Unlisted(
        moves=("/0/private/Earn/", "/0/private/Stake", "/0/private/Unstake"),
        # With a token for websockets orders are placed past the gate.
        keys=("/0/private/CreateSubaccount", "/0/private/GetWebSocketsToken"),
    ),
)

_COINS = {
    "BTC": "BTC",
    "DOGE": "DOGE",
    "XBT": "BTC",
    "XDG": "DOGE",
    "LUNA": "LUNC",
    "LUNA2": "LUNA",
    "UST": "USTC",
    "REP": "REPV1",
    "REPV2": "REP",
}
"""Assets that have another name than elsewhere, by Kraken's."""
_OWN = {unified: own for own, unified in _COINS.items()}
_LEGACY = {
    name: name[1:]
    for name in (
        *("XXBT", "XETH", "XLTC", "XXRP", "XXLM", "XXMR", "XZEC", "XETC", "XREP", "XMLN", "XICN"),
        *("XXDG", "XNMC", "XXVN", "ZUSD", "ZEUR", "ZGBP", "ZCAD", "ZJPY", "ZAUD", "ZKRW"),
    )
}
"""Kraken's first assets have a second name: with an X in front of coins, a Z of currencies."""
_QUOTES = (
    *("USD", "EUR", "GBP", "CAD", "AUD", "JPY", "CHF", "AED", "USDT", "USDC", "USDG", "USDQ"),
    *("USDR", "EURC", "EURQ", "EURR", "PYUSD", "RLUSD", "DAI", "XBT", "BTC", "ETH", "SOL", "DOT"),
)
_ASSET = re.compile(r"[A-Z0-9]{1,16}")

_CLIENT_ID = re.compile(
    r"[!-~]{1,18}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES: Mapping[str, tuple[OrderType, tuple[str, ...]]] = {
    "limit": (OrderType.LIMIT, ()),
    "market": (OrderType.MARKET, ()),
    "stop-loss": (OrderType.STOP_LOSS, ()),
    "stop-loss-limit": (OrderType.STOP_LOSS_LIMIT, ()),
    "take-profit": (OrderType.TAKE_PROFIT, ()),
    "take-profit-limit": (OrderType.TAKE_PROFIT_LIMIT, ()),
    "iceberg": (OrderType.LIMIT, ("an iceberg",)),
    "trailing-stop": (OrderType.MARKET, ("a trailing distance",)),
    "trailing-stop-limit": (OrderType.MARKET, ("a trailing distance",)),
    "settle-position": (OrderType.MARKET, (LEVERAGE,)),
}
_WORDS = {kind: word for word, (kind, more) in _TYPES.items() if not more}
_WORDS[OrderType.LIMIT_MAKER] = "limit"
_TIMES: Mapping[str, tuple[TimeInForce, tuple[str, ...]]] = {
    "GTC": (TimeInForce.GTC, ()),
    "IOC": (TimeInForce.IOC, ()),
    "FOK": (TimeInForce.FOK, ()),
    "GTD": (TimeInForce.GTC, ("an end in time",)),
}
_FLAGS: Mapping[str, tuple[str, ...]] = {
    # In which asset the fee is taken changes nothing of its worth.
    "fciq": (),
    "fcib": (),
    "viqc": (),
    "post": (),
    "nompp": ("no protection of its price",),
}
_WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = {
    "leverage": ("none",),
    "starttm": ("0",),
    "expiretm": ("0",),
    "trigger": ("last",),
    "stptype": ("cancel-newest",),
    "trading_agreement": ("agree",),
}
"""What holds without being said."""
_INTERVALS = {"1m": ("1", 60), "1d": ("1440", 86_400)}
"""Kraken's words, and seconds."""
_STATUS = {
    "pending": OrderStatus.NEW,
    "open": OrderStatus.NEW,
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
}
_LOT = Decimal("0.00000001")
"""Amounts have no more decimals."""
_OPEN, _CLOSED, _ONE = (f"POST /0/private/{n}Orders" for n in ("Open", "Closed", "Query"))
_TRADES = "POST /0/private/TradesHistory"
_NO_SUCH_ORDER = "EOrder:Unknown order"
_NO = (
    *("EOrder:", "EAPI:", "EAuth:", "EAccount:", "EQuery:", "EFunding:", "ETrade:"),
    *("EGeneral:Invalid arguments", "EGeneral:Permission denied", "EGeneral:Unknown method"),
    "EService:Market in ",
)
"""How what is said begins by which nothing was done; of the service itself only what its market
does not take. Anything else may have been said of an order that was taken."""
_OFTEN = ("Rate limit exceeded", "EGeneral:Too many requests", "EGeneral:Temporary lockout")
_CODES = {
    Reason.UNKNOWN_KEY: (200, "EAPI:Invalid key"),
    # Kraken's own word is "EAPI:Invalid signature", by which ccxt knows nothing about the key.
    Reason.BAD_SIGNATURE: (200, "EAPI:Invalid key"),
    Reason.OUTSIDE_WINDOW: (200, "EAPI:Invalid nonce"),
    Reason.BAD_PARAMETER: (200, "EGeneral:Invalid arguments"),
    Reason.UNKNOWN_ENDPOINT: (200, "EGeneral:Unknown method"),
    Reason.ORDER_DENIED: (200, "EOrder:Invalid order"),
    Reason.CANCEL_DENIED: (200, "EOrder:Unknown order"),
    Reason.AMEND_DENIED: (200, "EOrder:Invalid order"),
    Reason.NOT_PERMITTED: (200, "EGeneral:Permission denied"),
    Reason.TOO_LARGE: (413, "EGeneral:Invalid arguments"),
    Reason.TOO_OFTEN: (200, "EAPI:Rate limit exceeded"),
    # By another status krakenex would tell its caller that alone, and not what is said.
    Reason.UNAVAILABLE: (200, "EService:Unavailable"),
    Reason.OUTCOME_UNKNOWN: (200, "EGeneral:Internal error"),
}
_CLIENT_IDS = client_ids(CLIENT_ID)
_RIGHTS = {
    "modify-trades": "trade",
    "withdraw-funds": "withdraw",
    "add-withdraw-address": "withdraw",
    "update-withdraw-address": "withdraw",
    "earn-funds": "transfer",
}
_HARMLESS = frozenset(
    {
        *("query-funds", "query-open-trades", "query-closed-trades", "query-ledger"),
        *("export-data", "close-trades", "add-funds", "create-ws-token"),
    }
)


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses: 18 letters, which is all that Kraken takes but
    for a UUID."""
    return f"{OWN_NAMES}{now_ms:013}{number % 1_000:03}"


def unified(name: str) -> str:
    """A market's name in any of Kraken's spellings: ``XXBTZUSD``, ``XBTUSD``, ``XBT/USD`` and
    ``BTC/USD`` are ``BTC/USD``.

    Where base and quote stand together they are told apart by the quotes that are known, and two
    that fit are refused. Nor could a wrong reading place an order elsewhere: it would go out with
    the slash between the same two parts, and no market has those.

    Raises:
        Refusal: BAD_PARAMETER, it is no market's name.
    """
    try:
        return _unified(name)
    except ValueError as error:
        raise Refusal(Reason.BAD_PARAMETER, str(error)) from None


def _unified(name: str) -> str:
    base, quote = map(_coin, _parts(name))
    return f"{base}/{quote}"


def _parts(name: str) -> tuple[str, str]:
    if "/" in name:
        return split_symbol(name)
    if name[:4] in _LEGACY and name[4:] in _LEGACY:
        return name[:4], name[4:]
    if name == "USDTZUSD":  # the only one with a legacy name behind one that is not
        return "USDT", "ZUSD"
    found = [quote for quote in _QUOTES if name.endswith(quote) and name != quote]
    if len(found) != 1:
        raise ValueError(f"{name[:40]!r} is read as no market; write it with a slash: XBT/USD")
    return name.removesuffix(found[0]), found[0]


def _coin(name: str) -> str:
    own = _LEGACY.get(name, name)
    if not _ASSET.fullmatch(own) or (own in _OWN and own not in _COINS):
        raise ValueError(f"{name[:40]!r} is no asset's name at Kraken")
    return _COINS.get(own, own)


def _pair(symbol: str) -> str:
    """With a slash, as ``wsname`` has it (AssetPairs)."""
    name = "/".join(_OWN.get(asset, asset) for asset in split_symbol(symbol))
    if _unified(name) != symbol:
        raise ValueError(f"{symbol!r} is no market at Kraken")
    return name


# What bots send


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    return request.header("api-key")


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check the signature: HMAC-SHA512 (base64) under the decoded secret over the path and the
    SHA-256 of nonce and body. There is no time in it, only the nonce, which is higher each time.

    Raises:
        Refusal: BAD_SIGNATURE or BAD_PARAMETER.
    """
    told = signatures.header(request, "api-sign")
    if isinstance(key, PublicKey):
        raise Refusal(Reason.BAD_SIGNATURE, "Kraken knows no keys of that kind")
    if request.query:  # it would be signed by nothing
        raise Refusal(Reason.BAD_PARAMETER, "Kraken takes no query where requests are signed")
    nonce = _nonce(request.body)
    payload = _payload(request, nonce)
    signatures.check_signature(_signature(key, payload), told)
    number = signatures.whole("nonce", nonce, digits=20)
    return signatures.signed(now_ms, _WINDOW_MS, payload, number)


_DEADLINE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_NONCE = re.compile(rb"(?:^|&)nonce=([^&]*)")


def _nonce(body: bytes) -> str:
    if body.startswith(b"{"):
        try:
            found = [parse_json_texts(body)["nonce"]]
        except (ValueError, KeyError):
            found = []
    else:
        found = [text.decode("latin-1") for text in _NONCE.findall(body)]
    if len(found) != 1 or not isinstance(found[0], str):
        raise Refusal(Reason.BAD_PARAMETER, "parameter 'nonce' has to be in the body, once")
    return found[0]


def _payload(request: Request, nonce: str) -> bytes:
    path = request.path.encode(errors="surrogatepass")
    return path + hashlib.sha256(nonce.encode("latin-1", "replace") + request.body).digest()


def _signature(secret: bytearray, payload: bytes) -> str:
    return base64.b64encode(hmac.digest(base64.b64decode(secret), payload, "sha512")).decode()


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    return read_by(TABLE, _READERS, request, ("nonce",))


def _place(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    pair, test = sent.need("pair"), _is_test(sent)
    return (_order(sent, pair, test),)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    pair, test, rows = sent.need("pair"), _is_test(sent), sent.rows("orders")
    more = (*sent.rest, *((BATCH,) if len(rows) > 1 else ()))
    return tuple(_order(row, pair, test, more) for row in rows)


def _order(sent: Sent, pair: str, test: bool, common: tuple[str, ...] = ()) -> PlaceOrder:
    side = sent.need_word("type", _SIDES)
    kind, more = sent.need_word("ordertype", _TYPES)
    for name, words in _WITHOUT_EFFECT.items():
        sent.drop(name, *words)
    # Marks of the bot's own and of who wrote it; no order is looked up by them here.
    sent.take("userref")
    sent.take("broker")
    sent.text("deadline", _DEADLINE)  # what is written has one of its own, and a near one
    price, stop_price = _prices(sent, kind, more)
    flags = [flag for flag in (sent.text("oflags") or "").split(",") if flag]
    told, until = sent.word("timeinforce", _TIMES) or (None, ())
    more = (*common, *more, *until, *_beyond(sent, flags, kind))
    if told is TimeInForce.FOK and not kind.has_limit:
        more = (*more, "fill or kill")
    if "post" in flags and kind is OrderType.LIMIT:
        kind = OrderType.LIMIT_MAKER
        if told not in (None, TimeInForce.GTC):
            more = (*more, f"time in force {told} of an order that never takes")
    volume, is_reduce_only = sent.amount("volume"), sent.flag("reduce_only")
    order = PlaceOrder(
        unified(pair),
        side,
        kind,
        quantity=None if "viqc" in flags else volume,
        quote_quantity=volume if "viqc" in flags else None,
        price=price,
        time_in_force=time_in_force(kind, told),
        stop_price=stop_price,
        client_order_id=sent.text("cl_ord_id", _CLIENT_ID),
        test=test,
        reduce_only=is_reduce_only,
    )
    if is_reduce_only:  # of a position on margin
        more = (*more, LEVERAGE)
    return shaped(structs.replace(order, unbounded=tuple(dict.fromkeys((*more, *sent.rest)))))


def _prices(
    sent: Sent, kind: OrderType, more: tuple[str, ...]
) -> tuple[Decimal | None, Decimal | None]:
    """The limit and what is waited for, which has the first place where there are both."""
    if "a trailing distance" in more:
        sent.take("price")
        sent.take("price2")
        return None, None
    if kind.waits:
        stop_price = sent.amount("price")
        return sent.amount("price2") if kind.has_limit else None, stop_price
    return sent.amount("price") if kind.has_limit else None, None


def _beyond(sent: Sent, flags: list[str], kind: OrderType) -> tuple[str, ...]:
    """What flags and leverage say that nothing bounds."""
    more = [word for flag in flags for word in _FLAGS.get(flag, (f"flag {flag!r}",))]
    if "post" in flags and kind is not OrderType.LIMIT:
        more.append("flag 'post' of an order that is not to stand in a book")
    if sent.take("leverage") is not None:
        more.append(LEVERAGE)
    return tuple(more)


def _is_test(sent: Sent) -> bool:
    """ccxt writes true in Python's spelling."""
    word = sent.take("validate")
    if word not in (None, True, False, "true", "True", "false"):
        raise Refusal(Reason.BAD_PARAMETER, "parameter 'validate': use true or false")
    return word in (True, "true", "True")


def _ids(sent: Sent) -> tuple[str | None, str | None]:
    """The one order that is named."""
    number, name = sent.id("txid"), sent.text("cl_ord_id", _CLIENT_ID)
    if (number is None) is (name is None):
        raise Refusal(Reason.BAD_PARAMETER, "name one order, by 'txid' or by 'cl_ord_id'")
    return number, name


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AmendOrder]:
    """In its place. What else could be changed has no bound."""
    number, name = _ids(sent)
    pair = sent.text("pair")
    quantity, price = sent.amount("order_qty"), sent.amount("limit_price")
    more = _taken(sent, "trigger_price", "display_qty", "post_only", "deadline", "asset_class")
    sent.end()
    return (AmendOrder(pair and unified(pair), quantity, number, name, price, more),)


def _edit(sent: Sent, endpoint: Endpoint) -> tuple[AmendOrder]:
    """Cancels the order and places another in its stead, of which the request says a part."""
    number, pair = sent.need("txid"), unified(sent.need("pair"))
    quantity, price = sent.amount("volume"), sent.amount("price")
    more = _taken(sent, "price2", "oflags", "userref", "displayvol", "deadline", "asset_class")
    more += _taken(sent, "cancel_response", "validate")
    sent.end()
    return (AmendOrder(pair, quantity, number, None, price, ("another order", *more)),)


def _taken(sent: Sent, *names: str) -> tuple[str, ...]:
    return tuple(f"parameter {name!r}" for name in names if sent.take(name) is not None)


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    number, name = _ids(sent)
    sent.end()
    return (CancelOrder(None, number, name),)


def _cancel_some(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder, ...]:
    numbers = sent.ids("orders") if "orders" in sent else []
    names = sent.ids("cl_ord_ids") if "cl_ord_ids" in sent else []
    sent.end()
    if not numbers and not names:
        raise Refusal(Reason.BAD_PARAMETER, "name orders, by 'orders' or by 'cl_ord_ids'")
    return (
        *(CancelOrder(None, number) for number in numbers),
        *(CancelOrder(None, client_order_id=name) for name in names),
    )


def _cancel_all(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder]:
    sent.end()
    return (CancelOrder(None),)


def _market(sent: Sent, endpoint: Endpoint) -> tuple[ReadMarket]:
    understood = sent.understood(endpoint.parameters)
    sent.end()
    return (ReadMarket(f"GET {endpoint.path}", understood),)


_READERS: Readers = {
    Kind.PLACE: _place,
    Kind.BATCH: _batch,
    Kind.AMEND: _amend,
    Kind.REPLACE: _edit,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_SOME: _cancel_some,
    Kind.CANCEL_ALL: _cancel_all,
    Kind.MARKET: _market,
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
    """The request to send, composed from nothing but the intents. Kraken has no time window; an
    order has a deadline instead, from two seconds on.

    Raises:
        ValueError: an intent is of a kind that is never sent, or names an endpoint or a
            parameter that is not listed, or has to be signed and there are no credentials.
    """
    endpoint, words = _words(intents)
    request = worded(endpoint, words, HOSTS, base_url)
    if endpoint.kind is Kind.MARKET:
        return request
    if credentials is None:
        raise ValueError(f"{endpoint.what} has to be signed")
    if endpoint.kind is Kind.PLACE:
        until_ms = now_ms + max(recv_window_ms, SHORTEST_WINDOW_MS)
        words.append(("deadline", instant(until_ms)))
    told = [("nonce", str(nonce)), *words]
    if endpoint.kind is Kind.CANCEL_SOME:  # lists have no place in a form
        request = structs.replace(request, body=msgspec.json.encode(dict(told)))
    else:
        request = structs.replace(request, headers=_FORM, body=form(told).encode())
    return with_headers(
        request,
        ("API-Key", credentials.key_id),
        ("API-Sign", _signature(credentials.secret, _payload(request, str(nonce)))),
    )


_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def _words(intents: Sequence[AnyIntent]) -> tuple[Endpoint, Words]:
    if len(intents) != 1:
        return _cancels_words(intents)
    match intents[0]:
        case PlaceOrder(unbounded=(), reduce_only=False) as order:
            return TABLE.named("POST /0/private/AddOrder", Kind.PLACE), _order_words(order)
        case CancelOrder(list_id=None, listed=None, mode=None) as cancel:
            return _cancel_words(cancel)
        case AmendOrder(quantity=Decimal(), price=None, unbounded=()) as amend:
            endpoint = TABLE.named("POST /0/private/AmendOrder", Kind.AMEND)
            return endpoint, [*_id_words(amend), ("order_qty", plain(amend.quantity or ZERO))]
        case ReadAccount() as asked:
            return TABLE.named(asked.what, Kind.ACCOUNT), list(asked.parameters)
        case ReadMarket() as asked:
            return TABLE.named(asked.what, Kind.MARKET), list(asked.parameters)
        case other:
            raise ValueError(f"{other!r} is never sent")


def _order_words(order: PlaceOrder) -> Words:
    flags = ["fciq"]  # else Kraken takes the fee of a sell in base, and tells it in quote
    if order.type is OrderType.LIMIT_MAKER:
        flags.append("post")
    if order.quote_quantity:
        flags.append("viqc")
    price, price2 = order.price, None
    if order.type.waits:
        price, price2 = order.stop_price, order.price
    words: Words = [
        ("pair", _pair(order.symbol)),
        ("type", order.side.lower()),
        ("ordertype", _WORDS[order.type]),
        ("volume", _text(order.quantity or order.quote_quantity)),
        ("price", _text(price)),
        ("price2", _text(price2)),
        ("oflags", ",".join(flags)),
        ("timeinforce", order.time_in_force),
        ("cl_ord_id", order.client_order_id),
        ("validate", "true" if order.test else None),
    ]
    return [(name, value) for name, value in words if value is not None]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _id_words(named: CancelOrder | AmendOrder) -> Words:
    if named.order_id is not None:
        return [("txid", str(named.order_id))]
    return [] if named.client_order_id is None else [("cl_ord_id", named.client_order_id)]


def _cancel_words(cancel: CancelOrder) -> tuple[Endpoint, Words]:
    """All orders of a market are cancelled with all others: Kraken knows no less."""
    words = _id_words(cancel)
    if words:
        return TABLE.named("POST /0/private/CancelOrder", Kind.CANCEL), words
    return TABLE.named("POST /0/private/CancelAll", Kind.CANCEL_ALL), []


def _cancels_words(intents: Sequence[AnyIntent]) -> tuple[Endpoint, Words]:
    words = [_id_words(one) for one in intents if isinstance(one, CancelOrder)]
    if not words or len(words) < len(intents) or not all(words):
        raise ValueError("Kraken gets one order at a time")
    told = [pair for one in words for pair in one]
    numbers = [value for name, value in told if name == "txid"]
    names = [value for name, value in told if name == "cl_ord_id"]
    both: Words = [("orders", numbers), ("cl_ord_ids", names)]
    endpoint = TABLE.named("POST /0/private/CancelOrderBatch", Kind.CANCEL_SOME)
    return endpoint, [(name, values) for name, values in both if values]


def ask_order(
    symbol: str, client_order_id: str, number: Number | None
) -> ReadAccount | tuple[ReadAccount, ...]:
    """How does this order stand? By its client order id Kraken finds one only among those that
    stand open or among those that are closed."""
    if number is not None:
        return ReadAccount(_ONE, (("txid", str(number)),))
    words = ((CLIENT_ID, client_order_id),)
    return ReadAccount(_OPEN, words), ReadAccount(_CLOSED, words)


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order."""
    if number is not None:
        return CancelOrder(symbol, number)
    return CancelOrder(symbol, client_order_id=client_order_id)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders, whatever their market: Kraken tells of no fewer."""
    return (ReadAccount(_OPEN),)


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades in all markets: the last 50, at most since a mark."""
    start = () if after is None else (("start", str(after.time_ms // 1_000 - 1)),)
    return ReadAccount(_TRADES, (*start, ("without_count", "true")))


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day, in all markets. Kraken counts seconds, without
    the first."""
    start, end = start_ms // 1_000 - 1, -(-end_ms // 1_000)
    return ReadAccount(_TRADES, (("start", str(start)), ("end", str(end))))


def ask_balances() -> ReadAccount:
    """What the account holds, and what open orders hold of it."""
    return ReadAccount("POST /0/private/BalanceEx")


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount("POST /0/private/GetApiKeyInfo")


def ask_markets() -> ReadMarket:
    """All markets with their steps."""
    return ReadMarket("GET /0/public/AssetPairs")


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles from a time on, of the last 720 intervals: Kraken has no older ones."""
    word, _ = _INTERVALS[interval]
    words = (("pair", _pair(symbol)), ("interval", word), ("since", str(start_ms // 1_000 - 1)))
    return ReadMarket("GET /0/public/OHLC", words)


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    return ReadMarket("GET /0/public/Depth", (("pair", _pair(symbol)), ("count", "1")))


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket("GET /0/public/Time")


# What the exchange answers


class _Description(msgspec.Struct):
    pair: str
    type: str


class _Order(msgspec.Struct):
    status: str
    descr: _Description
    vol: str
    vol_exec: str
    opentm: str = "0"
    oflags: str = ""
    cl_ord_id: str | None = None
    cost: str = "0"
    price: str = "0"


class _Open(msgspec.Struct):
    open: dict[str, _Order]


class _Closed(msgspec.Struct):
    closed: dict[str, _Order]


class _Trade(msgspec.Struct):
    ordertxid: str
    pair: str
    time: str
    type: str
    price: str
    vol: str
    fee: str


class _Trades(msgspec.Struct):
    trades: dict[str, _Trade]


class _Balance(msgspec.Struct):
    balance: str
    hold_trade: str = "0"


class _Market(msgspec.Struct):
    altname: str
    pair_decimals: int
    lot_decimals: int
    wsname: str = ""
    tick_size: str | None = None
    ordermin: str | None = None
    costmin: str | None = None


class _Book(msgspec.Struct):
    asks: list[list[str]]
    bids: list[list[str]]


class _Time(msgspec.Struct):
    unixtime: int


class _Rights(msgspec.Struct):
    permissions: list[str]
    ip_allowlist: list[str] = []
    created_time: str = "0"
    valid_until: str = "0"


class _Placed(msgspec.Struct):
    txid: list[str]


class _Told(msgspec.Struct, Generic[_T]):
    """Kraken's envelope; with errors there is no result."""

    result: _T


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    errors = _errors(response)
    if says_too_often(response):
        return Verdict.REJECTED
    if errors is None or response.status >= 500:
        return Verdict.UNKNOWN
    if not errors:
        return Verdict.DONE if 200 <= response.status < 300 else Verdict.UNKNOWN
    is_no = all(error.startswith(_NO) for error in errors)
    return Verdict.REJECTED if is_no else Verdict.UNKNOWN


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of the intents that a request was written from. Of an order no more is told than
    its number."""
    verdict, first = judge(response), intents[0]
    if verdict is not Verdict.DONE or not isinstance(first, PlaceOrder) or first.test:
        return (Outcome(verdict),) * len(intents)
    (number,) = converted(response.body, _Told[_Placed]).result.txid
    name = first.client_order_id or ""
    return (Outcome(verdict, (OrderReport(first.symbol, number, name, OrderStatus.NEW, ZERO),)),)


def says_too_often(response: Response) -> bool:
    """Whether Kraken was asked more often than it allows."""
    errors = _errors(response) or []
    return response.status == 429 or any(word in error for error in errors for word in _OFTEN)


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if it is not among those that were looked through.

    Raises:
        ValueError: it does not say.
    """
    errors = _errors(response)
    if errors and all(error.startswith(_NO_SUCH_ORDER) for error in errors):
        return None
    found = _orders(response.body)
    if len(found) > 1:
        raise ValueError("several orders are told of for one")
    return found[0] if found else None


def cancelled_order(body: bytes) -> OrderReport | None:
    """Kraken tells nothing of an order that it cancelled."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    return _orders(body) if intent.what in (_OPEN, _CLOSED, _ONE) else ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders that stand open."""
    return _reports(converted(body, _Told[_Open]).result.open)


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades, in whatever market; the fee is in quote."""
    told = converted(body, _Told[_Trades]).result.trades
    return tuple(_trade(number, trade) for number, trade in told.items())


def _trade(number: str, trade: _Trade) -> OwnTrade:
    symbol = _told_symbol(trade.pair)
    fill = Fill(
        number,
        _milliseconds(trade.time),
        parse_amount(trade.price),
        parse_amount(trade.vol),
        parse_amount(trade.fee),
        symbol.partition("/")[2],
    )
    return OwnTrade(trade.ordertxid, fill, _side(trade.type), symbol)


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds, by asset. What is staked or lent has a name with a dot, and is no
    part of the asset of that name."""
    held = {}
    for asset, row in converted(body, _Told[dict[str, _Balance]]).result.items():
        name, dot, rest = asset.partition(".")
        locked = parse_amount(row.hold_trade)
        free = max(parse_amount(row.balance) - locked, ZERO)
        held[_COINS.get(_LEGACY.get(name, name), _LEGACY.get(name, name)) + dot + rest] = Holding(
            free, locked
        )
    return held


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those whose names are not all read as that."""
    found = {}
    for name, row in converted(body, _Told[dict[str, _Market]]).result.items():
        symbols = {_told_symbol(spelling) for spelling in (name, row.altname, row.wsname)}
        if len(symbols) == 1 and "/" in (symbol := symbols.pop()):
            base, quote = split_symbol(symbol)
            found[symbol] = Market(
                base,
                quote,
                tick=amount(row.tick_size) or _step(row.pair_decimals),
                lot=_step(row.lot_decimals),
                min_notional=amount(row.costmin),
                min_quantity=amount(row.ordermin),
            )
    return found


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first. The turnover is the average price times the volume."""
    (rows,) = _tables(body, list[tuple[int, str, str, str, str, str, str, int]])
    return tuple(_candle(*row) for row in rows)


def _candle(
    start: int, first: str, high: str, low: str, last: str, average: str, volume: str, count: int
) -> Candle:
    traded = parse_amount(volume)
    return Candle(
        start * 1_000,
        parse_amount(first),
        parse_amount(high),
        parse_amount(low),
        parse_amount(last),
        traded,
        MONEY.multiply(parse_amount(average), traded),
    )


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    (top,) = _tables(body, _Book)
    bid, ask = (amount(side[0][0]) if side and side[0] else ZERO for side in (top.bids, top.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms, of which it tells the seconds."""
    return converted(body, _Told[_Time]).result.unixtime * 1_000


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do; what has a name that is not known here counts as itself."""
    told = converted(body, _Told[_Rights]).result
    names = (name for name in told.permissions if name not in _HARMLESS)
    can = tuple(dict.fromkeys(_RIGHTS.get(name, name) for name in names))
    made, ends = map(_milliseconds, (told.created_time, told.valid_until))
    return KeyRights(can, bool(told.ip_allowlist), made, ends)


def _tables(body: bytes, kind: type[_T]) -> list[_T]:
    """What stands under a market's name, by whatever spelling; not ``last``, beside it."""
    told = converted(body, _Told[dict[str, Any]]).result
    return [
        msgspec.convert(value, kind, strict=False) for name, value in told.items() if name != "last"
    ]


def _orders(body: bytes) -> tuple[OrderReport, ...]:
    told = converted(body, _Told[dict[str, Any]]).result
    for name in ("open", "closed"):
        if name in told:
            return _reports(msgspec.convert(told[name], dict[str, _Order], strict=False))
    return _reports(msgspec.convert(told, dict[str, _Order], strict=False))


def _reports(orders: Mapping[str, _Order]) -> tuple[OrderReport, ...]:
    return tuple(_report(number, order) for number, order in orders.items())


def _report(number: str, order: _Order) -> OrderReport:
    if order.status not in _STATUS:
        raise ValueError(f"{order.status[:20]!r} is no status of an order")
    status, executed = _STATUS[order.status], parse_amount(order.vol_exec)
    quantity: Decimal | None = parse_amount(order.vol)
    if "viqc" in order.oflags.split(","):  # both are in quote
        quantity, price = None, parse_amount(order.price)
        executed = in_base(parse_amount(order.cost), price, _LOT)
    if status is OrderStatus.NEW and executed:
        status = OrderStatus.PARTIALLY_FILLED
    return OrderReport(
        symbol=_told_symbol(order.descr.pair),
        order_id=number,
        client_order_id=order.cl_ord_id or "",
        status=status,
        executed=executed,
        side=_side(order.descr.type),
        created_ms=_milliseconds(order.opentm),
        quantity=quantity,
    )


def _told_symbol(name: str) -> str:
    """A market's unified symbol; its own name where it has none, which is no market to trade on
    here."""
    try:
        return _unified(name)
    except ValueError:
        return name


def _milliseconds(seconds: str) -> int:
    return int(parse_amount(seconds) * 1_000)


def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def _side(word: str) -> Side:
    if word not in _SIDES:
        raise ValueError(f"{word[:20]!r} is no side of an order")
    return _SIDES[word]


def _errors(response: Response) -> list[str] | None:
    """What went wrong; warnings begin with another letter. None if the answer is none of
    Kraken's."""
    answer = parsed(response.body)
    errors = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(errors, list) or not all(isinstance(error, str) for error in errors):
        return None
    return [error for error in errors if not error.startswith("W")]


# What bots are answered


def refuse(refusal: Refusal) -> Response:
    """The refusal in Kraken's form: an error by which its clients raise their usual exception, and
    the text behind it."""
    status, code = _CODES[refusal.reason]
    return Response(status, msgspec.json.encode({"error": [code, refusal.text]}))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
