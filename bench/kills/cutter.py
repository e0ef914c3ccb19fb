"""A proxy between a bot and what it dials, which cuts the way of one order at a named point."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from yarl import URL

from bench.kills.points import Point
from bench.kills.sockets import join

LATE_S = 12.0
_READ_S = 0.005
"""freqtrade has read the answer by then (its log says so), and has not yet written it down."""
_OF_THE_CONNECTION = ("host", "connection", "content-length", "transfer-encoding")
_PLACE = "/api/v3/order"


class Cutter:
    """Forwards every request unread, but for the next order in the market that is armed; websockets
    pass, and orders by them too."""

    def __init__(self, upstream: str, kill: Callable[[], None]) -> None:
        """`kill` ends the bot at once."""
        self._upstream, self._kill = upstream, kill
        self._point: Point | None = None
        self._symbol = ""
        self._struck = asyncio.Event()
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def start(self) -> str:
        """Listen on the loopback; the URL."""
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        )
        self._runner = web.ServerRunner(web.Server(self._serve))
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        _, port = self._runner.addresses[0]
        self.url = f"http://127.0.0.1:{port}"
        return self.url

    async def stop(self) -> None:
        """Hang up."""
        if self._runner:
            await self._runner.cleanup()
            await self._session.close()

    def arm(self, point: Point, symbol: str) -> None:
        """Cut the next order in this market (unified symbol)."""
        self._point, self._symbol = point, symbol.replace("/", "")
        self._struck.clear()

    async def struck(self, patience_s: float) -> None:
        """Wait until it was cut.

        Raises:
            TimeoutError: the bot places nothing.
        """
        async with asyncio.timeout(patience_s):
            await self._struck.wait()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await join(request, self._session, self._url(request))
        body = await request.read()
        point = self._take(request, body)
        if point is Point.UNSENT:
            return self._cut(request)
        answer = await self._forward(request, body)
        if point in (Point.UNANSWERED, Point.LOST):
            return self._cut(request, kill=point is Point.UNANSWERED)
        if point is Point.LATE:
            await asyncio.sleep(LATE_S)
        if point is Point.UNKEPT:
            await answer.prepare(request)
            await answer.write_eof()
            await asyncio.sleep(_READ_S)
            self._kill()
        if point:
            self._struck.set()
        return answer

    def _take(self, request: web.BaseRequest, body: bytes) -> Point | None:
        """The point, if this request is the one that is to be cut."""
        if request.method != "POST" or not request.path.endswith(_PLACE):
            return None
        form = parse_qs(f"{request.query_string}&{body.decode('latin-1')}")
        if form.get("symbol") != [self._symbol]:
            return None
        point, self._point = self._point, None
        return point

    def _cut(self, request: web.BaseRequest, kill: bool = True) -> web.Response:
        """End the connection without an answer, and perhaps the bot before."""
        if kill:
            self._kill()
        if request.transport:
            request.transport.abort()
        self._struck.set()
        return web.Response()

    def _url(self, request: web.BaseRequest) -> URL:
        return URL(f"{self._upstream}{request.raw_path}", encoded=True)

    async def _forward(self, request: web.BaseRequest, body: bytes) -> web.Response:
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if name.lower() not in _OF_THE_CONNECTION
        ]
        async with self._session.request(
            request.method,
            self._url(request),
            data=body or None,
            headers=headers,
            allow_redirects=False,
        ) as got:
            content = await got.read()
        kept = {
            name: value
            for name, value in got.headers.items()
            if name.lower() not in _OF_THE_CONNECTION
        }
        return web.Response(status=got.status, body=content, headers=kept)
