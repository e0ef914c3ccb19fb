"""Unix sockets that only the signer's own user may speak to, and the link to the courier."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.exchanges.claims import AnyClaim, Look, LookAt, Send, Sent, Sign
from tradelatch.isolation.sockets import is_own_user, listener
from tradelatch.model.wire import BrokenFrame, Frames, frame

MOST_UNREAD = 64 << 20
"""Bytes that may wait for a peer."""
_CHUNK = 1 << 16


class Peer:
    """Whoever is at the other end of a connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    @property
    def is_gone(self) -> bool:
        """The connection has ended."""
        return self._writer.is_closing()

    def push(self, message: msgspec.Struct) -> None:
        """Send a message; to who has gone, nothing. Who does not read is hung up on."""
        if self.is_gone:
            return
        self._writer.write(frame(message))
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            self._writer.transport.abort()


Handler = Callable[[Any, Peer], Awaitable[msgspec.Struct | None]]


async def serve(path: Path, kind: Any, handler: Handler) -> asyncio.Server:
    """Answer each message of `kind` with what `handler` makes of it, concurrently.

    A peer of another user is hung up on, and so is one that sends what is no frame.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(writer)

        async def answer(message: Any) -> None:
            if reply := await handler(message, peer):
                peer.push(reply)

        await _converse(reader, writer, kind, answer)

    return await _listen(path, connected)


class CourierLink:
    """The courier's connection: requests go out, answers come back; what it says besides goes to
    `serve`'s handler."""

    def __init__(self, patience_s: float) -> None:
        """`patience_s` is how long the courier's answer is waited for."""
        self._patience_s = patience_s
        self._writer: asyncio.StreamWriter | None = None
        self._pending: dict[int, asyncio.Future[Sent]] = {}
        self._next_id = 0

    async def serve(
        self, path: Path, handler: Callable[[Any], Awaitable[Any]], lose: Callable[[], None]
    ) -> asyncio.Server:
        """Listen for the courier; a newer connection replaces an older one, and `lose` is called
        at the end of each."""
        self._handler, self._lose = handler, lose
        return await _listen(path, self._connected)

    async def send(self, send: Send) -> Sent:
        """Have one request sent and wait for what comes of it; never raises."""
        if self._writer is None or self._writer.is_closing():
            return Sent(0, was_sent=False, error="the courier is not running")
        self._next_id += 1
        number = self._next_id
        answer: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        self._writer.write(frame(msgspec.structs.replace(send, id=number)))
        try:
            async with asyncio.timeout(self._patience_s):
                return await answer
        except TimeoutError:
            return Sent(0, error="the courier gave no answer in time")
        finally:
            self._pending.pop(number, None)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _speaks_for_us(writer):  # before the courier is hung up on for its sake
            writer.close()
            return
        if self._writer:
            self._writer.close()
        self._lose_pending()
        self._writer = writer

        async def heard(message: Sent | Look | LookAt | Sign | AnyClaim) -> None:
            if isinstance(message, Sent):
                self._answered(message)
            elif (reply := await self._handler(message)) and not writer.is_closing():
                writer.write(frame(reply))

        try:
            await _converse(reader, writer, Sent | Look | LookAt | Sign | AnyClaim, heard)
        finally:
            if self._writer is writer:
                self._writer = None
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
    path: Path, connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> asyncio.Server:
    return await asyncio.start_unix_server(connected, sock=listener(path))


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    kind: Any,
    handle: Callable[[Any], Awaitable[None]],
) -> None:
    """Read messages until the peer hangs up, handling each in a task of its own."""
    frames: Frames[Any] = Frames(kind)
    tasks: set[asyncio.Task[None]] = set()
    try:
        while _speaks_for_us(writer) and (data := await reader.read(_CHUNK)):
            for message in frames.feed(data):
                task = asyncio.ensure_future(_as_task(handle, message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
    except (BrokenFrame, ConnectionError):
        return
    except asyncio.CancelledError:
        # The signer stops. asyncio's streams would print a traceback for a cancelled handler.
        return
    finally:
        writer.close()


async def _as_task(handle: Callable[[Any], Awaitable[None]], message: Any) -> None:
    await handle(message)


def _speaks_for_us(writer: asyncio.StreamWriter) -> bool:
    return is_own_user(writer.get_extra_info("socket"))
