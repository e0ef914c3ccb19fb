"""Websockets that the courier dials: those that are listed, and as many as an exchange allows."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tradelatch.courier import streams
from tradelatch.courier.resolving import Resolver
from tradelatch.courier.streams import Streams
from tradelatch.isolation.sockets import listener
from tradelatch.isolation.users import Door
from tradelatch.model.wire import Follow, Frames, Say, frame

Dial = Callable[..., "asyncio.Future[list[bytes]]"]


@asynccontextmanager
async def served(handler: Callable[[web.Request], object]) -> AsyncIterator[str]:
    """The address of a server with one handler."""
    app = web.Application()
    app.router.add_get("/{any:.*}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(f"heard {message.data}")
    return socket


@asynccontextmanager
async def courier(folder: Path, *hosts: str) -> AsyncIterator[Path]:
    path = folder / "s.sock"
    own = Door(frozenset({os.geteuid()}), None)
    listed = frozenset(f"ws://{host}" for host in hosts)
    found = Streams(listed, Resolver(frozenset()), own.users)
    server = await found.serve(listener(path, own))
    try:
        yield path
    finally:
        server.close()
        await found.close()


async def dial(path: Path, *said: Follow | Say, count: int = 1) -> list[bytes]:
    """What is said in return, until so much was, or the end."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    frames: Frames[Say] = Frames(Say)
    for message in said:
        writer.write(frame(message))
    found: list[bytes] = []
    try:
        async with asyncio.timeout(5):
            while len(found) < count and (data := await reader.read(1 << 16)):
                found += [message.text for message in frames.feed(data)]
    finally:
        writer.close()
    return found


async def heard(found: Streams, url: str) -> bytes:
    """The first that is said in return to the courier's own words."""
    listening = found.listen(url, b"signed words")
    try:
        return await anext(listening)
    finally:
        await listening.aclose()  # type: ignore[attr-defined]
        await found.close()


async def test_what_is_said_comes_and_goes(tmp_path: Path) -> None:
    async with served(echo) as host, courier(tmp_path, host) as path:
        said = (Follow(f"ws://{host}/ws"), Say(b"one"), Say(b"two"))
        assert await dial(path, *said, count=2) == [b"heard one", b"heard two"]


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:1/ws", "ws://elsewhere/ws", "http://{host}/ws", "no url", "ws://["]
)
async def test_what_is_not_listed_is_not_dialled(tmp_path: Path, url: str) -> None:
    async with served(echo) as host, courier(tmp_path, host) as path:
        assert await dial(path, Follow(url.format(host=host)), Say(b"x")) == []
        with pytest.raises(ConnectionError):
            await heard(
                Streams(frozenset({f"ws://{host}"}), Resolver(frozenset())), url.format(host=host)
            )


async def test_the_couriers_own_words_are_said_first(tmp_path: Path) -> None:
    async with served(echo) as host:
        found = Streams(frozenset({f"ws://{host}"}), Resolver(frozenset()))
        assert await heard(found, f"ws://{host}/ws") == b"heard signed words"


async def test_who_says_something_before_he_has_dialled_is_hung_up_on(tmp_path: Path) -> None:
    async with served(echo) as host, courier(tmp_path, host) as path:
        assert await dial(path, Say(b"x"), Follow(f"ws://{host}/ws")) == []


async def test_an_exchange_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """The signed words would go to a host that nobody listed."""
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.WebSocketResponse:
        asked.append(request.path)
        return await echo(request)

    async with served(elsewhere) as other:

        async def point(request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"http://{other}/there"})

        async with served(point) as host, courier(tmp_path, host) as path:
            assert await dial(path, Follow(f"ws://{host}/ws"), Say(b"x")) == []
            with pytest.raises(ConnectionError):
                await heard(
                    Streams(frozenset({f"ws://{host}"}), Resolver(frozenset())), f"ws://{host}/ws"
                )
    assert asked == []


async def test_no_more_is_dialled_than_an_exchange_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_DIALS", 3)
    async with served(echo) as host, courier(tmp_path, host) as path:
        public = Follow(f"ws://{host}/ws")
        told = [await dial(path, public, Say(b"x")) for _ in range(5)]
        assert told == [[b"heard x"]] * 3 + [[]] * 2
