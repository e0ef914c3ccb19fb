"""A table of trades, asset by asset."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tradelatch.detect.pumps.tape import Tape, Whole, put_together

if TYPE_CHECKING:
    import ibis.expr.types as ir


def tapes_of(trades: "ir.Table") -> Iterator[tuple[str, Tape]]:
    """Each asset of a table and its tape, by name. Where files of one asset overlap (tapes around
    two events, say), a trade that stands in both is taken once."""
    ordered = trades.select(
        "symbol", "time", "price", "amount", "row", "file", buy=trades.side == "buy"
    ).order_by("symbol", "row")
    table = ordered.to_pyarrow()
    symbols = table["symbol"].combine_chunks().dictionary_encode()
    files = table["file"].combine_chunks().dictionary_encode()
    column = {name: table[name].to_numpy() for name in ("time", "price", "amount", "row", "buy")}
    tape = Tape(
        column["time"],
        column["buy"].astype(bool),
        column["price"],
        column["price"] * column["amount"],
        column["row"],
    )
    file: Whole = files.indices.to_numpy()
    for symbol, start, end in _runs(symbols):
        yield symbol, put_together(tape.cut(slice(start, end)), file[start:end])


def _runs(symbols: Any) -> Iterator[tuple[str, int, int]]:
    codes = symbols.indices.to_numpy()
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    for start, end in itertools.pairwise([*starts, len(codes)]):
        yield symbols.dictionary[int(codes[start])].as_py(), int(start), int(end)
