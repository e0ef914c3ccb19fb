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
from tradelatch.detect.fills import (
    Fills,
    claims,
    contested,
    each_account,
    is_fill,
    ruled_out,
    tape_of,
)
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.reference import (
    MINUTE_MS,
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
PAUSE_MS = 5 * MINUTE_MS
"""An episode is not taken apart at shorter ones."""
UNSIGNED = 0.5
"""A loss counts for so much where no sign speaks."""
LITTLE = 0.1
"""Others' payments are dust below this part of the account's own, where only one sign speaks; where
two do, below all of it."""
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
    """The tape, the bars of the coin's other pair, which of its prints are each account's, and how
    many fills of each another claims too."""

    tape: Prints
    other: Bars | None
    own: Mapping[str, Flags]
    contested: Mapping[str, int]

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


class _Doubts(NamedTuple):
    """How many of an account's fills in a market the tape does not have, how many it rules out, and
    how many another who asks claims too."""

    unknown: int
    impossible: int
    contested: int


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
            impossible = ruled_out(market.tape, fills)
            possible = fills.only(~impossible)
            if not len(possible.times):
                continue
            unknown = len(fills.times) - int(market.own[account].sum())
            doubts = _Doubts(unknown, int(impossible.sum()), market.contested[account])
            weighed = _weigh(possible, market, market.without(account))
            true = own.only(~np.isin(own.rows, fills.rows[impossible]))
            found += [
                _finding(account, doubts, told, one, parameters)
                for told, one in _thefts(true, weighed, market, parameters)
            ]
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _market(trades: "ir.Table", symbol: str, accounts: Mapping[str, Fills]) -> _Market:
    tape = trades.filter(~is_fill(trades))
    listed = tape.select("symbol").distinct().order_by("symbol").to_pyarrow()
    prints = tape_of(trades, symbol)
    here = {name: own.only(own.symbols == symbol) for name, own in accounts.items()}
    return _Market(
        prints,
        other_pair(tape, symbol, listed["symbol"].to_pylist()),
        claims(prints, here),
        contested(prints, here),
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
    far = _far(weighed, parameters)
    if not len(far):
        return
    gaps = np.diff(weighed.fills.times[far]) > parameters.pause_h * HOUR_MS
    for places in np.split(far, np.flatnonzero(gaps) + 1):
        yield weighed.only(np.arange(places[0], places[-1] + 1))


def _far(weighed: _Weighed, parameters: Parameters) -> Times:
    """The places of the fills that are far from the reference, on the account's worse side."""
    return np.flatnonzero(weighed.passed >= parameters.far * (weighed.given - weighed.passed))


def _thefts(
    own: Fills, weighed: _Weighed, market: _Market, parameters: Parameters
) -> Iterator[tuple[Signs, _Weighed]]:
    """The episodes that look like thefts, with the signs that speak."""
    for episode in _episodes(weighed, parameters):
        yield from _within(own, episode, market, parameters)


def _within(
    own: Fills, episode: _Weighed, market: _Market, parameters: Parameters
) -> Iterator[tuple[Signs, _Weighed]]:
    """An episode that looks like a theft, or what does before and after its longest pauses, as an
    owner may trade on the same day; for a part of it some sign must speak."""
    waiting = [episode]
    while waiting:
        one = waiting.pop()
        told = signs(own, one.fills)
        judged = one
        if _paid_most(told, one, market.strangers):
            judged = one._replace(beyond=np.maximum(one.passed, one.beyond))
        speaks = one is episode or _points(told) > 0
        if speaks and _is_theft(told, judged, market.typical, parameters):
            yield told, judged
        else:
            waiting += _parts(one, parameters)


def _parts(episode: _Weighed, parameters: Parameters) -> Iterator[_Weighed]:
    """What was before and what was after the longest pause between far fills, if there was one."""
    far = _far(episode, parameters)
    pauses = np.diff(episode.fills.times[far])
    if pauses.max(initial=0) < PAUSE_MS:
        return
    longest = int(np.argmax(pauses))
    for places in (far[: longest + 1], far[longest + 1 :]):
        yield episode.only(np.arange(places[0], places[-1] + 1))


def _paid_most(told: Signs, episode: _Weighed, others: Prints) -> bool:
    """Whether others paid so little beside the account, at prices as bad as its own, that it may be
    the thief's dust and wash trades, which make up a price."""
    lost = episode.fills.only(episode.passed > 0)
    points = _points(told)
    if not points or not len(lost.times):
        return False
    own = float(lost.prices @ lost.amounts)
    price, bought = float(np.median(lost.prices)), bool(lost.bought[0])
    most = own if points >= 2 else LITTLE * own
    return paid_about(others, lost.times, price, bought) < most


def _points(told: Signs) -> int:
    """That an order lacks the id that its owner's bot gives each counts twice."""
    return told.is_new + told.is_raised + 2 * told.is_unmarked


def _weight(told: Signs) -> float:
    """What a loss is worth to the score."""
    return 1.0 if _points(told) else UNSIGNED


def _is_theft(told: Signs, episode: _Weighed, typical: float, parameters: Parameters) -> bool:
    if episode.orders >= parameters.orders:
        return episode.share * _weight(told) >= parameters.passed
    enough = _points(told) + episode.has_leapt >= parameters.points
    enough = enough and float(np.nansum(episode.beyond)) >= typical
    return enough and episode.share >= max(parameters.passed, parameters.single)


def _finding(
    account: str, doubts: _Doubts, told: Signs, episode: _Weighed, parameters: Parameters
) -> Finding:
    fills, symbol, share = episode.fills, str(episode.fills.symbols[0]), episode.share
    least = parameters.passed / _weight(told)
    return Finding(
        "contra-victim",
        1,
        {"symbol": symbol, "account": account},
        int(fills.times[0]),
        int(fills.times[-1]),
        share * _weight(told),
        _terms(told, doubts, episode, parameters),
        tuple(sorted(map(int, fills.rows))),
        f"It would have been spared had less than {least:.3g} of what was given been "
        f"lost beyond what others paid (it was {share:.3g}).",
        as_mapping(parameters),
        float(np.nansum(episode.passed)),
        symbol.rpartition("/")[2],
    )


def _terms(
    told: Signs, doubts: _Doubts, episode: _Weighed, parameters: Parameters
) -> tuple[Term, ...]:
    orders, has_leapt = episode.orders, episode.has_leapt
    sources = np.bincount(episode.sources, minlength=len(Source))
    least = parameters.passed / _weight(told)
    return (
        Term("lost, of what was given", episode.share, least, "", True),
        Term("orders", orders, parameters.orders, "", orders >= parameters.orders),
        Term("first trades in this market", float(told.is_new), 1, "", told.is_new),
        Term("raised just before", float(told.is_raised), 1, "", told.is_raised),
        Term("without the owner's order ids", float(told.is_unmarked), 1, "", told.is_unmarked),
        Term("nothing offered in between", float(has_leapt), 1, "", has_leapt),
        Term("as taker", float(episode.fills.took.mean()), 0.5, "", bool(episode.fills.took.any())),
        _none("fills here that are not on the tape", doubts.unknown),
        _none("fills here that are left out, as nobody paid such a price", doubts.impossible),
        _none("fills here that another who asks claims too", doubts.contested),
        *(
            Term(f"rows held against {source.says}", int(sources[source]), 1, "", True)
            for source in Source
            if sources[source]
        ),
    )


def _none(name: str, count: int) -> Term:
    """A term that speaks for a finding where there is none of it."""
    return Term(name, count, 1, "", count == 0, under=True)


DETECTOR = Detector(
    "contra-victim",
    1,
    Asked(("time", "symbol", "price", "amount", "side", "account"), ("role", "order")),
    Parameters,
    "passed",
    find,
)
