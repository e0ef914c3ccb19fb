"""The gate's connection to the signer's socket: one for all requests, reopened when lost."""

import asyncio
from pathlib import Path

from tradelatch.model.http import Request, Response
from tradelatch.model.wire import Answer, Ask, BrokenFrame, Frames, frame

_CHUNK = 1 << 16


class SignerAway(Exception):
    """No connection could be made; nothing was handed over."""


class SignerLost(Exception):
    """The connection broke after the request was handed over."""


class SignerLink:
    """Asks the signer; many requests share one connection."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._next_id = 0
        self._connecting = asyncio.Lock()

    async def ask(self, request: Request, source: str) -> Response:
        """The signer's answer.

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
        writer.write(frame(Ask(self._next_id, request, source)))
        return (await answer).response

    async def _connect(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None:
                try:
                    reader, writer = await asyncio.open_unix_connection(str(self._socket))
                except OSError as error:
                    raise SignerAway from error
                self._writer = writer
                self._reading = asyncio.create_task(self._read(reader, writer))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames: Frames[Answer] = Frames(Answer)
        try:
            while data := await reader.read(_CHUNK):
                for answer in frames.feed(data):
                    waiting = self._pending.pop(answer.id, None)
                    if waiting and not waiting.done():
                        waiting.set_result(answer)
        except (BrokenFrame, ConnectionError):
            pass
        finally:
            writer.close()
            self._writer = None
            pending, self._pending = self._pending, {}
            for waiting in pending.values():
                if not waiting.done():
                    waiting.set_exception(SignerLost())
