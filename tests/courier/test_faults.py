"""What a bot gets when its exchange breaks down, and what becomes of what was reserved."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.courier.upstream import (
    Fault,
    Faulty,
    answering,
    closing,
    hanging,
    resetting,
    saying,
)
from tradelatch.courier.dial import MAX_ANSWER

ORDER, ACCOUNT = "/api/v3/order", "/api/v3/account"
PLACE, CANCEL, READ = f"POST {ORDER}", f"DELETE {ORDER}", f"GET {ACCOUNT}"
JSON = "Content-Type: application/json"


def ask(stage: Faulty, method: str, path: str, **form: str) -> tuple[int, dict[str, Any]]:
    """Status and answer of one signed request of a bot."""
    text = urlencode({**form, "timestamp": str(int(time.time() * 1000))})
    secret = stage.grant["secret"].encode()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    connection = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=60)
    target = f"/binance{path}?{text}&signature={signature}"
    connection.request(method, target, headers={"X-MBX-APIKEY": stage.grant["id"]})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    return answer.status, found


def buy(stage: Faulty, name: str) -> tuple[int, dict[str, Any]]:
    """An order that would rest."""
    form = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    more = {"quantity": "0.2", "price": "0.0683", "newClientOrderId": name}
    return ask(stage, "POST", ORDER, **form, **more)


def settled(stage: Faulty) -> None:
    """Wait until no order is open or unknown, and nothing is reserved."""
    eventually(lambda: stage.status()["live_orders"] == 0)


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it never came true")


REFUSED = b'{"code":-2010,"msg":"Account has insufficient balance for requested action."}'
UNKNOWN: dict[str, Fault] = {
    "500 in HTML": answering("500 Internal Server Error", b"<html>oops</html>"),
    "502 in words": answering("502 Bad Gateway", b"upstream"),
    "503 in Binance's form": answering("503 Gone", b'{"code":-1000,"msg":"Unknown error"}', JSON),
    "200 in HTML": answering("200 OK", b"<html>maintenance</html>"),
    "200 of nothing": answering("200 OK"),
    "200 of an error": answering("200 OK", b'{"code":-1007,"msg":"Timeout"}', JSON),
    "403 of a firewall": answering("403 Forbidden", b"<html>blocked</html>"),
    "a redirect": answering("302 Found", b"", "Location: http://192.0.2.1/api/v3/order"),
    "a permanent redirect": answering("308 Permanent", b"", f"Location: {ORDER}"),
    "no HTTP": saying(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "NUL": saying(bytes(100)),
    "endless header": saying(b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n"),
    "closed": closing,
    "reset": resetting,
    "closed in the header": saying(b"HTTP/1.1 200 OK\r\nContent-"),
    "closed in the body": answering("200 OK", b'{"orderId":', JSON, length=1_000),
    "bad chunks": saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "bad gzip": answering("200 OK", b"\x1f\x8bnot gzip", "Content-Encoding: gzip"),
    "unknown coding": answering("200 OK", b"zz", "Content-Encoding: zz"),
    "too large": answering("200 OK", b" " * (MAX_ANSWER + 1), JSON),
    "JSON too deep": answering("200 OK", b"[" * 200_000, JSON),
    "NaN": answering("200 OK", b'{"orderId":NaN}', JSON),
}


@pytest.mark.parametrize("fault", UNKNOWN)
def test_an_order_of_unknown_outcome_stays_reserved_until_it_is_found_out(
    stage: Faulty, fault: str
) -> None:
    name = f"u{hashlib.sha256(fault.encode()).hexdigest()[:20]}"
    before = stage.status()["used"]
    stage.break_down(PLACE, UNKNOWN[fault], hidden=True)
    status, answer = buy(stage, name)
    assert (status, answer["code"]) == (504, -1007)
    assert answer["msg"]
    sent = [request for request in stage.seen if request.startswith(PLACE.encode())]
    assert len(sent) == 1  # never a second time
    stage.heal()
    found = {}

    def is_found() -> bool:
        found.update(ask(stage, "GET", ORDER, symbol="ETHBTC", origClientOrderId=name)[1])
        return "orderId" in found

    eventually(is_found)
    assert stage.status()["live_orders"] == 1
    status, answer = ask(stage, "DELETE", ORDER, symbol="ETHBTC", origClientOrderId=name)
    assert (status, answer["status"]) == (200, "CANCELED")
    settled(stage)
    assert stage.status()["used"] == before


REJECTED: dict[str, tuple[Fault, int, int]] = {
    "insufficient": (answering("400 Bad Request", REFUSED, JSON), 400, -2010),
    "too many": (answering("429 Slow", b'{"code":-1003,"msg":"Too many"}', JSON), 429, -1003),
}


@pytest.mark.parametrize("fault", REJECTED)
def test_what_the_exchange_rejects_is_released_at_once(stage: Faulty, fault: str) -> None:
    what, status, code = REJECTED[fault]
    before = stage.status()["used"]
    stage.break_down(PLACE, what)
    got, answer = buy(stage, f"rejected-{code}")
    assert (got, answer["code"]) == (status, code)
    assert (stage.status()["live_orders"], stage.status()["used"]) == (0, before)


def test_an_order_that_never_arrived_is_released_when_it_no_longer_can(stage: Faulty) -> None:
    before = stage.status()["used"]
    stage.break_down(PLACE, closing)
    status, answer = buy(stage, "lost")
    assert (status, answer["code"]) == (504, -1007)
    assert stage.status()["live_orders"] == 1
    stage.heal()
    settled(stage)
    assert stage.status()["used"] == before

    def closed() -> list[dict[str, Any]]:
        return [r for r in stage.records("Closed") if "never received" in r["why"]]

    eventually(lambda: bool(closed()))  # what is only noted is written a moment later
    assert len(closed()) == 1


def test_an_exchange_that_says_nothing_is_not_waited_for_for_ever(stage: Faulty) -> None:
    stage.break_down(PLACE, hanging, hidden=True)
    status, answer = buy(stage, "silent")
    assert (status, answer["code"]) == (504, -1007)
    stage.heal()
    assert ask(stage, "DELETE", "/api/v3/openOrders", symbol="ETHBTC")[0] == 200
    settled(stage)


@pytest.mark.parametrize("fault", UNKNOWN)
def test_a_read_that_fails_is_said_in_binances_form(stage: Faulty, fault: str) -> None:
    stage.break_down(READ, UNKNOWN[fault])
    status, answer = ask(stage, "GET", ACCOUNT)
    assert answer.keys() == {"code", "msg"}
    assert status in (403, 502, 503, 504) or (status, answer["code"]) == (200, -1007)
    assert isinstance(answer["code"], int)


def test_a_cancel_of_unknown_outcome_is_told_and_the_order_stays_counted(stage: Faulty) -> None:
    status, placed = buy(stage, "stays")
    assert (status, placed["status"]) == (200, "NEW")
    stage.break_down(CANCEL, closing)
    status, answer = ask(stage, "DELETE", ORDER, symbol="ETHBTC", orderId=str(placed["orderId"]))
    assert (status, answer["code"]) == (504, -1007)
    assert len(stage.seen) == 1
    assert stage.status()["live_orders"] == 1
    stage.heal()
    status, _ = ask(stage, "DELETE", ORDER, symbol="ETHBTC", orderId=str(placed["orderId"]))
    assert status == 200
    settled(stage)


def test_without_a_courier_nothing_is_sent_and_nothing_stays_reserved(stage: Faulty) -> None:
    before = stage.status()["used"]
    stage.run(stage.house.courier.stop())
    status, answer = buy(stage, "nobody")
    assert (status, answer["code"]) == (503, -1001)
    assert "the courier is not running" in answer["msg"]
    assert (stage.status()["live_orders"], stage.status()["used"]) == (0, before)
    stage.run(stage.house.courier.start())
    stage.run(stage.house.until_ready())
    eventually(lambda: ask(stage, "GET", ACCOUNT)[0] == 200)


def test_everybody_lives_on(stage: Faulty) -> None:
    stage.check_alive()
