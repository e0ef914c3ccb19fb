"""The public endpoints (https://www.kucoin.com/docs-new/rest/spot-trading/market-data): time,
currencies, markets, tickers, books, trades, candles."""

from typing import Any

from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.bars import Bar, quiet
from tradelatch.venue.engine.book import BookSide
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import DIGITS, PPM, SCALE
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Handler, Table
from tradelatch.venue.kucoin.names import plain, price, rate, size, symbol_of, trade_id
from tradelatch.venue.kucoin.refusals import Declined, unsuitable
from tradelatch.venue.life.candles import DAY_MS, INTERVALS

_MOST_CANDLES = 1_500
_MOST_TRADES = 100
_INTERVALS = {
    **{f"{n}min": f"{n}m" for n in (1, 3, 5, 15, 30)},
    **{f"{n}hour": f"{n}h" for n in (1, 2, 4, 6, 8, 12)},
    "1day": "1d",
    "1week": "1w",
}
"""What candles are called here, and at the venue."""
_NS = 1_000_000
"""Nanoseconds of a millisecond."""
_UNIT = plain(1)


def timestamp(call: Call) -> Any:
    """The venue's clock, ms."""
    return call.now


def status(call: Call) -> Any:
    """Whether one can trade."""
    return {"status": "open", "msg": ""}


def currencies(call: Call) -> Any:
    """Every asset with its one network."""
    return [_currency(asset) for asset in call.house.engine.assets]


def currency(call: Call) -> Any:
    """One asset."""
    asset = call.parameters.required("currency")
    if asset not in call.house.engine.assets:
        raise unsuitable("The currency is not available here.")
    return _currency(asset)


def _currency(asset: str) -> dict[str, Any]:
    chain = {
        "chainName": asset,
        "chainId": asset.lower(),
        "withdrawalMinSize": _UNIT,
        "depositMinSize": None,
        "withdrawFeeRate": "0",
        "withdrawalMinFee": "0",
        "isWithdrawEnabled": True,
        "isDepositEnabled": True,
        "confirms": 1,
        "preConfirms": 1,
        "withdrawPrecision": DIGITS,
        "maxWithdraw": None,
        "maxDeposit": None,
        "needTag": False,
        "contractAddress": "",
    }
    return {
        "currency": asset,
        "name": asset,
        "fullName": asset,
        "precision": DIGITS,
        "confirms": None,
        "contractAddress": None,
        "isMarginEnabled": False,
        "isDebitEnabled": False,
        "chains": [chain],
    }


def symbols(call: Call) -> Any:
    """Markets and their steps."""
    return [_symbol(trading.listing) for trading in call.house.engine.markets.values()]


def symbol(call: Call) -> Any:
    """One market."""
    return _symbol(call.trading.listing)


def _symbol(listing: Listing) -> dict[str, Any]:
    name = symbol_of(listing)
    return {
        "symbol": name,
        "name": name,
        "baseCurrency": listing.base,
        "quoteCurrency": listing.quote,
        "feeCurrency": listing.quote,
        "market": listing.quote,
        "baseMinSize": plain(listing.lot),
        "quoteMinSize": plain(listing.min_notional),
        "baseMaxSize": size(listing, listing.max_lots),
        "quoteMaxSize": plain(listing.max_notional),
        "baseIncrement": plain(listing.lot),
        "quoteIncrement": _UNIT,
        "priceIncrement": plain(listing.tick),
        "priceLimitRate": rate(listing.bids.up - PPM),
        "minFunds": plain(listing.min_notional),
        "isMarginEnabled": False,
        "enableTrading": True,
        "feeCategory": 1,
        "makerFeeCoefficient": "1.00",
        "takerFeeCoefficient": "1.00",
        "st": False,
    }


async def all_tickers(call: Call) -> Any:
    """The last 24 hours of every market."""
    rows = [await _ticker(call, trading) for trading in call.house.engine.markets.values()]
    return {"time": call.now, "ticker": rows}


async def stats(call: Call) -> Any:
    """The last 24 hours of one market."""
    return {"time": call.now, **await _ticker(call, call.trading)}


async def _ticker(call: Call, trading: Trading) -> dict[str, Any]:
    listing, last = trading.listing, trading.last
    since = call.now - DAY_MS
    found = await call.house.candles[listing.name].recent(since, call.now)
    bar = found or quiet(since, last)
    average = bar.quote * SCALE // (bar.lots * listing.lot) if bar.lots else last * listing.tick
    bid, ask = trading.book.bids.best(), trading.book.asks.best()
    return {
        "symbol": symbol_of(listing),
        "symbolName": symbol_of(listing),
        "buy": price(listing, bid.ticks) if bid else None,
        "bestBidSize": size(listing, bid.lots) if bid else None,
        "sell": price(listing, ask.ticks) if ask else None,
        "bestAskSize": size(listing, ask.lots) if ask else None,
        "changeRate": plain(_part(last - bar.open, bar.open)),
        "changePrice": plain((last - bar.open) * listing.tick),
        "high": price(listing, bar.high),
        "low": price(listing, bar.low),
        "vol": size(listing, bar.lots),
        "volValue": plain(bar.quote),
        "last": price(listing, last),
        "averagePrice": plain(average),
        "takerFeeRate": rate(listing.taker_fee),
        "makerFeeRate": rate(listing.maker_fee),
        "takerCoefficient": "1",
        "makerCoefficient": "1",
    }


