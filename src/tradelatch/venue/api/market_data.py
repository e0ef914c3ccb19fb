"""The public endpoints: time, markets, books, trades, candles, tickers."""

from collections.abc import Iterable
from typing import Any

from tradelatch.venue.api import answers
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.bars import Bar
from tradelatch.venue.engine.book import BookSide
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.refusal import BAD_SYMBOL, Refused
from tradelatch.venue.engine.trading import AVERAGE_MINUTES, Trading
from tradelatch.venue.engine.units import SCALE, show
from tradelatch.venue.life.candles import INTERVALS

_DAY_MS = 86_400_000
_FUTURE = 10**15


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
    return {
        "timezone": "UTC",
        "serverTime": call.now,
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [answers.exchange_symbol(market.listing) for market in _chosen(call)],
    }


def depth(call: Call) -> Any:
    """The book, level by level."""
    trading = call.trading
    limit = call.parameters.integer("limit", 1, 5_000) or 100
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
    start = asked.integer("startTime", 0, _FUTURE)
    end = asked.integer("endTime", 0, _FUTURE)
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
    start = asked.integer("startTime", 0, _FUTURE)
    end = asked.integer("endTime", 0, _FUTURE)
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


def ticker_price(call: Call) -> Any:
    """The last price."""
    return _one_or_all(
        call,
        [
            {"symbol": m.listing.name, "price": answers.price(m.listing, m.last)}
            for m in _chosen(call)
        ],
    )


def book_ticker(call: Call) -> Any:
    """The best prices."""
    return _one_or_all(call, [{"symbol": m.listing.name, **top(m)} for m in _chosen(call)])


async def day_ticker(call: Call) -> Any:
    """The last 24 hours."""
    kind = call.parameters.text("type", "^(FULL|MINI)$") or "FULL"
    rows = []
    for trading in _chosen(call):
        since = call.now - _DAY_MS
        bar = await call.house.candles[trading.listing.name].recent(since, call.now)
        rows.append(day_row(trading, bar, since, call.now, full=kind == "FULL"))
    return _one_or_all(call, rows)


def day_row(trading: Trading, bar: Bar | None, since: int, now: int, full: bool) -> dict[str, Any]:
    """A day's figures, from `since` to `now` (ms), as the day ticker tells them."""
    listing = trading.listing
    bar = bar or Bar(since, trading.last, trading.last, trading.last, trading.last)
    last_id = trading.next_trade - 1
    row: dict[str, Any] = {
        "symbol": listing.name,
        "openPrice": answers.price(listing, bar.open),
        "highPrice": answers.price(listing, bar.high),
        "lowPrice": answers.price(listing, bar.low),
        "lastPrice": answers.price(listing, trading.last),
        "volume": answers.quantity(listing, bar.lots),
        "quoteVolume": show(bar.quote),
        "openTime": since,
        "closeTime": now,
        "firstId": trading.trades[0].id if trading.trades else -1,
        "lastId": last_id or -1,
        "count": bar.trades,
    }
    if full:
        change = (trading.last - bar.open) * listing.tick
        average = bar.quote * SCALE // (bar.lots * listing.lot) if bar.lots else 0
        percent = 100 * (trading.last - bar.open) / bar.open if bar.open else 0.0
        row |= {
            "priceChange": show(change),
            "priceChangePercent": f"{percent:.3f}",
            "weightedAvgPrice": show(average),
            "prevClosePrice": answers.price(listing, bar.open),
            "lastQty": answers.quantity(listing, trading.trades[-1].lots if trading.trades else 0),
            **top(trading),
        }
    return row


def top(trading: Trading) -> dict[str, str]:
    """The best prices of a market and what is offered at them."""
    found = {}
    for name, side in (("bid", trading.book.bids), ("ask", trading.book.asks)):
        best = side.best()
        found[f"{name}Price"] = answers.price(trading.listing, best.ticks if best else 0)
        found[f"{name}Qty"] = answers.quantity(trading.listing, best.lots if best else 0)
    return found


def levels(listing: Listing, side: BookSide, limit: int) -> list[list[str]]:
    """The first levels of one side as [price, quantity]."""
    return [
        [answers.price(listing, level.ticks), answers.quantity(listing, level.lots)]
        for _, level in zip(range(limit), side.levels(), strict=False)
    ]


def _chosen(call: Call) -> list[Trading]:
    """The markets that `symbol` or `symbols` names, or all."""
    engine, asked = call.house.engine, call.parameters
    several = asked.symbols()
    if asked.has("symbol"):
        if several is not None:
            raise Refused(-1128, "Combination of optional parameters invalid.")
        return [engine.trading(asked.symbol())]
    if several is None:
        return list(engine.markets.values())
    if any(name not in engine.markets for name in several):
        raise BAD_SYMBOL
    return [engine.markets[name] for name in several]


def _one_or_all(call: Call, rows: list[Any]) -> Any:
    return rows[0] if call.parameters.has("symbol") else rows


_SYMBOLS = names("symbol symbols")
_EMPTY = Endpoint(no_symbols)

TABLE: Table = {
    ("GET", "/api/v3/ping"): Endpoint(ping),
    ("GET", "/api/v3/time"): Endpoint(server_time),
    ("GET", "/api/v3/exchangeInfo"): Endpoint(
        exchange_info, _SYMBOLS | names("permissions showPermissionSets symbolStatus")
    ),
    ("GET", "/api/v3/depth"): Endpoint(depth, names("symbol limit")),
    ("GET", "/api/v3/trades"): Endpoint(trades, names("symbol limit")),
    ("GET", "/api/v3/historicalTrades"): Endpoint(trades, names("symbol limit fromId")),
    ("GET", "/api/v3/aggTrades"): Endpoint(
        aggregate_trades, names("symbol limit fromId startTime endTime")
    ),
    ("GET", "/api/v3/klines"): Endpoint(
        klines, names("symbol interval startTime endTime limit timeZone")
    ),
    ("GET", "/api/v3/avgPrice"): Endpoint(average_price, names("symbol")),
    ("GET", "/api/v3/ticker/24hr"): Endpoint(day_ticker, _SYMBOLS | names("type")),
    ("GET", "/api/v3/ticker/price"): Endpoint(ticker_price, _SYMBOLS),
    ("GET", "/api/v3/ticker/bookTicker"): Endpoint(book_ticker, _SYMBOLS),
    ("GET", "/fapi/v1/exchangeInfo"): _EMPTY,
    ("GET", "/dapi/v1/exchangeInfo"): _EMPTY,
    ("GET", "/eapi/v1/exchangeInfo"): _EMPTY,
}
