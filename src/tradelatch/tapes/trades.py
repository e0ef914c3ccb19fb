"""Recorded trades in memory, and the candles that they make."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec

from tradelatch.tapes.candles import Candles, opening
from tradelatch.tapes.files import BadTape
from tradelatch.tapes.scaled import Columns, Ints, TooManyDigits
from tradelatch.tapes.trade_files import DIGITS, TapeFile


class Trades(msgspec.Struct, frozen=True):
    """One market's trades in order: times in ms, prices and amounts in units of 1e-8, and whether
    the taker bought (0 or 1). `symbol` is "" where nothing told it."""

    symbol: str
    times: Ints
    prices: Ints
    amounts: Ints
    bought: Ints

    def __len__(self) -> int:
        return len(self.times)

    def between(self, start_ms: int, end_ms: int) -> "Trades":
        """Those of `start_ms` up to but without `end_ms`."""
        first = bisect_left(self.times, start_ms)
        part = slice(first, max(first, bisect_left(self.times, end_ms)))
        return Trades(
            self.symbol,
            self.times[part],
            self.prices[part],
            self.amounts[part],
            self.bought[part],
        )


def read_trades(path: Path, symbol: str = "") -> Trades:
    """All trades of a file of the form that `trade_files` tells; `symbol` where its rows do not
    say it.

    Raises:
        BadTape: it cannot be read, is not of that form, is of another market, or has no trade.
    """
    file = TapeFile(path)
    trades = Trades(symbol, array("q"), array("q"), array("q"), array("b"))
    for at, price, amount, bought in file.prints():
        trades.times.append(at)
        trades.prices.append(price)
        trades.amounts.append(amount)
        trades.bought.append(bought)
    if not trades.times:
        raise BadTape(f"{path}: there is no trade on this tape")
    if file.symbol and symbol and file.symbol != symbol:
        raise BadTape(f"{path}: these are trades of {file.symbol}, not of {symbol}")
    return msgspec.structs.replace(trades, symbol=file.symbol or symbol)


def candles_of(trades: Trades, interval_ms: int) -> Candles:
    """Candles of all trades: where there were none is a gap, and the first and the last may be of
    a part of their time. Turnovers are rounded to as many of 16 decimals as fit into 64 bits.

    Raises:
        ValueError: there are no trades, or the volumes are too large for 64 bits.
    """
    spans = list(_spans(trades.times, interval_ms))
    if not spans:
        raise ValueError("no trades make no candle")
    prices, amounts = trades.prices, trades.amounts
    volumes, turnovers = Columns(is_exact=True), Columns(is_exact=False)
    try:
        volumes.add([[sum(amounts[a:b]) for a, b in spans]], DIGITS)
        values = [sum(map(int.__mul__, prices[a:b], amounts[a:b])) for a, b in spans]
        turnovers.add([values], 2 * DIGITS)
    except TooManyDigits as error:
        raise ValueError(f"{error}: the volumes do not fit into 64 bits") from error
    (volume,), volume_unit = volumes.close()
    (turnover,), turnover_unit = turnovers.close()
    return Candles(
        symbol=trades.symbol,
        interval_ms=interval_ms,
        price_unit=volume_unit,
        volume_unit=volume_unit,
        times=array("q", [opening(trades.times[a], interval_ms) for a, _ in spans]),
        opens=array("q", [prices[a] for a, _ in spans]),
        highs=array("q", [max(prices[a:b]) for a, b in spans]),
        lows=array("q", [min(prices[a:b]) for a, b in spans]),
        closes=array("q", [prices[b - 1] for _, b in spans]),
        volumes=volume,
        turnover_unit=turnover_unit,
        turnovers=turnover,
    )


def _spans(times: Ints, interval_ms: int) -> Iterator[tuple[int, int]]:
    """The first index of each interval's trades, and the one behind its last."""
    opened = [opening(at, interval_ms) for at in times]
    changes = (index for index in range(1, len(opened)) if opened[index] != opened[index - 1])
    return pairwise([*([0] if opened else []), *changes, *([len(opened)] if opened else [])])
