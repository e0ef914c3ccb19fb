"""The statistics of a backtest: floats, and None wherever one has no meaning.

Ratios are taken from daily returns: the equity at the end of every UTC day over that of the day
before, of which the first and the last may be partial; a year has 365 days, since crypto trades
on all of them, and the risk-free rate is 0. Fewer than two days have no ratio.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, stdev
from typing import TypeAlias

import msgspec

from tradelatch.bots.backtest.result import ChartCandle, DealResult, Result

DAY_MS = 86_400_000
YEAR_DAYS = 365

Curve: TypeAlias = Sequence[tuple[int, float]]
"""Equity by time in ms, the oldest first; never empty."""


class Drawdown(msgspec.Struct, frozen=True):
    """A fall from a peak: `depth` as a share of the peak, from the time of the peak to that of the
    lowest point, and when the peak was reached again (None: never). Where equity never fell, the
    depth is 0 and all three are the start."""

    depth: float
    from_ms: int
    to_ms: int
    recovered_ms: int | None


class Statistics(msgspec.Struct, frozen=True):
    """All of them: shares are of 1, sums in quote, times in ms."""

    start_equity: float
    end_equity: float
    profit: float
    total_return: float | None
    annual_return: float | None
    buy_and_hold: float | None
    drawdown: Drawdown
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    profit_factor: float | None
    win_rate: float | None
    expectancy: float | None
    deals: int
    """Entered and closed."""
    open_deals: int
    best_deal: float | None
    worst_deal: float | None
    average_deal_ms: float | None
    longest_deal_ms: int | None
    exposure: float | None
    fees: float
    days: float


def statistics(result: Result) -> Statistics:
    """Everything that is told of a backtest."""
    points = curve(result)
    span_ms = result.end_ms - result.start_ms
    end = points[-1][1]
    total = total_return(points)
    annual = annual_return(total, span_ms)
    fall = drawdown(points)
    returns = daily_returns(points)
    closed = [deal for deal in result.deals if deal.counts]
    profits = [float(deal.profit) for deal in closed]
    times = [deal_ms(deal) for deal in closed]
    return Statistics(
        start_equity=float(result.start_equity),
        end_equity=end,
        profit=float(result.end_equity - result.start_equity),
        total_return=total,
        annual_return=annual,
        buy_and_hold=buy_and_hold([result.candles.get(symbol, ()) for symbol in result.symbols]),
        drawdown=fall,
        sharpe=sharpe(returns),
        sortino=sortino(returns),
        calmar=calmar(annual, fall),
        profit_factor=profit_factor(profits),
        win_rate=_told(lambda: sum(p > 0 for p in profits) / len(profits)),
        expectancy=_told(lambda: fmean(profits)),
        deals=len(closed),
        open_deals=sum(deal.closed_ms is None for deal in result.deals),
        best_deal=max(profits, default=None),
        worst_deal=min(profits, default=None),
        average_deal_ms=_told(lambda: fmean(times)),
        longest_deal_ms=max(times, default=None),
        exposure=_told(lambda: result.exposure_ms / span_ms),
        fees=float(sum(result.fees.values(), Decimal(0))),
        days=span_ms / DAY_MS,
    )


def curve(result: Result) -> list[tuple[int, float]]:
    """Its equity from the very start on."""
    return [
        (result.start_ms, float(result.start_equity)),
        *((time, float(value)) for time, value in result.equity),
    ]


def total_return(points: Curve) -> float | None:
    """Equity at the end over that at the start, less 1."""
    return _told(lambda: points[-1][1] / points[0][1] - 1)


def annual_return(total: float | None, span_ms: int) -> float | None:
    """The yearly growth that compounds to the total return: ``(1 + total) ** (365 / days) - 1``
    (compound annual growth rate); of a span under two days there is none."""
    if total is None or total < -1 or span_ms < 2 * DAY_MS:
        return None
    return _told(lambda: float((1 + total) ** (YEAR_DAYS * DAY_MS / span_ms)) - 1)


def underwater(points: Curve) -> list[float]:
    """At every point, the share by which equity is below its peak so far, 0 to 1."""
    peak, shares = -math.inf, []
    for _, value in points:
        peak = max(peak, value)
        shares.append(min((peak - value) / peak, 1.0) if peak > 0 else 0.0)
    return shares


def drawdown(points: Curve) -> Drawdown:
    """The deepest fall from a peak, by share (maximum drawdown)."""
    shares = underwater(points)
    lowest = max(range(len(points)), key=shares.__getitem__)
    if not shares[lowest]:
        start_ms = points[0][0]
        return Drawdown(0.0, start_ms, start_ms, start_ms)
    highest = max(range(lowest), key=lambda index: (points[index][1], index))
    peak_ms, peak = points[highest]
    recovered = next((time for time, value in points[lowest:] if value >= peak), None)
    return Drawdown(shares[lowest], peak_ms, points[lowest][0], recovered)


def daily(points: Curve) -> list[tuple[int, float]]:
    """Equity at the start, then at the end of every UTC day until that of the last point; a point
    at midnight sharp still belongs to the day that ends then. Times are when the days end."""
    closes = [points[0]]
    end_ms = -(-(points[0][0] + 1) // DAY_MS) * DAY_MS
    last = points[0][1]
    for time, value in points[1:]:
        while time > end_ms:
            closes.append((end_ms, last))
            end_ms += DAY_MS
        last = value
    return [*closes, (end_ms, last)] if points[-1][0] > points[0][0] else closes


def daily_returns(points: Curve) -> list[float] | None:
    """What each UTC day added to its beginning, as a share; together they compound to the total
    return. None where there was nothing left to earn with."""
    values = [value for _, value in daily(points)]
    if any(value <= 0 for value in values[:-1]):
        return None
    return [after / before - 1 for before, after in pairwise(values)]


def monthly_returns(points: Curve) -> dict[tuple[int, int], float]:
    """By year and month (UTC), what each added to its beginning, as a share; a month that began
    with nothing has none."""
    days = daily(points)
    ends: dict[tuple[int, int], float] = {}
    for end_ms, value in days[1:]:
        day = datetime.fromtimestamp((end_ms - DAY_MS) / 1000, UTC)
        ends[day.year, day.month] = value
    befores = [days[0][1], *ends.values()]
    return {
        month: value / before - 1
        for (month, value), before in zip(ends.items(), befores, strict=False)
        if before > 0
    }


def sharpe(returns: Sequence[float] | None) -> float | None:
    """Mean over standard deviation (of a sample), times the root of 365: W. F. Sharpe, "The Sharpe
    Ratio", Journal of Portfolio Management, 1994."""
    if returns is None or len(returns) < 2:
        return None
    return _told(lambda: fmean(returns) / _real(stdev(returns)) * math.sqrt(YEAR_DAYS))


