"""One market's public tape, and which of its prints are whose of those who ask."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradelatch.detect.contra.market import other_pair
from tradelatch.detect.excess import Flags, Prints
from tradelatch.detect.fills import Fills, claims, contested, is_fill, tape_of
from tradelatch.detect.reference import Bars

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Market(NamedTuple):
    """The tape, the bars of the coin's other pair, which of its prints are each account's, and how
    many fills of each another claims too."""

    tape: Prints
    other: Bars | None
    own: Mapping[str, Flags]
    contested: Mapping[str, int]

    def without(self, *accounts: str) -> Prints:
        """The tape without some accounts' prints."""
        kept = ~np.any([self.own[name] for name in accounts], axis=0)
        return Prints(self.tape.times[kept], self.tape.prices[kept], self.tape.amounts[kept])

    @property
    def typical(self) -> float:
        """The median trade, in quote."""
        return float(np.median(self.tape.prices * self.tape.amounts))

    @property
    def strangers(self) -> Prints:
        """The prints of those who do not ask: victims of one thief at a time are none of the
        others who paid as much."""
        return self.without(*self.own)


def market_of(trades: "ir.Table", symbol: str, accounts: Mapping[str, Fills]) -> Market:
    """A market, and what of it is whose."""
    tape = trades.filter(~is_fill(trades))
    listed = tape.select("symbol").distinct().order_by("symbol").to_pyarrow()
    prints = tape_of(trades, symbol)
    here = {name: own.only(own.symbols == symbol) for name, own in accounts.items()}
    return Market(
        prints,
        other_pair(tape, symbol, listed["symbol"].to_pylist()),
        claims(prints, here),
        contested(prints, here),
    )
