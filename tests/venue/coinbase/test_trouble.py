"""Late, lost and wrong answers, and too many requests, as a Coinbase client meets them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest

from tests.venue.coinbase.desk import BROKERAGE, CloudKey, client, open_account
from tests.venue.site import Site

ORDER = f"POST /coinbase{BROKERAGE}/orders"


@pytest.fixture(scope="module")
def mine(site: Site) -> CloudKey:
    return open_account(site, "unlucky", ["read", "trade"], BTC="50")


@pytest.fixture
def calm(site: Site) -> Iterator[Site]:
    """The venue, without any trouble in the end."""
    yield site
    token = (site.directory / "admin.token").read_text().strip()
    site.request("DELETE", "/admin/trouble", None, {"Authorization": f"Bearer {token}"})


def place(exchange: Any, name: str) -> Any:
    return exchange.create_order("ETH/BTC", "limit", "buy", 1, 0.05, {"client_order_id": name})


def taken(exchange: Any) -> list[str]:
    return [order["clientOrderId"] for order in exchange.fetch_open_orders("ETH/BTC")]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (500, ccxt.ExchangeError),
        (502, ccxt.ExchangeNotAvailable),
        (503, ccxt.ExchangeNotAvailable),
        (504, ccxt.RequestTimeout),
    ],
)
def test_an_error_tells_nothing_of_the_order(
    calm: Site, mine: CloudKey, status: int, raised: type[Exception], after: bool
) -> None:
    exchange, name = client(calm, mine), f"error-{status}-{after}"
    exchange.load_markets()
    calm.trouble("error", endpoint=ORDER, status=status, after=after, key=mine.name)
    with pytest.raises(raised) as told:
        place(exchange, name)
    assert type(told.value) is raised
    assert (name in taken(exchange)) is after
    assert place(exchange, name)["clientOrderId"] == name
    assert taken(exchange).count(name) == 1


def test_a_lost_answer_is_asked_for_again_by_its_name(calm: Site, mine: CloudKey) -> None:
    exchange = client(calm, mine)
    exchange.load_markets()
    calm.trouble("drop", endpoint=ORDER, after=True)
    with pytest.raises(ccxt.NetworkError):
        place(exchange, "lost")
    assert place(exchange, "lost")["clientOrderId"] == "lost"
    assert taken(exchange).count("lost") == 1


def test_an_answer_that_comes_too_late(calm: Site, mine: CloudKey) -> None:
    exchange = client(calm, mine)
    exchange.load_markets()
    exchange.timeout = 500
    calm.trouble("delay", endpoint=ORDER, after=True, ms=3_000)
    with pytest.raises(ccxt.RequestTimeout):
        place(exchange, "late")
    assert "late" in taken(exchange)


def test_an_order_that_arrives_twice_is_taken_once(calm: Site, mine: CloudKey) -> None:
    exchange = client(calm, mine)
    exchange.load_markets()
    calm.trouble("duplicate", endpoint=ORDER)
    assert place(exchange, "twice")["clientOrderId"] == "twice"
    assert taken(exchange).count("twice") == 1
    template = f"GET /coinbase{BROKERAGE}/orders/historical/{{order_id}}"
    calm.trouble("duplicate", endpoint=template)
    with pytest.raises(ccxt.ExchangeError, match="was not found"):
        exchange.fetch_order("nonsense")
    assert [rule["struck"] for rule in calm.admin("trouble")] == [1]


def test_who_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    with Site(tmp_path, "--flat", "--limits") as site:
        mine = open_account(site, "busy", ["read", "trade"], BTC="50")
        exchange = client(site, mine)
        exchange.load_markets()
        with pytest.raises(ccxt.RateLimitExceeded):
            hurry(exchange)


def hurry(exchange: Any) -> None:
    """More orders than an interval may hold, even where the next one begins halfway."""
    for _ in range(250):
        place(exchange, exchange.uuid())
