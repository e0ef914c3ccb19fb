"""Behind all faces there is one house: the same accounts, keys, orders and log."""

import signal
from decimal import Decimal
from pathlib import Path

import ccxt
import pytest

from tests.venue import test_clients
from tests.venue.kucoin.desk import Key, ask, balances, client, open_account
from tests.venue.site import Key as BinanceKey
from tests.venue.site import Site
from tradelatch.venue.kucoin.names import id_of


@pytest.fixture(scope="module")
def key(site: Site) -> Key:
    return open_account(site, "both", BTC="50", ETH="100")


def test_an_order_is_the_same_on_both_faces(site: Site, key: Key) -> None:
    here = client(ccxt.kucoin, site, key)
    there = test_clients.exchange(ccxt.binance, site, BinanceKey(key.id, key.secret))
    order = here.create_order("ETH/BTC", "limit", "buy", 1, 0.06, {"clientOid": "shared"})
    found = there.fetch_open_orders("ETH/BTC")
    assert [(one["clientOrderId"], id_of(int(one["id"]))) for one in found] == [
        ("shared", order["id"])
    ]
    there.cancel_order(found[0]["id"], "ETH/BTC")
    assert here.fetch_order(order["id"], "ETH/BTC")["status"] == "canceled"

    other = there.create_order("ETH/BTC", "limit", "buy", 1, 0.05)
    assert here.cancel_order(id_of(int(other["id"])), "ETH/BTC")["id"] == id_of(int(other["id"]))
    assert there.fetch_order(other["id"], "ETH/BTC")["status"] == "canceled"


def test_each_face_charges_in_its_own_way_and_both_tell_it(site: Site, key: Key) -> None:
    here = client(ccxt.kucoin, site, key)
    there = test_clients.exchange(ccxt.binance, site, BinanceKey(key.id, key.secret))
    before = balances(site, "both")
    in_quote = here.create_order("ETH/BTC", "market", "buy", 1)["id"]
    in_base = there.create_order("ETH/BTC", "market", "buy", 1)
    told = {trade["order"]: trade["fee"] for trade in here.fetch_my_trades("ETH/BTC")}
    assert told[in_quote]["currency"] == "BTC"
    assert told[id_of(int(in_base["id"]))] == {"currency": "ETH", "cost": 0.001, "rate": 0.001}
    fees = {id_of(int(one["order"])): one["fee"] for one in there.fetch_my_trades("ETH/BTC")}
    assert {order: fee["currency"] for order, fee in fees.items()} == {
        order: fee["currency"] for order, fee in told.items()
    }
    for order in (in_quote, id_of(int(in_base["id"]))):
        whole = here.fetch_order(order, "ETH/BTC")["fee"]
        assert (whole["currency"], whole["cost"]) == (told[order]["currency"], told[order]["cost"])
    gained = balances(site, "both")["ETH"][0] - before["ETH"][0]
    assert gained == Decimal("1.999")


def test_a_crash_takes_nothing_that_was_told(tmp_path: Path) -> None:
    with Site(tmp_path, "--flat") as site:
        key = open_account(site, "crash", BTC="50")
        terms = {"symbol": "ETH-BTC", "side": "buy", "price": "0.06", "size": "1"}
        orders = [
            ask(site, key, "POST", "/api/v1/orders", {**terms, "clientOid": f"c{n}"})[1]["data"]
            for n in range(5)
        ]
        site.end(signal.SIGKILL)
        site.start()
        _, told = ask(site, key, "GET", "/api/v1/orders?status=active")
        found = [one["id"] for one in reversed(told["data"]["items"])]
        assert found == [order["orderId"] for order in orders]
        assert ask(site, key, "GET", "/api/v1/accounts")[1]["data"][0]["holds"] == "0.3003"
