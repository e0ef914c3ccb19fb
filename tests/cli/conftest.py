"""One stage for each module."""

from collections.abc import Iterator

import pytest

from tests.house.stage import Stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as started:
        yield started
