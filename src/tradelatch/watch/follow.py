"""Following the journal: each channel gets each notice once, and after a crash at least once."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import TypeAlias

import msgspec

from tradelatch.model.notices import Kind
from tradelatch.notify.channels import Channel
from tradelatch.watch.notices import notice_of

Reader: TypeAlias = Callable[[int], Iterator[tuple[int, bytes]]]
"""The complete records from a place (in bytes) on, each with the place behind it."""
MOST_PAUSE_S = 60.0


class LostPlace(Exception):
    """The journal is not the one that was followed; the message says what would work."""


class Cursor(msgspec.Struct, frozen=True):
    """How far a channel has got: the place, and the SHA-256 of the record before it."""

    place: int
    last: str

    @staticmethod
    def load(path: Path) -> "Cursor | None":
        """The one that was kept; None if there is none.

        Raises:
            LostPlace: the file is damaged.
        """
        try:
            return msgspec.json.decode(path.read_bytes(), type=Cursor)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LostPlace(f"{path}: this is no cursor; remove it to begin at the end") from error

    def keep(self, path: Path) -> None:
        """Write it whole or not at all, durable on return."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        with temporary.open("wb") as file:
            file.write(msgspec.json.encode(self))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


class Follower:
    """One channel's way through the journal."""

    def __init__(
        self, channel: Channel, read: Reader, path: Path, kinds: Iterable[Kind] = Kind
    ) -> None:
        """Take up where `path` says the channel was; the first time, at the journal's end. It is
        sent notices of these kinds.

        Raises:
            LostPlace: the journal is another one, or an older copy.
        """
        self._channel, self._read, self._path = channel, read, path
        self._kinds = frozenset(kinds)
        self._cursor = Cursor.load(path) or self._end()
        if not self._stands():
            self._cursor = self._before_restored()
        self._cursor.keep(path)

    def round(self) -> bool:
        """Send what is new; False if the channel did not take something, which is tried again."""
        reached = self._cursor
        for place, line in self._read(self._cursor.place):
            notice = notice_of(line)
            wanted = notice is not None and notice.kind in self._kinds
            if notice and wanted and not self._channel.send((notice,)):
                break
            reached = Cursor(place, _digest(line))
            if wanted:
                self._reach(reached)
        else:
            self._reach(reached)
            return True
        self._reach(reached)
        return False

    def run(self, stop: Event, pause_s: float, report: Callable[[str], None]) -> None:
        """Rounds until told to stop; after a failure with longer and longer pauses."""
        pause = pause_s
        while not stop.is_set():
            if self.round():
                pause = pause_s
            else:
                pause = min(max(2 * pause, 1.0), MOST_PAUSE_S)
                report(f"did not take a notice; it is tried again in {pause:.0f} s")
            stop.wait(pause)

    def _reach(self, cursor: Cursor) -> None:
        if cursor != self._cursor:
            self._cursor = cursor
            cursor.keep(self._path)

    def _end(self) -> Cursor:
        end = Cursor(0, "")
        for place, line in self._read(0):
            end = Cursor(place, _digest(line))
        return end

    def _stands(self) -> bool:
        """The record that was sent last still stands where it stood."""
        before = Cursor(0, "")
        for place, line in self._read(0):
            if before.place >= self._cursor.place:
                break
            before = Cursor(place, _digest(line))
        return before == self._cursor

    def _before_restored(self) -> Cursor:
        """Where the newest backup was restored, so that this is told of.

        Raises:
            LostPlace: the journal tells of none.
        """
        before, found = Cursor(0, ""), None
        for place, line in self._read(0):
            if line.startswith(b'{"record":"Restored",'):
                found = before
            before = Cursor(place, _digest(line))
        if found is None:
            raise LostPlace(
                f"{self._path}: the journal is not the one that was followed, or an older copy of "
                "it; remove this file to begin at its end"
            )
        return found


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
