"""An unmodified ccxt, sync and async, through every process of a house."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import ccxt
import pytest

from tests.house.stage import Stage, async_client, sync_client
from tradelatch.drills.world import BTC, DEEP, THIN


class Bot:
    """One ccxt client, asked in the same way whether it is sync or async."""

    def __init__(self, stage: Stage, kind: str) -> None:
        self._stage, self._is_async = stage, kind == "async"
        self.clients: list[Any] = []
        self.own = self.holding(stage.grant)

    def holding(self, grant: dict[str, str]) -> Callable[..., Any]:
        """What calls one client's methods by name."""
        make = async_client if self._is_async else sync_client
        client = make(self._stage.gate, grant["id"], grant["secret"])
        self.clients.append(client)

        def call(name: str, *arguments: Any, **options: Any) -> Any:
            answer = getattr(client, name)(*arguments, **options)
            return self._stage.run(answer) if self._is_async else answer

        return call

    def close(self) -> None:
        for client in self.clients:
            if self._is_async:
                self._stage.run(client.close())
            else:
                client.session.close()


@pytest.fixture(scope="module", params=["sync", "async"])
def bot(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Bot]:
    made = Bot(stage, request.param)
    made.own("load_markets")
    yield made
    made.close()


@pytest.fixture
def call(bot: Bot) -> Callable[..., Any]:
    return bot.own


@pytest.fixture
def named(request: pytest.FixtureRequest) -> str:
    """A client order id of the test's own."""
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]


def low(call: Callable[..., Any]) -> float:
    """A price at which a buy rests."""
    bid: float = call("fetch_ticker", DEEP)["bid"]
    return round(bid * 0.995, 5)


def test_markets_and_balance(call: Callable[..., Any]) -> None:
    markets = call("load_markets")
    assert {DEEP, THIN} <= markets.keys()
    assert call("fetch_balance")[BTC]["total"] > 29


def test_market_data(call: Callable[..., Any]) -> None:
    ticker = call("fetch_ticker", DEEP)
    assert 0 < ticker["bid"] < ticker["ask"]
    book = call("fetch_order_book", DEEP, 5)
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert len(call("fetch_ohlcv", DEEP, "1m", None, 10)) == 10
    assert call("fetch_time") > 0


def test_a_limit_order_rests_is_found_and_is_cancelled(
    call: Callable[..., Any], named: str
) -> None:
    placed = call("create_order", DEEP, "limit", "buy", 0.5, low(call), {"clientOrderId": named})
    assert (placed["status"], placed["clientOrderId"], placed["filled"]) == ("open", named, 0)
    assert [order["clientOrderId"] for order in call("fetch_open_orders", DEEP)] == [named]
    found = call("fetch_order", placed["id"], DEEP)
    assert (found["clientOrderId"], found["price"]) == (named, placed["price"])
    cancelled = call("cancel_order", placed["id"], DEEP)
    # Binance's `clientOrderId` in this answer is the cancel's own.
    assert (cancelled["status"], cancelled["info"]["origClientOrderId"]) == ("canceled", named)
    assert call("fetch_open_orders", DEEP) == []
    assert call("fetch_order", placed["id"], DEEP)["status"] == "canceled"


def test_a_used_client_order_id_is_translated_both_ways(
    call: Callable[..., Any], named: str
) -> None:
    ids = []
    for _ in range(2):
        placed = call(
            "create_order", DEEP, "limit", "buy", 0.5, low(call), {"clientOrderId": named}
        )
        assert placed["clientOrderId"] == named
        ids.append(placed["id"])
        given = {"origClientOrderId": named}
        assert call("fetch_order", None, DEEP, given)["id"] == placed["id"]
        assert call("cancel_order", None, DEEP, given)["info"]["origClientOrderId"] == named
    assert ids[0] != ids[1]
    listed = {order["id"]: order["clientOrderId"] for order in call("fetch_orders", DEEP)}
    assert [listed[number] for number in ids] == [named, named]


def test_cancel_all(call: Callable[..., Any], stage: Stage) -> None:
    for _ in range(3):
        call("create_order", DEEP, "limit", "buy", 0.2, low(call))
    assert len(call("fetch_open_orders", DEEP)) == 3
    assert len(call("cancel_all_orders", DEEP)) == 3
    assert call("fetch_open_orders", DEEP) == []
    eventually(lambda: stage.status()["live_orders"] == 0)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_market_order_is_filled(
    call: Callable[..., Any], stage: Stage, named: str, side: str
) -> None:
    order = call("create_order", DEEP, "market", side, 0.3, None, {"clientOrderId": named})
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.3, named)
    mine = [t for t in call("fetch_my_trades", DEEP) if t["order"] == order["id"]]
    assert sum(trade["amount"] for trade in mine) == pytest.approx(0.3)
    assert {trade["side"] for trade in mine} == {side}
    assert {t["id"] for t in mine} <= {t["id"] for t in call("fetch_trades", DEEP, None, 100)}
    listed = {known["id"]: known for known in call("fetch_orders", DEEP)}
    assert listed[order["id"]]["clientOrderId"] == named
    assert stage.status()["live_orders"] == 0


