"""What speaks for a theft in an account's own fills, whatever the prices were."""

from typing import NamedTuple

import numpy as np

from tradelatch.detect.fills import Fills
from tradelatch.detect.reference import MINUTE_MS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
BEFORE_MS = 15 * MINUTE_MS
PART = 0.5
"""So much of what was given must have been raised, so shortly before."""


class Signs(NamedTuple):
    """Each says yes or no.

    Attributes:
        is_new: the account never traded in this market, and has for at least a day elsewhere.
        is_raised: other assets were sold for the money, or the coins bought elsewhere, just before.
        is_unmarked: no client order id, where at least half of the fills before had one.
    """

    is_new: bool
    is_raised: bool
    is_unmarked: bool


def signs(own: Fills, episode: Fills) -> Signs:
    """Those of an episode, among all fills of the account; `is_new` wants all its markets new."""
    first_ms = int(episode.times[0])
    before = own.only(own.times < first_ms)
    is_new = set(before.symbols).isdisjoint(episode.symbols)
    has_lived = len(before.times) > 0 and int(before.times[0]) <= first_ms - DAY_MS
    usual = before.only(before.took).marked
    is_unmarked = not episode.marked.any() and bool(usual.size) and float(np.mean(usual)) >= 0.5
    return Signs(is_new and has_lived, _raised(before, episode), is_unmarked)


def _raised(before: Fills, episode: Fills) -> bool:
    """Whether most of what an episode gave, money or coins, came from other markets just before."""
    symbol, bought = str(episode.symbols[0]), bool(episode.bought[0])
    base, _, quote = symbol.partition("/")
    others = before.only(
        (before.times >= episode.times[0] - BEFORE_MS)
        & (before.symbols != symbol)
        & (before.bought != bought)
    )
    brought = np.array(
        [
            name.endswith(f"/{quote}") if bought else name.startswith(f"{base}/")
            for name in map(str, others.symbols)
        ],
        np.bool_,
    )
    got, given = (
        fills.amounts * fills.prices if bought else fills.amounts
        for fills in (others.only(brought), episode)
    )
    return bool(got.sum() >= PART * given.sum())


def slept_ms(own: Fills, first_ms: int) -> int:
    """For how long an account had no fill until an hour before a moment; 0 if it never had one."""
    before = own.times[own.times < first_ms - HOUR_MS]
    return first_ms - int(before[-1]) if len(before) else 0
