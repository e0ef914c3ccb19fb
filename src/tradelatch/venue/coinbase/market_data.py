"""The public endpoints, and their twins for who has signed: time, products, books, candles, trades.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api (public, products) lists
them.
"""

from typing import Any

from tradelatch.model.orders import Side
from tradelatch.venue.coinbase import answers
from tradelatch.venue.coinbase.call import Call, Endpoint, Table, names
from tradelatch.venue.coinbase.errors import invalid, not_found
from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.bars import Bar
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.life.candles import DAY_MS, INTERVALS

_GRANULARITIES = {
    "ONE_MINUTE": "1m",
    "FIVE_MINUTE": "5m",
    "FIFTEEN_MINUTE": "15m",
    "THIRTY_MINUTE": "30m",
    "ONE_HOUR": "1h",
    "TWO_HOUR": "2h",
    "FOUR_HOUR": "4h",
    "SIX_HOUR": "6h",
    "ONE_DAY": "1d",
}
_MOST_CANDLES = 350
_MOST_TRADES, _TRADES = 1_000, 100
_DEEPEST = 5_000
_SPOT = "SPOT"
_KINDS = ("SPOT", "FUTURE", "UNKNOWN_PRODUCT_TYPE")


def server_time(call: Call) -> Any:
    """The venue's clock."""
    seconds = call.now // 1_000
    iso = answers.instant(seconds * 1_000).replace(".000", "")
    return {"iso": iso, "epochSeconds": str(seconds), "epochMillis": str(call.now)}


async def products(call: Call) -> Any:
    """The markets that are asked for; other kinds of products there are none of."""
    kind = call.query.text("product_type")
    if kind not in (None, *_KINDS):
        raise invalid(f"product_type is one of {', '.join(_KINDS)}")
    chosen = call.markets() if kind != "FUTURE" else []
    offset, limit = call.query.integer("offset") or 0, call.query.integer("limit")
    page = chosen[offset:] if limit is None else chosen[offset : offset + limit]
    return {"products": [await _product(call, one) for one in page], "num_products": len(chosen)}


async def product(call: Call) -> Any:
    """One market."""
    return await _product(call, _named(call))


async def _product(call: Call, trading: Trading) -> dict[str, Any]:
    day = await call.house.candles[trading.listing.name].recent(call.now - DAY_MS, call.now)
    return answers.product(trading, day)


def product_book(call: Call) -> Any:
    """The book of one market."""
    product = call.query.text("product_id")
    if product is None:
        raise invalid("product_id is missing")
    trading = call.market(product)
    book = answers.price_book(trading, call.query.limit(_DEEPEST, _DEEPEST), call.now)
    return {"pricebook": book}


def best_bid_ask(call: Call) -> Any:
    """The best prices of the markets that are named, or of all."""
    return {"pricebooks": [answers.price_book(one, 1, call.now) for one in call.markets()]}


async def candles(call: Call) -> Any:
    """The candles that open from ``start`` to ``end`` (seconds), the newest first; those without
    a trade are left out."""
    trading, asked = _named(call), call.query
    interval = _GRANULARITIES.get(asked.text("granularity") or "")
    start, end = asked.integer("start"), asked.integer("end")
    if interval is None or start is None or end is None:
        raise invalid("start, end (seconds) and a granularity such as ONE_MINUTE are needed")
    most = asked.limit(_MOST_CANDLES, _MOST_CANDLES)
    if (end - start) * 1_000 // INTERVALS[interval] >= _MOST_CANDLES:
        raise invalid(f"number of candles requested should be less than {_MOST_CANDLES}")
    bars = await call.house.candles[trading.listing.name].read(
        interval, start * 1_000, end * 1_000, call.now, _MOST_CANDLES
    )
    traded = [bar for bar in reversed(bars) if bar.trades]
    return {"candles": [_candle(trading.listing, bar) for bar in traded[:most]]}


def ticker(call: Call) -> Any:
    """The last trades of one market, the newest first, and its best prices."""
    trading, asked = _named(call), call.query
    limit = asked.limit(_MOST_TRADES, _TRADES)
    start, end = asked.integer("start") or 0, asked.integer("end")
    found = [
        _trade(trading.listing, trade)
        for trade in reversed(trading.trades)
        if start * 1_000 <= trade.at and (end is None or trade.at <= end * 1_000)
    ]
    bid, ask = trading.book.bids.best(), trading.book.asks.best()
    return {
        "trades": found[:limit],
        "best_bid": answers.price(trading.listing, bid.ticks) if bid else "",
        "best_ask": answers.price(trading.listing, ask.ticks) if ask else "",
    }


