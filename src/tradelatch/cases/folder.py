"""A case on disk: a folder that can be hashed, archived and handed over.

===================  ===========================================================================
``case.json``        name and day of the case, and the version of this layout
``intake.jsonl``     what was taken in and dropped, a line for each; only ever appended to
``evidence/HASH``    the bytes as they were handed in, under their SHA-256; never written to again
``verified.json``    what verification found
``verified.sha256``  the hash of that, as ``sha256sum -c`` reads it
===================  ===========================================================================

A store of many people's cases with owners and queues is another matter; this is what one case is.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from tradelatch.cases.files import write_whole
from tradelatch.cases.kinds import Kind

INTAKE, HEAD, EVIDENCE = "intake.jsonl", "case.json", "evidence"
VERSION = 1
"""Of how a case is written; it rises with whatever an older version would misread."""


class UnusableCase(ValueError):
    """The folder is no case, or is in use; the message is one sentence."""


class Head(msgspec.Struct, frozen=True):
    """What a case is called, when it was opened (ISO 8601, UTC), and how it is written."""

    name: str
    opened: str
    version: int = VERSION


class _Written(msgspec.Struct, frozen=True):
    """What every version of `Head` tells."""

    version: int = VERSION


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that was taken in.

    Attributes:
        name: in the case, such as ``exports/V-01/binance-trades.csv``.
        sha256, size: of the bytes as they are kept.
        kind: what it is taken for; `form` is the exact layout.
        at: when it was taken in (ISO 8601, UTC).
        victim: whose export it is; `exchange` whose table.
        mapping, settings: what a person said of it.
        rows, rejected: how many rows were read, and how many were not.
        notes: what was recognised or repaired.
        dropped: when it was taken out of the evidence again (ISO 8601, UTC), and `because` of what;
            "" while it is evidence.
    """

    name: str
    sha256: str
    size: int
    kind: Kind
    form: str
    at: str
    victim: str = ""
    exchange: str = ""
    mapping: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}
    rows: int = 0
    rejected: int = 0
    notes: tuple[str, ...] = ()
    dropped: str = ""
    because: str = ""


class Case:
    """An open case folder."""

    def __init__(self, path: Path) -> None:
        """Raises:
        UnusableCase: it is no case, is written by a newer version, or its notes were changed.
        """
        self.path = path
        try:
            self.head = _head(path)
            lines = (path / INTAKE).read_bytes().splitlines(keepends=True)
        except (OSError, msgspec.MsgspecError) as error:
            raise UnusableCase(f"{path}: is no case; `tradelatch case new` makes one") from error
        # A line that was cut off while it was written: its file is taken in again.
        self._is_cut = bool(lines) and not lines[-1].endswith(b"\n")
        self._lines = lines[:-1] if self._is_cut else lines
        self._items: dict[str, Item] = {}
        self._dropped: list[Item] = []
        for item in self._noted():
            self._take(item)

    @classmethod
    def create(cls, path: Path, name: str, at: str) -> "Case":
        """Make a new one in a folder that is not there yet, or empty.

        Raises:
            UnusableCase: there is something already, or it cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise UnusableCase(f"{path}: is not empty; name a folder that is new or empty")
            path.chmod(0o700)  # other people's accounts are in it
            (path / EVIDENCE).mkdir()
            write_whole(path / INTAKE, b"")
            write_whole(
                path / HEAD, msgspec.json.format(msgspec.json.encode(Head(name, at))) + b"\n"
            )
        except OSError as error:
            raise UnusableCase(f"{path}: cannot write there: {error.strerror}") from error
        return cls(path)

    @property
    def items(self) -> list[Item]:
        """What was taken in and not dropped, by name; of a name the latest reading."""
        return sorted(self._items.values(), key=lambda item: item.name)

    @property
    def dropped(self) -> list[Item]:
        """What is no evidence any more, in the order in which it was dropped; what was added again
        since is in both."""
        return [*self._dropped]

    @property
    def reading(self) -> str:
        """SHA-256 over what was taken in, how it is read, and what was dropped: what a verification
        is of."""
        told: list[tuple[object, ...]] = [
            (one.name, one.sha256, one.kind, one.victim, one.exchange, one.mapping, one.settings)
            for one in self.items
        ]
        told += [(one.name, one.sha256, one.dropped, one.because) for one in self._dropped]
        return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()

    def _noted(self) -> Iterator[Item]:
        for number, line in enumerate(self._lines, 1):
            try:
                yield msgspec.json.decode(line, type=Item)
            except msgspec.MsgspecError as error:
                raise UnusableCase(
                    f"{self.path / INTAKE}, line {number}: was changed, and cannot be read"
                ) from error

    def data(self, item: Item) -> bytes:
        """The bytes of an item, checked against their hash.

        Raises:
            UnusableCase: they are gone or were changed.
        """
        file = self.path / EVIDENCE / item.sha256
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UnusableCase(f"{file}: is missing ({item.name})") from error
        if hashlib.sha256(data).hexdigest() != item.sha256:
            raise UnusableCase(f"{file}: was changed since it was taken in ({item.name})")
        return data

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else takes anything in.

        Raises:
            UnusableCase: somebody does.
        """
        with (self.path / HEAD).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UnusableCase(f"{self.path}: another command is adding to it") from error
            yield

    def keep(self, item: Item, data: bytes) -> None:
        """Keep the bytes under their hash, then note the item: whatever happens in between, it is
        there wholly or can be added again.

        Raises:
            OSError: it cannot be written.
        """
        file = self.path / EVIDENCE / item.sha256
        if not file.exists():
            write_whole(file, data)
            file.chmod(0o444)
        self._note(item)

    def drop(self, item: Item, at: str, because: str) -> None:
        """Note that an item is no evidence any more; its bytes and its line stay.

        Raises:
            OSError: it cannot be written.
        """
        self._note(msgspec.structs.replace(item, dropped=at, because=because))

    def _note(self, item: Item) -> None:
        line = msgspec.json.encode(item) + b"\n"
        if self._is_cut:
            write_whole(self.path / INTAKE, b"".join(self._lines))
            self._is_cut = False
        with (self.path / INTAKE).open("ab") as log:
            log.write(line)
            log.flush()
            os.fsync(log.fileno())
        self._lines.append(line)
        self._take(item)

    def _take(self, item: Item) -> None:
        if item.dropped:
            self._dropped.append(item)
            self._items.pop(item.name, None)
        else:
            self._items[item.name] = item

    def write(self, name: str, data: bytes) -> Path:
        """Write a result, whole or not at all."""
        write_whole(self.path / name, data)
        return self.path / name


def _head(path: Path) -> Head:
    """The version is read first: a newer one's other fields may be anything."""
    told = (path / HEAD).read_bytes()
    version = msgspec.json.decode(told, type=_Written).version
    if version > VERSION:
        raise UnusableCase(
            f"{path}: is written by a newer Tradelatch (its {HEAD} says version {version}, this "
            f"one reads up to {VERSION}); open it with that one"
        )
    return msgspec.json.decode(told, type=Head)
