"""The venue's websocket face: which connection is for what."""

from tradelatch.venue.api.asgi import Receive, Scope, Send
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.endpoint import Table
from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.api.market_streams import MarketStreams
from tradelatch.venue.api.publisher import Publisher
from tradelatch.venue.api.sockets import GONE, Socket
from tradelatch.venue.api.streams import StreamSession, names_in
from tradelatch.venue.api.time_unit import socket_wants_microseconds
from tradelatch.venue.api.ws_api import ApiSession

_CONNECTING = 2
"""What a connection to the websocket API weighs."""
_API = ("/ws-api/v3", "/ws-api/v3/")


class WebsocketApp:
    """Serves websocket connections (ASGI); `run` keeps the streams going meanwhile."""

    def __init__(self, door: Door, table: Table) -> None:
        self._door = door
        self._table = table
        self._publisher = Publisher(door.house)
        self._streams = MarketStreams(door.house, self._publisher)
        self.run = self._streams.run
        self._open: set[Socket] = set()
        door.troubles.hang_up = self._hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        socket = Socket(scope, receive, send)
        named = names_in(scope["path"], scope["query_string"])
        if scope["path"] not in _API and named is None:
            await socket.refuse()
            return
        if not await self._may_connect(socket, api=named is None):
            return
        self._open.add(socket)
        try:
            await self._serve(socket, scope["query_string"], named)
        finally:
            self._open.discard(socket)

    async def _serve(
        self, socket: Socket, query: bytes, named: tuple[list[str], bool] | None
    ) -> None:
        micro = socket_wants_microseconds(query)
        publisher = self._publisher
        if named is None:
            tells = b"returnRateLimits=false" not in query
            await ApiSession(
                socket, self._door, publisher, self._table, microseconds=micro, tells_limits=tells
            ).run()
            return
        names, combined = named
        await StreamSession(
            socket, self._streams, publisher, combined=combined, microseconds=micro
        ).run(names)

    def _hang_up(self) -> int:
        """End every connection; how many there were."""
        for socket in self._open:
            socket.close(GONE)
        return len(self._open)

    async def _may_connect(self, socket: Socket, *, api: bool) -> bool:
        """Answer the handshake, unless the client asks too often or is gone already."""
        door = self._door
        try:
            if api:
                door.charge(socket.source, _CONNECTING, door.house.now)
            elif door.limits is not None:
                door.limits.connect(socket.source, door.house.now)
        except TooMany:
            await socket.refuse()
            return False
        return await socket.accept()
