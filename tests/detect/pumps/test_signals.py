"""What our model looks at: nothing later, nothing of another day, and only what is out of the
ordinary."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.pumps import made
from tradelatch.detect.pumps import signals, trees
from tradelatch.detect.pumps.signals import steps_of
from tradelatch.detect.pumps.windows import Highest, Sums

SEEDS = st.integers(0, 10_000)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.data())
def test_sums_and_extremes_of_windows(values: list[float], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(values)))
    end = data.draw(st.integers(first, len(values)))
    series, part = np.array(values), np.array(values[first:end])
    window = np.array([first]), np.array([end])
    assert Highest(series).between(*window)[0] == (part.max() if len(part) else -np.inf)
    np.testing.assert_allclose(Sums(series).between(*window)[0], part.sum(), atol=1e-6)


@settings(max_examples=25)
@given(SEEDS, st.floats(0.5, 0.99))
def test_no_signal_depends_on_later_trades(seed: int, share: float) -> None:
    tape = made.tape(seed)
    cut = int(len(tape) * share)
    whole, part = steps_of(tape), steps_of(tape.cut(slice(0, cut)))
    complete = part.end <= tape.time[cut]
    known = whole.end <= tape.time[cut - 1]
    np.testing.assert_array_equal(part.end[complete], whole.end[: complete.sum()])
    assert known.sum() <= complete.sum()
    np.testing.assert_array_equal(part.matrix()[complete], whole.matrix()[: complete.sum()])


@settings(max_examples=25)
@given(SEEDS, st.integers(-400, 400))
def test_a_tape_some_days_later_has_the_same_signals(seed: int, days: int) -> None:
    tape = made.tape(seed)
    steps, moved = steps_of(tape), steps_of(made.later(tape, days * made.DAY))
    assert len(steps.end)
    assert (moved.end - steps.end == days * made.DAY).all()
    np.testing.assert_allclose(moved.matrix(), steps.matrix(), rtol=1e-6)


@settings(max_examples=25)
@given(SEEDS)
def test_every_step_judged_is_a_candidate_and_every_signal_a_number(seed: int) -> None:
    tape = made.tape(seed)
    steps = steps_of(tape)
    assert (steps.end % signals.STEP_MS == 0).all()
    assert (steps.end - tape.time[0] >= signals.WARM_MS).all()
    for name, least in signals.CANDIDATE.items():
        assert (steps.signals[name] >= least).all()
    assert np.isfinite(steps.matrix()).all()


def test_of_any_window_the_highest_is_found() -> None:
    values = np.random.default_rng(5).normal(size=37)
    first, end = np.triu_indices(38, 1)
    expected = [values[start:stop].max() for start, stop in zip(first, end, strict=True)]
    np.testing.assert_array_equal(Highest(values).between(first, end), expected)


def test_nothing_is_judged_before_a_day_was_seen() -> None:
    tape = made.tape(2)
    first = steps_of(tape).end[0]
    start = int(np.searchsorted(tape.time, first - signals.WARM_MS + 3 * made.HOUR))
    later = steps_of(tape.cut(slice(start, None))).end
    assert first not in later
    assert (later >= tape.time[start] + signals.WARM_MS).all()


def test_in_quiet_times_nothing_is_judged() -> None:
    assert not len(steps_of(made.tape(1, bursts=0, trades=300)).end)


def test_the_shipped_model_knows_the_signals_by_name() -> None:
    assert tuple(steps_of(made.tape(3)).signals) == trees.load("trees").names
