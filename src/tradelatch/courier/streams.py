"""Websockets to exchanges: one of public streams is dialled for each connection of who may to a
socket, and accounts' own for the courier itself.

What comes from there is handed on as it came, what is to be said is said. Whichever side ends, the
other is ended.
"""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import aiohttp
from yarl import URL

from tradelatch.courier.resolving import Resolver
from tradelatch.isolation.sockets import user_of
from tradelatch.model.wire import BrokenFrame, Follow, Frames, Say, frame

SOCKET = "streams.sock"
MAX_MESSAGE = 4 << 20
MOST_DIALS, WITHIN_S = 200, 300.0
"""So many public streams, which anybody may ask for, are dialled within five minutes. Binance lets
an address open 300 websockets; the rest is for the signer's, which begin with signed words."""
HEARTBEAT_S = 30.0
"""A websocket that answers no ping for this long is dead."""
_CHUNK = 1 << 16


class Streams:
    """Serves the socket; dials the hosts that are listed, and no others."""

    def __init__(
        self, hosts: frozenset[str], resolver: Resolver, users: frozenset[int] = frozenset()
    ) -> None:
        """`hosts` are such as ``wss://stream.binance.com:9443``; `users` may use the socket."""
        self._hosts, self._users = hosts, users
        self._dialled: deque[float] = deque(maxlen=MOST_DIALS)
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, resolver=resolver),
            trust_env=False,
            middlewares=(_stay,),
        )

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Accept connections on a bound socket."""
        return await asyncio.start_unix_server(self._connected, sock=listener)

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def listen(self, url: str, text: bytes) -> AsyncIterator[bytes]:
        """Dial, say something there, and give what is said in return.

        Raises:
            ConnectionError: it is no listed host, or the exchange cannot be reached or hung up.
        """
        try:
            async with self._connect(url) as exchange:
                await exchange.send_str(text.decode())
                async for message in exchange:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        yield message.data.encode()
        except (ValueError, aiohttp.ClientError, OSError) as error:
            raise ConnectionError(str(error)) from error

    def _connect(self, url: str) -> AbstractAsyncContextManager[aiohttp.ClientWebSocketResponse]:
        if str(URL(url).origin()) not in self._hosts:
            raise ValueError(f"{URL(url).host} is not a listed host")
        return self._session.ws_connect(
            url, heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE, timeout=_PATIENCE
        )

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if user_of(writer.get_extra_info("socket")) in self._users:
                await self._carry(reader, writer)
        except (BrokenFrame, ValueError, aiohttp.ClientError, TimeoutError, OSError):
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
        if not isinstance(first, Follow) or not self._may_dial():
            return
        async with self._connect(first.url) as exchange:
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

    def _may_dial(self) -> bool:
        now = asyncio.get_running_loop().time()
        is_full = len(self._dialled) == MOST_DIALS and now - self._dialled[0] < WITHIN_S
        if not is_full:
            self._dialled.append(now)
        return not is_full

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
            if isinstance(message, Say):
                await exchange.send_str(message.text.decode())


_PATIENCE = aiohttp.ClientWSTimeout(ws_close=5.0)


async def _stay(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Only who is listed is dialled: an answer that points elsewhere is none."""
    answer = await handler(request)
    if answer.status != 101:
        answer.close()
        raise aiohttp.ClientError(f"the exchange answered {answer.status}")
    return answer
