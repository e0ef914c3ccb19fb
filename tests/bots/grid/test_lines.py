"""The arithmetic of grids: the examples of 3Commas' documentation, and what always holds."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.bots.grid import lines
from tradelatch.bots.grid.settings import GridSettings, GridType

D, ZERO = Decimal, Decimal(0)


def grid(
    lower: str,
    upper: str,
    count: int,
    kind: GridType = GridType.ARITHMETIC,
    volume_per_grid: Decimal = ZERO,
) -> GridSettings:
    return GridSettings(
        upper_price=D(upper),
        lower_price=D(lower),
        grids_quantity=count,
        grid_type=kind,
        volume_per_grid=volume_per_grid,
    )


def test_arithmetic_lines_count_both_bounds() -> None:
    settings = grid("56000", "72000", 50)
    assert round(lines.step(settings), 4) == D("326.5306")
    prices = lines.lines(settings, D("0.01"))
    assert (len(prices), prices[0], prices[-1]) == (50, D(56000), D(72000))


def test_geometric_lines_count_both_bounds() -> None:
    settings = grid("0.016352", "0.022503", 81, GridType.GEOMETRIC)
    assert round(lines.step(settings), 9) == D("1.003999206")
    prices = lines.lines(settings, D("0.000001"))
    assert (len(prices), prices[0], prices[-1]) == (81, D("0.016352"), D("0.022503"))


def test_20_of_quote_at_0_02171_are_921() -> None:
    settings = grid("0.02171", "0.03", 2, volume_per_grid=D(20))
    assert lines.amounts(settings, [D("0.02171"), D("0.03")], D(1)) == [921]


def test_the_line_nearest_to_the_price_stays_empty() -> None:
    prices = [D(100), D(110), D(120), D(130)]
    assert lines.first_holding(prices, D(114)) == 1, "buys at 100, sells at 120 and 130"
    assert lines.first_holding(prices, D(116)) == 2
    assert lines.first_holding(prices, D(115)) == 1, "of two as near it is the lower"
    assert lines.first_holding(prices, D(90)) == 0, "below all: everything sells"
    assert lines.first_holding(prices, D(150)) == 3, "above all: everything buys"


def test_two_percent_more_base_is_bought_than_the_sells_need() -> None:
    assert lines.balance([D(1), D("0.5")], D("0.01")) == D("1.53")


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2, 200), st.sampled_from(GridType))
def test_lines_rise_from_bound_to_bound(low: int, width: int, count: int, kind: GridType) -> None:
    tick = D("0.0001")
    settings = grid(str(low * tick), str((low + width) * tick), count, kind)
    prices = lines.lines(settings, tick)
    assert len(prices) == count
    assert (prices[0], prices[-1]) == (low * tick, (low + width) * tick)
    assert all(a <= b for a, b in pairwise(prices))
    assert all(price % tick == 0 for price in prices)
