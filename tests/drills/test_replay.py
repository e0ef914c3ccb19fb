"""The drill as it ships, and with one rule broken: then it has to fail."""

import asyncio
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tradelatch.drills.cast import FIRST, draw
from tradelatch.drills.controls import HOUR_MS, Control
from tradelatch.drills.outcome import Outcome
from tradelatch.drills.processes import SIGNER
from tradelatch.drills.replay import Plan, rehearse
from tradelatch.drills.replay_page import page
from tradelatch.drills.script import Event
from tradelatch.drills.tale import Tale
from tradelatch.venue.engine.units import from_units
from tradelatch.venue.life.quotes import MAKER
from tradelatch.venue.life.tape import Tape
from tradelatch.venue.serve import LOG_FILE

BROKEN_SIGNER = Path(__file__).with_name("broken_signer.py")
BROKEN_DRILL = Path(__file__).with_name("broken_drill.py")
OWN_POLICY = """\
version = 1
unit = "BTC"
budget = "0.05"
allocation = "0.2"
exit_budget = "0.1"
[markets."ETH/BTC"]
depth = "deep"
[markets."VIN/BTC"]
depth = "thin"
collar = "0.02"
[freeze]
denials = 0
"""


def drill(folder: Path, others: int, *signer: str) -> tuple[Outcome, list[str]]:
    events: list[str] = []

    def tell(side: str, event: Event) -> None:
        events.append(f"{side}: {event.who}: {event.says}")

    command = (str(BROKEN_SIGNER), *signer) if signer else SIGNER
    return asyncio.run(rehearse(folder, tell, Plan(draw(7, others=others)), command)), events


def test_the_unguarded_accounts_are_emptied_and_the_guarded_ones_are_not(tmp_path: Path) -> None:
    outcome, events = drill(tmp_path, 3)
    bare, acted, kept = outcome.sides
    assert outcome.problems() == []
    assert bare.lost(FIRST) >= Decimal("0.8") * bare.before[FIRST]
    assert bare.stolen > 40
    assert acted.lost_in_all < bare.lost_in_all / 2
    assert all(kept.lost(name) <= amount for name, amount in outcome.stated.items())
    assert outcome.stated[FIRST] == Decimal("0.75")
    assert kept.stolen == 0
    assert {"price_collar", "allocation", "budget", "permitted"} <= kept.denials.keys()
    assert not [log for log in tmp_path.rglob("*.log") if "Traceback" in log.read_text()]
    assert any("complains" in event for event in events if event.startswith("controlled"))
    assert outcome.by_exchange.keys() == {"binance", "kucoin", "coinbase"}
    for accounts in outcome.by_exchange.values():
        for name in accounts:
            # A small account buys much of what the market's makers offer, at a fair price.
            assert bare.lost(name) > Decimal("0.4") * bare.before[name]
            assert kept.lost(name) > 0
    _check_curves(outcome)
    drawn = page(outcome, "made for a test")
    assert drawn.count("<svg") == 3
    assert "<script" not in drawn


@pytest.mark.soak
@pytest.mark.recorded
def test_a_recorded_market_moves_on_all_sides_from_when_the_theft_begins(
    tmp_path: Path, recorded_data: Path
) -> None:
    path = recorded_data / "pumps" / "tapes" / "EDO_2019-02-16_18.00.csv.gz"
    tape, cast = Tape(path), draw(7, others=3, tape_market="EDO/BTC")
    outcome = asyncio.run(rehearse(tmp_path, lambda side, event: None, Plan(cast, tape=path)))
    assert outcome.problems() == []
    for side in outcome.sides:
        tale = Tale(tmp_path / side.name / "binance" / "venue" / LOG_FILE)
        trading = tale.end.markets["EDOBTC"]
        life, quotes = trading.listing.life, []
        assert life is not None
        for book in (trading.book.bids, trading.book.asks):
            mine = (o for level in book.levels() for o in level if o.account == MAKER)
            quotes.append(next(mine).ticks * from_units(trading.listing.tick))
        walked = tale.end.walk_ms(tale.end.now) - trading.walk_zero
        hours = side.samples[-1].hour
        assert hours - 1 < walked / HOUR_MS < hours + 5
        expected = from_units(tape.price_at(life.on_tape(walked - HOUR_MS // 2)))
        assert quotes[0] * Decimal("0.97") < expected < quotes[1] * Decimal("1.03")


def _check_curves(outcome: Outcome) -> None:
    curves, bare = outcome.curves, outcome.unguarded
    assert curves.nothing == bare.lost_in_all
    assert curves.lost.keys() == {*Control, "all"}
    for name, lost in curves.lost.items():
        assert max(lost) <= curves.nothing + Decimal("0.01"), name
    assert curves.lost["revoke"][0] < Decimal("0.1")
    assert curves.lost["revoke"][-1] > Decimal("0.9") * curves.nothing


def test_with_the_collar_broken_the_drill_fails(tmp_path: Path) -> None:
    outcome, _ = drill(tmp_path, 0, "collar_off")
    assert outcome.guarded.lost(FIRST) > Decimal("0.75") or outcome.guarded.outside_collar
    assert any("guarded account" in problem for problem in outcome.problems())


@pytest.mark.parametrize(("rule", "status"), [("none", 0), ("reservation_off", 1)])
def test_the_status_is_0_only_if_it_is_passed(tmp_path: Path, rule: str, status: int) -> None:
    """A signer that only goes the way of breaking rules, with none broken, passes."""
    policy = tmp_path / "own.toml"
    policy.write_text(OWN_POLICY)
    told = tmp_path / "kept" / "page.html"
    arguments = ("--account", "12.5", "--others", "0", "--policy", policy, "--page", told, "--json")
    ran = subprocess.run(
        [sys.executable, BROKEN_DRILL, rule, *arguments], capture_output=True, text=True
    )
    assert ran.returncode == status, ran.stderr
    answer = json.loads(ran.stdout)
    assert answer["passed"] is (status == 0)
    assert answer["stated"] == {FIRST: "0.35"}
    # What the owner named as at risk in thin coins is found and taken.
    assert Decimal(answer["guarded"]["accounts"][FIRST]["lost"]) > Decimal("0.1")
    assert Decimal(answer["unguarded"]["accounts"][FIRST]["before"]) < 13
    assert "Each theft" in told.read_text()
