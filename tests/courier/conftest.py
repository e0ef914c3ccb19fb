"""One stage with an exchange that can break down, for each module."""

from collections.abc import Iterator

import pytest

from tests.courier.upstream import Faulty


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with Faulty(tmp_path_factory.mktemp("stage")) as started:
        yield started


@pytest.fixture
def stage(broken: Faulty) -> Iterator[Faulty]:
    """The same, whole again after each test."""
    yield broken
    broken.heal()
