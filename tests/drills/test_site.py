"""Attackers against real processes: the same measure, and limits that hold there too."""

import asyncio
from pathlib import Path

import pytest

from tradelatch.drills.confine import Limits
from tradelatch.drills.score import Score
from tradelatch.drills.series import play_for_real
from tradelatch.drills.worker import Job, Settings

CAPTURES = '''
from tradelatch.drills.attack import Needs
NEEDS = Needs(host=True, operator=True)

async def attack(thief):
    """Whatever a captured host and session can do, and the grant is still good afterwards."""
    copy = thief.host.copy_disk()
    for after in (False, True):
        thief.host.crash_on_next_order(after=after)
        await thief.victim.buy(thief.deep, 0.01)
        await thief.sleep(2)
    await thief.host.crash()
    await thief.sleep(2)
    says = await thief.host.restore_disk(copy)
    assert "an old backup was restored" in says, says
    status = await thief.operate("status")
    assert status.value["accounts"], status
    assert "no command" in (await thief.operate("no such command")).error, "it was carried out"
    for _ in range(100):
        if await thief.victim.free("BTC") > 20:
            break
        await thief.sleep(0.2)
    else:
        raise AssertionError("the grant is good no longer")
'''
BAD = "async def attack(thief):\n    {}\n"
GENEROUS = Settings(limits=Limits(wall_s=60, memory_mb=256))


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    folder = tmp_path_factory.mktemp("attackers")
    files = {
        "captures": CAPTURES,
        "raises": BAD.format("raise ValueError('oops')"),
        "exits": BAD.format("raise SystemExit(3)"),
        "eats": BAD.format("x = bytearray(1 << 30)"),
    }
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    jobs = [Job("contra_burst", 0), Job("contra_burst", 0, guarded=False)]
    jobs += [Job(str(folder / f"{name}.py"), 0) for name in files]
    played = asyncio.run(play_for_real(GENEROUS, jobs))
    return dict(zip(("guarded", "unguarded", *files), played, strict=True))


def test_a_theft_is_stopped_by_the_guard_alone(scores: dict[str, Score]) -> None:
    guarded, unguarded = scores["guarded"], scores["unguarded"]
    assert guarded.failed == unguarded.failed == ""
    assert 0 < guarded.worst < guarded.bound
    assert {"allocation", "price_collar"} <= guarded.by_rule.keys()
    assert guarded.refusal_s is not None
    assert unguarded.worst > 30
    assert unguarded.gain > 10


def test_a_captured_host_crashes_and_restores_the_real_signer(scores: dict[str, Score]) -> None:
    assert scores["captures"].failed == ""
    assert scores["captures"].worst < scores["captures"].bound


@pytest.mark.parametrize(
    ("name", "says"),
    [("raises", "ValueError: oops"), ("exits", "status 3"), ("eats", "MemoryError")],
)
def test_who_does_not_end_well_has_failed(name: str, says: str, scores: dict[str, Score]) -> None:
    assert says in scores[name].failed


def test_who_hangs_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "hangs.py"
    file.write_text(BAD.format("import time; time.sleep(10**6)"))
    hurried = Settings(limits=Limits(wall_s=3))
    (score,) = asyncio.run(play_for_real(hurried, [Job(str(file), 0)]))
    assert "hung" in score.failed
