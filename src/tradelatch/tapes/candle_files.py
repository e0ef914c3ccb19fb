"""Recorded candles as files: CSV (also packed, ``.csv.gz``), Binance's own included, and Parquet.
docs/candles.md tells the forms.

Prices are kept exactly: those of CSV as they are written, a double of Parquet as the shortest
decimal that is this double. Volumes are too, as far as their digits fit into 64 bits.
"""

import math
from array import array
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain, pairwise
from operator import le, sub
from pathlib import Path
from typing import TypeAlias

from tradelatch.model.markets import split_symbol
from tradelatch.tapes.candle_rows import PRICES, CandleRows, Chunk
from tradelatch.tapes.candles import Candles, opening
from tradelatch.tapes.files import BadTape
from tradelatch.tapes.names import INTERVALS, interval_name, named, parse_symbol
from tradelatch.tapes.scaled import BadNumber, Columns, Ints, TooManyDigits, scaled
from tradelatch.tapes.times import iso

_HOUR_MS = 3_600_000
_REGULAR = 10
"""So many candles at one distance are no chance."""

_Texts: TypeAlias = Sequence[str]


def read_candles(path: Path, symbol: str = "", interval_ms: int = 0) -> Candles:
    """All candles of a file. Market and interval are taken from it or from its name where they are
    not given.

    Raises:
        BadTape: it cannot be read, a row is no candle, or its market or interval has to be given.
    """
    if symbol:
        try:
            split_symbol(symbol)
        except ValueError as error:
            raise BadTape(str(error)) from error
    file = _CandleFile(CandleRows(path))
    return file.candles(symbol, interval_ms)


