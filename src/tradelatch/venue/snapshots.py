"""Snapshots: the whole state in a file, so that a start replays only the log behind it.

A file ``snapshot-<commands>.state`` is one line of JSON that says what it is and at which place
of the log it stands, the engine's image, and the SHA-256 of both (32 bytes). The log stays the
truth: a snapshot that is damaged, of another log or of another version of the engine is told to
the operator and not used. The newest two are kept.

A forked child writes the file. It has the state of one instant without any copying, however
long the writing takes, and the venue goes on answering; encoding in this process would stop it
for seconds once there are a million trades. Forking beside other threads is safe for a child
that takes no locks of theirs: this one lets go of all other files at once, encodes, writes and
ends, and never enters the event loop. What it wrote becomes a snapshot only when this process,
which knows how far the log is durable, gives it its name.
"""

import asyncio
import contextlib
import gc
import hashlib
import importlib.resources
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from tradelatch.venue.engine.image import BadImage, image, restore
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.state import dump, violations
from tradelatch.venue.log import START, CommandLog, LogDamaged, Mark

EVERY = 100_000
"""Commands between two snapshots; a start replays as many in a few seconds."""
_AT_STOP = 1_000
"""How many commands make a snapshot worth while at an orderly stop."""
_LIMIT_S = 600
_KEPT = 2
_FORMAT = "tradelatch venue snapshot 1"
_DIGEST = 32


class StateBroken(Exception):
    """What was kept breaks a rule of the engine, or tells two different stories; one sentence."""


class _Head(msgspec.Struct, frozen=True):
    """The first line. `program` stands for the code that made the state out of the log."""

    format: str
    program: str
    seed: int
    mark: Mark


class _Unusable(Exception):
    """Why a snapshot cannot be used, as the rest of a sentence that began with its name."""


class _Damaged(_Unusable):
    """It is not what was written, or does not belong here."""


class Snapshots:
    """The snapshots in one venue's directory; `report` gets sentences for the operator."""

    def __init__(self, directory: Path, report: Callable[[str], None], every: int = EVERY) -> None:
        self._directory = directory
        self._unfinished = directory / "snapshot.tmp"
        self._report = report
        self._every = every
        self._last = START

    @property
    def files(self) -> list[Path]:
        """The snapshots that there are, the newest first."""
        return sorted(self._directory.glob("snapshot-*.state"), reverse=True)

    def recall(self, engine: Engine, log: CommandLog, verify: bool = False) -> None:
        """Bring a new engine into the state that was kept: by the newest snapshot and the log
        behind it. With `verify` the whole log is replayed besides, and has to tell the same.

        Raises:
            LogDamaged: the log was changed, or a snapshot proves that it lacks lines.
            StateBroken: the state breaks a rule, or is not what the whole log tells.
        """
        with _uncollected():
            place = self._load(engine, log)
            log.replay(engine.apply, place)
            if broken := violations(engine):
                raise StateBroken(f"the state kept in {self._directory} is wrong: {broken[0]}")
            if verify and place != START:
                self._verify(engine, log)
        _settle()

    def _verify(self, engine: Engine, log: CommandLog) -> None:
        torn, twin = log.torn, Engine()
        log.replay(twin.apply)
        log.torn = torn
        if dump(twin) != dump(engine):
            raise StateBroken(f"{self.files[0]} and {log.path} tell different states")

    def _load(self, engine: Engine, log: CommandLog) -> Mark:
        """Take the newest snapshot that can be used; returns its place, `START` without one."""
        self._clear()
        for path in self.files:
            try:
                self._last = _load(path, engine, log)
            except _Damaged as problem:
                self._report(f"{path} {problem}; it is not used{_set_aside(path)}")
            except _Unusable as problem:
                self._report(f"{path} {problem}; it is not used")
            else:
                break
        return self._last

    async def keep(self, engine: Engine, log: CommandLog, period: float) -> None:
        """Take a snapshot whenever one is due, which is looked for every `period` seconds."""
        while True:
            await asyncio.sleep(period)
            if self._every and log.mark.commands - self._last.commands >= self._every:
                await self.take(engine, log)

    async def stop(self, engine: Engine, log: CommandLog) -> None:
        """Take a last one, if the next start would be much shorter for it."""
        worth = min(self._every, _AT_STOP)
        if self._every and log.mark.commands - self._last.commands >= worth:
            await self.take(engine, log)

    async def take(self, engine: Engine, log: CommandLog) -> None:
        """Write the state of this instant; where that fails the operator is told, and no more.

        Raises:
            LogBroken: the log up to here could not be written.
        """
        self._last = mark = log.mark  # where it fails too: not at once again
        path = self._directory / f"snapshot-{mark.commands:012d}.state"
        _settle()
        try:
            with _opened(self._unfinished) as file:
                await _written_by_child(file, engine, mark)
            await log.durable(mark.commands)
            self._unfinished.rename(path)
            _sync(self._directory)
            for old in self.files[_KEPT:]:
                old.unlink()
        except OSError as error:
            self._report(f"cannot write {path}: {error.strerror or error}; the log goes on")
        finally:
            self._clear()

    def _clear(self) -> None:
        """Remove what was left unfinished; where that cannot be, the next writer tells why."""
        with contextlib.suppress(OSError):
            self._unfinished.unlink(missing_ok=True)


