"""Unmodified ccxt, with nothing changed but its base URLs, trades on the KuCoin face from start-up
to fill, by the classic endpoints and by the high-frequency ones."""

import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support as ccxt_async
import pytest

from tests.venue.kucoin.desk import Caller, balances, client, open_account, told_balances
from tests.venue.site import Site

MARKET = "ETH/BTC"


@pytest.mark.parametrize("hf", [False, True])
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_session(site: Site, kind: str, hf: bool) -> None:
    account = f"session-{kind}-{hf}".lower()
    key = open_account(site, account, BTC="50", ETH="100")
    library = ccxt if kind == "sync" else ccxt_async
    call = Caller(client(library.kucoin, site, key, hf=hf))
    try:
        await market_data(call)
        await orders(call, site, account)
        await stops(call)
        await money(call, site, account)
        await refusals(call)
    finally:
        await call.close()
    # aiohttp's connector closes its sockets in the next turns of the loop.
    await asyncio.sleep(0.05)


async def market_data(call: Caller) -> None:
    markets = await call("load_markets")
    assert list(markets) == [MARKET, "VIN/BTC", "QOR/BTC"]
    listed = markets[MARKET]
    assert (listed["id"], listed["active"], listed["spot"]) == ("ETH-BTC", True, True)
    assert listed["precision"] == {"amount": 0.0001, "price": 0.00001}
    assert listed["limits"]["cost"]["min"] == 0.0001
    assert (listed["maker"], listed["taker"]) == (0.001, 0.001)
    assert (await call("fetch_status"))["status"] == "ok"
    assert await call("fetch_time") > 1.7e12
    assert set(await call("fetch_currencies")) >= {"BTC", "ETH"}
    ticker = await call("fetch_ticker", MARKET)
    assert ticker["last"] == pytest.approx(0.07, rel=0.01)
    assert ticker["bid"] < ticker["ask"]
    assert ticker["low"] <= ticker["open"] <= ticker["high"]
    assert set(await call("fetch_tickers")) == set(markets)
    for limit in (None, 20, 100):
        book = await call("fetch_order_book", MARKET, limit)
        assert min(len(book["bids"]), len(book["asks"])) > 1
        assert book["bids"][0][0] == pytest.approx(ticker["bid"], rel=0.01)
    assert isinstance(await call("fetch_trades", MARKET), list)
    await candles(call)


async def candles(call: Caller) -> None:
    hours = await call("fetch_ohlcv", MARKET, "1h", None, 100)
    assert len(hours) == 100
    opens = [hour[0] for hour in hours]
    assert opens == list(range(opens[0], opens[-1] + 1, 3_600_000))
    assert all(
        low <= min(opened, closed) <= max(opened, closed) <= high
        for _, opened, high, low, closed, _ in hours
    )
    since = hours[10][0]
    assert await call("fetch_ohlcv", MARKET, "1h", since, 5) == hours[10:15]
    assert len(await call("fetch_ohlcv", MARKET, "1m")) == 1_500
    with pytest.raises(ccxt.BadRequest):
        await call("fetch_ohlcv", MARKET, "1M", None, 5)


async def orders(call: Caller, site: Site, account: str) -> None:
    order = await call("create_order", MARKET, "limit", "buy", 1, 0.06)
    told = await call("fetch_order", order["id"], MARKET)
    assert (told["status"], told["filled"], told["remaining"]) == ("open", 0, 1)
    assert (await call("fetch_balance"))["BTC"]["used"] == 0.06006
    assert [one["id"] for one in await call("fetch_open_orders", MARKET)] == [order["id"]]
    assert (await call("cancel_order", order["id"], MARKET))["id"] == order["id"]
    assert (await call("fetch_order", order["id"], MARKET))["status"] == "canceled"
    assert await call("fetch_open_orders", MARKET) == []

    sold = await done(call, "market", "sell", 2)
    assert (sold["status"], sold["filled"], sold["type"]) == ("closed", 2, "market")
    spent = await call("create_market_order_with_cost", MARKET, "buy", 0.1)
    bought = await call("fetch_order", spent["id"], MARKET)
    assert bought["status"] == "closed"
    assert 0.0998 < bought["cost"] + bought["fee"]["cost"] <= 0.1
    took = await done(call, "limit", "buy", 2, 0.071)
    assert took["status"] == "closed"
    assert took["average"] < 0.0705
    killed = await done(call, "limit", "buy", 2, 0.0695, {"timeInForce": "IOC"})
    assert (killed["status"], killed["filled"], killed["timeInForce"]) == ("canceled", 0, "IOC")
    filled = await done(call, "limit", "sell", 2, 0.069, {"timeInForce": "FOK"})
    assert (filled["status"], filled["filled"]) == ("closed", 2)
    unfilled = await done(call, "limit", "buy", 2, 0.0695, {"timeInForce": "FOK"})
    assert (unfilled["status"], unfilled["filled"]) == ("canceled", 0)
    maker = await done(call, "limit", "sell", 1, 0.08, {"postOnly": True, "clientOid": "mine-1"})
    assert (maker["status"], maker["postOnly"], maker["clientOrderId"]) == ("open", True, "mine-1")
    with pytest.raises(ccxt.InvalidOrder):
        await call("create_order", MARKET, "limit", "buy", 1, 0.071, {"postOnly": True})
    with pytest.raises(ccxt.BadRequest, match="clientOidDuplicated"):
        await call("create_order", MARKET, "limit", "sell", 1, 0.08, {"clientOid": "mine-1"})
    found = await call("fetch_order", None, MARKET, {"clientOid": "mine-1"})
    assert found["id"] == maker["id"]
    await call("cancel_order", None, MARKET, {"clientOid": "mine-1"})
    found = await call("fetch_order", None, MARKET, {"clientOid": "mine-1"})
    assert (found["id"], found["status"]) == (maker["id"], "canceled")

    for _ in range(2):
        await call("create_order", MARKET, "limit", "sell", 0.1, 0.08)
    await call("cancel_all_orders", MARKET)
    assert await call("fetch_open_orders", MARKET) == []
    ended = {one["id"]: one["status"] for one in await call("fetch_closed_orders", MARKET)}
    assert len(ended) == 10
    assert ended[took["id"]] == "closed"
    await trades(call, {sold["id"], bought["id"], took["id"], filled["id"]})
    assert told_balances(await raw_balances(call)) == balances(site, account)