class _CandleFile:
    """What a file's rows say, once they are found good."""

    def __init__(self, rows: CandleRows) -> None:
        self._rows = rows
        self._told = named(rows.path.name)
        self._symbol = ""
        self._times: Ints = array("q")
        self._prices = Columns(is_exact=True)
        self._volumes = Columns(is_exact=False)
        self._turnovers = Columns(is_exact=False)
        for chunk in rows.chunks():
            self._take(chunk)
        if not self._times:
            raise BadTape(f"{rows.path}: there is no candle in it")

    def candles(self, symbol: str, interval_ms: int) -> Candles:
        """All of them; what is not given is found."""
        (opens, highs, lows, closes), price_unit = self._closed(self._prices, "prices")
        (volumes,), volume_unit = self._closed(self._volumes, "volumes")
        turnovers, turnover_unit = self._closed(self._turnovers, "turnovers")
        return Candles(
            symbol=self._market(symbol),
            interval_ms=self._interval(interval_ms),
            price_unit=price_unit,
            volume_unit=volume_unit,
            times=self._times,
            opens=opens,
            highs=highs,
            lows=lows,
            closes=closes,
            volumes=volumes,
            turnover_unit=turnover_unit,
            turnovers=turnovers[0] if turnovers else None,
        )

    # Rows

    def _take(self, chunk: Chunk) -> None:
        """Check and keep some rows."""
        self._take_times(chunk)
        if "symbol" in chunk.columns:
            self._take_symbols(chunk.number, chunk.columns["symbol"])
        self._take_prices(chunk.number, [chunk.columns[name] for name in PRICES])
        self._take_amounts(chunk, "volume", self._volumes)
        if "turnover" in chunk.columns:
            self._take_amounts(chunk, "turnover", self._turnovers)

    def _take_times(self, chunk: Chunk) -> None:
        last = self._times[-1] if self._times else chunk.times[0] - 1
        for number, (before, after) in enumerate(pairwise([last, *chunk.times]), chunk.number):
            if after <= before:
                says = f"{iso(after)} is before the candle in front of it, of {iso(before)}"
                if after == before:
                    says = f"a second candle of {iso(after)}"
                raise self._rows.bad(number, says, "time")
        self._times.extend(chunk.times)

    def _take_symbols(self, number: int, texts: _Texts) -> None:
        self._symbol = self._symbol or texts[0]
        if set(texts) != {self._symbol}:
            index = next(index for index, text in enumerate(texts) if text != self._symbol)
            says = f"{texts[index]!r}, and {self._symbol!r} before"
            raise self._rows.bad(number + index, says, "symbol")

    def _take_prices(self, number: int, texts: Sequence[_Texts]) -> None:
        count = len(texts[0])
        try:
            values, places = scaled(list(chain.from_iterable(texts)))
        except BadNumber as error:
            column, index = divmod(error.index, count)
            raise self._no_number(number + index, PRICES[column], texts[column][index]) from error
        columns = [values[n * count : (n + 1) * count] for n in range(4)]
        self._check_order(number, columns, texts)
        lows, told = columns[2], texts[2]
        if min(lows) <= 0:
            index = next(index for index, low in enumerate(lows) if low <= 0)
            raise self._rows.bad(number + index, f"{told[index]} is no price above zero", "low")
        try:
            self._prices.add(columns, places)
        except TooManyDigits as error:
            raise self._too_many("prices", error) from error

    def _check_order(
        self, number: int, columns: Sequence[Sequence[int]], texts: Sequence[_Texts]
    ) -> None:
        """Open and close lie between low and high."""
        opens, highs, lows, closes = columns
        for lower, upper, says in (
            (lows, opens, "the low {2} is above the open {0}"),
            (lows, closes, "the low {2} is above the close {3}"),
            (opens, highs, "the high {1} is below the open {0}"),
            (closes, highs, "the high {1} is below the close {3}"),
        ):
            if not all(map(le, lower, upper)):
                index = list(map(le, lower, upper)).index(False)
                told = says.format(*(column[index] for column in texts))
                raise self._rows.bad(number + index, told)

    def _take_amounts(self, chunk: Chunk, name: str, columns: Columns) -> None:
        texts = chunk.columns[name]
        try:
            values, places = scaled(texts)
            if min(values) < 0:
                index = next(index for index, value in enumerate(values) if value < 0)
                raise self._rows.bad(chunk.number + index, f"{texts[index]} is below zero", name)
            columns.add([values], places)
        except BadNumber as error:
            number = chunk.number + error.index
            raise self._no_number(number, name, texts[error.index]) from error
        except TooManyDigits as error:
            raise self._too_many(f"{name}s", error) from error

    # The whole

    def _market(self, asked: str) -> str:
        """The market, of all who may tell it: who asks, the rows, the file's name."""
        path = self._rows.path
        try:
            told = parse_symbol(self._symbol) if self._symbol else ""
        except ValueError as error:
            if not asked:
                raise BadTape(f"{path}: {error}") from error
            told = ""
        if told and asked and told != asked:
            raise BadTape(f"{path}: these are candles of {told}, not of {asked}")
        symbol = asked or told or self._told.symbol
        if not symbol:
            raise BadTape(
                f"{path}: nothing tells which market this is: give the symbol, such as ETH/BTC, or "
                "name the file like ETH_BTC-1m.csv"
            )
        return symbol

    def _interval(self, interval_ms: int) -> int:
        """The interval, checked against the times."""
        steps = list(map(sub, self._times[1:], self._times))
        interval_ms = interval_ms or INTERVALS.get(self._told.interval, 0) or self._usual(steps)
        name = interval_name(interval_ms)
        apart = min(steps, default=interval_ms)
        if len(steps) >= _REGULAR and interval_ms < apart == max(steps):
            says = f"the candles are {interval_name(apart)} apart, not {name}"
            raise BadTape(f"{self._rows.path}: {says}")
        if math.gcd(*steps) % interval_ms:
            index = next(index for index, step in enumerate(steps) if step % interval_ms)
            says = f"{interval_name(steps[index])} behind the one in front, but these are of {name}"
            raise self._rows.bad(self._rows.first + index + 1, says, "time")
        at = self._times[0]
        if interval_ms <= _HOUR_MS and opening(at, interval_ms) != at:
            says = f"{iso(at)} is not when a candle of {name} opens"
            raise self._rows.bad(self._rows.first, says, "time")
        return interval_ms

    def _usual(self, steps: Sequence[int]) -> int:
        """What lies between most candles, if it is an interval."""
        apart = min(steps, default=0)
        if apart not in INTERVALS.values() or steps.count(apart) * 2 <= len(steps):
            raise BadTape(
                f"{self._rows.path}: the times do not tell the interval: give it, such as 1m, or "
                "name the file like ETH_BTC-1m.csv"
            )
        return apart

    # What is wrong

    def _closed(self, columns: Columns, what: str) -> tuple[list[Ints], Decimal]:
        try:
            return columns.close()
        except TooManyDigits as error:
            raise self._too_many(what, error) from error

    def _no_number(self, number: int, column: str, text: str) -> BadTape:
        return self._rows.bad(number, f"{text[:40]!r} is no decimal number", column)

    def _too_many(self, what: str, error: TooManyDigits) -> BadTape:
        return BadTape(f"{self._rows.path}: the {what} do not fit into 64 bits: {error}")
