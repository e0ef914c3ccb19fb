"""The drill as it ships, and with one rule broken: then it has to fail."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tradelatch.drills.processes import SIGNER
from tradelatch.drills.replay import Outcome, rehearse
from tradelatch.drills.script import Event

BROKEN_SIGNER = Path(__file__).with_name("broken_signer.py")


def drill(folder: Path, *signer: str) -> tuple[Outcome, list[str]]:
    events: list[str] = []

    def tell(side: str, event: Event) -> None:
        events.append(f"{side}: {event.who}: {event.says}")

    command = (str(BROKEN_SIGNER), *signer) if signer else SIGNER
    return asyncio.run(rehearse(folder, tell, command)), events


def test_the_unguarded_account_is_emptied_and_the_guarded_one_is_not(tmp_path: Path) -> None:
    outcome, events = drill(tmp_path)
    assert outcome.problems() == []
    assert outcome.unguarded.lost >= Decimal("0.8") * outcome.unguarded.before
    assert outcome.unguarded.stolen > 40
    assert outcome.guarded.lost <= Decimal("0.75")
    assert outcome.guarded.stolen == 0
    assert {"price_collar", "allocation", "budget", "permitted"} <= outcome.guarded.denials.keys()
    assert not [log for log in tmp_path.rglob("*.log") if "Traceback" in log.read_text()]
    honest = [event for event in events if event.startswith("guarded: bot: bought")]
    assert len(honest) == 2


@pytest.mark.parametrize("rule", ["collar_off", "reservation_off"])
def test_with_one_rule_broken_the_drill_fails(tmp_path: Path, rule: str) -> None:
    outcome, _ = drill(tmp_path, rule)
    assert outcome.guarded.lost > Decimal("0.75") or outcome.guarded.outside_collar
    assert any("guarded account" in problem for problem in outcome.problems())


def test_the_way_of_breaking_rules_changes_nothing_by_itself(tmp_path: Path) -> None:
    outcome, _ = drill(tmp_path, "none")
    assert outcome.problems() == []
