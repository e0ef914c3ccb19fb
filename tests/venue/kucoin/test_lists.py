"""Lists of the KuCoin face: their pages and batches, and the times they are asked for."""

from typing import Any

import pytest

from tests.venue.kucoin.desk import Key, ask, open_account
from tests.venue.site import Site, now

WEEK_MS = 7 * 86_400_000
COUNT = 25


@pytest.fixture(scope="module")
def key(site: Site) -> Key:
    """The key of an account that has bought and sold, and has cancelled as many orders."""
    key = open_account(site, "lists", BTC="50", ETH="100")
    for number in range(COUNT):
        terms = {"symbol": "ETH-BTC", "side": ("buy", "sell")[number % 2], "size": "0.1"}
        got(
            site,
            key,
            "POST",
            "/api/v1/orders",
            {**terms, "type": "market", "clientOid": f"m{number}"},
        )
        away = {"price": "0.06" if number % 2 == 0 else "0.08", "clientOid": f"l{number}"}
        got(site, key, "POST", "/api/v1/orders", {**terms, **away})
    got(site, key, "DELETE", "/api/v1/orders?symbol=ETH-BTC")
    return key


def got(site: Site, key: Key, method: str, target: str, body: Any = None) -> Any:
    status, told = ask(site, key, method, target, body)
    assert (status, told["code"]) == (200, "200000"), told
    return told["data"]


def declined(site: Site, key: Key, target: str) -> str:
    status, told = ask(site, key, "GET", target)
    assert (status, told["code"]) == (200, "400100")
    return str(told["msg"])


@pytest.mark.parametrize(("path", "total"), [("orders", 2 * COUNT), ("fills", COUNT)])
def test_pages_hold_everything_once(site: Site, key: Key, path: str, total: int) -> None:
    seen = []
    for number in range(1, 99):
        page = got(site, key, "GET", f"/api/v1/{path}?pageSize=10&currentPage={number}")
        assert (page["currentPage"], page["pageSize"]) == (number, 10)
        assert (page["totalNum"], page["totalPage"]) == (total, -(-total // 10))
        if not page["items"]:
            break
        seen += [one.get("tradeId") or one["id"] for one in page["items"]]
    assert number == -(-total // 10) + 1
    assert len(seen) == len(set(seen)) == total
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(("path", "total"), [("orders/done", 2 * COUNT), ("fills", COUNT)])
def test_batches_hold_everything_once(site: Site, key: Key, path: str, total: int) -> None:
    seen: list[Any] = []
    last = 0
    while True:
        target = f"/api/v1/hf/{path}?symbol=ETH-BTC&limit=7&lastId={last}"
        batch = got(site, key, "GET", target)
        if not batch["items"]:
            break
        seen += [one["id"] for one in batch["items"]]
        last = batch["lastId"]
    assert len(seen) == len(set(seen)) == total


def test_what_lists_are_narrowed_by(site: Site, key: Key) -> None:
    def count(target: str) -> int:
        return int(got(site, key, "GET", target)["totalNum"])

    assert count("/api/v1/orders?symbol=VIN-BTC") == 0
    assert count("/api/v1/orders?side=buy&type=market") == COUNT // 2 + 1
    assert count("/api/v1/orders?status=active") == 0
    assert count("/api/v1/fills?symbol=ETH-BTC&side=sell") == COUNT // 2
    order = got(site, key, "GET", "/api/v1/order/client-order/m3")["id"]
    assert count(f"/api/v1/fills?orderId={order}") == 1
    assert count("/api/v1/fills?orderId=nonsense") == 0
    assert len(got(site, key, "GET", "/api/v1/limit/fills")) == COUNT


@pytest.mark.parametrize("path", ["orders", "fills"])
def test_a_week_at_most(site: Site, key: Key, path: str) -> None:
    every = got(site, key, "GET", f"/api/v1/{path}")["totalNum"]
    at = now()

    def count(span: str) -> int:
        return int(got(site, key, "GET", f"/api/v1/{path}?{span}")["totalNum"])

    assert count(f"startAt={at - WEEK_MS}&endAt={at}") == every
    assert count(f"startAt={at - WEEK_MS + 60_000}") == every
    assert count(f"endAt={at}") == every
    assert count(f"startAt={at + 60_000}") == 0
    assert count(f"endAt={at - 86_400_000}") == 0
    assert count(f"startAt={at - 3 * WEEK_MS}") == 0
    assert "7 days" in declined(site, key, f"/api/v1/{path}?startAt={at - WEEK_MS - 1}&endAt={at}")


def test_fills_since_a_moment(site: Site, key: Key) -> None:
    """A client that asks for what happened since what it knows gets that, to the ms."""
    fills = got(site, key, "GET", "/api/v1/fills?symbol=ETH-BTC&pageSize=500")["items"]
    for since in {one["createdAt"] for one in fills}:
        target = f"/api/v1/fills?symbol=ETH-BTC&pageSize=500&startAt={since}"
        told = got(site, key, "GET", target)["items"]
        assert told == [one for one in fills if one["createdAt"] >= since]


@pytest.mark.parametrize("page", ["pageSize=501", "currentPage=0", "pageSize=x", "startAt=soon"])
def test_a_page_that_is_none(site: Site, key: Key, page: str) -> None:
    assert declined(site, key, f"/api/v1/orders?{page}")


def test_candles_are_cut_at_their_times(site: Site) -> None:
    def opens(span: str) -> list[int]:
        target = f"/api/v1/market/candles?symbol=ETH-BTC&type=1hour&{span}"
        status, told = ask(site, None, "GET", target)
        assert status == 200, told
        return [int(row[0]) for row in told["data"]]

    hour = now() // 1_000 // 3_600 * 3_600
    assert opens(f"startAt={hour - 7_200}&endAt={hour}") == [hour - 3_600, hour - 7_200]
    assert opens(f"startAt={hour - 7_199}&endAt={hour + 1}") == [hour, hour - 3_600]
    assert opens("startAt=0&endAt=0") == opens("")
    assert opens("")[0] == hour
    assert len(opens("")) <= 1_500
