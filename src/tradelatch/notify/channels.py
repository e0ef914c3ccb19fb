"""Where notices go: a file of lines, or whatever apprise knows by its URL.

URLs may hold secrets. They are given to apprise and to nobody else: messages name a channel by the
name that the configuration gives it, and apprise's own log is switched off.
"""

import contextlib
import logging
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from tradelatch.notify.notices import Letter, text_of

TITLE = "Tradelatch"


class BadChannel(ValueError):
    """A channel cannot be used; the message names it and holds no URL."""


class Channel(Protocol):
    """Whatever takes notices."""

    def send(self, letter: Letter) -> bool:
        """Whether it was taken; never raises. Blocking."""


class FileChannel:
    """A line of JSON for each notice, durable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, letter: Letter) -> bool:
        """Whether all of it is on the disk."""
        lines = b"".join(msgspec.json.encode(notice) + b"\n" for notice in letter)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return False
        return True


class AppriseChannel:
    """One of apprise's services."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def send(self, letter: Letter) -> bool:
        """Whether the service took it."""
        body = text_of(letter)
        with contextlib.suppress(Exception):  # a service's plug-in may raise whatever it likes
            return bool(self._service.notify(body=body, title=TITLE))
        return False


def open_channel(name: str, url: str) -> Channel:
    """The channel of a URL; ``file:///path`` appends to a file.

    Raises:
        BadChannel: no service is known by it, or apprise is not installed.
    """
    if url.startswith("file:///"):
        return FileChannel(Path(unquote(urlsplit(url).path)))
    try:
        import apprise
    except ImportError:
        says = "needs apprise; install it with `pip install tradelatch[notify]`"
        raise BadChannel(f"channel {name} {says}") from None
    logging.getLogger("apprise").disabled = True
    service = apprise.Apprise.instantiate(url)
    if service is None:
        raise BadChannel(f"channel {name}: its URL is none that apprise knows")
    service.overflow_mode = apprise.OverflowMode.SPLIT  # a long letter goes out in parts
    return AppriseChannel(service)
