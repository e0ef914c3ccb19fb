"""Who, in a whole table, lost by trading far from what the hour before was worth.

Relational, and generous: it only has to leave few enough for `losses` to weigh.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.silent import Hours, fill_silent

if TYPE_CHECKING:
    import ibis.expr.types as ir

HOUR_MS = 3_600_000
PASSED, SINGLE = 0.04, 0.1
"""Higher thresholds are for `losses`: what passed on is told only roughly here."""
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
    of the traded day before: a theft that lasts for hours is the market by then. Two accounts count
    once in an hour, however often they traded, or thousands of small trades would be the market.
    Where the day before was silent it is another pair of the coin (`silent`), or else the hour
    itself.
    """
    import ibis

    both = trades.group_by(
        trades.symbol, trades.buyer, trades.seller, hour=trades.time // HOUR_MS
    ).aggregate(price=(trades.price.min() + trades.price.max()) / 2)
    hours = both.group_by(both.symbol, both.hour).aggregate(median=both.price.median())
    hours = _with_other_pairs(hours.cache())
    of_market = ibis.window(group_by=hours.symbol, order_by=hours.hour)
    of_day = ibis.window(group_by=hours.symbol, order_by=hours.hour, rows=(-24, -1))
    before = hours.median.lag().over(of_market).coalesce(hours.median)
    day = hours.median.median().over(of_day).coalesce(hours.median)
    return hours.select(
        hours.symbol,
        hours.hour,
        ceiling=hours.elsewhere.coalesce(ibis.least(before, day * (1 + DRIFT))),
        floor=hours.elsewhere.coalesce(ibis.greatest(before, day / (1 + DRIFT))),
    ).cache()


def _with_other_pairs(hours: "ir.Table") -> "ir.Table":
    """Traded hours with `elsewhere`, the price by another pair after a silent day."""
    import ibis

    table = hours.order_by("symbol", "hour").to_pyarrow()
    symbols = table["symbol"].to_numpy(zero_copy_only=False)
    numbers, medians = (table[name].to_numpy() for name in ("hour", "median"))
    names, starts = np.unique(symbols.astype(str), return_index=True)
    spans = [slice(*ends) for ends in pairwise([*starts, len(numbers)])]
    markets = {
        str(name): Hours(numbers[span], medians[span])
        for name, span in zip(names, spans, strict=True)
    }
    filled = fill_silent(markets)
    found = [
        {"symbol": name, "hour": int(own.hours[place]), "elsewhere": float(filled[name][place])}
        for name, own in markets.items()
        for place in np.flatnonzero(~np.isnan(filled[name]))
    ]
    if not found:
        return hours.mutate(elsewhere=ibis.null("float64"))
    return hours.left_join(ibis.memtable(pa.Table.from_pylist(found)), ["symbol", "hour"]).select(
        "symbol", "hour", "median", "elsewhere"
    )


def suspects(trades: "ir.Table", hours: "ir.Table", parameters: Parameters) -> list[Suspect]:
    """All that are to be weighed, by market, the largest loss first. An hour counts by itself: what
    an account gave in a pump must not hide what it gave a thief."""
    far = _far(trades, hours, parameters.far)
    by_hour = far.group_by(far.symbol, far.loser, far.hour).aggregate(
        lost=far.lost.sum(), gave=far.gave.sum(), orders=far.time.nunique()
    )
    worst = by_hour.filter(by_hour.lost >= min(parameters.passed, PASSED) * by_hour.gave)
    losers = worst.group_by(worst.symbol, worst.loser).aggregate(
        lost=worst.lost.sum(),
        orders=worst.orders.sum(),
        share=(worst.lost / worst.gave).max(),
    )
    many = losers.orders >= parameters.orders
    kept = losers.filter(many | (losers.share >= min(parameters.single, SINGLE)))
    rows = kept.order_by(kept.symbol, kept.lost.desc(), kept.loser).to_pyarrow().to_pylist()
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
        both.hour,
        both.time,
        loser=both.buyer,
        lost=(both.price - both.ceiling) * both.amount,
        gave=both.price * both.amount,
    )
    sellers = both.filter(cheap).select(
        both.symbol,
        both.hour,
        both.time,
        loser=both.seller,
        lost=(both.floor - both.price) * both.amount,
        gave=both.floor * both.amount,
    )
    return buyers.union(sellers).cache()
