"""What else passed between a loser and the winners while the theft went on.

At the edge of a collar a price is hardly far from the reference, and proves nothing by itself.
Between accounts of which one robs the other it is the same theft.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from tradelatch.detect.contra.losses import HOUR_MS, weigh
from tradelatch.detect.contra.market import Codes, Market, markets, other_pair
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.thefts import Theft, symbols_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


class _Dealing(NamedTuple):
    """Two accounts traded in a market, while `theft` (its number) went on."""

    symbol: str
    theft: int


def widened(theft: Theft, parameters: Parameters) -> Theft:
    """The theft with all that its loser and winners traded with one another around it, in its own
    market."""
    market, loss = theft.market, theft.loss
    places = _between(market, loss.loser, loss.winners, *_span(theft, parameters))
    return _weighed(theft, places)


def beside(
    trades: "ir.Table", hours: "ir.Table", thefts: Sequence[Theft], parameters: Parameters
) -> Iterator[Theft]:
    """The same thefts in other markets, in which none was found; each is told once for each market
    where at least `parameters.beside` was lost of what was given."""
    dealings = _dealings(trades, thefts, parameters)
    known = {(one.symbol, *edge) for one in thefts for edge in one.edges}
    symbols = symbols_of(hours)
    for market in markets(trades, hours, {one.symbol for one in dealings}):
        other = other_pair(trades, market.symbol, symbols)
        codes = {name: place for place, name in enumerate(market.names)}
        for theft in (thefts[one.theft] for one in dealings if one.symbol == market.symbol):
            winners = [
                codes[winner]
                for loser, winner in theft.edges
                if winner in codes and (market.symbol, loser, winner) not in known
            ]
            if not winners or theft.loser not in codes:
                continue
            apart = np.array(winners, np.int64)
            loss = theft.loss._replace(loser=codes[theft.loser], winners=apart)
            there = Theft(market, other, loss, theft.symbol)
            places = _between(market, loss.loser, apart, *_span(theft, parameters))
            if len(places):
                told = _weighed(there, places)
                lost, given = told.loss.weighed.passed, told.loss.weighed.given
                if np.nansum(lost) >= parameters.beside * np.nansum(given):
                    known |= {(market.symbol, *edge) for edge in told.edges}
                    yield told


def _span(theft: Theft, parameters: Parameters) -> tuple[int, int]:
    """From when to when what passes belongs to a theft (ms): half a pause around it, so that two
    never share a trade."""
    times = theft.market.times[theft.loss.weighed.places]
    half = round(parameters.pause_h * HOUR_MS / 2)
    return int(times[0]) - half, int(times[-1]) + half


def _between(market: Market, loser: int, winners: Codes, first: int, last: int) -> Codes:
    places = market.of(loser)
    times = market.times[places]
    near = (times >= first) & (times <= last)
    return places[near & np.isin(market.partners(loser, places), winners)]


def _weighed(theft: Theft, places: Codes) -> Theft:
    loss = theft.loss
    apart = np.array([loss.loser, *loss.winners], np.int64)
    weighed = weigh(theft.market, loss.loser, apart, places, theft.other)
    return theft._replace(loss=loss._replace(weighed=weighed))


def _dealings(
    trades: "ir.Table", thefts: Sequence[Theft], parameters: Parameters
) -> list[_Dealing]:
    """In which other markets losers and winners traded with one another, by theft."""
    import ibis

    asked = [
        {"loser": loser, "winner": winner, "first": first, "last": last, "theft": number}
        for number, theft in enumerate(thefts)
        for first, last in [_span(theft, parameters)]
        for loser, winner in theft.edges
    ]
    if not asked:
        return []
    pairs = ibis.memtable(pa.Table.from_pylist(asked))
    names = sorted({name for theft in thefts for edge in theft.edges for name in edge})
    # Few trades are between two of these: the whole table is gone through once.
    theirs = trades.filter(trades.buyer.isin(names) & trades.seller.isin(names)).cache()
    found = set()
    for loser, winner in (("buyer", "seller"), ("seller", "buyer")):
        joined = theirs.join(pairs, [(loser, "loser"), (winner, "winner")])
        during = joined.filter(joined.time.between(joined.first, joined.last))
        for row in during.select("symbol", "theft").distinct().to_pyarrow().to_pylist():
            if row["symbol"] != thefts[row["theft"]].symbol:
                found.add(_Dealing(row["symbol"], row["theft"]))
    return sorted(found)
