"""Coinbase Advanced Trade.

https://docs.cdp.coinbase.com/coinbase-app/authentication-authorization/api-key-authentication,
https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api
"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import structs

from tradelatch.exchanges.kit import es256, signatures
from tradelatch.exchanges.kit.answers import (
    amount,
    client_ids,
    converted,
    in_base,
    instant_ms,
    parsed,
    renamed,
    signed_amount,
    turnover,
)
from tradelatch.exchanges.kit.endpoints import LEVERAGE, Endpoint, Kind, Table, Unlisted, listed
from tradelatch.exchanges.kit.forms import parse_json
from tradelatch.exchanges.kit.reading import Readers, gathered, read_by
from tradelatch.exchanges.kit.sent import Sent
from tradelatch.exchanges.kit.shapes import shaped, time_in_force, waiting
from tradelatch.exchanges.kit.wording import Words, instant, with_headers, worded
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
from tradelatch.model.money import DUST, ZERO, parse_amount, plain
from tradelatch.model.orders import (
    Fill,
    Number,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)

NAME = "coinbase"
HOSTS: Mapping[str, str] = {"": "https://api.coinbase.com"}
KEYS_AT = 'Coinbase Developer Platform, "API keys"'
REVOKES = False
CANCELS_ALL = False
SHORTEST_WINDOW_MS = 0
FORGETS_UNFILLED = False
STREAMS: StreamsFile | None = None
SECRET = SecretKind.P256
HAS_PASSPHRASE = False
COVERS = frozenset({"method", "host", "path"})
CLIENT_ID = "client_order_id"
OWN_NAMES = ""
"""All: of a client order id that it knows, Coinbase places no order and answers with the one that
it knows, whoever placed it."""
TRADES_AT_ONCE = 1_000
CANDLES_AT_ONCE = 350

_HOST = "api.coinbase.com"
_LONGEST_S = 120
_V3 = "/api/v3/brokerage"
_ORDERS = f"{_V3}/orders"
_ORDER = "client_order_id product_id side order_configuration"
_PAGE = "limit cursor"
_SECOND_PAGE = "limit order starting_after ending_before"
_PRODUCTS = f"{_PAGE} offset product_type product_ids contract_expiry_type"
_PRODUCTS += " expiring_contract_status get_tradability_status get_all_products"
_PRODUCTS += " products_sort_order user_native_currency"
_CANDLES = "start end granularity limit"
_TICKER = "limit start end"
_BOOK = "product_id limit aggregation_price_increment"
_ACCOUNT = "/v2/accounts/{account_id}"

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {_ORDERS: _ORDER}),
        *listed(Kind.TEST, "POST", {f"{_ORDERS}/preview": _ORDER}),
        *listed(Kind.CANCEL_SOME, "POST", {f"{_ORDERS}/batch_cancel": "order_ids"}),
        *listed(Kind.AMEND, "POST", {f"{_ORDERS}/edit": "order_id price size"}),
        *listed(Kind.ACCOUNT, "POST", {f"{_ORDERS}/edit_preview": "order_id price size"}),
        *listed(
            Kind.ACCOUNT,
            "GET",
            {
                f"{_V3}/accounts": f"{_PAGE} retail_portfolio_id",
                f"{_V3}/accounts/{{account_uuid}}": "",
                f"{_ORDERS}/historical/batch": f"{_PAGE} order_ids product_id product_ids"
                " product_type order_status time_in_forces order_type order_types order_side"
                " start_date end_date order_placement_source contract_expiry_type asset_filters"
                " retail_portfolio_id sort_by user_native_currency"
                " use_simplified_total_value_calculation",
                f"{_ORDERS}/historical/fills": f"{_PAGE} order_id order_ids trade_ids product_id"
                " product_ids start_sequence_timestamp end_sequence_timestamp"
                " retail_portfolio_id sort_by",
                f"{_ORDERS}/historical/{{order_id}}": "client_order_id user_native_currency",
                f"{_V3}/products": _PRODUCTS,
                f"{_V3}/products/{{product_id}}": "get_tradability_status",
                f"{_V3}/products/{{product_id}}/candles": _CANDLES,
                f"{_V3}/products/{{product_id}}/ticker": _TICKER,
                f"{_V3}/product_book": _BOOK,
                f"{_V3}/best_bid_ask": "product_ids",
                f"{_V3}/transaction_summary": "product_type contract_expiry_type product_venue"
                " user_native_currency start_date end_date",
                f"{_V3}/key_permissions": "",
                f"{_V3}/portfolios": "portfolio_type",
                f"{_V3}/portfolios/{{portfolio_uuid}}": "currency",
                f"{_V3}/payment_methods": "",
                f"{_V3}/payment_methods/{{payment_method_id}}": "",
                f"{_V3}/cfm/balance_summary": "",
                f"{_V3}/cfm/positions": "",
                f"{_V3}/cfm/positions/{{product_id}}": "",
                f"{_V3}/cfm/sweeps": "",
                f"{_V3}/cfm/intraday/margin_setting": "",
                f"{_V3}/cfm/intraday/current_margin_window": "margin_profile_type",
                f"{_V3}/intx/portfolio/{{portfolio_uuid}}": "",
                f"{_V3}/intx/balances/{{portfolio_uuid}}": "",
                f"{_V3}/intx/positions/{{portfolio_uuid}}": "",
                f"{_V3}/intx/positions/{{portfolio_uuid}}/{{symbol}}": "",
                "/v2/accounts": _SECOND_PAGE,
                _ACCOUNT: "",
                f"{_ACCOUNT}/transactions": _SECOND_PAGE,
                f"{_ACCOUNT}/transactions/{{transaction_id}}": "",
                f"{_ACCOUNT}/addresses": _SECOND_PAGE,
                f"{_ACCOUNT}/buys": _SECOND_PAGE,
                f"{_ACCOUNT}/sells": _SECOND_PAGE,
                f"{_ACCOUNT}/deposits": _SECOND_PAGE,
                f"{_ACCOUNT}/withdrawals": _SECOND_PAGE,
                "/v2/payment-methods": _SECOND_PAGE,
                "/v2/user": "",
                "/v2/user/auth": "",
            },
        ),
        *listed(
            Kind.MARKET,
            "GET",
            {
                f"{_V3}/time": "",
                f"{_V3}/market/products": _PRODUCTS,
                f"{_V3}/market/products/{{product_id}}": "",
                f"{_V3}/market/products/{{product_id}}/candles": _CANDLES,
                f"{_V3}/market/products/{{product_id}}/ticker": _TICKER,
                f"{_V3}/market/product_book": _BOOK,
                "/v2/time": "",
                "/v2/currencies": "",
                "/v2/currencies/crypto": "",
                "/v2/exchange-rates": "currency",
                "/v2/prices/{symbol}/buy": "",
                "/v2/prices/{symbol}/sell": "",
                "/v2/prices/{symbol}/spot": "date",
            },
        ),
    ),
    Unlisted(
        moves=(
            f"{_V3}/portfolios/move_funds",
            f"{_V3}/convert/",
            f"POST {_V3}/cfm/sweeps",
            f"DELETE {_V3}/cfm/sweeps",
            f"{_V3}/intx/allocate",
            f"POST {_V3}/intx/",
            "POST /v2/",
            "DELETE /v2/",
        ),
        keys=(
            f"POST {_V3}/portfolios",
            f"PUT {_V3}/portfolios",
            f"DELETE {_V3}/portfolios",
            "PUT /v2/",
        ),
        levered=(f"{_ORDERS}/close_position", f"{_V3}/cfm/", f"{_V3}/intx/"),
    ),
)

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_SPOT = re.compile(r"([A-Z0-9]{1,20})-([A-Z0-9]{1,20})", re.ASCII)
_PERPETUAL = re.compile(r"([A-Z0-9]{1,20})-PERP-INTX", re.ASCII)
_DATED = re.compile(r"([A-Z0-9]{1,20})-([0-9]{2})([A-Z]{3})([0-9]{2})-CDE", re.ASCII)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_IS_UP = {"STOP_DIRECTION_STOP_UP": True, "STOP_DIRECTION_STOP_DOWN": False}
_UP, _DOWN = _IS_UP
_MARKET, _GTC, _STOP = "market_market_ioc", "limit_limit_gtc", "stop_limit_stop_limit_gtc"
_CONFIGURATIONS = {
    _MARKET: (OrderType.MARKET, None),
    "market_market_fok": (OrderType.MARKET, None),
    _GTC: (OrderType.LIMIT, TimeInForce.GTC),
    "limit_limit_gtd": (OrderType.LIMIT, TimeInForce.GTC),
    "limit_limit_fok": (OrderType.LIMIT, TimeInForce.FOK),
    "sor_limit_ioc": (OrderType.LIMIT, TimeInForce.IOC),
    _STOP: (OrderType.LIMIT, TimeInForce.GTC),
    "stop_limit_stop_limit_gtd": (OrderType.LIMIT, TimeInForce.GTC),
    "trigger_bracket_gtc": (OrderType.LIMIT, TimeInForce.GTC),
    "trigger_bracket_gtd": (OrderType.LIMIT, TimeInForce.GTC),
    "twap_limit_gtd": (OrderType.LIMIT, TimeInForce.GTC),
}
"""What an order of each configuration is, whatever else it waits for or ends at."""
_PLAIN = frozenset({_MARKET, _GTC, "limit_limit_fok", "sor_limit_ioc", _STOP})
"""Those that are written; what the others are besides, nothing bounds."""
_BY_TIME = {
    TimeInForce.GTC: _GTC,
    TimeInForce.IOC: "sor_limit_ioc",
    TimeInForce.FOK: "limit_limit_fok",
}
_LISTS = (
    "product_ids",
    "order_ids",
    "trade_ids",
    "order_status",
    "order_types",
    "time_in_forces",
    "asset_filters",
)
"""Parameters of reads that may be there several times."""
_INTERVALS = {"1m": ("ONE_MINUTE", 60), "1d": ("ONE_DAY", 86_400)}
"""Coinbase's words, and seconds."""
_BATCH = f"GET {_ORDERS}/historical/batch"
_FILLS = f"GET {_ORDERS}/historical/fills"
_ONE = f"GET {_ORDERS}/historical/{{order_id}}"
_MOST_ORDERS = "1000"
_MOST_WALLETS = "250"
_OPEN = frozenset({"OPEN", "PENDING", "QUEUED", "CANCEL_QUEUED", "EDIT_QUEUED"})
_STATUS = {
    "FILLED": OrderStatus.FILLED,
    "CANCELLED": OrderStatus.CANCELED,
    "EXPIRED": OrderStatus.EXPIRED,
    "FAILED": OrderStatus.REJECTED,
}
_WALLETS = frozenset({"ACCOUNT_TYPE_CRYPTO", "ACCOUNT_TYPE_FIAT"})
_NO_REASON = re.compile(r"(?:(?:UNKNOWN|INTERNAL).*)?", re.IGNORECASE)
_WHY = (
    "error",
    "new_order_failure_reason",
    "preview_failure_reason",
    "edit_failure_reason",
)
_CODES = {
    Reason.UNKNOWN_KEY: (401, "unauthorized"),
    Reason.BAD_SIGNATURE: (401, "unauthorized"),
    Reason.OUTSIDE_WINDOW: (401, "invalid_timestamp"),
    Reason.BAD_PARAMETER: (400, "INVALID_ARGUMENT"),
    Reason.UNKNOWN_ENDPOINT: (404, "not_found"),
    Reason.ORDER_DENIED: (200, "UNSUPPORTED_ORDER_CONFIGURATION"),
    Reason.CANCEL_DENIED: (400, "INVALID_ARGUMENT"),
    Reason.AMEND_DENIED: (400, "INVALID_ARGUMENT"),
    Reason.NOT_PERMITTED: (403, "PERMISSION_DENIED"),
    Reason.TOO_LARGE: (413, "INVALID_ARGUMENT"),
    Reason.TOO_OFTEN: (429, "rate_limit_exceeded"),
    Reason.UNAVAILABLE: (503, ""),
    Reason.OUTCOME_UNKNOWN: (504, ""),
}
"""Status and word; without a word clients go by the status, and try again later."""
_EXPIRED = "request timestamp expired"
"""What ccxt knows a time stamp by that is out of its window."""
_CLIENT_IDS = client_ids("client_order_id")


