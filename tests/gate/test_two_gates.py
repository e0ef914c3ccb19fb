"""Several gates before one signer: each serves whoever comes to it, and none lives off another."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.gate.test_sockets import PATIENCE_S, ask, ended, limit, said, signed
from tests.house.stage import Stage
from tradelatch.drills.processes import Child


class Second:
    """One more gate in the same house."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        command = ("-m", "tradelatch.cli", "gate", "--config", str(stage.house.config))
        self.child = Child("second-gate", command, folder)

    def __enter__(self) -> "Second":
        self._stage.run(self.child.start())
        self.port = urlsplit(self._stage.run(self.child.address())).port
        return self

    def __exit__(self, *_: object) -> None:
        self._stage.run(self.child.kill())


@pytest.fixture
def second(stage: Stage, tmp_path: Path) -> Iterator[Second]:
    with Second(stage, tmp_path) as started:
        yield started


@asynccontextmanager
async def calls(port: int | None) -> AsyncIterator[ClientConnection]:
    address = f"ws://127.0.0.1:{port}/binance/ws-api/v3"
    async with asyncio.timeout(PATIENCE_S), connect(address, proxy=None) as socket:
        yield socket


async def told(socket: ClientConnection, state: str) -> None:
    """Wait until the account's events tell of an order in that state."""
    while True:
        event = (await said(socket)).get("event", {})
        if event.get("X") == state:
            return


def test_each_tells_its_bots_and_goes_on_when_another_dies(stage: Stage, second: Second) -> None:
    follow = "userDataStream.subscribe.signature"

    async def trade() -> None:
        async with calls(stage.port) as first, calls(second.port) as other, calls(stage.port) as at:
            for socket in (first, other):
                assert (await ask(socket, follow, **signed(stage.grant)))["status"] == 200
            placed = await ask(at, "order.place", **signed(stage.grant, **limit()))
            await asyncio.gather(told(first, "NEW"), told(other, "NEW"))
            os.kill(second.child.pid, signal.SIGKILL)
            assert await ended(other) is not None
            number = placed["result"]["orderId"]
            gone = signed(stage.grant, symbol="ETHBTC", orderId=number)
            assert (await ask(at, "order.cancel", **gone))["status"] == 200
            await told(first, "CANCELED")

    asyncio.run(trade())
    stage.check_alive()


def test_what_one_has_taken_no_other_takes_again(stage: Stage, second: Second) -> None:
    async def replay() -> None:
        async with calls(stage.port) as first, calls(second.port) as other:
            order = signed(stage.grant, **limit(newClientOrderId="once"))
            placed = await ask(first, "order.place", **order)
            assert placed["status"] == 200
            again = await ask(other, "order.place", **order)
            assert again["status"] == 400, json.dumps(again)
            gone = signed(stage.grant, symbol="ETHBTC", orderId=placed["result"]["orderId"])
            assert (await ask(other, "order.cancel", **gone))["status"] == 200

    asyncio.run(replay())
