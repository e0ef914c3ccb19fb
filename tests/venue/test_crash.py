"""``kill -9`` under load: whatever was acknowledged is there afterwards, and all adds up."""

import asyncio
import random
import signal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.venue.site import Key, Site, now
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.state import violations
from tradelatch.venue.log import CommandLog

KILLS = 5
CLIENTS = 8


class Ledger:
    """What clients were told."""

    def __init__(self) -> None:
        self.placed: dict[int, dict[str, Any]] = {}
        self.cancelled: set[int] = set()
        self.trades: set[int] = set()


async def load(site: Site, key: Key, ledger: Ledger, seed: int) -> None:
    """Place and cancel until the venue is gone."""
    chance = random.Random(seed)
    headers = {"X-MBX-APIKEY": key.id}
    base = {"symbol": "ETHBTC", "side": "BUY"}
    mine: list[int] = []
    async with aiohttp.ClientSession(headers=headers) as session:

        async def send(method: str, **parameters: object) -> dict[str, Any]:
            query = key.sign(urlencode({**parameters, "timestamp": now()}))
            async with session.request(method, f"{site.url}/api/v3/order?{query}") as answer:
                assert answer.status == 200, await answer.text()
                found: dict[str, Any] = await answer.json()
                return found

        while True:
            try:
                if mine and chance.random() < 0.4:
                    number = mine.pop(chance.randrange(len(mine)))
                    await send("DELETE", symbol="ETHBTC", orderId=number)
                    ledger.cancelled.add(number)
                elif chance.random() < 0.3:
                    order = await send("POST", **base, type="MARKET", quantity="0.01")
                    ledger.placed[order["orderId"]] = order
                    ledger.trades |= {fill["tradeId"] for fill in order["fills"]}
                else:
                    price = f"0.0{chance.randrange(50_000, 69_000)}"[:7]
                    terms = {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
                    order = await send("POST", **base, **terms, price=price)
                    ledger.placed[order["orderId"]] = order
                    mine.append(order["orderId"])
            except aiohttp.ClientError:
                return


async def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random(2022)
    ledger = Ledger()
    site = Site(tmp_path)
    site.start()
    try:
        key = site.open_account("trader", BTC="500")
        for kill in range(KILLS):
            tasks = [
                asyncio.create_task(load(site, key, ledger, kill * CLIENTS + n))
                for n in range(CLIENTS)
            ]
            wanted = len(ledger.placed) + chance.randrange(5, 120)
            while len(ledger.placed) < wanted:
                assert not any(task.done() for task in tasks)
                await asyncio.sleep(chance.random() / 100)
            await asyncio.to_thread(site.end, signal.SIGKILL)
            await asyncio.gather(*tasks)
            await check(site.log, ledger)
            await asyncio.to_thread(site.start)
            assert site.admin("status")["violations"] == []
            _, known = site.signed(key, "GET", "/api/v3/openOrders")
            expected = ledger.placed.keys() - ledger.cancelled
            resting = {n for n in expected if ledger.placed[n]["type"] == "LIMIT"}
            assert resting <= {order["orderId"] for order in known} | filled(site, key)
    finally:
        site.end(signal.SIGTERM)
    assert len(ledger.cancelled) > 5
    assert ledger.trades


def filled(site: Site, key: Key) -> set[int]:
    """Orders that have been filled, or cancelled without the client hearing of it."""
    _, orders = site.signed(key, "GET", "/api/v3/allOrders", symbol="ETHBTC", limit=1000)
    return {order["orderId"] for order in orders if order["status"] in ("FILLED", "CANCELED")}


async def check(path: Path, ledger: Ledger) -> None:
    """Replay a copy of the log and compare with what clients were told."""
    copy = path.with_name("copy.jsonl")
    copy.write_bytes(path.read_bytes())
    engine = Engine()
    log = CommandLog(copy)
    commands: list[Command] = []

    def apply(command: Command) -> None:
        engine.apply(command)
        commands.append(command)

    log.replay(apply)
    await log.close()
    assert violations(engine) == []
    account = engine.accounts["trader"]
    for number, told in ledger.placed.items():
        order = account.orders[number]
        assert order.client_id == told["clientOrderId"]
        assert order.filled * 10_000 >= round(float(told["executedQty"]) * 1e8)
    for number in ledger.cancelled:
        assert account.orders[number].status in ("CANCELED", "FILLED")
    assert ledger.trades <= {trade.id for trade, _ in account.trades}
