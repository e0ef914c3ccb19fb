"""Binance's protocol in the raw: answers' shapes, refusals' codes, and what nobody should send."""

import http.client
import socket
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.venue.counter import Counter
from tests.venue.site import Key, Site, now
from tradelatch.venue.api.rest import TABLE

ORDER = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
LIMIT = {**ORDER, "quantity": "1", "price": "0.05"}
MARKET = {"symbol": "ETHBTC", "side": "BUY", "type": "MARKET"}


def test_a_limit_order_from_placing_to_cancelling(site: Site, key: Key) -> None:
    status, order = site.signed(key, "POST", "/api/v3/order", **LIMIT, newClientOrderId="first")
    assert status == 200
    assert order["status"] == "NEW"
    assert order["clientOrderId"] == "first"
    assert (order["price"], order["origQty"]) == ("0.05000000", "1.00000000")
    assert (order["executedQty"], order["cummulativeQuoteQty"]) == ("0.00000000", "0.00000000")
    assert order["fills"] == []

    _, found = site.signed(key, "GET", "/api/v3/order", symbol="ETHBTC", origClientOrderId="first")
    assert found["orderId"] == order["orderId"]
    assert found["time"] == order["transactTime"]
    _, account = site.signed(key, "GET", "/api/v3/account", omitZeroBalances="true")
    balances = {balance["asset"]: balance for balance in account["balances"]}
    assert balances["BTC"] == {"asset": "BTC", "free": "49.95000000", "locked": "0.05000000"}

    _, gone = site.signed(key, "DELETE", "/api/v3/order", symbol="ETHBTC", orderId=order["orderId"])
    assert (gone["status"], gone["origClientOrderId"]) == ("CANCELED", "first")
    _, open_orders = site.signed(key, "GET", "/api/v3/openOrders")
    assert open_orders == []


def test_a_market_order_is_filled_and_charged(site: Site, key: Key) -> None:
    status, order = site.signed(key, "POST", "/api/v3/order", **MARKET, quoteOrderQty="0.1")
    assert (status, order["status"]) == (200, "FILLED")
    fill = order["fills"][0]
    assert set(fill) == {"price", "qty", "commission", "commissionAsset", "tradeId"}
    assert fill["commissionAsset"] == "ETH"
    assert float(fill["commission"]) == pytest.approx(float(fill["qty"]) / 1000)
    _, trades = site.signed(key, "GET", "/api/v3/myTrades", symbol="ETHBTC")
    mine = next(trade for trade in trades if trade["id"] == fill["tradeId"])
    assert (mine["orderId"], mine["isBuyer"], mine["isMaker"]) == (order["orderId"], True, False)
    assert mine["quoteQty"] == order["cummulativeQuoteQty"]


@pytest.mark.parametrize(
    ("detail", "has"),
    [("ACK", set()), ("RESULT", {"status"}), ("FULL", {"status", "fills"})],
)
def test_the_detail_of_the_answer(site: Site, key: Key, detail: str, has: set[str]) -> None:
    _, order = site.signed(
        key, "POST", "/api/v3/order", **MARKET, quantity="0.01", newOrderRespType=detail
    )
    assert set(order) & {"status", "fills"} == has


def test_a_test_order_is_judged_and_not_placed(site: Site, key: Key) -> None:
    path = "/api/v3/order/test"
    assert site.signed(key, "POST", path, **LIMIT) == (200, {})
    status, answer = site.signed(key, "POST", path, **(LIMIT | {"quantity": "9999"}))
    assert (status, answer["code"]) == (400, -2010)
    assert site.signed(key, "GET", "/api/v3/openOrders") == (200, [])


def test_all_open_orders_of_a_market_are_cancelled_together(site: Site, key: Key) -> None:
    for _ in range(3):
        site.signed(key, "POST", "/api/v3/order", **LIMIT)
    status, answer = site.signed(key, "DELETE", "/api/v3/openOrders", symbol="ETHBTC")
    assert (status, len(answer)) == (200, 3)
    _, orders = site.signed(key, "GET", "/api/v3/allOrders", symbol="ETHBTC", limit=3)
    assert [order["status"] for order in orders] == ["CANCELED"] * 3


def test_a_withdrawal(site: Site) -> None:
    owner = site.open_account("leaver", BTC="2")
    path = "/sapi/v1/capital/withdraw/apply"
    status, answer = site.signed(owner, "POST", path, coin="BTC", address="bc1q", amount="1.5")
    assert status == 200
    _, history = site.signed(owner, "GET", "/sapi/v1/capital/withdraw/history", coin="BTC")
    assert [(row["id"], row["amount"]) for row in history] == [(answer["id"], "1.50000000")]
    status, answer = site.signed(owner, "POST", path, coin="BTC", address="bc1q", amount="1.5")
    assert (status, answer["code"]) == (400, -4026)


