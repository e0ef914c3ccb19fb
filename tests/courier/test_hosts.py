"""Whom the courier dials: who is listed, and nobody else."""

import asyncio
from functools import partial

import pytest

from tradelatch import exchanges
from tradelatch.courier.dial import Dialer
from tradelatch.courier.resolving import Resolver
from tradelatch.courier.serve import listed_hosts, private_hosts
from tradelatch.courier.streams import Streams
from tradelatch.model.config import parse_config
from tradelatch.model.http import Request


async def answer_to(
    dialled: list[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """A server that notes the first line of each request and answers with nothing."""
    dialled.append(await reader.readuntil(b"\r\n"))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()


@pytest.mark.parametrize(
    "near", ["{0}/", "{0}.evil", "{0}@evil", "HTTP{1}", "http://localhost{2}", ""]
)
async def test_an_unlisted_host_is_refused_without_being_dialled(near: str) -> None:
    dialled: list[bytes] = []
    server = await asyncio.start_server(partial(answer_to, dialled), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    listed = f"http://127.0.0.1:{port}"
    other = near.format(listed, listed.removeprefix("http"), f":{port}")
    dialer = Dialer(frozenset({listed}), 5_000, Resolver(frozenset()))
    try:
        refused = await dialer.send(Request("GET", other, "/api/v3/time"))
        assert (refused.response, refused.was_sent) == (None, False)
        assert "is not a listed host" in refused.error
        assert dialled == []
        answer = await dialer.send(Request("GET", listed, "/a%2Fb", "c=%44"))
        assert answer.response
        assert dialled == [b"GET /a%2Fb?c=%44 HTTP/1.1\r\n"]
    finally:
        await dialer.close()
        server.close()


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()
    dialer = Dialer(frozenset({url}), 5_000, Resolver(frozenset()))
    try:
        sent = await dialer.send(Request("POST", url, "/api/v3/order"))
    finally:
        await dialer.close()
    assert (sent.response, sent.was_sent) == (None, False)
    assert sent.error


@pytest.mark.parametrize("is_meant", [False, True])
async def test_a_name_leads_into_a_private_network_only_if_that_is_meant(is_meant: bool) -> None:
    dialled: list[bytes] = []
    server = await asyncio.start_server(partial(answer_to, dialled), "127.0.0.1", 0)
    host = f"localhost:{server.sockets[0].getsockname()[1]}"
    resolver = Resolver(frozenset({"localhost"} if is_meant else {"elsewhere"}))
    dialer = Dialer(frozenset({f"http://{host}"}), 5_000, resolver)
    streams = Streams(frozenset({f"ws://{host}"}), resolver)
    try:
        sent = await dialer.send(Request("GET", f"http://{host}", "/"))
        assert bool(sent.response) is is_meant
        with pytest.raises(ConnectionError, match="answered 200" if is_meant else "private"):
            await anext(streams.listen(f"ws://{host}/ws", b""))
        assert len(dialled) == 2 * is_meant
        if not is_meant:
            assert not sent.was_sent
            assert "leads to a private address (127.0.0.1); set" in sent.error
    finally:
        await dialer.close()
        await streams.close()
        server.close()


def test_which_names_may_lead_into_a_private_network() -> None:
    text = '[exchanges.binance]\nurl = "http://venue.lan:1"\n'
    assert private_hosts(parse_config(text)) == {"localhost"}
    assert private_hosts(parse_config(f"{text}private = true\n")) == {"localhost", "venue.lan"}


def test_the_listed_hosts_are_the_exchanges_own_or_the_configured_one() -> None:
    assert "https://api.binance.com" in listed_hosts(parse_config(""))
    configured = parse_config('[exchanges.binance]\nurl = "http://127.0.0.1:1"\n')
    own = {url for name in exchanges.NAMES for url in exchanges.load(name).HOSTS.values()}
    binances = set(exchanges.load("binance").HOSTS.values())
    assert listed_hosts(configured) == own - binances | {"http://127.0.0.1:1"}
