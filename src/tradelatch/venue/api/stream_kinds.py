"""The kinds of market streams: what each tells, and when.

Names, payloads and paces as
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams lists them.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tradelatch.model.orders import Side
from tradelatch.venue.api import answers
from tradelatch.venue.api.market_data import levels
from tradelatch.venue.api.tickers import day_row, top
from tradelatch.venue.engine.bars import MINUTE_MS, Bar
from tradelatch.venue.engine.events import Event, OrderChanged, Traded
from tradelatch.venue.engine.trading import AVERAGE_MINUTES, Trading
from tradelatch.venue.house import House
from tradelatch.venue.life.candles import INTERVALS

BEATS_PER_S = 10
_DAY_MS = 86_400_000
_WINDOWS = {"1h": 60 * MINUTE_MS, "4h": 240 * MINUTE_MS, "1d": _DAY_MS}
_NAME = re.compile(
    r"([a-z0-9]{1,20})@(?:(trade|aggTrade|bookTicker|miniTicker|ticker|avgPrice)"
    rf"|ticker_({'|'.join(_WINDOWS)})"
    rf"|kline_({'|'.join(INTERVALS)})|depth(5|10|20)?(?:@(100ms|1000ms))?)"
)


class Stream:
    """One stream of one market. `every` is its pace in beats of a tenth of a second."""

    every = BEATS_PER_S

    def __init__(self, house: House, trading: Trading) -> None:
        self.house = house
        self.trading = trading
        self.listing = trading.listing

    def heard(self, events: list[Event]) -> Iterable[Any]:
        """What there is to tell at once of what a command brought about."""
        return ()

    async def beat(self, now: int) -> Iterable[Any]:
        """What there is to tell at the stream's own pace, at `now` (ms)."""
        return ()

    def head(self, kind: str, now: int) -> dict[str, Any]:
        """How most messages begin."""
        return {"e": kind, "E": now, "s": self.listing.name}


class Trades(Stream):
    """Every trade, at once."""

    def heard(self, events: list[Event]) -> Iterable[Any]:
        return [
            self.told(event)
            for event in events
            if isinstance(event, Traded) and event.trade.market == self.listing.name
        ]

    def told(self, event: Traded) -> dict[str, Any]:
        """One trade."""
        row = answers.aggregate_trade(self.listing, event.trade)
        shared = {name: row[name] for name in "pqTmM"}
        return {**self.head("trade", event.trade.at), "t": event.trade.id, **shared}


class AggregateTrades(Trades):
    """The same in the form of aggregates; each trade is its own here."""

    def told(self, event: Traded) -> dict[str, Any]:
        row = answers.aggregate_trade(self.listing, event.trade)
        return {**self.head("aggTrade", event.trade.at), **row}


class BookTicker(Stream):
    """Best prices and what is offered at them, whenever they change."""

    def __init__(self, house: House, trading: Trading) -> None:
        super().__init__(house, trading)
        self._last: dict[str, str] = {}

    def heard(self, events: list[Event]) -> Iterable[Any]:
        best = top(self.trading)
        if best == self._last:
            return ()
        self._last = best
        return [
            {
                "u": self.house.engine.applied,
                "s": self.listing.name,
                "b": best["bidPrice"],
                "B": best["bidQty"],
                "a": best["askPrice"],
                "A": best["askQty"],
            }
        ]


class MiniTicker(Stream):
    """The last 24 hours in short."""

    async def beat(self, now: int) -> Iterable[Any]:
        row = await self.day(now)
        return [
            {
                **self.head("24hrMiniTicker", now),
                "c": row["lastPrice"],
                "o": row["openPrice"],
                "h": row["highPrice"],
                "l": row["lowPrice"],
                "v": row["volume"],
                "q": row["quoteVolume"],
            }
        ]

    async def day(self, now: int) -> dict[str, Any]:
        """The last 24 hours as REST tells them."""
        return await self.since(now - _DAY_MS, now)

    async def since(self, since: int, now: int) -> dict[str, Any]:
        """What was traded from `since` to `now` (ms), as REST tells it."""
        bar = await self.house.candles[self.listing.name].recent(since, now)
        return day_row(self.trading, bar, since, now, full=True)


class Ticker(MiniTicker):
    """The last 24 hours in full."""

    async def beat(self, now: int) -> Iterable[Any]:
        row = await self.day(now)
        return [self.head("24hrTicker", now) | _short(row, _OF_WINDOW | _OF_DAY)]


class RollingTicker(MiniTicker):
    """The last hour, four hours or day; the window opens with a minute."""

    def __init__(self, house: House, trading: Trading, window: str) -> None:
        super().__init__(house, trading)
        self._window = window

    async def beat(self, now: int) -> Iterable[Any]:
        start = now - _WINDOWS[self._window]
        row = await self.since(start - start % MINUTE_MS, now)
        return [self.head(f"{self._window}Ticker", now) | _short(row, _OF_WINDOW)]


_OF_WINDOW = {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "c": "lastPrice",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}
_OF_DAY = {
    "x": "prevClosePrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
}


def _short(row: dict[str, Any], fields: dict[str, str]) -> dict[str, Any]:
    return {short: row[name] for short, name in fields.items()}


class AllTickers:
    """The tickers of all markets in one message: those in which something was traded since."""

    every = BEATS_PER_S

    def __init__(self, house: House, kind: Callable[[House, Trading], MiniTicker]) -> None:
        self._house = house
        self._kind = kind
        self._traded: dict[str, int] = {}

    def heard(self, events: list[Event]) -> Iterable[Any]:
        """Nothing: it has its own pace."""
        return ()

    async def beat(self, now: int) -> Iterable[Any]:
        """One message of all that has changed."""
        found: list[Any] = []
        for name, trading in self._house.engine.markets.items():
            if self._traded.get(name) != trading.next_trade:
                self._traded[name] = trading.next_trade
                found += await self._kind(self._house, trading).beat(now)
        return [found] if found else ()