def test_rights_are_what_the_key_says(site: Site) -> None:
    reader = site.open_account("reader", rights=["read"], BTC="2")
    assert site.signed(reader, "GET", "/api/v3/account")[0] == 200
    status, answer = site.signed(reader, "POST", "/api/v3/order", **LIMIT)
    assert (status, answer["code"]) == (401, -2015)
    trader = site.open_account("no-exit", rights=["read", "trade"], BTC="2")
    _, restrictions = site.signed(trader, "GET", "/sapi/v1/account/apiRestrictions")
    assert restrictions["enableSpotAndMarginTrading"] is True
    assert restrictions["enableWithdrawals"] is False
    status, answer = site.signed(
        trader, "POST", "/sapi/v1/capital/withdraw/apply", coin="BTC", address="x", amount="1"
    )
    assert (status, answer["code"]) == (401, -2015)


def test_parameters_may_be_split_between_query_and_body(site: Site, key: Key) -> None:
    query = "symbol=ETHBTC&side=BUY&type=LIMIT"
    body = f"timeInForce=GTC&quantity=1&price=0.05&timestamp={now()}"
    signature = key.sign(query + body).rsplit("=", 1)[1]
    status, order = site.request(
        "POST",
        f"/api/v3/order?{query}",
        f"{body}&signature={signature}".encode(),
        {"X-MBX-APIKEY": key.id},
    )
    assert status == 200, order
    # python-binance puts the parameters of a DELETE into the body.
    payload = key.sign(f"symbol=ETHBTC&orderId={order['orderId']}&timestamp={now()}")
    headers = {"X-MBX-APIKEY": key.id}
    status, _ = site.request("DELETE", "/api/v3/order", payload.encode(), headers)
    assert status == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"symbol": None}, -1102),
        ({"symbol": "NOSUCH"}, -1121),
        ({"symbol": "ethbtc"}, -1100),
        ({"symbol": ""}, -1102),
        ({"side": None}, -1102),
        ({"side": "HOLD"}, -1117),
        ({"type": "STOP"}, -1116),
        ({"timeInForce": None}, -1102),
        ({"timeInForce": "GTX"}, -1115),
        ({"quantity": None}, -1102),
        ({"quantity": "-1"}, -1100),
        ({"quantity": "NaN"}, -1100),
        ({"quantity": "1e3"}, -1100),
        ({"quantity": "٣"}, -1100),
        ({"quantity": "1" * 21}, -1100),
        ({"quantity": "9" * 20}, -1013),
        ({"quantity": "0"}, -1013),
        ({"quantity": "0.00001"}, -1013),
        ({"quantity": "0.000000001"}, -1111),
        ({"quantity": "0.001", "price": "0.05"}, -1013),
        ({"price": None}, -1102),
        ({"price": "0"}, -1013),
        ({"price": "0.050001"}, -1013),
        ({"price": "0.0845"}, -1013),
        ({"price": "0.01"}, -1013),
        ({"quantity": "5000"}, -2010),
        ({"newClientOrderId": "a b"}, -1100),
        ({"newClientOrderId": "x" * 37}, -1100),
        ({"newOrderRespType": "ALL"}, -1100),
        ({"stopPrice": "0.04"}, -1106),
        ({"quoteOrderQty": "1"}, -1106),
        ({"nonsense": "1"}, -1104),
        ({"timestamp": None}, -1102),
        ({"timestamp": "now"}, -1100),
        ({"timestamp": "1"}, -1021),
        ({"timestamp": str(now() + 10**8)}, -1021),
        ({"timestamp": "9" * 40}, -1100),
        ({"recvWindow": "60001"}, -1131),
        ({"recvWindow": "-1"}, -1100),
    ],
)
def test_what_is_wrong_with_an_order(
    site: Site, key: Key, change: dict[str, str | None], code: int
) -> None:
    values = {"timestamp": str(now()), **LIMIT, **change}
    payload = urlencode({name: value for name, value in values.items() if value is not None})
    status, answer = site.request(
        "POST", "/api/v3/order", key.sign(payload).encode(), {"X-MBX-APIKEY": key.id}
    )
    assert (status, answer["code"]) == (400, code), answer
    assert set(answer) == {"code", "msg"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, -1102),
        ({"quantity": "1", "quoteOrderQty": "1"}, -1106),
        ({"quantity": "1", "price": "0.07"}, -1106),
        ({"quantity": "1", "timeInForce": "GTC"}, -1106),
        ({"quantity": "0"}, -1013),
        ({"quoteOrderQty": "0.00001"}, -1013),
        ({"quoteOrderQty": "51"}, -2010),
        ({"quantity": "100000"}, -2010),
        ({"quantity": "200", "side": "SELL"}, -2010),
    ],
)
def test_what_is_wrong_with_a_market_order(
    site: Site, change: dict[str, str], code: int, key: Key
) -> None:
    status, answer = site.signed(key, "POST", "/api/v3/order", **(MARKET | change))
    assert (status, answer["code"]) == (400, code), answer