def second_time(call: Call) -> Any:
    """The clock as the API before this one tells it."""
    told = server_time(call)
    return {"data": {"iso": told["iso"], "epoch": call.now // 1_000}}


def no_currencies(call: Call) -> Any:
    """Money of states, of which there is none here."""
    return {"data": []}


def currencies(call: Call) -> Any:
    """Every asset that some market trades."""
    return {"data": [currency(asset, place) for place, asset in enumerate(_assets(call))]}


def currency(asset: str, place: int) -> dict[str, Any]:
    """One asset, which is in that place of the list of all."""
    return {
        "asset_id": asset,
        "code": asset,
        "name": asset,
        "color": "#000000",
        "sort_index": place + 1,
        "exponent": 8,
        "type": "crypto",
        "address_regex": "^[!-~]{1,200}$",
    }


def exchange_rates(call: Call) -> Any:
    """What one of a currency is worth in others, by the last prices of the markets that trade
    the two."""
    wanted = call.query.text("currency") or "USD"
    rates = {}
    for trading in call.house.engine.markets.values():
        listing, value = trading.listing, trading.last * trading.listing.tick
        if listing.base == wanted and value:
            rates[listing.quote] = answers.plain(value)
        elif listing.quote == wanted and value:
            rates[listing.base] = answers.ratio(10**8, value)
    if wanted != "USD" and wanted not in _assets(call):
        raise not_found("invalid currency")
    return {"data": {"currency": wanted, "rates": rates}}


def _assets(call: Call) -> list[str]:
    return call.house.engine.assets


def _named(call: Call) -> Trading:
    return call.market(call.path["product_id"])


def _candle(listing: Listing, bar: Bar) -> dict[str, str]:
    return {
        "start": str(bar.at // 1_000),
        "low": answers.price(listing, bar.low),
        "high": answers.price(listing, bar.high),
        "open": answers.price(listing, bar.open),
        "close": answers.price(listing, bar.close),
        "volume": answers.size(listing, bar.lots),
    }


def _trade(listing: Listing, trade: Trade) -> dict[str, str]:
    """A trade as everybody sees it; its side is the maker's, as Coinbase tells it."""
    return {
        "trade_id": str(trade.id),
        "product_id": answers.product_id(listing),
        "price": answers.price(listing, trade.ticks),
        "size": answers.size(listing, trade.lots),
        "time": answers.instant(trade.at),
        "side": Side.SELL if trade.taker_bought else Side.BUY,
        "bid": "",
        "ask": "",
        "exchange": "coinbase",
    }


_PRODUCTS = names("limit offset product_type product_ids get_all_products")
_CANDLES = names("start end granularity limit")
_TICKER = names("limit start end")
_BOOK = names("product_id limit")
_V3 = "/api/v3/brokerage"


def _twins(path: str, handler: Any, known: frozenset[str]) -> Table:
    """An endpoint for everybody, under ``market``, and the same for who signs."""
    return {
        ("GET", f"{_V3}/market/{path}"): Endpoint(handler, known),
        ("GET", f"{_V3}/{path}"): Endpoint(handler, known, Right.READ),
    }


TABLE: Table = {
    ("GET", f"{_V3}/time"): Endpoint(server_time),
    **_twins("products", products, _PRODUCTS),
    **_twins("products/{product_id}", product, names("get_tradability_status")),
    **_twins("products/{product_id}/candles", candles, _CANDLES),
    **_twins("products/{product_id}/ticker", ticker, _TICKER),
    **_twins("product_book", product_book, _BOOK),
    ("GET", f"{_V3}/best_bid_ask"): Endpoint(best_bid_ask, names("product_ids"), Right.READ),
    ("GET", "/v2/time"): Endpoint(second_time),
    ("GET", "/v2/currencies"): Endpoint(no_currencies),
    ("GET", "/v2/currencies/crypto"): Endpoint(currencies),
    ("GET", "/v2/exchange-rates"): Endpoint(exchange_rates, names("currency")),
}
