"""Notices brought to every channel, each by a thread of its own: who has one to send never waits.

What is still to be sent lies in a file for each channel, so that it outlives the process: after a
crash a notice may be sent twice, and what came in the last moment may be missing.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from tradelatch.model.clock import SECOND, Clock
from tradelatch.model.config import Notify
from tradelatch.model.notices import Kind
from tradelatch.notify.channels import Channel, open_channel
from tradelatch.notify.notices import Letter, Notice, notice
from tradelatch.notify.outbox import Kept, Outbox
from tradelatch.notify.quiet import read_quiet

_LONGEST_S = 30.0
"""A thread looks at the clock so often at least: somebody may have set it."""


class BadOutbox(Exception):
    """What an earlier process left cannot be read; the message says what would work."""


class Standing(msgspec.Struct, frozen=True):
    """How a channel stands: notices that wait, those held back included, those that were dropped,
    and whether it refused the last one."""

    waiting: int
    lost: int
    is_failing: bool


class Delivery:
    """All channels of one process."""

    def __init__(self, senders: dict[str, "Sender"], clock: Clock) -> None:
        self._senders, self._clock = senders, clock

    @staticmethod
    def start(
        settings: Notify, folder: Path, clock: Clock, report: Callable[[str], None]
    ) -> "Delivery":
        """Open the configured channels and begin; `folder` is this process's own, `report` is
        told in one sentence, from any thread, when a channel fails or drops something.

        Raises:
            BadChannel: a channel cannot be used.
            BadOutbox: what an earlier process left is damaged.
        """
        quiet = read_quiet(settings.quiet, settings.zone)
        senders = {}
        for name, channel in settings.channels.items():
            opened = open_channel(name, channel.url)
            file = Backlog(folder / f"{name}.json")
            outbox = Outbox(channel.wanted, quiet, file.load())
            senders[name] = Sender(name, opened, outbox, file, clock, report)
        for sender in senders.values():
            sender.start()
        return Delivery(senders, clock)

    def put(self, kind: Kind, says: str) -> None:
        """Send a sentence on all channels that want its kind; returns at once, from any thread."""
        now_ns = self._clock.now_ns()
        for sender in self._senders.values():
            sender.put(notice(now_ns, kind, says), now_ns)

    def standing(self) -> dict[str, Standing]:
        """How each channel stands."""
        return {name: sender.standing() for name, sender in self._senders.items()}

    def close(self, patience_s: float) -> dict[str, int]:
        """Send what can be sent now and stop, after so long at most; how many notices each
        channel still has to send, which the next start takes up."""
        for sender in self._senders.values():
            sender.stop()
        for sender in self._senders.values():
            sender.join(patience_s / len(self._senders))
        return {name: sender.standing().waiting for name, sender in self._senders.items()}


class Backlog:
    """The file in which a channel's outbox outlives its process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = b""

    def load(self) -> Kept:
        """What was left.

        Raises:
            BadOutbox: the file is damaged.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return Kept()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            says = "these are no notices that wait; remove it to begin without them"
            raise BadOutbox(f"{self._path}: {says}") from error

    def keep(self, kept: Kept) -> None:
        """Write it whole or not at all, durable on return; nothing if it stands there already.

        Raises:
            OSError: it cannot be written.
        """
        encoded = msgspec.json.encode(kept)
        if encoded == self._written:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".new")
        with temporary.open("wb") as file:
            file.write(encoded)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        self._written = encoded


class Sender:
    """One channel and its thread."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        outbox: Outbox,
        backlog: Backlog,
        clock: Clock,
        report: Callable[[str], None],
    ) -> None:
        self._name, self._channel, self._outbox = name, channel, outbox
        self._backlog, self._clock, self._report = backlog, clock, report
        self._news = threading.Condition()
        self._is_stopping, self._is_failing, self._told = False, False, 0
        # A service that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=f"notify {name}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def put(self, one: Notice, now_ns: int) -> None:
        """Take a notice; nothing slow is done while the lock is held."""
        with self._news:
            self._outbox.put(one, now_ns)
            self._news.notify()

    def standing(self) -> Standing:
        """How the channel stands."""
        with self._news:
            return Standing(self._outbox.count, self._outbox.lost, self._is_failing)

    def stop(self) -> None:
        """Have the thread end once nothing can be sent."""
        with self._news:
            self._is_stopping = True
            self._news.notify()

    def join(self, patience_s: float) -> None:
        """Wait for its end, so long at most."""
        self._thread.join(patience_s)

    def _run(self) -> None:
        while self._round():
            pass

    def _round(self) -> bool:
        """Keep what waits, then send one letter or wait for news; whether to go on."""
        with self._news:
            letter = self._outbox.next(self._clock.now_ns())
            kept, lost = self._outbox.kept, self._outbox.lost
        self._keep(kept)
        self._tell_of(lost)
        if letter:
            self._send(letter)
            return True
        with self._news:
            if self._outbox.kept != kept:
                return True
            if not self._is_stopping:
                self._news.wait(self._wait_s())
                return True
            return False

    def _send(self, letter: Letter) -> None:
        taken = self._channel.send(letter)
        with self._news:
            self._is_failing = not taken
            if taken:
                self._outbox.sent()
                return
            pause_s = self._outbox.failed(self._clock.now_ns())
        says = f"did not take a notice; it is tried again in {pause_s:.0f} s"
        self._report(f"channel {self._name} {says}")

    def _tell_of(self, lost: int) -> None:
        if lost > self._told:
            self._report(f"channel {self._name} takes nothing: notices dropped so far: {lost}")
            self._told = lost

    def _keep(self, kept: Kept) -> None:
        try:
            self._backlog.keep(kept)
        except OSError as error:
            self._report(f"channel {self._name}: cannot keep what waits: {error.strerror}")

    def _wait_s(self) -> float:
        due_ns = self._outbox.due_ns()
        if due_ns is None:
            return _LONGEST_S
        return min(max(due_ns - self._clock.now_ns(), 0) / SECOND, _LONGEST_S)
