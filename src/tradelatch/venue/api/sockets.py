"""One websocket connection: what comes in is limited, what goes out waits in a bounded queue.

Closing codes are RFC 6455's: 1008 where a client breaks the rules, 1003 for binary data.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from tradelatch.venue.api.asgi import Receive, Scope, Send, source_of

MAX_WAITING = 5_000
"""Messages that may wait for a slow client before it is hung up on."""
MESSAGES_PER_S = 5
GONE = 1012
"""The closing code of a connection that meets trouble (\"service restart\")."""
_BROKE_RULES, _NOT_TEXT, _OVER = 1008, 1003, 1000


class Socket:
    """A connection that is open. Sending never waits; a client that does not read is let go."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.source = source_of(scope)
        self._receive = receive
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()
        self._close_code = 0

    def send(self, message: bytes) -> None:
        """Queue a text message (UTF-8)."""
        if self._close_code:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            self.close(_BROKE_RULES)
            return
        self._waiting.append(message)
        self._woken.set()

    def close(self, code: int = _OVER) -> None:
        """End the connection after what is queued has been sent."""
        self._close_code = self._close_code or code
        self._woken.set()

    async def accept(self) -> bool:
        """Answer the handshake; false if the client is gone already."""
        message = await self._receive()
        if message["type"] != "websocket.connect":
            return False
        await self._send({"type": "websocket.accept"})
        return True

    async def refuse(self) -> None:
        """Turn the handshake down."""
        await self._receive()
        await self._send({"type": "websocket.close", "code": _BROKE_RULES})

    async def messages(self, per_second: int | None = MESSAGES_PER_S) -> AsyncIterator[str]:
        """What the client sends, until either side ends it; at most `per_second` in a second."""
        times: deque[float] = deque(maxlen=per_second)
        loop = asyncio.get_running_loop()
        while not self._close_code:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                self.close()
                return
            text = message.get("text")
            if text is None:
                self.close(_NOT_TEXT)
                return
            if per_second is not None:
                if len(times) == per_second and loop.time() - times[0] < 1.0:
                    self.close(_BROKE_RULES)
                    return
                times.append(loop.time())
            yield text

    async def write(self) -> None:
        """Send what is queued until the connection ends; runs beside the reading."""
        while True:
            while self._waiting:
                text = self._waiting.popleft().decode()
                await self._send({"type": "websocket.send", "text": text})
            if self._close_code:
                await self._send({"type": "websocket.close", "code": self._close_code})
                return
            self._woken.clear()
            await self._woken.wait()
