"""One ground for each module."""

from collections.abc import Iterator

import pytest

from tests.bots.ground import Ground


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(tmp_path_factory.mktemp("ground") / "site") as started:
        yield started