def sortino(returns: Sequence[float] | None) -> float | None:
    """Mean over downside deviation (the root of the mean squared loss, over all days) against a
    target of 0, times the root of 365: F. A. Sortino and L. N. Price, "Performance Measurement in a
    Downside Risk Framework", Journal of Investing, 1994."""
    if returns is None or len(returns) < 2:
        return None
    loss = math.sqrt(fmean(min(day, 0.0) ** 2 for day in returns))
    return _told(lambda: fmean(returns) / _real(loss) * math.sqrt(YEAR_DAYS))


def calmar(annual: float | None, fall: Drawdown) -> float | None:
    """Annualised return over maximum drawdown, here of the whole span: T. W. Young, "Calmar Ratio:
    A Smoother Tool", Futures, 1991."""
    return None if annual is None else _told(lambda: annual / _real(fall.depth))


def profit_factor(profits: Iterable[float]) -> float | None:
    """What the winning deals made over what the losing ones lost."""
    known = list(profits)
    return _told(lambda: sum(p for p in known if p > 0) / -sum(p for p in known if p < 0))


def buy_and_hold(charts: Sequence[Sequence[ChartCandle]]) -> float | None:
    """What equal parts in each symbol, bought at the first price and kept to the last, would have
    returned, in each symbol's own quote and without fees."""
    if not charts or not all(charts):
        return None
    return _told(lambda: fmean(float(chart[-1][4] / chart[0][1]) for chart in charts) - 1)


def held_curve(
    charts: Sequence[Sequence[ChartCandle]], start: float, times: Iterable[int]
) -> list[float] | None:
    """What `start` would have become at each of these times (ms) if bought and held so."""
    if not charts or not all(charts) or not all(chart[0][1] for chart in charts):
        return None
    opens = [[candle[0] for candle in chart] for chart in charts]

    def growth(at: int, time: int) -> float:
        """The candle of that time may go on: its close is taken once the next has begun."""
        before = bisect_left(opens[at], time) - 1
        close = charts[at][before][4] if before >= 0 else charts[at][0][1]
        return float(close / charts[at][0][1])

    return [start * fmean(growth(at, time) for at in range(len(charts))) for time in times]


def deal_ms(deal: DealResult) -> int:
    """How long a closed deal was open."""
    assert deal.closed_ms is not None
    return deal.closed_ms - deal.opened_ms


_LEAST = 1e-12
"""Deviations and depths below are the rounding of floats, not risk."""


def _real(risk: float) -> float:
    if risk < _LEAST:
        raise ZeroDivisionError
    return risk


def _told(figure: Callable[[], float]) -> float | None:
    """The figure, or None where it is not a finite number."""
    try:
        value = figure()
    except (ArithmeticError, ValueError):
        return None
    return value if math.isfinite(value) else None
