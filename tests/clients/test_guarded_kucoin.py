"""Whole sessions of ccxt's kucoin through the gate: nothing changed but its addresses, and a grant
in the place of the key."""

import asyncio
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from tests.house.front import Front
from tests.venue.kucoin import desk
from tests.venue.kucoin.desk import open_account
from tradelatch.exchanges.kit.signatures import with_passphrase

MARKET = "ETH/BTC"
PLACE = "POST /kucoin/api/v1/hf/orders"
CANCEL = "DELETE /kucoin/api/v1/hf/orders/{orderId}"
LATE_MS = 10_000
"""Longer than the courier waits for an answer."""


class KucoinFront(Front):
    """The same, where KuCoin is spoken."""

    exchange, face = "kucoin", "/kucoin"

    def key(self) -> tuple[str, str]:
        self.own = key = open_account(
            self.site, "trader", ["read", "trade"], ETH="1000", BTC="1000"
        )
        secret = with_passphrase(key.secret.encode(), key.passphrase.encode())
        return key.id, secret.decode()

    def client(self, kind: Any = ccxt.kucoin, **changes: Any) -> Any:
        """ccxt's kucoin with the grant; its passphrase can be any."""
        settings = {"apiKey": self.grant.id, "secret": self.grant.secret, "password": "any"}
        made = kind({**settings, "enableRateLimit": False, "options": {"hf": True}, **changes})
        gate = self.url.removesuffix("/kucoin")
        made.urls["api"] = {
            name: f"{gate}/kucoin{'futures' if 'futures' in url else ''}"
            for name, url in made.urls["api"].items()
        }
        return made

    def held(self) -> dict[str, Decimal]:
        """All that the account has at the venue."""
        return {
            asset: sum(both, Decimal(0))
            for asset, both in desk.balances(self.site, "trader").items()
        }


@pytest.fixture
def front(tmp_path: Path) -> Iterator[KucoinFront]:
    with KucoinFront(tmp_path) as started:
        yield started


def test_a_whole_session_through_the_gate(front: KucoinFront) -> None:
    exchange = front.client()
    assert MARKET in exchange.load_markets()
    assert exchange.fetch_ticker(MARKET)["bid"] > 0
    assert exchange.fetch_balance()["BTC"]["total"] == 1000

    resting = exchange.create_order(MARKET, "limit", "buy", 1, 0.06, {"clientOrderId": "mine"})
    told = exchange.fetch_order(resting["id"], MARKET)
    assert (told["status"], told["clientOrderId"], told["remaining"]) == ("open", "mine", 1)
    assert [one["id"] for one in exchange.fetch_open_orders(MARKET)] == [resting["id"]]
    exchange.cancel_order(resting["id"], MARKET)
    assert exchange.fetch_order(resting["id"], MARKET)["status"] == "canceled"

    sold = exchange.create_order(MARKET, "market", "sell", 2)
    assert exchange.fetch_order(sold["id"], MARKET)["filled"] == 2
    bought = exchange.create_market_order_with_cost(MARKET, "buy", 0.1)
    assert exchange.fetch_order(bought["id"], MARKET)["status"] in ("closed", "canceled")
    took = exchange.create_order(MARKET, "limit", "buy", 2, 0.071)
    assert exchange.fetch_order(took["id"], MARKET)["filled"] == 2
    maker = exchange.create_order(MARKET, "limit", "sell", 1, 0.08, {"postOnly": True})
    exchange.cancel_all_orders(MARKET)
    assert exchange.fetch_order(maker["id"], MARKET)["status"] == "canceled"
    trades = exchange.fetch_my_trades(MARKET)
    assert {trade["order"] for trade in trades} == {sold["id"], bought["id"], took["id"]}

    everything_settles(front, trades)
    assert front.records("Denied", "Doubted", "Frozen") == []
    front.check()


def everything_settles(front: KucoinFront, trades: list[dict[str, Any]]) -> None:
    """The ledger hears of each fill, by asking alone, and knows what is held."""
    front.settle()
    fills = front.records("Filled")
    assert {fill["trade_id"] for fill in fills} == {trade["id"] for trade in trades}
    assert len(fills) == len(trades)


def test_what_is_denied_raises_what_is_not_tried_again(front: KucoinFront) -> None:
    exchange = front.client()
    exchange.load_markets()
    for kind, price, more in (
        ("limit", 0.09, {}),
        ("limit", 0.06, {"hf": True, "trailingPercent": 1}),
        ("market", None, {"stopLossPrice": 0.05}),
    ):
        with pytest.raises(ccxt.InvalidOrder, match=r"denied by policy \(verdict \d+\)"):
            exchange.create_order(MARKET, kind, "sell" if price is None else "buy", 1, price, more)
    assert len(front.records("Denied")) == 3
    with pytest.raises(ccxt.PermissionDenied, match="a grant may only read and trade"):
        exchange.withdraw("BTC", 1, "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh")
    with pytest.raises(ccxt.PermissionDenied):
        exchange.transfer("BTC", 1, "trade", "main")
    with pytest.raises(ccxt.AuthenticationError):
        front.client(secret="wrong").fetch_balance()
    with pytest.raises(ccxt.AuthenticationError, match="no such grant"):
        front.client(apiKey="wrong").fetch_balance()
    assert front.held() == {"BTC": 1000, "ETH": 1000}
    front.check()


