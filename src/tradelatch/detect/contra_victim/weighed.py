"""An account's fills in one market, held against what it was worth, episode by episode."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tradelatch.detect.contra_victim.market import Market
from tradelatch.detect.contra_victim.parameters import Parameters
from tradelatch.detect.excess import Prints, excess, given, leapt, shared
from tradelatch.detect.fills import Fills
from tradelatch.detect.reference import MINUTE_MS, Prices, Times, minute_bars, references, settled

HOUR_MS = 60 * MINUTE_MS
PAUSE_MS = 5 * MINUTE_MS
"""An episode is not taken apart at shorter ones."""


class Weighed(NamedTuple):
    """Fills of one market, with what each passed on, what of it others did not pay, what was given
    (in quote), and where the reference is from."""

    fills: Fills
    passed: Prices
    beyond: Prices
    given: Prices
    sources: Times

    def only(self, kept: Times) -> "Weighed":
        """Some of them, by their places."""
        return Weighed(
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


def weigh(fills: Fills, market: Market, others: Prints) -> Weighed:
    """Fills of an account, held against what `others` traded."""
    bars, strangers = minute_bars(*others), market.strangers
    told = references(bars, fills.times, market.other)
    worth = settled(bars, fills.times, told, market.other)
    # Prints of one millisecond are one order's, as far as the tape tells.
    own = Prints(fills.times, fills.prices, fills.amounts)
    paid = shared(strangers, strangers.times, strangers.times, own, fills.bought)
    sign = np.where(fills.bought, 1.0, -1.0)
    beyond = excess(fills.prices, fills.bought, worth, paid)
    return Weighed(
        fills,
        sign * (fills.prices - worth) * fills.amounts,
        beyond * fills.amounts,
        given(fills.prices, fills.amounts, worth, fills.bought),
        told.sources.astype(np.int64),
    )


def episodes(weighed: Weighed, parameters: Parameters) -> Iterator[Weighed]:
    """The account's fills from the first to the last far one of each episode."""
    far = _far(weighed, parameters)
    if not len(far):
        return
    gaps = np.diff(weighed.fills.times[far]) > parameters.pause_h * HOUR_MS
    for places in np.split(far, np.flatnonzero(gaps) + 1):
        yield weighed.only(np.arange(places[0], places[-1] + 1))


def parts(episode: Weighed, parameters: Parameters) -> Iterator[Weighed]:
    """What was before and what was after the longest pause between far fills, if there was one."""
    far = _far(episode, parameters)
    pauses = np.diff(episode.fills.times[far])
    if pauses.max(initial=0) < PAUSE_MS:
        return
    longest = int(np.argmax(pauses))
    for places in (far[: longest + 1], far[longest + 1 :]):
        yield episode.only(np.arange(places[0], places[-1] + 1))


def _far(weighed: Weighed, parameters: Parameters) -> Times:
    """The places of the fills that are far from the reference, on the account's worse side."""
    return np.flatnonzero(weighed.passed >= parameters.far * (weighed.given - weighed.passed))
