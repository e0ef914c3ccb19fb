"""Bots' websockets at a real gate: what is said badly, what ends them, what they cannot reach."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from tests.house.stage import ACCOUNT, Stage

PATIENCE_S = 10


@asynccontextmanager
async def opened(stage: Stage, path: str) -> AsyncIterator[ClientConnection]:
    address = f"ws://127.0.0.1:{stage.port}/binance{path}"
    async with asyncio.timeout(PATIENCE_S), connect(address, proxy=None) as socket:
        yield socket


async def said(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await socket.recv())
    return found


async def ask(socket: ClientConnection, method: str, **params: Any) -> dict[str, Any]:
    await socket.send(json.dumps({"id": 7, "method": method, "params": params}))
    return await said(socket)


def signed(grant: dict[str, str], **params: Any) -> dict[str, Any]:
    params |= {"apiKey": grant["id"], "timestamp": int(time.time() * 1000)}
    text = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    digest = hmac.new(grant["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    return params | {"signature": digest}


def limit(**changes: Any) -> dict[str, Any]:
    order = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    return order | {"quantity": "0.2", "price": "0.0683"} | changes


async def ended(socket: ClientConnection) -> int | None:
    """The code it ends with."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code


def test_a_call_is_answered_in_the_form_of_the_websocket_api(stage: Stage) -> None:
    async def call() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            assert (await ask(socket, "time"))["result"]["serverTime"] > 0
            placed = await ask(socket, "order.place", **signed(stage.grant, **limit()))
            assert (placed["id"], placed["status"]) == (7, 200)
            number = placed["result"]["orderId"]
            found = signed(stage.grant, symbol="ETHBTC", orderId=number)
            assert (await ask(socket, "order.status", **found))["result"]["status"] == "NEW"
            gone = await ask(socket, "order.cancel", **signed(stage.grant, **found_again(number)))
            assert gone["result"]["status"] == "CANCELED"
            absurd = limit(side="SELL", price="0.03", quantity="1")
            denied = await ask(socket, "order.place", **signed(stage.grant, **absurd))
            assert (denied["status"], denied["error"]["code"]) == (400, -2010)
            assert "denied by policy (verdict" in denied["error"]["msg"]

    asyncio.run(call())


def found_again(number: int) -> dict[str, Any]:
    return {"symbol": "ETHBTC", "orderId": number}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", -1135),
        ("[]", -1135),
        ('{"id":1}', -1020),
        ('{"id":1,"method":"order.place","method":"time"}', -1135),
        ('{"id":1,"method":"time","params":{"a":1,"a":2}}', -1135),
        ('{"id":1,"method":"time","params":{"a":{"b":1}}}', -1135),
        ('{"id":1,"method":"time","params":[1]}', -1135),
        ('{"id":1,"method":"time","more":1}', -1135),
        ('{"id":1,"method":"withdraw"}', -1020),
        ('{"id":1,"method":"session.logon"}', -1020),
        ('{"id":1,"method":"order.place","params":{"symbol":"ETHBTC"}}', -1102),
        ('{"id":1,"method":"time","params":{"x":1e400}}', -1104),
        ("[" * 60_000, -1135),
        ('{"id":1,"method":"time","params":{"\\ud800":1}}', -1135),
        ('{"id":1,"method":"time","params":{"a":"\\udfff"}}', -1135),
        ('{"id":1,"method":"\\ud800"}', -1135),
        ('{"id":1,"method":"time","params":{"returnRateLimits":"1&symbol=X"}}', -1135),
    ],
)
def test_what_is_no_call_gets_an_error_and_the_websocket_goes_on(
    stage: Stage, message: str, code: int
) -> None:
    async def call() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            await socket.send(message)
            answer = await said(socket)
            assert answer["status"] >= 400
            assert answer["error"]["code"] == code, answer
            assert (await ask(socket, "ping"))["result"] == {}

    asyncio.run(call())


def test_a_call_that_is_replayed_or_changed_is_refused(stage: Stage) -> None:
    async def call() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            words = signed(stage.grant, **limit(newClientOrderId="ws-replayed"))
            assert (await ask(socket, "order.place", **words))["status"] == 200
            again = await ask(socket, "order.place", **words)
            assert "received before" in again["error"]["msg"]
            test = await ask(socket, "order.test", **words)
            assert "received before" in test["error"]["msg"]
            changed = await ask(socket, "order.place", **words | {"quantity": "9"})
            assert changed["error"]["code"] == -1022
            back = {"symbol": "ETHBTC"}
            gone = await ask(socket, "openOrders.cancelAll", **signed(stage.grant, **back))
            assert gone["status"] == 200

    asyncio.run(call())


