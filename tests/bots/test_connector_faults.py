"""What became of an order is said exactly: `Busy` and a denial only where it was certainly not
taken, and after `NoAnswer` a look tells the truth."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bots.between import Between, Instead
from tests.bots.ground import SYMBOL, WAYS, Ground, order_of
from tradelatch.bots.connector import Connector, binance
from tradelatch.bots.connector.faults import Fate, Rejected
from tradelatch.bots.events import Report
from tradelatch.bots.orders import Order, OrderState
from tradelatch.bots.port import Busy, NoAnswer
from tradelatch.exchanges.binance import refusals
from tradelatch.exchanges.protocol import Reason, Refusal, Verdict
from tradelatch.model.http import Response

PLACE, CANCEL = "POST /api/v3/order", "DELETE /api/v3/order"


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def error(status: int, code: int, says: str = "Something.", **more: Any) -> Instead:
    return Instead(status, json.dumps({"code": code, "msg": says}).encode(), **more)


async def look_until(port: Connector, order: Order, found: bool) -> None:
    """Through a house that asks itself what became of it, an answer may have to wait."""
    for _ in range(100):
        try:
            if (await port.look(order) is not None) is found:
                return
        except (NoAnswer, Busy):
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("a look does not tell the truth")


# Whatever an exchange or a proxy may say in the place of an answer

UNKNOWN = {
    "HTML with 200": Instead(200, b"<html>", forwarded=True),
    "half an answer": Instead(200, b'{"symbol":"ETHBTC","orderId":', forwarded=True),
    "an empty object": Instead(200, b"{}", forwarded=True),
    "a list": Instead(200, b"[]", forwarded=True),
    "nothing": Instead(200, b"", forwarded=True),
    "another order": Instead(
        200, b'{"symbol":"ETHBTC","orderId":7,"clientOrderId":"x","status":"NEW"}', forwarded=True
    ),
    "a firewall": Instead(403, b"<html>forbidden</html>", forwarded=True),
    "a proxy's time-out": Instead(408, b"{}", forwarded=True),
    "400 without a code": Instead(400, b"bad", forwarded=True),
    "404 without a code": Instead(404, b"<html>", forwarded=True),
    "500": error(500, -1000, forwarded=True),
    "502": Instead(502, b"<html>Bad Gateway</html>", forwarded=True),
    "503 busy": error(503, -1008, forwarded=True),
    "503 disconnected": error(503, -1001, forwarded=True),
    "504": error(504, -1007, forwarded=True),
    "400, unexpected answer": error(400, -1006, forwarded=True),
    "400, time-out": error(400, -1007, forwarded=True),
    "400, internal": error(400, -1000, forwarded=True),
    "a copy": error(400, -2010, "Duplicate order sent.", forwarded=True),
    "the gate's word for a copy": error(
        400, -2010, "this very request was received before", forwarded=True
    ),
    "hung up, taken": Instead(0, forwarded=True),
    "hung up, not taken": Instead(0),
    "silence, taken": Instead(-1, forwarded=True),
    "silence, not taken": Instead(-1),
    "502, not taken": Instead(502, b"<html>"),
}
LATER = {
    "429": error(429, -1003, headers={"Retry-After": "7"}),
    "429 in HTML": Instead(429, b"<html>"),
    "418": error(418, -1003, headers={"Retry-After": "120"}),
    "too many orders": error(400, -1015),
    "a wrong clock": error(400, -1021),
}
DENIED = {
    "rejected": error(400, -2010, "Account has insufficient balance for requested action."),
    "a filter": error(400, -1013, "Filter failure: LOT_SIZE"),
    "a parameter": error(400, -1102),
    "a signature": error(400, -1022, "Signature for this request is not valid."),
    "a key": error(401, -2014),
    "a right": error(401, -2015, "Invalid API-key, IP, or permissions for action."),
}


class Teller:
    """A server in front of the venue, and a connector to it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __aenter__(self) -> Self:
        self._server = await Between(self._ground.direct.url).__aenter__()
        self._port = self._ground.connector("venue", self._server.url)
        await self._port.holdings()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._port.close()
        await self._server.__aexit__()

    def place(self, instead: Instead) -> Report:
        """What comes of an order that is answered so; a look has to tell whether it was taken."""
        return self._ground.run(self._place(order_of("0.1", self._ground.low), instead))

    async def _place(self, order: Order, instead: Instead) -> Report:
        self._server.instead = instead
        try:
            return await self._port.place(order)
        finally:
            assert self._server.instead is None
            known = await self._ground.known_to_venue(order)
            assert (known is not None) is instead.forwarded
            await look_until(self._port, order, instead.forwarded)


@pytest.fixture(scope="module")
def teller(ground: Ground) -> Iterator[Teller]:
    teller = Teller(ground)
    ground.run(teller.__aenter__())
    yield teller
    ground.run(teller.__aexit__())


