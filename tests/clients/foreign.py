"""Programs in the environments of foreign clients, and the venue that they are pointed at."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import lacking
from tests.venue.site import Key
from tools import clients

_OURS = ("PYTHON", "PYTEST", "VIRTUAL_ENV")


def python_of(client: str) -> Path:
    """The interpreter of a client's environment; where that is not set up, the test is skipped,
    or fails where CI is set."""
    if not clients.is_ready(client):
        how = f"run `make clients CLIENTS={client}`"
        lacking(f"the environment of {client} is missing or out of date: {how}")
    return clients.environment(client) / "bin" / "python"


def run(
    command: list[str | Path],
    url: str,
    key: Key,
    folder: Path,
    seconds: float,
    meanwhile: Callable[[], object] = lambda: None,
    **more: str,
) -> tuple[int, str]:
    """Run a program to its end, given an exchange's URL and an account's key by its environment
    variables; its exit code and all that it wrote. About once a second `meanwhile` is called."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        "TRADELATCH_VENUE": url,
        "TRADELATCH_KEY": key.id,
        "TRADELATCH_SECRET": key.secret,
        **more,
    }
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + seconds
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                output, _ = process.communicate(timeout=1)
                return process.returncode, output
            if time.monotonic() > deadline:
                _end(process)
                output, _ = process.communicate()
                raise AssertionError(f"{command} takes longer than {seconds} s: {output}")
            meanwhile()
    finally:
        _end(process)
        process.wait()


def _end(process: "subprocess.Popen[str]") -> None:
    """End it and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
