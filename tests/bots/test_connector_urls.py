"""No address of the exchange's own is left."""

import ccxt.pro
import pytest

from tradelatch.bots.connector.binance import DIALECT
from tradelatch.bots.connector.urls import leaves, point

ELSEWHERE = ["binance", "bybit", "kucoin", "okx", "kraken"]


@pytest.mark.parametrize("base", ["http://127.0.0.1:8800/binance", "https://gate.example/a/b/"])
def test_every_address_is_moved_and_keeps_its_path(base: str) -> None:
    exchange = DIALECT.make({})
    before = leaves(exchange.urls["api"])
    assert any("binance.com" in leaf for leaf in before)
    point(exchange, base)
    after = leaves(exchange.urls["api"])
    assert len(after) == len(before) > 20
    root = base.rstrip("/")
    for old, new in zip(before, after, strict=True):
        scheme, _, rest = old.partition("://")
        start = root.replace("http", "ws", 1) if scheme.startswith("ws") else root
        assert new == start + "".join("/" + part for part in rest.split("/")[1:] if part)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_other_exchanges_have_no_address_left_either(name: str) -> None:
    exchange = getattr(ccxt.pro, name)()
    point(exchange, "http://127.0.0.1:1/x")
    found = leaves(exchange.urls["api"])
    assert found
    assert all(leaf.startswith(("http://127.0.0.1:1/x", "ws://127.0.0.1:1/x")) for leaf in found)


def test_one_exchange_does_not_move_another() -> None:
    point(DIALECT.make({}), "http://127.0.0.1:1")
    assert all("127.0.0.1" not in leaf for leaf in leaves(DIALECT.make({}).urls["api"]))