def _load(path: Path, engine: Engine, log: CommandLog) -> Mark:
    head, state = _read(path)
    if not log.holds(head.mark):
        _blame(path, head.mark, log)
    if head.program != _PROGRAM:
        raise _Unusable("was written by another version of the engine")
    try:
        restore(engine, state)
    except BadImage as error:
        raise _Damaged(f"is damaged: {error}") from error
    return head.mark


def _read(path: Path) -> tuple[_Head, memoryview]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _Unusable(f"cannot be read: {error.strerror}") from error
    whole = memoryview(data)[:-_DIGEST]
    if hashlib.sha256(whole).digest() != data[-_DIGEST:]:
        raise _Damaged("is damaged")
    line, _, _ = data.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.MsgspecError as error:
        raise _Unusable("is of another version") from error
    if head.format != _FORMAT:
        raise _Unusable("is of another version")
    return head, whole[len(line) + 1 :]


def _set_aside(path: Path) -> str:
    """Give a snapshot a name by which it is neither used nor removed; says so."""
    aside = path.with_name(f"{path.name}.unusable")
    try:
        path.rename(aside)
    except OSError:
        return ""
    return f" and now called {aside.name}"


def _blame(path: Path, mark: Mark, log: CommandLog) -> None:
    """A snapshot and the log do not fit together: find out which of the two is wrong."""
    lines = log.count()
    if lines < mark.commands:
        raise LogDamaged(
            f"{log.path}, line {lines + 1}: the log ends before it, "
            f"but {path.name} was taken after line {mark.commands}"
        )
    raise _Damaged("is of another log")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


async def _written_by_child(file: int, engine: Engine, mark: Mark) -> None:
    """Let a child write the snapshot, and wait for its end.

    Raises:
        OSError: it failed, was killed, or takes too long.
    """
    answer, ours = os.pipe()
    try:
        with warnings.catch_warnings():
            # Newer Pythons warn of threads; the module says why that is right here.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _be_child(file, ours, engine, mark)
    finally:
        os.close(ours)
    try:
        status = await _end_of(child, answer)
        said = os.read(answer, 4096).decode(errors="replace")
    finally:
        os.close(answer)
    if status != 0:
        raise OSError(said or f"its writer ended with {status}")


async def _end_of(child: int, pipe: int) -> int:
    """The child's exit code, once the pipe that only it holds is closed."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe, ended.set)
    try:
        async with asyncio.timeout(_LIMIT_S):
            await ended.wait()
    except TimeoutError as error:
        os.kill(child, signal.SIGKILL)
        raise OSError(f"its writer took longer than {_LIMIT_S} seconds") from error
    except asyncio.CancelledError:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        loop.remove_reader(pipe)
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _be_child(file: int, answer: int, engine: Engine, mark: Mark) -> NoReturn:
    """Write the snapshot and end, whatever happens; what went wrong is told to `answer`."""
    code = 1
    try:
        gc.disable()  # it would only copy memory that is shared with the parent
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is meant for the parent
        _let_go_of_all_but(file, answer)
        _write(file, engine, mark)
        code = 0
    except OSError as error:
        os.write(answer, (error.strerror or str(error)).encode())
    except BaseException as error:
        os.write(answer, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(code)


def _let_go_of_all_but(*files: int) -> None:
    """Above all of the log, the port and the connections: they must not outlive the parent."""
    first = 3
    for file in sorted(files):
        os.closerange(first, file)
        first = file + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _write(file: int, engine: Engine, mark: Mark) -> None:
    seed = engine.genesis.seed if engine.genesis else 0
    head = msgspec.json.encode(_Head(_FORMAT, _PROGRAM, seed, mark)) + b"\n"
    state = image(engine)
    digest = hashlib.sha256(head)
    digest.update(state)
    for part in (head, state, digest.digest()):
        view = memoryview(part)
        while view:
            view = view[os.write(file, view) :]
    os.fsync(file)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _program() -> str:
    """What the engine's code is told apart by: a state is only good for the code it came from."""
    files = importlib.resources.files("tradelatch.venue.engine").iterdir()
    code = {file.name: file.read_bytes() for file in files if file.name.endswith(".py")}
    return hashlib.sha256(b"".join(code[name] for name in sorted(code))).hexdigest()


_PROGRAM = _program()


def _settle() -> None:
    """Let garbage collection pass over all that there is by now. Nearly all of it stays for good,
    and looking through it would stop the venue again and again, the longer the more it keeps; so
    no stop is longer than for what one snapshot's worth of commands has made."""
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection: where millions of objects are made and all are kept, it would take
    most of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
