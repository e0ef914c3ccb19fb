"""What our model looks at: nothing later, nothing of another day, and only what is out of the
ordinary."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.pumps import made
from tradelatch.detect.pumps import signals, trees
from tradelatch.detect.pumps.signals import steps_of
from tradelatch.detect.pumps.tape import Tape
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


def test_a_rise_begins_with_the_first_buy_one_percent_above_the_price_before() -> None:
    """Three days without a move, then buys 20 s before, at and 7 s after a full half hour."""
    half_hour = made.START // 1_800_000 * 1_800_000 + 3 * made.DAY
    quiet = np.arange(half_hour - 3 * made.DAY, half_hour - 600_000, 600_000)
    rise = half_hour + np.array([-20_000, 2_000, 4_000, 7_000])
    time = np.concatenate((quiet, rise))
    price = np.concatenate((np.ones(len(quiet)), [1.005, 1.02, 1.03, 1.05]))
    volume = np.concatenate((np.full(len(quiet), 0.001), np.ones(4)))
    steps = steps_of(Tape(time, np.ones(len(time), bool), price, volume, np.arange(len(time))))
    np.testing.assert_array_equal(steps.end, half_hour + np.array([5_000, 10_000]))
    found = {name: steps.signals[name].tolist() for name in steps.signals if "onset" in name}
    assert found == {
        "seconds_since_onset": [3, 8],
        "onset_seconds_past_30min": [2, 2],
        "onset_seconds_to_30min": [2, 2],
        "onset_seconds_past_minute": [2, 2],
    }
