"""Spread and depth from the last trades."""

from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.venue.recorded_book import books, prints
from tradelatch.venue.life.liquidity import DENSITY, Liquidity

WINDOW = 7
CENTS = 100


class Print:
    """One print, in the shape that `Liquidity.add` takes."""

    def __init__(self, gap: int, ticks: int, value: int, bought: bool) -> None:
        self.gap, self.ticks, self.value, self.bought = gap, ticks, value, bought
        self.at = 0

    def __repr__(self) -> str:
        return f"({self.at} {self.ticks} {self.value} {self.bought})"


def placed(tape: list[Print]) -> list[Print]:
    """The prints with their times."""
    at = 0
    for one in tape:
        at += one.gap
        one.at = at
    return tape


tapes = st.lists(
    st.builds(
        Print, st.integers(0, 1), st.integers(1, 1_000), st.integers(0, 10_000), st.booleans()
    ),
    min_size=1,
    max_size=40,
).map(placed)


def direct(tape: list[Print]) -> tuple[int, int]:
    """Spread and density, from the definition and the whole tape."""
    numbered = enumerate(tape)
    orders = [
        list(group) for _, group in groupby(numbered, lambda pair: (pair[1].at, pair[1].bought))
    ]
    horizon = len(tape) - WINDOW
    recent = [order for order in orders if order[0][0] >= horizon]
    flips = sorted(
        (one[0][1].ticks - before[0][1].ticks) * (1 if one[0][1].bought else -1)
        for before, one in pairwise(orders)
        if before[0][1].bought is not one[0][1].bought and one[0][0] >= horizon
    )
    unknown = orders[-1][0][1].ticks // 200
    spread = flips[len(flips) // 2] if flips else unknown
    value = sum(one.value for one in tape[max(0, horizon) :])
    return max(1, spread), int(DENSITY * value / max(1, len(recent)))


@given(tapes)
def test_it_is_what_the_definition_says(tape: list[Print]) -> None:
    liquidity = Liquidity(WINDOW)
    for number, one in enumerate(tape, 1):
        liquidity.add(one.at, one.ticks, one.value, one.bought)
        assert (liquidity.spread, liquidity.density) == direct(tape[:number])


@given(st.integers(0, 50), st.integers(51, 200), st.lists(st.booleans(), min_size=8, max_size=60))
def test_trades_at_two_prices_tell_their_distance(bid: int, ask: int, sides: list[bool]) -> None:
    liquidity = Liquidity()
    for at, bought in enumerate([True, False, *sides]):
        liquidity.add(at, ask if bought else bid, 1_000, bought)
    assert liquidity.spread == ask - bid
    assert liquidity.density == int(DENSITY * 1_000)


@pytest.mark.recorded
def test_a_recorded_book_is_as_wide_and_as_deep_as_its_trades_say(recorded_data: Path) -> None:
    folder = recorded_data / "books"
    liquidity = Liquidity()
    for at, price, amount, bought in prints(folder):
        liquidity.add(at, round(price * CENTS), round(price * amount * CENTS), bought)
    order = liquidity.density / DENSITY / CENTS
    half = liquidity.spread / CENTS / 2
    spreads, depths = [], []
    for book in books(folder, every=5_000):
        bid, ask = book.best()
        spreads.append(ask - bid)
        depths.append([book.depth(far * half) / far / order for far in (2, 5, 10, 20, 40, 80, 160)])
    columns = list(zip(*depths, strict=True))
    means, medians = map(mean, columns), map(median, columns)
    # docs/venue.md tells these figures.
    assert len(spreads) == 348
    assert (round(order), liquidity.spread, median(spreads)) == (7186, CENTS, 1)
    assert [round(value, 2) for value in means] == [2.23, 1.61, 1.31, 1.42, 1.57, 1.64, 1.41]
    assert [round(value, 2) for value in medians] == [1.70, 1.21, 1.46, 1.42, 1.56, 1.65, 1.41]
    assert DENSITY == 1.5
