"""Which episodes of those who ask look like thefts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from tradelatch.detect.contra_victim.evidence import Evidence, Span, evidence
from tradelatch.detect.contra_victim.market import Market
from tradelatch.detect.contra_victim.parameters import Parameters
from tradelatch.detect.contra_victim.weighed import Weighed, episodes, parts
from tradelatch.detect.excess import Prints, paid_about
from tradelatch.detect.fills import Fills

UNSIGNED = 0.5
"""A loss counts for so much where no sign speaks."""
LITTLE = 0.1
"""Others' payments are dust below this part of the account's own, where only one sign speaks; where
two do, below all of it."""


class Doubts(NamedTuple):
    """How many of an account's fills in a market the tape does not have, how many it rules out, and
    how many another who asks claims too."""

    unknown: int
    impossible: int
    contested: int


class Asking(NamedTuple):
    """One who asks, in one market: all its fills, and those there; none that the tape rules out."""

    own: Fills
    weighed: Weighed
    doubts: Doubts


class Theft(NamedTuple):
    """An episode that looks like one, and what speaks for it."""

    evidence: Evidence
    episode: Weighed

    @property
    def span(self) -> Span:
        """From the first fill to the last."""
        return int(self.episode.fills.times[0]), int(self.episode.fills.times[-1])

    @property
    def weight(self) -> float:
        """What a loss is worth to the score."""
        return 1.0 if self.evidence.points else UNSIGNED

    @property
    def score(self) -> float:
        """What was lost beyond what others paid, of what was given; half where no sign speaks."""
        return self.episode.share * self.weight


def thefts(
    asking: Mapping[str, Asking], market: Market, parameters: Parameters
) -> Mapping[str, list[Theft]]:
    """Each account's thefts in a market. Whoever lost as a victim does, if only by one order, is a
    sign for the others, if his fills are beyond doubt."""
    lenient = msgspec.structs.replace(parameters, points=0)
    robbed = {
        name: [theft.span for theft in _of(one, market, (), lenient)]
        for name, one in asking.items()
        if not any(one.doubts)
    }
    return {
        name: list(_of(one, market, _others(robbed, name), parameters))
        for name, one in asking.items()
    }


def _others(robbed: Mapping[str, Sequence[Span]], name: str) -> list[Span]:
    return [span for other, spans in robbed.items() if other != name for span in spans]


def _of(
    one: Asking, market: Market, robbed: Sequence[Span], parameters: Parameters
) -> Iterator[Theft]:
    for episode in episodes(one.weighed, parameters):
        yield from _within(one.own, episode, market, robbed, parameters)


def _within(
    own: Fills, episode: Weighed, market: Market, robbed: Sequence[Span], parameters: Parameters
) -> Iterator[Theft]:
    """An episode that looks like a theft, or what does before and after its longest pauses, as an
    owner may trade on the same day; for a part of it some sign must speak."""
    waiting = [episode]
    while waiting:
        one = waiting.pop()
        told = evidence(own, one, robbed, parameters)
        judged = one
        if _paid_most(told, one, market.strangers):
            judged = one._replace(beyond=np.maximum(one.passed, one.beyond))
        speaks = one is episode or told.points > 0
        theft = Theft(told, judged)
        if speaks and _is_theft(theft, market.typical, parameters):
            yield theft
        else:
            waiting += parts(one, parameters)


def _paid_most(told: Evidence, episode: Weighed, others: Prints) -> bool:
    """Whether others paid so little beside the account, at prices as bad as its own, that it may be
    the thief's dust and wash trades, which make up a price."""
    lost = episode.fills.only(np.flatnonzero(episode.passed > 0))
    if not told.points or not len(lost.times):
        return False
    own = float(lost.prices @ lost.amounts)
    price, bought = float(np.median(lost.prices)), bool(lost.bought[0])
    most = own if told.points >= 2 else LITTLE * own
    return paid_about(others, lost.times, price, bought) < most


def _is_theft(theft: Theft, typical: float, parameters: Parameters) -> bool:
    episode = theft.episode
    if episode.orders >= parameters.orders:
        return theft.score >= parameters.passed
    enough = theft.evidence.points_of_few >= parameters.points
    enough = enough and float(np.nansum(episode.beyond)) >= typical
    return enough and episode.share >= max(parameters.passed, parameters.single)
