"""Contra-trading, a victim's view: accounts' own fills, held against the public tape.

Rows with an account are its fills; rows without one are the tape.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import numpy as np

from tradelatch.detect.contra.market import other_pair
from tradelatch.detect.detector import Detector
from tradelatch.detect.excess import Flags, Prints, excess, given, leapt, paid_about, shared
from tradelatch.detect.fills import Fills, claims, each_account, is_fill, tape_of
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
        points: so many must speak for a theft of fewer orders: one each if it was the account's
            first in this market, if the money was raised just before, and if nobody offered much
            in between; two if the owner's order ids are missing.
        pause_h: so many hours without a far fill end an episode.
    """

    passed: Share = 0.06
    far: Share = 0.03
    orders: Annotated[int, msgspec.Meta(ge=1)] = 3
    single: Share = 0.08
    points: Annotated[int, msgspec.Meta(ge=0, le=5)] = 3
    pause_h: Annotated[float, msgspec.Meta(gt=0)] = 12.0


class _Market(NamedTuple):
    """The tape, the bars of the coin's other pair, and which of its prints are each account's."""

    tape: Prints
    other: Bars | None
    own: Mapping[str, Flags]

    def without(self, *accounts: str) -> Prints:
        """The tape without some accounts' prints."""
        kept = ~np.any([self.own[name] for name in accounts], axis=0)
        return Prints(self.tape.times[kept], self.tape.prices[kept], self.tape.amounts[kept])

    @property
    def typical(self) -> float:
        """The median trade, in quote."""
        return float(np.median(self.tape.prices * self.tape.amounts))

    @property
    def strangers(self) -> Prints:
        """The prints of those who do not ask: victims of one thief at a time are none of the
        others who paid as much."""
        return self.without(*self.own)


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

    @property
    def share(self) -> float:
        """What was lost beyond what others paid, of what was given."""
        return float(np.nansum(self.beyond) / np.nansum(self.given))

    @property
    def orders(self) -> int:
        """Separate moments in which something was lost."""
        return len(np.unique(self.fills.times[self.beyond > 0]))

    @property
    def has_leapt(self) -> bool:
        """Nobody offered much in between."""
        return leapt(self.passed, self.fills.amounts)


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every episode in which an account's fills look like a theft."""
    accounts = dict(each_account(trades))
    found = []
    for symbol in sorted({symbol for own in accounts.values() for symbol in own.symbols}):
        market = _market(trades, symbol, accounts)
        for account, own in accounts.items():
            fills = own.only(own.symbols == symbol)
            if len(fills.times):
                unknown = len(fills.times) - int(market.own[account].sum())
                weighed = _weigh(fills, market, market.without(account))
                found += [
                    _finding(account, unknown, told, one, parameters)
                    for told, one in _thefts(own, weighed, market, parameters)
                ]
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _market(trades: "ir.Table", symbol: str, accounts: Mapping[str, Fills]) -> _Market:
    tape = trades.filter(~is_fill(trades))
    listed = tape.select("symbol").distinct().order_by("symbol").to_pyarrow()
    prints = tape_of(trades, symbol)
    return _Market(
        prints,
        other_pair(tape, symbol, listed["symbol"].to_pylist()),
        claims(prints, {name: own.only(own.symbols == symbol) for name, own in accounts.items()}),
    )


def _weigh(fills: Fills, market: _Market, others: Prints) -> _Weighed:
    """Fills of an account, held against what `others` traded."""
    bars, strangers = minute_bars(*others), market.strangers
    told = references(bars, fills.times, market.other)
    worth = settled(bars, fills.times, told, market.other)
    # Prints of one millisecond are one order's, as far as the tape tells.
    paid = shared(strangers, strangers.times, strangers.times, fills.times, fills.bought)
    sign = np.where(fills.bought, 1.0, -1.0)
    beyond = excess(fills.prices, fills.bought, worth, paid)
    return _Weighed(
        fills,
        sign * (fills.prices - worth) * fills.amounts,
        beyond * fills.amounts,
        given(fills.prices, fills.amounts, worth, fills.bought),
        told.sources.astype(np.int64),
    )