class Average(Stream):
    """The price that price bands are measured against."""

    async def beat(self, now: int) -> Iterable[Any]:
        average = self.trading.average.ticks(now)
        return [
            {
                **self.head("avgPrice", now),
                "i": f"{AVERAGE_MINUTES}m",
                "w": answers.price(self.listing, average),
                "T": self.trading.trades[-1].at if self.trading.trades else 0,
            }
        ]


class Kline(Stream):
    """The candle of an interval while it grows, and once more when it is closed."""

    def __init__(self, house: House, trading: Trading, interval: str) -> None:
        super().__init__(house, trading)
        self._interval = interval
        self._length = INTERVALS[interval]
        self._open: int | None = None

    async def beat(self, now: int) -> Iterable[Any]:
        bars = await self.house.candles[self.listing.name].read(
            self._interval, self._open, now, now, 1_000
        )
        if self._open is None:
            bars = bars[-1:]
        if bars:
            self._open = bars[-1].at
        return [self._told(bar, now, closed=bar is not bars[-1]) for bar in bars]

    def _told(self, bar: Bar, now: int, closed: bool) -> dict[str, Any]:
        row = answers.kline(self.listing, bar, self._length)
        kept = [t.id for t in self.trading.trades if bar.at <= t.at < bar.at + self._length]
        candle = {
            "t": row[0],
            "T": row[6],
            "s": self.listing.name,
            "i": self._interval,
            "f": kept[0] if kept else -1,
            "L": kept[-1] if kept else -1,
            "o": row[1],
            "c": row[4],
            "h": row[2],
            "l": row[3],
            "v": row[5],
            "n": row[8],
            "x": closed,
            "q": row[7],
            "V": row[9],
            "Q": row[10],
            "B": "0",
        }
        return {**self.head("kline", now), "k": candle}


class Levels(Stream):
    """The best levels of the book, whole."""

    def __init__(self, house: House, trading: Trading, count: int, every: int) -> None:
        super().__init__(house, trading)
        self.every = every
        self._count = count

    async def beat(self, now: int) -> Iterable[Any]:
        book = self.trading.book
        return [
            {
                "lastUpdateId": self.house.engine.applied,
                "bids": levels(self.listing, book.bids, self._count),
                "asks": levels(self.listing, book.asks, self._count),
            }
        ]


class Changes(Stream):
    """Every level of the book that was touched, with what is there now.

    A follower takes the book by REST (``lastUpdateId``), drops what is not newer, and applies
    the rest: the first that counts has ``U`` <= ``lastUpdateId`` + 1 <= ``u``, and each ``U``
    is the ``u`` before it plus one. So a level that came and went is told, too: somebody may
    have taken the book in between.
    """

    def __init__(self, house: House, trading: Trading, every: int) -> None:
        super().__init__(house, trading)
        self.every = every
        self._update = house.engine.applied
        self._touched: dict[Side, dict[int, None]] = {side: {} for side in Side}

    def heard(self, events: list[Event]) -> Iterable[Any]:
        for event in events:
            if isinstance(event, Traded):
                order, ticks = event.maker, event.trade.ticks
            elif isinstance(event, OrderChanged):
                order, ticks = event.order, event.order.ticks
            else:
                continue
            if ticks and order.market == self.listing.name:
                self._touched[order.side][ticks] = None
        return ()

    async def beat(self, now: int) -> Iterable[Any]:
        bids, asks = (self._told(side) for side in (Side.BUY, Side.SELL))
        if not bids and not asks:
            return ()
        first, self._update = self._update + 1, self.house.engine.applied
        return [
            {**self.head("depthUpdate", now), "U": first, "u": self._update, "b": bids, "a": asks}
        ]

    def _told(self, side: Side) -> list[list[str]]:
        touched, self._touched[side] = self._touched[side], {}
        book = self.trading.book.side(side)
        return [
            [
                answers.price(self.listing, ticks),
                answers.quantity(self.listing, book.lots_at(ticks)),
            ]
            for ticks in touched
        ]


_PLAIN: dict[str, type[Stream]] = {
    "trade": Trades,
    "aggTrade": AggregateTrades,
    "bookTicker": BookTicker,
    "miniTicker": MiniTicker,
    "ticker": Ticker,
    "avgPrice": Average,
}


_ALL: dict[str, Callable[[House, Trading], MiniTicker]] = {
    "!miniTicker@arr": MiniTicker,
    "!ticker@arr": Ticker,
    **{f"!ticker_{window}@arr": partial(RollingTicker, window=window) for window in _WINDOWS},
}


def find(house: House, name: str) -> Stream | AllTickers | None:
    """The stream of that name, begun now, or None if there is none."""
    if name in _ALL:
        return AllTickers(house, _ALL[name])
    found = _NAME.fullmatch(name)
    trading = house.engine.markets.get(found[1].upper()) if found else None
    if found is None or trading is None:
        return None
    _, plain, window, interval, count, pace = found.groups()
    if plain:
        return _PLAIN[plain](house, trading)
    if window:
        return RollingTicker(house, trading, window)
    if interval:
        return Kline(house, trading, interval)
    every = 1 if pace == "100ms" else BEATS_PER_S
    return Levels(house, trading, int(count), every) if count else Changes(house, trading, every)
