"""KuCoin Futures, which have a host of their own with the paths of the spot market. Their orders
are read, so that a refusal can say what was asked for, and never written.

https://www.kucoin.com/docs-new/rest/futures-trading
"""

import re

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
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, PlaceOrder, ReadMarket
from tradelatch.model.orders import OrderType, Side, TimeInForce

FAMILY = "futures"
_HERE = " of futures"
"""Sets their endpoints' names apart from those of the spot market."""
_ORDERS = ("/api/v1/orders", "/api/v1/orders/test", "/api/v1/st-orders")

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", dict.fromkeys(_ORDERS, "")),
        *listed(Kind.BATCH, "POST", {"/api/v1/orders/multi": ""}),
        *listed(
            Kind.MARKET,
            "GET",
            {
                "/api/v1/timestamp": "",
                "/api/v1/status": "",
                "/api/v1/contracts/active": "",
                "/api/v1/contracts/{symbol}": "",
                "/api/v1/allTickers": "",
                "/api/v1/ticker": "symbol",
                "/api/v1/level2/depth20": "symbol",
                "/api/v1/level2/depth100": "symbol",
                "/api/v1/trade/history": "symbol",
                "/api/v1/kline/query": "symbol granularity from to",
                "/api/v1/funding-rate/{symbol}/current": "",
            },
            FAMILY,
        ),
    ),
    Unlisted(
        moves=("/api/v1/transfer", "/api/v2/transfer", "/api/v3/transfer"),
        keys=("/api/v1/sub",),
        levered=("/",),
    ),
)

_PERPETUAL = re.compile(r"([A-Z0-9]{1,20}?)(USDT|USDC|USD)M")
_COINS = {"XBT": "BTC"}
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES = {"limit": OrderType.LIMIT, "market": OrderType.MARKET}
_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_STOPS = {"down": Side.SELL, "up": Side.BUY}
"""By the way in which the price has to go to set it off, the side that a stop-loss has then."""


def unified(name: str) -> str:
    """``XBTUSDTM`` as ``BTC/USDT:USDT``, and ``XBTUSDM``, settled in bitcoin, as ``BTC/USD:BTC``.

    Raises:
        Refusal: BAD_PARAMETER, it is no perpetual contract's name.
    """
    found = _PERPETUAL.fullmatch(name)
    if found is None:
        raise Refusal(Reason.BAD_PARAMETER, f"{name[:40]!r} is no perpetual contract's name")
    base, quote = _COINS.get(found[1], found[1]), found[2]
    return f"{base}/{quote}:{base if quote == 'USD' else quote}"


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood.
    """
    meant = read_by(TABLE, _READERS, request)
    return tuple(
        ReadMarket(one.what + _HERE, one.parameters) if isinstance(one, ReadMarket) else one
        for one in meant
    )


def public(what: str) -> Endpoint | None:
    """The endpoint of that name; None if it is none of futures.

    Raises:
        ValueError: it is one of futures and there is none of that name.
    """
    if not what.endswith(_HERE):
        return None
    return TABLE.named(what.removesuffix(_HERE), Kind.MARKET)


def _batch(sent: Sent, endpoint: Endpoint) -> tuple[AnyIntent, ...]:
    rows = sent.rows("[]")
    sent.end()
    more = (BATCH,) if len(rows) > 1 else ()
    return tuple(_order(row, more) for row in rows)


def _order(sent: Sent, more: tuple[str, ...] = ()) -> PlaceOrder:
    side, kind = sent.need_word("side", _SIDES), sent.word("type", _TYPES) or OrderType.LIMIT
    stop, stop_price = sent.word("stop", _STOPS), sent.amount("stopPrice")
    if stop is not None or stop_price is not None:
        kind = waiting(kind, is_stop_loss=stop is side)
    if sent.flag("postOnly") and kind is OrderType.LIMIT:
        kind = OrderType.LIMIT_MAKER
    order = PlaceOrder(
        unified(sent.need("symbol")),
        side,
        kind,
        quantity=sent.amount("size"),
        price=sent.amount("price"),
        time_in_force=time_in_force(kind, sent.word("timeInForce", _TIMES)),
        stop_price=stop_price,
        client_order_id=sent.id("clientOid"),
        reduce_only=sent.flag("reduceOnly"),
        unbounded=(LEVERAGE, *more, *sent.rest),
    )
    return shaped(order)


_READERS: Readers = {
    Kind.PLACE: lambda sent, endpoint: (_order(sent),),
    Kind.BATCH: _batch,
}
