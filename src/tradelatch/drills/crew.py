"""A crew of workers: processes that play runs, as many as there are processors."""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import msgspec

from tradelatch.drills.processes import StartError
from tradelatch.drills.score import Score
from tradelatch.drills.worker import Job, Settings

_LONGEST_LINE = 1 << 20


class Crew:
    """Started workers; used as an asynchronous context manager."""

    def __init__(self, settings: Settings, program: Sequence[str] = ()) -> None:
        """`program` is what python runs as a worker; a test may give one with a broken rule."""
        self._settings = settings
        self._program = program or ("-m", "tradelatch.drills.worker")
        self._workers: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        for _ in range(os.cpu_count() or 1):
            worker = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE,
            )
            self._workers.append(worker)
            assert worker.stdin
            worker.stdin.write(msgspec.json.encode(self._settings) + b"\n")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            if kind is not None and worker.returncode is None:
                worker.kill()
            if worker.stdin:
                worker.stdin.close()
            await worker.wait()

    async def play(
        self, jobs: Iterable[Job], tell: Callable[[Score], None] = lambda score: None
    ) -> list[Score]:
        """The scores of all jobs, in the jobs' order; `tell` gets each when it is there.

        Raises:
            StartError: a worker ended.
        """
        scores: dict[int, Score] = {}
        shares: dict[int, list[tuple[int, Job]]] = defaultdict(list)
        for number, job in enumerate(jobs):
            shares[job.ground % len(self._workers)].append((number, job))

        async def work(worker: asyncio.subprocess.Process, share: list[tuple[int, Job]]) -> None:
            # Jobs of one ground together, since a worker keeps only a few.
            for number, job in sorted(share, key=lambda entry: entry[1].ground):
                scores[number] = await _ask(worker, job)
                tell(scores[number])

        work_of = [work(self._workers[index], share) for index, share in shares.items()]
        await asyncio.gather(*work_of)
        return [scores[number] for number in sorted(scores)]


async def _ask(worker: asyncio.subprocess.Process, job: Job) -> Score:
    assert worker.stdin
    assert worker.stdout
    try:
        worker.stdin.write(msgspec.json.encode(job) + b"\n")
        await worker.stdin.drain()
        line = await worker.stdout.readline()
    except (BrokenPipeError, ConnectionResetError):
        line = b""
    if not line:
        raise StartError(f"a worker ended over {job.attack}, seed {job.seed}; it says why above")
    return msgspec.json.decode(line, type=Score)
