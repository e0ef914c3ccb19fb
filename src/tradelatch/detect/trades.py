"""A table of trades, as detectors take it: one or more files, CSV (also packed) or Parquet.

=============  ==========  ==================================================================
column         type        what
=============  ==========  ==================================================================
``time``       int64       UTC, ms since 1970; files may hold ISO 8601 (UTC where no zone is
                           given) or s, ms, us or ns since 1970, told by their size
``symbol``     string      ``BASE/QUOTE``, or any name of one asset
``price``      float64     in quote, above zero (or zero, where a detector takes gifts)
``amount``     float64     in base, above zero
``side``       string      ``buy`` or ``sell``: the taker's; in one account's fills its own
``buyer``,     string      the accounts of both sides, in an exchange's own table
``seller``
``account``    string      whose fill it is, in a table of several accounts' fills
``role``       string      ``taker`` or ``maker``: the account's part, in one account's fills
``order``      string      the client order id, in one account's fills
``id``         string      the trade's own
=============  ==========  ==================================================================

`read_trades` adds ``row`` (int64): the number of the row, counted from 1 through all files in the
order in which they are given (a file's rows are numbered as they stand in it, without its header).
Which columns a detector needs is its own; whatever else a file has is left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradelatch.detect.moments import in_ms
from tradelatch.detect.text_tables import damage_of, delimiter_of, head_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "time_ms"),
    "symbol": ("symbol", "market", "pair", "asset"),
    "price": ("price",),
    "amount": ("amount", "quantity", "qty", "size"),
    "side": ("side",),
    "buyer": ("buyer",),
    "seller": ("seller",),
    "account": ("account", "account_id", "user_id"),
    "role": ("role", "liquidity"),
    "order": ("order", "client_order_id"),
    "id": ("id", "trade_id"),
}
"""Each column, and the names under which a file's column is taken for it without being told."""
WORDS = ("side", "role")
"""Columns that are read in lower case."""
SIDES = ("buy", "sell")
NUMBERS = ("price", "amount")
SUFFIXES = (".csv", ".csv.gz", ".parquet")


class UnusableTrades(ValueError):
    """The files cannot be used as a table of trades; the message is one sentence."""


class Asked(msgspec.Struct, frozen=True):
    """Which columns a detector needs, which it uses where they are there, and which numbers may be
    zero for it; with `files` a column ``file`` (string) says which file a row is from."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    files: bool = False


def trade_files(path: Path) -> list[Path]:
    """The files of trades in a folder, by name, or the one file.

    Raises:
        UnusableTrades: there is none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.name.endswith(SUFFIXES))
    if not found:
        raise UnusableTrades(f"{path}: there is no file of trades in it ({', '.join(SUFFIXES)})")
    return found


def read_trades(
    files: Sequence[Path], asked: Asked, mapping: Mapping[str, str] | None = None
) -> "ir.Table":
    """The rows of all files as one table in DuckDB's memory, with the asked columns and ``row``.

    Args:
        files: read one after the other, all CSV or all Parquet; a file that lacks a column which
            another has is empty there.
        asked: which columns.
        mapping: names of columns here to names in the files, where they differ.

    Raises:
        UnusableTrades: a file cannot be read, lacks a column, or a row holds no trade; the
            sentence names file, row and column.
    """
    raw = _read(files)
    there = [name for name in raw.columns if name not in (_ROW, _FILE)]
    found = _columns(str(files[0]), there, asked, mapping or {})
    raw = raw.select(_ROW, _FILE, *dict.fromkeys(found.values()))
    with readable(files):
        if files[0].suffix != ".parquet":  # reading text twice takes longer than keeping it
            raw = raw.cache()
        table = _typed(raw, found, asked.files).cache()
    _check(table, raw, found, asked.zeros)
    return table.rename(row=_ROW)


def read_rows(files: Sequence[Path]) -> "ir.Table":
    """All columns of all files as text (but Parquet's own types), and ``row``; they are read when
    the table is, which belongs inside `readable`.

    Raises:
        UnusableTrades: a file cannot be read.
    """
    return _read(files).drop(_FILE).rename(row=_ROW)


