"""Prices of the past: recorded trades or candles, told as they were known at a moment."""

import csv
import gzip
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tradelatch.hindsight.events import Unreadable
from tradelatch.model.clock import DAY, MINUTE, MS
from tradelatch.model.markets import Candle, TopOfBook, split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.document import MarketRules
from tradelatch.policy.references import MissingReference, Prices, Print, Reference

_MINUTE_MS, _DAY_MS = MINUTE // MS, DAY // MS
_TAPE = ("timestamp", "price", "amount")


class History:
    """One market's minutes. Asked at rising times; the book is not known, and its best prices
    are taken to be the last trade's."""

    def __init__(self, minutes: list[Candle]) -> None:
        self._minutes = minutes
        self._times = [candle.open_ms for candle in minutes]
        self._days = [_joined(list(day)) for _, day in _by_day(minutes)]
        self._prices = Prices()
        self._fed_ms = 0

    def reference(
        self, side: Side, rules: MarketRules, value: Decimal, now_ns: int, own: Iterable[Print]
    ) -> Reference | None:
        """What an order was judged by then, None where too little is known; `own` are the
        account's own prints."""
        self._feed(now_ns, own)
        try:
            return self._prices.reference(side, rules, value, now_ns)
        except MissingReference:
            return None

    def mark(self, now_ns: int) -> Decimal | None:
        """The five-minute median, None if there is none."""
        self._feed(now_ns, ())
        return self._prices.mark(now_ns)

    def _feed(self, now_ns: int, own: Iterable[Print]) -> None:
        """Show what an exchange showed then: minutes that were over, and days."""
        now_ms = now_ns // MS
        end = now_ms - now_ms % _MINUTE_MS
        start = max(self._fed_ms, now_ms - _DAY_MS)
        known = self._minutes[bisect_left(self._times, start) : bisect_left(self._times, end)]
        self._prices.see_minutes(known, now_ns, own)
        self._prices.see_days([day for day in self._days if day.open_ms <= now_ms])
        last = bisect_left(self._times, end)
        close = self._minutes[last - 1].close if last else ZERO
        self._prices.see_book(TopOfBook(close, close), now_ns)
        self._fed_ms = end


def read_tape(path: Path) -> tuple[str, History]:
    """A recorded tape (CSV or csv.gz with ``symbol,timestamp,price,amount``) and its market.

    Raises:
        Unreadable: one sentence with file and line.
    """
    rows = csv.DictReader(_lines(path))
    lacking = [name for name in ("symbol", *_TAPE) if name not in (rows.fieldnames or ())]
    if lacking:
        raise Unreadable(f"{path}: a tape has the column {lacking[0]!r}, this has not")
    symbol, minutes, trades = "", [], []
    for row in rows:
        try:
            symbol = symbol or "/".join(split_symbol(row["symbol"]))
            at, price, amount = int(row["timestamp"]), Decimal(row["price"]), Decimal(row["amount"])
        except (ValueError, TypeError, InvalidOperation) as error:
            raise Unreadable(f"{path}, line {rows.line_num}: not a trade") from error
        trades.append((at, price, amount))
    trades.sort(key=lambda trade: trade[0])
    for minute, group in itertools.groupby(trades, lambda trade: trade[0] // _MINUTE_MS):
        span = [(price, amount) for _, price, amount in group]
        prices = [price for price, _ in span]
        volume = sum((amount for _, amount in span), ZERO)
        turnover = sum((price * amount for price, amount in span), ZERO)
        ends = (prices[0], max(prices), min(prices), prices[-1])
        minutes.append(Candle(minute * _MINUTE_MS, *ends, volume, turnover))
    return symbol, History(minutes)


def read_candles(path: Path) -> History:
    """One-minute candles as Binance publishes them: CSV of open time (ms or us), open, high, low,
    close, volume, close time, quote volume; a header is skipped.

    Raises:
        Unreadable: one sentence with file and line.
    """
    minutes = []
    for number, row in enumerate(csv.reader(_lines(path)), 1):
        if number == 1 and not row[0].isdecimal():
            continue
        try:
            opened = int(row[0])
            opened = opened // 1_000 if opened > 10**14 else opened
            first, high, low, last, volume, turnover = (Decimal(row[n]) for n in (1, 2, 3, 4, 5, 7))
        except (ValueError, IndexError, InvalidOperation) as error:
            raise Unreadable(f"{path}, line {number}: not a candle of Binance's form") from error
        minutes.append(Candle(opened, first, high, low, last, volume, turnover))
    return History(sorted(minutes, key=lambda candle: candle.open_ms))


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: cannot be read as CSV") from error


def _by_day(minutes: list[Candle]) -> Iterator[tuple[int, Iterator[Candle]]]:
    return itertools.groupby(minutes, lambda candle: candle.open_ms // _DAY_MS)


def _joined(minutes: list[Candle]) -> Candle:
    """The day that these minutes make."""
    return Candle(
        minutes[0].open_ms // _DAY_MS * _DAY_MS,
        minutes[0].open,
        max(candle.high for candle in minutes),
        min(candle.low for candle in minutes),
        minutes[-1].close,
        sum((candle.volume for candle in minutes), ZERO),
        sum((candle.turnover for candle in minutes), ZERO),
    )
