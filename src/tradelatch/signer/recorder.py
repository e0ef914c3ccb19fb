"""Durable records, many at a time: what arrives while one batch is written goes into the next."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from tradelatch.journal.log import Journal, JournalError
from tradelatch.signer.records import AnyRecord, encode

CHECKPOINT_S = 1.0
NOTE_S = 0.02
"""How long a note may wait for a record to share its write with."""


class Records(Protocol):
    """Where records go; `Recorder` is the one that writes the journal."""

    def record(self, record: AnyRecord) -> Awaitable[None]:
        """Queue what something is going to depend on; done when it is durable.

        Raises:
            JournalError: it cannot be made durable.
        """

    def note(self, records: Sequence[AnyRecord]) -> None:
        """Queue what nothing depends on yet, such as an outcome."""


class Recorder:
    """Writes the journal from one task, in the order of `record` and `note`."""

    def __init__(self, journal: Journal, on_trouble: Callable[[str], None]) -> None:
        """`on_trouble` is told why no new risk may be taken any more."""
        self._journal, self._on_trouble = journal, on_trouble
        self._lines: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._due = asyncio.Event()
        self._ended: JournalError | None = None
        """Why nothing is taken any more; None while it is."""

    def record(self, record: AnyRecord) -> asyncio.Future[None]:
        """Queue what something is going to depend on.

        The future ends when it is durable, or with the JournalError that it is not.
        """
        durable = asyncio.get_running_loop().create_future()
        if self._ended:
            durable.set_exception(self._ended)
            return durable
        self._lines.append(encode(record))
        self._waiting.append(durable)
        self._due.set()
        return durable

    def note(self, records: Sequence[AnyRecord]) -> None:
        """Queue what nothing depends on yet, such as an outcome: after a crash without it the
        exchange would be asked again."""
        if records and not self._ended:
            self._lines += [encode(record) for record in records]
            asyncio.get_running_loop().call_later(NOTE_S, self._due.set)

    def stop(self) -> None:
        """Take nothing more; `run` writes what is waiting, signs a last checkpoint and ends.

        The task is never cancelled: a write goes on in its thread, and a second one beside it
        would put the records into another order than the tree's.
        """
        self._ended = self._ended or JournalError("the signer is stopping")
        self._due.set()

    async def run(self) -> None:
        """Write batches and sign checkpoints until told to stop.

        Raises:
            JournalError: a batch could not be written. The state is ahead of the journal then,
                so that the process has to end and to start again from it; nothing that comes
                after the lost batch may be written.
        """
        loop = asyncio.get_running_loop()
        signed_at, signed_size = loop.time() - CHECKPOINT_S, -1
        try:
            while not self._ended:
                is_signed = signed_size == self._journal.tree.size
                await self._wait(None if is_signed else signed_at + CHECKPOINT_S - loop.time())
                self._due.clear()
                await self._write_batch()
                if loop.time() >= signed_at + CHECKPOINT_S:
                    signed_at, signed_size = loop.time(), self._journal.tree.size
                    await self._checkpoint()
            await self._write_batch()
            await self._checkpoint()
        finally:
            self._journal.close()

    async def _wait(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if seconds is None else max(seconds, 0)):
                await self._due.wait()

    async def _write_batch(self) -> None:
        lines, self._lines = self._lines, []
        waiting, self._waiting = self._waiting, []
        if not lines:
            return
        try:
            healthy = await asyncio.to_thread(self._journal.write, lines)
        except JournalError as error:
            self._ended = error
            self._on_trouble(f"the journal cannot be written: {error}")
            for durable in (*waiting, *self._waiting):
                if not durable.done():
                    durable.set_exception(error)
            raise
        if not healthy:
            self._on_trouble("the disk of the journal is full")
        for durable in waiting:
            if not durable.done():
                durable.set_result(None)

    async def _checkpoint(self) -> None:
        try:
            await asyncio.to_thread(self._journal.checkpoint)
        except JournalError as error:
            self._on_trouble(f"no checkpoint can be written: {error}")
