"""Runs a venue: opens its directory, binds its port, steps its agents, stops when told to."""

import asyncio
import contextlib
import functools
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tradelatch.model.clock import Clock, SystemClock
from tradelatch.model.config import Venue
from tradelatch.tapes.files import BadTape
from tradelatch.venue.api.admin import Admin, make_token
from tradelatch.venue.api.asgi import ABORT, Receive, Scope, Send
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.limits import Limits
from tradelatch.venue.api.rest import TABLE, RestApp
from tradelatch.venue.api.websockets import WebsocketApp
from tradelatch.venue.coinbase.app import CoinbaseApp
from tradelatch.venue.engine.api_keys import KeyRules
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.house import House
from tradelatch.venue.kucoin.rest import KucoinApp
from tradelatch.venue.life.markets import BadMarket, generated
from tradelatch.venue.log import CommandLog, LogBroken, LogDamaged, LogInUse
from tradelatch.venue.outbox import Outbox, OutboxUnusable
from tradelatch.venue.snapshots import EVERY, Snapshots, StateBroken
from tradelatch.venue.webhook import Webhook

LOG_FILE = "commands.jsonl"
STEP_SECONDS = 0.5
"""Between two steps of the agents, in the venue's time."""
_LEAST_PAUSE = 0.02
"""Between two steps, in real time: this is what limits a fast venue's granularity."""
MAX_MESSAGE = 65_536
"""Bytes of a websocket message that a client sends."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

Face: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
FACES: dict[str, Callable[[Door], Face]] = {"coinbase": CoinbaseApp, "kucoin": KucoinApp}
"""What speaks another protocol than Binance's, by the first part of its paths."""

Ready = Callable[[int], None]
Job: TypeAlias = Coroutine[Any, Any, None]


class CannotStart(Exception):
    """The venue cannot start or go on: one sentence, and the exit code of the process."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class _Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn would raise them again after it has stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(HttpToolsProtocol):
    """Lets the application end a connection without an answer: ASGI has no word for it."""

    def on_message_begin(self) -> None:
        """Called by the parser when a request begins."""
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]


async def serve(
    settings: Venue,
    directory: Path,
    ready: Ready | None = None,
    *,
    flat: bool = False,
    moment: int | None = None,
    report: Callable[[str], None] = lambda sentence: None,
    clock: Clock | None = None,
    verify: bool = False,
    every: int = EVERY,
) -> None:
    """Run a venue until SIGTERM or SIGINT (or until the task is cancelled).

    `ready` is called with the port once requests are answered, `report` with a sentence for
    the operator (a torn log). `flat` lets fair prices stand still, and `moment` is the time on
    the tape (ms) at which its market goes live. `verify` replays the whole log even if there is
    a snapshot, and `every` is the number of commands between two of these (0: never any).

    Raises:
        CannotStart: port in use, directory or tape unusable, log damaged, disk full.
    """
    tape = Path(settings.tape).expanduser().absolute() if settings.tape else None
    with contextlib.closing(_bind(settings.host, settings.port)) as listener:
        snapshots = Snapshots(directory, report, every)
        log = _open_log(directory, snapshots)
        recall = functools.partial(snapshots.recall, log=log, verify=verify)
        house = House(log, clock or SystemClock(), recall, settings.speed)
        try:
            markets = [generated(wanted) for wanted in settings.markets]
            async with _running(house, log, snapshots, settings.seed, markets, tape, moment, flat):
                if log.torn:
                    report(f"{log.path}: a last record torn by a crash was cut off")
                if settings.keys is not None:
                    house.keep_key_rules(KeyRules(**msgspec.structs.asdict(settings.keys)))
                door = Door(house, Limits(house) if settings.limits else None)
                app = VenueApp(door, Admin(house, make_token(directory), door.troubles))
                jobs = [
                    *_tell(settings, directory, house),
                    _step(house, settings.speed),
                    app.websockets.run(),
                ]
                jobs.append(snapshots.keep(house.engine, log, STEP_SECONDS))
                await _listen(app, listener, jobs, ready)
        except (LogDamaged, StateBroken) as error:
            raise CannotStart(str(error), 1) from error
        except (BadMarket, BadTape, LogBroken, OutboxUnusable) as error:
            raise CannotStart(str(error)) from error


@contextlib.asynccontextmanager
async def _running(
    house: House,
    log: CommandLog,
    snapshots: Snapshots,
    seed: int,
    markets: list[Listing],
    tape: Path | None,
    moment: int | None,
    flat: bool,
) -> AsyncIterator[None]:
    """The venue's markets at work, and in the end its log written and closed."""
    try:
        house.start(seed, markets, tape, moment, flat)
        await log.durable()
        yield
        house.note_time()
        await snapshots.stop(house.engine, log)
    finally:
        await log.close()


class VenueApp:
    """The ASGI application of one venue: REST in several protocols and websockets on one port."""

    def __init__(self, door: Door, admin: Admin) -> None:
        self._rest = RestApp(door, admin)
        self._faces = {name: face(door) for name, face in FACES.items()}
        self.websockets = WebsocketApp(door, TABLE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one connection."""
        if scope["type"] == "websocket":
            await self.websockets(scope, receive, send)
        elif scope["type"] == "http":
            first = scope["path"].removeprefix("/").partition("/")[0]
            await self._faces.get(first, self._rest)(scope, receive, send)


def _tell(settings: Venue, directory: Path, house: House) -> list[Job]:
    """The jobs that tell owners what happened to their keys and accounts."""
    if not settings.notices:
        return []
    outbox = Outbox(directory, house)
    webhook = Webhook(directory, settings.webhook) if settings.webhook else None
    return [outbox.run(), *([webhook.run(outbox)] if webhook else [])]


async def _listen(
    app: VenueApp, listener: socket.socket, jobs: list[Job], ready: Ready | None
) -> None:
    """Answer until told to stop, or until one of the jobs ends: none does unless it fails."""
    config = uvicorn.Config(
        app,
        loop="none",
        http=_Protocol,
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # anybody could claim an address
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        with contextlib.suppress(ValueError, RuntimeError):  # not in the main thread
            loop.add_signal_handler(number, stop)
    working = [loop.create_task(job) for job in jobs]
    for task in working:
        task.add_done_callback(lambda task: stop())
    serving = loop.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if ready is not None and server.started:
            ready(listener.getsockname()[1])
        await asyncio.shield(serving)  # it hangs up on everybody in the end, whatever happens
    finally:
        stop()
        for task in working:
            task.cancel()
        ends = await asyncio.gather(*working, serving, return_exceptions=True)
        for number in _SIGNALS:
            with contextlib.suppress(ValueError, RuntimeError):
                loop.remove_signal_handler(number)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _step(house: House, speed: int) -> None:
    """Let the agents act about twice a second, for as long as that can be recorded."""
    pause = max(_LEAST_PAUSE, STEP_SECONDS / speed)
    while True:
        await asyncio.sleep(pause)
        house.log.check()  # agents may have nothing to record for a long while
        house.step()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1_024)
        listener.setblocking(False)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise CannotStart(f"cannot listen on {host} port {port}: {reason}") from error
    return listener


def _open_log(directory: Path, snapshots: Snapshots) -> CommandLog:
    path = directory / LOG_FILE
    if snapshots.files and not path.exists():
        raise CannotStart(f"{path} is missing, but {snapshots.files[0].name} is here", 1)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return CommandLog(path)
    except LogInUse as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(f"cannot use {directory}: {error.strerror}") from error
