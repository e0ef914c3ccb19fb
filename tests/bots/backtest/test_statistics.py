"""Statistics against figures worked out by hand, and what holds of every curve."""

import math
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.bots.backtest.made_up import empty, made_up
from tradelatch.bots.backtest import statistics as stats
from tradelatch.bots.backtest.statistics import DAY_MS, Drawdown

HOUR_MS = 3_600_000
START_MS = 19_723 * DAY_MS

steps = st.tuples(st.integers(1, 3 * DAY_MS), st.floats(0.01, 1e6))


@st.composite
def curves(draw: st.DrawFn) -> list[tuple[int, float]]:
    """Equity above zero at rising times, from some time of a day on."""
    time = START_MS + draw(st.integers(0, DAY_MS - 1))
    points = [(time, draw(st.floats(0.01, 1e6)))]
    for after, value in draw(st.lists(steps, max_size=40)):
        time += after
        points.append((time, value))
    return points


def by_days(*values: float) -> list[tuple[int, float]]:
    return [(START_MS + day * DAY_MS, value) for day, value in enumerate(values)]


def test_worked_by_hand() -> None:
    """100, 110, 99, 108.9: returns of +10, -10 and +10 percent."""
    points = by_days(100, 110, 99, 108.9)
    returns = stats.daily_returns(points)
    assert returns == pytest.approx([0.1, -0.1, 0.1])
    mean, variance = 0.1 / 3, (2 * (0.2 / 3) ** 2 + (0.4 / 3) ** 2) / 2
    assert stats.sharpe(returns) == pytest.approx(mean / math.sqrt(variance) * math.sqrt(365))
    assert stats.sortino(returns) == pytest.approx(mean / math.sqrt(0.01 / 3) * math.sqrt(365))
    fall = stats.drawdown(points)
    assert fall.depth == pytest.approx(0.1)
    assert (fall.from_ms, fall.to_ms) == (START_MS + DAY_MS, START_MS + 2 * DAY_MS)
    assert fall.recovered_ms is None
    assert stats.total_return(points) == pytest.approx(0.089)
    annual = stats.annual_return(0.089, 3 * DAY_MS)
    assert annual == pytest.approx(1.089 ** (365 / 3) - 1)
    assert stats.calmar(annual, fall) == pytest.approx((1.089 ** (365 / 3) - 1) / 0.1)


def test_a_year_returns_what_it_returned() -> None:
    assert stats.annual_return(0.25, 365 * DAY_MS) == pytest.approx(0.25)
    assert stats.annual_return(0.21, 730 * DAY_MS) == pytest.approx(0.1)


def test_a_day_ends_at_midnight_and_the_last_may_be_partial() -> None:
    noon = START_MS + DAY_MS // 2
    midnight = START_MS + DAY_MS
    points = [(noon, 10.0), (midnight - 1, 11.0), (midnight, 12.0), (midnight + 1, 13.0)]
    assert stats.daily(points) == [(noon, 10.0), (midnight, 12.0), (midnight + DAY_MS, 13.0)]


def test_days_without_a_point_keep_their_equity() -> None:
    points = [(START_MS, 1.0), (START_MS + 3 * DAY_MS, 2.0)]
    assert [value for _, value in stats.daily(points)] == [1, 1, 1, 2]


def test_a_drawdown_ends_when_its_peak_is_reached_again() -> None:
    fall = stats.drawdown(by_days(1, 4, 2, 3, 1, 4, 5, 3))
    assert fall == Drawdown(0.75, *(START_MS + day * DAY_MS for day in (1, 4, 5)))


def test_what_never_fell_has_no_drawdown_and_no_ratio_of_it() -> None:
    fall = stats.drawdown(by_days(1, 2, 3))
    assert fall == Drawdown(0.0, START_MS, START_MS, START_MS)
    assert stats.calmar(0.5, fall) is None
    assert stats.sortino(stats.daily_returns(by_days(1, 2, 3))) is None


def test_equal_returns_have_no_sharpe_ratio() -> None:
    assert stats.sharpe(stats.daily_returns(by_days(1, 1.1, 1.21, 1.331))) is None


def test_a_lost_account_has_no_ratio() -> None:
    assert stats.daily_returns(by_days(10, 0, 0)) is None
    assert stats.sharpe(None) is None
    assert stats.total_return(by_days(10, 0)) == -1
    assert stats.annual_return(-1, 10 * DAY_MS) == -1
    assert stats.drawdown(by_days(10, 0)).depth == 1


def test_what_no_float_can_hold_is_none() -> None:
    assert stats.total_return(by_days(1e-300, 1e300)) is None
    assert stats.annual_return(1e200, 2 * DAY_MS) is None


def test_months_compound_within_themselves() -> None:
    points = [(START_MS, 100.0), (START_MS + 31 * DAY_MS, 110.0), (START_MS + 35 * DAY_MS, 99.0)]
    months = stats.monthly_returns(points)
    assert months == {(2024, 1): pytest.approx(0.1), (2024, 2): pytest.approx(-0.1)}


