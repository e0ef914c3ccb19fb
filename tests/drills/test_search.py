"""The search: the same seed breeds the same plans, within their ranges, and better ones stay."""

import asyncio

from tradelatch.drills.catalogue import load
from tradelatch.drills.confine import Limits
from tradelatch.drills.crew import Crew
from tradelatch.drills.search import PARENTS, SEEDS, Found, Search
from tradelatch.drills.worker import Settings

NAME = "churn"


def found(seed: int, generations: int) -> Found:
    async def search() -> Found:
        bred = Search(NAME, load(NAME), seed)
        async with Crew(Settings(limits=Limits(cpu_s=300, wall_s=600))) as crew:
            shares = []
            for _ in range(generations):
                result = await bred.run(crew, 0, lambda: None)
                shares.append(bred.best[0])
        assert shares == sorted(shares)
        assert len(bred._parents) <= PARENTS
        return result

    return asyncio.run(search())


def test_a_seed_tells_the_whole_search() -> None:
    first, again = found(3, 1), found(3, 1)
    assert first == again
    assert first.plan != found(4, 1).plan


def test_plans_stay_in_their_ranges() -> None:
    result = found(3, 2)
    assert result.runs == SEEDS * 4 + SEEDS * 16
    for name, (low, high) in load(NAME).parameters.items():
        assert low <= result.plan[name] <= high
    assert max(score.share for score in result.scores) > 0.05
