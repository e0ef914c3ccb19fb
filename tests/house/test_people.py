"""People at work on real processes: each signs his commands, and sees what his role sees."""

import json
import subprocess
import sys
from pathlib import Path

from tests.house.stage import ACCOUNT, Stage
from tests.house.test_operators import good, new_key, run, until
from tradelatch.drills.world import POLICY
from tradelatch.model.statements import utc

ADD = "keys add adas --key-id k --unchecked --customer ada"


def ask(stage: Stage, who: str, key: Path, command: str) -> subprocess.CompletedProcess[str]:
    """One command as a person, at the people's socket."""
    line = ["--as", who, "--key", str(key), *command.split(), "--config", str(stage.house.config)]
    return subprocess.run(
        [sys.executable, "-m", "tradelatch.cli", *line], capture_output=True, text=True, timeout=60
    )


def test_people_of_a_house_with_customers(stage: Stage, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    (ada, adas), (root, roots) = new_key(tmp_path, "ada", ""), new_key(tmp_path, "root", "")
    told = good(stage, f"operators add ada --role customer --customer ada --public-key {adas}")
    assert told == "change 1, enrolling customer ada of ada: in force\n"
    assert "in force" in good(stage, f"operators add root --public-key {roots}")
    good(stage, f"{ADD} --policy {policy}", given="secret\n")

    # What is signed in the signer's first seconds is taken from nobody.
    shown = until(lambda: _taken(ask(stage, "ada", ada, "status")))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "adas (BTC)" in shown.stdout
    assert ACCOUNT not in shown.stdout
    assert ACCOUNT in good(stage, "status")
    grant = json.loads(ask(stage, "ada", ada, "grants issue adas --json").stdout)
    other = ask(stage, "ada", ada, f"grants issue {ACCOUNT}")
    assert other.stderr == f"tradelatch: you have no account '{ACCOUNT}'\n"
    denied = ask(stage, "ada", ada, "stop everything --wait 0")
    assert "not for the role customer" in denied.stdout
    status = json.loads(good(stage, "status --json"))
    assert [account["frozen"] for account in status["accounts"]] == [[], []]
    stranger = ask(stage, "ada", root, "status")
    assert stranger.stderr == "tradelatch: nobody is enrolled here by that name and key\n"
    lacking = ask(stage, "ada", tmp_path / "nowhere.key", "status")
    assert "cannot read it" in lacking.stderr

    proposed = ask(stage, "ada", ada, f"policy set adas {policy}")
    assert "has this policy already" in proposed.stderr
    policy.write_text(POLICY.replace('budget = "0.25"', 'budget = "0.9"', 1))
    proposed = ask(stage, "ada", ada, f"policy set adas {policy}")
    assert "change 3, a new policy for account adas: holds beside" in proposed.stdout
    assert "ada" in good(stage, "changes list")
    frozen = ask(stage, "root", root, "grants freeze adas")
    assert frozen.stdout == "froze adas\n"

    people = json.loads(good(stage, "operators list --json"))
    assert [people["ada"]["role"], people["root"]["role"]] == ["customer", "operator"]
    removed = good(stage, "operators remove ada")
    assert removed == (
        "ada: commands and approvals are refused from now on\n"
        "change 4, removing customer ada of ada: in force\n"
        "ada could reach, as customer: adas\n"
        "  change 3, a new policy for account adas: proposed\n"
        "to rotate:\n"
        f"  grant {grant['id']} of adas, until {_until(stage, grant['id'])}: he was shown its "
        f"secret; `tradelatch grants revoke {grant['id']}`\n"
    )
    assert "nobody is enrolled" in ask(stage, "ada", ada, "status").stderr
    leaving = json.loads(good(stage, "operators remove root --json"))
    assert (leaving["made"], leaving["signatures"]) == (False, 0)
    assert leaving["reach"]["accounts"] == [ACCOUNT, "adas"]
    assert "nobody is enrolled" in ask(stage, "root", root, "status").stderr
    assert "nobody called 'eve' is enrolled" in run(stage, "operators remove eve").stderr
    stage.check_alive()


def _taken(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str] | None:
    return None if "first seconds" in done.stderr else done


def _until(stage: Stage, grant: str) -> str:
    [record] = [r for r in stage.records("GrantIssued") if r["grant"] == grant]
    assert record["by"] == "ada"
    return utc(record["expires_ns"])
