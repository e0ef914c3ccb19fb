"""Losses that are thefts: in which markets, and what else speaks for those of few orders."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tradelatch.detect.contra.doubts import cleared, met_nothing
from tradelatch.detect.contra.losses import Known, Loss, losses
from tradelatch.detect.contra.market import Market, markets, other_pair
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.suspects import HOUR_MS, suspects
from tradelatch.detect.contra.winners import ordinary
from tradelatch.detect.reference import Bars

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Theft(NamedTuple):
    """A loss, in its market; `other` are the bars of the coin's other pair, if there is one, and
    `symbol` the market in which it was found."""

    market: Market
    other: Bars | None
    loss: Loss
    symbol: str

    @property
    def loser(self) -> str:
        """The account's name."""
        return self.market.names[self.loss.loser]

    @property
    def span(self) -> tuple[int, int]:
        """When it began and ended (ms)."""
        return self.market.span(self.loss.weighed.places)

    @property
    def edges(self) -> Iterator[tuple[str, str]]:
        """The loser with each winner."""
        return ((self.loser, self.market.names[winner]) for winner in self.loss.winners)


def thefts(trades: "ir.Table", hours: "ir.Table", parameters: Parameters) -> list[Theft]:
    """All of a table; `hours` as `suspects.hourly` tells them."""
    return _corroborated(list(_all(trades, hours, parameters)), parameters)


def symbols_of(hours: "ir.Table") -> list[str]:
    """All markets, by name."""
    listed = hours.select("symbol").distinct().order_by("symbol").to_pyarrow()
    return list(listed["symbol"].to_pylist())


def _all(trades: "ir.Table", hours: "ir.Table", parameters: Parameters) -> Iterator[Theft]:
    symbols = symbols_of(hours)
    by_market: dict[str, list[str]] = {}
    for suspect in suspects(trades, hours, parameters):
        by_market.setdefault(suspect.symbol, []).append(suspect.loser)
    for market in markets(trades, hours, by_market):
        other = other_pair(trades, market.symbol, symbols)
        places = {name: place for place, name in enumerate(market.names)}
        losers = [places[name] for name in by_market[market.symbol]]
        for loss in _losses(market, losers, parameters, other):
            yield Theft(market, other, loss, market.symbol)


def _losses(
    market: Market, losers: Sequence[int], parameters: Parameters, other: Bars | None
) -> Iterator[Loss]:
    """The losses in a market, the largest first, since a large theft is the market for others.
    Whoever dealt with a winner is looked at again when all winners are known."""
    found: dict[int, list[Loss]] = {}
    involved: set[int] = set()
    for again in (False, True):
        robbers = _robbers(market, _sure(market, found, parameters), parameters)
        for loser in losers:
            partners = set(market.partners(loser, market.of(loser)))
            if loser in found or (again and involved.isdisjoint(partners)):
                continue
            told = losses(market, loser, parameters, other, Known(involved, robbers))
            if told:
                found[loser] = told
                involved = {*found, *_sure(market, found, parameters)}
    for told in found.values():
        yield from told


def _sure(
    market: Market, found: Mapping[int, Sequence[Loss]], parameters: Parameters
) -> dict[int, list[Loss]]:
    """The winners who got by several losers, or so much by one that they turned over little else
    here, with what each got by. Where a maker is called one by mistake, whoever else dealt with him
    is no victim."""
    by_winner: dict[int, list[Loss]] = {}
    for told in found.values():
        for loss in told:
            for winner in map(int, loss.winners):
                by_winner.setdefault(winner, []).append(loss)
    return {
        winner: told
        for winner, told in by_winner.items()
        if len({one.loser for one in told}) > 1
        or sum(one.gain(winner) for one in told)
        >= parameters.stranger * ordinary(market, winner, told[0].loser, parameters.far)
    }


def _robbers(
    market: Market, thefts_of: Mapping[int, Sequence[Loss]], parameters: Parameters
) -> dict[int, list[tuple[int, int]]]:
    """Of winners those who robbed somebody in several orders, or more than once, and when."""
    clear = {
        winner: [one for one in told if one.share >= parameters.single]
        for winner, told in thefts_of.items()
    }
    return {
        winner: [market.span(one.weighed.places) for one in told]
        for winner, told in clear.items()
        if len(told) > 1 or any(one.orders >= parameters.orders for one in told)
    }


def _corroborated(told: Sequence[Theft], parameters: Parameters) -> list[Theft]:
    """All of several orders, and those of fewer for which something else speaks."""
    robbed = [one for one in told if one.loss.share >= parameters.single]
    shared = Counter(winner for one in robbed for winner in {name for _, name in one.edges})
    return [
        one
        for one in told
        if one.loss.orders >= parameters.orders
        or any(shared[winner] > 1 for _, winner in one.edges)
        or cleared(one.market, one.loss, parameters.far)
        or (
            one.loss.is_new
            and _has_fellows(one, robbed, parameters)
            and met_nothing(one.market, one.loss)
        )
    ]


def _has_fellows(one: Theft, robbed: Sequence[Theft], parameters: Parameters) -> bool:
    """Whether others were robbed in the same market at about the same time."""
    near = parameters.near_h * HOUR_MS
    first, last = one.span
    return any(
        other.symbol == one.symbol
        and other.loser != one.loser
        and other.span[0] <= last + near
        and other.span[1] >= first - near
        for other in robbed
    )
