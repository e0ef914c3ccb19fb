"""Tapes: recorded trades of one market, or a seeded walk, as prints, minutes and days."""

import csv
import gzip
import itertools
import math
import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tradelatch.model.clock import DAY, HOUR, MINUTE, MS
from tradelatch.model.markets import Candle, Market

MINUTE_MS, HOUR_MS, DAY_MS = MINUTE // MS, HOUR // MS, DAY // MS
QUIET_MS = 3 * HOUR_MS
"""How far from an announced pump a day has to lie to be called quiet."""
KNOWN_DAYS = 7
"""How many days of history precede the first day that is judged."""


class Trade(NamedTuple):
    """A print: time in ms, whether the taker bought, price in quote per base, base quantity."""

    time_ms: int
    bought: bool
    price: Decimal
    quantity: Decimal


class Tape:
    """One market's prints in the order of time; `pump_ms` is when its pump was announced."""

    def __init__(
        self,
        name: str,
        market: Market,
        trades: list[Trade],
        pump_ms: int | None,
        half_spread: Decimal | None = None,
    ) -> None:
        self.name, self.market, self.trades, self.pump_ms = name, market, trades, pump_ms
        self.half_spread = half_spread
        """Of the book, as a fraction; None where only trades tell of it."""
        self.times = [trade.time_ms for trade in trades]
        self.minutes = candles(trades, MINUTE_MS)
        self.minute_times = [candle.open_ms for candle in self.minutes]
        self.days = candles(trades, DAY_MS)

    def between(self, start_ms: int, end_ms: int) -> list[Trade]:
        """The prints from `start_ms` up to before `end_ms`."""
        return self.trades[bisect_left(self.times, start_ms) : bisect_left(self.times, end_ms)]

    def minutes_between(self, start_ms: int, end_ms: int) -> list[Candle]:
        """The minutes that began from `start_ms` up to before `end_ms`."""
        times = self.minute_times
        return self.minutes[bisect_left(times, start_ms) : bisect_left(times, end_ms)]

    def days_before(self, now_ms: int) -> list[Candle]:
        """Daily candles as an exchange tells them: the last one is not over."""
        return [day for day in self.days if day.open_ms <= now_ms]

    def quiet_days(self) -> list[int]:
        """When 24-hour spells begin that lie outside the announced pump, with a week known
        before each; of a tape without a pump, one after the other."""
        first = self.times[0] + KNOWN_DAYS * DAY_MS
        last = self.times[-1] - DAY_MS
        if self.pump_ms is None:
            return list(range(first, last + 1, DAY_MS))
        before = range(self.pump_ms - QUIET_MS - DAY_MS, first - 1, -DAY_MS)
        after = range(self.pump_ms + QUIET_MS, last + 1, DAY_MS)
        return sorted([*before, *after])


def candles(trades: Iterable[Trade], length_ms: int) -> list[Candle]:
    """Candles of the spans in which there was a trade."""
    made = []
    for number, group in itertools.groupby(trades, lambda trade: trade.time_ms // length_ms):
        span = list(group)
        prices = [trade.price for trade in span]
        volume = sum((trade.quantity for trade in span), Decimal(0))
        turnover = sum((trade.quantity * trade.price for trade in span), Decimal(0))
        made.append(
            Candle(
                number * length_ms,
                prices[0],
                max(prices),
                min(prices),
                prices[-1],
                volume,
                turnover,
            )
        )
    return made


def recorded(path: Path) -> Tape:
    """Read ``SYM_2019-07-05_17.00.csv.gz``: real trades, the pump's time in the file's name."""
    base, day, minute = path.name.removesuffix(".csv.gz").split("_")
    pump = datetime.strptime(f"{day} {minute}", "%Y-%m-%d %H.%M").replace(tzinfo=UTC)
    with gzip.open(path, "rt", newline="") as file:
        trades = list(_trades(csv.DictReader(file)))
    trades.sort(key=lambda trade: trade.time_ms)
    exponents = (trade.quantity.normalize().as_tuple().exponent for trade in trades)
    decimals = max(-int(exponent) for exponent in exponents)
    lot = Decimal(1).scaleb(-max(decimals, 0))
    market = Market(base, "BTC", Decimal("1e-8"), lot, Decimal("0.0001"))
    return Tape(path.name.removesuffix(".csv.gz"), market, trades, int(pump.timestamp()) * 1_000)


def _trades(rows: Iterable[dict[str, str]]) -> Iterator[Trade]:
    for row in rows:
        quantity, price = Decimal(row["amount"]), Decimal(row["price"])
        if quantity > 0 and price > 0:
            yield Trade(int(row["timestamp"]), row["side"] == "buy", price, quantity)


class Walk(NamedTuple):
    """What a made-up market is like: `adv` in quote a day, `sigma` a day, half spread."""

    name: str
    adv: float
    sigma: float
    half_spread: float


_PRICE = 0.05
_PRINTS = 4
_FREEDOM = 4
_START_MS = 1_790_000_000_000 // DAY_MS * DAY_MS


def walked(walk: Walk, seed: int, days: int) -> Tape:
    """A random walk in minutes with the fat tails of Student's t (4 degrees of freedom), traded
    four times a minute at both sides of the spread; `days` besides a month of history."""
    dice = random.Random(f"{walk.name} {seed}")
    step = walk.sigma / math.sqrt(1_440) / math.sqrt(_FREEDOM / (_FREEDOM - 2))
    each = walk.adv / 1_440 / _PRINTS / _PRICE
    trades, level = [], math.log(_PRICE)
    for minute in range((days + 30) * 1_440):
        chi = sum(dice.gauss(0, 1) ** 2 for _ in range(_FREEDOM))
        level += step * dice.gauss(0, 1) / math.sqrt(chi / _FREEDOM)
        for number in range(_PRINTS):
            bought = dice.random() < 0.5
            price = math.exp(level) * (1 + walk.half_spread * (1 if bought else -1))
            at = _START_MS + minute * MINUTE_MS + number * MINUTE_MS // _PRINTS
            quantity = each * dice.expovariate(1)
            trades.append(Trade(at, bought, Decimal(f"{price:.7f}"), Decimal(f"{quantity:.4f}")))
    market = Market("DEEP", "BTC", Decimal("1e-7"), Decimal("0.0001"), Decimal("0.0001"))
    trades = [trade for trade in trades if trade.quantity > 0]
    half_spread = Decimal(str(walk.half_spread))
    return Tape(f"{walk.name} {seed}", market, trades, None, half_spread)
