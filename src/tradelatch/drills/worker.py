"""``python -m tradelatch.drills.worker``: plays runs in one process, each in a child of its own.

It reads settings and then jobs on standard input, a line of JSON each, and answers every job with
a line: its score. Grounds are kept, since they take a second to make and a child has them for free.
"""

import asyncio
import gc
import sys
from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from tradelatch.drills.attack import Attack
from tradelatch.drills.catalogue import load
from tradelatch.drills.confine import Limits, Overrun, confined
from tradelatch.drills.ground import Ground
from tradelatch.drills.score import Score
from tradelatch.drills.stage import Stage

GROUNDS = 16
"""How many grounds there are; seeds share them by turns."""
_KEPT = 3


class Settings(msgspec.Struct, frozen=True):
    """What all jobs have in common: the owner's policy in TOML (empty: the grounds' own), and
    the limits of a run."""

    policy: str = ""
    limits: Limits = Limits()


class Job(msgspec.Struct, frozen=True):
    """One run. `attack` is a name or a file; without `parameters` they are drawn by the seed."""

    attack: str
    seed: int
    guarded: bool = True
    parameters: Mapping[str, float] | None = None

    @property
    def ground(self) -> int:
        """The number of its ground."""
        return self.seed % GROUNDS


class Worker:
    """Keeps attackers and grounds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._attacks: dict[str, Attack] = {}
        self._grounds: OrderedDict[tuple[int, int, int], Ground] = OrderedDict()

    def play(self, job: Job) -> Score:
        """The score of one run; an attacker that runs into a limit has failed."""
        if job.attack not in self._attacks:
            self._attacks[job.attack] = load(job.attack)
        attack = self._attacks[job.attack]
        ground = self._ground(job.ground, attack)

        def run() -> bytes:
            stage = Stage(ground, attack, job.seed, job.guarded)
            try:
                score = asyncio.run(stage.play(job.parameters))
            except BaseException as error:
                score = _failed(attack, job, f"{type(error).__name__}: {error}")
            return msgspec.json.encode(score)

        try:
            return msgspec.json.decode(confined(run, self._settings.limits), type=Score)
        except Overrun as error:
            return _failed(attack, job, str(error))

    def _ground(self, number: int, attack: Attack) -> Ground:
        key = (number, attack.needs.thin, attack.needs.victims)
        if key not in self._grounds:
            while len(self._grounds) >= _KEPT:
                self._grounds.popitem(last=False)
            gc.unfreeze()
            gc.collect()
            ground = Ground(number, attack.needs, self._settings.policy)
            asyncio.run(ground.prepare())
            self._grounds[key] = ground
            gc.freeze()  # else every child would copy all of it when it collects
        self._grounds.move_to_end(key)
        return self._grounds[key]


def _failed(attack: Attack, job: Job, why: str) -> Score:
    return Score(attack.name, job.seed, job.guarded, failed=why)


def main() -> None:
    """Until standard input ends."""
    lines = iter(sys.stdin.buffer.readline, b"")
    worker = Worker(msgspec.json.decode(next(lines), type=Settings))
    for line in lines:
        score = worker.play(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(score) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
