"""Tells owners what happened to their keys and accounts, in the file ``outbox.jsonl``.

Line N is notice N, as JSON with its sentence. A notice is written once the command behind it
would survive a crash, and exactly once: what a crash kept from the file, the next start adds.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.venue.engine.notices import Notice
from tradelatch.venue.house import House

OUTBOX_FILE = "outbox.jsonl"


class OutboxUnusable(Exception):
    """The outbox cannot be read or written: one sentence."""


def in_words(notice: Notice) -> dict[str, Any]:
    """A notice as the owner gets it."""
    return {**msgspec.structs.asdict(notice), "text": notice.text}


class Outbox:
    """The file of all notices of one venue; `written` is how many it holds."""

    def __init__(self, directory: Path, house: House) -> None:
        """Open the file, making it (mode 0600) if there is none; a torn last line is cut off.

        Raises:
            OutboxUnusable: it cannot be read or written, or holds what this venue did not tell.
        """
        self._path = directory / OUTBOX_FILE
        self._house = house
        self._news = asyncio.Event()
        self._progress = asyncio.Event()
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self.written = self._count()
        except OSError as error:
            raise self._unusable(error) from error
        house.listeners.append(lambda command, events: self._look())

    async def run(self) -> None:
        """Write what there is to tell, now and whenever something happens; at the end, let go
        of the file.

        Raises:
            OutboxUnusable: the file cannot be written.
            LogBroken: the venue cannot record anything any more.
        """
        try:
            while True:
                self._news.clear()
                await self._house.log.durable()
                self._write(self._house.engine.notices[self.written :])
                await self._news.wait()
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            os.close(self._file)

    async def beyond(self, number: int) -> list[Notice]:
        """The notices after `number` that are in the file, as soon as there is one."""
        while self.written <= number:
            self._progress.clear()
            await self._progress.wait()
        return self._house.engine.notices[number : self.written]

    def _look(self) -> None:
        if len(self._house.engine.notices) > self.written:
            self._news.set()

    def _write(self, notices: list[Notice]) -> None:
        """There is no need to sync: what the file loses with the power, the next start adds."""
        lines = b"".join(msgspec.json.encode(in_words(one)) + b"\n" for one in notices)
        view = memoryview(lines)
        while view:
            view = view[os.write(self._file, view) :]
        self.written += len(notices)
        self._progress.set()

    def _count(self) -> int:
        lines = self._path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            os.ftruncate(self._file, sum(len(line) for line in lines[:-1]))
            lines.pop()
        told = self._house.engine.notices
        if len(lines) > len(told):
            raise OutboxUnusable(f"{self._path}, line {len(told) + 1}: this venue never told that")
        return len(lines)

    def _unusable(self, error: OSError) -> OutboxUnusable:
        return OutboxUnusable(f"cannot use {self._path}: {error.strerror}")
