"""Real processes for a drill: a venue, and a house of signer, courier and gate."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tradelatch.model.wire import Command, Frames, Result, frame

START_S = 30.0
STOP_S = 10.0
_CHUNK = 1 << 16
SIGNER = ("-m", "tradelatch.signer")
UNTHROTTLED = "requests_per_s = 1000000"
"""For a load that is made on purpose."""


class StartError(Exception):
    """A process did not come up; the message holds what it said."""


class Child:
    """One started process, whose output goes to a file."""

    def __init__(self, name: str, arguments: Sequence[str], folder: Path) -> None:
        self.name, self._arguments = name, arguments
        self._log = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, or start it again."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process
        return self._process.pid

    def said(self) -> str:
        """All that it printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    async def address(self) -> str:
        """The URL it prints once it listens.

        Raises:
            StartError: it ended, or printed none in time.
        """
        for _ in range(int(START_S / 0.05)):
            urls = [word for word in self.said().split() if word.startswith("http://")]
            if urls:
                return urls[-1]
            self.check_alive()
            await asyncio.sleep(0.05)
        raise StartError(f"{self.name} did not say where it listens: {self.said()[-500:]}")

    def check_alive(self) -> None:
        """Raise StartError if it ended."""
        if self._process and self._process.returncode is not None:
            raise StartError(f"{self.name} ended: {self.said()[-500:]}")

    async def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL if it does not end in time."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            await self.kill()


async def operate(home: Path, verb: str, **arguments: str) -> Result:
    """One command at the admin socket of the signer under `home`.

    Raises:
        OSError: no signer answers.
    """
    reader, writer = await asyncio.open_unix_connection(str(home / "run" / "admin.sock"))
    frames: Frames[Result] = Frames(Result)
    try:
        writer.write(frame(Command(1, verb, arguments)))
        while data := await reader.read(_CHUNK):
            if results := frames.feed(data):
                return results[0]
    finally:
        writer.close()
    raise ConnectionResetError("the signer hung up")


class House:
    """Signer, courier and gate in front of one exchange, or of several."""

    def __init__(
        self,
        home: Path,
        venue_url: str,
        signer: Sequence[str] = SIGNER,
        settings: str = "",
        courier: str = "",
        exchange: str = "binance",
        others: Mapping[str, str] | None = None,
    ) -> None:
        """Args:
        home: where everything is kept.
        venue_url: the exchange in front of which it stands.
        signer: what python runs as the signer; a test may give a broken one.
        settings, courier: more lines of the configuration's sections ``[signer]``, ``[courier]``.
        exchange: by which protocol the venue is spoken to.
        others: where more exchanges are, by their names.
        """
        home.mkdir(parents=True, exist_ok=True)
        self.home, self._exchange = home, exchange
        self.config = home / "tradelatch.toml"
        urls = {exchange: venue_url, **(others or {})}
        self.config.write_text(
            f'directory = "{home}"\n'
            "[gate]\nport = 0\n"
            f"[courier]\npoll_ms = 250\n{courier}\n[signer]\n{settings}\n"
            + "".join(f'[exchanges.{name}]\nurl = "{url}"\n' for name, url in urls.items())
        )
        self._signer = (*signer, "--config", str(self.config))
        command = ("-m", "tradelatch.cli")
        self.signer = Child("signer", self._signer, home)
        self.courier = Child("courier", (*command, "courier", "--config", str(self.config)), home)
        self.gate = Child("gate", (*command, "gate", "--config", str(self.config)), home)

    async def start(self) -> str:
        """Make key file and journal, start all three, and tell the gate's URL.

        Raises:
            StartError: one of them did not come up.
        """
        first = await asyncio.create_subprocess_exec(
            sys.executable, *self._signer, "--init", stdout=asyncio.subprocess.DEVNULL
        )
        if await first.wait():
            raise StartError("the signer could not be initialised")
        await asyncio.gather(self.signer.start(), self.courier.start(), self.gate.start())
        await self.until_answering()
        return f"{await self.gate.address()}/{self._exchange}"

    async def until_answering(self) -> None:
        """Wait until the signer's admin socket answers."""
        for _ in range(int(START_S / 0.05)):
            with contextlib.suppress(OSError):
                await operate(self.home, "status")
                return
            self.signer.check_alive()
            await asyncio.sleep(0.05)
        raise StartError("the signer does not answer")

    async def until_ready(self) -> None:
        """Wait until the signer knows prices and holdings of all accounts."""
        for _ in range(int(START_S / 0.1)):
            with contextlib.suppress(OSError):
                status = (await operate(self.home, "status")).value
                if all(account["ready"] for account in status["accounts"]):
                    return
            await asyncio.sleep(0.1)
        raise StartError("the signer got no prices: " + self.signer.said()[-500:])

    async def stop(self) -> None:
        """Stop all three."""
        await asyncio.gather(self.gate.stop(), self.courier.stop(), self.signer.stop())


def environment() -> dict[str, str]:
    """What bots and thieves get of our environment: nothing that names a folder of ours."""
    return {key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH") if key in os.environ}