def test_a_market_buy_for_an_amount_of_quote_leaves_as_a_limit_order(
    call: Callable[..., Any], stage: Stage, named: str
) -> None:
    given = {"quoteOrderQty": "0.02", "clientOrderId": named}
    order = call("create_order", DEEP, "market", "buy", None, None, given)
    assert order["status"] == "closed"
    assert order["cost"] <= 0.02
    (at_venue,) = [
        known
        for known in stage.run(stage.world._victims_orders(DEEP))
        if known["id"] == order["id"]
    ]
    assert (at_venue["type"], at_venue["timeInForce"]) == ("limit", "IOC")


def test_an_order_to_be_tested_only_is_not_placed(
    call: Callable[..., Any], stage: Stage, named: str
) -> None:
    before = stage.status()["used"]
    call(
        "create_order", DEEP, "limit", "buy", 0.5, low(call), {"test": True, "clientOrderId": named}
    )
    assert named not in stage.run(stage.world.victims_order_names())
    assert stage.status()["used"] == before
    assert call("fetch_open_orders", DEEP) == []


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        ((DEEP, "limit", "buy", 1, 0.5), "price_collar"),
        ((DEEP, "limit", "buy", 5_000, 0.07), "budget"),
        ((THIN, "market", "buy", 5_000), "allocation"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_denied_order_is_an_order_rejected_once(
    call: Callable[..., Any], stage: Stage, order: tuple[Any, ...], rule: str
) -> None:
    before = len(stage.records("Denied"))
    asked = len(stage.records())
    with pytest.raises(ccxt.InvalidOrder) as caught:
        call("create_order", *order)
    (denied,) = stage.records("Denied")[before:]
    assert f"verdict {denied['id']}" in str(caught.value)
    assert f"{rule}: " in str(caught.value)
    assert rule in [answer["rule"] for answer in denied["answers"] if not answer["allowed"]]
    later = stage.records()[asked:]
    assert [record for record in later if record["record"] == "Allowed"] == []


def test_withdrawing_is_not_permitted(call: Callable[..., Any], stage: Stage) -> None:
    before = len(stage.records("Denied"))
    with pytest.raises(ccxt.PermissionDenied):
        call("withdraw", BTC, 1, "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh")
    assert len(stage.records("Denied")) == before + 1


def test_who_is_not_known_is_told_so(bot: Bot, stage: Stage) -> None:
    grant = stage.grant
    forged = {"id": grant["id"], "secret": "0" * 64}
    unknown = {"id": "tlg_" + "0" * 51, "secret": grant["secret"]}
    elsewhere = stage.issue(sources="192.0.2.0/24, 2001:db8::/32")
    for wrong in (forged, unknown, elsewhere):
        with pytest.raises(ccxt.AuthenticationError):
            bot.holding(wrong)("fetch_balance")
        with pytest.raises(ccxt.AuthenticationError):
            bot.holding(wrong)("fetch_open_orders", DEEP)


def test_a_revoked_grant_is_refused_on_the_very_next_request(bot: Bot, stage: Stage) -> None:
    grant = stage.issue()
    call = bot.holding(grant)
    call("fetch_balance")
    assert not stage.operate("grant revoke", grant=grant["id"]).error
    with pytest.raises(ccxt.AuthenticationError):
        call("fetch_balance")
    with pytest.raises(ccxt.AuthenticationError):
        call("create_order", DEEP, "limit", "buy", 0.5, 0.07)


def test_the_very_same_request_again_is_refused(bot: Bot, stage: Stage) -> None:
    price = low(bot.own)
    form = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    query = urlencode(
        {**form, "quantity": "0.2", "price": price, "timestamp": int(time.time() * 1000)}
    )
    secret = stage.grant["secret"].encode()
    signature = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
    request = Request(
        f"{stage.gate}/api/v3/order?{query}&signature={signature}",
        method="POST",
        headers={"X-MBX-APIKEY": stage.grant["id"]},
    )
    with urlopen(request) as answer:
        assert answer.status == 200
    before = len(stage.run(stage.world.victims_order_names()))
    with pytest.raises(OSError, match="400"):
        urlopen(request)
    assert len(stage.run(stage.world.victims_order_names())) == before
    bot.own("cancel_all_orders", DEEP)


def test_everything_was_recorded_and_nobody_fell_over(bot: Bot, stage: Stage) -> None:
    assert stage.records("Allowed")
    stage.check_alive()


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it never came true")
