"""What tests of clients share."""

from collections.abc import Iterator

import pytest

from tests.clients.away import Town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A house in front of all exchanges, which are away."""
    with Town(tmp_path_factory.mktemp("town")) as started:
        yield started