def own_name(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses."""
    return f"tradelatch-{now_ms}-{number}"


def unified(name: str) -> str:
    """``BTC-USDC`` as ``BTC/USDC``, ``BTC-PERP-INTX`` as ``BTC/USDC:USDC``, and a contract that
    ends at a day, by the root of its name, as ``BIT/USD:USD-260731``.

    Raises:
        Refusal: BAD_PARAMETER, it is no product's name.
    """
    if spot := _SPOT.fullmatch(name):
        return f"{spot[1]}/{spot[2]}"
    if perpetual := _PERPETUAL.fullmatch(name):
        return f"{perpetual[1]}/USDC:USDC"
    if (dated := _DATED.fullmatch(name)) and dated[3] in _MONTHS:
        return f"{dated[1]}/USD:USD-{dated[4]}{_MONTHS.index(dated[3]) + 1:02d}{dated[2]}"
    raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no product's name")


def _joined(symbol: str) -> str:
    return symbol.replace("/", "-")


# What bots send


class _Header(msgspec.Struct):
    alg: str
    kid: str
    crit: Any = None


class _Claims(msgspec.Struct):
    sub: str
    iss: str
    nbf: int
    exp: int
    uri: str = ""
    uris: tuple[str, ...] = ()


_ISSUERS = ("cdp", "coinbase-cloud")


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    try:
        return _token(request)[0].kid
    except Refusal:
        return None


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature, method, host, path and time of the token (ES256) that the request carries.

    Neither query nor body is signed, and ECDSA has more than one signature for a text: what is
    taken once is the text that was signed, so that a token does no second thing.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    header, claims, text, signature = _token(request)
    public = key.raw if isinstance(key, PublicKey) else es256.public_key(key)
    if header.alg != "ES256" or header.crit is not None:
        raise Refusal(Reason.BAD_PARAMETER, "a token has to be signed by ES256, and by no more")
    if not es256.is_signed(public, text, signature):
        raise Refusal(Reason.BAD_SIGNATURE, "the signature of this request is not valid")
    if header.kid != claims.sub or claims.iss not in _ISSUERS:
        raise Refusal(Reason.BAD_PARAMETER, "the token is not of the key that it names")
    asked = (claims.uri,) if claims.uri else claims.uris
    if len(asked) != 1 or not _is_for(request, asked[0]):
        raise Refusal(Reason.BAD_SIGNATURE, "the token is for another method, host or path")
    window_s = claims.exp - claims.nbf
    if not 0 < window_s <= _LONGEST_S:
        raise Refusal(Reason.BAD_PARAMETER, f"a token is good for at most {_LONGEST_S} seconds")
    signatures.check_time(claims.nbf * 1_000, window_s * 1_000, now_ms)
    return signatures.signed(claims.nbf * 1_000, window_s * 1_000, text)


def _token(request: Request) -> tuple[_Header, _Claims, bytes, bytes]:
    """Header and claims of the token, the text that was signed, and the signature.

    Raises:
        Refusal: BAD_PARAMETER, there is no such token.
    """
    scheme, _, token = signatures.header(request, "authorization").partition(" ")
    parts = es256.TOKEN.fullmatch(token)
    if scheme != "Bearer" or parts is None:
        raise Refusal(Reason.BAD_PARAMETER, "header AUTHORIZATION has to be Bearer and a token")
    try:
        header = msgspec.convert(parse_json(es256.decoded(parts[1])), _Header)
        claims = msgspec.convert(parse_json(es256.decoded(parts[2])), _Claims)
    except ValueError:
        says = "the token has to name alg, kid, sub, iss, nbf, exp and uri"
        raise Refusal(Reason.BAD_PARAMETER, says) from None
    return header, claims, f"{parts[1]}.{parts[2]}".encode(), es256.decoded(parts[3])


def _is_for(request: Request, told: str) -> bool:
    """Whether a token's ``METHOD host/path`` is of this request.

    Coinbase's own library names Coinbase's host whatever it dials, ccxt the URL that it dials, less
    ``https://``. So a token may name the one or the host that this very request was sent to (with
    the exchange's prefix, or without where a proxy adds it), and no third. Who relays a request may
    name any host in its header: a bot's tokens are as safe as the server that it dials.
    """
    method, _, target = told.partition(" ")
    host, path = request.header("host"), request.path
    right = {f"{_HOST}{path}"}
    if host:
        right |= {f"{host}{path}", f"{host}/{NAME}{path}"}
    return method == request.method and target.removeprefix("http://") in right


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    return read_by(TABLE, _READERS, gathered(request, _LISTS))


def _order(sent: Sent, endpoint: Endpoint) -> tuple[PlaceOrder]:
    symbol, side = unified(sent.need("product_id")), sent.need_word("side", _SIDES)
    name, terms = _configuration(sent)
    kind, lasting = _CONFIGURATIONS[name]
    more: tuple[str, ...] = (LEVERAGE,) if ":" in symbol else ()
    if name not in _PLAIN:
        more += (f"an order of configuration {name}",)
    stop_price = None
    if name.startswith("stop_"):
        is_up, stop_price = terms.need_word("stop_direction", _IS_UP), terms.amount("stop_price")
        kind = waiting(kind, is_stop_loss=is_up is (side is Side.BUY))
    post_only, reduce_only = terms.flag("post_only"), terms.flag("reduce_only")
    if post_only and kind is OrderType.LIMIT and lasting is TimeInForce.GTC:
        kind = OrderType.LIMIT_MAKER
    elif post_only:
        more += ("post_only of a type that has none",)
    order = PlaceOrder(
        symbol,
        side,
        kind,
        quantity=terms.amount("base_size"),
        quote_quantity=terms.amount("quote_size"),
        price=terms.amount("limit_price"),
        time_in_force=time_in_force(kind, lasting),
        stop_price=stop_price,
        client_order_id=sent.text("client_order_id", _ID),
        test=endpoint.kind is Kind.TEST,
        reduce_only=reduce_only,
    )
    more += ("reduce_only",) if reduce_only else ()
    return (shaped(structs.replace(order, unbounded=(*more, *terms.rest, *sent.rest))),)


def _configuration(sent: Sent) -> tuple[str, Sent]:
    """The one configuration of an order: its name and what it says."""
    said = sent.take("order_configuration")
    if not isinstance(said, dict) or len(said) != 1:
        raise Refusal(Reason.BAD_PARAMETER, "an order has to have one order_configuration")
    ((name, terms),) = said.items()
    if name not in _CONFIGURATIONS or not isinstance(terms, dict):
        says = f"order_configuration: {name[:40]!r} is none that is known here"
        raise Refusal(Reason.BAD_PARAMETER, says)
    return name, Sent(terms)


def _cancel(sent: Sent, endpoint: Endpoint) -> tuple[CancelOrder, ...]:
    numbers = sent.ids("order_ids")
    sent.end()
    return tuple(CancelOrder(None, number) for number in numbers)


def _amend(sent: Sent, endpoint: Endpoint) -> tuple[AmendOrder]:
    number, size, price = sent.need("order_id", _ID), sent.amount("size"), sent.amount("price")
    return (AmendOrder(None, size, number, price=price, unbounded=sent.rest),)


_READERS: Readers = {
    Kind.PLACE: _order,
    Kind.TEST: _order,
    Kind.CANCEL_SOME: _cancel,
    Kind.AMEND: _amend,
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
    """The request to send, composed from nothing but the intents. The token is for Coinbase's own
    host, whatever is dialled.

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
    header = {"alg": "ES256", "typ": "JWT", "kid": credentials.key_id, "nonce": f"{nonce:032x}"}
    start_s = now_ms // 1_000
    end_s = start_s + min(recv_window_ms // 1_000 + 1, _LONGEST_S)
    uri = f"{request.method} {_HOST}{request.path}"
    claims = {
        "sub": credentials.key_id,
        "iss": "cdp",
        "nbf": start_s,
        "exp": end_s,
        "uri": uri,
    }
    text = ".".join(es256.encoded(msgspec.json.encode(part)) for part in (header, claims))
    signature = es256.encoded(es256.sign(credentials.secret, text.encode()))
    return with_headers(request, ("Authorization", f"Bearer {text}.{signature}"))


def _words(intents: Sequence[AnyIntent]) -> tuple[Endpoint, Words]:
    if intents and all(isinstance(intent, CancelOrder) for intent in intents):
        numbers = [_number(intent) for intent in intents if isinstance(intent, CancelOrder)]
        return TABLE.named(f"POST {_ORDERS}/batch_cancel", Kind.CANCEL_SOME), [
            ("order_ids", numbers)
        ]
    if len(intents) != 1:
        raise ValueError("Coinbase gets one order at a time")
    match intents[0]:
        case PlaceOrder(unbounded=(), reduce_only=False) as order:
            path = f"POST {_ORDERS}/preview" if order.test else f"POST {_ORDERS}"
            return TABLE.named(path, Kind.PLACE, Kind.TEST), _order_words(order)
        case AmendOrder(_, Decimal() as size, str(number), _, None, ()):
            words: Words = [("order_id", number), ("size", plain(size))]
            return TABLE.named(f"POST {_ORDERS}/edit", Kind.AMEND), words
        case ReadAccount(what, parameters):
            return TABLE.named(what, Kind.ACCOUNT), _read_words(parameters)
        case ReadMarket(what, parameters):
            return TABLE.named(what, Kind.MARKET), _read_words(parameters)
    raise ValueError(f"{intents[0]!r} is never sent")


def _read_words(parameters: Sequence[tuple[str, str]]) -> Words:
    return [(name, said.split(",") if name in _LISTS else said) for name, said in parameters]


def _number(cancel: CancelOrder) -> str:
    """Coinbase cancels by its own numbers alone."""
    if not isinstance(cancel.order_id, str) or cancel.is_of_list or cancel.mode:
        raise ValueError("an order whose number is not known cannot be cancelled at Coinbase")
    return cancel.order_id


def _order_words(order: PlaceOrder) -> Words:
    name, rest = _configured(order)
    terms: Words = [
        ("quote_size", order.quote_quantity and plain(order.quote_quantity)),
        ("base_size", order.quantity and plain(order.quantity)),
        ("limit_price", order.price and plain(order.price)),
        *rest,
    ]
    words: Words = [
        ("client_order_id", None if order.test else order.client_order_id),
        ("product_id", _joined(order.symbol)),
        ("side", order.side.value),
        ("order_configuration", {name: {key: said for key, said in terms if said is not None}}),
    ]
    return [(key, said) for key, said in words if said is not None]


def _configured(order: PlaceOrder) -> tuple[str, Words]:
    """The configuration's name, and what it says besides amounts and the price."""
    kind = order.type
    if kind is OrderType.MARKET:
        return _MARKET, []
    if kind is OrderType.LIMIT_MAKER:
        return _GTC, [("post_only", True)]
    if kind is OrderType.LIMIT:
        lasting = order.time_in_force or TimeInForce.GTC
        return _BY_TIME[lasting], [("post_only", False)] if lasting is TimeInForce.GTC else []
    if not kind.has_limit or order.time_in_force is not TimeInForce.GTC or not order.stop_price:
        raise ValueError(f"an order of type {kind} is never sent to Coinbase")
    is_up = kind.is_stop_loss is (order.side is Side.BUY)
    stop = ("stop_price", plain(order.stop_price))
    return _STOP, [stop, ("stop_direction", _UP if is_up else _DOWN)]


def ask_order(symbol: str, client_order_id: str, number: Number | None) -> ReadAccount:
    """How does this order stand? By its client order id it is looked for among the market's last
    1000: Coinbase finds none by it."""
    if number is not None:
        return ReadAccount(_ONE, (("order_id", str(number)),))
    return ReadAccount(_BATCH, (("limit", _MOST_ORDERS), ("product_ids", _joined(symbol))))


def ask_cancel(symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
    """Cancel this order: by its number, without which it cannot be written."""
    return CancelOrder(symbol, number, None if number is not None else client_order_id)


def ask_open_orders(symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
    """All open orders of some markets, or of all: up to 1000."""
    some = () if symbols is None else (("product_ids", ",".join(map(_joined, sorted(symbols)))),)
    words = (("limit", _MOST_ORDERS), *some, ("order_status", "OPEN"))
    return (ReadAccount(_BATCH, words),) if symbols is None or symbols else ()


def ask_trades(symbol: str, after: Mark | None) -> ReadAccount:
    """The account's own trades: the last 1000, at most since a mark."""
    start = () if after is None else (("start_sequence_timestamp", instant(after.time_ms)),)
    return _ask_fills(symbol, *start)


def ask_trades_between(symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
    """The account's own trades of at most a day: the last 1000."""
    start = ("start_sequence_timestamp", instant(start_ms))
    return _ask_fills(symbol, start, ("end_sequence_timestamp", instant(end_ms)))


def _ask_fills(symbol: str, *span: tuple[str, str]) -> ReadAccount:
    most = ("limit", str(TRADES_AT_ONCE))
    return ReadAccount(_FILLS, (most, ("product_ids", _joined(symbol)), *span))


def ask_balances() -> ReadAccount:
    """What the account holds: a page of wallets."""
    return ReadAccount(f"GET {_V3}/accounts", (("limit", _MOST_WALLETS),))


def ask_key_rights() -> ReadAccount:
    """What the key that asks may do."""
    return ReadAccount(f"GET {_V3}/key_permissions")


def ask_markets() -> ReadMarket:
    """All spot markets with their steps."""
    return ReadMarket(f"GET {_V3}/market/products", (("product_type", "SPOT"),))


def ask_candles(symbol: str, interval: str, start_ms: int) -> ReadMarket:
    """The candles of the first 350 intervals from a time on."""
    word, length = _INTERVALS[interval]
    start = start_ms // 1_000
    end = start + (CANDLES_AT_ONCE - 1) * length
    words = (("product_id", _joined(symbol)), ("start", str(start)), ("end", str(end)))
    what = f"GET {_V3}/market/products/{{product_id}}/candles"
    return ReadMarket(what, (*words, ("granularity", word)))


def ask_book(symbol: str) -> ReadMarket:
    """The best prices of a market."""
    words = (("product_id", _joined(symbol)), ("limit", "1"))
    return ReadMarket(f"GET {_V3}/market/product_book", words)


def ask_time() -> ReadMarket:
    """The exchange's clock."""
    return ReadMarket(f"GET {_V3}/time")


# What the exchange answers


class _Placed(msgspec.Struct):
    order_id: str
    product_id: str
    side: str
    client_order_id: str


class _PlacedTold(msgspec.Struct):
    success_response: _Placed


class _Cancelled(msgspec.Struct):
    order_id: str
    success: bool


class _CancelledTold(msgspec.Struct):
    results: list[_Cancelled]


class _Order(msgspec.Struct):
    order_id: str
    product_id: str
    side: str
    status: str
    client_order_id: str = ""
    filled_size: str = "0"
    created_time: str = ""
    order_configuration: dict[str, dict[str, Any] | None] | None = None


class _OrderTold(msgspec.Struct):
    order: _Order


class _OrdersTold(msgspec.Struct):
    orders: list[_Order]
    has_next: bool


class _Fill(msgspec.Struct):
    trade_id: str
    order_id: str
    product_id: str
    trade_time: str
    trade_type: str
    price: str
    size: str
    commission: str
    side: str
    size_in_quote: bool = False


class _FillsTold(msgspec.Struct):
    fills: list[_Fill]


class _Money(msgspec.Struct):
    value: str


class _Wallet(msgspec.Struct):
    currency: str
    type: str
    available_balance: _Money
    hold: _Money


class _WalletsTold(msgspec.Struct):
    accounts: list[_Wallet]
    has_next: bool


class _Product(msgspec.Struct):
    product_id: str
    base_currency_id: str
    quote_currency_id: str
    base_increment: str
    quote_increment: str
    quote_min_size: str
    base_min_size: str
    price_increment: str = ""


class _ProductsTold(msgspec.Struct):
    products: list[_Product]


class _Candle(msgspec.Struct):
    start: int
    low: str
    high: str
    open: str
    close: str
    volume: str


class _CandlesTold(msgspec.Struct):
    candles: list[_Candle]


class _Level(msgspec.Struct):
    price: str


class _Book(msgspec.Struct):
    bids: list[_Level]
    asks: list[_Level]


class _BookTold(msgspec.Struct):
    pricebook: _Book


class _Time(msgspec.Struct, rename="camel"):
    epoch_millis: int


class _Rights(msgspec.Struct):
    can_view: bool
    can_trade: bool
    can_transfer: bool


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows; of several
    cancels, whether all were."""
    if 400 <= response.status < 500 and response.status != 408:
        return Verdict.REJECTED
    told = parsed(response.body)
    if response.status != 200 or not isinstance(told, dict):
        return Verdict.UNKNOWN
    if isinstance(results := told.get("results"), list):
        done = [isinstance(one, dict) and one.get("success") is True for one in results]
        if not done or any(done) is not all(done):
            return Verdict.UNKNOWN
        return Verdict.DONE if done[0] else Verdict.REJECTED
    if told.get("success") is True or "errs" in told:  # the latter of a preview
        return Verdict.DONE
    is_no = told.get("success") is False and _says_why(told)
    return Verdict.REJECTED if is_no else Verdict.UNKNOWN


def _says_why(told: Mapping[str, Any]) -> bool:
    """Whether a refusal has a reason: without one it may be no refusal, but a failure."""
    errors = told.get("errors")
    reasons = [told.get("error_response"), *(errors if isinstance(errors, list) else ())]
    words = [one.get(name) for one in reasons if isinstance(one, dict) for name in _WHY]
    return any(isinstance(word, str) and not _NO_REASON.fullmatch(word) for word in words)


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of each of the intents that a request was written from. Of an order no more is
    told than its number."""
    verdict = judge(response)
    if isinstance(intents[0], CancelOrder) and response.status == 200:
        told = {
            one.order_id: one.success for one in converted(response.body, _CancelledTold).results
        }
        verdicts = {True: Verdict.DONE, False: Verdict.REJECTED, None: Verdict.UNKNOWN}
        return tuple(
            Outcome(verdicts[told.get(str(one.order_id))])
            for one in intents
            if isinstance(one, CancelOrder)
        )
    intent = intents[0]
    if verdict is not Verdict.DONE or not isinstance(intent, PlaceOrder) or intent.test:
        return (Outcome(verdict),) * len(intents)
    placed = converted(response.body, _PlacedTold).success_response
    report = OrderReport(
        _symbol(placed.product_id),
        placed.order_id,
        placed.client_order_id,
        OrderStatus.NEW,
        ZERO,
        side=_side(placed.side),
    )
    return (Outcome(verdict, (report,)),)


def says_too_often(response: Response) -> bool:
    """Whether Coinbase was asked more often than it allows."""
    return response.status == 429


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if there is none of that name among all that there are.
    Of a number that it gave Coinbase may know nothing for a while, which says nothing.

    Raises:
        ValueError: it does not say.
    """
    answer = parsed(response.body)
    if isinstance(answer, dict) and "order" in answer:
        return _report(converted(response.body, _OrderTold).order)
    told = converted(response.body, _OrdersTold)
    for order in told.orders:
        if order.client_order_id == client_order_id:
            return _report(order)
    if told.has_next:
        raise ValueError("it is none of the last orders; nothing is told of those before")
    return None


def cancelled_order(body: bytes) -> OrderReport | None:
    """Coinbase tells nothing of an order that it cancelled."""
    return None


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    if intent.what == _ONE:
        return (_report(converted(body, _OrderTold).order),)
    if intent.what == _BATCH:
        return tuple(map(_report, converted(body, _OrdersTold).orders))
    return ()


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders of a list.

    Raises:
        ValueError: there are more than it tells of.
    """
    told = converted(body, _OrdersTold)
    if told.has_next:
        raise ValueError("there are more open orders than one answer tells of")
    return tuple(map(_report, told.orders))


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades; Coinbase takes all fees in quote."""
    fills = converted(body, _FillsTold).fills
    return tuple(_trade(fill) for fill in fills if fill.trade_type == "FILL")


def _trade(fill: _Fill) -> OwnTrade:
    price, size = parse_amount(fill.price), parse_amount(fill.size)
    if fill.size_in_quote:
        size = in_base(size, price, DUST)
    quote = _symbol(fill.product_id).rpartition("/")[2]
    done = Fill(
        fill.trade_id,
        instant_ms(fill.trade_time),
        price,
        size,
        signed_amount(fill.commission),
        quote,
    )
    return OwnTrade(fill.order_id, done, _side(fill.side))


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds for trading, by asset.

    Raises:
        ValueError: there are more wallets than the answer tells of.
    """
    told = converted(body, _WalletsTold)
    if told.has_next:
        raise ValueError("there are more wallets than one answer tells of")
    held: dict[str, Holding] = {}
    for row in told.accounts:
        if row.type in _WALLETS:
            more = held.get(row.currency, Holding(ZERO, ZERO))
            free, locked = amount(row.available_balance.value), amount(row.hold.value)
            held[row.currency] = Holding(more.free + free, more.locked + locked)
    return held


def markets(body: bytes) -> dict[str, Market]:
    """All spot markets by unified symbol, but for those whose name could not be written."""
    found = (
        Market(
            row.base_currency_id,
            row.quote_currency_id,
            tick=amount(row.price_increment or row.quote_increment),
            lot=amount(row.base_increment),
            min_notional=amount(row.quote_min_size),
            min_quantity=amount(row.base_min_size),
        )
        for row in converted(body, _ProductsTold).products
        if row.product_id == f"{row.base_currency_id}-{row.quote_currency_id}"
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first; their turnover is reckoned, Coinbase tells none."""
    return tuple(map(_candle, reversed(converted(body, _CandlesTold).candles)))


def _candle(row: _Candle) -> Candle:
    texts = (row.open, row.high, row.low, row.close, row.volume)
    first, high, low, last, volume = map(parse_amount, texts)
    traded = turnover(volume, first, high, low, last)
    return Candle(row.start * 1_000, first, high, low, last, volume, traded)


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    told = converted(body, _BookTold).pricebook
    bid, ask = (amount(side[0].price) if side else ZERO for side in (told.bids, told.asks))
    return TopOfBook(bid, ask)


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return converted(body, _Time).epoch_millis


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do. By the right to transfer money can be sent to anybody;
    addresses and ends are not told."""
    told = converted(body, _Rights)
    can = (("trade",) if told.can_trade else ()) + (
        ("withdraw", "transfer") if told.can_transfer else ()
    )
    return KeyRights(can, is_bound=False)


def _report(order: _Order) -> OrderReport:
    executed = amount(order.filled_size)
    if order.status in _OPEN:
        status = OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
    elif order.status in _STATUS:
        status = _STATUS[order.status]
    else:
        raise ValueError(f"{order.status[:30]!r} is no status of an order")
    terms = next(iter((order.order_configuration or {}).values()), None) or {}
    size = terms.get("base_size")
    return OrderReport(
        symbol=_symbol(order.product_id),
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        status=status,
        executed=executed,
        side=_side(order.side),
        created_ms=instant_ms(order.created_time) if order.created_time else 0,
        quantity=amount(size) or None if isinstance(size, str) else None,
    )


def _symbol(name: str) -> str:
    """A product's unified name, as an answer tells it."""
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
    """The refusal in Coinbase's form, such that its clients raise their usual exception."""
    status, word = _CODES[refusal.reason]
    text = refusal.text
    told: dict[str, Any] = {"message": text, "error_details": text}
    if refusal.reason is Reason.ORDER_DENIED:
        why = {**told, "error": word, "new_order_failure_reason": word}
        why["preview_failure_reason"] = word
        told = {"success": False, "failure_reason": word, "order_id": "", "error_response": why}
    elif refusal.reason is Reason.OUTSIDE_WINDOW:
        told = {"error": word, **told, "error_description": f"{_EXPIRED}: {text}"}
    elif word:
        told = {"error": word, **told}
    return Response(status, msgspec.json.encode(told))


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value."""
    return renamed(_CLIENT_IDS, body, names)
