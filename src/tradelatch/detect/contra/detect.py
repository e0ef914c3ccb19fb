"""The exchange's view as a detector."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tradelatch.detect.contra.beside import beside, widened
from tradelatch.detect.contra.losses import Loss, Weighed, weigh
from tradelatch.detect.contra.market import Codes
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.rings import rings
from tradelatch.detect.contra.suspects import hourly
from tradelatch.detect.contra.thefts import Theft, thefts
from tradelatch.detect.detector import Detector
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.reference import Source
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every victim, with each counterparty that gained, in each market."""
    hours = hourly(trades)
    told = thefts(trades, hours, parameters)
    found_rings = rings(edge for one in told for edge in one.edges)
    numbered = {name: (number, ring) for number, ring in enumerate(found_rings, 1) for name in ring}
    losers = {one.loser for one in told}
    found: list[Finding] = []
    everywhere = [widened(one, parameters) for one in told]
    for one in [*everywhere, *beside(trades, hours, told, parameters)]:
        number, ring = numbered[one.loser]
        sizes = len(ring & losers), len(ring - losers)
        apart = [n for n, name in enumerate(one.market.names) if name in numbered]
        found += _findings(one, f"R{number}", sizes, np.array(apart, np.int64), parameters)
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _findings(
    theft: Theft, ring: str, sizes: tuple[int, int], apart: Codes, parameters: Parameters
) -> Iterator[Finding]:
    """One for each winner; the reference is told anew without all `apart`, those of every ring."""
    loss = theft.loss
    weighed = weigh(theft.market, loss.loser, apart, loss.weighed.places, theft.other)
    for winner in loss.winners:
        mine = weighed.partners == winner
        if np.nansum(weighed.passed[mine]) > 0:
            yield _finding(theft, ring, sizes, int(winner), weighed.only(mine), parameters)


def _finding(
    theft: Theft,
    ring: str,
    sizes: tuple[int, int],
    winner: int,
    own: Weighed,
    parameters: Parameters,
) -> Finding:
    market, loss = theft.market, theft.loss
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
        _terms(theft, sizes, own, parameters),
        tuple(sorted(map(int, market.rows[own.places]))),
        _spared(loss, parameters),
        as_mapping(parameters),
        float(np.nansum(own.passed)),
        market.symbol.rpartition("/")[2],
    )


def _terms(
    theft: Theft, sizes: tuple[int, int], own: Weighed, parameters: Parameters
) -> tuple[Term, ...]:
    loss = theft.loss
    where = "" if theft.symbol == theft.market.symbol else f" in {theft.symbol}"
    sources = np.bincount(own.sources, minlength=len(Source))
    return (
        Term(f"passed on{where}, of what was given", loss.share, parameters.passed, "", True),
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
        f"passed on (it was {loss.share:.3g}), or had several others paid a tenth as much at these "
        "prices in the fifteen traded minutes before and after."
    )


DETECTOR = Detector(
    "contra",
    1,
    Asked(("time", "symbol", "price", "amount", "buyer", "seller")),
    Parameters,
    "passed",
    find,
)
