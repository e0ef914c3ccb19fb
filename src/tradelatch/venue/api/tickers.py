"""The tickers: last prices, best prices, and what was traded in a day or another window."""

import re
from typing import Any

from tradelatch.venue.api import answers, weights
from tradelatch.venue.api.chosen import SYMBOLS, chosen, one_or_all
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.engine.bars import MINUTE_MS, Bar
from tradelatch.venue.engine.refusal import Refused, illegal
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import SCALE, show
from tradelatch.venue.life.candles import DAY_MS

_WINDOW = re.compile(r"([1-9][0-9]?)([mhd])", re.ASCII)
_LONGEST = {"m": 59, "h": 23, "d": 7}
_UNITS = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": DAY_MS}
_ZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?", re.ASCII)


def ticker_price(call: Call) -> Any:
    """The last price."""
    return one_or_all(
        call,
        [
            {"symbol": m.listing.name, "price": answers.price(m.listing, m.last)}
            for m in chosen(call)
        ],
    )


def book_ticker(call: Call) -> Any:
    """The best prices."""
    return one_or_all(call, [{"symbol": m.listing.name, **top(m)} for m in chosen(call)])


async def day_ticker(call: Call) -> Any:
    """The last 24 hours."""
    return await _since(call, call.now - DAY_MS)


async def trading_day(call: Call) -> Any:
    """The day since midnight, in UTC or in ``timeZone``."""
    _check_named(call)
    offset = time_zone(call.parameters)
    return await _since(call, call.now - (call.now + offset) % DAY_MS)


async def window(call: Call) -> Any:
    """The last ``windowSize``; it opens with a minute."""
    _check_named(call)
    text = call.parameters.text("windowSize") or "1d"
    found = _WINDOW.fullmatch(text)
    if found is None or int(found[1]) > _LONGEST[found[2]]:
        raise illegal("windowSize", "1m to 59m, 1h to 23h, 1d to 7d")
    start = call.now - int(found[1]) * _UNITS[found[2]]
    return await _since(call, start - start % MINUTE_MS)


async def _since(call: Call, since: int) -> Any:
    kind = call.parameters.text("type") or "FULL"
    if kind not in ("FULL", "MINI"):
        raise Refused(-1139, "Invalid ticker type.")
    rows = []
    for trading in chosen(call):
        bar = await call.house.candles[trading.listing.name].recent(since, call.now)
        rows.append(day_row(trading, bar, since, call.now, full=kind == "FULL"))
    return one_or_all(call, rows)


def _check_named(call: Call) -> None:
    if not call.parameters.has("symbol") and not call.parameters.has("symbols"):
        raise Refused(-1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!")


def time_zone(asked: Parameters) -> int:
    """How far ``timeZone`` (``-1:00``, ``8``) is ahead of UTC, in ms; zero if it is not sent.

    Raises:
        Refused: it is none, or not within -12:00 to +14:00.
    """
    text = asked.text("timeZone")
    if text is None:
        return 0
    found = _ZONE.fullmatch(text)
    if found is None:
        raise illegal("timeZone", _ZONE.pattern)
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    signed = -minutes if found[1] == "-" else minutes
    if not -12 * 60 <= signed <= 14 * 60 or int(found[3] or 0) > 59:
        raise Refused(-1130, "Data sent for parameter 'timeZone' is not valid.")
    return signed * MINUTE_MS


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


TABLE: Table = {
    ("GET", "/api/v3/ticker"): Endpoint(
        window, SYMBOLS | names("windowSize type"), weight=weights.per_symbol
    ),
    ("GET", "/api/v3/ticker/24hr"): Endpoint(
        day_ticker, SYMBOLS | names("type"), weight=weights.day_ticker
    ),
    ("GET", "/api/v3/ticker/tradingDay"): Endpoint(
        trading_day, SYMBOLS | names("timeZone type"), weight=weights.per_symbol
    ),
    ("GET", "/api/v3/ticker/price"): Endpoint(ticker_price, SYMBOLS, weight=weights.one_or(4)),
    ("GET", "/api/v3/ticker/bookTicker"): Endpoint(book_ticker, SYMBOLS, weight=weights.one_or(4)),
}
