"""An order is never lost and never doubled, whatever goes wrong and wherever the runner is killed:
many scenarios, each from its seed, in jumping time."""

from pathlib import Path

import pytest

from tests.bots.runner.scenario import play

FEW, MANY = 40, 2_000


@pytest.mark.parametrize("seed", range(FEW))
def test_a_seed(seed: int, tmp_path: Path, empty: Path) -> None:
    play(f"seed {seed}", tmp_path, empty)


@pytest.mark.soak
def test_many_seeds(tmp_path: Path, empty: Path) -> None:
    for seed in range(FEW, MANY):
        play(f"seed {seed}", tmp_path, empty)
