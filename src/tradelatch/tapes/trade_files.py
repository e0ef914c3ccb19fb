"""Recorded trades as files: CSV with a header (also packed, ``.csv.gz``), or Parquet.

A file has these columns, in any order and among others:

========================  ======================================================================
``time`` or               UTC, whole ms since 1970; in Parquet also a column of time stamps, of
``timestamp``             which what is finer than a ms is dropped; in order
``price`` and ``amount``  above zero, in quote and in base, rounded to eight decimals
``side``                  the taker's, ``buy`` or ``sell``
``symbol``                such as ``BTC/USDT``, the same in all rows; may be left out
========================  ======================================================================
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Any, NamedTuple

from tradelatch.tapes.files import BATCH, BadTape, csv_of, find_columns, parquet_of

DIGITS = 8
SCALE: int = 10**DIGITS
"""Prices and amounts are counts of 1e-8."""
_NAMES = {
    "time": ("time", "timestamp"),
    "price": ("price",),
    "amount": ("amount",),
    "side": ("side",),
    "symbol": ("symbol",),
}
_OPTIONAL = ("symbol",)
_BOUGHT = {"buy": True, "sell": False}
_EARLIEST, _LATEST = 10**11, 10**13
"""Times in ms, from 1973 to 2286: seconds and microseconds since 1970 fall outside."""
_LARGEST = 2**63

_Row = Sequence[Any]
"""Values in the order of `_NAMES`."""


class Print(NamedTuple):
    """One recorded trade: its time in ms, price and amount in units of 1e-8, and whether the
    taker bought."""

    at: int
    price: int
    amount: int
    bought: bool


class TapeFile:
    """One file, read once. `symbol` is what its rows say, as far as they have been read."""

    def __init__(self, path: Path) -> None:
        self.symbol = ""
        self._path = path
        self._names: dict[str, str] = {}
        self._place = ""
        self._last = 0

    def prints(self) -> Iterator[Print]:
        """The trades in the order of the file.

        Raises:
            BadTape: it cannot be read, or a row is no trade.
        """
        rows = self._parquet() if self._path.suffix == ".parquet" else self._csv()
        for time, price, amount, side, symbol in rows:
            if symbol != self.symbol:
                self._name(symbol)
            yield Print(
                self._time(time),
                self._units("price", price),
                self._units("amount", amount),
                self._bought(side),
            )

    def _csv(self) -> Iterator[_Row]:
        with csv_of(self._path) as rows:
            header: list[str] = next(rows, [])
            self._find(header)
            places = [header.index(name) if name else None for name in self._names.values()]
            for row in rows:
                self._place = f"line {rows.line_num}"
                if len(row) != len(header):
                    raise self._bad(f"{len(row)} fields under a header of {len(header)}")
                yield ["" if place is None else row[place] for place in places]

    def _parquet(self) -> Iterator[_Row]:
        with parquet_of(self._path) as file:
            self._find(file.schema_arrow.names)
            names = [name for name in self._names.values() if name]
            number = 0
            for batch in file.iter_batches(BATCH, columns=names):
                columns = [_column(batch, name) for name in self._names.values()]
                for row in zip(*columns, strict=True):
                    number += 1
                    self._place = f"row {number}"
                    yield row

    def _find(self, header: Sequence[str]) -> None:
        """Which of the file's columns are ours."""
        self._names = find_columns(self._path, header, _NAMES, _OPTIONAL)

    def _name(self, symbol: object) -> None:
        if self.symbol or not isinstance(symbol, str):
            raise self._bad(f"{symbol!r}, and {self.symbol!r} before", "symbol")
        self.symbol = symbol

    def _time(self, value: Any) -> int:
        at = _whole(value)
        if at is None or not _EARLIEST <= at < _LATEST:
            raise self._bad(f"{value!r} is no time in ms since 1970", "time")
        if at < self._last:
            raise self._bad(f"{at} is before the trade in front of it, at {self._last}", "time")
        self._last = at
        return at

    def _units(self, column: str, value: Any) -> int:
        units = _units(value)
        if not 0 < units < _LARGEST:
            raise self._bad(f"{value!r} is no {column} above zero and below 92 billion", column)
        return units

    def _bought(self, value: object) -> bool:
        if not isinstance(value, str) or value not in _BOUGHT:
            raise self._bad(f"{value!r} is neither 'buy' nor 'sell'", "side")
        return _BOUGHT[value]

    def _bad(self, problem: str, column: str = "") -> BadTape:
        where = f"{self._place}, column {self._names[column]}" if column else self._place
        return BadTape(f"{self._path}, {where}: {problem}")


def _whole(value: Any) -> int | None:
    try:
        number = int(value)
        return number if number == Decimal(value) else None
    except (TypeError, ValueError, OverflowError, DecimalException):
        return None


def _units(value: Any) -> int:
    """In units of 1e-8, rounded; zero for what is no number or too large to be asked about."""
    try:
        units = Decimal(value) * SCALE
        return round(units) if units < _LARGEST else 0
    except (TypeError, ValueError, OverflowError, DecimalException):
        return 0


def _column(batch: Any, name: str) -> list[Any]:
    """The values of one column of a batch: time stamps as ms, and "" where there is no column."""
    import pyarrow

    if not name:
        return [""] * batch.num_rows
    column = batch.column(name)
    if pyarrow.types.is_timestamp(column.type):
        # Without a zone it is taken for UTC.
        ms = pyarrow.timestamp("ms", column.type.tz)
        column = column.cast(ms, safe=False).cast("int64")
    values: list[Any] = column.to_pylist()
    return values
