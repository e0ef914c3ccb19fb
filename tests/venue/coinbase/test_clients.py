"""Unmodified ccxt trades whole sessions on the Coinbase face, from start-up to a reconciled end."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.venue.coinbase.desk import ALL_RIGHTS, Caller, calling, open_account
from tests.venue.site import Site

MARKET = "ETH/BTC"
AT_FIRST = {"BTC": Decimal(50), "ETH": Decimal(100)}
FEE = Decimal("0.001")
UNIT = Decimal("0.00000001")


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_session(site: Site, kind: str) -> None:
    account = f"trader-{kind}"
    key = open_account(site, account, ALL_RIGHTS, **{a: str(n) for a, n in AT_FIRST.items()})
    async with calling(site, key, kind) as call:
        await markets(call)
        await prices(call)
        await resting(call)
        await takers(call)
        await fleeting(call)
        await stops(call)
        await refusals(call)
        await reconcile(call, site, account)
        await money(call, site, account)
    # aiohttp's connector closes its sockets in the next turns of the loop.
    await asyncio.sleep(0.05)
    assert site.admin("status")["violations"] == []


async def markets(call: Caller) -> None:
    found = await call("load_markets")
    assert list(found) == ["ETH/BTC", "VIN/BTC", "QOR/BTC"]
    market = found[MARKET]
    assert (market["id"], market["spot"], market["active"]) == ("ETH-BTC", True, True)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (0.0001, 0.00001)
    assert (market["taker"], market["maker"]) == (0.001, 0.001)
    assert market["limits"]["cost"]["min"] == 0.0001
    assert {"BTC", "ETH", "VIN", "QOR"} <= set(call.client.currencies)
    fees = await call("fetch_trading_fees")
    assert fees["VIN/BTC"]["taker"] == 0.001


async def prices(call: Caller) -> None:
    book = await call("fetch_order_book", MARKET)
    assert len(book["bids"]) > 5
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len((await call("fetch_order_book", MARKET, 3))["asks"]) == 3
    ticker = await call("fetch_ticker", MARKET)
    assert (ticker["bid"], ticker["ask"]) == (book["bids"][0][0], book["asks"][0][0])
    tickers = await call("fetch_tickers")
    assert tickers[MARKET]["last"] == pytest.approx(0.07, rel=0.01)
    assert tickers[MARKET]["baseVolume"] > 0
    assert set(await call("fetch_tickers", [MARKET])) == {MARKET}
    assert set(await call("fetch_bids_asks", [MARKET])) == {MARKET}
    for timeframe, length in (("1m", 60), ("1h", 3_600), ("1d", 86_400)):
        candles = await call("fetch_ohlcv", MARKET, timeframe, None, 20)
        assert 10 <= len(candles) <= 20
        opens = [candle[0] for candle in candles]
        assert opens == sorted(opens)
        assert {at % (1_000 * length) for at in opens} == {0}
    assert isinstance(await call("fetch_trades", MARKET), list)
    assert await call("fetch_time") > 1.7e12
    assert await call("fetch_time", {"method": "v3PublicGetBrokerageTime"}) > 1.7e12


async def resting(call: Caller) -> None:
    """An order that rests holds its value and its fee, and gives both back."""
    before = await holds(call)
    placed = await call("create_order", MARKET, "limit", "buy", 1, 0.06)
    order = await call("fetch_order", placed["id"], MARKET)
    assert (order["status"], order["type"], order["side"]) == ("open", "limit", "buy")
    assert (order["price"], order["amount"], order["timeInForce"]) == (0.06, 1, "GTC")
    assert await holds(call) == before | {"BTC": Decimal("0.06") * (1 + FEE)}
    assert [one["id"] for one in await call("fetch_open_orders", MARKET)] == [order["id"]]
    assert await call("fetch_open_orders", "VIN/BTC") == []
    maker = await call("create_order", MARKET, "limit", "sell", 2, 0.08, {"postOnly": True})
    assert (await call("fetch_order", maker["id"]))["postOnly"] is True
    assert len(await call("fetch_open_orders")) == 2
    await call("cancel_orders", [order["id"], maker["id"]], MARKET)
    assert (await call("fetch_order", order["id"], MARKET))["status"] == "canceled"
    assert await holds(call) == before
    assert await call("fetch_open_orders") == []


async def holds(call: Caller) -> dict[str, Decimal]:
    rows = (await call("fetch_balance", {"v3": True}))["info"]["accounts"]
    return {row["currency"]: Decimal(row["hold"]["value"]) for row in rows}


async def takers(call: Caller) -> None:
    sold = await call("create_order", MARKET, "market", "sell", 2)
    order = await call("fetch_order", sold["id"], MARKET)
    assert (order["status"], order["filled"], order["type"]) == ("closed", 2, "market")
    bought = await call("create_market_buy_order_with_cost", MARKET, 0.1)
    order = await call("fetch_order", bought["id"], MARKET)
    assert order["status"] == "closed"
    spent = Decimal(order["info"]["total_value_after_fees"])
    assert Decimal("0.0999") < spent <= Decimal("0.1")
    limited = await call("create_order", MARKET, "limit", "buy", 1, 0.071)
    order = await call("fetch_order", limited["id"], MARKET)
    assert (order["status"], order["filled"]) == ("closed", 1)
    assert order["average"] < 0.0705
    ours = [one["id"] for one in await call("fetch_closed_orders", MARKET)]
    assert ours == [sold["id"], bought["id"], limited["id"]]
    mine = await call("fetch_my_trades", MARKET)
    assert {trade["order"] for trade in mine} == set(ours)
    assert {trade["takerOrMaker"] for trade in mine} == {"taker"}
    since = mine[-1]["timestamp"]
    later = await call("fetch_my_trades", MARKET, since)
    assert {trade["id"] for trade in later} <= {trade["id"] for trade in mine}
    assert later[-1]["id"] == mine[-1]["id"]


async def fleeting(call: Caller) -> None:
    """Immediate or cancel, fill or kill: filled, in part, or not at all."""
    bids = (await call("fetch_order_book", MARKET))["bids"]
    missed = await placed(call, "buy", 1, 0.06, "IOC")
    assert (missed["status"], missed["filled"], missed["timeInForce"]) == ("canceled", 0, "IOC")
    killed = await placed(call, "sell", 90, bids[0][0], "FOK")
    assert (killed["status"], killed["filled"]) == ("canceled", 0)
    filled = await placed(call, "sell", 1, bids[3][0], "FOK")
    assert (filled["status"], filled["filled"]) == ("closed", 1)
    partly = await placed(call, "sell", 90, bids[0][0], "IOC")
    assert partly["status"] == "canceled"
    assert 0 < partly["filled"] < 90


async def placed(call: Caller, side: str, amount: float, price: float, tif: str) -> Any:
    order = await call("create_order", MARKET, "limit", side, amount, price, {"timeInForce": tif})
    return await call("fetch_order", order["id"], MARKET)


async def stops(call: Caller) -> None:
    """A stop waits below the price, a profit above it."""
    loss = await call("create_order", MARKET, "limit", "sell", 1, 0.06, {"stopLossPrice": 0.061})
    gain = await call("create_order", MARKET, "limit", "sell", 1, 0.08, {"takeProfitPrice": 0.079})
    for order, price in ((loss, 0.061), (gain, 0.079)):
        found = await call("fetch_order", order["id"], MARKET)
        assert (found["status"], found["triggerPrice"]) == ("open", price)
        assert found["info"]["trigger_status"] == "STOP_PENDING"
        await call("cancel_order", order["id"], MARKET)


async def refusals(call: Caller) -> None:
    """What is refused raises ccxt's own exceptions, and changes nothing."""
    before = await call("fetch_balance", {"v3": True})
    with pytest.raises(ccxt.InsufficientFunds):
        await call("create_order", MARKET, "limit", "buy", 5_000, 0.06)
    with pytest.raises(ccxt.InvalidOrder, match="STOP_PRICE_ABOVE_LAST_TRADE_PRICE"):
        await call("create_order", MARKET, "limit", "sell", 1, 0.07, {"stopLossPrice": 0.08})
    with pytest.raises(ccxt.ExchangeError, match="POST_ONLY"):
        await call("create_order", MARKET, "limit", "buy", 1, 0.075, {"postOnly": True})
    with pytest.raises(ccxt.ExchangeError, match="QUOTE_SIZE_TOO_SMALL"):
        await call("create_order", MARKET, "limit", "buy", 0.0001, 0.06)
    with pytest.raises(ccxt.ExchangeError, match="BREACHED_PRICE_LIMIT"):
        await call("create_order", MARKET, "limit", "buy", 1, 0.01)
    gone = "0d0e2000-0000-4000-8000-0000000f423f"
    with pytest.raises(ccxt.ExchangeError, match="was not found"):
        await call("fetch_order", gone, MARKET)
    with pytest.raises(ccxt.BadRequest):
        await call("cancel_order", gone, MARKET)
    assert (await call("fetch_balance", {"v3": True}))["total"] == before["total"]


