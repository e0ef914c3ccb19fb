"""Bots' websockets: the exchange's websocket API, each call answered by the signer, and its public
streams, handed on from the courier."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal
from tradelatch.gate.link import SignerAway, SignerLink, SignerLost
from tradelatch.model.http import Request, Response
from tradelatch.model.wire import BrokenFrame, Follow, Frames, Say, frame

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MOST_AT_ONCE = 64
"""Calls of one websocket that are being answered; more wait unread."""
MAX_WAITING = 5_000
"""Messages that may wait for a slow bot before it is hung up on."""
_OVER, _NOT_TEXT, _BROKE_RULES, _AWAY = 1000, 1003, 1008, 1012
_CHUNK = 1 << 16


class Socket:
    """One open websocket of a bot. Sending never waits; a bot that does not read is let go."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._waiting: asyncio.Queue[bytes | int] = asyncio.Queue()
        self._ended = False

    def tell(self, message: bytes) -> None:
        """Queue a text message; an empty one ends the websocket."""
        if self._waiting.qsize() >= MAX_WAITING:
            self.end(_BROKE_RULES)
        elif message:
            self._waiting.put_nowait(message)
        else:
            self.end(_AWAY)

    def end(self, code: int) -> None:
        """End it, after what is queued has been sent."""
        if not self._ended:
            self._ended = True
            self._waiting.put_nowait(code)

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
            message = await self._waiting.get()
            if isinstance(message, int):
                await self._send({"type": "websocket.close", "code": message})
                return
            await self._send({"type": "websocket.send", "text": message.decode()})


class Sockets:
    """Serves bots' websockets."""

    def __init__(self, link: SignerLink, courier: Path, urls: Callable[[str], str]) -> None:
        """`courier` is the socket at which streams are had; `urls` tells an exchange's base URL,
        empty for its own hosts."""
        self._link, self._courier, self._urls = link, courier, urls
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
        try:
            streams = exchange.public_stream(path, query)
        except Refusal:
            streams = ""
        if path.rstrip("/") != exchange.CALLS and not streams:
            await send({"type": "websocket.close", "code": _BROKE_RULES})
            return
        await send({"type": "websocket.accept"})
        socket = Socket(receive, send)
        writing = asyncio.create_task(socket.write())
        try:
            if streams:
                await self._relay(exchange, streams, socket)
            else:
                await self._calls(exchange, path, source, socket)
            await writing
        finally:
            writing.cancel()

    # The websocket API

    async def _calls(self, exchange: ExchangeFile, path: str, source: str, socket: Socket) -> None:
        number = next(self._numbers)
        self._link.streams[number] = socket.tell
        room, tasks = asyncio.Semaphore(MOST_AT_ONCE), set[asyncio.Task[None]]()

        async def answer(text: bytes) -> None:
            try:
                request = Request(exchange.CALL, exchange.NAME, path, "", (), text)
                response = await self._answer(exchange, request, source, number)
                socket.tell(exchange.answered(request, response))
            finally:
                room.release()

        try:
            while (text := await socket.heard()) is not None:
                await room.acquire()
                task = asyncio.create_task(answer(text))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        finally:
            self._link.streams.pop(number, None)
            self._link.leave(number)

    async def _answer(
        self, exchange: ExchangeFile, request: Request, source: str, number: int
    ) -> Response:
        try:
            return await self._link.ask(request, source, number)
        except SignerAway:
            says = "the signer is not running; nothing was sent"
            return exchange.refuse(Refusal(Reason.UNAVAILABLE, says))
        except SignerLost:
            says = "the signer went away; ask for the order before you send it again"
            return exchange.refuse(Refusal(Reason.OUTCOME_UNKNOWN, says))

    # Public streams

    async def _relay(self, exchange: ExchangeFile, path: str, socket: Socket) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._courier))
        except OSError:
            socket.end(_AWAY)
            return
        writer.write(frame(Follow(exchange.stream_url(self._urls(exchange.NAME), path))))
        telling = asyncio.create_task(_tell(reader, socket))
        try:
            while (text := await socket.heard()) is not None:
                try:
                    writer.write(frame(Say(exchange.said(text))))
                except Refusal as refusal:
                    socket.tell(exchange.refuse(refusal).body)
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
