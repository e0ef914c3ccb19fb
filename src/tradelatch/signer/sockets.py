"""Unix sockets that only who is meant to may speak to, and the link to the courier."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.exchanges.claims import AnyClaim, Look, LookAt, Send, Sent, Sign
from tradelatch.isolation.sockets import Neighbours, listener
from tradelatch.model.wire import BrokenFrame, Frames, Hello, frame

MOST_UNREAD = 64 << 20
"""Bytes that may wait for a peer."""
_CHUNK = 1 << 16


class Peer:
    """Whoever is at the other end of a connection. What one turn of the loop says to him leaves
    in one write, since each wakes him up."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._frames: list[bytes] = []

    @property
    def is_gone(self) -> bool:
        """The connection has ended."""
        return self._writer.is_closing()

    def push(self, message: msgspec.Struct) -> None:
        """Send a message; to who has gone, nothing. Who does not read is hung up on."""
        if self.is_gone:
            return
        if not self._frames:
            asyncio.get_running_loop().call_soon(self._write)
        self._frames.append(frame(message))

    def hang_up(self) -> None:
        """End the connection."""
        self._writer.close()

    def _write(self) -> None:
        frames, self._frames = self._frames, []
        if self.is_gone:
            return
        self._writer.write(b"".join(frames))
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            self._writer.transport.abort()


Handler = Callable[[Any, Peer], Awaitable[msgspec.Struct | None]]


async def serve(path: Path, kind: Any, handler: Handler, neighbours: Neighbours) -> asyncio.Server:
    """Answer each message of `kind` with what `handler` makes of it, concurrently.

    A peer that may not use it is hung up on, and so is one that sends what is no frame.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(writer)

        async def answer(message: Any) -> None:
            if reply := await handler(message, peer):
                peer.push(reply)

        await _converse(reader, writer, kind, answer, neighbours)

    return await _listen(path, connected, neighbours)


class CourierLink:
    """The courier's connection: requests go out, answers come back; what it says besides goes to
    `serve`'s handler."""

    def __init__(self, patience_s: float, neighbours: Neighbours) -> None:
        """`patience_s` is how long the courier's answer is waited for."""
        self._patience_s, self._neighbours = patience_s, neighbours
        self._courier: Peer | None = None
        self._pending: dict[int, asyncio.Future[Sent]] = {}
        self._next_id = 0

    async def serve(
        self, path: Path, handler: Callable[[Any], Awaitable[Any]], lose: Callable[[], None]
    ) -> asyncio.Server:
        """Listen for the courier; a newer connection replaces an older one, and `lose` is called
        at the end of each."""
        self._handler, self._lose = handler, lose
        return await _listen(path, self._connected, self._neighbours)

    async def send(self, send: Send) -> Sent:
        """Have one request sent and wait for what comes of it; never raises."""
        if self._courier is None or self._courier.is_gone:
            return Sent(0, was_sent=False, error="the courier is not running")
        self._next_id += 1
        number = self._next_id
        answer: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        self._courier.push(msgspec.structs.replace(send, id=number))
        try:
            async with asyncio.timeout(self._patience_s):
                return await answer
        except TimeoutError:
            return Sent(0, error="the courier gave no answer in time")
        finally:
            self._pending.pop(number, None)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._neighbours.admit(_socket(writer)):  # else it would end the courier's
            writer.close()
            return
        if self._courier:
            self._courier.hang_up()
        self._lose_pending()
        self._courier = courier = Peer(writer)

        async def heard(message: Sent | Look | LookAt | Sign | AnyClaim) -> None:
            if isinstance(message, Sent):
                self._answered(message)
            elif reply := await self._handler(message):
                courier.push(reply)

        try:
            kind = Sent | Look | LookAt | Sign | AnyClaim
            await _converse(reader, writer, kind, heard, self._neighbours)
        finally:
            if self._courier is courier:
                self._courier = None
                self._lose_pending()

    def _answered(self, sent: Sent) -> None:
        answer = self._pending.pop(sent.id, None)
        if answer and not answer.done():
            answer.set_result(sent)

    def _lose_pending(self) -> None:
        """Nobody knows what became of what was handed to a courier that is gone."""
        self._lose()
        for number, answer in self._pending.items():
            if not answer.done():
                answer.set_result(Sent(number, error="the courier went away"))
        self._pending.clear()


async def _listen(
    path: Path,
    connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    neighbours: Neighbours,
) -> asyncio.Server:
    return await asyncio.start_unix_server(connected, sock=listener(path, neighbours.door))


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    kind: Any,
    handle: Callable[[Any], Awaitable[None]],
    neighbours: Neighbours,
) -> None:
    """Read messages until the peer hangs up, handling each in a task of its own."""
    frames: Frames[Any] = Frames(kind | Hello)
    tasks: set[asyncio.Task[None]] = set()
    peer = _socket(writer)
    try:
        while neighbours.admit(peer) and (data := await reader.read(_CHUNK)):
            for message in frames.feed(data):
                if isinstance(message, Hello):
                    neighbours.hear(peer, message)
                    continue
                task = asyncio.ensure_future(_as_task(handle, message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
    except (BrokenFrame, ConnectionError):
        return
    except asyncio.CancelledError:
        # The signer stops. asyncio's streams would print a traceback for a cancelled handler.
        return
    finally:
        neighbours.leave(peer)
        writer.close()


async def _as_task(handle: Callable[[Any], Awaitable[None]], message: Any) -> None:
    await handle(message)


def _socket(writer: asyncio.StreamWriter) -> Any:
    return writer.get_extra_info("socket")
