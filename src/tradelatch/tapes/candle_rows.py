"""Files of candles as rows: which of their columns are ours, and what stands in them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tradelatch.tapes.files import BATCH, BadTape, csv_of, find_columns, parquet_of
from tradelatch.tapes.times import BadTime, parse_times

PRICES = ("open", "high", "low", "close")
_NAMES = {
    "time": ("time", "timestamp", "date", "datetime", "open_time"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume",),
    "turnover": ("turnover", "quote_volume", "quote_asset_volume"),
    "symbol": ("symbol", "pair", "market"),
}
_OPTIONAL = ("turnover", "symbol")
_DUMP = ("time", *PRICES, "volume", "close time", "turnover", "trades", "bought", "spent", "ignore")
"""The columns of Binance's own CSV files, most of which have no header."""


class Chunk(NamedTuple):
    """Some rows, column by column: times in ms, the other columns as text; what is not there is
    left out. `number` is the first row's."""

    number: int
    times: list[int]
    columns: Mapping[str, Sequence[str]]


class CandleRows:
    """The rows of one file, read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.first = 1
        """The number of the first row of candles: its line in CSV."""
        self._is_parquet = path.suffix == ".parquet"
        self._names: dict[str, str] = {}

    def chunks(self) -> Iterator[Chunk]:
        """All rows.

        Raises:
            BadTape: the file cannot be read, or a time is none.
        """
        number = 0
        for columns in self._parquet() if self._is_parquet else self._csv():
            number = number or self.first
            times = self._times(number, columns.pop("time"))
            yield Chunk(number, times, columns)
            number += len(times)

    def bad(self, number: int, says: str, column: str = "") -> BadTape:
        """What is wrong with a row."""
        where = f", column {self._names[column]}" if column else ""
        row = "row" if self._is_parquet else "line"
        return BadTape(f"{self.path}, {row} {number}{where}: {says}")

    def _csv(self) -> Iterator[dict[str, Any]]:
        with csv_of(self.path) as rows:
            header: list[str] = next(rows, [])
            head = []
            if header and re.match(r"[0-9]", header[0]):
                self._check_dump(header)
                head, header = [header], list(_DUMP)
                self._names = {name: name if name in _DUMP else "" for name in _NAMES}
            else:
                self._names = find_columns(self.path, header, _NAMES, _OPTIONAL)
                self.first = rows.line_num + 1
            places = {name: header.index(own) for name, own in self._names.items() if own}
            number = self.first
            while chunk := [*head, *islice(rows, BATCH - len(head))]:
                head = []
                self._check_lengths(number, chunk, len(header))
                number += len(chunk)
                columns = list(zip(*chunk, strict=True))
                yield {name: columns[place] for name, place in places.items()}

    def _check_dump(self, row: list[str]) -> None:
        if len(row) != len(_DUMP):
            raise BadTape(
                f"{self.path}, line 1: there is no header, and these are not the {len(_DUMP)} "
                "columns of Binance's files: put time,open,high,low,close,volume in front"
            )

    def _check_lengths(self, number: int, rows: list[list[str]], columns: int) -> None:
        if set(map(len, rows)) == {columns}:
            return
        index = next(index for index, row in enumerate(rows) if len(row) != columns)
        has = len(rows[index])
        raise self.bad(number + index, f"{has} fields where there should be {columns}")

    def _parquet(self) -> Iterator[dict[str, Any]]:
        with parquet_of(self.path) as file:
            self._names = find_columns(self.path, file.schema_arrow.names, _NAMES, _OPTIONAL)
            ours = {name: own for name, own in self._names.items() if own}
            for batch in file.iter_batches(BATCH, columns=list(ours.values())):
                if batch.num_rows:
                    yield {
                        name: batch.column(own) if name == "time" else _texts(batch.column(own))
                        for name, own in ours.items()
                    }

    def _times(self, number: int, told: Any) -> list[int]:
        try:
            return _stamps(told) if self._is_parquet else parse_times(told)
        except BadTime as error:
            raise self.bad(number + error.index, str(error), "time") from error


def _texts(column: Any) -> list[str]:
    """The values of a Parquet column as CSV would have them; a double as its shortest decimal."""
    values = column.to_pylist()
    if values and isinstance(values[0], str):
        return [value or "" for value in values]
    return ["" if value is None else str(value) for value in values]


def _stamps(column: Any) -> list[int]:
    """The times of a Parquet column in ms: time stamps and days (UTC where they have no zone), or
    whatever `parse_times` reads."""
    import pyarrow

    if pyarrow.types.is_date(column.type):
        column = column.cast(pyarrow.timestamp("ms"))
    if not pyarrow.types.is_timestamp(column.type):
        return parse_times(_texts(column))
    parts, times = {"s": (1, 1_000), "ms": (1, 1), "us": (1_000, 1), "ns": (1_000_000, 1)}[
        column.type.unit
    ]
    values = column.cast("int64").to_pylist()
    for index, value in enumerate(values):
        if value is None or value % parts:
            raise BadTime(str(column[index]), index)
    return [value * times // parts for value in values]
