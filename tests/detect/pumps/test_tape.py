"""Several files' trades put together, and what lies far apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.pumps import made
from tradelatch.detect.pumps.models import alerts
from tradelatch.detect.pumps.tape import GAP_MS, Tape, pieces, put_together


def joined(*parts: Tape) -> tuple[Tape, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    """The parts as files, one after the other, their rows counted through."""
    file = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    whole = Tape(
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.buy for part in parts]),
        np.concatenate([part.price for part in parts]),
        np.concatenate([part.volume for part in parts]),
        np.arange(1, len(file) + 1),
    )
    return whole, file


def same(one: Tape, other: Tape) -> bool:
    """Whether two tapes hold the same trades; those of one ms may stand in any order."""

    def trades(tape: Tape) -> list[tuple[object, ...]]:
        columns = (tape.time, tape.buy, tape.price, tape.volume)
        return sorted(zip(*(column.tolist() for column in columns), strict=True))

    return trades(one) == trades(other)


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_overlapping_files_give_each_trade_once(
    seed: int, first: float, second: float, turned: bool
) -> None:
    whole = made.tape(seed, trades=200)
    # Fills of one order that are all alike.
    whole = whole.cut(np.sort(np.concatenate((np.arange(len(whole)), [5, 5, 50]))))
    low, high = (int(share * len(whole)) for share in sorted((first, second)))
    parts = [whole.cut(slice(0, high)), whole.cut(slice(low, None))]
    put = put_together(*joined(*(reversed(parts) if turned else parts)))
    assert (np.diff(put.time) >= 0).all()
    if 0 < low < high < len(whole) and whole.time[low - 1] < whole.time[low]:
        assert same(put, whole)


def test_files_of_different_times_are_put_in_order() -> None:
    early = made.tape(1, trades=50)
    late = made.later(early, 10 * made.DAY)
    assert same(put_together(*joined(late, early)), joined(early, late)[0])


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_a_tape_is_cut_at_gaps_and_nowhere_else(seed: int, count: int) -> None:
    parts = [made.later(made.tape(seed), number * 30 * made.DAY) for number in range(count)]
    whole = joined(*parts)[0]
    found = list(pieces(whole))
    assert all(np.diff(piece.time).max() <= GAP_MS for piece in found)
    assert sum(map(len, found)) == len(whole)
    assert len(found) >= count


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1)), max_size=60), st.integers(0, 100))
def test_a_pause_follows_an_alert_and_nothing_else(
    moments: list[tuple[int, float]], pause: int
) -> None:
    end = np.array(sorted(time for time, _ in moments), np.int64)
    score = np.array([value for _, value in moments])
    found = alerts(end, score, 0.5, pause)
    assert all(score[index] >= 0.5 for index in found)
    for index in np.flatnonzero(score >= 0.5):
        raised = index in found
        before = [end[one] for one in found if one < index]
        assert raised == (not before or end[index] - before[-1] >= pause)
