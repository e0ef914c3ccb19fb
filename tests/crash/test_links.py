"""What a broken connection means: nothing is sent twice, and what was sent is never denied."""

import asyncio
import contextlib
from pathlib import Path
from typing import cast

import pytest

from tradelatch.courier.dial import Dialer
from tradelatch.courier.resolving import Resolver
from tradelatch.gate.link import SignerAway, SignerLink
from tradelatch.model.http import Request


class Closing:
    """A connection that ended a moment ago, as uvloop's ends."""

    def is_closing(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        raise RuntimeError("the handler is closed")


async def test_a_signer_that_just_went_away_is_told_as_one_that_is_away(tmp_path: Path) -> None:
    link = SignerLink(tmp_path / "signer.sock", frozenset())
    link._writer = cast(asyncio.StreamWriter, Closing())
    with pytest.raises(SignerAway):
        await link.ask(Request("GET", "binance", "/api/v3/time", "", ()), "127.0.0.1")


@pytest.mark.parametrize(("method", "seen"), [("POST", 1), ("DELETE", 1), ("GET", 2)])
async def test_a_request_whose_answer_was_lost_is_not_sent_again(method: str, seen: int) -> None:
    """The exchange takes a second request on a kept connection, and ends without an answer."""
    got: list[bytes] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while not ended.is_set():
                got.append(await reader.readuntil(b"\r\n\r\n"))
                if len(got) > 1:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    dialer = Dialer(frozenset({host}), 5_000, Resolver(frozenset()))
    try:
        assert (await dialer.send(Request("GET", host, "/", "", ()))).response
        sent = await dialer.send(Request(method, host, "/", "", ()))
    finally:
        await dialer.close()
        server.close()
        await server.wait_closed()
    assert len(got) == 1 + seen
    assert sent.response is None
    assert sent.was_sent
