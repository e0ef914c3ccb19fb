"""Whether an export's trades fit the prices of their days.

Ordinary trades, those that passed no value, lie near what their market was worth at the full hours
before and after. Where they do not, in most of the markets of a file, times are in another zone,
dates or prices are not those of the trades, or the reference prices are of something else: that
needs an explanation, and is no accusation.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verification.references import References
from tradelatch.cases.verified import Doubt, Weight
from tradelatch.model.clock import MS

_FEWEST, _MARKETS = 10, 3
"""Trades and markets, of which medians tell something."""


def strays(valued: Sequence[Valued], references: References, most: Decimal) -> Iterator[Doubt]:
    """The doubt about a whole file whose ordinary trades lie further than `most` (a share) from
    the prices of their hours, by the median of its markets' medians: one lucky sale, or all those
    of one market, tell nothing.

    Only tables of hourly prices are asked: of the median of a day, as a tape has it, honest trades
    lie further.
    """
    markets: defaultdict[str, list[Decimal]] = defaultdict(list)
    for one in valued:
        trade = one.trade
        hours = references.hours(trade.symbol, trade.time_ns // MS)
        if hours and not one.adverse:
            below, above = min(hours) / trade.price, trade.price / max(hours)
            markets[trade.symbol].append(max(below, above, Decimal(1)) - 1)
    if len(markets) < _MARKETS or sum(map(len, markets.values())) < _FEWEST:
        return
    middle = median(map(median, markets.values()))
    if middle > most:
        says = (
            f"ordinary trades lie {100 * middle:.1f} % from the prices of their hours, by the "
            f"median of {len(markets)} markets: times are in another zone (--set zone=+08:00), "
            "dates or prices are not those of the trades, or the references are of something else"
        )
        yield Doubt("strays", says, tuple(one.row for one in valued), Weight.WITHHELD)
