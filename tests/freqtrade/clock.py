"""A faster clock for a program that knows nothing of it, by libfaketime.

Sleeps, timeouts and time stamps of the program all run at the given speed. Two programs that are
given the same speed and moment, a venue and its client, keep the same time.
"""

import subprocess
import time
from pathlib import Path

from tools.clients import environment

_NAME = "libfaketimeMT.so.1"
_START = 0.01
"""Seconds from reading a server's clock until a new process runs on its own: a little too long,
since a client may be up to a second ahead of a server, but not behind its candles."""
_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime")


class NoFasterClock(Exception):
    """libfaketime is not on this machine; one sentence."""


def faster(speed: int, server_ms: int) -> dict[str, str]:
    """The environment of a program that is started at once and whose clock goes with that of a
    server, which tells `server_ms` now and runs `speed` times as fast as ours.

    Raises:
        NoFasterClock: libfaketime is neither installed nor to be had.
    """
    if speed == 1:
        return {}
    ahead = server_ms / 1_000 - time.time() + _START * speed
    return {"LD_PRELOAD": str(library()), "FAKETIME": f"{ahead:+.3f} x{speed}"}


def library() -> Path:
    """Where libfaketime lies; Debian's package is unpacked beside freqtrade if need be.

    Raises:
        NoFasterClock: it is neither installed nor to be had.
    """
    found = _installed() or _unpacked()
    if found is None:
        raise NoFasterClock("libfaketime is missing (Debian, Ubuntu: apt install faketime)")
    return found


def _installed() -> Path | None:
    root = Path("/")
    places = (path for place in _PLACES for path in root.glob(f"{place[1:]}/{_NAME}"))
    return next(places, None)


def _unpacked() -> Path | None:
    folder = environment("freqtrade") / "faketime"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not any(folder.glob("*.deb")):
            _run("apt-get", "download", "libfaketime", folder=folder)
        for package in folder.glob("*.deb"):
            _run("dpkg", "--extract", str(package), str(folder), folder=folder)
    except (OSError, subprocess.CalledProcessError):
        return None
    return next(folder.rglob(_NAME), None)


def _run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