async def done(call: Caller, *terms: Any) -> Any:
    """A new order as it is right afterwards."""
    kind, side, amount, *rest = terms
    price, params = [*rest, None, None][:2]
    order = await call("create_order", MARKET, kind, side, amount, price, params or {})
    return await call("fetch_order", order["id"], MARKET)


async def trades(call: Caller, filled: set[str]) -> None:
    mine = await call("fetch_my_trades", MARKET)
    assert {trade["order"] for trade in mine} == filled
    for trade in mine:
        info = trade["info"]
        assert Decimal(info["price"]) * Decimal(info["size"]) - Decimal(info["funds"]) < Decimal(
            "1e-8"
        )
        assert Decimal(info["fee"]) == round_down(Decimal(info["funds"]) * Decimal(info["feeRate"]))
        assert trade["fee"]["currency"] == "BTC"
        assert trade["takerOrMaker"] == "taker"
    since = mine[-1]["timestamp"]
    latest = await call("fetch_my_trades", MARKET, since)
    assert [one["id"] for one in latest] == [one["id"] for one in mine if one["timestamp"] >= since]
    assert await call("fetch_my_trades", MARKET, since + 1) == []


def round_down(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-8"), rounding="ROUND_DOWN")


async def raw_balances(call: Caller) -> Any:
    kind = "trade_hf" if call.client.options["hf"] else "trade"
    return (await call("privateGetAccounts", {"type": kind}))["data"]


async def stops(call: Caller) -> None:
    trigger = {"trigger": True}
    stop = await call("create_order", MARKET, "limit", "sell", 1, 0.065, {"stopLossPrice": 0.066})
    entry = await call("create_order", MARKET, "market", "buy", 1, None, {"stopLossPrice": 0.08})
    told = await call("fetch_order", stop["id"], MARKET, trigger)
    assert (told["status"], told["triggerPrice"], told["info"]["stop"]) == ("open", 0.066, "loss")
    waiting = await call("fetch_open_orders", MARKET, None, None, trigger)
    assert {one["id"] for one in waiting} == {stop["id"], entry["id"]}
    assert await call("fetch_open_orders", MARKET) == []
    with pytest.raises(ccxt.OrderNotFound):
        await call("fetch_order", stop["id"], MARKET)
    with pytest.raises(ccxt.OrderNotFound):
        await call("cancel_order", stop["id"], MARKET)
    await call("cancel_all_orders", MARKET)
    assert len(await call("fetch_open_orders", MARKET, None, None, trigger)) == 2
    await call("cancel_order", stop["id"], MARKET, trigger)
    await call("cancel_all_orders", MARKET, trigger)
    assert await call("fetch_open_orders", MARKET, None, None, trigger) == []
    with pytest.raises(ccxt.InvalidOrder):
        await call("create_order", MARKET, "limit", "sell", 1, 0.065, {"takeProfitPrice": 0.066})


async def money(call: Caller, site: Site, account: str) -> None:
    fee = await call("fetch_trading_fee", MARKET)
    assert (fee["maker"], fee["taker"]) == (0.001, 0.001)
    before = balances(site, account)["BTC"][0]
    withdrawn = await call("withdraw", "BTC", 0.01, "bc1qexample")
    history = {row["id"]: row for row in await call("fetch_withdrawals", "BTC")}
    assert history[withdrawn["id"]]["status"] == "ok"
    assert history[withdrawn["id"]]["amount"] == 0.01
    assert balances(site, account)["BTC"][0] == before - Decimal("0.01")
    assert [row["amount"] for row in await call("fetch_deposits", "BTC")] == [50]
    with pytest.raises(ccxt.InsufficientFunds):
        await call("withdraw", "BTC", 1_000, "bc1qexample")
    with pytest.raises(ccxt.BadRequest):
        await call("transfer", "BTC", 1, "main", "trade")


async def refusals(call: Caller) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await call("create_order", MARKET, "limit", "buy", 5_000, 0.06)
    with pytest.raises(ccxt.InvalidOrder):
        await call("create_order", MARKET, "limit", "buy", 1, 0.09)
    with pytest.raises(ccxt.InvalidOrder):
        await call("create_order", MARKET, "limit", "buy", 0.001, 0.07)
    for order in ("f" * 24, "not-an-id"):
        with pytest.raises(ccxt.OrderNotFound):
            await call("cancel_order", order, MARKET)
        with pytest.raises(ccxt.OrderNotFound):
            await call("fetch_order", order, MARKET)
    with pytest.raises(ccxt.BadSymbol):
        await call("publicGetMarketStats", {"symbol": "NO-BTC"})
    with pytest.raises(ccxt.NotSupported):
        await call("publicPostBulletPublic")
    with pytest.raises(ccxt.NotSupported):
        await call("privateGetConvertQuote")
