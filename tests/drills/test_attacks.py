"""Every shipped attacker against the guard and without it, in one process; scored and bounded."""

import asyncio
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.once import once
from tradelatch.drills.catalogue import OUTSIDE, load, names
from tradelatch.drills.confine import Limits
from tradelatch.drills.crew import Crew
from tradelatch.drills.score import Score
from tradelatch.drills.series import play_for_real
from tradelatch.drills.summary import Summary, summed_up
from tradelatch.drills.worker import Job, Settings

ATTACKS = names()
DOCS = Path(__file__).parents[2] / "docs" / "attacks"
BREAKABLE = ("-m", "tests.drills.breakable")
GENEROUS = Settings(limits=Limits(cpu_s=300, wall_s=600))
"""The tests share the machine with others."""
GROUND, SEEDS_FOR_SOAK, SEEDS_FOR_REAL = 2, 1_000, 20
"""One ground for the quick ones: making it takes longer than most runs on it."""
SEEDS = (GROUND, GROUND + 16)
BREAKING_PLAN = 618
"""A seed by which the searching attacker draws a plan that pushes."""
HOURS = ("drift_day", "fake_volume")
"""These live through most of a day, and are played once."""


def play(jobs: list[Job], *program: str) -> list[Score]:
    async def all_of_them() -> list[Score]:
        async with Crew(GENEROUS, program) as crew:
            return await crew.play(jobs)

    return asyncio.run(all_of_them())


@pytest.fixture(scope="module")
def summaries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Summary]:
    jobs = [Job(name, GROUND, False) for name in ATTACKS if name not in HOURS]
    jobs += [Job(n, seed) for n in ATTACKS for seed in (SEEDS[:1] if n in HOURS else SEEDS)]
    played = once(tmp_path_factory, "attacks", lambda: msgspec.msgpack.encode(play(jobs)))
    scores = msgspec.msgpack.decode(played, type=list[Score])
    return {name: told(name, scores) for name in ATTACKS}


def told(name: str, scores: list[Score]) -> Summary:
    attack = load(name)
    return summed_up(name, attack.says, attack.needs.steals, scores)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_bound_holds_and_the_attack_is_one(name: str, summaries: dict[str, Summary]) -> None:
    """Without the guard it takes something; with it no more than B + X + E."""
    assert summaries[name].problems() == []
    assert not summaries[name].failed


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_called_outside_the_bound_breaks_it(
    name: str, summaries: dict[str, Summary]
) -> None:
    """Where it no longer does, its line in `catalogue.OUTSIDE` goes."""
    drawn = told(name, play([Job(name, BREAKING_PLAN)])) if name == "search" else summaries[name]
    assert drawn.breaks, f"{name} holds now: take its line out of OUTSIDE"


def test_more_than_is_stated_is_a_problem_outside_the_bound_too() -> None:
    lost = Decimal(str(OUTSIDE["exit_push"].most))
    score = Score("exit_push", 1, guarded=True, bound=Decimal(1), lost=lost)
    assert told("exit_push", [score]).problems() == []
    worse = msgspec.structs.replace(score, lost=lost + 1)
    assert (
        "BREAKS THE BOUND in 1 of 2 runs: with seed 1"
        in told("exit_push", [score, worse]).problems()[0]
    )


def test_who_does_nothing_gets_nothing(summaries: dict[str, Summary]) -> None:
    scores = (*summaries["control"].guarded, *summaries["control"].unguarded)
    assert [score.gain for score in scores] == [0] * len(scores)
    assert all(score.tried == 0 and score.refusal_s is None for score in scores)
    # What the owner's own bot pays for a trade or two.
    assert all(score.worst < Decimal("0.001") for score in scores)


def test_a_seed_tells_the_whole_run() -> None:
    names_ = ["collar_edge", "search", "exit_one"]
    first, again = (play([Job(name, 5) for name in names_]) for _ in range(2))
    assert first == again
    assert first != play([Job(name, 5 + 16) for name in names_])


@pytest.mark.parametrize(
    ("rule", "attack"),
    [
        ("allocation_off", "contra_slices"),
        ("budget_off", "collar_edge"),
        ("reservation_off", "thousand_at_once"),
    ],
)
def test_a_signer_with_a_broken_rule_is_caught(rule: str, attack: str) -> None:
    assert told(attack, play([Job(attack, GROUND)], *BREAKABLE, rule)).breaks


def test_without_the_collar_fills_are_further_from_fair(summaries: dict[str, Summary]) -> None:
    """B holds without the collar too, which is there so that a single mistake stays small."""
    (broken,) = play([Job("collar_edge", GROUND)], *BREAKABLE, "collar_off")
    assert broken.far > Decimal("0.1")
    assert max(score.far for score in summaries["collar_edge"].guarded) < Decimal("0.02")


def test_the_way_of_breaking_rules_changes_nothing_by_itself() -> None:
    jobs = [Job("collar_edge", GROUND)]
    assert play(jobs, *BREAKABLE, "none") == play(jobs)


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attacker_has_a_page(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text()
    assert {"## What it does", "## What stops it", "## What it got"} <= set(text.splitlines())
    assert f"]({name}.md)" in (DOCS / "index.md").read_text()


@pytest.mark.soak
@pytest.mark.parametrize("name", ATTACKS)
def test_a_thousand_seeds(name: str) -> None:
    assert told(name, play([Job(name, seed) for seed in range(SEEDS_FOR_SOAK)])).problems() == []


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name in ATTACKS if not load(name).needs.courier])
def test_twenty_times_against_real_processes(name: str) -> None:
    jobs = [Job(name, seed) for seed in range(SEEDS_FOR_REAL)]
    assert told(name, asyncio.run(play_for_real(GENEROUS, jobs))).problems() == []
