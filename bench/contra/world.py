"""A market's recorded prints with accounts on both sides, into which attacks are put.

The prints are real; who traded is made up: prints of one millisecond and side are one taker's
order, makers and takers are drawn from crowds in which few trade much, and one in ten of both is
never seen again. Beside the recorded market there are a deep one (`DEEP`) and, of the same coin, a
pair in dollars, both made up around the recorded one.
"""

import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from tradelatch.detect.reference import minute_bars

DEEP = "ETH/BTC"
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
APART_MS = 3 * HOUR_MS
TAKERS, MAKERS = 400, 40


class Print(NamedTuple):
    """One trade with both accounts; `order` is the taker's client order id."""

    time: int
    symbol: str
    price: float
    amount: float
    side: str
    buyer: str
    seller: str
    order: str = ""


class Victim(NamedTuple):
    """The truth about one: what was done to it, where, at which pace, by whom, and when (ms) how
    much passed on."""

    account: str
    symbol: str
    pace: str
    worth: float
    size: float
    markup: float
    thieves: tuple[str, ...]
    fills: tuple[tuple[int, float], ...]
    sold: bool
    """It was made to sell below, not to buy above."""
    swept: float
    """What honest offers gained that its key took on the way, in quote."""
    doubt: tuple[float, float]
    """The least and the most that passed on if the market was worth what it was in the traded
    minute before each fill, or in the one afterwards."""

    @property
    def first_ms(self) -> int:
        """The first fill."""
        return self.fills[0][0]

    @property
    def passed(self) -> float:
        """All that passed on, in quote."""
        return sum(passed for _, passed in self.fills)

    @property
    def lost(self) -> float:
        """All that it lost, to whomever: its own view does not tell them apart."""
        return self.passed + self.swept

    def passed_by(self, moment_ms: int) -> float:
        """What had passed on at a moment."""
        return sum(passed for at, passed in self.fills if at <= moment_ms)


