"""A freqtrade process in live mode at a venue, and what its log says."""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

from tests.freqtrade.clock import faster
from tests.venue.site import Key, Site
from tools.clients import environment

HERE = Path(__file__).parent
CONFIG = HERE / "config.json"
DOCUMENTED = "127.0.0.1:8900"
"""The venue's address in `CONFIG`."""
_ENDING = 60


class Bot:
    """One account's freqtrade, in a directory; it may be started again after its end."""

    def __init__(self, directory: Path, site: Site, key: Key, speed: int) -> None:
        self.database = directory / "trades.sqlite"
        self.log: list[str] = []
        """All lines, of every run."""
        self._directory = directory
        self._site = site
        self._speed = speed
        self._news = threading.Condition()
        self._reader: threading.Thread | None = None
        self.process: subprocess.Popen[str] | None = None
        (directory / "user").mkdir(parents=True)
        self._own = directory / "own.json"
        self._own.write_text(json.dumps(_own(site, key, speed)))

    def start(self) -> None:
        """Start it with the clock of the venue."""
        _, answer = self._site.request("GET", "/api/v3/time")
        clock = faster(self._speed, answer["serverTime"])
        self.process = subprocess.Popen(
            self._command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "2000", **clock},  # it folds its lines otherwise
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,))
        self._reader.start()

    def _command(self) -> list[str]:
        folders = ["--userdir", self._directory / "user", "--strategy-path", HERE / "strategies"]
        configs = ["--config", CONFIG, "--config", self._own]
        options = ["--strategy", "Channel", "--db-url", f"sqlite:///{self.database}", "--no-color"]
        program = environment("freqtrade") / "bin" / "freqtrade"
        return [str(part) for part in (program, "trade", *configs, *folders, *options)]

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        with (self._directory / "freqtrade.log").open("a", buffering=1) as copy:
            for line in process.stderr:
                copy.write(line)
                with self._news:
                    self.log.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def heartbeat(self, seconds: float = 120) -> None:
        """Wait for the next sign that its loop turns, once a minute of its own time."""
        with self._news:
            seen = len(self.log)
            beaten = self._news.wait_for(
                lambda: any("Bot heartbeat" in line for line in self.log[seen:]), seconds
            )
        assert beaten, f"freqtrade has no heartbeat any more: {self.log[-20:]}"

    def run(self, seconds: float) -> None:
        """Let it run for so many seconds of our time."""
        assert self.process is not None
        try:
            code = self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"freqtrade has ended with {code}: {self.log[-20:]}")

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self, number: int) -> int:
        """Signal it, stopped or not, and wait for its end; its exit code."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        try:
            return process.wait(_ENDING)
        finally:
            process.kill()
            process.wait()
            if self._reader is not None:
                self._reader.join()
            if process.stderr is not None:
                process.stderr.close()


def _own(site: Site, key: Key, speed: int) -> dict[str, object]:
    """What comes on top of the configuration: the key, and the port if it is another. With a
    faster clock also patience: ten of its seconds may be less than a busy machine needs."""
    documented = json.loads(CONFIG.read_text())["exchange"]["ccxt_config"]
    ccxt = json.loads(json.dumps(documented).replace(DOCUMENTED, f"127.0.0.1:{site.port}"))
    if speed > 1:
        ccxt |= {"timeout": 10_000 * speed, "options": {"recvWindow": 60_000}}
    return {"exchange": {"key": key.id, "secret": key.secret, "ccxt_config": ccxt}}
