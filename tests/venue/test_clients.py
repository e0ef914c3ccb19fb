"""Unmodified ccxt, with nothing changed but its base URLs, trades from start-up to fill."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.async_support as ccxt_async
import pytest

from tests.venue.site import Key, Site


def moved(urls: Any, base: str) -> Any:
    """Every leaf of ccxt's URLs, on another host."""
    if isinstance(urls, dict):
        return {name: moved(leaf, base) for name, leaf in urls.items()}
    return base + "/" + urls.split("/", 3)[3] if urls.count("/") > 2 else base


def exchange(kind: Callable[[dict[str, Any]], Any], site: Site, key: Key) -> Any:
    client = kind({"apiKey": key.id, "secret": key.secret, "enableRateLimit": False})
    client.urls["api"] = moved(client.urls["api"], site.url)
    return client


class Caller:
    """Calls either kind of client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def __call__(self, name: str, *arguments: Any) -> Any:
        answer = getattr(self._client, name)(*arguments)
        return await answer if inspect.isawaitable(answer) else answer

    async def close(self) -> None:
        if hasattr(self._client, "session") and inspect.iscoroutinefunction(self._client.close):
            await self._client.close()


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_session(site: Site, key: Key, kind: str) -> None:
    library = ccxt if kind == "sync" else ccxt_async
    client = exchange(library.binance, site, key)
    call = Caller(client)
    try:
        await session(call)
        await refusals(call)
    finally:
        await call.close()
    # aiohttp's connector closes its sockets in the next turns of the loop.
    await asyncio.sleep(0.05)


async def session(call: Caller) -> None:
    markets = await call("load_markets")
    assert list(markets) == ["ETH/BTC", "VIN/BTC", "QOR/BTC"]
    assert markets["ETH/BTC"]["limits"]["cost"]["min"] == 0.0001
    assert (await call("fetch_ticker", "ETH/BTC"))["last"] == pytest.approx(0.07, rel=0.01)
    assert set(await call("fetch_tickers")) == set(markets)
    assert len((await call("fetch_order_book", "VIN/BTC"))["bids"]) == 6
    candles = await call("fetch_ohlcv", "ETH/BTC", "1h", None, 100)
    assert len(candles) == 100
    assert isinstance(await call("fetch_trades", "ETH/BTC"), list)
    assert await call("fetch_time") > 1.7e12
    before = (await call("fetch_balance"))["BTC"]["free"]

    order = await call("create_order", "ETH/BTC", "limit", "buy", 1, 0.06)
    assert order["status"] == "open"
    assert (await call("fetch_balance"))["BTC"]["used"] == pytest.approx(0.06)
    assert len(await call("fetch_open_orders", "ETH/BTC")) == 1
    assert (await call("cancel_order", order["id"], "ETH/BTC"))["status"] == "canceled"
    assert (await call("fetch_order", order["id"], "ETH/BTC"))["status"] == "canceled"

    sold = await call("create_order", "ETH/BTC", "market", "sell", 2)
    assert (sold["status"], sold["filled"]) == ("closed", 2)
    bought = await call("create_order", "ETH/BTC", "limit", "buy", 2, 0.071)
    assert bought["status"] == "closed"
    assert bought["average"] < 0.0705
    trades = await call("fetch_my_trades", "ETH/BTC")
    mine = [trade for trade in trades if trade["order"] in (sold["id"], bought["id"])]
    assert {trade["side"] for trade in mine} == {"buy", "sell"}
    assert sum(trade["amount"] for trade in mine) == pytest.approx(4)
    assert all(trade["fee"]["cost"] > 0 for trade in mine)
    assert (await call("fetch_balance"))["BTC"]["free"] < before

    for _ in range(2):
        await call("create_order", "ETH/BTC", "limit", "sell", 0.1, 0.08)
    assert len(await call("cancel_all_orders", "ETH/BTC")) == 2
    assert len(await call("fetch_orders", "ETH/BTC")) >= 5
    fees = await call("fetch_trading_fees")
    assert fees["VIN/BTC"]["taker"] == 0.001
    withdrawn = await call("withdraw", "BTC", 0.01, "bc1qexample")
    history = {row["id"]: row for row in await call("fetch_withdrawals", "BTC")}
    assert history[withdrawn["id"]]["status"] == "ok"


async def refusals(call: Caller) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await call("create_order", "ETH/BTC", "limit", "buy", 5000, 0.06)
    with pytest.raises(ccxt.InvalidOrder):
        await call("create_order", "ETH/BTC", "limit", "buy", 1, 0.09)
    with pytest.raises(ccxt.OrderNotFound):
        await call("cancel_order", "999999", "ETH/BTC")
    with pytest.raises(ccxt.BadSymbol):
        await call("fetch_ticker", "NO/BTC")


def test_a_wrong_secret(site: Site, key: Key) -> None:
    client = exchange(ccxt.binance, site, Key(key.id, "wrong"))
    with pytest.raises(ccxt.AuthenticationError):
        client.fetch_balance()
