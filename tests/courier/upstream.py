"""An exchange that misbehaves on request: a real server in front of the real venue."""

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.house.stage import Stage

Fault = Callable[[asyncio.StreamWriter], None]
_END = b"\r\n\r\n"


def hanging(writer: asyncio.StreamWriter) -> None:
    """Nothing, for ever."""


def answering(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Fault:
    """An answer, whose length may be a lie."""
    lines = [f"HTTP/1.1 {status}", *headers]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    data = "\r\n".join(lines).encode() + _END + body

    def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if length is not None:
            writer.close()

    return answer


def saying(data: bytes) -> Fault:
    """Bytes, and then the end."""

    def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()

    return answer


def closing(writer: asyncio.StreamWriter) -> None:
    """Nothing, and then the end."""
    writer.close()


def resetting(writer: asyncio.StreamWriter) -> None:
    """Nothing, and a reset."""
    writer.transport.abort()


class Faulty(Stage):
    """A stage whose exchange does what is asked of it, else what the venue does."""

    # Short, for what has to be waited out.
    settings = f"{Stage.settings}\nrecv_window_ms = 2000"
    courier = "timeout_ms = 2000"

    async def exchange_url(self) -> str:
        self._venue = urlsplit(self.world.url)
        self.fault: Fault | None = None
        self.target = b""
        self.hidden = False
        """Whether the venue gets the request before its answer is withheld."""
        self.seen: list[bytes] = []
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close_exchange(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.1)  # transports close in the loop's next rounds

    def break_down(self, target: str, fault: Fault, *, hidden: bool = False) -> None:
        """From now on the requests that begin with `target` meet the fault."""
        self.seen.clear()
        self.target, self.fault, self.hidden = target.encode(), fault, hidden

    def heal(self) -> None:
        """Be as good as the venue again."""
        self.fault = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with (
            contextlib.closing(writer),
            contextlib.suppress(ConnectionError, asyncio.IncompleteReadError),
        ):
            while request := await _message(reader):
                fault = self.fault if request.startswith(self.target) else None
                if fault:
                    self.seen.append(request)
                answer = b"" if fault and not self.hidden else await self._ask_venue(request)
                if fault:
                    fault(writer)
                else:
                    writer.write(answer)
                await writer.drain()

    async def _ask_venue(self, request: bytes) -> bytes:
        host, port = self._venue.hostname, self._venue.port
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request or answer with a length; empty at the end."""
    try:
        head = await reader.readuntil(_END)
    except asyncio.IncompleteReadError:
        return b""
    sizes = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    return head + await reader.readexactly(sizes[0] if sizes else 0)
