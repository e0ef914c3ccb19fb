"""What else speaks for a theft, in an account's own fills."""

from typing import NamedTuple

import numpy as np

from tradelatch.detect.contra.funding import Need, Trades, raised
from tradelatch.detect.contra_victim.fills import Fills

DAY_MS = 86_400_000


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

    @property
    def strength(self) -> int:
        """How many say yes."""
        return sum(self)


def signs(own: Fills, episode: Fills) -> Signs:
    """Those of an episode in one market, among all fills of the account."""
    first_ms, symbol = int(episode.times[0]), str(episode.symbols[0])
    before = own.only(own.times < first_ms)
    is_new = symbol not in set(before.symbols)
    has_lived = len(before.times) > 0 and int(before.times[0]) <= first_ms - DAY_MS
    bought = bool(episode.bought[0])
    given = episode.amounts * (episode.prices if bought else 1.0)
    need = Need("", symbol, bought, float(given.sum()), first_ms)
    trades = Trades(own.symbols, own.times, own.prices, own.amounts, own.bought)
    usual = before.only(before.took).marked
    is_unmarked = not episode.marked.any() and bool(usual.size) and float(np.mean(usual)) >= 0.5
    return Signs(is_new and has_lived, raised(trades, need), is_unmarked)
