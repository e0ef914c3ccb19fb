"""A market driven by a recorded tape: its trades are the history, lead the fair price and are
traded again by the takers.

A tape is CSV (or csv.gz) with a header and at least the columns ``timestamp`` (ms), ``side``
(the taker's), ``price`` and ``amount``; ``symbol`` or else the file's name tells the market.
"""

import csv
import gzip
import hashlib
import io
import re
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tradelatch.model.markets import split_symbol
from tradelatch.model.orders import Side
from tradelatch.venue.engine.bars import DAY_MINUTES, MINUTE_MS, Bar, quiet
from tradelatch.venue.engine.listing import WIDE, Life, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.units import PPM, SCALE
from tradelatch.venue.life.makers import Submit, take

_COLUMNS = ("timestamp", "side", "price", "amount")
_DAY_MS = DAY_MINUTES * MINUTE_MS
_SHAPE = ((1.0, 8), (2.0, 12), (3.4, 16), (5.0, 18), (7.0, 22), (10.0, 24))
"""The ladder: (multiple of half the spread, percent of the depth)."""
_HALF_SPREAD = 4_000
_LEAD_MS = 3_600_000
_OVERSLEPT_MS = MINUTE_MS


class BadTape(ValueError):
    """A tape cannot be used; the message names the file, and the line where there is one."""


class Tape:
    """A tape in memory: times in ms, prices and amounts in units of 1e-8, sides as booleans."""

    def __init__(self, path: Path) -> None:
        """Read a tape.

        Raises:
            BadTape: it cannot be read or is not of this form.
        """
        self.path = path
        data = _content(path)
        self.digest = hashlib.sha256(data).hexdigest()
        self.times = array("q")
        self.prices = array("q")
        self.amounts = array("q")
        self.bought = array("b")
        self.symbol = _symbol_of(path)
        try:
            self._read(csv.DictReader(io.StringIO(data.decode())))
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadTape(f"{path}: this is not CSV: {error}") from error
        if not self.times:
            raise BadTape(f"{path}: there is no trade on this tape")

    def _read(self, rows: "csv.DictReader[str]") -> None:
        lacking = [name for name in _COLUMNS if name not in (rows.fieldnames or [])]
        if lacking:
            raise BadTape(f"{self.path}: there is no column {', '.join(lacking)}")
        for row in rows:
            try:
                at, bought = int(row["timestamp"]), {"buy": 1, "sell": 0}[row["side"]]
                price = int(Decimal(row["price"]) * SCALE)
                amount = int(Decimal(row["amount"]) * SCALE)
            except (ValueError, KeyError, TypeError, InvalidOperation, OverflowError) as error:
                raise BadTape(f"{self.path}, line {rows.line_num}: not a trade") from error
            if price <= 0 or amount < 0 or (self.times and at < self.times[-1]):
                raise BadTape(f"{self.path}, line {rows.line_num}: out of order or out of range")
            self.times.append(at)
            self.prices.append(price)
            self.amounts.append(amount)
            self.bought.append(bought)
        if rows.fieldnames and "symbol" in rows.fieldnames and self.times:
            self.symbol = row["symbol"] or self.symbol

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
        depth = min(30 * SCALE, max(SCALE // 2, turnover // 4))
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
                ladder=tuple(
                    (int(far * _HALF_SPREAD), depth * share // 100) for far, share in _SHAPE
                ),
                tape=str(self.path),
                moment=moment,
                digest=self.digest,
            ),
        )


class TapeFair:
    """The tape's last price. `zero` is the clock's time (ms) at the tape's `moment`."""

    def __init__(self, tape: Tape, listing: Listing, moment: int, zero: int) -> None:
        self._tape = tape
        self._tick = listing.tick
        self._offset = moment - zero

    def ticks(self, at: int) -> float:
        """The fair price at `at` (ms), in ticks."""
        return max(1.0, self._tape.price_at(at + self._offset) / self._tick)


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


class TapeTaker:
    """Does what the tape's takers did: in each step, what they bought and what they sold."""

    def __init__(
        self, engine: Engine, tape: Tape, listing: Listing, moment: int, zero: int
    ) -> None:
        self._engine = engine
        self._tape = tape
        self._listing = listing
        self._offset = moment - zero
        self._done: int | None = None

    def step(self, now: int, submit: Submit) -> None:
        """Trade what the tape traded since the step before; what was overslept is left out."""
        until = self._engine.walk_ms(now) + self._offset
        since = until if self._done is None else max(self._done, until - _OVERSLEPT_MS)
        self._done = until
        tape = self._tape
        window = range(bisect_right(tape.times, since), bisect_right(tape.times, until))
        for side in (Side.BUY, Side.SELL):
            chosen = [i for i in window if bool(tape.bought[i]) is (side is Side.BUY)]
            self._trade(now, side, chosen, submit)

    def _trade(self, now: int, side: Side, chosen: list[int], submit: Submit) -> None:
        lots = sum(self._tape.amounts[i] for i in chosen) // self._listing.lot
        if lots == 0:
            return
        prices = [self._tape.prices[i] / self._listing.tick for i in chosen]
        worst = max(prices) if side is Side.BUY else min(prices)
        reach = (2 if side is Side.BUY else -2) * _HALF_SPREAD / PPM
        ticks = max(1, round(worst * (1 + reach)))
        submit(take(now, self._listing.name, side, lots, ticks))


def _content(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BadTape(f"cannot read the tape {path}: {reason}") from error


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