class World:
    """All prints, and who of the accounts is a victim or a thief."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(f"contra/{path.name}/{seed}")
        self._random = np.random.default_rng([seed, sum(path.name.encode())])
        recorded = pa.csv.read_csv(path)
        self.symbol = str(recorded["symbol"][0])
        self.pump_ms = _announced(path)
        self.times: NDArray[np.int64] = recorded["timestamp"].to_numpy()
        self._prices: NDArray[np.float64] = recorded["price"].to_numpy()
        self._amounts: NDArray[np.float64] = recorded["amount"].to_numpy()
        self._bought = recorded["side"].to_numpy(zero_copy_only=False) == "buy"
        self.bars = minute_bars(self.times, self._prices, self._amounts)
        self.typical = float(np.median(self._prices * self._amounts))
        self._takers, self._makers = self._crowd()
        self._kept = np.ones(len(self.times), np.bool_)
        self.added: list[Print] = []
        self.victims: list[Victim] = []
        self.negatives: dict[str, str] = {}
        """Accounts of hard negatives, and what each is."""
        self.events: list[tuple[str, int, int]] = []
        """What hard negatives were in the tape, and from when to when (ms)."""
        self.dollars = f"{self.symbol.partition('/')[0]}/USDT"
        self._busy = [(self.pump_ms - DAY_MS // 2, self.pump_ms + 2 * DAY_MS)]

    def fair(self, at: int) -> float:
        """What the market was worth at a moment: the median of the minutes' VWAPs ten minutes
        before and after it, more where there were fewer than five."""
        minute = at // MINUTE_MS
        low, high = np.searchsorted(self.bars.minutes, (minute - 10, minute + 11))
        while high - low < 5:
            low, high = max(low - 1, 0), min(high + 1, len(self.bars.minutes))
        return float(np.median(self.bars.vwap[low:high]))

    def worths(self, at: int) -> tuple[float, float, float]:
        """What it was worth at a moment by the usual accounts: `fair`, and the VWAPs of the traded
        minutes before it and afterwards."""
        minute = at // MINUTE_MS
        after = int(np.searchsorted(self.bars.minutes, minute, "right"))
        return self.fair(at), self._last(at), float(self.bars.vwap[after])

    def _last(self, at: int) -> float:
        """The VWAP of the last traded minute before: another pair knows no more than this one."""
        place = int(np.searchsorted(self.bars.minutes, at // MINUTE_MS)) - 1
        return float(self.bars.vwap[max(place, 0)])

    def maker(self) -> str:
        """One of the crowd."""
        return f"M{min(int(self._random.zipf(1.4)), MAKERS)}"

    def taker(self) -> str:
        """One of the crowd."""
        return f"T{min(int(self._random.zipf(1.2)), TAKERS)}"

    def quiet_moment(self, lasts: int) -> int:
        """Some moment from which nothing else happens for so long (ms), nor in the three hours
        around that: two days after the tape's beginning and a day before its end, half a day
        before the pump or two days after it. What the market was worth would not be known else."""
        gaps = [(first, last - lasts) for first, last in self._gaps() if last - first > lasts]
        at = self.chance.choices(gaps, [last - first for first, last in gaps])[0]
        moment = self.chance.randrange(*at)
        self._busy.append((moment - APART_MS, moment + lasts + APART_MS))
        return moment

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """When nothing happens yet."""
        end = int(self.times[0]) + 2 * DAY_MS
        for first, last in sorted([*self._busy, (int(self.times[-1]) - DAY_MS, sys.maxsize)]):
            if first > end:
                yield end, first
            end = max(end, last)

    def silence(self, first_ms: int, last_ms: int) -> None:
        """Nobody honest trades in the recorded market for so long."""
        self._kept &= (self.times < first_ms) | (self.times > last_ms)

    def lend(self, account: str, before_ms: int, count: int) -> None:
        """Some orders of before were this account's."""
        honest = np.flatnonzero(self.times < before_ms)
        for place in self._random.choice(honest, min(count, len(honest)), replace=False):
            self._takers[self.times == self.times[place]] = account

    def join(self, account: str, at: int, count: int) -> None:
        """So many purchases from a moment on are this account's."""
        bought = np.flatnonzero((self.times >= at) & self._bought)
        for moment in np.unique(self.times[bought])[:count]:
            self._takers[(self.times == moment) & self._bought] = account

    def make(self, account: str, before_ms: int, count: int) -> None:
        """Some fills of before were of this account's resting orders."""
        honest = np.flatnonzero(self.times < before_ms)
        self._makers[self._random.choice(honest, min(count, len(honest)), replace=False)] = account

    def table(self) -> pa.Table:
        """All prints in the order of time, with a `row` of each (from 1) and client order ids."""
        symbol, kept = self.symbol, self._kept
        bought, takers, makers = self._bought[kept], self._takers[kept], self._makers[kept]
        recorded = {
            "time": self.times[kept],
            "symbol": np.full(kept.sum(), symbol, object),
            "price": self._prices[kept],
            "amount": self._amounts[kept],
            "side": np.where(bought, "buy", "sell").astype(object),
            "buyer": np.where(bought, takers, makers),
            "seller": np.where(bought, makers, takers),
            "order": np.array([f"x-{number}" for number in range(kept.sum())], object),
        }
        extra = [*self.added, *self._deep(), *self._dollars()]
        columns = {
            name: np.concatenate(
                [values, np.array([getattr(one, name) for one in extra], values.dtype)]
            )
            for name, values in recorded.items()
        }
        order = np.argsort(columns["time"], kind="stable")
        made: dict[str, Any] = {name: values[order] for name, values in columns.items()}
        made["row"] = np.arange(1, len(order) + 1)
        return pa.table(made)

    def eth(self, at: int) -> float:
        """What a coin of the deep market is worth."""
        return 0.03 * float(np.exp(0.02 * np.sin(at / (9 * HOUR_MS))))

    def usdt(self, at: int) -> float:
        """What a bitcoin is worth in dollars."""
        return 9_000 * float(np.exp(0.03 * np.sin(at / (13 * HOUR_MS))))

    def _deep(self) -> Iterable[Print]:
        for at in range(int(self.times[0]), int(self.times[-1]), 10 * MINUTE_MS):
            price = self.eth(at) * (1 + self._random.normal(0, 0.0003))
            yield Print(at, DEEP, price, 1.0, "buy", self.taker(), self.maker(), "x-deep")

    def _dollars(self) -> Iterable[Print]:
        for at in range(int(self.times[0]), int(self.times[-1]), 10 * MINUTE_MS):
            rate = self.usdt(at) * (1 + self._random.normal(0, 0.0003))
            yield Print(at, "BTC/USDT", rate, 0.1, "buy", self.taker(), self.maker(), "x-usd")
            price = self._last(at) * rate * (1 + self._random.normal(0, 0.002))
            yield Print(at, self.dollars, price, 10.0, "buy", self.taker(), self.maker(), "x-usd")

    def _crowd(self) -> tuple[NDArray[Any], NDArray[Any]]:
        new = np.r_[True, (np.diff(self.times) > 0) | (self._bought[1:] != self._bought[:-1])]
        order = np.cumsum(new) - 1
        count = order[-1] + 1
        taker = np.minimum(self._random.zipf(1.2, count), TAKERS)
        names = np.array([f"T{number}" for number in taker], object)
        once = self._random.random(count) < 0.1
        names[once] = [f"once-{number}" for number in np.flatnonzero(once)]
        maker = np.minimum(self._random.zipf(1.4, len(order)), MAKERS)
        makers = np.array([f"M{number}" for number in maker], object)
        rested = self._random.random(len(order)) < 0.1
        makers[rested] = [f"rested-{number}" for number in np.flatnonzero(rested)]
        return names[order], makers


def _announced(path: Path) -> int:
    """The moment in the file's name, ms."""
    _, day, clock = path.name.removesuffix(".csv.gz").split("_")
    moment = np.datetime64(f"{day}T{clock.replace('.', ':')}", "ms")
    return int(moment.astype(np.int64))


def tapes(folder: Path) -> Sequence[Path]:
    """The recorded tapes, by name."""
    return sorted((folder / "pumps" / "tapes").glob("*.csv.gz"))
