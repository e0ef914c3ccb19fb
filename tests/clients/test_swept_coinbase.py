"""Stopping everything at an exchange that cancels order by order, by its own numbers."""

import time
from pathlib import Path

import ccxt

from tests.clients.test_guarded_coinbase import MARKET, CoinbaseFront


def test_what_others_placed_goes_too(tmp_path: Path) -> None:
    with CoinbaseFront(tmp_path) as front:
        key = {"apiKey": front.house_key.name, "secret": front.house_key.pem}
        thief = ccxt.coinbase({**key, "enableRateLimit": False})
        thief.urls["api"] = {"rest": f"{front.site.url}/coinbase"}
        thief.load_markets()
        placed = [
            client.create_order(MARKET, "limit", "buy", 1, 0.06)["id"]
            for client in (thief, thief, front.client())
        ]
        assert len(thief.fetch_open_orders(MARKET)) == 3
        front.operate("stop everything")
        deadline = time.monotonic() + 60
        while not front.status()["swept"] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert front.status()["swept"]
        assert {thief.fetch_order(one)["status"] for one in placed} == {"canceled"}
        front.check()
