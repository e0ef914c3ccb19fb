"""Trouble on demand, and that a client can find out afterwards what became of its order."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from tests.venue.counter import Counter
from tests.venue.site import Key, Site
from tests.venue.test_clients import exchange
from tests.venue.test_streams import line, signed
from tradelatch.venue.api.trouble import Kind, Rule, Troubles, Way

ORDER = "POST /api/v3/order"
TERMS = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


@pytest.fixture
def calm(site: Site) -> Iterator[Site]:
    """A venue that has no trouble before and after the test."""
    yield site
    token = (site.directory / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert site.request("DELETE", "/admin/trouble", None, headers)[0] == 200


def place(site: Site, key: Key, name: str) -> tuple[int, Any]:
    terms = {**TERMS, "quantity": "1", "price": "0.05", "newClientOrderId": name}
    return site.signed(key, "POST", "/api/v3/order", **terms)


def was_taken(site: Site, key: Key, name: str) -> bool:
    status, _ = site.signed(key, "GET", "/api/v3/order", symbol="ETHBTC", origClientOrderId=name)
    return status == 200


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_that_is_dropped(calm: Site, key: Key, after: bool) -> None:
    calm.trouble("drop", endpoint=ORDER, after=after)
    name = f"dropped-{after}"
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        place(calm, key, name)
    assert was_taken(calm, key, name) is after
    assert place(calm, key, f"next-{after}")[0] == 200


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("status", "code"), [(500, -1000), (503, -1008), (504, -1007)])
def test_an_error_of_the_exchange(
    calm: Site, key: Key, status: int, code: int, after: bool
) -> None:
    calm.trouble("error", endpoint=ORDER, after=after, status=status)
    name = f"error-{status}-{after}"
    told, answer = place(calm, key, name)
    assert (told, answer["code"]) == (status, code)
    assert was_taken(calm, key, name) is after


def test_an_error_of_a_proxy_is_html(calm: Site) -> None:
    calm.trouble("error", endpoint="GET /api/v3/ping", status=502)
    connection = http.client.HTTPConnection("127.0.0.1", calm.port, timeout=20)
    connection.request("GET", "/api/v3/ping")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (502, "text/html")
    assert b"Bad Gateway" in answer.read()
    connection.close()


def test_an_answer_that_comes_too_late(calm: Site, key: Key) -> None:
    client = exchange(ccxt.binance, calm, key)
    client.load_markets()
    client.timeout = 500
    calm.trouble("delay", endpoint=ORDER, after=True, ms=3_000)
    with pytest.raises(ccxt.RequestTimeout):
        client.create_order("ETH/BTC", "limit", "buy", 1, 0.05, {"newClientOrderId": "late"})
    assert was_taken(calm, key, "late")
    assert client.fetch_order(None, "ETH/BTC", {"clientOrderId": "late"})["status"] == "open"


def test_a_delay_before_an_order_is_taken_may_outlive_its_time_stamp(calm: Site, key: Key) -> None:
    calm.trouble("delay", endpoint=ORDER, ms=300)
    terms = {**TERMS, "quantity": "1", "price": "0.05", "recvWindow": "100"}
    status, answer = calm.signed(key, "POST", "/api/v3/order", **terms)
    assert (status, answer["code"]) == (400, -1021)


def test_an_order_that_arrives_twice_is_refused_the_second_time_by_its_name(
    calm: Site, key: Key
) -> None:
    calm.trouble("duplicate", endpoint=ORDER)
    status, answer = place(calm, key, "twice")
    assert (status, answer["status"]) == (200, "NEW")
    named = calm.signed(key, "GET", "/api/v3/openOrders", symbol="ETHBTC")[1]
    assert [order["clientOrderId"] for order in named].count("twice") == 1
    calm.trouble("duplicate", endpoint=ORDER)
    market = {"symbol": "ETHBTC", "side": "SELL", "type": "MARKET", "quantity": "1"}
    calm.signed(key, "POST", "/api/v3/order", **market, newClientOrderId="sold")
    orders = calm.signed(key, "GET", "/api/v3/allOrders", symbol="ETHBTC")[1]
    # A name is free again once its order is filled: so does Binance, and so twice is twice.
    assert [order["clientOrderId"] for order in orders].count("sold") == 2


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (500, ccxt.OperationFailed),
        (502, ccxt.ExchangeNotAvailable),
        (503, ccxt.ExchangeError),
        (504, ccxt.RequestTimeout),
    ],
)
def test_clients_get_their_usual_exceptions(
    calm: Site, key: Key, status: int, raised: type[Exception]
) -> None:
    client = exchange(ccxt.binance, calm, key)
    client.load_markets()
    calm.trouble("error", endpoint=ORDER, status=status)
    with pytest.raises(raised):
        client.create_order("ETH/BTC", "limit", "buy", 1, 0.05)


def test_a_websocket_request_meets_the_same_trouble(calm: Site, key: Key) -> None:
    terms = {**TERMS, "quantity": "1", "price": "0.05"}
    calm.trouble("error", endpoint=ORDER, way="websocket", after=True, status=504)
    with line(calm, "/ws-api/v3") as told:
        answer = told.ask(signed(key, "order.place", **terms, newClientOrderId="by-socket"))
        assert (answer["status"], answer["error"]["code"]) == (504, -1007)
        assert was_taken(calm, key, "by-socket")
        calm.trouble("drop", endpoint="GET /api/v3/time", way="websocket")
        with pytest.raises(ConnectionClosed) as closed:
            told.ask({"id": 2, "method": "time"})
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_all_websockets_are_hung_up_on_at_once(calm: Site, key: Key) -> None:
    with line(calm, "/ws/ethbtc@trade") as trades, line(calm, "/ws-api/v3") as told:
        told.ask({"id": 1, "method": "ping"})
        trades.ask({"id": 1, "method": "LIST_SUBSCRIPTIONS"})
        assert calm.trouble("disconnect")["struck"] == 2
        for one in (trades, told):
            with pytest.raises(ConnectionClosed):
                one.until(lambda message: False)
    with line(calm, "/ws-api/v3") as told:
        assert told.ask({"id": 1, "method": "ping"})["status"] == 200


def test_trouble_is_chosen_counted_and_told(calm: Site, key: Key) -> None:
    other = calm.open_account("untroubled", BTC="1")
    calm.trouble("error", endpoint="GET /api/v3/account", key=key.id, times=2)
    path = "/api/v3/account"
    assert calm.signed(other, "GET", path)[0] == 200
    assert [calm.signed(key, "GET", path)[0] for _ in range(3)] == [503, 503, 200]
    [told] = calm.admin("trouble")
    assert (told["struck"], told["times"], told["endpoint"]) == (2, 2, "GET /api/v3/account")


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({}, "missing required field"),
        ({"kind": "flood"}, "Invalid enum value 'flood'"),
        ({"kind": "delay"}, "ms is how long a delay lasts, 1 to 600000"),
        ({"kind": "error", "status": 404}, "status is one of 500, 502, 503, 504"),
        ({"kind": "drop", "share": 0}, "share is a probability"),
        ({"kind": "drop", "times": -1}, "times is 0 (every request) to 1000000"),
        ({"kind": "drop", "often": 1}, "unknown field"),
    ],
)
def test_a_rule_that_is_none_gets_one_sentence(
    site: Site, rule: dict[str, object], sentence: str
) -> None:
    status, answer = site.try_admin("trouble", rule)
    assert status == 400
    assert sentence in answer["error"]
    assert "\n" not in answer["error"]


async def test_the_same_seed_strikes_the_same_requests() -> None:
    async def struck(seed: int) -> list[int]:
        troubles = Troubles()
        troubles.add(Rule(Kind.DUPLICATE, times=0, share=0.3, seed=seed))
        counts = []
        for _ in range(60):
            carried = list[int]()

            async def carry_out(carried: list[int] = carried) -> None:
                carried.append(1)

            await troubles.meet("GET /", Way.REST, "", carry_out)
            counts.append(len(carried))
        return counts

    first = await struck(1)
    assert first == await struck(1)
    assert first != await struck(2)
    assert set(first) == {1, 2}


async def test_trouble_is_not_in_the_log(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    await counter.open()
    before = counter.house.engine.applied
    status, _ = await counter.admin("trouble", msgspec.structs.asdict(Rule(Kind.DROP)))
    assert status == 200
    assert counter.house.engine.applied == before
    await counter.close()
    assert b"drop" not in (tmp_path / "commands.jsonl").read_bytes()
    json.loads((tmp_path / "commands.jsonl").read_text().splitlines()[-1])