def test_a_client_order_id_twice(site: Site, key: Key) -> None:
    site.signed(key, "POST", "/api/v3/order", **LIMIT, newClientOrderId="twice")
    status, answer = site.signed(key, "POST", "/api/v3/order", **LIMIT, newClientOrderId="twice")
    assert (status, answer) == (400, {"code": -2010, "msg": "Duplicate order sent."})
    site.signed(key, "DELETE", "/api/v3/order", symbol="ETHBTC", origClientOrderId="twice")
    status, _ = site.signed(key, "POST", "/api/v3/order", **LIMIT, newClientOrderId="twice")
    assert status == 200
    site.signed(key, "DELETE", "/api/v3/openOrders", symbol="ETHBTC")


@pytest.mark.parametrize(
    ("method", "parameters", "code"),
    [
        ("GET", {"orderId": "1"}, -2013),
        ("GET", {"origClientOrderId": "none"}, -2013),
        ("GET", {}, -1102),
        ("DELETE", {"orderId": "1"}, -2011),
        ("DELETE", {"orderId": "9" * 18}, -1100),
        ("DELETE", {}, -1102),
    ],
)
def test_orders_that_are_not_there(
    site: Site, key: Key, method: str, parameters: dict[str, str], code: int
) -> None:
    status, answer = site.signed(key, method, "/api/v3/order", symbol="ETHBTC", **parameters)
    assert (status, answer["code"]) == (400, code)


def test_who_asks(site: Site, key: Key) -> None:
    target = "/api/v3/account?"
    assert site.request("GET", target)[1]["code"] == -2014
    assert site.request("GET", target, None, {"X-MBX-APIKEY": "no key!"})[1]["code"] == -2014
    status, answer = site.request("GET", target, None, {"X-MBX-APIKEY": "unknown"})
    assert (status, answer["code"]) == (401, -2015)
    headers = {"X-MBX-APIKEY": key.id}
    status, answer = site.request("GET", f"{target}timestamp={now()}", None, headers)
    assert (status, answer["code"]) == (400, -1102)
    for signature in ("00" * 32, "x", "%C3%A9", "%ff"):
        payload = f"timestamp={now()}&signature={signature}"
        status, answer = site.request("GET", target + payload, None, headers)
        assert status == 400
        assert answer["code"] in (-1022, -1100)
    changed = key.sign(f"timestamp={now()}") + "&omitZeroBalances=true"
    assert site.request("GET", target + changed, None, headers)[1]["code"] == -1022


def test_time_stamps_may_be_in_microseconds(site: Site, key: Key) -> None:
    payload = key.sign(f"timestamp={time.time_ns() // 1000}")
    status, _ = site.request("GET", f"/api/v3/account?{payload}", None, {"X-MBX-APIKEY": key.id})
    assert status == 200


def test_duplicates_are_refused(site: Site, key: Key) -> None:
    payload = f"symbol=ETHBTC&symbol=VINBTC&timestamp={now()}"
    status, answer = site.request(
        "GET", f"/api/v3/openOrders?{key.sign(payload)}", None, {"X-MBX-APIKEY": key.id}
    )
    assert (status, answer["code"]) == (400, -1101)


def test_what_the_query_says_counts_for_more_than_the_body(site: Site, key: Key) -> None:
    query, body = "symbol=VINBTC", f"symbol=NOSUCH&timestamp={now()}"
    signature = key.sign(query + body).rsplit("=", 1)[1]
    status, answer = site.request(
        "DELETE",
        f"/api/v3/openOrders?{query}",
        f"{body}&signature={signature}".encode(),
        {"X-MBX-APIKEY": key.id},
    )
    assert (status, answer["code"]) == (400, -2011)


