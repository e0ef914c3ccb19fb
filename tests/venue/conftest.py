"""Running venues that tests share."""

from collections.abc import Iterator

import pytest

from tests.venue.site import Key, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A venue whose fair prices stand still."""
    with Site(tmp_path_factory.mktemp("venue"), "--flat") as running:
        yield running


@pytest.fixture(scope="module")
def key(site: Site) -> Key:
    """The key of an account with 50 BTC and 100 ETH."""
    return site.open_account("trader", BTC="50", ETH="100")
