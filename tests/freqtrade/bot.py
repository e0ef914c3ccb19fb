"""A freqtrade process in live mode, and what its log says."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.freqtrade.clock import faster
from tools.clients import environment

HERE = Path(__file__).parent
CONFIG = HERE / "config.json"
_ENDING = 60


class Bot:
    """One account's freqtrade, in a directory; it may be started again after its end."""

    def __init__(
        self,
        directory: Path,
        settings: dict[str, Any],
        strategy: str,
        speed: int = 1,
        venue_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        """`settings` come on top of `CONFIG`; with a `speed`, the clock is that of the venue, which
        `venue_ms` tells."""
        self.database = directory / "trades.sqlite"
        self.log: list[str] = []
        """All lines, of every run."""
        self._directory, self._strategy = directory, strategy
        self._speed, self._venue_ms = speed, venue_ms
        self._news = threading.Condition()
        self._reader: threading.Thread | None = None
        self.process: subprocess.Popen[str] | None = None
        (directory / "user").mkdir(parents=True)
        self._own = directory / "own.json"
        self._own.write_text(json.dumps(settings))

    def start(self) -> None:
        """Start it with the clock of the venue."""
        clock = faster(self._speed, self._venue_ms())
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
        options = [
            "--strategy",
            self._strategy,
            "--db-url",
            f"sqlite:///{self.database}",
            "--no-color",
        ]
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
        self.until("Bot heartbeat", since=len(self.log), seconds=seconds)

    def until(self, words: str, times: int = 1, since: int = 0, seconds: float = 120) -> None:
        """Wait until so many lines of the log, from one on, have held these words."""
        with self._news:
            said = self._news.wait_for(
                lambda: sum(words in line for line in self.log[since:]) >= times, seconds
            )
        assert said, f"freqtrade has not said {words!r}: {self.log[-20:]}"

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
