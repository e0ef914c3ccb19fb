"""Sums and lowest values in sliding windows, against the plain definition."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.policy.windows import Charges, Level

_entry = st.tuples(st.integers(0, 50), st.decimals(-1_000, 1_000, places=8))
_entries = st.lists(_entry, max_size=60)


@given(st.lists(st.tuples(_entry, st.integers(0, 120)), max_size=60), st.integers(1, 100))
def test_charges_are_the_sum_over_the_window_whenever_they_are_asked_for(
    entries: list[tuple[tuple[int, Decimal], int]], length: int
) -> None:
    """Some count from long before they were made, as what a lot realises does."""
    charges, now, counted = Charges(), 0, list[tuple[int, Decimal]]()
    for (wait, value), back in entries:
        now += wait
        charges.add(now - back, value)
        counted.append((now - back, value))
        for asked in (now, now + 1, now + length // 2, now - 1, now):
            total = sum(v for at, v in counted if at > asked - length)
            assert charges.total(length, asked) == total


@given(st.lists(st.tuples(_entry, st.integers(0, 120)), max_size=60), st.integers(1, 100))
def test_forgetting_what_no_window_sees_changes_no_sum(
    entries: list[tuple[tuple[int, Decimal], int]], length: int
) -> None:
    """Nor does it matter that another window was asked for before."""
    all_of_it, some, now = Charges(), Charges(), 0
    for number, ((wait, value), back) in enumerate(entries):
        now += wait
        for charges in (all_of_it, some):
            charges.add(now - back, value)
        if number % 3:
            some.forget(now - length)
        for shorter in (length, length // 2, 1):
            assert some.total(shorter, now) == all_of_it.total(shorter, now)


@given(_entries, st.integers(1, 100))
def test_the_lowest_level_is_that_of_all_that_stood_in_the_window(
    entries: list[tuple[int, Decimal]], length: int
) -> None:
    level, now, stood = Level(Decimal(0)), 0, [(-(10**9), Decimal(0))]
    for wait, value in entries:
        now += wait
        level.set(value, now)
        stood.append((now, value))
        start = now - length
        at_start = next(v for at, v in reversed(stood) if at <= start)
        within = [v for at, v in stood if at > start]
        assert level.lowest(start) == min(at_start, *within)
        assert level.rise(start) == value - level.lowest(start)
        level.forget(start)