def test_what_was_bought_and_held() -> None:
    def chart(*closes: int) -> list[tuple[int, Decimal, Decimal, Decimal, Decimal]]:
        prices = [Decimal(close) for close in closes]
        opens = [prices[0], *prices[:-1]]
        return [
            (START_MS + at * HOUR_MS, before, max(before, close), min(before, close), close)
            for at, (before, close) in enumerate(zip(opens, prices, strict=True))
        ]

    assert stats.buy_and_hold([chart(10, 12)]) == pytest.approx(0.2)
    assert stats.buy_and_hold([chart(10, 12), chart(10, 14)]) == pytest.approx(0.3)
    assert stats.buy_and_hold([chart(10, 12), []]) is None
    assert stats.buy_and_hold([]) is None
    times = [START_MS, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS]
    assert stats.held_curve([chart(10, 12)], 50.0, times) == pytest.approx([50, 50, 60])
    assert stats.held_curve([[]], 50.0, times) is None


def test_deals_that_were_never_entered_do_not_count() -> None:
    full = made_up(days=60)
    cancelled = replace(full.deals[0], entries=0, profit=Decimal(0))
    assert stats.statistics(replace(full, deals=(*full.deals, cancelled))) == stats.statistics(full)


def test_a_result_as_a_whole() -> None:
    full = made_up(days=60)
    found = stats.statistics(full)
    closed = [deal for deal in full.deals if deal.closed_ms]
    won = sum(float(d.profit) for d in closed if d.profit > 0)
    lost = -sum(float(d.profit) for d in closed if d.profit < 0)
    assert lost > 0
    assert found.profit_factor == pytest.approx(won / lost)
    assert found.expectancy == pytest.approx((won - lost) / len(closed))
    assert found.deals + found.open_deals == len(full.deals)
    assert found.fees == pytest.approx(float(sum(fill.fee for fill in full.fills)))
    assert found.profit == pytest.approx(sum(float(deal.profit) for deal in full.deals), abs=1)
    assert found.days == 60
    assert found.exposure == full.exposure_ms / (60 * DAY_MS)


def test_nothing_happened() -> None:
    found = stats.statistics(empty())
    assert (found.total_return, found.profit, found.fees, found.deals) == (0, 0, 0, 0)
    for name in ("sharpe", "sortino", "calmar", "profit_factor", "win_rate", "expectancy"):
        assert getattr(found, name) is None
    for name in ("best_deal", "worst_deal", "average_deal_ms", "longest_deal_ms", "buy_and_hold"):
        assert getattr(found, name) is None


def test_without_any_time_nothing_is_divided_by_it() -> None:
    nothing = empty()
    found = stats.statistics(replace(nothing, end_ms=nothing.start_ms, start_equity=Decimal(0)))
    assert (found.total_return, found.annual_return, found.exposure) == (None, None, None)


@given(curves())
def test_a_drawdown_is_a_share_and_its_times_are_in_order(points: list[tuple[int, float]]) -> None:
    fall = stats.drawdown(points)
    assert 0 <= fall.depth <= 1
    assert points[0][0] <= fall.from_ms <= fall.to_ms <= points[-1][0]
    assert fall.recovered_ms is None or fall.recovered_ms >= fall.to_ms
    at = dict(points)
    assert fall.depth == pytest.approx(1 - at[fall.to_ms] / at[fall.from_ms])
    assert fall.depth == max(stats.underwater(points))


@given(curves())
def test_daily_and_monthly_returns_compound_to_the_total(points: list[tuple[int, float]]) -> None:
    total = stats.total_return(points)
    assert total is not None
    returns = stats.daily_returns(points)
    assert returns is not None
    assert math.prod(1 + day for day in returns) == pytest.approx(1 + total)
    months = stats.monthly_returns(points)
    assert math.prod(1 + month for month in months.values()) == pytest.approx(1 + total)


@given(curves(), st.floats(0.001, 1000))
def test_ratios_do_not_depend_on_the_size(points: list[tuple[int, float]], size: float) -> None:
    scaled = [(time, value * size) for time, value in points]
    before, after = stats.daily_returns(points), stats.daily_returns(scaled)
    assert before is not None
    assume(len(before) < 2 or max(before) - min(before) > 1e-6)
    for ratio in (stats.sharpe, stats.sortino):
        one, two = ratio(before), ratio(after)
        assert (one is None) == (two is None)
        assert one is None or two == pytest.approx(one, rel=1e-4)
    assert stats.drawdown(scaled).depth == pytest.approx(stats.drawdown(points).depth)


@given(curves(), st.integers(1, 30 * DAY_MS))
def test_every_figure_is_finite_or_none(points: list[tuple[int, float]], span_ms: int) -> None:
    total = stats.total_return(points)
    returns = stats.daily_returns(points)
    annual = stats.annual_return(total, span_ms)
    fall = stats.drawdown(points)
    for figure in (
        annual,
        stats.sharpe(returns),
        stats.sortino(returns),
        stats.calmar(annual, fall),
    ):
        assert figure is None or math.isfinite(figure)


@given(st.lists(st.floats(-1e6, 1e6)))
def test_a_profit_factor_above_one_is_a_profit(profits: list[float]) -> None:
    factor = stats.profit_factor(profits)
    won = math.fsum(p for p in profits if p > 0)
    lost = -math.fsum(p for p in profits if p < 0)
    assume(abs(won - lost) > 1e-6 * max(won, lost))
    assert factor is None or (factor > 1) == (won > lost)
    assert (factor is None) <= (lost < 1e-300 or won / lost > 1e300)
