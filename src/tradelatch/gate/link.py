"""The gate's connection to the signer's socket: one for all requests, reopened when lost."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal
from tradelatch.isolation.process import in_force
from tradelatch.isolation.sockets import user_of
from tradelatch.model.http import Request, Response
from tradelatch.model.wire import Answer, Ask, BrokenFrame, Event, Frames, Gone, Hello, frame

PATIENCE_S = 60.0
"""The signer answers sooner, whatever the exchange does."""
RETRY_S = 1.0
_CHUNK = 1 << 16


class SignerAway(Exception):
    """No connection could be made; nothing was handed over."""


class SignerLost(Exception):
    """The connection broke after the request was handed over."""


class SignerLink:
    """Asks the signer; many requests share one connection."""

    def __init__(self, socket: Path, signers: frozenset[int]) -> None:
        """`signers` are the users who may be the signer, by number."""
        self._socket, self._signers = socket, signers
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self.streams: dict[int, Callable[[bytes], None]] = {}
        """Who is told unasked, by the number of his websocket; nothing is said at the end."""
        self._next_id = 0
        self._connecting = asyncio.Lock()

    async def answer(
        self, exchange: ExchangeFile, request: Request, source: str, stream: int = 0
    ) -> Response:
        """The same; where there is none, the refusal in the exchange's own form."""
        try:
            return await self.ask(request, source, stream)
        except SignerAway:
            says = "the signer is not running; nothing was sent"
            return exchange.refuse(Refusal(Reason.UNAVAILABLE, says))
        except SignerLost:
            says = "the signer went away; ask for the order before you send it again"
            return exchange.refuse(Refusal(Reason.OUTCOME_UNKNOWN, says))

    async def ask(self, request: Request, source: str, stream: int = 0) -> Response:
        """The signer's answer; `stream` is the number of the websocket that the request came by.

        Raises:
            SignerAway: nothing was handed over.
            SignerLost: it was, and no answer came.
        """
        writer = await self._connect()
        if writer.is_closing():
            raise SignerAway  # uvloop raises where asyncio would drop what is written
        self._next_id += 1
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[self._next_id] = answer
        number = self._next_id
        writer.write(frame(Ask(number, request, source, stream)))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return (await answer).response
        except TimeoutError as error:
            raise SignerLost from error
        finally:
            self._pending.pop(number, None)

    async def stay(self) -> None:
        """Be connected before anybody asks, and again once the signer is back."""
        while True:
            with contextlib.suppress(SignerAway):
                await self._connect()
            await asyncio.sleep(RETRY_S)

    def leave(self, stream: int) -> None:
        """A bot's websocket has ended."""
        if self._writer and not self._writer.is_closing():
            self._writer.write(frame(Gone(stream)))

    async def _connect(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None:
                try:
                    reader, writer = await asyncio.open_unix_connection(str(self._socket))
                except OSError as error:
                    raise SignerAway from error
                if user_of(writer.get_extra_info("socket")) not in self._signers:
                    writer.close()
                    raise SignerAway
                writer.write(frame(Hello(in_force())))
                self._writer = writer
                self._reading = asyncio.create_task(self._read(reader, writer))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames: Frames[Answer | Event] = Frames(Answer | Event)
        try:
            while data := await reader.read(_CHUNK):
                for message in frames.feed(data):
                    self._take(message)
        except (BrokenFrame, ConnectionError):
            pass
        finally:
            writer.close()
            self._writer = None
            pending, self._pending = self._pending, {}
            for waiting in pending.values():
                if not waiting.done():
                    waiting.set_exception(SignerLost())
            for tell in list(self.streams.values()):
                tell(b"")

    def _take(self, message: Answer | Event) -> None:
        if isinstance(message, Event):
            if tell := self.streams.get(message.stream):
                tell(message.body)
            return
        waiting = self._pending.pop(message.id, None)
        if waiting and not waiting.done():
            waiting.set_result(message)
