"""Websockets to exchanges: one is dialled for each connection of our own user to a socket.

What comes from there is handed on as it came, what is to be said is said. Whichever side ends, the
other is ended.
"""

import asyncio
import socket
import struct
from pathlib import Path

import aiohttp
from yarl import URL

from tradelatch.model.wire import BrokenFrame, Follow, Frames, Say, frame

SOCKET = "streams.sock"
MAX_MESSAGE = 4 << 20
HEARTBEAT_S = 30.0
"""A websocket that answers no ping for this long is dead."""
_CHUNK = 1 << 16
_CREDENTIALS = struct.Struct("3i")


class Streams:
    """Serves the socket; dials the hosts that are listed, and no others."""

    def __init__(self, hosts: frozenset[str], user: int) -> None:
        """`hosts` are such as ``wss://stream.binance.com:9443``; `user` may connect."""
        self._hosts, self._user = hosts, user
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Accept connections on a bound socket."""
        return await asyncio.start_unix_server(self._connected, sock=listener)

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._is_ours(writer):
                await self._carry(reader, writer)
        except (BrokenFrame, ConnectionError, aiohttp.ClientError, TimeoutError, OSError):
            return  # the end of the connection says it all
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames: Frames[Follow | Say] = Frames(Follow | Say)
        asked: list[Follow | Say] = []
        while not asked:
            if not (data := await reader.read(_CHUNK)):
                return
            asked = frames.feed(data)
        first, *said = asked
        if not isinstance(first, Follow) or str(URL(first.url).origin()) not in self._hosts:
            return
        async with self._session.ws_connect(
            first.url, heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE, timeout=_PATIENCE
        ) as exchange:
            if first.text:
                await exchange.send_str(first.text.decode())
            await self._say(exchange, said)
            saying = asyncio.create_task(self._say_on(exchange, reader, frames))
            try:
                async for message in exchange:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        writer.write(frame(Say(message.data.encode())))
                        await writer.drain()
                    if saying.done():
                        break
            finally:
                saying.cancel()

    async def _say_on(
        self,
        exchange: aiohttp.ClientWebSocketResponse,
        reader: asyncio.StreamReader,
        frames: Frames[Follow | Say],
    ) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._say(exchange, frames.feed(data))
        except (BrokenFrame, ConnectionError):
            return
        finally:
            await exchange.close()

    async def _say(
        self, exchange: aiohttp.ClientWebSocketResponse, said: list[Follow | Say]
    ) -> None:
        for message in said:
            await exchange.send_str(message.text.decode())

    def _is_ours(self, writer: asyncio.StreamWriter) -> bool:
        peer: socket.socket = writer.get_extra_info("socket")
        raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return bool(_CREDENTIALS.unpack(raw)[1] == self._user)


_PATIENCE = aiohttp.ClientWSTimeout(ws_close=5.0)


def bound(path: Path) -> socket.socket:
    """A socket that only its owner may speak to."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    return listener
