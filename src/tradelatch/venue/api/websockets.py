"""The venue's websocket face: which connection is for what."""

from tradelatch.venue.api.asgi import Receive, Scope, Send
from tradelatch.venue.api.endpoint import Table
from tradelatch.venue.api.market_streams import MarketStreams
from tradelatch.venue.api.publisher import Publisher
from tradelatch.venue.api.sockets import Socket
from tradelatch.venue.api.streams import StreamSession, names_in
from tradelatch.venue.api.time_unit import socket_wants_microseconds
from tradelatch.venue.api.ws_api import ApiSession
from tradelatch.venue.house import House

_API = ("/ws-api/v3", "/ws-api/v3/")


class WebsocketApp:
    """Serves websocket connections (ASGI); `run` keeps the streams going meanwhile."""

    def __init__(self, house: House, table: Table) -> None:
        self._house = house
        self._table = table
        self._publisher = Publisher(house)
        self._streams = MarketStreams(house, self._publisher)
        self.run = self._streams.run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        socket = Socket(scope, receive, send)
        named = names_in(scope["path"], scope["query_string"])
        if scope["path"] not in _API and named is None:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if not await socket.accept():
            return
        micro = socket_wants_microseconds(scope["query_string"])
        publisher = self._publisher
        if named is None:
            session = ApiSession(socket, self._house, publisher, self._table, microseconds=micro)
            await session.run()
            return
        names, combined = named
        await StreamSession(
            socket, self._streams, publisher, combined=combined, microseconds=micro
        ).run(names)
