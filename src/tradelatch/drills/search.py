"""A search for the plan by which an attacker takes most: evolution, the same for the same seed.

A plan is one number for each of the attacker's parameters. In each generation the best plans so
far have children, changed a little or crossed with each other, besides some drawn anew; every
plan is played on a few seeds, and counts by the mean share of the bound that the victim lost.
"""

import random
import time
from collections.abc import Callable, Mapping

import msgspec

from tradelatch.drills.attack import Attack
from tradelatch.drills.crew import Crew
from tradelatch.drills.score import Score
from tradelatch.drills.worker import Job

PARENTS, CHILDREN, NEWCOMERS = 6, 12, 4
SEEDS = 2
_STEP, _CHANGED = 0.2, 0.4
"""How far a number moves (of its range, a standard deviation), and how likely it does."""

Plan = Mapping[str, float]


class Found(msgspec.Struct, frozen=True):
    """What a search found: how much it tried, the best plan and all runs of the best plans that
    it went through."""

    generations: int
    runs: int
    plan: Plan
    scores: tuple[Score, ...]


class Search:
    """One search; `best` is the best plan so far with the mean share it took."""

    def __init__(self, name: str, attack: Attack, seed: int) -> None:
        """`name` is what workers load the attacker by."""
        self._name, self._attack, self._seed = name, attack, seed
        self._chance = random.Random(f"search/{seed}")  # noqa: S311 - not a secret
        self._parents: list[tuple[float, Plan]] = []
        self._best_scores: list[Score] = []
        self.generations = self.runs = 0

    @property
    def best(self) -> tuple[float, Plan]:
        """The best plan so far, before any a share of zero."""
        return self._parents[0] if self._parents else (0.0, {})

    async def run(self, crew: Crew, seconds: float, tell: Callable[[], None]) -> Found:
        """Generation after generation until the time is up, and at least one."""
        end = time.monotonic() + seconds
        while True:
            await self._generation(crew)
            tell()
            if time.monotonic() >= end:
                break
        return Found(self.generations, self.runs, self.best[1], tuple(self._best_scores))

    async def _generation(self, crew: Crew) -> None:
        plans = [self._child() for _ in range(CHILDREN if self._parents else 0)]
        plans += [self._attack.plan(self._chance) for _ in range(NEWCOMERS)]
        seeds = [self._seed + number for number in range(SEEDS)]
        jobs = [Job(self._name, seed, True, plan) for plan in plans for seed in seeds]
        scores = await crew.play(jobs)
        self.generations, self.runs = self.generations + 1, self.runs + len(jobs)
        before = self.best[0]
        for number, plan in enumerate(plans):
            mine = scores[number * SEEDS : (number + 1) * SEEDS]
            share = sum(score.share for score in mine) / SEEDS
            self._parents.append((share, plan))
            if share > before or any(score.breaks_bound or score.failed for score in mine):
                self._best_scores += mine
                before = max(before, share)
        self._parents.sort(key=lambda entry: entry[0], reverse=True)
        del self._parents[PARENTS:]

    def _child(self) -> Plan:
        """Of two of the best: each number from one of them, and perhaps moved."""
        mother, father = (self._chance.choice(self._parents)[1] for _ in range(2))
        child = {}
        for name, (low, high) in self._attack.parameters.items():
            value = self._chance.choice((mother, father))[name]
            if self._chance.random() < _CHANGED:
                value += self._chance.gauss(0.0, _STEP * (high - low))
            child[name] = min(max(value, low), high)
        return child
