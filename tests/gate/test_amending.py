"""Amending and cancelling lists through a real gate, and what a thief makes of it."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.gate.test_sockets import ask, limit, opened, signed
from tests.house.stage import PATIENCE_S, Stage

PAIR = {
    "symbol": "ETHBTC",
    "side": "SELL",
    "quantity": "0.5",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "0.071",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "0.069",
    "belowPrice": "0.0688",
    "belowTimeInForce": "GTC",
}
AMEND = "order/amend/keepPriority"
_direct = build_opener(ProxyHandler({}))


class Bot:
    """Requests as they stand, signed with a key of the gate's or of the venue's."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url, self._key, self._secret = url, key, secret

    def ask(self, method: str, path: str, **form: str) -> tuple[int, Any]:
        text = urlencode({**form, "timestamp": str(int(time.time() * 1000))})
        digest = hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        query = f"{text}&signature={digest}"
        url, headers = f"{self._url}/api/v3/{path}?{query}", {"X-MBX-APIKEY": self._key}
        try:
            with _direct.open(Request(url, method=method, headers=headers), timeout=20) as reply:
                return reply.status, json.load(reply)
        except HTTPError as error:
            return error.code, json.load(error)

    def do(self, method: str, path: str, **form: str) -> Any:
        status, answer = self.ask(method, path, **form)
        assert status == 200, answer
        return answer

    def place(self, **form: str) -> dict[str, str]:
        """A resting order, as amendments name it."""
        placed = self.do("POST", "order", **limit(**form))
        return {"symbol": "ETHBTC", "orderId": str(placed["orderId"])}


@pytest.fixture
def bot(stage: Stage) -> Iterator[Bot]:
    made = Bot(stage.gate, stage.grant["id"], stage.grant["secret"])
    yield made
    for _ in made.do("GET", "openOrders", symbol="ETHBTC")[:1]:
        made.do("DELETE", "openOrders", symbol="ETHBTC")


def owner(stage: Stage) -> Bot:
    """Whoever holds the exchange key itself."""
    held = stage.world.victim
    return Bot(stage.world.url, held.key, held.secret)


def settled(stage: Stage, count: int) -> dict[str, Any]:
    """The account as the signer tells of it, once so many of its orders are open."""
    deadline = time.monotonic() + PATIENCE_S
    while (told := stage.status())["live_orders"] != count:
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    return told


def reserved(told: dict[str, Any]) -> Decimal:
    return Decimal(told["used"]["day"][0])


def amended(stage: Stage, count: int) -> list[dict[str, Any]]:
    """The records of amendments, once there are so many: they are written a moment later."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := stage.records("Amended")) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_an_order_becomes_smaller_in_its_place(stage: Stage, bot: Bot) -> None:
    named = bot.place(quantity="0.3", newClientOrderId="small")
    before = reserved(settled(stage, 1))
    told = bot.do("PUT", AMEND, **named, newQty="0.2")["amendedOrder"]
    assert (told["qty"], told["clientOrderId"], told["origClientOrderId"]) == (
        "0.20000000",
        "small",
        "small",
    )
    assert reserved(stage.status()) < before
    assert amended(stage, 1)[-1]["quantity"] == "0.20000000"
    assert bot.do("GET", "order", **named)["origQty"] == "0.20000000"
    (row,) = bot.do("GET", "order/amendments", **named)
    assert (row["origQty"], row["newQty"]) == ("0.30000000", "0.20000000")


def test_it_is_never_made_larger_and_nobody_elses_is_touched(stage: Stage, bot: Bot) -> None:
    named = bot.place(quantity="0.3")
    other = owner(stage).place(quantity="0.3", newClientOrderId="by-hand")
    for form in (
        {**named, "newQty": "0.3"},
        {**named, "newQty": "99999999"},
        {**named, "newQty": "0.2", "symbol": "VINBTC"},
        {**other, "newQty": "0.2"},
        {"symbol": "ETHBTC", "origClientOrderId": "by-hand", "newQty": "0.2"},
    ):
        status, answer = bot.ask("PUT", AMEND, **form)
        assert (status, answer["code"]) == (400, -2038), form
        assert "denied by policy (verdict" in answer["msg"]
    for order in (named, other):
        assert bot.do("GET", "order", **order)["origQty"] == "0.30000000"


def test_the_gate_says_by_websocket_what_it_says_by_rest(stage: Stage, bot: Bot) -> None:
    named = bot.place(quantity="0.3")

    async def call() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            params = {"symbol": "ETHBTC", "orderId": int(named["orderId"])}
            lower = signed(stage.grant, **params, newQty="0.25")
            told = await ask(socket, "order.amend.keepPriority", **lower)
            assert told["result"]["amendedOrder"]["qty"] == "0.25000000"
            higher = signed(stage.grant, **params, newQty="0.3")
            told = await ask(socket, "order.amend.keepPriority", **higher)
            assert (told["status"], told["error"]["code"]) == (400, -2038)
            listed = bot.do("POST", "orderList/oco", **PAIR)["orderListId"]
            whole = signed(stage.grant, symbol="ETHBTC", orderListId=listed)
            told = await ask(socket, "orderList.cancel", **whole)
            assert told["result"]["listOrderStatus"] == "ALL_DONE"
            again = signed(stage.grant, symbol="ETHBTC", orderListId=listed)
            told = await ask(socket, "orderList.cancel", **again)
            assert told["error"]["code"] == -2011

    asyncio.run(call())


def test_a_list_is_cancelled_whole_by_its_number_or_its_name(stage: Stage, bot: Bot) -> None:
    settled(stage, 0)
    for name in ("number", "name"):
        placed = bot.do("POST", "orderList/oco", **PAIR, listClientOrderId=f"l-{name}")
        settled(stage, 2)
        by = {"orderListId": str(placed["orderListId"])}
        if name == "name":
            by = {"listClientOrderId": "l-name"}
        gone = bot.do("DELETE", "orderList", symbol="ETHBTC", **by)
        assert [report["status"] for report in gone["orderReports"]] == ["CANCELED"] * 2
        assert settled(stage, 0)["live_orders"] == 0, "settled by the answer itself"


def test_amending_gains_a_thief_nothing(stage: Stage, bot: Bot) -> None:
    """He lets a large order in, shrinks it so that its reservation ends, and fills the room with
    the next: what is open is never for more than the amounts allow, and the stops that he shrinks
    he could have cancelled."""
    settled(stage, 0)
    limit_of = Decimal(stage.status()["limits"]["day"][0])
    before = len(stage.records("Amended"))
    for _ in range(12):
        named = bot.place(quantity="2", price="0.0683")
        status, _ = bot.ask("PUT", AMEND, **named, newQty="1.9")
        assert status == 200
        assert reserved(stage.status()) <= limit_of
    open_orders = bot.do("GET", "openOrders", symbol="ETHBTC")
    worth = sum(Decimal(one["origQty"]) for one in open_orders)
    ledger = amended(stage, before + 12)[before:]
    assert sum(Decimal(record["left"]) for record in ledger) == worth
    placed = bot.do("POST", "orderList/oco", **PAIR)
    for order in placed["orders"]:
        one = {"symbol": "ETHBTC", "orderId": str(order["orderId"])}
        status, _ = bot.ask("PUT", AMEND, **one, newQty="0.6")
        assert status == 400
    stage.check_alive()