def test_a_trade_with_the_stolen_key_itself_is_noticed(front: KucoinFront) -> None:
    """KuCoin tells of nothing by itself: trades are asked for, by whomever they were ordered."""
    thief = desk.client(ccxt.kucoin, front.site, front.own)
    sold = thief.create_order(MARKET, "market", "sell", 3)
    for _ in range(900):
        if found := front.records("ForeignFill"):
            break
        time.sleep(0.1)
    assert {fill["order_id"] for fill in found} == {sold["id"]}
    assert sum(Decimal(fill["quantity"]) for fill in found) == 3
    front.check()


def test_a_bot_that_does_several_things_at_once(front: KucoinFront) -> None:
    async def session() -> list[dict[str, Any]]:
        exchange = front.client(ccxt.async_support.kucoin)
        try:
            await exchange.load_markets()
            placing = [
                exchange.create_order(
                    MARKET, "limit", "buy", 1, 0.06, {"clientOrderId": f"bot-{n}"}
                )
                for n in range(5)
            ]
            placed = await asyncio.gather(*placing)
            told = await exchange.fetch_open_orders(MARKET)
            assert {one["id"] for one in told} == {one["id"] for one in placed}
            sell = exchange.create_order(MARKET, "market", "sell", 2)
            await asyncio.gather(
                sell, *(exchange.cancel_order(o["id"], MARKET) for o in placed[:3])
            )
            await exchange.cancel_all_orders(MARKET)
            assert await exchange.fetch_open_orders(MARKET) == []
            trades: list[dict[str, Any]] = await exchange.fetch_my_trades(MARKET)
            return trades
        finally:
            await exchange.close()

    trades = front.loop.run(session())
    assert sum(Decimal(str(trade["amount"])) for trade in trades) == 2
    everything_settles(front, trades)
    assert front.records("Denied", "Doubted", "Frozen") == []
    front.check()


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something that the courier finds out."""
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(what)


def restart_signer(front: KucoinFront) -> None:
    """It ends in the middle of what it does, and is there again."""
    front.loop.run(front.house.signer.kill())
    front.loop.run(front.house.signer.start())

    def answers() -> bool:
        try:
            return bool(front.operate("status") and front.client().fetch_balance())
        except (OSError, ccxt.ExchangeNotAvailable):
            return False

    eventually(answers, "signer and courier are there again")
    front.loop.run(front.house.until_ready())


def names(orders: list[dict[str, Any]]) -> list[str]:
    return sorted(one["clientOrderId"] for one in orders)


def test_what_is_lost_or_late_is_found_out_and_never_doubled(front: KucoinFront) -> None:
    """Answers to placing and to cancelling, and the signer in between."""
    exchange, site = front.client(), front.site
    exchange.load_markets()

    def place(name: str, *terms: Any) -> Any:
        more = {"clientOrderId": name}
        return exchange.create_order(MARKET, *(terms or ("limit", "buy", 1, 0.06)), params=more)

    for name, kind, rule in (
        ("lost", "drop", {"after": False}),
        ("taken", "drop", {"after": True}),
        ("wrong", "error", {"after": True, "status": 502}),
        ("late", "delay", {"after": True, "ms": LATE_MS}),
    ):
        site.trouble(kind, endpoint=PLACE, **rule)
        with pytest.raises(ccxt.ExchangeNotAvailable, match="being asked"):
            place(name)
    restart_signer(front)
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate"):
        place("taken")
    eventually(lambda: front.status()["live_orders"] == 3, "one of four was never received")
    standing = exchange.fetch_open_orders(MARKET)
    assert names(standing) == ["late", "taken", "wrong"]
    numbers = {one["clientOrderId"]: one["id"] for one in standing}

    for name, kind, rule in (
        ("taken", "drop", {"after": True}),
        ("wrong", "drop", {"after": False}),
        ("late", "delay", {"after": True, "ms": LATE_MS}),
    ):
        site.trouble(kind, endpoint=CANCEL, **rule)
        with pytest.raises(ccxt.ExchangeNotAvailable):
            exchange.cancel_order(numbers[name], MARKET)
    restart_signer(front)
    eventually(lambda: front.status()["live_orders"] == 1, "what was cancelled is known to be")
    assert names(exchange.fetch_open_orders(MARKET)) == ["wrong"]
    exchange.cancel_order(numbers["wrong"], MARKET)

    site.trouble("drop", endpoint=PLACE, after=True)
    with pytest.raises(ccxt.ExchangeNotAvailable):
        place("sold", "market", "sell", 2)
    front.settle()
    again = place("lost")  # it never was
    exchange.cancel_order(again["id"], MARKET)

    trades = exchange.fetch_my_trades(MARKET)
    assert sum(Decimal(str(trade["amount"])) for trade in trades) == 2
    everything_settles(front, trades)
    assert front.held()["ETH"] == 998
    assert front.records("Denied", "Doubted", "Frozen") == []
    front.check()
