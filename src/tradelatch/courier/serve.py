"""The courier's process: carries the signer's requests, reads what exchanges answer, and asks them
by itself for whatever the signer has to know."""

import asyncio
import contextlib
import signal
import socket

import uvloop
from yarl import URL

from tradelatch import exchanges
from tradelatch.courier.asking import Asking
from tradelatch.courier.carrying import Carrier
from tradelatch.courier.dial import Dialer
from tradelatch.courier.fills import Fills
from tradelatch.courier.following import Following
from tradelatch.courier.link import SignerLink
from tradelatch.courier.resolving import Resolver
from tradelatch.courier.rounds import Rounds
from tradelatch.courier.streams import SOCKET, Streams
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.isolation.landlock import confine
from tradelatch.isolation.process import harden, in_force
from tradelatch.isolation.sockets import listener, user_of
from tradelatch.isolation.users import door
from tradelatch.model.clock import SystemClock
from tradelatch.model.config import Config, Exchange
from tradelatch.model.wire import Hello, frame

RETRY_S = 0.2


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT; the signer may come and go meanwhile.

    Raises:
        NoUser: a user that is configured is missing.
        OSError: the socket for streams cannot be had.
    """
    streams = door(config.users, "courier", "signer", "gate")  # both are in the signer's group
    bound = listener(config.home / "run" / SOCKET, streams)
    harden()
    if not confine():
        print("courier: its files are not confined: this kernel has no Landlock", flush=True)
    uvloop.run(_serve(config, bound, streams.users))


def listed_hosts(config: Config) -> frozenset[str]:
    """The base URLs that may be dialled: the configured ones, or each exchange's own."""
    hosts: set[str] = set()
    for name in exchanges.NAMES:
        exchange: ExchangeFile = exchanges.load(name)
        url = config.exchanges[name].url if name in config.exchanges else ""
        hosts |= {url} if url else set(exchange.HOSTS.values())
    return frozenset(hosts)


def listed_stream_hosts(config: Config) -> frozenset[str]:
    """Where websockets may be dialled, in the same way."""
    hosts: set[str] = set()
    for name in exchanges.NAMES:
        exchange: ExchangeFile = exchanges.load(name)
        url = config.exchanges[name].url if name in config.exchanges else ""
        if exchange.STREAMS is None:
            continue
        streams = exchange.STREAMS
        dialled = (streams.stream_url(url, path) for path in streams.STREAM_HOSTS)
        hosts |= {str(URL(address).origin()) for address in dialled}
    return frozenset(hosts)


def private_hosts(config: Config) -> frozenset[str]:
    """The hosts' names that may lead to private addresses: this machine's own, and those of which
    the configuration says so."""
    meant = (URL(exchange.url).host for exchange in config.exchanges.values() if exchange.private)
    return frozenset(["localhost", *filter(None, meant)])


async def _serve(config: Config, bound: socket.socket, users: frozenset[int]) -> None:
    work = asyncio.create_task(_work(config, bound, users))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    print(f"courier: dials {', '.join(sorted(listed_hosts(config)))}", flush=True)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()


async def _work(config: Config, bound: socket.socket, users: frozenset[int]) -> None:
    resolver = Resolver(private_hosts(config))
    dialer = Dialer(listed_hosts(config), config.courier.timeout_ms, resolver)
    streams = Streams(listed_stream_hosts(config), resolver, users)
    signers = door(config.users, "courier", "signer").users
    path = config.home / "run" / "courier.sock"
    server = await streams.serve(bound)
    try:
        while True:
            with contextlib.suppress(OSError):
                connection = await asyncio.open_unix_connection(path)
                if user_of(connection[1].get_extra_info("socket")) in signers:
                    await _attend(config, connection, dialer, streams)
                connection[1].close()
            await asyncio.sleep(RETRY_S)
    finally:
        server.close()
        await streams.close()
        await dialer.close()


async def _attend(
    config: Config,
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    dialer: Dialer,
    streams: Streams,
) -> None:
    """Serve one connection to the signer until it ends; nothing is remembered beyond it."""
    connection[1].write(frame(Hello(in_force())))

    def base_url(exchange: str) -> str:
        return config.exchanges.get(exchange, Exchange()).url

    link = SignerLink(*connection)
    asking = Asking(link, dialer.send, SystemClock(), base_url)
    fills = Fills(asking)
    following = Following(asking, fills, streams.listen)
    rounds = Rounds(asking, fills, following.follow)
    looking = asyncio.create_task(_look_after(rounds, config.courier.poll_ms / 1000))
    looking.add_done_callback(lambda _: connection[1].close())
    try:
        await link.serve(Carrier(dialer.send, asking, fills).carry)
    finally:
        looking.cancel()
        await following.close()
        await asyncio.gather(looking, return_exceptions=True)


async def _look_after(rounds: Rounds, pause_s: float) -> None:
    while True:
        await rounds.round()
        await asyncio.sleep(pause_s)