async def reconcile(call: Caller, site: Site, account: str) -> None:
    """In the end the history explains the balances to the last unit, by orders and by fills."""
    assert await call("fetch_open_orders") == []
    orders = [order["info"] for order in await call("fetch_orders", MARKET)]
    fills = [fill["info"] for fill in await call("fetch_my_trades", MARKET, None, 3_000)]
    held = dict(AT_FIRST)
    for order in orders:
        mine = [fill for fill in fills if fill["order_id"] == order["order_id"]]
        assert int(order["number_of_fills"]) == len(mine)
        assert total(fill["size"] for fill in mine) == Decimal(order["filled_size"])
        assert total(fill["commission"] for fill in mine) == Decimal(order["total_fees"])
        values = (str(Decimal(fill["size"]) * Decimal(fill["price"])) for fill in mine)
        # A value's broken unit is dropped with each fill.
        assert 0 <= total(values) - Decimal(order["filled_value"]) <= len(mine) * UNIT
        sign = 1 if order["side"] == "BUY" else -1
        held["ETH"] += sign * Decimal(order["filled_size"])
        held["BTC"] -= sign * Decimal(order["total_value_after_fees"])
    kept = site.admin(f"balances?account={account}")[account]
    assert {asset: Decimal(kept[asset]["free"]) for asset in AT_FIRST} == held
    told = (await call("fetch_balance"))["info"]["data"]
    amounts = {row["currency"]["code"]: Decimal(row["balance"]["amount"]) for row in told}
    assert {asset: amounts[asset] for asset in AT_FIRST} == held


def total(amounts: Iterable[str]) -> Decimal:
    return sum(map(Decimal, amounts), Decimal(0))


async def money(call: Caller, site: Site, account: str) -> None:
    sent = await call("withdraw", "BTC", 0.01, "bc1qexample")
    assert (sent["type"], sent["amount"], sent["status"]) == ("withdrawal", 0.01, "ok")
    history = {row["id"]: row for row in await call("fetch_deposits_withdrawals", "BTC")}
    assert history[sent["id"]]["address"] == "bc1qexample"
    assert {row["type"] for row in history.values()} == {"withdrawal", "deposit"}
    assert (await call("fetch_withdrawals", "BTC")) == []  # those are of money of states
    with pytest.raises(ccxt.ExchangeError, match="insufficient"):
        await call("withdraw", "BTC", 1_000, "bc1qexample")
    site.admin("accounts", {"account": f"{account}-spare", "owner": account})
    own, spare = [one["id"] for one in await call("fetch_portfolios")]
    await call("transfer", "ETH", 1, own, spare)
    balances = site.admin(f"balances?account={account}-spare")
    assert balances[f"{account}-spare"]["ETH"]["free"] == "1.00000000"
