"""Whole sessions of ccxt's coinbase through the gate: nothing changed but its address, and a grant
in the place of the key."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.house.front import Front
from tests.venue.coinbase.desk import BROKERAGE, CloudKey, open_account

MARKET = "ETH/BTC"


class CoinbaseFront(Front):
    """The same, where Coinbase Advanced Trade is spoken."""

    exchange, face = "coinbase", "/coinbase"

    def key(self) -> tuple[str, str]:
        rights = ["read", "trade"]
        self.house_key = open_account(self.site, "trader", rights, ETH="1000", BTC="1000")
        return self.house_key.name, self.house_key.pem

    def client(self, **changes: Any) -> Any:
        """ccxt's coinbase with the grant."""
        settings = {"apiKey": self.grant.id, "secret": self.grant.secret, "enableRateLimit": False}
        made = ccxt.coinbase({**settings, **changes})
        made.urls["api"] = dict.fromkeys(made.urls["api"], self.url)
        return made


@pytest.fixture
def front(tmp_path: Path) -> Iterator[CoinbaseFront]:
    with CoinbaseFront(tmp_path) as started:
        yield started


def test_a_whole_session_through_the_gate(front: CoinbaseFront) -> None:
    exchange = front.client()
    assert MARKET in exchange.load_markets()
    assert exchange.fetch_ticker(MARKET)["bid"] > 0
    assert exchange.fetch_balance()["BTC"]["total"] == 1000

    resting = exchange.create_order(MARKET, "limit", "buy", 1, 0.06, {"client_order_id": "mine"})
    told = exchange.fetch_order(resting["id"], MARKET)
    assert (told["status"], told["clientOrderId"], told["remaining"]) == ("open", "mine", 1)
    assert [one["id"] for one in exchange.fetch_open_orders(MARKET)] == [resting["id"]]
    exchange.cancel_order(resting["id"], MARKET)
    assert exchange.fetch_order(resting["id"], MARKET)["status"] == "canceled"

    sold = exchange.create_order(MARKET, "market", "sell", 2)
    assert exchange.fetch_order(sold["id"], MARKET)["filled"] == 2
    bought = exchange.create_market_buy_order_with_cost(MARKET, 0.1)
    assert exchange.fetch_order(bought["id"], MARKET)["status"] in ("closed", "canceled")
    took = exchange.create_order(MARKET, "limit", "buy", 2, 0.071)
    assert exchange.fetch_order(took["id"], MARKET)["filled"] == 2
    maker = exchange.create_order(MARKET, "limit", "sell", 1, 0.08, {"postOnly": True})
    other = exchange.create_order(MARKET, "limit", "sell", 1, 0.09)
    exchange.cancel_orders([maker["id"], other["id"]], MARKET)
    for order in (maker, other):
        assert exchange.fetch_order(order["id"], MARKET)["status"] == "canceled"
    trades = exchange.fetch_my_trades(MARKET)
    assert {trade["order"] for trade in trades} == {sold["id"], bought["id"], took["id"]}

    front.settle()
    fills = front.records("Filled")
    assert {fill["trade_id"] for fill in fills} == {trade["id"] for trade in trades}
    assert len(fills) == len(trades)
    assert front.records("Denied", "Doubted", "Frozen") == []
    front.check()


def test_what_is_denied_raises_what_is_not_tried_again(front: CoinbaseFront) -> None:
    exchange = front.client()
    exchange.load_markets()
    for kind, price, more in (
        ("limit", 0.09, {}),
        ("limit", 0.06, {"trailingPercent": 1}),
        ("limit", 0.06, {"marginMode": "cross"}),
    ):
        with pytest.raises(ccxt.ExchangeError, match=r"denied by policy \(verdict \d+\)") as told:
            exchange.create_order(MARKET, kind, "buy", 1, price, more)
        assert not isinstance(told.value, ccxt.AuthenticationError | ccxt.NetworkError)
    assert len(front.records("Denied")) == 3
    with pytest.raises(ccxt.PermissionDenied, match="a grant may only read and trade"):
        exchange.withdraw("BTC", 1, "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh")
    with pytest.raises(ccxt.AuthenticationError):
        front.client(apiKey="wrong").fetch_balance()
    front.check()


def test_a_captured_token_is_good_for_no_other_order(front: CoinbaseFront) -> None:
    """It signs method, host and path, and nothing of the order."""
    private = load_pem_private_key(front.grant.secret.encode(), None)
    assert isinstance(private, EllipticCurvePrivateKey)
    key = CloudKey(front.grant.id, private)
    address = front.url.removeprefix("http://")
    token = key.token(f"POST {address}{BROKERAGE}/orders", int(time.time()))
    limit = {"base_size": "1", "limit_price": "0.06", "post_only": False}
    order = {
        "client_order_id": "first",
        "product_id": "ETH-BTC",
        "side": "BUY",
        "order_configuration": {"limit_limit_gtc": limit},
    }

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(front.url + path, json=body, headers=headers, timeout=20)
        told: dict[str, Any] = answer.json()
        return told

    assert post(f"{BROKERAGE}/orders", order)["success"]
    for again in (order, {**order, "client_order_id": "second", "side": "SELL"}):
        answer = post(f"{BROKERAGE}/orders", again)
        assert not answer["success"]
        assert "received before" in str(answer)
    assert "success" not in post(f"{BROKERAGE}/orders/batch_cancel", {"order_ids": ["x"]})
    assert len(front.records("Allowed")) == 1
    front.check()
