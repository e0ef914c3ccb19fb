"""What controls would have stopped: computed from own trades, and no more than was lost."""

import shutil
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.cases.conftest import run
from tests.cases.test_whole import verified
from tradelatch.cases.verified import Control


def by_name(case: Path) -> dict[str, dict[str, Control]]:
    found: defaultdict[str, dict[str, Control]] = defaultdict(dict)
    for control in verified(case).controls:
        found[control.control][control.victim] = control
    return dict(found)


def test_each_control_is_computed_for_each_victim(case: Path) -> None:
    controls = by_name(case)
    assert sorted(controls) == [
        *("IP list", "key expiry 30 days", "key expiry 90 days"),
        *("loss budget", "price collar 1 %", "symbol list"),
    ]
    victims = {victim.name: victim for victim in verified(case).victims}
    for told in controls.values():
        assert set(told) == set(victims)
        assert all(0 <= one.prevented <= victims[name].verified for name, one in told.items())


def test_expiry_is_of_the_day_that_the_key_was_made(case: Path) -> None:
    controls, seen = by_name(case), set()
    for victim in verified(case).victims:
        made = date.fromisoformat(victim.key_created)
        for days in (30, 90):
            ended = f"{made + timedelta(days=days)}"
            first, last = (day(victim.fills[n].time_ms) for n in (0, -1))
            prevented = controls[f"key expiry {days} days"][victim.name].prevented
            if first >= ended:
                assert prevented == victim.verified
            elif last < ended:
                assert prevented == 0
            seen.add((days, prevented > 0))
    assert seen >= {(30, True), (90, True), (90, False)}


def day(ms: int) -> str:
    return f"{date(1970, 1, 1) + timedelta(days=ms // 86_400_000)}"


def test_what_a_loss_budget_lets_through_is_within_it(case: Path) -> None:
    """X is 1 % of the account, and what is bought in a thin market costs no more than X."""
    total, budgets = Decimal(0), by_name(case)["loss budget"]
    for victim in verified(case).victims:
        control = budgets[victim.name]
        lost = victim.verified - control.prevented
        total += lost
        assert lost <= victim.verified * Decimal("0.05"), control
    assert 0 < total < Decimal("0.02") * 27_285_845


def test_the_collar_can_be_set_and_one_that_is_wide_still_stops_it(
    case: Path, tmp_path: Path
) -> None:
    again = shutil.copytree(case, tmp_path / "again")
    run(0, "case", "verify", again, "--set", "collar=0.2", "--set", "allocation=0.0001")
    controls = by_name(again)
    assert "price collar 20 %" in controls
    before = sum(one.prevented for one in by_name(case)["loss budget"].values())
    assert sum(one.prevented for one in controls["loss budget"].values()) > before
    assert verified(again).settings["collar"] == "0.2"
    for wrong in ("collar=0.3", "budget=2", "threshold=x", "colour=1"):
        assert len(run(2, "case", "verify", again, "--set", wrong).stderr.splitlines()) == 1
