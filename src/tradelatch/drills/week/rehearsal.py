"""The whole of it: the week without the gate, and the same week behind it."""

import asyncio
from collections.abc import Callable

from tradelatch.drills.cast import Cast
from tradelatch.drills.week.markets import HOUR_MS, Markets
from tradelatch.drills.week.outcome import Outcome
from tradelatch.drills.week.side import Side

Tell = Callable[[int], None]
"""Told how far in time the work is: two weeks, one after the other (ms)."""


def rehearse(cast: Cast, markets: Markets, own: str, hours: int, tell: Tell) -> Outcome:
    """Play both sides, from one seed; `own` is the reader's policy, for the first account.

    Raises:
        BadTape: a tape cannot be read any more.
        NothingToTrade: under the reader's policy no bot may trade.
        BadSettings: a bot cannot work in its market.
    """
    bare, guarded = (Side(cast, markets, own, guarded) for guarded in (False, True))
    without = asyncio.run(bare.run(hours, tell))
    half = hours * HOUR_MS
    behind = asyncio.run(guarded.run(hours, lambda at_ms: tell(half + at_ms)))
    return Outcome(hours, behind, without, guarded.traders, frozenset(markets.thin))
