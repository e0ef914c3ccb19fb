"""Account drain: liquid value turns into what cannot be sold again.

Where prices are not known, or are near the market's (a worthless coin at a supported price), what
is left to see is how unlike its owner an account behaves. Five signs, each with the rows it stands
on: the first trades ever in a market; more of it than the market can take back; assets sold just
before to pay for it; after a long sleep; without the client order ids that the owner's bots give.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import numpy as np

from tradelatch.detect.detector import Detector
from tradelatch.detect.fills import Fills, each_account, is_fill
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.signs import DAY_MS, signs, slept_ms
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir

HOUR_MS = 3_600_000
POINTS = {
    "first trades in this market": 1,
    "more than the market takes back": 1,
    "raised just before": 2,
    "after a sleep": 2,
    "without the owner's order ids": 1,
}
"""The signs. What owners do now and then counts once, what few do counts twice."""


class Parameters(msgspec.Struct, frozen=True):
    """What the detector can be set to.

    Attributes:
        points: the least sum of the `POINTS` of the signs that speak.
        thin: a purchase is more than a market can take back from this part of a median day's
            traded value on. Without a public tape nothing is known of it, and this sign is silent.
        sleep_d: an account sleeps after so many days without a fill.
        usual: the least that is spent, in median days of the account's own purchases.
        pause_h: so many hours without a purchase in a strange market end an episode.
    """

    points: Annotated[int, msgspec.Meta(ge=1, le=7)] = 3
    thin: Annotated[float, msgspec.Meta(gt=0)] = 0.05
    sleep_d: Annotated[float, msgspec.Meta(gt=0)] = 14.0
    usual: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    pause_h: Annotated[float, msgspec.Meta(gt=0)] = 12.0


class _Episode(NamedTuple):
    """Purchases in strange markets of one quote; `spent` in it, `usual` days of it, `taken` the
    largest part of a market's day, `slept_d` the days without a fill before."""

    fills: Fills
    spent: float
    usual: float
    taken: float
    slept_d: float
    speaks: dict[str, bool]

    @property
    def points(self) -> int:
        """The sum of those of the signs that speak."""
        return sum(POINTS[name] for name, says in self.speaks.items() if says)


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every episode in which an account was drained, as it looks."""
    depth = _daily(trades)
    found = [
        _finding(account, episode, parameters)
        for account, own in each_account(trades)
        for episode in _episodes(own, depth, parameters)
        if episode.points >= parameters.points and episode.usual >= parameters.usual
    ]
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _daily(trades: "ir.Table") -> dict[str, float]:
    """Each market's traded value of a median day, in quote, by the public tape."""
    tape = trades.filter(~is_fill(trades))
    days = tape.group_by(tape.symbol, day=tape.time // DAY_MS).aggregate(
        value=(tape.price * tape.amount).sum()
    )
    table = days.group_by("symbol").aggregate(daily=days.value.median()).to_pyarrow()
    return dict(zip(table["symbol"].to_pylist(), table["daily"].to_pylist(), strict=True))


def _episodes(own: Fills, depth: dict[str, float], parameters: Parameters) -> Iterator[_Episode]:
    quotes = np.array([str(symbol).rpartition("/")[2] for symbol in own.symbols])
    for quote in sorted(set(quotes)):
        buys = np.flatnonzero((quotes == quote) & own.bought)
        strange = buys[_is_strange(own, buys, depth, parameters)]
        if len(strange):
            gaps = np.diff(own.times[strange]) > parameters.pause_h * HOUR_MS
            for places in np.split(strange, np.flatnonzero(gaps) + 1):
                yield _episode(own, own.only(buys), own.only(places), depth, parameters)


def _is_strange(
    own: Fills, buys: np.ndarray, depth: dict[str, float], parameters: Parameters
) -> np.ndarray:
    """Which purchases are in a market that was first traded within the last episode's pause, or in
    one of which the account bought too much that day."""
    strange = np.zeros(len(buys), np.bool_)
    symbols, times = own.symbols[buys], own.times[buys]
    money = own.prices[buys] * own.amounts[buys]
    for symbol in set(symbols):
        mine = symbols == symbol
        first = own.times[own.symbols == symbol].min()
        strange |= mine & (times < first + parameters.pause_h * HOUR_MS)
        if symbol in depth:
            _, back = np.unique(times[mine] // DAY_MS, return_inverse=True)
            much = np.bincount(back, money[mine]) >= parameters.thin * depth[symbol]
            strange[np.flatnonzero(mine)] |= much[back]
    return strange


def _episode(
    own: Fills, buys: Fills, episode: Fills, depth: dict[str, float], parameters: Parameters
) -> _Episode:
    money = episode.prices * episode.amounts
    before = buys.only(buys.times < episode.times[0])
    _, back = np.unique(before.times // DAY_MS, return_inverse=True)
    day = float(np.median(np.bincount(back, before.prices * before.amounts))) if len(back) else 0.0
    symbols, place = np.unique(episode.symbols.astype(str), return_inverse=True)
    taken = [
        spent / depth[symbol]
        for symbol, spent in zip(symbols, np.bincount(place, money), strict=True)
        if symbol in depth
    ]
    told, slept_d = signs(own, episode), slept_ms(own, int(episode.times[0])) / DAY_MS
    says = (
        bool(told.is_new),
        bool(max(taken, default=0.0) >= parameters.thin),
        bool(told.is_raised),
        slept_d >= parameters.sleep_d,
        bool(told.is_unmarked),
    )
    speaks = dict(zip(POINTS, says, strict=True))
    spent = float(money.sum())
    usual = spent / day if day else float("inf")
    return _Episode(episode, spent, usual, max(taken, default=0.0), slept_d, speaks)


def _finding(account: str, episode: _Episode, parameters: Parameters) -> Finding:
    fills = episode.fills
    symbols = sorted(set(map(str, fills.symbols)))
    named = symbols[0] if len(symbols) == 1 else f"{len(symbols)} markets"
    return Finding(
        "drain",
        1,
        {"account": account, "symbol": named},
        int(fills.times[0]),
        int(fills.times[-1]),
        float(episode.points),
        (
            *(Term(name, float(says), 1, "", says) for name, says in episode.speaks.items()),
            *(
                Term(name, float(value), threshold, "", bool(value >= threshold))
                for name, value, threshold in (
                    ("of a market's day", episode.taken, parameters.thin),
                    ("days asleep", episode.slept_d, parameters.sleep_d),
                    ("usual days of purchases", episode.usual, parameters.usual),
                )
            ),
        ),
        tuple(sorted(map(int, fills.rows))),
        f"It would have been spared with fewer than {parameters.points} points of signs (it has "
        f"{episode.points}), or had less been spent than on a usual day.",
        as_mapping(parameters),
        episode.spent,
        symbols[0].rpartition("/")[2],
    )


DETECTOR = Detector(
    "drain",
    1,
    Asked(("time", "symbol", "price", "amount", "side", "account"), ("role", "order")),
    Parameters,
    "points",
    find,
)
