"""The KuCoin face in this process: the borders of time, its limits, stops and transfers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.venue.counter import NOW_MS
from tests.venue.kucoin.counter import KucoinCounter
from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.commands import Cancel, Place
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.kucoin.names import id_of, number_of
from tradelatch.venue.kucoin.rest import PREFIX

ACCOUNTS = "/api/v1/accounts"


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[KucoinCounter]:
    counter = KucoinCounter(tmp_path)
    await counter.open()
    yield counter
    await counter.close()


@pytest.mark.parametrize(
    ("away", "code"), [(-5_001, 400002), (-5_000, 200000), (5_000, 200000), (5_001, 400002)]
)
async def test_a_time_stamp_is_good_for_five_seconds(
    counter: KucoinCounter, away: int, code: int
) -> None:
    _, answer = await counter.knock("GET", ACCOUNTS, stamp=NOW_MS + away)
    assert json.loads(answer)["code"] == str(code)


async def test_who_asks_too_much_is_told_when_to_come_back(tmp_path: Path) -> None:
    counter = KucoinCounter(tmp_path, limits=True)
    path = f"{PREFIX}/api/v1/market/allTickers"
    for _ in range(6_000 // 15):
        assert (await counter.ask("GET", path))[0] == 200
    status, answer, headers = await counter.ask_for_all("GET", path)
    assert (status, json.loads(answer)["code"]) == (429, "429000")
    assert headers["gw-ratelimit-reset"] == str(60_000 - NOW_MS % 60_000)
    for _ in range(40):
        status, _, _ = await counter.ask_for_all("GET", f"{PREFIX}/nothing")
    assert status == 429
    await counter.close()


async def test_too_many_orders(tmp_path: Path) -> None:
    counter = KucoinCounter(tmp_path, limits=True)
    await counter.open()
    terms = {"symbol": "ETH-BTC", "side": "buy", "price": "0.06", "size": "0.1"}
    for number in range(100):
        order = {**terms, "clientOid": f"o{number}"}
        placed = await counter.data("POST", "/api/v1/orders", order)
        await counter.data("DELETE", f"/api/v1/orders/{placed['orderId']}")
    body = json.dumps({**terms, "clientOid": "last"}).encode()
    status, answer = await counter.knock("POST", "/api/v1/orders", body=body)
    assert (status, json.loads(answer)["code"]) == (429, "429000")
    await counter.close()


async def test_a_clients_id_is_free_again_when_its_order_has_ended(counter: KucoinCounter) -> None:
    """As KuCoin was seen to have it: an id alone does not make placing safe to repeat."""
    terms = {"symbol": "ETH-BTC", "side": "buy", "price": "0.06", "size": "1", "clientOid": "x"}
    first = await counter.data("POST", "/api/v1/orders", terms)
    for symbol in ("ETH-BTC", "VIN-BTC"):
        other = {**terms, "symbol": symbol, "price": "0.00001", "size": "1000"}
        _, answer = await counter.knock("POST", "/api/v1/orders", body=json.dumps(other).encode())
        assert json.loads(answer)["msg"] == "validation.createOrder.clientOidDuplicated"
    await counter.data("DELETE", f"/api/v1/orders/{first['orderId']}")
    again = await counter.data("POST", "/api/v1/orders", terms)
    assert again["orderId"] > first["orderId"]
    told = await counter.data("GET", "/api/v1/order/client-order/x")
    assert told["id"] == again["orderId"]

    # The engine, and Binance's face, keep names apart within a market alone.
    vin = Place(NOW_MS, "fuzz", "VINBTC", Side.BUY, OrderType.LIMIT, 1_000, 900, client_id="x")
    events = counter.house.submit(vin)
    assert isinstance(events[0], OrderChanged)
    newer = events[0].order
    told = await counter.data("GET", "/api/v1/order/client-order/x")
    assert told["id"] == id_of(newer.id)
    counter.house.submit(Cancel(NOW_MS, "fuzz", "VINBTC", newer.id))
    told = await counter.data("GET", "/api/v1/order/client-order/x")
    assert (told["id"], told["isActive"]) == (again["orderId"], True)
    await counter.data("DELETE", "/api/v1/order/client-order/x")
    told = await counter.data("GET", "/api/v1/order/client-order/x")
    assert told["id"] == id_of(newer.id)


async def test_both_sides_of_a_trade_with_oneself_are_told(counter: KucoinCounter) -> None:
    terms = {"symbol": "ETH-BTC", "type": "limit", "price": "0.07", "size": "1"}
    for side in ("sell", "buy"):
        await counter.data("POST", "/api/v1/hf/orders", {**terms, "side": side})
    found: list[dict[str, object]] = []
    last = 0
    for _ in range(3):
        path = f"/api/v1/hf/fills?symbol=ETH-BTC&limit=1&lastId={last}"
        batch = await counter.data("GET", path)
        found += batch["items"]
        last = batch["lastId"]
    assert {one["side"] for one in found} == {"buy", "sell"}
    assert len({one["tradeId"] for one in found}) == 1
    assert len(found) == len({one["id"] for one in found}) == 2
    assert {one["liquidity"] for one in found} == {"maker", "taker"}


async def test_what_is_told_of_the_account(counter: KucoinCounter) -> None:
    rows = await counter.data("GET", ACCOUNTS)
    assert {row["type"] for row in rows} == {"trade"}
    for row in rows:
        one = await counter.data("GET", f"{ACCOUNTS}/{row['id']}")
        assert one == {name: row[name] for name in ("currency", "balance", "available", "holds")}
    assert await counter.data("GET", f"{ACCOUNTS}?type=main") == []
    (btc,) = await counter.data("GET", f"{ACCOUNTS}?currency=BTC&type=trade_hf")
    assert (btc["currency"], btc["type"], btc["balance"]) == ("BTC", "trade_hf", "50")
    status, answer = await counter.knock("GET", f"{ACCOUNTS}/{'0' * 24}")
    assert (status, json.loads(answer)["code"]) == (200, "400100")
    status, answer = await counter.knock("GET", f"{ACCOUNTS}/ledgers")
    assert (status, json.loads(answer)["code"]) == (404, "404000")

    fees = {"takerFeeRate": "0.001", "makerFeeRate": "0.001"}
    assert await counter.data("GET", "/api/v1/base-fee") == fees
    both = await counter.data("GET", "/api/v1/trade-fees?symbols=VIN-BTC,ETH-BTC")
    assert both == [{"symbol": "VIN-BTC", **fees}, {"symbol": "ETH-BTC", **fees}]
    assert (await counter.data("GET", "/api/v2/user-info"))["level"] == 0


async def test_a_stop_that_is_reached_is_an_order(counter: KucoinCounter) -> None:
    """It keeps its id, and both kinds of endpoints tell of it from then on."""
    stop = {"symbol": "VIN-BTC", "side": "sell", "type": "limit", "stop": "loss", "clientOid": "s"}
    ticker = await counter.data("GET", "/api/v1/market/orderbook/level1?symbol=VIN-BTC")
    terms = {**stop, "stopPrice": ticker["bestBid"], "price": ticker["bestBid"], "size": "1000"}
    placed = await counter.data("POST", "/api/v1/stop-order", terms)
    path = f"/api/v1/stop-order/{placed['orderId']}"
    assert (await counter.data("GET", path))["status"] == "NEW"
    sale = {"symbol": "VIN-BTC", "side": "sell", "type": "market", "size": "100", "clientOid": "m"}
    await counter.data("POST", "/api/v1/orders", sale)
    assert (await counter.data("GET", path))["status"] == "TRIGGERED"
    order = await counter.data("GET", f"/api/v1/orders/{placed['orderId']}")
    assert (order["stop"], order["stopTriggered"]) == ("loss", True)
    assert (await counter.data("GET", "/api/v1/stop-order"))["totalNum"] == 0
    _, answer = await counter.knock("DELETE", path)
    assert json.loads(answer)["msg"] == "order_not_exist_or_not_allow_to_cancel"


async def test_money_moves_between_the_accounts_of_one_owner(counter: KucoinCounter) -> None:
    for name, owner in (("mine", "fuzz"), ("other", "other")):
        wanted = {"account": name, "owner": owner, "balances": {"BTC": "1"}}
        assert (await counter.admin("accounts", wanted))[0] == 200
    accounts = counter.house.engine.accounts
    move = {"type": "PARENT_TO_SUB", "currency": "BTC", "amount": "0.5", "clientOid": "t"}
    path = "/api/v3/accounts/universal-transfer"
    await counter.data("POST", path, {**move, "toUserId": str(accounts["mine"].uid)})
    assert accounts["mine"].balance("BTC").free == 150_000_000
    for uid in (accounts["other"].uid, accounts["fuzz"].uid, 99):
        body = json.dumps({**move, "toUserId": str(uid)}).encode()
        _, answer = await counter.knock("POST", path, body=body)
        assert json.loads(answer)["code"] == "400100"
    assert accounts["other"].balance("BTC").free == 100_000_000


async def test_money_for_another_account_does_not_leave_the_exchange(
    counter: KucoinCounter,
) -> None:
    told = await counter.data("GET", "/api/v1/deposit-addresses?currency=BTC")
    assert (await counter.admin("accounts", {"account": "far", "balances": {"BTC": "1"}}))[0] == 200
    address = counter.house.engine.address_of("far")
    assert told["address"] == counter.house.engine.address_of("fuzz") != address
    sent = {"currency": "BTC", "toAddress": address, "amount": 0.25, "withdrawType": "ADDRESS"}
    placed = await counter.data("POST", "/api/v3/withdrawals", sent)
    (row,) = (await counter.data("GET", "/api/v1/withdrawals?currency=BTC"))["items"]
    assert (row["id"], row["amount"], row["isInner"]) == (placed["withdrawalId"], "0.25", True)
    assert counter.house.engine.accounts["far"].balance("BTC").free == 125_000_000
    assert counter.house.engine.withdrawn == {}
    again = await counter.data("POST", "/api/v3/withdrawals", sent)
    assert again["withdrawalId"] != placed["withdrawalId"]


@pytest.mark.parametrize("amount", ["1e50", "1e-50", "1e999999999", "-1e-999999999"])
async def test_a_number_of_any_length_is_not_written_out(
    counter: KucoinCounter, amount: str
) -> None:
    body = f'{{"currency":"BTC","toAddress":"x","amount":{amount}}}'.encode()
    _, answer = await counter.knock("POST", "/api/v3/withdrawals", body=body)
    assert "'amount' is neither" in json.loads(answer)["msg"]


@given(st.integers(0, 10**18))
def test_an_orders_id_leads_back_to_its_number(number: int) -> None:
    assert number_of(id_of(number)) == number
    assert len(id_of(number)) == 24


@given(st.text(max_size=30))
def test_no_other_text_is_an_orders_id(text: str) -> None:
    number = number_of(text)
    assert number is None or id_of(number) == text