def _part(change: int, whole: int) -> int:
    """A fraction in units of 1e-8."""
    return change * SCALE // whole if whole else 0


def best(call: Call) -> Any:
    """The last trade and the best prices (level 1)."""
    trading = call.trading
    listing = trading.listing
    bid, ask = trading.book.bids.best(), trading.book.asks.best()
    trade = trading.trades[-1] if trading.trades else None
    return {
        "time": call.now,
        "sequence": str(call.house.engine.applied),
        "price": price(listing, trading.last),
        "size": size(listing, trade.lots if trade else 0),
        "bestBid": price(listing, bid.ticks if bid else 0),
        "bestBidSize": size(listing, bid.lots if bid else 0),
        "bestAsk": price(listing, ask.ticks if ask else 0),
        "bestAskSize": size(listing, ask.lots if ask else 0),
    }


def book(most: int | None) -> Handler:
    """The book level by level (level 2), up to `most` of a side."""

    def answer(call: Call) -> Any:
        trading = call.trading
        return {
            "time": call.now,
            "sequence": str(call.house.engine.applied),
            "bids": _levels(trading.listing, trading.book.bids, most),
            "asks": _levels(trading.listing, trading.book.asks, most),
        }

    return answer


def _levels(listing: Listing, side: BookSide, most: int | None) -> list[list[str]]:
    count = len(side) if most is None else most
    return [
        [price(listing, level.ticks), size(listing, level.lots)]
        for _, level in zip(range(count), side.levels(), strict=False)
    ]


def histories(call: Call) -> Any:
    """The last trades, the oldest first."""
    listing = call.trading.listing
    return [
        {
            "sequence": str(trade.id),
            "tradeId": trade_id(call.house.engine, listing.name, trade.id),
            "price": price(listing, trade.ticks),
            "size": size(listing, trade.lots),
            "side": "buy" if trade.taker_bought else "sell",
            "time": trade.at * _NS,
        }
        for trade in list(call.trading.trades)[-_MOST_TRADES:]
    ]


async def candles(call: Call) -> Any:
    """Candles that open from ``startAt`` up to but without ``endAt`` (seconds), the latest first;
    the latest 1,500 of them."""
    listing, asked = call.trading.listing, call.parameters
    name = asked.required("type")
    if name not in _INTERVALS:
        raise unsuitable(f"type is one of {', '.join(_INTERVALS)}.")
    length = INTERVALS[_INTERVALS[name]]
    start = (asked.integer("startAt", 0, 10**11) or 0) * 1_000
    end = (asked.integer("endAt", 0, 10**11) or 0) * 1_000 or call.now + 1
    end = min(end, call.now + 1)
    bars = await call.house.candles[listing.name].read(
        _INTERVALS[name], max(start, end - _MOST_CANDLES * length), end - 1, call.now, _MOST_CANDLES
    )
    return [_candle(listing, bar) for bar in reversed(bars)]


def _candle(listing: Listing, bar: Bar) -> list[str]:
    prices = (price(listing, ticks) for ticks in (bar.open, bar.close, bar.high, bar.low))
    return [str(bar.at // 1_000), *prices, size(listing, bar.lots), plain(bar.quote)]


def no_contracts(call: Call) -> Any:
    """Futures are asked for by clients at their start; there are none."""
    return []


def no_feeds(call: Call) -> Any:
    """There are no websockets on this face."""
    raise Declined(404000, "Websocket feeds are not offered here, ask by REST.", 404)


TABLE: Table = {
    "GET /api/v1/timestamp": Endpoint(timestamp, weight=3),
    "GET /api/v1/status": Endpoint(status, weight=3),
    "GET /api/v1/currencies": Endpoint(currencies, weight=3),
    "GET /api/v3/currencies": Endpoint(currencies, weight=3),
    "GET /api/v3/currencies/{currency}": Endpoint(currency, weight=3),
    "GET /api/v2/symbols": Endpoint(symbols, weight=4),
    "GET /api/v2/symbols/{symbol}": Endpoint(symbol, weight=4),
    "GET /api/v1/market/allTickers": Endpoint(all_tickers, weight=15),
    "GET /api/v1/market/stats": Endpoint(stats, weight=15),
    "GET /api/v1/market/orderbook/level1": Endpoint(best),
    "GET /api/v1/market/orderbook/level2_20": Endpoint(book(20)),
    "GET /api/v1/market/orderbook/level2_100": Endpoint(book(100), weight=4),
    "GET /api/v3/market/orderbook/level2": Endpoint(book(None), Right.READ, weight=3),
    "GET /api/v1/market/histories": Endpoint(histories, weight=3),
    "GET /api/v1/market/candles": Endpoint(candles, weight=3),
    "GET /api/v1/contracts/active": Endpoint(no_contracts, weight=3),
    "POST /api/v1/bullet-public": Endpoint(no_feeds, weight=10),
    "POST /api/v1/bullet-private": Endpoint(no_feeds, Right.READ, weight=10),
}
