"""Clocks that are handed in."""

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model.clock import FastClock, ManualClock

TIMES = st.integers(0, 4 * 10**18)


@given(TIMES, TIMES, st.integers(1, 10_000), st.lists(st.integers(0, 10**15)))
def test_a_fast_clock_begins_where_it_is_told_to_and_loses_no_nanosecond(
    real: int, start: int, speed: int, steps: list[int]
) -> None:
    machine = ManualClock(real)
    machine.advance(17)
    clock = FastClock(machine, speed, start)
    assert clock.now_ns() == start
    for step in steps:
        before = clock.now_ns()
        machine.advance(step)
        assert clock.now_ns() == before + speed * step
    assert clock.now_ns() == start + speed * sum(steps)
