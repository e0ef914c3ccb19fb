"""Whether an export's trades fit the prices of their days.

Ordinary trades, those that passed no value, lie near their market's reference. Where they do not,
by the median of a file, its times were shifted (or it is in another zone), or its prices changed.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt

_FEWEST = 10
"""Trades, of which a median tells something."""


def strays(untaped: Sequence[Valued], file: Sequence[Valued], most: Decimal) -> Iterator[Doubt]:
    """The doubt about a whole file whose ordinary trades lie further from the reference than
    `most` (a share of it), by those of them that no tape covers: a tape has each trade or has it
    not, and its reference is the day before's, from which honest trades lie further."""
    away = [abs(one.away) for one in untaped if one.away is not None and not one.adverse]
    if len(away) < _FEWEST or (middle := median(away)) <= most:
        return
    says = (
        f"the ordinary trades lie {100 * middle:.1f} % from their markets' reference prices, by "
        f"the median of {len(away)}: times or prices are not those of the trades (or times are in "
        "another zone: --set zone=+08:00)"
    )
    yield Doubt("strays", says, tuple(one.row for one in file), True)
