"""An order is never lost and never doubled, whatever goes wrong and wherever the runner is killed:
many scenarios, each from its seed, in jumping time."""

from pathlib import Path

import pytest

from tests.bots.runner.scenario import play
from tradelatch.store.store import open_store

FEW, MANY = 60, 3_000


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "empty.sqlite"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.mark.parametrize("seed", range(FEW))
def test_a_seed(seed: int, tmp_path: Path, empty: Path) -> None:
    play(f"seed {seed}", tmp_path, empty)


@pytest.mark.soak
def test_many_seeds(tmp_path: Path, empty: Path) -> None:
    for seed in range(FEW, MANY):
        play(f"seed {seed}", tmp_path, empty)
