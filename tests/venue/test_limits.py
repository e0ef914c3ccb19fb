"""How much one may ask, by Binance's rules: counted on the clock, told, refused, banned."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.venue.counter import NOW_MS, NOW_NS, Counter
from tests.venue.site import Site
from tests.venue.test_clients import exchange
from tradelatch.model.clock import MINUTE, MS, SECOND, ManualClock
from tradelatch.venue.api import limits, weights
from tradelatch.venue.api.limits import Limits, TooMany
from tradelatch.venue.api.rest import TABLE
from tradelatch.venue.house import House
from tradelatch.venue.log import CommandLog

HERE = "203.0.113.7"
LIMIT = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(CommandLog(tmp_path / "commands.jsonl"), ManualClock(NOW_NS))
    yield house
    await house.log.close()


def is_refused(counted: Limits, weight: int, now: int) -> int:
    """The status of a refusal, 0 where there is none."""
    try:
        counted.charge(HERE, weight, now)
    except TooMany as refused:
        return refused.status
    return 0


async def test_a_minutes_weight_is_there_again_with_the_next_minute(house: House) -> None:
    counted = Limits(house)
    at = NOW_MS // 60_000 * 60_000
    assert is_refused(counted, 6_000, at) == 0
    assert is_refused(counted, 1, at + 59_999) == 429
    assert is_refused(counted, 6_000, at + 60_000) == 0


async def test_a_refusal_says_when_to_come_back(house: House) -> None:
    counted = Limits(house)
    at = NOW_MS // 60_000 * 60_000 + 30_000
    counted.charge(HERE, 6_000, at)
    with pytest.raises(TooMany) as caught:
        counted.charge(HERE, 1, at)
    assert (caught.value.code, caught.value.wait_s) == (-1003, 30)
    with pytest.raises(TooMany) as caught:
        counted.charge(HERE, 1, at + 29_999)
    assert caught.value.wait_s == 1


async def test_whoever_does_not_listen_is_banned_and_longer_each_time(house: House) -> None:
    counted = Limits(house)
    now = NOW_MS // 60_000 * 60_000
    lengths = []
    for _ in range(13):
        counted.charge(HERE, 6_000, now)
        assert {is_refused(counted, 1, now) for _ in range(limits.DEAF_AFTER)} == {429}
        with pytest.raises(TooMany) as caught:
            counted.charge(HERE, 1, now)
        assert caught.value.status == 418
        until = caught.value.retry_at
        lengths.append(until - now)
        assert is_refused(counted, 1, until - 1) == 418
        now = until // 60_000 * 60_000 + 60_000
    assert lengths[:3] == [120_000, 240_000, 480_000]
    assert lengths[-1] == limits.LONGEST_BAN_MS == 3 * 86_400_000
    counted.charge("203.0.113.8", 1, now)
    later = now + limits.LONGEST_BAN_MS
    counted.charge(HERE, 6_000, later)
    for _ in range(limits.DEAF_AFTER):
        is_refused(counted, 1, later)
    with pytest.raises(TooMany) as caught:
        counted.charge(HERE, 1, later)
    assert caught.value.retry_at - later == limits.FIRST_BAN_MS


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 4_000), st.integers(0, 90_000)),
        max_size=40,
    )
)
def test_an_addresses_weight_is_what_it_asked_for_in_this_minute(
    asked: list[tuple[str, int, int]],
) -> None:
    count, now, kept = limits.Count(limits.WEIGHT), NOW_MS, list[tuple[str, int, int]]()
    for name, weight, wait in asked:
        now += wait
        kept.append((name, weight, now // 60_000))
        added = count.add(name, weight, now)
        assert added == count.of(name, now)
        assert added == sum(w for n, w, m in kept if (n, m) == (name, now // 60_000))


@pytest.mark.parametrize(
    ("method", "path", "values", "weight"),
    [
        ("GET", "/api/v3/ping", {}, 1),
        ("GET", "/api/v3/exchangeInfo", {}, 20),
        ("GET", "/api/v3/depth", {}, 5),
        ("GET", "/api/v3/depth", {"limit": "101"}, 25),
        ("GET", "/api/v3/depth", {"limit": "1000"}, 50),
        ("GET", "/api/v3/depth", {"limit": "5000"}, 250),
        ("GET", "/api/v3/depth", {"limit": "nonsense"}, 5),
        ("GET", "/api/v3/ticker/24hr", {}, 80),
        ("GET", "/api/v3/ticker/24hr", {"symbol": "ETHBTC"}, 2),
        ("GET", "/api/v3/ticker/24hr", {"symbols": '["A","B"]'}, 2),
        ("GET", "/api/v3/ticker/24hr", {"symbols": "," * 20}, 40),
        ("GET", "/api/v3/ticker/24hr", {"symbols": "," * 100}, 80),
        ("GET", "/api/v3/ticker", {"symbols": "," * 9}, 40),
        ("GET", "/api/v3/ticker", {"symbols": "," * 90}, 200),
        ("GET", "/api/v3/ticker/price", {}, 4),
        ("GET", "/api/v3/ticker/price", {"symbol": "ETHBTC"}, 2),
        ("GET", "/api/v3/openOrders", {}, 80),
        ("GET", "/api/v3/openOrders", {"symbol": "ETHBTC"}, 6),
        ("GET", "/api/v3/myTrades", {"symbol": "ETHBTC"}, 20),
        ("GET", "/api/v3/myTrades", {"symbol": "ETHBTC", "orderId": "1"}, 5),
        ("POST", "/api/v3/order/test", {"computeCommissionRates": "true"}, 20),
        ("POST", "/api/v3/order", {}, 1),
    ],
)
def test_weights_are_binances(method: str, path: str, values: dict[str, str], weight: int) -> None:
    assert TABLE[method, path].weigh(values) == weight


def test_a_depth_is_weighed_before_it_is_read() -> None:
    for text in ("9" * 5_000, "\u0663", "-5", "1e9", "0x10"):
        assert weights.depth({"limit": text}) in (5, 250)


# The whole way in


async def ask(counter: Counter, path: str, query: bytes = b"") -> tuple[int, dict[str, str], Any]:
    status, body, headers = await counter.ask_for_all("GET", path, query)
    return status, headers, json.loads(body)


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path, limits=True)
    await counter.open()
    yield counter
    await counter.close()


async def test_every_answer_tells_what_was_used(counter: Counter) -> None:
    used = []
    for path in ("/api/v3/ping", "/api/v3/exchangeInfo", "/api/v3/ping"):
        _, headers, _ = await ask(counter, path)
        used.append(int(headers["x-mbx-used-weight-1m"]))
    assert used == [1, 21, 22]
    counter.clock.advance(MINUTE)
    _, headers, _ = await ask(counter, "/api/v3/ping")
    assert headers["x-mbx-used-weight-1m"] == headers["x-mbx-used-weight"] == "1"


async def test_what_cannot_be_read_weighs_something_too(counter: Counter) -> None:
    await ask(counter, "/api/v3/nothing")
    await ask(counter, "/api/v3/ping", b"a=1&a=2")
    _, headers, _ = await ask(counter, "/api/v3/ping")
    assert headers["x-mbx-used-weight-1m"] == "3"


async def test_over_the_limit_is_429_and_going_on_is_418(counter: Counter) -> None:
    statuses = []
    for _ in range(24 + limits.DEAF_AFTER + 2):
        status, headers, answer = await ask(counter, "/api/v3/depth", b"symbol=ETHBTC&limit=5000")
        statuses.append(status)
        if status >= 400:
            assert answer["code"] == -1003
            assert int(headers["retry-after"]) > 0
    assert statuses == [200] * 24 + [429] * limits.DEAF_AFTER + [418] * 2
    assert (await ask(counter, "/api/v3/ping"))[0] == 418
    counter.clock.advance(3 * MINUTE)
    assert (await ask(counter, "/api/v3/ping"))[0] == 200


async def place(
    counter: Counter, path: str = "order", **terms: str
) -> tuple[int, Any, dict[str, str]]:
    chosen = {**LIMIT, "quantity": "1", "price": "0.05", **terms}
    stamp = counter.clock.now_ns() // MS
    query = "&".join(f"{name}={value}" for name, value in chosen.items() if value)
    payload = f"{query}&timestamp={stamp}".encode()
    signed = payload + b"&signature=" + counter.sign(payload)
    key = {b"x-mbx-apikey": counter.key.encode()}
    status, body, headers = await counter.ask_for_all("POST", f"/api/v3/{path}", signed, b"", key)
    return status, json.loads(body), headers


async def test_orders_that_do_not_fill_are_counted_and_limited(counter: Counter) -> None:
    for number in range(100):
        status, _, headers = await place(counter)
        assert status == 200
        assert headers["x-mbx-order-count-10s"] == str(number + 1)
    status, answer, headers = await place(counter)
    assert (status, answer["code"]) == (429, -1015)
    assert 0 < int(headers["retry-after"]) <= 10
    counter.clock.advance(10 * SECOND)
    status, _, headers = await place(counter)
    assert status == 200
    assert (headers["x-mbx-order-count-10s"], headers["x-mbx-order-count-1d"]) == ("1", "101")


async def test_an_order_beyond_the_limit_is_cancelled_where_that_is_asked_for(
    counter: Counter,
) -> None:
    for _ in range(100):
        _, placed, _ = await place(counter)
    new = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": str(placed["orderId"])}

    async def replace(**more: str) -> tuple[int, Any]:
        status, answer, _ = await place(counter, "order/cancelReplace", **{**new, **more})
        return status, answer

    status, answer = await replace()
    assert (status, answer["code"]) == (429, -1015)
    cancelling = {"orderRateLimitExceededMode": "CANCEL_ONLY"}
    status, answer = await replace(**cancelling)
    assert (status, answer["code"], answer["data"]["cancelResult"]) == (429, -2021, "SUCCESS")
    assert answer["data"]["newOrderResponse"]["code"] == -1015
    status, answer = await replace(**cancelling)
    assert (status, answer["code"]) == (429, -2022)
    assert answer["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    status, answer = await replace(**cancelling, cancelReplaceMode="ALLOW_FAILURE")
    assert (status, answer["data"]["newOrderResult"]) == (400, "FAILURE")


async def test_an_order_that_fills_does_not_count(counter: Counter) -> None:
    for _ in range(5):
        await place(counter)
    terms = {"type": "MARKET", "timeInForce": "", "price": "", "quantity": "0.1"}
    status, answer, _ = await place(counter, **terms)
    assert (status, answer["status"]) == (200, "FILLED")
    told = counter.limits.orders_told("fuzz", counter.house.now) if counter.limits else []
    assert [one["count"] for one in told] == [5, 5]


async def test_the_websocket_api_shares_the_limits_and_tells_them(counter: Counter) -> None:
    call = {"type": "websocket.receive", "text": '{"id":1,"method":"time"}'}
    hushed = {
        "type": "websocket.receive",
        "text": '{"id":2,"method":"time","params":{"returnRateLimits":false}}',
    }
    sent = await counter.talk("/ws-api/v3", [call, hushed])
    first, second = [json.loads(one["text"]) for one in sent if one["type"] == "websocket.send"]
    [told] = first["rateLimits"]
    assert (told["rateLimitType"], told["count"]) == ("REQUEST_WEIGHT", 3)
    assert "rateLimits" not in second
    for _ in range(24):
        await ask(counter, "/api/v3/depth", b"symbol=ETHBTC&limit=5000")
    assert (await counter.talk("/ws-api/v3", [call]))[-1]["type"] == "websocket.close"


async def test_a_banned_websocket_is_hung_up_on(counter: Counter) -> None:
    heavy = {"type": "websocket.receive", "text": ""}
    heavy["text"] = '{"id":1,"method":"depth","params":{"symbol":"ETHBTC","limit":5000}}'
    sent = await counter.talk("/ws-api/v3", [heavy] * (24 + limits.DEAF_AFTER + 5))
    answers = [json.loads(one["text"]) for one in sent if one["type"] == "websocket.send"]
    statuses = [answer["status"] for answer in answers]
    assert statuses == [200] * 23 + [429] * limits.DEAF_AFTER + [418]
    assert set(answers[-1]["error"]["data"]) == {"serverTime", "retryAfter"}
    assert sent[-1]["type"] == "websocket.close"


def test_a_client_gets_its_usual_exceptions(tmp_path: Path) -> None:
    with Site(tmp_path, "--flat", "--limits") as site:
        key = site.open_account("ann", BTC="50")
        client = exchange(ccxt.binance, site, key)
        raised = set()
        for _ in range(2 * 24 + 2 * limits.DEAF_AFTER):  # a minute may end on the way
            try:
                client.public_get_depth({"symbol": "ETHBTC", "limit": 5000})
            except ccxt.BaseError as error:
                raised |= {(type(error), code) for code in (429, 418) if f" {code} " in str(error)}
        assert raised == {(ccxt.DDoSProtection, 429), (ccxt.DDoSProtection, 418)}
