"""A server in front of the venue that hands everything on, and says what it is told to once."""

import asyncio
from collections.abc import Mapping
from typing import Self

import aiohttp
import msgspec
from aiohttp import web

_OWN_HEADERS = {"host", "content-length", "connection"}


class Instead(msgspec.Struct, frozen=True):
    """What the next request for orders is answered with; `forwarded`: it reaches the venue all
    the same. `status` 0 ends the connection, -1 never answers."""

    status: int
    body: bytes = b""
    forwarded: bool = False
    headers: Mapping[str, str] = {}


class Between:
    """Used as an asynchronous context manager."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.instead: Instead | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        instead = self.instead if request.path == "/api/v3/order" else None
        if instead is None:
            return await self._forward(request)
        self.instead = None
        if instead.forwarded:
            await self._forward(request)
        if instead.status == -1:
            await asyncio.sleep(30)
        if instead.status <= 0:
            assert request.transport
            request.transport.abort()
            return web.Response()
        return web.Response(status=instead.status, body=instead.body, headers=instead.headers)

    async def _forward(self, request: web.Request) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _OWN_HEADERS}
        body = await request.read()
        url = f"{self._target}{request.raw_path}"
        async with self._session.request(request.method, url, data=body, headers=headers) as got:
            kind = got.headers.get("Content-Type", "application/json")
            return web.Response(
                status=got.status, body=await got.read(), headers={"Content-Type": kind}
            )
