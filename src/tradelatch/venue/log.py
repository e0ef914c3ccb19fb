"""The command log: one JSON record a line, appended in groups, synced before it is acknowledged.

A line is ``{"crc":"xxxxxxxx","command":{...}}``, where the checksum covers the command's bytes and
the checksum of the line before, so that changed, lost and reordered lines are all noticed. A
last line that was torn by a crash is cut off and reported; any other damage stops the start.
"""

import asyncio
import fcntl
import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tradelatch.venue.engine.commands import Command

_HEAD, _MIDDLE, _TAIL = b'{"crc":"', b'","command":', b"}\n"
_BODY = len(_HEAD) + 8 + len(_MIDDLE)


class LogInUse(Exception):
    """Another process has the log open."""


class LogDamaged(Exception):
    """A record that was once written is no longer what it was; names the line."""


class LogBroken(Exception):
    """Writing failed (a full disk, say): from here on nothing can be acknowledged."""


_Decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_Encoder = msgspec.json.Encoder()


class CommandLog:
    """An append-only file of commands.

    `torn` is the number of bytes that were cut off the end at opening.
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
        self._crc = 0
        self._pending: list[bytes] = []
        self._appended = 0
        self._durable = 0
        self._flush: asyncio.Task[None] | None = None
        self._failure: OSError | None = None
        self._writer = ThreadPoolExecutor(1, "venue-log")

    def replay(self, apply: Callable[[Command], object]) -> int:
        """Read all records in order; returns how many there were.

        Raises:
            LogDamaged: a line is not what was written, or `apply` did not accept it.
        """
        count = good = 0
        with self.path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n") and self._read(line + b"\n") is None:
                    self.torn = len(line)
                    break
                self._replay_line(count + 1, line, apply)
                good += len(line)
                count += 1
        self._repair_end(good)
        return count

    def append(self, command: Command) -> int:
        """Queue a command; returns the position to wait for with `durable`."""
        body = _Encoder.encode(command)
        self._crc = zlib.crc32(body, self._crc)
        self._pending.append(b"%b%08x%b%b%b" % (_HEAD, self._crc, _MIDDLE, body, _TAIL))
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

    def _read(self, line: bytes) -> bytes | None:
        """The command's bytes, if the line is whole and follows the one before."""
        body = line[_BODY : -len(_TAIL)]
        crc = zlib.crc32(body, self._crc)
        whole = b"%b%08x%b%b%b" % (_HEAD, crc, _MIDDLE, body, _TAIL)
        return body if whole == line else None

    def _replay_line(self, number: int, line: bytes, apply: Callable[[Command], object]) -> None:
        body = self._read(line if line.endswith(b"\n") else line + b"\n")
        if body is None:
            raise LogDamaged(f"{self.path}, line {number}: the record is damaged")
        try:
            apply(_Decoder.decode(body))
        except Exception as error:
            raise LogDamaged(
                f"{self.path}, line {number}: the record cannot be carried out: {error}"
            ) from error
        self._crc = zlib.crc32(body, self._crc)

    def _repair_end(self, good: int) -> None:
        """Cut off a torn last line; give a whole one that lacks only its line end that."""
        if self.torn:
            os.ftruncate(self._file, good)
        elif good and os.pread(self._file, 1, good - 1) != b"\n":
            os.write(self._file, b"\n")
        os.fdatasync(self._file)