def test_binary_messages_and_other_paths_are_hung_up_on(stage: Stage) -> None:
    async def binary() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            await socket.send(b"\x00")
            assert await ended(socket) == 1003

    async def elsewhere(path: str) -> None:
        with pytest.raises(websockets.InvalidStatus):
            async with opened(stage, path):
                pass

    asyncio.run(binary())
    key = "A" * 64
    for path in ("/", "/api/v3/order", f"/ws/{key}", "/stream?streams=", "/ws/../x", "/ws/a@b?c=d"):
        asyncio.run(elsewhere(path))


@asynccontextmanager
async def bustle(stage: Stage) -> AsyncIterator[None]:
    """Meanwhile the best prices change, so that a stream has something to tell."""

    async def trade() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            while True:
                best = await ask(socket, "ticker.book", symbol="ETHBTC")
                order = limit(price=best["result"]["bidPrice"], quantity="0.1")
                await ask(socket, "order.place", **signed(stage.grant, **order))
                back = signed(stage.grant, symbol="ETHBTC")
                await ask(socket, "openOrders.cancelAll", **back)
                await asyncio.sleep(0.05)

    trading = asyncio.create_task(trade())
    try:
        yield
    finally:
        trading.cancel()
        await asyncio.gather(trading, return_exceptions=True)


def test_public_streams_are_handed_on(stage: Stage) -> None:
    async def watch() -> None:
        async with bustle(stage):
            await streams()

    async def streams() -> None:
        async with opened(stage, "/ws/ethbtc@bookTicker") as socket:
            assert (await said(socket))["s"] == "ETHBTC"
        async with opened(stage, "/stream?streams=ethbtc@bookTicker/ethbtc@depth5") as socket:
            assert (await said(socket))["stream"].startswith("ethbtc@")
        async with opened(stage, "/ws/0") as socket:
            await socket.send('{"method":"SUBSCRIBE","params":["ethbtc@bookTicker"],"id":3}')
            assert await said(socket) == {"result": None, "id": 3}
            assert (await said(socket))["s"] == "ETHBTC"
            await socket.send('{"method":"LIST_SUBSCRIPTIONS","id":4}')
            while "result" not in (answer := await said(socket)):
                pass
            assert answer["result"] == ["ethbtc@bookTicker"]

    asyncio.run(watch())


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{}",
        '{"method":"SUBSCRIBE","params":["' + "A" * 64 + '"],"id":1}',
        '{"method":"SUBSCRIBE","params":["ethbtc@trade"],"id":1,"id":2}',
        '{"method":"SUBSCRIBE","params":"ethbtc@trade","id":1}',
        '{"method":"LOGON","params":[],"id":1}',
        '{"method":"SUBSCRIBE","params":["ethbtc@trade"],"id":1,"apiKey":"x"}',
    ],
)
def test_what_is_no_subscription_is_not_said_on(stage: Stage, message: str) -> None:
    async def say() -> None:
        async with opened(stage, "/ws") as socket:
            await socket.send(message)
            assert "code" in await said(socket)

    asyncio.run(say())


@pytest.mark.soak
def test_a_ping_carries_text(stage: Stage) -> None:
    """NautilusTrader takes a ping's payload for text; the first comes after 20 s."""
    protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{stage.port}/binance/ws"))
    protocol.send_request(protocol.connect())
    with socket.create_connection(("127.0.0.1", stage.port), timeout=60) as connection:
        pings: list[bytes] = []
        while not pings:
            connection.sendall(b"".join(protocol.data_to_send()))
            protocol.receive_data(connection.recv(4096))
            events = [event for event in protocol.events_received() if isinstance(event, Frame)]
            pings = [bytes(event.data) for event in events if event.opcode is Opcode.PING]
    assert pings[0].isdigit()


async def followed(socket: ClientConnection, grant: dict[str, str]) -> None:
    answer = await ask(socket, "userDataStream.subscribe.signature", **signed(grant))
    assert answer.get("result") == {"subscriptionId": 0}, answer


async def told_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message = await said(socket)
        if message.get("event", {}).get("e") == kind:
            found: dict[str, Any] = message["event"]
            return found


