"""Requests of the bot's own, sent again in other clothes."""

import hashlib
import hmac

import msgspec
import pytest

from tests.attacks.conftest import Turned
from tests.signer.conftest import GRANT, GRANT_SECRET, Bench
from tradelatch.model.clock import MS, SECOND
from tradelatch.model.http import Request

SEEN = "received before"


def sealed(method: str, path: str, payload: str, cut: int | None = None) -> Request:
    """`payload` signed as it stands, with the first `cut` bytes in the query and the rest in
    the body."""
    signature = hmac.new(bytes(GRANT_SECRET), payload.encode(), hashlib.sha256).hexdigest()
    headers = (("X-MBX-APIKEY", GRANT),)
    if cut is None:
        return Request(method, "binance", path, f"{payload}&signature={signature}", headers)
    query, body = payload[:cut], f"{payload[cut:]}&signature={signature}"
    return Request(method, "binance", path, query, headers, body.encode())


def order_text(bench: Bench) -> str:
    form = "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.06"
    return f"{form}&timestamp={bench.now // MS}"


def test_the_same_words_split_anew_between_query_and_body(
    bench: Bench, turned_away: Turned
) -> None:
    text = order_text(bench)
    assert turned_away(sealed("POST", "/api/v3/order", text)) == ""
    for cut in range(len(text) + 1):
        assert turned_away(sealed("POST", "/api/v3/order", text, cut))
    assert len(bench.state.orders) == 1


def test_the_signature_in_capitals(bench: Bench, turned_away: Turned) -> None:
    request = bench.order(price="0.06")
    head, _, signature = request.query.rpartition("=")
    assert turned_away(request) == ""
    again = msgspec.structs.replace(request, query=f"{head}={signature.upper()}")
    assert "Signature" in turned_away(again)


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/api/v3/openOrders"), ("POST", "/api/v3/order"), ("DELETE", "/api/v3/order")],
)
def test_a_captured_read_or_test_order_sent_to_another_endpoint(
    bench: Bench, turned_away: Turned, method: str, path: str
) -> None:
    """Binance's signature covers no endpoint, so the words are good everywhere, once."""
    first = {
        "/api/v3/openOrders": ("GET", f"symbol=ETHBTC&timestamp={bench.now // MS}"),
        "/api/v3/order": ("GET", f"symbol=ETHBTC&orderId=7&timestamp={bench.now // MS}"),
    }
    seen, text = first[path]
    if method == "POST":
        path, seen, text = "/api/v3/order/test", "POST", order_text(bench)
    assert turned_away(sealed(seen, path, text)) == ""
    assert SEEN in turned_away(sealed(method, path.removesuffix("/test"), text))
    assert not bench.state.orders


def test_a_request_is_remembered_for_as_long_as_it_is_good(
    bench: Bench, turned_away: Turned
) -> None:
    """Dated as far ahead and good for as long as can be, and many others in between."""
    start = bench.now
    text = order_text(bench).rpartition("=")[0] + f"={start // MS + 999}&recvWindow=60000"
    request = sealed("POST", "/api/v3/order", text)
    assert turned_away(request) == ""
    for second in range(1, 62):
        bench.now = start + second * SECOND
        turned_away(bench.signed("GET", "/api/v3/account", {}))
        assert turned_away(request)
    assert len(bench.state.orders) == 1


@pytest.mark.parametrize(
    ("shift", "good"),
    [("-5000", True), ("-5001", False), ("999", True), ("1000", False)],
)
def test_the_edges_of_the_time_window(
    bench: Bench, turned_away: Turned, shift: str, good: bool
) -> None:
    text = f"symbol=ETHBTC&timestamp={bench.now // MS + int(shift)}"
    assert (turned_away(sealed("GET", "/api/v3/openOrders", text)) == "") is good


def test_a_time_in_microseconds_is_no_second_window(bench: Bench, turned_away: Turned) -> None:
    micros = bench.now // 1_000
    assert turned_away(sealed("GET", "/api/v3/openOrders", f"timestamp={micros}")) == ""
    assert turned_away(sealed("GET", "/api/v3/openOrders", f"timestamp={micros + 1_000_000}"))
    assert turned_away(sealed("GET", "/api/v3/openOrders", f"timestamp={micros}0"))
