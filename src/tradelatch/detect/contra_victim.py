"""Contra-trading, a victim's view: accounts' own fills, held against the public tape.

Rows with an account are its fills; rows without one are the tape.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import numpy as np

from tradelatch.detect.contra.market import other_pair
from tradelatch.detect.detector import Detector
from tradelatch.detect.excess import Prints, excess, given, leapt, shared
from tradelatch.detect.fills import Fills, each_account, is_fill, tape_of, without
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.reference import (
    Bars,
    Prices,
    Source,
    Times,
    minute_bars,
    references,
    settled,
)
from tradelatch.detect.signs import Signs, signs
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir

HOUR_MS = 3_600_000
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Parameters(msgspec.Struct, frozen=True):
    """Shares are fractions from 0 to 1.

    Attributes:
        passed: the least that was lost beyond what others paid, of what was given.
        far: so far from the reference a fill is looked at.
        orders: separate orders (moments); one mistake is one order.
        single: `passed` for fewer orders.
        points: so many must speak for a theft of fewer orders (`_points`),
        gross: or one where so much was lost.
        pause_h: so many hours without a far fill end an episode.
    """

    passed: Share = 0.06
    far: Share = 0.03
    orders: Annotated[int, msgspec.Meta(ge=1)] = 3
    single: Share = 0.08
    points: Annotated[int, msgspec.Meta(ge=0, le=5)] = 3
    gross: Share = 0.4
    pause_h: Annotated[float, msgspec.Meta(gt=0)] = 12.0


class _Weighed(NamedTuple):
    """Fills of one market, with what each passed on, what of it others did not pay, what was given
    (in quote), and where the reference is from."""

    fills: Fills
    passed: Prices
    beyond: Prices
    given: Prices
    sources: Times

    def only(self, kept: Times) -> "_Weighed":
        return _Weighed(
            self.fills.only(kept),
            self.passed[kept],
            self.beyond[kept],
            self.given[kept],
            self.sources[kept],
        )


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every episode in which an account's fills look like a theft."""
    tape = trades.filter(~is_fill(trades))
    listed = tape.select("symbol").distinct().order_by("symbol").to_pyarrow()
    symbols = listed["symbol"].to_pylist()
    markets: dict[str, tuple[Prints, Bars | None]] = {}
    found = []
    for account, own in each_account(trades):
        for symbol in sorted(set(own.symbols)):
            if symbol not in markets:
                markets[symbol] = tape_of(trades, symbol), other_pair(tape, symbol, symbols)
            weighed = _weigh(own.only(own.symbols == symbol), *markets[symbol])
            found += [
                _finding(account, own, one, parameters)
                for one in _episodes(weighed, parameters)
                if _is_theft(own, one, parameters)
            ]
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _weigh(fills: Fills, tape: Prints, other: Bars | None) -> _Weighed:
    others = without(tape, fills)
    bars = minute_bars(*others)
    reference = references(bars, fills.times, other)
    # Prints of one millisecond are one order's, as far as the tape tells.
    paid = shared(others, others.times, others.times, fills.times, fills.bought)
    sign = np.where(fills.bought, 1.0, -1.0)
    beyond = excess(fills.prices, fills.bought, reference.prices, paid)
    return _Weighed(
        fills,
        sign * (fills.prices - settled(bars, fills.times, reference, other)) * fills.amounts,
        beyond * fills.amounts,
        given(fills.prices, fills.amounts, reference.prices, fills.bought),
        reference.sources.astype(np.int64),
    )


def _episodes(weighed: _Weighed, parameters: Parameters) -> Iterator[_Weighed]:
    """The account's fills from the first to the last far one of each episode."""
    far = np.flatnonzero(weighed.passed >= parameters.far * (weighed.given - weighed.passed))
    if not len(far):
        return
    gaps = np.diff(weighed.fills.times[far]) > parameters.pause_h * HOUR_MS
    for places in np.split(far, np.flatnonzero(gaps) + 1):
        yield weighed.only(np.arange(places[0], places[-1] + 1))


def _is_theft(own: Fills, episode: _Weighed, parameters: Parameters) -> bool:
    share, orders = _share(episode), _orders(episode)
    if orders >= parameters.orders:
        return share >= parameters.passed
    points = _points(signs(own, episode.fills), episode)
    enough = points >= parameters.points or (points > 0 and share >= parameters.gross)
    return share >= max(parameters.passed, parameters.single) and enough


def _points(told: Signs, episode: _Weighed) -> int:
    """That an order lacks the id that its owner's bot gives each counts twice."""
    return told.is_new + told.is_raised + 2 * told.is_unmarked + _leapt(episode)


def _leapt(episode: _Weighed) -> bool:
    return leapt(episode.passed, episode.fills.amounts)


def _share(episode: _Weighed) -> float:
    return float(np.nansum(episode.beyond) / np.nansum(episode.given))


def _orders(episode: _Weighed) -> int:
    return len(np.unique(episode.fills.times[episode.beyond > 0]))


def _finding(account: str, own: Fills, episode: _Weighed, parameters: Parameters) -> Finding:
    fills, symbol = episode.fills, str(episode.fills.symbols[0])
    share = _share(episode)
    return Finding(
        "contra-victim",
        1,
        {"symbol": symbol, "account": account},
        int(fills.times[0]),
        int(fills.times[-1]),
        share,
        _terms(signs(own, fills), episode, parameters),
        tuple(sorted(map(int, fills.rows))),
        f"It would have been spared had less than {parameters.passed:.3g} of what was given been "
        f"lost beyond what others paid (it was {share:.3g}).",
        as_mapping(parameters),
        float(np.nansum(episode.passed)),
        symbol.rpartition("/")[2],
    )


def _terms(told: Signs, episode: _Weighed, parameters: Parameters) -> tuple[Term, ...]:
    orders = _orders(episode)
    sources = np.bincount(episode.sources, minlength=len(Source))
    return (
        Term("lost, of what was given", _share(episode), parameters.passed, "", True),
        Term("orders", orders, parameters.orders, "", orders >= parameters.orders),
        Term("first trades in this market", float(told.is_new), 1, "", told.is_new),
        Term("raised just before", float(told.is_raised), 1, "", told.is_raised),
        Term("without the owner's order ids", float(told.is_unmarked), 1, "", told.is_unmarked),
        Term("nothing offered in between", float(_leapt(episode)), 1, "", _leapt(episode)),
        Term("as taker", float(episode.fills.took.mean()), 0.5, "", bool(episode.fills.took.any())),
        *(
            Term(f"rows held against {source.says}", int(sources[source]), 1, "", True)
            for source in Source
            if sources[source]
        ),
    )


DETECTOR = Detector(
    "contra-victim",
    1,
    Asked(("time", "symbol", "price", "amount", "side", "account"), ("role", "order")),
    Parameters,
    "passed",
    find,
)
