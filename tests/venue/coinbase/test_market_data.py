"""What everybody may ask at the Coinbase face."""

from typing import Any

import pytest

from tests.venue.coinbase.desk import BROKERAGE, ask, open_account
from tests.venue.site import Site

MARKET = f"/coinbase{BROKERAGE}/market"
HOUR = 3_600


def public(site: Site, path: str) -> Any:
    status, answer = site.request("GET", f"{MARKET}/{path}")
    assert status == 200, answer
    return answer


def test_products_are_the_markets(site: Site) -> None:
    told = public(site, "products?product_type=SPOT")
    assert [one["product_id"] for one in told["products"]] == ["ETH-BTC", "VIN-BTC", "QOR-BTC"]
    assert told["num_products"] == 3
    named = public(site, "products?product_ids=VIN-BTC&product_ids=QOR-BTC")["products"]
    assert [one["product_id"] for one in named] == ["VIN-BTC", "QOR-BTC"]
    assert public(site, "products?product_type=FUTURE")["products"] == []
    assert public(site, "products/ETH-BTC")["price_increment"] == "0.00001"
    other = site.request("GET", "/api/v3/exchangeInfo?symbol=ETHBTC")[1]["symbols"][0]
    assert other["filters"][0]["tickSize"] == "0.00001000"


@pytest.mark.parametrize("name", ["ETHBTC", "ET-HBTC", "ETH-", "eth-btc", "ETH-BTC-X", "ETH%2DBTX"])
def test_a_product_has_one_name(site: Site, name: str) -> None:
    status, answer = site.request("GET", f"{MARKET}/products/{name}")
    assert (status, answer["error"]) == (404, "NOT_FOUND")


def test_candles_are_those_of_the_other_face_the_newest_first(site: Site) -> None:
    seconds = _seconds(site)
    end = seconds - seconds % HOUR - HOUR
    start = end - 20 * HOUR
    query = f"start={start}&end={end}&granularity=ONE_HOUR"
    candles = public(site, f"products/ETH-BTC/candles?{query}")["candles"]
    assert [int(one["start"]) for one in candles] == list(range(end, start - 1, -HOUR))
    times = f"startTime={start * 1_000}&endTime={end * 1_000}"
    klines = site.request("GET", f"/api/v3/klines?symbol=ETHBTC&interval=1h&{times}")[1]
    names = ("open", "high", "low", "close", "volume")
    told = [[float(one[name]) for name in names] for one in reversed(candles)]
    assert told == [[float(value) for value in row[1:6]] for row in klines]


def _seconds(site: Site) -> int:
    return int(site.request("GET", f"/coinbase{BROKERAGE}/time")[1]["epochSeconds"])


def test_at_most_350_candles(site: Site) -> None:
    end = _seconds(site)
    for count, expected in ((350, 200), (351, 400)):
        query = f"start={end - count * 60 + 1}&end={end}&granularity=ONE_MINUTE"
        status, _ = site.request("GET", f"{MARKET}/products/ETH-BTC/candles?{query}")
        assert status == expected
    for query in ("", "start=1&end=2", "start=1&end=2&granularity=1m", "start=x&end=2"):
        status, answer = site.request("GET", f"{MARKET}/products/ETH-BTC/candles?{query}")
        assert (status, answer["error"]) == (400, "INVALID_ARGUMENT")


def test_the_signed_twins_tell_the_same(site: Site) -> None:
    key = open_account(site, "reader", ["read"])
    book = "product_book?product_id=ETH-BTC&limit=2"
    mine, everybody = ask(site, key, "GET", f"{BROKERAGE}/{book}")[1], public(site, book)
    assert len(mine["pricebook"]["bids"]) == len(everybody["pricebook"]["asks"]) == 2
    assert site.request("GET", f"/coinbase{BROKERAGE}/market/best_bid_ask")[0] == 404
    best = ask(site, key, "GET", f"{BROKERAGE}/best_bid_ask?product_ids=ETH-BTC")[1]
    assert len(best["pricebooks"]) == len(best["pricebooks"][0]["bids"]) == 1
    with pytest.raises(ValueError, match="Expecting value"):  # it is the bare word
        site.request("GET", f"/coinbase{BROKERAGE}/{book}")


def test_rates_are_by_last_prices(site: Site) -> None:
    told = site.request("GET", "/coinbase/v2/exchange-rates?currency=ETH")[1]["data"]
    assert float(told["rates"]["BTC"]) == pytest.approx(0.07, rel=0.01)
    back = site.request("GET", "/coinbase/v2/exchange-rates?currency=BTC")[1]["data"]
    assert float(back["rates"]["ETH"]) == pytest.approx(1 / 0.07, rel=0.01)
    assert site.request("GET", "/coinbase/v2/exchange-rates")[1]["data"]["rates"] == {}
    status, answer = site.request("GET", "/coinbase/v2/exchange-rates?currency=NO")
    assert (status, answer["errors"][0]["id"]) == (404, "not_found")


def test_a_trade_is_told_with_its_maker_s_side(site: Site) -> None:
    key = open_account(site, "seller", ["read", "trade"], ETH="1")
    body = {
        "client_order_id": "mine",
        "product_id": "ETH-BTC",
        "side": "SELL",
        "order_configuration": {"market_market_ioc": {"base_size": "0.0123"}},
    }
    assert ask(site, key, "POST", f"{BROKERAGE}/orders", body)[1]["success"] is True
    trades = public(site, "products/ETH-BTC/ticker?limit=1000")["trades"]
    assert [trade["side"] for trade in trades if trade["size"] == "0.0123"] == ["BUY"]
