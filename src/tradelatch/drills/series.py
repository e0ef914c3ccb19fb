"""Runs against real processes, one after another."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tradelatch.drills.catalogue import load
from tradelatch.drills.score import Score
from tradelatch.drills.site import Site
from tradelatch.drills.worker import Job, Settings


async def play_for_real(
    settings: Settings, jobs: Sequence[Job], tell: Callable[[Score], None] = lambda score: None
) -> list[Score]:
    """The scores of all jobs, one after another, on as few sites as they can share.

    Raises:
        StartError: a process did not come up.
    """
    scores: dict[int, Score] = {}
    attacks = {job.attack: load(job.attack) for job in jobs}
    for thin in sorted({attack.needs.thin for attack in attacks.values()}):
        with tempfile.TemporaryDirectory(prefix="tradelatch-drill-") as name:
            site = Site(Path(name), thin, settings.policy)
            try:
                await site.start()
                for number, job in enumerate(jobs):
                    attack = attacks[job.attack]
                    if attack.needs.thin != thin:
                        continue
                    scores[number] = await site.run(
                        attack, job.attack, job.seed, job.guarded, settings.limits
                    )
                    tell(scores[number])
            finally:
                await site.stop()
    return [scores[number] for number in sorted(scores)]
