"""The exchange's view as a detector."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradelatch.detect.contra.losses import Loss, Weighed, losses, weigh
from tradelatch.detect.contra.market import Codes, Market, markets, other_pair
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.rings import rings
from tradelatch.detect.contra.suspects import hourly, suspects
from tradelatch.detect.detector import Detector
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.funding import Need, raised, trades_of
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.reference import Bars, Source
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir


class _Case(NamedTuple):
    """A loss, in its market."""

    market: Market
    other: Bars | None
    loss: Loss

    @property
    def edges(self) -> Iterator[tuple[str, str]]:
        names = self.market.names
        return ((names[self.loss.loser], names[winner]) for winner in self.loss.winners)


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every victim, with each counterparty that gained, in each market."""
    cases = _corroborated(trades, list(_cases(trades, parameters)), parameters)
    found_rings = rings(edge for case in cases for edge in case.edges)
    numbered = {name: (number, ring) for number, ring in enumerate(found_rings, 1) for name in ring}
    losers = {case.market.names[case.loss.loser] for case in cases}
    found: list[Finding] = []
    for case in cases:
        number, ring = numbered[case.market.names[case.loss.loser]]
        sizes = len(ring & losers), len(ring - losers)
        apart = [n for n, name in enumerate(case.market.names) if name in numbered]
        found += _findings(case, f"R{number}", sizes, np.array(apart, np.int64), parameters)
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _cases(trades: "ir.Table", parameters: Parameters) -> Iterator[_Case]:
    hours = hourly(trades)
    symbols = (
        hours.select("symbol").distinct().order_by("symbol").to_pyarrow()["symbol"].to_pylist()
    )
    by_market: dict[str, list[str]] = {}
    for suspect in suspects(trades, hours, parameters):
        by_market.setdefault(suspect.symbol, []).append(suspect.loser)
    for market in markets(trades, hours, by_market):
        other = other_pair(trades, market.symbol, symbols)
        places = {name: place for place, name in enumerate(market.names)}
        losers = [places[name] for name in by_market[market.symbol]]
        for loss in _losses(market, losers, parameters, other):
            yield _Case(market, other, loss)


def _losses(
    market: Market, losers: Sequence[int], parameters: Parameters, other: Bars | None
) -> Iterator[Loss]:
    """The losses in a market, the largest first, since a large theft is the market for others.
    Whoever dealt with a winner is looked at again when all winners are known."""
    found: dict[int, list[Loss]] = {}
    known: set[int] = set()
    for again in (False, True):
        for loser in losers:
            partners = set(market.partners(loser, market.of(loser)))
            if loser in found or (again and known.isdisjoint(partners)):
                continue
            told = losses(market, loser, parameters, other, known)
            if told:
                found[loser] = told
                known |= {loser, *(int(winner) for one in told for winner in one.winners)}
    for told in found.values():
        yield from told


def _corroborated(
    trades: "ir.Table", cases: Sequence[_Case], parameters: Parameters
) -> list[_Case]:
    """All cases of several orders, and those of fewer for which something else speaks."""
    shared = Counter(winner for case in cases for winner in {name for _, name in case.edges})
    doubtful = {
        _need(case): case
        for case in cases
        if case.loss.orders < parameters.orders
        and not case.loss.is_new
        and case.loss.share < parameters.gross
        and all(shared[winner] < 2 for _, winner in case.edges)
    }
    own = trades_of(trades, {need.account for need in doubtful}) if doubtful else {}
    dropped = [case for need, case in doubtful.items() if not raised(own[need.account], need)]
    return [case for case in cases if not any(case is one for one in dropped)]


def _need(case: _Case) -> Need:
    market, loss = case.market, case.loss
    times, prices, amounts = market.prints(loss.weighed.places)
    bought = bool(market.buyers[loss.weighed.places[0]] == loss.loser)
    amount = float((amounts * prices).sum() if bought else amounts.sum())
    return Need(market.names[loss.loser], market.symbol, bought, amount, int(times[0]))


def _findings(
    case: _Case, ring: str, sizes: tuple[int, int], apart: Codes, parameters: Parameters
) -> Iterator[Finding]:
    """One for each winner; the reference is told anew without all `apart`, those of every ring."""
    loss = case.loss
    weighed = weigh(case.market, loss.loser, apart, loss.weighed.places, case.other)
    for winner in loss.winners:
        mine = weighed.partners == winner
        if np.nansum(weighed.passed[mine]) > 0:
            yield _finding(case, ring, sizes, int(winner), weighed.only(mine), parameters)


def _finding(
    case: _Case,
    ring: str,
    sizes: tuple[int, int],
    winner: int,
    own: Weighed,
    parameters: Parameters,
) -> Finding:
    market, loss = case.market, case.loss
    times = market.times[own.places]
    return Finding(
        "contra",
        1,
        {
            "symbol": market.symbol,
            "account": market.names[loss.loser],
            "counterparty": market.names[winner],
            "ring": ring,
        },
        int(times[0]),
        int(times[-1]),
        loss.share,
        _terms(loss, sizes, own, parameters),
        tuple(sorted(map(int, market.rows[own.places]))),
        _spared(loss, parameters),
        as_mapping(parameters),
        float(np.nansum(own.passed)),
        market.symbol.rpartition("/")[2],
    )


def _terms(
    loss: Loss, sizes: tuple[int, int], own: Weighed, parameters: Parameters
) -> tuple[Term, ...]:
    sources = np.bincount(own.sources, minlength=len(Source))
    return (
        Term("passed on, of what was given", loss.share, parameters.passed, "", True),
        Term("of the loss, kept by foreign accounts", loss.kept, parameters.kept, "", True),
        Term("orders", loss.orders, parameters.orders, "", loss.orders >= parameters.orders),
        Term("new to the market", float(loss.is_new), 1, "", loss.is_new),
        Term("losers in the ring", sizes[0], 2, "", sizes[0] >= 2),
        Term("winners in the ring", sizes[1], 1, "", True),
        *(
            Term(f"rows held against {source.says}", int(sources[source]), 1, "", True)
            for source in Source
            if sources[source]
        ),
    )


def _spared(loss: Loss, parameters: Parameters) -> str:
    return (
        f"It would have been spared had less than {parameters.passed:.3g} of what was given been "
        f"passed on (it was {loss.share:.3g}), or had several others traded at these prices within "
        "a quarter of an hour."
    )


DETECTOR = Detector(
    "contra",
    1,
    Asked(("time", "symbol", "price", "amount", "buyer", "seller")),
    Parameters,
    "passed",
    find,
)
