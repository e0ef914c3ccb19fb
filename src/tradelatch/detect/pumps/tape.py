"""One asset's trades as arrays: several files' put together, cut where nothing was recorded."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

GAP_MS = 86_400_000
"""What lies further apart than this is told apart: what was usual then is no measure for now."""


class Tape(msgspec.Struct, frozen=True):
    """Trades of one asset, one item each.

    Attributes:
        time: ms since 1970 (UTC); does not fall.
        buy: whether the taker bought.
        price: in quote.
        volume: price times amount, in quote.
        row: as the table counts them.
    """

    time: Whole
    buy: Flags
    price: Floats
    volume: Floats
    row: Whole

    def __len__(self) -> int:
        return len(self.time)

    def cut(self, which: Any) -> "Tape":
        """The trades of a slice, a mask or an index."""
        return Tape(*(getattr(self, name)[which] for name in self.__struct_fields__))


def put_together(tape: Tape, file: Whole) -> Tape:
    """Trades of one asset from several files in the order of time, each once.

    A trade is known again by time, side, price and volume. Where one file holds several alike
    (fills of one order can be), as many are kept as the file with the most of them has.

    Args:
        tape: the trades in any order.
        file: the number of each trade's file.
    """
    order = np.lexsort((tape.row, tape.time))
    ends: dict[int, tuple[int, int]] = {}
    for number in np.unique(file):
        own = tape.time[file == number]
        ends[int(number)] = int(own.min()), int(own.max())
    spans = sorted(ends.values())
    if all(before[1] < after[0] for before, after in pairwise(spans)):
        return tape.cut(order)
    kept = np.sort(_first_of_each(tape, file))
    return tape.cut(kept[np.lexsort((tape.row[kept], tape.time[kept]))])


def _first_of_each(tape: Tape, file: Whole) -> Whole:
    """Where each trade stands first: the same trade is the n-th of its likes in every file."""
    keys = (tape.volume, tape.price, tape.buy, tape.time)
    order = np.lexsort((tape.row, file, *keys))
    again = _same(order, (file, *keys))
    place = np.arange(len(order))
    nth = np.empty(len(order), np.int64)
    nth[order] = place - np.maximum.accumulate(np.where(again, 0, place))
    order = np.lexsort((tape.row, nth, *keys))
    return order[~_same(order, (nth, *keys))]


def _same(order: Whole, keys: tuple[NDArray[Any], ...]) -> Flags:
    """Whether an item has the same keys as the one before, in this order."""
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for key in keys:
        same &= key[order[1:]] == key[order[:-1]]
    return np.concatenate((np.zeros(min(len(order), 1), np.bool_), same))


def pieces(tape: Tape) -> Iterator[Tape]:
    """The tape, cut wherever there was no trade for longer than `GAP_MS`."""
    cuts = np.flatnonzero(np.diff(tape.time) > GAP_MS) + 1
    for start, end in zip([0, *cuts], [*cuts, len(tape)], strict=True):
        if end > start:
            yield tape.cut(slice(start, end))
