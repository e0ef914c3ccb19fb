"""A bot that does not read its websocket."""

import asyncio
from typing import Any

import pytest

from tradelatch.gate import sockets
from tradelatch.gate.sockets import Socket


class Stuck:
    """A bot's connection into which nothing more fits."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        await asyncio.Event().wait()


@pytest.mark.parametrize(("count", "size"), [(sockets.MAX_WAITING + 2, 1), (4, 4 << 20)])
async def test_it_is_given_up_and_what_waits_for_it_is_dropped(count: int, size: int) -> None:
    stuck = Stuck()
    socket = Socket(stuck.receive, stuck.send)
    writing = asyncio.create_task(socket.write())
    for _ in range(count):
        socket.tell(b"x" * size)
        await asyncio.sleep(0)
    assert socket.given_up.is_set()
    assert not socket._waiting
    assert len(stuck.sent) == 1
    socket.tell(b"more")
    assert not socket._waiting
    writing.cancel()


async def test_one_that_reads_is_told_all_in_order() -> None:
    told: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        told.append(message.get("text", message["type"]))

    socket = Socket(Stuck().receive, send)
    for number in range(5):
        socket.tell(str(number).encode())
    socket.tell(b"\xff")
    socket.end(1000)
    await socket.write()
    assert told == ["0", "1", "2", "3", "4", "�", "websocket.close"]
