"""Who, in a whole table, lost by trading far from what the hour before was worth.

Relational, and generous: it only has to leave few enough for `losses` to weigh.
"""

from typing import TYPE_CHECKING, NamedTuple

from tradelatch.detect.contra.parameters import Parameters

if TYPE_CHECKING:
    import ibis.expr.types as ir

HOUR_MS = 3_600_000
DRIFT = 0.1
"""How far a market may go in an hour from where it was in the day before, unasked."""


class Suspect(NamedTuple):
    """An account that lost in a market."""

    symbol: str
    loser: str


def hourly(trades: "ir.Table") -> "ir.Table":
    """For each market and traded hour what a price is roughly held against: `ceiling` those of
    buyers, `floor` those of sellers.

    Both are the median price of the traded hour before, but no further than `DRIFT` from the median
    of the traded day before: a theft that lasts for hours is the market by then.
    """
    import ibis

    hours = trades.group_by(trades.symbol, hour=trades.time // HOUR_MS).aggregate(
        median=trades.price.median()
    )
    of_market = ibis.window(group_by=hours.symbol, order_by=hours.hour)
    of_day = ibis.window(group_by=hours.symbol, order_by=hours.hour, rows=(-24, -1))
    before = hours.median.lag().over(of_market).coalesce(hours.median)
    day = hours.median.median().over(of_day).coalesce(hours.median)
    return hours.select(
        hours.symbol,
        hours.hour,
        ceiling=ibis.least(before, day * (1 + DRIFT)),
        floor=ibis.greatest(before, day / (1 + DRIFT)),
    ).cache()


def suspects(trades: "ir.Table", hours: "ir.Table", parameters: Parameters) -> list[Suspect]:
    """All that are to be weighed, in the order of market and account."""
    far = _far(trades, hours, parameters.far)
    losers = far.group_by(far.symbol, far.loser).aggregate(
        lost=far.lost.sum(), gave=far.gave.sum(), orders=far.time.nunique()
    )
    share = losers.lost / losers.gave
    enough = (losers.orders >= parameters.orders) | (share >= parameters.single)
    kept = losers.filter((share >= parameters.passed) & enough)
    rows = kept.order_by(kept.symbol, kept.loser).to_pyarrow().to_pylist()
    return [Suspect(row["symbol"], row["loser"]) for row in rows]


def _far(trades: "ir.Table", hours: "ir.Table", far: float) -> "ir.Table":
    """Trades far from the rough reference, with who lost by them, and what."""

    timed = trades.mutate(hour=trades.time // HOUR_MS)
    joined = timed.join(hours, ["symbol", "hour"])
    dear = joined.price >= joined.ceiling * (1 + far)
    cheap = joined.price <= joined.floor / (1 + far)
    both = joined.filter((dear | cheap) & (joined.buyer != joined.seller))
    buyers = both.filter(dear).select(
        both.symbol,
        both.time,
        loser=both.buyer,
        lost=(both.price - both.ceiling) * both.amount,
        gave=both.price * both.amount,
    )
    sellers = both.filter(cheap).select(
        both.symbol,
        both.time,
        loser=both.seller,
        lost=(both.floor - both.price) * both.amount,
        gave=both.floor * both.amount,
    )
    return buyers.union(sellers).cache()
