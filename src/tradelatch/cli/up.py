"""``tradelatch up``: everything that is configured under one supervisor."""

import asyncio
import contextlib
import signal
import sys
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from tradelatch.cli.placing import Places, Unplaceable
from tradelatch.cli.settings import ConfigFile, fail, read_config
from tradelatch.isolation.process import die_with_parent
from tradelatch.model.config import Config, Venue

PATIENCE_S = 15.0
"""How long a process may take to end once it was told to."""
SHORTEST_S, LONGEST_S = 0.5, 30.0
"""How long it is waited before what died is started again: doubled each time."""
SETTLED_S = 60.0
"""What has lived so long before it died is started again soon."""
_CHUNK = 1 << 16
MISTAKE = 2
"""The exit status of what cannot start at all; to start it again would help nobody."""
_SPARE = ("watch", "runner")
"""Everything else goes on without these."""


AsRoot = Annotated[
    bool,
    typer.Option(
        "--as-root",
        help="Run all as root where root starts it, rather than each process as a user of its own.",
    ),
]


def up(config: ConfigFile = None, as_root: AsRoot = False) -> None:
    """Start venue, signer, courier, gate, runner and watch as configured; restart what dies.
    Started by root, each runs as a user of its own. Stops with Ctrl-C or SIGTERM."""
    settings = read_config(config)
    commands, places = processes(settings), Places(settings, config, as_root)
    try:
        places.prepare(commands)
        sys.exit(asyncio.run(supervise(commands, places)))
    except Unplaceable as error:
        fail(str(error))


async def supervise(commands: list[tuple[str, ...]], places: Places) -> int:
    """Run all until told to stop, then stop each in its turn; the exit status.

    Raises:
        Unplaceable: one of them cannot be started as its user.
    """
    children = [_Child(command, *places.start(command)) for command in commands]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = [asyncio.create_task(child.run(stop)) for child in children]
    await stop.wait()
    for child in reversed(children):
        await child.stop()
    await asyncio.gather(*running)
    mistaken = [child for child in children if child.has_mistaken]
    for child in mistaken:
        print(f"tradelatch up: {child.last}", file=sys.stderr)
    return MISTAKE if mistaken else 0


def processes(config: Config) -> list[tuple[str, ...]]:
    """What is configured, as commands, in the order in which it starts; it stops in the other: the
    gate before the signer, the signer before the courier that it cancels through."""
    urls = [exchange.url for exchange in config.exchanges.values()]
    venues: list[tuple[str, ...]] = []
    if any(_serves(config.venue, url) for url in urls):
        venues.append(("venue",))
    for name, venue in config.venues.items():
        if any(_serves(venue, url) for url in urls):
            venues.append(("venue", name))
    watch = [("watch",)] if config.notify.channels else []
    return [*venues, ("courier",), ("signer",), ("gate",), ("runner",), *watch]


def _serves(venue: Venue, url: str) -> bool:
    """The exchange that is dialled there is a venue of ours."""
    at = urlsplit(url)
    return (at.hostname, at.port) == (venue.host, venue.port)


class _Child:
    """One process, started again when it dies."""

    def __init__(
        self, command: tuple[str, ...], program: list[str], options: dict[str, Any]
    ) -> None:
        self._name = "-".join(command)
        self._program, self._options = program, options
        self._process: asyncio.subprocess.Process | None = None
        self.has_mistaken = False
        self.last = ""
        """The last line that it said."""

    async def run(self, stop: asyncio.Event) -> None:
        """Keep it running until all is to stop."""
        pause_s, loop = SHORTEST_S, asyncio.get_running_loop()
        while not stop.is_set():
            started = loop.time()
            try:
                status = await self._once(stop)
            except OSError as error:  # such as a program that its user may not run
                self.last = f"{self._name} cannot be started: {error.strerror}"
                status = MISTAKE
            if stop.is_set():
                return
            if status == MISTAKE:
                self.has_mistaken = True
                if self._name not in _SPARE:
                    stop.set()
                return
            if loop.time() - started > SETTLED_S:
                pause_s = SHORTEST_S
            self._say(f"ended with status {status}; it is started again in {pause_s:g} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()
            pause_s = min(2 * pause_s, LONGEST_S)

    async def stop(self) -> None:
        """Have it end, whatever it takes."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
        except TimeoutError:
            self._say(f"did not end within {PATIENCE_S:g} s and is killed")
            process.kill()
            await process.wait()

    async def _once(self, stop: asyncio.Event) -> int:
        """Run it to its end, with every line of it said as its own."""
        self._process = await asyncio.create_subprocess_exec(
            *self._program,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us, who stop them in their turn
            preexec_fn=die_with_parent,
            **self._options,
        )
        if stop.is_set():  # while it was being started
            self._process.terminate()
        assert self._process.stdout
        rest = b""
        while data := await self._process.stdout.read(_CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.last = line.decode("utf-8", "replace")
                self._say(self.last)
            rest = rest[-_CHUNK:]
        return await self._process.wait()

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            print(f"{self._name:<8} {line}", flush=True)