async def test_what_everybody_can_see_would_survive_a_crash(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    await counter.open()
    counter.house.stand_still(False)
    written = counter.log.path
    assert written.read_bytes().count(b"\n") < counter.log.mark.commands
    await counter.ask("GET", "/api/v3/depth", b"symbol=ETHBTC")
    assert written.read_bytes().count(b"\n") == counter.log.mark.commands
    await counter.close()


def test_permissions_are_left_out_where_that_is_asked_for(site: Site) -> None:
    for asked, told in (("true", [["SPOT"]]), ("false", [])):
        _, info = site.request("GET", f"/api/v3/exchangeInfo?showPermissionSets={asked}")
        assert [market["permissionSets"] for market in info["symbols"]] == [told] * 3


def test_who_asks_for_more_levels_than_there_are_gets_these(site: Site) -> None:
    status, book = site.request("GET", "/api/v3/depth?symbol=ETHBTC&limit=6000")
    assert (status, len(book["bids"]) > 5) == (200, True)


def test_candles_in_a_time_zone_where_they_are_the_same(site: Site) -> None:
    target = "/api/v3/klines?symbol=ETHBTC&interval=4h&limit=3"
    assert site.request("GET", f"{target}&timeZone=8") == site.request("GET", target)


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/", 404, -1000),
        ("/api/v3/nothing", 404, -1000),
        ("/api/v3/order/", 404, -1000),
        ("/api/v3/%00", 404, -1000),
        ("/adminx", 404, -1000),
        ("/api/v3/depth", 400, -1102),
        ("/api/v3/depth?symbol=NONE", 400, -1121),
        ("/api/v3/depth?symbol=ETHBTC&limit=x", 400, -1100),
        ("/api/v3/depth?symbol=ETHBTC&limit=0", 400, -1100),
        ("/api/v3/depth?symbol=ETHBTC&limit=-5", 400, -1100),
        ("/api/v3/depth?symbol=%ff%fe", 400, -1100),
        ("/api/v3/depth?symbol=%zz", 400, -1100),
        ("/api/v3/depth?symbol=ETHBTC%00", 400, -1100),
        ("/api/v3/depth?symbol=ETHBTC%0A", 400, -1100),
        ("/api/v3/depth?symbol=ETHBTC&limit=" + "9" * 5_000, 400, -1100),
        ("/api/v3/depth?" + "a&" * 200, 400, -1101),
        ("/api/v3/depth?symbol=ETHBTC&x=1", 400, -1104),
        ("/api/v3/klines?symbol=ETHBTC", 400, -1102),
        ("/api/v3/klines?symbol=ETHBTC&interval=2m", 400, -1120),
        ("/api/v3/klines?symbol=ETHBTC&interval=1m&startTime=x", 400, -1100),
        ("/api/v3/ticker/price?symbols=ETHBTC", 400, -1100),
        ("/api/v3/ticker/price?symbols=[1]", 400, -1100),
        ("/api/v3/ticker/price?symbols=[]", 400, -1121),
        ("/api/v3/ticker/price?symbols=%5B%22NONE%22%5D", 400, -1121),
        ("/api/v3/ticker/price?symbols=%5B%22ETHBTC%22%5D&symbol=ETHBTC", 400, -1128),
        ("/api/v3/ticker/price?symbols=%5B%22ETHBTC%22,%22ETHBTC%22%5D", 400, -1151),
        ("/api/v3/ticker/24hr?type=HUGE", 400, -1139),
        ("/api/v3/klines?symbol=ETHBTC&interval=1d&timeZone=8", 400, -1130),
    ],
)
def test_what_is_wrong_with_a_public_request(
    site: Site, target: str, status: int, code: int
) -> None:
    found, answer = site.request("GET", target)
    assert (found, answer["code"]) == (status, code)
    assert isinstance(answer["msg"], str)


def test_methods_that_a_path_does_not_have(site: Site) -> None:
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        assert site.request(method, "/api/v3/time")[0] == 405


