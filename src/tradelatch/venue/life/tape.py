"""A recorded tape in memory, the market that it opens, and that market's history."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tradelatch.model.markets import split_symbol
from tradelatch.tapes.files import BadTape, digest
from tradelatch.tapes.trades import read_trades
from tradelatch.venue.engine.bars import DAY_MINUTES, MINUTE_MS, Bar, quiet
from tradelatch.venue.engine.listing import WIDE, Life, Listing
from tradelatch.venue.engine.units import SCALE

_DAY_MS = DAY_MINUTES * MINUTE_MS
_LEAD_MS = 3_600_000


class Tape:
    """A tape in memory: times in ms, prices and amounts in units of 1e-8, sides as booleans."""

    def __init__(self, path: Path) -> None:
        """Read a tape.

        Raises:
            BadTape: it cannot be read or is not of the form that `tapes.trade_files` tells.
        """
        self.path = path
        self.digest = digest(path)
        trades = read_trades(path)
        self.times, self.prices = trades.times, trades.prices
        self.amounts, self.bought = trades.amounts, trades.bought
        self.symbol = trades.symbol or _symbol_of(path)

    def default_moment(self) -> int:
        """Where live trading begins if nothing else is said: an hour before the time in the
        file's name, or in the middle."""
        named = re.search(r"_(\d{4}-\d\d-\d\d_\d\d\.\d\d)", self.path.name)
        moment = (self.times[0] + self.times[-1]) // 2
        if named:
            when = datetime.strptime(named[1], "%Y-%m-%d_%H.%M").replace(tzinfo=UTC)
            stated = int(when.timestamp()) * 1_000 - _LEAD_MS
            if self.times[0] < stated < self.times[-1]:
                moment = stated
        return moment - moment % MINUTE_MS

    def price_at(self, at: int) -> int:
        """The last price at a time on the tape, in quote units."""
        return self.prices[max(0, bisect_right(self.times, at) - 1)]

    def listing(self, moment: int | None = None) -> Listing:
        """The market to open for this tape, live from the minute of `moment` (ms on the tape).

        Raises:
            BadTape: the tape does not say which market it is of, or has nothing at `moment`.
        """
        try:
            base, quote = split_symbol(self.symbol)
        except ValueError as error:
            raise BadTape(f"{self.path}: {error}") from error
        moment = self.default_moment() if moment is None else moment - moment % MINUTE_MS
        if not self.times[0] - MINUTE_MS < moment <= self.times[-1] + MINUTE_MS:
            raise BadTape(f"{self.path}: the moment to go live is not on the tape")
        tick, lot = _step(self.prices), _step(self.amounts)
        days = max(1.0, (self.times[-1] - self.times[0]) / _DAY_MS)
        value = sum(p * a // SCALE for p, a in zip(self.prices, self.amounts, strict=True))
        turnover = max(1, int(value / days))
        return Listing(
            base,
            quote,
            tick,
            lot,
            min_notional=10_000,
            bids=WIDE,
            asks=WIDE,
            life=Life(
                opening=self.price_at(moment) // tick,
                sigma=0,
                turnover=turnover,
                prints=max(1, int(len(self.times) / days)),
                ladder=(),
                tape=str(self.path),
                moment=moment,
                digest=self.digest,
            ),
        )


class TapeHistory:
    """The tape up to its `moment`, as minute bars that end at `opened` (ms)."""

    def __init__(self, tape: Tape, listing: Listing, moment: int, opened: int) -> None:
        self._listing = listing
        self._tape = tape
        self._shift = opened - moment
        self._moment = moment
        self._opened = opened
        self.days = max(0, -(-(moment - tape.times[0]) // _DAY_MS))
        self._days: dict[int, list[Bar]] = {}

    def day(self, number: int) -> list[Bar]:
        """The 1,440 bars of one day; -1 is the one that ends at the opening."""
        if number not in self._days:
            self._days[number] = self._make(number)
        return self._days[number]

    def _make(self, number: int) -> list[Bar]:
        start = self._moment + number * _DAY_MS
        tape, listing = self._tape, self._listing
        last = max(1, tape.price_at(start - 1) // listing.tick)
        index = bisect_left(tape.times, start)
        bars = []
        for minute in range(start, start + _DAY_MS, MINUTE_MS):
            bar = quiet(minute + self._shift, last)
            while index < len(tape.times) and tape.times[index] < minute + MINUTE_MS:
                ticks, lots = tape.prices[index] // listing.tick, tape.amounts[index] // listing.lot
                bar.add(ticks, lots, listing.value(ticks, lots), bool(tape.bought[index]))
                index += 1
            last = bar.close
            bars.append(bar)
        return bars


def _symbol_of(path: Path) -> str:
    """``ADX_2019-07-05_17.00.csv.gz`` and ``ADX.csv`` are of ADX/BTC."""
    base = re.match(r"[A-Za-z0-9]+", path.name)
    return f"{base[0].upper()}/BTC" if base else ""


def _step(values: Iterable[int]) -> int:
    """The largest power of ten, at most one whole, that divides all values."""
    step = SCALE
    for value in values:
        while value % step:
            step //= 10
    return step
