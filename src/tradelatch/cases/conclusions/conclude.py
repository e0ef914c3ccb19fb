"""All conclusions of a case."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import localcontext

import msgspec

from tradelatch.cases.conclusions import totals
from tradelatch.cases.conclusions.breakdowns import (
    by_counterparty,
    by_country,
    by_exchange,
    by_grade,
    by_key_year,
    by_market,
    by_month,
    by_size,
)
from tradelatch.cases.conclusions.contradictions import Contradiction, contradictions
from tradelatch.cases.conclusions.controls import Prevented, prevented
from tradelatch.cases.conclusions.figures import Breakdown, Figure
from tradelatch.cases.conclusions.flow import Edge, flow, known
from tradelatch.cases.conclusions.published import Comparison, Published, compare
from tradelatch.cases.conclusions.timeline import Day, timeline
from tradelatch.cases.verified import VerifiedCase
from tradelatch.model.money import MONEY

PEOPLE = ("exchange", "country", "month", "key-year", "grade", "size")
"""The breakdowns in which each victim stands once."""


class Conclusions(msgspec.Struct, frozen=True):
    """What a case comes to.

    Attributes:
        figures: by name, in the order in which they are numbered.
        breakdowns: by name: those of `PEOPLE`, ``market`` and ``counterparty``.
        days: the timeline.
        edges: the flow from victims to winners.
        controls: what would have stopped how much.
        comparisons, contradictions: published figures against ours, and against themselves.
    """

    figures: Mapping[str, Figure]
    breakdowns: Mapping[str, Breakdown]
    days: tuple[Day, ...]
    edges: tuple[Edge, ...]
    controls: tuple[Prevented, ...]
    comparisons: tuple[Comparison, ...]
    contradictions: tuple[Contradiction, ...]


def conclude(case: VerifiedCase, published: Sequence[Published] = ()) -> Conclusions:
    """Exact, and the same for the same case."""
    with localcontext(MONEY):
        victims = case.victims
        found = (
            by_exchange(victims),
            by_country(victims),
            by_month(victims),
            by_key_year(victims),
            by_grade(victims),
            by_size(victims),
            by_market(victims),
            by_counterparty(victims),
        )
        breakdowns = {one.name: one for one in found}
        edges = flow(victims)
        controls = prevented(case.controls)
        figures = {one.name: one for one in _figures(case, breakdowns, edges, controls)}
        return Conclusions(
            figures,
            breakdowns,
            timeline(victims),
            edges,
            controls,
            compare(published, figures),
            contradictions(published),
        )


def _figures(
    case: VerifiedCase,
    breakdowns: Mapping[str, Breakdown],
    edges: Sequence[Edge],
    controls: Sequence[Prevented],
) -> Iterator[Figure]:
    yield from totals.totals(case.victims)
    yield from totals.claims(case.victims)
    for name in PEOPLE:
        yield from totals.of_cells(breakdowns[name])
        if name == "country":
            yield from totals.eu(breakdowns[name])
    yield from totals.of_cells(breakdowns["market"])
    yield from totals.of_cells(breakdowns["counterparty"])
    yield from totals.large_in_month(case.victims, breakdowns["month"])
    yield from totals.key_shares(breakdowns["key-year"])
    yield from totals.keys(case.victims, case.leaked)
    yield from known(edges) if edges else ()
    yield from (one.figure() for one in controls)
