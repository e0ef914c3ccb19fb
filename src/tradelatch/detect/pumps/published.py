"""The features of La Morgia, Mei, Sassi and Stefa, "Pump and Dumps in the Bitcoin Era" (ICCCN 2020)
and "The Doge of Wall Street" (TOIT 2023), as their released code computes them.

Taker buys alone count. Buys of the same millisecond are one order, a *rush order* if it has more
than one fill. Time is cut into chunks of 25, 15 or 5 s from midnight (UTC); chunks without a buy
are left out. Over the chunks roll windows of 900, 900 or 700, over the price also of 10; a feature
is by which share the window's figure differs from that of the window before.
"""

from collections.abc import Mapping

import msgspec
import numpy as np

from tradelatch.detect.pumps.tape import Floats, Tape, Whole
from tradelatch.detect.pumps.windows import Sums

NAMES = (
    "std_rush_order",
    "avg_rush_order",
    "std_trades",
    "std_volume",
    "avg_volume",
    "std_price",
    "avg_price",
    "avg_price_max",
    "hour_sin",
    "hour_cos",
    "minute_sin",
    "minute_cos",
)
"""The features, in the order of the published matrices."""
WINDOWS: Mapping[int, int] = {25: 900, 15: 900, 5: 700}
"""Seconds of a chunk, and how many chunks the long window holds."""
SHORT = 10
"""How many chunks the window of mean and of highest price holds."""
DECIMALS = 3


class Chunks(msgspec.Struct, frozen=True):
    """Chunks with taker buys, one item each, in order: `start` in ms since 1970, the number of
    buys and of rush orders, the bought volume in quote, mean and highest price."""

    start: Whole
    trades: Whole
    rush: Whole
    volume: Floats
    mean_price: Floats
    max_price: Floats


def chunks_of(tape: Tape, seconds: int) -> Chunks:
    """The taker buys of a tape in chunks of `seconds`."""
    bought = tape.cut(tape.buy)
    if not len(bought):
        none, whole = np.empty(0), np.empty(0, np.int64)
        return Chunks(whole, whole, whole, none, none, none)
    number = bought.time // (seconds * 1000)
    first = _starts(number)
    trades = np.diff(first, append=len(number))
    order = _starts(bought.time)
    is_rush = np.diff(order, append=len(number)) > 1
    # Orders before a chunk's first trade, since no order reaches over a chunk's edge.
    rush_before = np.concatenate(([0], np.cumsum(is_rush)))
    edges = np.searchsorted(order, np.append(first, len(number)))
    return Chunks(
        number[first] * (seconds * 1000),
        trades,
        np.diff(rush_before[edges]),
        np.add.reduceat(bought.volume, first),
        np.add.reduceat(bought.price, first) / trades,
        np.maximum.reduceat(bought.price, first),
    )


def features(chunks: Chunks, window: int) -> Floats:
    """One row per chunk, the columns of `NAMES`, rounded to three decimals; NaN or infinite where
    the windows are not full yet or were all zero. A row depends on no later chunk."""
    rush, trades = chunks.rush.astype(float), chunks.trades.astype(float)
    changes = (
        change(rolling_std(rush, window)),
        change(rolling_mean(rush, window)),
        change(rolling_std(trades, window)),
        change(rolling_std(chunks.volume, window)),
        change(rolling_mean(chunks.volume, window)),
        change(rolling_std(chunks.mean_price, window)),
        change(rolling_mean(chunks.mean_price, SHORT)),
        change(rolling_mean(chunks.max_price, SHORT)),
    )
    rows: Floats = np.column_stack((*changes, *clock(chunks.start)))
    return rows.round(DECIMALS)


def clock(time: Whole) -> tuple[Floats, Floats, Floats, Floats]:
    """Sine and cosine of the hour and of the minute (UTC); as published, by 23 and by 59."""
    hour = time // 3_600_000 % 24 * (2 * np.pi / 23)
    minute = time // 60_000 % 60 * (2 * np.pi / 59)
    return np.sin(hour), np.cos(hour), np.sin(minute), np.cos(minute)


def change(values: Floats) -> Floats:
    """By which share each value differs from the one before; NaN for the first."""
    if not len(values):
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.concatenate(([np.nan], values[1:] / values[:-1] - 1))


def rolling_mean(values: Floats, window: int) -> Floats:
    """The mean of the last `window` values; NaN until there are so many."""
    return _rolling_sum(values, window) / window


def rolling_std(values: Floats, window: int) -> Floats:
    """The sample's standard deviation of the last `window` values; NaN until there are so many."""
    if not len(values):
        return values
    # Squares of differences from the first value: of prices themselves they would lose the digits.
    centred = values - values[0]
    total = _rolling_sum(centred, window)
    squares = _rolling_sum(centred * centred, window)
    return np.sqrt(np.maximum(squares - total * total / window, 0) / (window - 1))


def _rolling_sum(values: Floats, window: int) -> Floats:
    summed = np.full(len(values), np.nan)
    if len(values) >= window:
        first = np.arange(len(values) - window + 1)
        summed[window - 1 :] = Sums(values).between(first, first + window)
    return summed


def _starts(values: Whole) -> Whole:
    """Where a run of equal values begins."""
    return np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1))
