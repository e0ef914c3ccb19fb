"""The public endpoints: time, markets, books, trades, candles, tickers."""

from collections.abc import Iterable
from typing import Any

from tradelatch.venue.api import answers, limits, weights
from tradelatch.venue.api.chosen import SYMBOLS, chosen
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.tickers import time_zone
from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.book import BookSide
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.trading import AVERAGE_MINUTES
from tradelatch.venue.life.candles import INTERVALS

_DAY_MS = 86_400_000
_FUTURE = 10**15
_DEEPEST = 5_000
"""The most levels of a book; who asks for more gets these."""


def ping(call: Call) -> Any:
    """Nothing."""
    return {}


def server_time(call: Call) -> Any:
    """The venue's clock."""
    return {"serverTime": call.now}


def no_symbols(call: Call) -> Any:
    """Futures and options are asked for by clients at start-up; there are none."""
    return {"timezone": "UTC", "serverTime": call.now, "rateLimits": [], "symbols": []}


def exchange_info(call: Call) -> Any:
    """Markets and their filters."""
    hides = call.parameters.flag("showPermissionSets") is False
    shown: dict[str, Any] = {"permissionSets": []} if hides else {}
    return {
        "timezone": "UTC",
        "serverTime": call.now,
        "rateLimits": [limit.told() for limit in limits.ALL] if call.limits else [],
        "exchangeFilters": [],
        "symbols": [answers.exchange_symbol(market.listing) | shown for market in chosen(call)],
    }


def depth(call: Call) -> Any:
    """The book, level by level."""
    trading = call.trading
    limit = min(call.parameters.integer("limit", 1, 10**9) or 100, _DEEPEST)
    return {
        "lastUpdateId": call.house.engine.applied,
        "bids": levels(trading.listing, trading.book.bids, limit),
        "asks": levels(trading.listing, trading.book.asks, limit),
    }


def trades(call: Call) -> Any:
    """The last trades."""
    trading = call.trading
    limit = call.parameters.integer("limit", 1, 1_000) or 500
    kept: Iterable[Trade] = trading.trades
    start = call.parameters.integer("fromId", 0, _FUTURE)
    if start is not None:
        found = [trade for trade in kept if trade.id >= start][:limit]
    else:
        found = list(kept)[-limit:]
    return [answers.public_trade(trading.listing, trade) for trade in found]


def aggregate_trades(call: Call) -> Any:
    """The last trades, or those from an id or a time on."""
    trading, asked = call.trading, call.parameters
    limit = asked.integer("limit", 1, 1_000) or 500
    first = asked.integer("fromId", 0, _FUTURE)
    start = asked.moment("startTime")
    end = asked.moment("endTime")
    found = [
        trade
        for trade in trading.trades
        if (first is None or trade.id >= first)
        and (start is None or trade.at >= start)
        and (end is None or trade.at <= end)
    ]
    chosen = found[-limit:] if first is None and start is None else found[:limit]
    return [answers.aggregate_trade(trading.listing, trade) for trade in chosen]


async def klines(call: Call) -> Any:
    """Candles."""
    trading, asked = call.trading, call.parameters
    interval = asked.required("interval")
    if interval not in INTERVALS:
        raise Refused(-1120, "Invalid interval.")
    if time_zone(asked) % INTERVALS[interval]:  # others are the same candles as in UTC
        raise Refused(-1130, "Data sent for parameter 'timeZone' is not valid.")
    start = asked.moment("startTime")
    end = asked.moment("endTime")
    limit = asked.integer("limit", 1, 1_000) or 500
    bars = await call.house.candles[trading.listing.name].read(
        interval, start, call.now if end is None else end, call.now, limit
    )
    return [answers.kline(trading.listing, bar, INTERVALS[interval]) for bar in bars]


def average_price(call: Call) -> Any:
    """The price that the price bands are measured against."""
    trading = call.trading
    ticks = trading.average.ticks(call.now)
    return {
        "mins": AVERAGE_MINUTES,
        "price": answers.price(trading.listing, ticks),
        "closeTime": call.now,
    }


def levels(listing: Listing, side: BookSide, limit: int) -> list[list[str]]:
    """The first levels of one side as [price, quantity]."""
    return [
        [answers.price(listing, level.ticks), answers.quantity(listing, level.lots)]
        for _, level in zip(range(limit), side.levels(), strict=False)
    ]


_KLINES = names("symbol interval startTime endTime limit timeZone")
_EMPTY = Endpoint(no_symbols)

TABLE: Table = {
    ("GET", "/api/v3/ping"): Endpoint(ping),
    ("GET", "/api/v3/time"): Endpoint(server_time),
    ("GET", "/api/v3/exchangeInfo"): Endpoint(
        exchange_info, SYMBOLS | names("permissions showPermissionSets"), weight=20
    ),
    ("GET", "/api/v3/depth"): Endpoint(
        depth, names("symbol limit symbolStatus"), weight=weights.depth
    ),
    ("GET", "/api/v3/trades"): Endpoint(trades, names("symbol limit"), weight=25),
    ("GET", "/api/v3/historicalTrades"): Endpoint(trades, names("symbol limit fromId"), weight=25),
    ("GET", "/api/v3/aggTrades"): Endpoint(
        aggregate_trades, names("symbol limit fromId startTime endTime"), weight=4
    ),
    ("GET", "/api/v3/klines"): Endpoint(klines, _KLINES, weight=2),
    ("GET", "/api/v3/uiKlines"): Endpoint(klines, _KLINES, weight=2),
    ("GET", "/api/v3/avgPrice"): Endpoint(average_price, names("symbol"), weight=2),
    ("GET", "/fapi/v1/exchangeInfo"): _EMPTY,
    ("GET", "/dapi/v1/exchangeInfo"): _EMPTY,
    ("GET", "/eapi/v1/exchangeInfo"): _EMPTY,
}
