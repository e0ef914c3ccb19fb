"""Bots' websockets: the exchange's websocket API, each call answered by the signer, and its public
streams, handed on from the courier."""

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal, StreamsFile
from tradelatch.gate.link import SignerLink
from tradelatch.isolation.sockets import user_of
from tradelatch.model.http import Request
from tradelatch.model.wire import BrokenFrame, Follow, Frames, Say, frame

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MOST_AT_ONCE = 64
"""Calls of one websocket that are being answered; more wait unread."""
MAX_WAITING, MAX_BYTES = 5_000, 8 << 20
"""Messages, and bytes of them, that may wait for a slow bot before it is hung up on."""
_OVER, _NOT_TEXT, _BROKE_RULES, _AWAY = 1000, 1003, 1008, 1012
_CHUNK = 1 << 16


class Socket:
    """One open websocket of a bot. Sending never waits; a bot that does not read is let go."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._woken = asyncio.Event()
        self._code = 0
        self.given_up = asyncio.Event()
        """The bot does not read: nothing is waited for any more."""

    def tell(self, message: bytes) -> None:
        """Queue a text message; an empty one ends the websocket."""
        if not message:
            self.end(_AWAY)
        elif not self._code:
            self._waiting.append(message)
            self._bytes += len(message)
            self._woken.set()
        if len(self._waiting) > MAX_WAITING or self._bytes > MAX_BYTES:
            self._waiting.clear()
            self._bytes = 0
            self.end(_BROKE_RULES)
            self.given_up.set()

    def end(self, code: int) -> None:
        """End it, after what is queued has been sent."""
        self._code = self._code or code
        self._woken.set()

    async def heard(self) -> bytes | None:
        """The next message; None at the end."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self.end(_OVER)
            return None
        if message.get("text") is None:
            self.end(_NOT_TEXT)
            return None
        return str(message["text"]).encode()

    async def write(self) -> None:
        """Send what is queued until the websocket ends; runs beside the reading."""
        while True:
            while self._waiting:
                message = self._waiting.popleft()
                self._bytes -= len(message)
                text = message.decode(errors="replace")
                await self._send({"type": "websocket.send", "text": text})
            if self._code:
                await self._send({"type": "websocket.close", "code": self._code})
                return
            self._woken.clear()
            await self._woken.wait()


class Sockets:
    """Serves bots' websockets."""

    def __init__(
        self,
        link: SignerLink,
        courier: Path,
        couriers: frozenset[int],
        urls: Callable[[str], str],
    ) -> None:
        """`courier` is the socket at which streams are had, `couriers` the users who may be at its
        other end; `urls` tells an exchange's base URL, empty for its own hosts."""
        self._link, self._urls = link, urls
        self._courier, self._couriers = courier, couriers
        self._numbers = itertools.count(1)

    async def serve(
        self,
        exchange: ExchangeFile,
        path: str,
        query: str,
        source: str,
        receive: Receive,
        send: Send,
    ) -> None:
        """Serve one websocket until it ends."""
        await receive()  # its connect
        socket = Socket(receive, send)
        serving: Coroutine[Any, Any, None]
        try:
            if exchange.STREAMS is None:
                raise Refusal(Reason.UNKNOWN_ENDPOINT, "no websocket of this exchange passes here")
            streams = exchange.STREAMS
            if path.rstrip("/") == streams.CALLS:
                serving = self._calls(exchange, streams, path, source, socket)
            else:
                dialled = streams.public_stream(path, query)
                url = streams.stream_url(self._urls(exchange.NAME), dialled)
                serving = self._relay(exchange, streams, url, socket)
        except Refusal:
            await send({"type": "websocket.close", "code": _BROKE_RULES})
            return
        await send({"type": "websocket.accept"})
        tasks = [asyncio.create_task(work) for work in (serving, socket.write())]
        tasks[0].add_done_callback(lambda _: socket.end(_OVER))
        given_up = asyncio.create_task(socket.given_up.wait())
        try:
            # Whoever is done first has ended it: the writer after the reader, or without him.
            await asyncio.wait([tasks[1], given_up], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, given_up):
                task.cancel()
            await asyncio.gather(*tasks, given_up, return_exceptions=True)

    # The websocket API

    async def _calls(
        self,
        exchange: ExchangeFile,
        streams: StreamsFile,
        path: str,
        source: str,
        socket: Socket,
    ) -> None:
        number = next(self._numbers)
        self._link.streams[number] = socket.tell
        room, tasks = asyncio.Semaphore(MOST_AT_ONCE), set[asyncio.Task[None]]()

        async def answer(text: bytes) -> None:
            try:
                request = Request(streams.CALL, exchange.NAME, path, "", (), text)
                response = await self._link.answer(exchange, request, source, number)
                socket.tell(streams.answered(request, response))
            finally:
                room.release()

        try:
            while (text := await socket.heard()) is not None:
                await room.acquire()
                task = asyncio.create_task(answer(text))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._link.streams.pop(number, None)
            self._link.leave(number)

    # Public streams

    async def _relay(
        self, exchange: ExchangeFile, streams: StreamsFile, url: str, socket: Socket
    ) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._courier))
        except OSError:
            socket.end(_AWAY)
            return
        if user_of(writer.get_extra_info("socket")) not in self._couriers:
            writer.close()
            socket.end(_AWAY)
            return
        writer.write(frame(Follow(url)))
        telling = asyncio.create_task(_tell(reader, socket))
        try:
            while (text := await socket.heard()) is not None:
                try:
                    writer.write(frame(Say(streams.said(text))))
                    await writer.drain()
                except Refusal as refusal:
                    socket.tell(exchange.refuse(refusal).body)
        except ConnectionError:
            socket.end(_AWAY)
        finally:
            telling.cancel()
            writer.close()


async def _tell(reader: asyncio.StreamReader, socket: Socket) -> None:
    """Hand on what the exchange says, until it ends."""
    frames: Frames[Say] = Frames(Say)
    try:
        while data := await reader.read(_CHUNK):
            for message in frames.feed(data):
                socket.tell(message.text)
    except (BrokenFrame, ConnectionError):
        pass
    finally:
        socket.end(_AWAY)
