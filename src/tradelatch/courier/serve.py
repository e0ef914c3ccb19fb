"""The courier's process: takes requests from the signer's socket, dials, answers."""

import asyncio
import signal
import socket
from pathlib import Path

import uvloop
from yarl import URL

from tradelatch import exchanges
from tradelatch.courier.dial import Dialer
from tradelatch.courier.streams import SOCKET, Streams
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.isolation.landlock import confine
from tradelatch.isolation.process import harden, in_force
from tradelatch.isolation.sockets import listener, user_of
from tradelatch.isolation.users import door
from tradelatch.model.config import Config
from tradelatch.model.wire import BrokenFrame, Frames, Hello, Send, frame

RETRY_S = 0.2
_CHUNK = 1 << 16


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT; the signer may come and go meanwhile.

    Raises:
        NoUser: a user that is configured is missing.
        OSError: the socket for streams cannot be had.
    """
    streams = door(config.users, "courier", "signer", "gate")
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
        dialled = (exchange.stream_url(url, path) for path in exchange.STREAM_HOSTS)
        hosts |= {str(URL(address).origin()) for address in dialled}
    return frozenset(hosts)


async def _serve(config: Config, bound: socket.socket, users: frozenset[int]) -> None:
    work = asyncio.create_task(_work(config, bound, users))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    print(f"courier: dials {', '.join(sorted(listed_hosts(config)))}", flush=True)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()


async def _work(config: Config, bound: socket.socket, users: frozenset[int]) -> None:
    dialer = Dialer(listed_hosts(config), config.courier.timeout_ms)
    streams = Streams(listed_stream_hosts(config), users)
    signers = door(config.users, "courier", "signer").users
    path = config.home / "run" / "courier.sock"
    server = await streams.serve(bound)
    try:
        while True:
            await _attend(path, signers, dialer)
            await asyncio.sleep(RETRY_S)
    finally:
        server.close()
        await streams.close()
        await dialer.close()


async def _attend(path: Path, signers: frozenset[int], dialer: Dialer) -> None:
    """Serve one connection to the signer until it ends."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return
    if user_of(writer.get_extra_info("socket")) not in signers:
        writer.close()
        return
    writer.write(frame(Hello(in_force())))

    async def carry(message: Send) -> None:
        answer = frame(await dialer.send(message.id, message.request))
        if not writer.is_closing():  # else the signer is gone and will ask again itself
            writer.write(answer)

    frames: Frames[Send] = Frames(Send)
    tasks: set[asyncio.Task[None]] = set()
    try:
        while data := await reader.read(_CHUNK):
            for message in frames.feed(data):
                task = asyncio.create_task(carry(message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
    except (BrokenFrame, ConnectionError):
        return
    finally:
        writer.close()