def _episodes(weighed: _Weighed, parameters: Parameters) -> Iterator[_Weighed]:
    """The account's fills from the first to the last far one of each episode."""
    far = np.flatnonzero(weighed.passed >= parameters.far * (weighed.given - weighed.passed))
    if not len(far):
        return
    gaps = np.diff(weighed.fills.times[far]) > parameters.pause_h * HOUR_MS
    for places in np.split(far, np.flatnonzero(gaps) + 1):
        yield weighed.only(np.arange(places[0], places[-1] + 1))


def _thefts(
    own: Fills, weighed: _Weighed, market: _Market, parameters: Parameters
) -> Iterator[tuple[Signs, _Weighed]]:
    """The episodes that look like thefts, with the signs that speak."""
    for episode in _episodes(weighed, parameters):
        told = signs(own, episode.fills)
        if _points(told) >= 2 and _paid_most(episode, market.strangers):
            episode = episode._replace(beyond=np.maximum(episode.passed, episode.beyond))
        if _is_theft(told, episode, market.typical, parameters):
            yield told, episode


def _paid_most(episode: _Weighed, others: Prints) -> bool:
    """Whether all others together paid less than the account did, at prices as bad as its own: so
    they may be the thief's dust and wash trades, which make up a price."""
    lost = episode.fills.only(episode.passed > 0)
    own = float(lost.prices @ lost.amounts)
    price, bought = float(np.median(lost.prices)), bool(lost.bought[0])
    return paid_about(others, lost.times, price, bought) < own


def _points(told: Signs) -> int:
    """That an order lacks the id that its owner's bot gives each counts twice."""
    return told.is_new + told.is_raised + 2 * told.is_unmarked


def _is_theft(told: Signs, episode: _Weighed, typical: float, parameters: Parameters) -> bool:
    if episode.orders >= parameters.orders:
        return episode.share >= parameters.passed
    enough = _points(told) + episode.has_leapt >= parameters.points
    enough = enough and float(np.nansum(episode.beyond)) >= typical
    return enough and episode.share >= max(parameters.passed, parameters.single)


def _finding(
    account: str, unknown: int, told: Signs, episode: _Weighed, parameters: Parameters
) -> Finding:
    fills, symbol, share = episode.fills, str(episode.fills.symbols[0]), episode.share
    return Finding(
        "contra-victim",
        1,
        {"symbol": symbol, "account": account},
        int(fills.times[0]),
        int(fills.times[-1]),
        share,
        _terms(told, unknown, episode, parameters),
        tuple(sorted(map(int, fills.rows))),
        f"It would have been spared had less than {parameters.passed:.3g} of what was given been "
        f"lost beyond what others paid (it was {share:.3g}).",
        as_mapping(parameters),
        float(np.nansum(episode.passed)),
        symbol.rpartition("/")[2],
    )


def _terms(
    told: Signs, unknown: int, episode: _Weighed, parameters: Parameters
) -> tuple[Term, ...]:
    orders, has_leapt = episode.orders, episode.has_leapt
    sources = np.bincount(episode.sources, minlength=len(Source))
    return (
        Term("lost, of what was given", episode.share, parameters.passed, "", True),
        Term("orders", orders, parameters.orders, "", orders >= parameters.orders),
        Term("first trades in this market", float(told.is_new), 1, "", told.is_new),
        Term("raised just before", float(told.is_raised), 1, "", told.is_raised),
        Term("without the owner's order ids", float(told.is_unmarked), 1, "", told.is_unmarked),
        Term("nothing offered in between", float(has_leapt), 1, "", has_leapt),
        Term("as taker", float(episode.fills.took.mean()), 0.5, "", bool(episode.fills.took.any())),
        Term("fills here that are not on the tape", unknown, 1, "", unknown == 0, under=True),
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
