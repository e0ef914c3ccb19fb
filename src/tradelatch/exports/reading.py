"""The one way in for exports: `read` for evidence, whose bad rows are listed, `read_trades` for
whoever wants all of a file or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from tradelatch.exports import ccxt, histories, movements, repeats, trades
from tradelatch.exports.files import MOST_BYTES, unpacked
from tradelatch.exports.records import Export, Moved, Traded
from tradelatch.exports.refusal import BadCell, Refused, Rejected
from tradelatch.exports.settings import Settings
from tradelatch.exports.sheet import Sheet, open_sheet

FORMATS = (*histories.LAYOUTS, "ccxt")
"""What a file of trades may be taken for."""
EXPORTS = (
    histories.KUCOIN,
    histories.COINBASE_PRO,
    histories.BITTREX,
    histories.COINBASE,
    movements.BINANCE,
    movements.COINBASE_PRO,
    histories.BINANCE,
    histories.PLAIN,
)
"""Their kinds, in the order in which they are tried: the last know the most general names."""
_EXCHANGES = {
    layout.name: exchange
    for known in (histories.LAYOUTS, movements.LAYOUTS)
    for exchange, layout in known.items()
    if layout is not histories.PLAIN
}


def read(
    data: bytes,
    name: str,
    settings: Settings | None = None,
    mapping: Mapping[str, str] | None = None,
    form: str = "",
) -> Export:
    """An export, recognised by its header.

    Args:
        data: the file's bytes, packed or not.
        settings, mapping: what a person said of it.
        form: one of `FORMATS`, where it is not to be recognised.

    Raises:
        Refused: it cannot be read, is none, or holds no row that can be used.
    """
    inside = unpacked(data, name)
    if form == "ccxt" or (not form and ccxt.looks_like_json(inside)):
        return _of_ccxt(inside, name)
    layouts = (histories.LAYOUTS[form],) if form else EXPORTS
    sheet = open_sheet(inside, name, layouts, settings, mapping)
    rows = list(_records(sheet, settings or Settings()))
    if not rows:
        raise Refused(_nothing(name, sheet.rejected))
    traded = _in_order([row for row in rows if isinstance(row, Traded)])
    moved = [row for row in rows if isinstance(row, Moved)]
    return Export(
        name,
        sheet.layout.name,
        _EXCHANGES.get(sheet.layout.name, ""),
        tuple(traded),
        tuple(_in_order(moved)),
        tuple(sorted(sheet.rejected, key=lambda one: one.line)),
        (*sheet.notes, *_repeated(traded)),
    )


def read_trades(
    path: Path,
    form: str = "",
    settings: Settings | None = None,
    mapping: Mapping[str, str] | None = None,
) -> list[Traded]:
    """The trades of a file in the order of time, all of its rows or none; the rest is as in `read`.

    Raises:
        Refused: it cannot be read, one of its rows is no trade, or there is none.
    """
    export = read(file_bytes(path), str(path), settings, mapping, form)
    if export.rejected:
        first = export.rejected[0]
        raise Refused(f"{path}, line {first.line}: {first.reason}")
    if not export.trades:
        raise Refused(f"{path}: there is no trade in it, it holds {export.form}")
    return [trade for trade in export.trades if trade.quantity > 0]


def file_bytes(path: Path) -> bytes:
    """All of a file.

    Raises:
        Refused: it cannot be read, or is too large to be an export.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise Refused(f"{path}: has more than {MOST_BYTES >> 20} MiB: split it")
    return data


def _records(sheet: Sheet, settings: Settings) -> "list[Traded | Moved]":
    """What the rows hold; those that hold nothing are added to the rejected ones."""
    is_moves = sheet.layout in movements.LAYOUTS.values()
    found: list[Traded | Moved] = []
    for row in sheet.rows:
        try:
            found.append(movements.moved(row) if is_moves else trades.traded(row, settings.quote))
        except BadCell as error:
            sheet.rejected.append(Rejected(row.line, str(error)))
    return found


def _repeated(trades: Sequence[Traded]) -> Iterator[str]:
    """What to think of it if many rows stand twice: of a few, fills of one second are the reason,
    which an export without ids does not tell apart. `trades` are in the order of time."""
    found = repeats.same(repeats.unnumbered(trades))
    if len(found) > repeats.MANY * len(trades):
        (again, earlier), many = found[0], len(found)
        yield (
            f"{many:,} of {len(trades):,} rows are the same as an earlier one in everything (line "
            f"{again.line} as line {earlier.line}): what was pasted twice counts once; exports "
            "that overlap are to be given one by one"
        )


def _of_ccxt(data: bytes, name: str) -> Export:
    read_rows = list(ccxt.read(data, name))
    found = [row for row in read_rows if isinstance(row, Traded)]
    rejected = [row for row in read_rows if isinstance(row, Rejected)]
    if not found:
        raise Refused(_nothing(name, rejected))
    return Export(name, "ccxt trades", "", tuple(_in_order(found)), (), tuple(rejected), ())


_Record = TypeVar("_Record", Traded, Moved)


def _in_order(records: list[_Record]) -> list[_Record]:
    """By time, and within a moment as they happened: some exports have the newest first."""
    if records and records[0].time_ns > records[-1].time_ns:
        records = records[::-1]
    return sorted(records, key=lambda one: one.time_ns)


def _nothing(name: str, rejected: list[Rejected]) -> str:
    if not rejected:
        return f"{name}: there is no trade in it"
    first = rejected[0]
    return f"{name}, line {first.line}: {first.reason} (and no row can be used)"
