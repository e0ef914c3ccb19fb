"""The command log: one JSON record a line, appended in groups, synced before it is acknowledged.

A line is ``{"crc":"xxxxxxxx","command":{...}}``, where the checksum covers the command's bytes and
the checksum of the line before, so that changed, lost and reordered lines are all noticed. A
last line that was torn by a crash is cut off and reported; any other damage stops the start.
"""

import asyncio
import fcntl
import os
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import msgspec

from tradelatch.venue.engine.commands import Command

_HEAD, _MIDDLE, _TAIL = b'{"crc":"', b'","command":', b"}\n"
_BODY = len(_HEAD) + 8 + len(_MIDDLE)
_LONGEST = 1 << 20
"""More bytes than any line has."""


class LogInUse(Exception):
    """Another process has the log open."""


class LogDamaged(Exception):
    """A record that was once written is no longer what it was; names the line."""


class LogBroken(Exception):
    """Writing failed (a full disk, say): from here on nothing can be acknowledged."""


class Mark(msgspec.Struct, frozen=True):
    """A place in a log: how many commands stand before it, in how many bytes, and the last one's
    checksum, which covers them all."""

    commands: int = 0
    offset: int = 0
    crc: int = 0


START = Mark()


class Log(Protocol):
    """What a house needs of the log its commands go to; `CommandLog` is the one on disk."""

    path: Path
    torn: int

    def replay(self, apply: Callable[[Command], object]) -> int:
        """Hand over all that was kept; returns how many commands there were."""

    def append(self, command: Command) -> int:
        """Queue a command; returns the position to wait for with `durable`."""

    async def durable(self, position: int | None = None) -> None:
        """Wait until everything up to `position` (None: up to now) would survive a crash."""

    def check(self) -> None:
        """See that commands can still be recorded."""

    async def close(self) -> None:
        """Write what is queued and let go of it."""


_Decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_Encoder = msgspec.json.Encoder()


class CommandLog:
    """An append-only file of commands.

    `torn` is the number of bytes at its end that a crash had left unfinished.
    """

    def __init__(self, path: Path) -> None:
        """Open the log, making it (mode 0600: it holds API secrets) if there is none.

        Raises:
            LogInUse: another process has it open.
            OSError: it cannot be opened.
        """
        self.path = path
        self.torn = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise LogInUse(f"{path} is in use by another venue") from error
        self._crc = self._end = self._appended = 0
        self._pending: list[bytes] = []
        self._durable = 0
        self._flush: asyncio.Task[None] | None = None
        self._failure: OSError | None = None
        self._writer = ThreadPoolExecutor(1, "venue-log")

    @property
    def mark(self) -> Mark:
        """The place behind all commands, those that are still to be written included."""
        return Mark(self._appended, self._end, self._crc)

    def replay(self, apply: Callable[[Command], object], after: Mark = START) -> int:
        """Read all records behind a place in order; returns how many there were.

        Raises:
            LogDamaged: a line is not what was written, or `apply` did not accept it.
        """
        for body in self._records(after):
            try:
                apply(_Decoder.decode(body))
            except Exception as error:
                raise LogDamaged(
                    f"{self.path}, line {self._appended}: the record cannot be carried out: {error}"
                ) from error
        self._repair_end()
        self._durable = self._appended
        return self._appended - after.commands

    def holds(self, mark: Mark) -> bool:
        """Whether a place is one of this log's, as far as the record before it tells."""
        start = max(0, mark.offset - _LONGEST)
        before = os.pread(self._file, mark.offset - start, start)
        if len(before) < mark.offset - start or not before.endswith(b"\n"):
            return False
        last = before[before.rfind(b"\n", 0, -1) + 1 :]
        return last.startswith(b"%b%08x" % (_HEAD, mark.crc))

    def count(self) -> int:
        """See that every line is what was written; returns how many there are.

        Raises:
            LogDamaged: a line is not.
        """
        return sum(1 for _ in self._records(START))

    def append(self, command: Command) -> int:
        """Queue a command; returns the position to wait for with `durable`: the number of
        commands up to it."""
        body = _Encoder.encode(command)
        self._crc = zlib.crc32(body, self._crc)
        line = b"%b%08x%b%b%b" % (_HEAD, self._crc, _MIDDLE, body, _TAIL)
        self._pending.append(line)
        self._end += len(line)
        self._appended += 1
        if self._flush is None:
            self._flush = asyncio.get_running_loop().create_task(self._run())
        return self._appended

    async def durable(self, position: int | None = None) -> None:
        """Wait until everything up to `position` (None: up to now) would survive a crash.

        Raises:
            LogBroken: it could not be written.
        """
        wanted = self._appended if position is None else position
        while self._durable < wanted:
            self.check()
            if self._flush is not None:
                await asyncio.shield(self._flush)

    def check(self) -> None:
        """See that commands can still be recorded.

        Raises:
            LogBroken: writing has failed.
        """
        if self._failure is not None:
            reason = self._failure.strerror or self._failure
            raise LogBroken(f"cannot write {self.path}: {reason}")

    async def close(self) -> None:
        """Write what is queued and let go of the file."""
        while self._flush is not None:
            await self._flush
        self._writer.shutdown()
        os.close(self._file)

    async def _run(self) -> None:
        """Write one batch; what gathers meanwhile makes the next one."""
        # What arrives in the same turn of the loop shares the first batch.
        await asyncio.sleep(0)
        batch, self._pending = self._pending, []
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, self._write, b"".join(batch))
        except OSError as error:
            self._failure, self._flush = error, None
            return
        self._durable += len(batch)
        self._flush = loop.create_task(self._run()) if self._pending else None

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]
        os.fdatasync(self._file)

    def _records(self, after: Mark) -> Iterator[bytes]:
        """Each command's bytes from a place on; a torn last line is left out."""
        self._appended, self._end, self._crc = after.commands, after.offset, after.crc
        self.torn = 0
        with self.path.open("rb") as file:
            file.seek(after.offset)
            for line in file:
                body = self._read(line if line.endswith(b"\n") else line + b"\n")
                if body is not None:
                    self._end += len(line)
                    self._appended += 1
                    yield body
                elif line.endswith(b"\n"):
                    number = self._appended + 1
                    raise LogDamaged(f"{self.path}, line {number}: the record is damaged")
                else:
                    self.torn = len(line)

    def _read(self, line: bytes) -> bytes | None:
        """The command's bytes, if the line is whole and follows the one before."""
        body = line[_BODY : -len(_TAIL)]
        crc = zlib.crc32(body, self._crc)
        if line != b"%b%08x%b%b%b" % (_HEAD, crc, _MIDDLE, body, _TAIL):
            return None
        self._crc = crc
        return body

    def _repair_end(self) -> None:
        """Cut off a torn last line; give a whole one that lacks only its line end that."""
        if self.torn:
            os.ftruncate(self._file, self._end)
        elif self._end and os.pread(self._file, 1, self._end - 1) != b"\n":
            self._end += os.write(self._file, b"\n")
        os.fdatasync(self._file)
