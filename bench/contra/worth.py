"""How far references are from the prices around a moment, on recorded tapes with nothing put in."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.csv

from bench.contra.world import DAY_MS
from bench.report import Cell, Table
from tradelatch.detect.reference import Prices, minute_bars, references, settled

MOMENTS = 200
"""Of each tape, but for its first and its last day."""
AROUND = 10
TRUTHS = ("the last price", "the mean of last and next", f"the median of {2 * AROUND} prices")


def table(tapes: Sequence[Path], seed: int) -> Table:
    """Errors of what is known at a moment and of what is known afterwards."""
    errors = np.concatenate([_errors(path, seed) for path in tapes])
    rows: list[tuple[Cell, ...]] = []
    for number, truth in enumerate(TRUTHS):
        cells: list[Cell] = [truth]
        for told in range(2):
            off = errors[:, number, told]
            cells += [float(np.mean(off)), float(np.quantile(off, 0.9))]
        rows.append(tuple(cells))
    columns = ("against", "at the time", "a tenth above", "settled", "a tenth above it")
    title = f"The reference at {len(errors):,} moments: mean error"
    return Table(title, columns, ("", ".2%", ".2%", ".2%", ".2%"), rows)


def _errors(path: Path, seed: int) -> Prices:
    """One row a moment, one column a truth, and in it that of both references."""
    tape = pyarrow.csv.read_csv(path)
    times, prices, amounts = (tape[name].to_numpy() for name in ("timestamp", "price", "amount"))
    chance = random.Random(f"worth/{path.name}/{seed}")
    first, last = int(times[0]) + DAY_MS, int(times[-1]) - DAY_MS
    at = np.array(sorted(chance.randrange(first, last) for _ in range(MOMENTS)), np.int64)
    bars = minute_bars(times, prices, amounts)
    told = references(bars, at)
    after = np.searchsorted(times, at)
    near = np.lib.stride_tricks.sliding_window_view(prices, 2 * AROUND)
    truths = np.column_stack(
        [
            prices[after - 1],
            (prices[after - 1] + prices[after]) / 2,
            np.median(near[after - AROUND], axis=1),
        ]
    )
    both = np.column_stack([told.prices, settled(bars, at, told)])
    off: Prices = np.abs(both[:, None, :] / truths[:, :, None] - 1)
    return off
