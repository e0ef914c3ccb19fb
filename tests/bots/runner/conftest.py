"""A store for each test, quickly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bots.runner.scenario import quick
from tradelatch.store.store import Store, open_store


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store's file."""
    file = tmp_path_factory.mktemp("empty") / "empty.sqlite"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = quick(open_store(f"sqlite:///{tmp_path / 'bots.sqlite'}"))
    yield opened
    opened.close()
