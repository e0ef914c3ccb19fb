"""Durable records, many at a time: what arrives while one batch is written goes into the next."""

import asyncio
from collections.abc import Callable, Sequence

from tradelatch.journal.log import Journal, JournalError
from tradelatch.signer.records import AnyRecord, encode

CHECKPOINT_S = 1.0


class Recorder:
    """Writes the journal from one task; `record` returns when its records are on disk."""

    def __init__(self, journal: Journal, on_trouble: Callable[[str], None]) -> None:
        """`on_trouble` is told, once, why no new risk may be taken any more."""
        self._journal, self._on_trouble = journal, on_trouble
        self._waiting: list[tuple[list[bytes], asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()

    def record(self, records: Sequence[AnyRecord]) -> asyncio.Future[None]:
        """Queue records, in this order after all that were queued before.

        The future ends when they are durable, or with the JournalError that they are not.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(([encode(record) for record in records], done))
        self._arrived.set()
        return done

    async def run(self) -> None:
        """Write batches and sign checkpoints until cancelled."""
        loop = asyncio.get_running_loop()
        signed_at = -CHECKPOINT_S
        signed_size = -1
        while True:
            if not self._waiting and signed_size == self._journal.tree.size:
                await self._arrived.wait()
            elif not self._waiting:
                await self._wait(signed_at + CHECKPOINT_S - loop.time())
            self._arrived.clear()
            await self._write_batch()
            if loop.time() >= signed_at + CHECKPOINT_S:
                signed_at, signed_size = loop.time(), self._journal.tree.size
                await self._checkpoint()

    async def close(self) -> None:
        """Write what is waiting and sign a last checkpoint."""
        await self._write_batch()
        await self._checkpoint()
        self._journal.close()

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._arrived.wait(), max(seconds, 0))
        except TimeoutError:
            return

    async def _write_batch(self) -> None:
        batch, self._waiting = self._waiting, []
        lines = [line for records, _ in batch for line in records]
        if not lines:
            return
        try:
            healthy = await asyncio.to_thread(self._journal.write, lines)
        except JournalError as error:
            self._on_trouble(f"the journal cannot be written: {error}")
            for _, done in batch:
                done.set_exception(error)
                done.exception()
            return
        if not healthy:
            self._on_trouble("the disk of the journal is full")
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    async def _checkpoint(self) -> None:
        try:
            await asyncio.to_thread(self._journal.checkpoint)
        except JournalError as error:
            self._on_trouble(f"no checkpoint can be written: {error}")
