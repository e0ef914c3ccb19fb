"""Unix sockets that only who is meant to may speak to, and the link to the courier."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.exchanges.claims import AnyClaim, Look, LookAt, Send, Sent, Sign
from tradelatch.isolation.sockets import Neighbours, listener
from tradelatch.model.wire import BrokenFrame, Frames, Hello, frame
from tradelatch.signer.courier_desk import CourierDesk

MOST_UNREAD = 64 << 20
"""Bytes that may wait for a peer."""

Handler = Callable[[Any, "Peer"], Coroutine[Any, Any, None] | None]


def _nothing(peer: "Peer") -> None:
    """Nobody has to know that a peer came or went."""


class Peer(asyncio.Protocol):
    """Whoever is at the other end of a connection. What one turn of the loop says to him leaves in
    one write, since each wakes him up.

    One that may not use the socket is hung up on, and so is one that sends what is no frame.
    """

    def __init__(
        self,
        kind: Any,
        handle: Handler,
        neighbours: Neighbours,
        came: Callable[["Peer"], None] = _nothing,
        went: Callable[["Peer"], None] = _nothing,
    ) -> None:
        """`handle` takes each message of `kind`; what it returns is done in a task of its own."""
        self._frames: Frames[Any] = Frames(kind | Hello)
        self._handle, self._neighbours = handle, neighbours
        self._came, self._went = came, went
        self._waiting: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_gone(self) -> bool:
        """The connection has ended."""
        return self._transport.is_closing()

    def push(self, message: msgspec.Struct) -> None:
        """Send a message; to who has gone, nothing. Who does not read is hung up on."""
        if self.is_gone:
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        self._waiting.append(frame(message))

    def hang_up(self) -> None:
        """End the connection."""
        self._transport.close()

    def _write(self) -> None:
        frames, self._waiting = self._waiting, []
        if self.is_gone:
            return
        self._transport.write(b"".join(frames))
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """He has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._socket = transport, transport.get_extra_info("socket")
        if self._neighbours.admit(self._socket):
            self._came(self)
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """He has said something."""
        if self.is_gone:
            return
        try:
            messages = self._frames.feed(data)
        except BrokenFrame:
            self.hang_up()
            return
        for message in messages:
            if isinstance(message, Hello):
                self._neighbours.hear(self._socket, message)
            elif work := self._handle(message, self):
                task = asyncio.ensure_future(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def connection_lost(self, error: Exception | None) -> None:
        """He has gone."""
        self._neighbours.leave(self._socket)
        self._went(self)


async def serve(
    path: Path,
    kind: Any,
    answer: Callable[[Any, Peer], Coroutine[Any, Any, msgspec.Struct | None]],
    neighbours: Neighbours,
) -> asyncio.Server:
    """Answer each message of `kind`, concurrently."""

    async def reply(message: Any, peer: Peer) -> None:
        if said := await answer(message, peer):
            peer.push(said)

    return await _listen(path, lambda: Peer(kind, reply, neighbours), neighbours)


class CourierLink:
    """The courier's connection: requests go out, answers come back; what it says besides is for
    its desk."""

    def __init__(self, patience_s: float, neighbours: Neighbours) -> None:
        """`patience_s` is how long the courier's answer is waited for."""
        self._patience_s, self._neighbours = patience_s, neighbours
        self._courier: Peer | None = None
        self._pending: dict[int, asyncio.Future[Sent]] = {}
        self._next_id = 0

    async def serve(
        self, path: Path, desk: CourierDesk, lose: Callable[[], None]
    ) -> asyncio.Server:
        """Listen for the courier; a newer connection replaces an older one, and `lose` is called
        at the end of each."""
        self._desk, self._lose = desk, lose
        kind = Sent | Look | LookAt | Sign | AnyClaim

        def courier() -> Peer:
            return Peer(kind, self._heard, self._neighbours, self._came, self._went)

        return await _listen(path, courier, self._neighbours)

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

    def _came(self, courier: Peer) -> None:
        if self._courier:
            self._courier.hang_up()
        self._lose_pending()
        self._courier = courier

    def _went(self, courier: Peer) -> None:
        if self._courier is courier:
            self._courier = None
            self._lose_pending()

    def _heard(
        self, message: Sent | Look | LookAt | Sign | AnyClaim, courier: Peer
    ) -> Coroutine[Any, Any, None] | None:
        """All but a question to sign is taken at once, in the order in which it was said."""
        if isinstance(message, Sign):
            return self._sign(message, courier)
        if not isinstance(message, Sent):
            if reply := self._desk.take(message):
                courier.push(reply)
        elif (answer := self._pending.pop(message.id, None)) and not answer.done():
            answer.set_result(message)
        return None

    async def _sign(self, sign: Sign, courier: Peer) -> None:
        courier.push(await self._desk.sign(sign))

    def _lose_pending(self) -> None:
        """Nobody knows what became of what was handed to a courier that is gone."""
        self._lose()
        for number, answer in self._pending.items():
            if not answer.done():
                answer.set_result(Sent(number, error="the courier went away"))
        self._pending.clear()


async def _listen(path: Path, peer: Callable[[], Peer], neighbours: Neighbours) -> asyncio.Server:
    bound = listener(path, neighbours.door)
    return await asyncio.get_running_loop().create_unix_server(peer, sock=bound)