@pytest.mark.parametrize("said", UNKNOWN)
def test_what_makes_no_sense_is_no_answer(teller: Teller, said: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        teller.place(UNKNOWN[said])
    assert "signature=" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("said", LATER)
def test_later_is_said_where_nothing_was_taken(teller: Teller, said: str) -> None:
    with pytest.raises(Busy) as caught:
        teller.place(LATER[said])
    wanted = LATER[said].headers.get("Retry-After")
    assert caught.value.wait_s == (float(wanted) if wanted else 1.0)


@pytest.mark.parametrize("said", DENIED)
def test_no_is_a_report(teller: Teller, said: str) -> None:
    report = teller.place(DENIED[said])
    assert report.state is OrderState.DENIED
    assert report.reason == json.loads(DENIED[said].body)["msg"]
    assert report.rule == ""


# By the signer's own measure

CODES = st.sampled_from(
    [0, 200, -1000, -1001, -1003, -1006, -1007, -1008, -1013, -1015, -1021, -2010, -2011, -2013]
) | st.integers(-9_999, -1)
STATUSES = st.sampled_from([200, 400, 401, 403, 404, 408, 413, 418, 429, 500, 502, 503, 504])


@given(
    status=STATUSES,
    answer=st.fixed_dictionaries({"code": CODES, "msg": st.text(max_size=20)})
    | st.none()
    | st.just([]),
)
def test_what_the_signer_would_not_call_rejected_is_unknown(status: int, answer: Any) -> None:
    body = b"<" if answer is None else json.dumps(answer).encode()
    verdict = refusals.judge(Response(status, body))
    fate = binance.judge(status, answer, False).fate
    assert fate is Fate.UNKNOWN or verdict is Verdict.REJECTED


@pytest.mark.parametrize("reason", Reason)
def test_the_gates_own_words_are_understood(reason: Reason) -> None:
    response = refusals.refuse(Refusal(reason, "for a reason"))
    answer = json.loads(response.body)
    later = (Reason.UNAVAILABLE, Reason.TOO_OFTEN, Reason.OUTSIDE_WINDOW)
    wanted = Fate.LATER if reason in later else Fate.REJECTED
    if reason is Reason.OUTCOME_UNKNOWN:
        wanted = Fate.UNKNOWN
    assert binance.judge(response.status, answer, True).fate is wanted


@pytest.mark.parametrize(
    ("says", "rule"),
    [
        ("denied by policy (verdict 22): price_collar: too high; budget: too much", "price_collar"),
        ("denied by policy: allocation: nothing is left", "allocation"),
        ("Filter failure: LOT_SIZE", ""),
        ("somebody says: denied by policy: budget: x", ""),
    ],
)
def test_the_rule_is_read_from_the_gates_words(says: str, rule: str) -> None:
    assert Rejected(says).rule == rule
    assert str(Rejected(says)) == says


# The venue's own trouble, by both ways

TROUBLE = [
    {"kind": "delay", "ms": 1_700},
    {"kind": "delay", "ms": 1_700, "after": True},
    {"kind": "drop"},
    {"kind": "drop", "after": True},
    *({"kind": "error", "status": status} for status in (500, 502, 503, 504)),
    *({"kind": "error", "status": status, "after": True} for status in (500, 502, 503, 504)),
]


def named(rule: dict[str, Any]) -> str:
    return " ".join(str(value) for value in rule.values())


@pytest.mark.parametrize("rule", TROUBLE, ids=named)
def test_after_no_answer_a_look_tells_the_truth(
    ground: Ground, way: str, rule: dict[str, Any]
) -> None:
    order = order_of("0.1", ground.low)
    # What is late by more than the signer's window is late for ever.
    taken = "after" in rule or (rule["kind"] == "delay" and way == "venue")

    async def trade(port: Connector) -> None:
        await port.holdings()
        await ground.site.trouble({**rule, "endpoint": PLACE})
        try:
            with pytest.raises(NoAnswer):
                await port.place(order)
        finally:
            await ground.site.no_trouble()
        await look_until(port, order, taken)
        if rule["kind"] == "delay" and not taken:
            await asyncio.sleep(port.settled_after_ms / 1_000)
            assert await port.look(order) is None
        assert (await ground.known_to_venue(order) is not None) is taken

    ground.using(way, trade, recv_window_ms=1_000 if way == "gate" else 5_000)


def test_a_request_that_arrives_twice_is_one_order(ground: Ground, way: str) -> None:
    order = order_of("0.1", ground.low)

    async def trade(port: Connector) -> None:
        await port.holdings()
        await ground.site.trouble({"kind": "duplicate", "endpoint": PLACE})
        assert (await port.place(order)).state is OrderState.OPEN
        assert await ground.known_to_venue(order)
        await port.cancel(order)

    ground.using(way, trade)


@pytest.mark.parametrize("after", [False, True])
def test_a_cancel_without_an_answer(ground: Ground, way: str, after: bool) -> None:
    order = order_of("0.1", ground.low)
    wanted = OrderState.CANCELLED if after else OrderState.OPEN

    async def trade(port: Connector) -> None:
        await port.place(order)
        await ground.site.trouble({"kind": "error", "after": after, "endpoint": CANCEL})
        with pytest.raises(NoAnswer):
            await port.cancel(order)
        seen = await port.look(order)
        assert seen
        assert seen.state is wanted
        assert (await port.cancel(order) is None) is after

    ground.using(way, trade)


def test_a_read_without_an_answer_is_none_either(ground: Ground) -> None:
    async def ask(port: Connector) -> None:
        await port.price(SYMBOL)
        mine = {"endpoint": "GET /api/v3/account", "key": ground.direct.key}
        await ground.site.trouble({"kind": "error", "status": 502, **mine})
        with pytest.raises(NoAnswer):
            await port.holdings()
        assert await port.holdings()

    ground.using("venue", ask)


# Who is not there


async def test_nobody_listens() -> None:
    port = Connector("binance", "key", "secret", "http://127.0.0.1:1")
    try:
        with pytest.raises(Busy, match="nothing was sent"):
            await port.place(order_of("1", "0.06"))
    finally:
        await port.close()


def test_before_the_markets_are_known_nothing_is_sent(ground: Ground) -> None:
    order = order_of("0.1", "0.06")

    async def trade(port: Connector) -> None:
        every = {"endpoint": "GET /api/v3/exchangeInfo", "times": 0}
        await ground.site.trouble({"kind": "error", "status": 502, **every})
        with pytest.raises(Busy):
            await port.place(order)
        await ground.site.no_trouble()
        assert await ground.known_to_venue(order) is None

    ground.using("venue", trade)


def test_what_waits_too_long_for_its_turn_is_not_sent(ground: Ground) -> None:
    order = order_of("0.1", ground.low)

    async def trade(port: Connector) -> None:
        await port.holdings()
        bucket = port._exchange.throttler.config
        bucket |= {"tokens": -1_000, "refillRate": 0}
        with pytest.raises(Busy, match="nothing was sent, too many requests wait"):
            await port.place(order)
        bucket["tokens"] = 1_000
        assert await ground.known_to_venue(order) is None

    ground.using("venue", trade)


def test_without_a_signer_nothing_is_sent(ground: Ground) -> None:
    order = order_of("0.1", ground.low)

    async def trade(port: Connector) -> None:
        await port.holdings()
        await ground.site.children["signer"].kill()
        with pytest.raises(Busy, match="nothing was sent"):
            await port.place(order)
        await ground.site.restart("signer")
        assert await ground.known_to_venue(order) is None
        await look_until(port, order, found=False)
        assert (await port.place(order)).state is OrderState.OPEN
        await port.cancel(order)

    ground.using("gate", trade)


@pytest.mark.parametrize("process", ["gate", "signer", "courier"])
def test_who_dies_over_an_order_leaves_it_unknown(ground: Ground, process: str) -> None:
    order = order_of("0.1", ground.low)

    async def trade(port: Connector) -> None:
        await port.holdings()
        await ground.site.trouble({"kind": "delay", "ms": 1_500, "after": True, "endpoint": PLACE})
        placing = asyncio.ensure_future(port.place(order))
        while await ground.known_to_venue(order) is None:
            await asyncio.sleep(0.02)
        await ground.site.children[process].kill()
        with pytest.raises(NoAnswer):
            await placing
        await ground.site.restart(process)
        await look_until(port, order, found=True)
        await ground.site.no_trouble()

    ground.using("gate", trade, timeout_s=20.0)


def test_clocks_that_differ_are_compared_again(ground: Ground, way: str) -> None:
    order = order_of("0.1", ground.low)

    async def trade(port: Connector) -> None:
        await port.holdings()
        port._exchange.options["timeDifference"] = 3_600_000
        with pytest.raises(Busy):
            await port.place(order)
        assert await ground.known_to_venue(order) is None
        assert (await port.place(order)).state is OrderState.OPEN
        await port.cancel(order)

    ground.using(way, trade)


def test_a_late_order_is_not_accepted(ground: Ground) -> None:
    order = order_of("0.1", ground.low)

    async def trade(port: Connector) -> None:
        await port.holdings()
        # As if it had been under way for a second more than its window.
        port._exchange.options["timeDifference"] += 2_000
        with pytest.raises(Busy):
            await port.place(order)
        assert await ground.known_to_venue(order) is None

    ground.using("venue", trade, recv_window_ms=1_000)