def test_listen_keys_are_gone(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE"):
        status, answer = site.request(method, "/api/v3/userDataStream")
        assert (status, answer["code"]) == (410, -1000)


def test_large_bodies_are_refused(site: Site) -> None:
    assert site.request("POST", "/api/v3/order", b"x" * 65_537)[0] == 413
    # An announced length is not believed either.
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        parts = iter([b"x" * 10_000] * 20)
        connection.request("POST", "/api/v3/order", parts, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # answered and closed before everything was sent
    finally:
        connection.close()


def test_long_queries_are_refused(site: Site) -> None:
    assert site.request("GET", "/api/v3/depth?symbol=" + "A" * 16_384)[0] == 413


@pytest.mark.parametrize("noise", [b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_not_http(site: Site, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as raw:
        raw.sendall(noise)
        assert raw.recv(100).startswith(b"HTTP/1.1 400")


def test_fees_can_be_an_accounts_own(site: Site) -> None:
    account = {"account": "friend", "balances": {"BTC": "1"}, "taker_fee": "0.0005"}
    site.admin("accounts", account)
    issued = site.admin("keys", {"account": "friend"})
    friend = Key(issued["key"], issued["secret"])
    _, order = site.signed(friend, "POST", "/api/v3/order", **MARKET, quantity="0.1")
    assert order["fills"][0]["commission"] == "0.00005000"
    _, fees = site.signed(friend, "GET", "/sapi/v1/asset/tradeFee", symbol="ETHBTC")
    assert fees == [{"symbol": "ETHBTC", "makerCommission": "0.001", "takerCommission": "0.0005"}]


def test_both_ids_have_to_be_of_one_order(site: Site, key: Key) -> None:
    _, order = site.signed(key, "POST", "/api/v3/order", **LIMIT, newClientOrderId="one")
    named = {"symbol": "ETHBTC", "orderId": order["orderId"]}
    status, answer = site.signed(key, "DELETE", "/api/v3/order", **named, origClientOrderId="other")
    assert (status, answer["code"]) == (400, -2011)
    assert site.signed(key, "DELETE", "/api/v3/order", **named, origClientOrderId="one")[0] == 200


def test_public_answers(site: Site) -> None:
    _, info = site.request("GET", "/api/v3/exchangeInfo?symbol=ETHBTC")
    (symbol,) = info["symbols"]
    filters = {row["filterType"]: row for row in symbol["filters"]}
    assert filters["PERCENT_PRICE_BY_SIDE"]["bidMultiplierUp"] == "1.2"
    assert filters["PRICE_FILTER"]["tickSize"] == "0.00001000"
    _, book = site.request("GET", "/api/v3/depth?symbol=ETHBTC&limit=3")
    assert len(book["bids"]) == len(book["asks"]) == 3
    assert float(book["bids"][0][0]) < float(book["asks"][0][0])
    _, tops = site.request("GET", "/api/v3/ticker/bookTicker")
    assert [row["symbol"] for row in tops] == ["ETHBTC", "VINBTC", "QORBTC"]
    names = quote('["VINBTC","QORBTC"]')
    _, prices = site.request("GET", f"/api/v3/ticker/price?symbols={names}")
    assert [row["symbol"] for row in prices] == ["VINBTC", "QORBTC"]
    _, day = site.request("GET", "/api/v3/ticker/24hr?symbol=ETHBTC")
    assert float(day["lowPrice"]) <= float(day["weightedAvgPrice"]) <= float(day["highPrice"])
    assert site.request("GET", "/fapi/v1/exchangeInfo")[1]["symbols"] == []
    assert site.request("GET", "/sapi/v1/system/status?timestamp=1")[0] == 200


_paths = st.sampled_from(sorted({path for _, path in TABLE} | {"/admin/keys", "/x"}))
_names = st.sampled_from(
    sorted({name for endpoint in TABLE.values() for name in endpoint.names} | {"é", ""})
)
_values = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["ETHBTC", "VINBTC", "BUY", "LIMIT", "MARKET", "1m", "1", "0.07", "BTC"]),
)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT"]),
    path=_paths,
    parameters=st.lists(st.tuples(_names, _values), max_size=8),
    is_signed=st.booleans(),
    in_body=st.booleans(),
    junk=st.binary(max_size=20),
)
def test_nothing_gets_a_500(
    site: Site,
    key: Key,
    method: str,
    path: str,
    parameters: list[tuple[str, str]],
    is_signed: bool,
    in_body: bool,
    junk: bytes,
) -> None:
    payload = urlencode(parameters, errors="replace")
    headers = {}
    if is_signed:
        payload = key.sign(f"{payload}&timestamp={now()}")
        headers["X-MBX-APIKEY"] = key.id
    if in_body:
        body = payload.encode() if is_signed else payload.encode() + junk
        status, answer = site.request(method, path, body, headers)
    else:
        status, answer = site.request(method, f"{path}?{payload}", None, headers)
    assert status in (200, 400, 401, 404, 405), answer
    if status != 200:
        assert set(answer) in ({"code", "msg"}, {"error"})
