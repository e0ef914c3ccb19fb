"""The reference price: which minutes it is of, and what is asked next when there are none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.detect.reference import (
    MINUTE_MS,
    Bars,
    Source,
    converted,
    inverted,
    minute_bars,
    references,
    settled,
)

NOW = 100_000


def bars(*pairs: tuple[int, float]) -> Bars:
    """Traded minutes so many before now."""
    ordered = sorted((NOW - ago, price) for ago, price in pairs)
    return Bars(
        np.array([minute for minute, _ in ordered], np.int64),
        np.array([price for _, price in ordered], np.float64),
    )


def settles(own: Bars, other: Bars | None = None) -> float:
    at = np.array([NOW * MINUTE_MS + 500])
    return float(settled(own, at, references(own, at, other), other)[0])


def told(own: Bars, other: Bars | None = None) -> tuple[float, Source]:
    found = references(own, np.array([NOW * MINUTE_MS + 500]), other)
    return float(found.prices[0]), Source(found.sources[0])


def test_bars_weigh_prices_by_amounts() -> None:
    times = np.array([0, 1, MINUTE_MS], np.int64)
    found = minute_bars(times, np.array([1.0, 2.0, 5.0]), np.array([3.0, 1.0, 1.0]))
    assert found.minutes.tolist() == [0, 1]
    assert found.vwap.tolist() == [1.25, 5.0]


def test_it_is_the_median_of_the_last_fifteen_traded_minutes_before() -> None:
    recent = bars(*((ago, float(ago)) for ago in range(30)))
    assert told(recent) == (8.0, Source.RECENT)  # the minutes 1 to 15: its own does not count


def test_one_wild_minute_moves_nothing() -> None:
    assert told(bars((1, 1000.0), *((ago, 1.0) for ago in range(2, 9)))) == (1.0, Source.RECENT)


def test_too_few_recent_minutes_ask_another_pair_then_the_week_then_afterwards() -> None:
    few = bars((1, 1.0), (2, 1.0), (500, 3.0), (600, 3.0), (700, 3.0))
    elsewhere = bars(*((ago, 7.0) for ago in range(1, 9)))
    assert told(few, elsewhere) == (7.0, Source.OTHER_PAIR)
    assert told(few) == (3.0, Source.WEEK)
    assert told(bars((-5, 4.0))) == (4.0, Source.AFTER)
    price, source = told(bars())
    assert np.isnan(price)
    assert source is Source.NONE


def test_of_two_pairs_that_disagree_the_one_nearer_to_the_week_is_told() -> None:
    usual = tuple((ago, 1.0) for ago in range(200, 400))
    made_up = bars(*usual, *((ago, 2.0) for ago in range(1, 16)))
    risen = bars(*usual, *((ago, 1.2) for ago in range(1, 16)))
    elsewhere = bars(*((ago, 1.05) for ago in range(1, 16)))
    pumped = bars(*((ago, 2.0) for ago in range(1, 16)))
    assert told(made_up, elsewhere) == (1.05, Source.OTHER_PAIR)
    assert told(risen, pumped) == (1.2, Source.RECENT)


def test_what_it_was_worth_is_settled_by_three_minutes_on_either_side() -> None:
    before = tuple((ago, 1.0 + ago / 1_000) for ago in range(1, 16))
    after = ((-1, 0.998), (-2, 0.997), (-3, 0.996), (-4, 0.5))
    assert settles(bars(*before, *after, (0, 9.0))) == pytest.approx((0.998 + 1.001) / 2)
    elsewhere = bars(*before, *after)
    assert settles(bars((500, 1.1)), elsewhere) == pytest.approx((0.998 + 1.001) / 2)


def test_minutes_afterwards_that_are_far_off_or_too_few_settle_nothing() -> None:
    before = tuple((ago, 1.0) for ago in range(1, 16))
    moved, few = ((-1, 1.06), (-2, 1.06), (-3, 1.06)), ((-1, 1.01), (-2, 1.01))
    assert settles(bars(*before, *moved)) == 1.0
    assert settles(bars(*before, *few, (-500, 1.01))) == 1.0
    assert settles(bars((500, 3.0), (-1, 3.01), (-2, 3.01), (-3, 3.01))) == 3.0


def test_where_followers_made_the_minutes_afterwards_those_a_quarter_of_an_hour_later_do() -> None:
    before = tuple((ago, 1.0) for ago in range(1, 16))
    followers = ((-1, 1.4), (-2, 1.2), (-3, 1.1))
    later = ((-16, 1.02), (-17, 1.02), (-18, 1.02))
    assert settles(bars(*before, *followers, *later)) == pytest.approx(1.01)


def test_what_both_pairs_tell_on_both_sides_is_settled_although_they_told_another_before() -> None:
    week = tuple((ago, 1.2) for ago in range(130, 400))
    fell = (*((ago, 1.15) for ago in range(4, 16)), *((ago, 1.0) for ago in range(-3, 4)))
    # This pair made fewer trades, and its last minutes say otherwise.
    own = bars(*week, *((ago, 1.0) for ago in (*range(1, 6), -1, -2, -3)))
    assert told(own, bars(*week, *fell)) == (1.15, Source.OTHER_PAIR)
    assert settles(own, bars(*week, *fell)) == 1.0
    assert settles(bars(*week, *((ago, 1.0) for ago in range(1, 6))), bars(*week, *fell)) == 1.15


def test_a_pair_that_was_made_up_on_both_sides_settles_nothing_against_the_other() -> None:
    week = tuple((ago, 1.0) for ago in range(130, 400))
    around = tuple(range(-3, 16))
    made_up = bars(*week, *((ago, 1.3) for ago in around))
    assert settles(made_up, bars(*week, *((ago, 1.01) for ago in around))) == 1.01


def test_another_quote_is_converted_at_its_rate() -> None:
    dollars = bars(*((ago, 2_000.0) for ago in range(1, 20)))
    rate = bars(*((ago, 20_000.0) for ago in range(1, 40)))
    found = converted(dollars, inverted(rate))
    assert found.vwap[-1] == pytest.approx(0.1)


def test_the_rate_is_that_of_the_last_three_minutes_before() -> None:
    dollars = bars((0, 2_000.0))
    rising = bars(*((ago, 20_000.0 - 100 * ago) for ago in range(40)))
    assert converted(dollars, inverted(rising)).vwap[0] == pytest.approx(2_000 / 19_800)


@given(
    st.lists(st.tuples(st.integers(-20, 400), st.floats(0.01, 100)), min_size=1, max_size=60),
    st.sampled_from([1e-8, 0.5, 1e6]),
)
def test_prices_scale(pairs: list[tuple[int, float]], unit: float) -> None:
    unique = dict(pairs)
    own = bars(*unique.items())
    scaled = bars(*((ago, price * unit) for ago, price in unique.items()))
    price, source = told(own)
    other, same = told(scaled)
    assert other == pytest.approx(price * unit, nan_ok=True)
    assert same is source