def test_an_account_is_followed_by_many_and_named_as_its_bot_named_it(stage: Stage) -> None:
    """The second order of a name goes out by another, and is told by the bot's own."""

    async def follow() -> None:
        async with opened(stage, "/ws-api/v3") as one, opened(stage, "/ws-api/v3") as other:
            await followed(one, stage.grant)
            await followed(other, stage.issue())
            again = await ask(one, "userDataStream.subscribe.signature", **signed(stage.grant))
            assert again["error"]["code"] == -2035
            for _ in range(2):
                words = signed(stage.grant, **limit(newClientOrderId="ws-named"))
                await one.send(json.dumps({"id": 8, "method": "order.place", "params": words}))
                placed = await told_of(other, "executionReport")
                assert (placed["c"], placed["X"]) == ("ws-named", "NEW")
                back = signed(stage.grant, symbol="ETHBTC", orderId=placed["i"])
                await one.send(json.dumps({"id": 9, "method": "order.cancel", "params": back}))
                gone = await told_of(other, "executionReport")
                assert (gone["C"], gone["X"]) == ("ws-named", "CANCELED")
            assert (await told_of(one, "outboundAccountPosition"))["B"]
            await one.send('{"id":1,"method":"userDataStream.unsubscribe"}')
            assert await told_of(one, "eventStreamTerminated")

    asyncio.run(follow())
    stage.check_alive()


def test_a_grant_that_is_revoked_ends_its_websockets_and_no_others(stage: Stage) -> None:
    grant = stage.issue()

    async def follow() -> None:
        async with opened(stage, "/ws-api/v3") as mine, opened(stage, "/ws-api/v3") as others:
            await followed(mine, grant)
            await followed(others, stage.grant)
            await asyncio.to_thread(stage.operate, "grant revoke", grant=grant["id"])
            assert await ended(mine) == 1012
            words = signed(stage.grant, **limit(newClientOrderId="ws-after"))
            await others.send(json.dumps({"id": 8, "method": "order.place", "params": words}))
            await told_of(others, "executionReport")
            back = signed(stage.grant, symbol="ETHBTC")
            await others.send(
                json.dumps({"id": 9, "method": "openOrders.cancelAll", "params": back})
            )
            await told_of(others, "executionReport")

    asyncio.run(follow())
    assert not any(g == grant["id"] for g in stage.status()["grants"]), ACCOUNT


def test_a_fill_is_known_by_the_stream_before_it_is_asked_for(stage: Stage) -> None:
    """Followed by a bot, the ledger hears of a fill at once."""

    async def follow() -> None:
        async with opened(stage, "/ws-api/v3") as socket:
            await followed(socket, stage.grant)
            order = {"symbol": "ETHBTC", "side": "BUY", "type": "MARKET", "quantity": "0.1"}
            words = signed(stage.grant, **order)
            await socket.send(json.dumps({"id": 8, "method": "order.place", "params": words}))
            while (await told_of(socket, "executionReport"))["X"] != "FILLED":
                pass

    fills = len(stage.records("Filled"))
    asyncio.run(follow())
    deadline = time.monotonic() + PATIENCE_S
    while len(stage.records("Filled")) == fills:
        assert time.monotonic() < deadline


def test_what_ends_when_the_courier_or_the_signer_goes(stage: Stage) -> None:
    async def watch() -> None:
        async with opened(stage, "/ws") as public:
            await public.send('{"method":"LIST_SUBSCRIPTIONS","id":4}')
            assert (await said(public))["result"] == []
            await asyncio.to_thread(stage.run, stage.house.courier.kill())
            assert await ended(public) == 1012
        async with opened(stage, "/ws/ethbtc@bookTicker") as public:
            assert await ended(public) == 1012
        await asyncio.to_thread(stage.run, stage.house.courier.start())
        await asyncio.to_thread(stage.run, stage.house.until_ready())
        async with opened(stage, "/ws-api/v3") as private:
            for _ in range(100):
                answer = await ask(
                    private, "userDataStream.subscribe.signature", **signed(stage.grant)
                )
                if "result" in answer:
                    break
                await asyncio.sleep(0.1)
            await asyncio.to_thread(stage.run, stage.house.signer.kill())
            assert await ended(private) == 1012
        await asyncio.to_thread(stage.run, stage.house.signer.start())
        await asyncio.to_thread(stage.run, stage.house.until_ready())

    asyncio.run(watch())
