"""Storage for cores that run without I/O: a journal, a vault and a command log in memory."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from pathlib import Path

from tradelatch.signer.records import AnyRecord, decode, encode
from tradelatch.signer.state import State
from tradelatch.venue.engine.commands import Command


class _Done(Awaitable[None]):
    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE = _Done()


class MemoryJournal:
    """The signer's records; durable at once, but for what was only noted since."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._noted: list[bytes] = []

    def record(self, record: AnyRecord) -> Awaitable[None]:
        """Durable on return, and all that was noted before with it."""
        self._flush()
        self.lines.append(encode(record))
        return _DONE

    def note(self, records: Sequence[AnyRecord]) -> None:
        """Lost in a crash, unless another record follows."""
        self._noted += [encode(record) for record in records]

    def crash(self) -> None:
        """Forget what was not durable."""
        self._noted.clear()

    def records(self) -> list[AnyRecord]:
        """All of them, what was only noted included."""
        self._flush()
        return [decode(line) for line in self.lines]

    def replay(self) -> State:
        """The state that a signer which starts now has."""
        state = State()
        for record in self.records():
            state.apply(record)
        return state

    def _flush(self) -> None:
        self.lines += self._noted
        self._noted.clear()


class MemoryVault:
    """Secrets by their label."""

    def __init__(self) -> None:
        self._kept: dict[object, bytes] = {}

    def put(self, label: object, secret: bytearray) -> None:
        """Keep one."""
        self._kept[label] = bytes(secret)

    def get(self, label: object) -> bytearray:
        """One that was kept."""
        return bytearray(self._kept[label])

    def remove(self, label: object) -> None:
        """Keep one no longer."""
        self._kept.pop(label, None)


class MemoryLog:
    """A venue's commands, which nobody will replay."""

    path = Path("memory")
    torn = 0

    def __init__(self) -> None:
        self._count = 0

    def replay(self, apply: Callable[[Command], object]) -> int:
        """There is nothing."""
        return 0

    def append(self, command: Command) -> int:
        """Count it."""
        self._count += 1
        return self._count

    async def durable(self, position: int | None = None) -> None:
        """It is as durable as it will ever be."""

    def check(self) -> None:
        """Nothing can fail."""

    async def close(self) -> None:
        """Nothing is open."""
