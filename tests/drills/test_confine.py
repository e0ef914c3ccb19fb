"""An attacker that raises, hangs or eats memory has failed; he is not harmless."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app
from tradelatch.drills.catalogue import BadAttack, load
from tradelatch.drills.confine import Limits
from tradelatch.drills.crew import Crew
from tradelatch.drills.score import Score
from tradelatch.drills.worker import Job, Settings

SHORT = Limits(cpu_s=1, wall_s=20, memory_mb=64)
ENDS = {
    "raise ValueError('oops')": "ValueError: oops",
    "raise SystemExit(0)": "SystemExit",
    "raise asyncio.CancelledError": "CancelledError",
    "while True: pass": "CPU time",
    "await asyncio.sleep(10**6)": "hung",
    "x = bytearray(1 << 30)": "MemoryError",
    "os._exit(0)": "without a result",
    "os.abort()": "SIGABRT",
    "await thief.sleep(10**9)": "waits for more than",
    "thief.host.copy_disk()": "NEEDS = Needs(host=True)",
}
GOOD = "print('{}', flush=True)"
"""What an attacker prints does not get into the scores."""


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    """One run of each, all by the same worker."""
    folder, jobs = tmp_path_factory.mktemp("attackers"), []
    for number, body in enumerate((*ENDS, GOOD)):
        file = folder / f"mine_{number}.py"
        file.write_text(f"import asyncio, os\nasync def attack(thief):\n    {body}\n")
        jobs.append(Job(str(file), 0))

    async def play() -> list[Score]:
        async with Crew(Settings(limits=SHORT)) as crew:
            return await crew.play(jobs)

    return dict(zip((*ENDS, GOOD), asyncio.run(play()), strict=True))


@pytest.mark.parametrize("body", ENDS)
def test_who_does_not_end_well_has_failed(body: str, scores: dict[str, Score]) -> None:
    assert ENDS[body] in scores[body].failed
    assert not scores[body].breaks_bound


def test_the_worker_is_well_afterwards(scores: dict[str, Score]) -> None:
    assert scores[GOOD].failed == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no attacker"),
        ("x = 1", "it has no `async def attack(thief)`"),
        ("def attack(thief): pass", "it has no `async def attack(thief)`"),
        ("import nothing_of_that_name", "it cannot be run: ModuleNotFoundError"),
        ("NEEDS = 1\nasync def attack(thief): pass", "NEEDS is not"),
    ],
)
def test_a_file_that_is_no_attacker(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BadAttack, match=says.replace("(", r"\(").replace(")", r"\)")):
        load(str(file))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--attack", "nobody", "--in-process"], "there is no attacker 'nobody'"),
        (["run", "--attack", "lying_courier"], "needs a captured courier"),
        (["run", "--attack", "search", "--search", "5"], "needs --in-process"),
        (["run", "--attack", "control", "--policy", "{policy}"], "unit is ETH"),
    ],
)
def test_a_users_mistake_is_one_sentence(tmp_path: Path, arguments: list[str], says: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'version = 1\nunit = "ETH"\nbudget = 1\nexit_budget = 1\n'
        '[markets."SOL/ETH"]\ndepth = "deep"\n'
    )
    result = CliRunner().invoke(app, ["drill", *(part.format(policy=policy) for part in arguments)])
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output
