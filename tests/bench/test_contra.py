"""The trials of contra-trading on a recorded tape: the attacks are put in as said, and found."""

from pathlib import Path

import numpy as np
import pytest

from bench.contra import views
from bench.contra.score import interval
from bench.contra.trial import attacked
from bench.contra.world import tapes

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def tape(recorded_data: Path) -> Path:
    return min(tapes(recorded_data), key=lambda path: path.stat().st_size)


def test_a_world_is_the_same_for_a_seed_and_holds_what_was_taken(tape: Path) -> None:
    world = attacked(tape, 1, 5)
    table = world.table()
    assert table.equals(attacked(tape, 1, 5).table())
    assert not table.equals(attacked(tape, 1, 6).table())
    for victim in world.victims:
        assert victim.passed == pytest.approx(victim.worth * victim.size, rel=0.2)
        buyers, sellers = (table[name].to_numpy(False) for name in ("buyer", "seller"))
        with_thieves = np.isin(np.where(buyers == victim.account, sellers, buyers), victim.thieves)
        mine = (buyers == victim.account) | (sellers == victim.account)
        assert (mine & with_thieves).sum() == len(victim.fills)


def test_an_exchange_finds_them_and_nobody_else(recorded_data: Path) -> None:
    # In the smallest tape one step of the price is six per cent of it; here it is less than one.
    [tape] = [one for one in tapes(recorded_data) if one.name.startswith("QLC_2019-09-04")]
    trial = views.exchange(tape, 1, 5)
    assert trial.outcomes
    assert all(one.score >= 0.04 for one in trial.outcomes if one.pace != "one order")
    assert not [one for one in trial.wrong if one.score >= 0.04]
    total = sum(one.passed for one in trial.outcomes if one.score)
    assert sum(one.value for one in trial.outcomes) == pytest.approx(total, rel=0.02)


def test_intervals_are_wilsons() -> None:
    assert interval(98, 100) == pytest.approx((0.930, 0.994), abs=0.001)
    assert interval(0, 0) == (0.0, 1.0)
