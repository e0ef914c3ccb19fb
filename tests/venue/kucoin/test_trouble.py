"""Trouble on demand on the KuCoin face: a client finds out afterwards what became of its order."""

import http.client
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.venue.kucoin.desk import Key, ask, client, open_account
from tests.venue.site import Site

PLACE = "POST /kucoin/api/v1/orders"
CANCEL = "DELETE /kucoin/api/v1/orders/{orderId}"


@pytest.fixture(scope="module")
def key(site: Site) -> Key:
    return open_account(site, "troubled", BTC="50", ETH="100")


@pytest.fixture
def calm(site: Site) -> Iterator[Site]:
    """A venue that has no trouble before and after the test."""
    yield site
    token = (site.directory / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert site.request("DELETE", "/admin/trouble", None, headers)[0] == 200


def place(site: Site, key: Key, name: str) -> tuple[int, Any]:
    terms = {"symbol": "ETH-BTC", "side": "buy", "price": "0.06", "size": "1", "clientOid": name}
    return ask(site, key, "POST", "/api/v1/orders", terms)


def was_taken(site: Site, key: Key, name: str) -> bool:
    _, told = ask(site, key, "GET", f"/api/v1/order/client-order/{name}")
    return bool(told["code"] == "200000")


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_is_lost(calm: Site, key: Key, after: bool) -> None:
    calm.trouble("drop", endpoint=PLACE, after=after)
    name = f"lost-{after}"
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        place(calm, key, name)
    assert was_taken(calm, key, name) is after
    assert place(calm, key, f"next-{after}")[0] == 200


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("status", [500, 503, 504])
def test_an_answer_that_is_wrong(calm: Site, key: Key, status: int, after: bool) -> None:
    calm.trouble("error", endpoint=PLACE, after=after, status=status)
    name = f"wrong-{status}-{after}"
    told, answer = place(calm, key, name)
    assert (told, answer) == (status, {"code": "500000", "msg": "Internal Server Error"})
    assert was_taken(calm, key, name) is after


def test_an_answer_of_a_proxy(calm: Site, key: Key) -> None:
    calm.trouble("error", endpoint=PLACE, after=True, status=502)
    made = client(ccxt.kucoin, calm, key)
    with pytest.raises(ccxt.ExchangeNotAvailable):
        made.create_order("ETH/BTC", "limit", "buy", 1, 0.06, {"clientOid": "proxied"})
    assert made.fetch_order(None, "ETH/BTC", {"clientOid": "proxied"})["status"] == "open"


def test_an_answer_that_comes_too_late(calm: Site, key: Key) -> None:
    made = client(ccxt.kucoin, calm, key)
    made.load_markets()
    made.timeout = 500
    calm.trouble("delay", endpoint=PLACE, after=True, ms=3_000)
    with pytest.raises(ccxt.RequestTimeout):
        made.create_order("ETH/BTC", "limit", "buy", 1, 0.06, {"clientOid": "late"})
    assert made.fetch_order(None, "ETH/BTC", {"clientOid": "late"})["status"] == "open"


def test_an_order_that_arrives_twice_is_taken_once(calm: Site, key: Key) -> None:
    calm.trouble("duplicate", endpoint=PLACE)
    assert place(calm, key, "twice")[0] == 200
    _, told = ask(calm, key, "GET", "/api/v1/orders?status=active&pageSize=500")
    assert [one["clientOid"] for one in told["data"]["items"]].count("twice") == 1


def test_trouble_finds_an_endpoint_by_its_pattern_and_a_key(calm: Site, key: Key) -> None:
    _, told = place(calm, key, "pattern")
    target = f"/api/v1/orders/{told['data']['orderId']}"
    calm.trouble("error", endpoint=CANCEL, key="another", status=500)
    calm.trouble("error", endpoint=CANCEL, key=key.id, status=503)
    assert ask(calm, key, "DELETE", target)[0] == 503
    assert ask(calm, key, "DELETE", target)[1]["code"] == "200000"