@contextmanager
def readable(files: Sequence[Path]) -> Iterator[None]:
    """What cannot be read of these files is told in one sentence.

    Raises:
        UnusableTrades: a file cannot be read.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise UnusableTrades(_unreadable(files, str(error))) from error


_ROW, _FILE = "tradelatch_row", "filename"


def _read(files: Sequence[Path]) -> "ir.Table":
    """Everything as text (but Parquet's own types), numbered in the order of the files."""
    import ibis

    for file in files:
        if not file.is_file():
            raise UnusableTrades(f"{file}: there is no such file")
    names = [str(file) for file in files]
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone = 'UTC'")
    with readable(files):
        if all(file.suffix == ".parquet" for file in files):
            table = connection.read_parquet(names, filename=True, union_by_name=True)
        else:
            # What it is not told it guesses from the first 20,480 rows: quotes that come later
            # would stay in the cells, and lines that begin with # would be dropped as comments.
            table = connection.read_csv(
                names,
                all_varchar=True,
                header=True,
                quote='"',
                escape='"',
                comment="",
                filename=True,
                **_layout(files),
            )
        # DuckDB keeps the order of files and of rows in them.
        return table.mutate(**{_ROW: ibis.row_number() + 1})


def _layout(files: Sequence[Path]) -> dict[str, Any]:
    """What DuckDB must be told of where text files have their columns."""
    heads = [head_of(file) for file in files]
    delimiter = _delimiter(files, heads)
    if not all(_is_header(head, delimiter) for head in heads):
        return {"delim": delimiter, "union_by_name": True}
    return {
        "delim": delimiter,
        # By name, every file is read in advance, and that several times.
        "union_by_name": len(set(heads)) > 1,
        # Left to guess, it takes a row of other width for the header, and drops what is before.
        "skip": 0,
    }


def _is_header(head: bytes, delimiter: str) -> bool:
    """Whether a file begins with its columns' names, and not with a title or blank lines."""
    return delimiter.encode() in head.partition(b"\n")[0]


def _delimiter(files: Sequence[Path], heads: Sequence[bytes]) -> str:
    pairs = zip(reversed(files), reversed(heads), strict=True)
    found = {delimiter_of(head): file for file, head in pairs}
    if len(found) > 1:
        raise UnusableTrades(
            " and ".join(f"the cells of {file} by {one!r}" for one, file in found.items())
            + " are divided: give the files one at a time"
        )
    return next(iter(found))


def _unreadable(files: Sequence[Path], error: str) -> str:
    """One sentence about the file that is no table."""
    if all(file.suffix != ".parquet" for file in files):
        delimiter = _delimiter(files, [head_of(file) for file in files])
        for file in files:
            if damage := damage_of(file, delimiter):
                return f"{file}: cannot be read as a table: {damage}"
    which = str(files[0]) if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    return f"{which}: cannot be read as a table: {error.strip().splitlines()[0]}"


def _columns(
    file: str, there: Sequence[str], asked: Asked, mapping: Mapping[str, str]
) -> dict[str, str]:
    """Names of columns here to names in the file."""
    for name in mapping:
        if name not in NAMES:
            raise UnusableTrades(f"there is no column {name!r} to map; use: {', '.join(NAMES)}")
    found = {}
    for name in (*asked.needed, *asked.optional):
        column = mapping.get(name) or next((one for one in NAMES[name] if one in there), None)
        if column in there:
            found[name] = str(column)
        elif name in mapping:
            raise UnusableTrades(f"{file}: has no column {column!r}; it has: {', '.join(there)}")
        elif name in asked.needed:
            raise UnusableTrades(
                f"{file}: has no column {name!r}; name it with --map {name}=COLUMN "
                f"(it has: {', '.join(there)})"
            )
    return found


def _typed(raw: "ir.Table", found: Mapping[str, str], files: bool) -> "ir.Table":
    typed = {"file": raw[_FILE]} if files else {}
    for name, column in found.items():
        if name == "time":
            typed[name] = in_ms(raw, column)
        elif name in NUMBERS:
            typed[name] = raw[column].try_cast("float64")
        elif name in WORDS:
            typed[name] = raw[column].cast("string").strip().lower()
        else:
            typed[name] = raw[column].cast("string")
    return raw.select(raw[_ROW], **typed)


def _check(
    table: "ir.Table", raw: "ir.Table", found: Mapping[str, str], zeros: Sequence[str]
) -> None:
    """Tell of the first row that holds no trade."""
    bad = {name: _is_bad(table, name, name in zeros) for name in found if name not in _FREE}
    first = table.aggregate(
        **{name: table[_ROW].min(where=which) for name, which in bad.items()}
    ).to_pyarrow()
    rows = {name: first[name][0].as_py() for name in bad}
    if not any(rows.values()):
        return
    row, name = min((row, name) for name, row in rows.items() if row)
    column, there = found[name], raw.filter(raw[_ROW] == row)
    value, file = (there[one].to_pyarrow()[0].as_py() for one in (column, _FILE))
    before = raw.filter((raw[_FILE] == file) & (raw[_ROW] < row)).count().to_pyarrow().as_py()
    raise UnusableTrades(
        f"{file}, row {before + 1}, column {column}: "
        f"{'nothing' if value is None else repr(value)} is not {_WANTED[name]}"
        f"{' or zero' if name in zeros else ''}"
    )


_TOO_LARGE = 1e30
"""Even amounts in the smallest unit of a coin with 18 decimals are below; squares still are
numbers."""
_FREE = ("account", "role", "order", "id")
"""Columns that may be empty."""
_WANTED = {
    "time": "a time (ISO 8601, or s, ms, us or ns since 1970)",
    "symbol": "a symbol",
    "price": "a price above zero (and below 10^30, with a decimal point)",
    "amount": "an amount above zero (and below 10^30, with a decimal point)",
    "side": "buy or sell",
    "buyer": "an account",
    "seller": "an account",
}


def _is_bad(table: "ir.Table", name: str, may_be_zero: bool) -> Any:
    value = table[name]
    if name in NUMBERS:
        least = value >= 0 if may_be_zero else value > 0
        return value.isnull() | ~least | ~(value < _TOO_LARGE) | value.isnan()
    if name == "side":
        return value.isnull() | value.notin(SIDES)
    return value.isnull() | (value.cast("string") == "")
