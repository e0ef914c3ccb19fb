"""Keys at a real venue, and whether a real signer takes them."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.stage import Stage
from tradelatch.drills.world import POLICY

SAFE = {"rights": ["read", "trade"], "addresses": ["127.0.0.1"]}
MIGHTY = SAFE | {"rights": ["read", "trade", "withdraw"]}
NUMBERS = itertools.count()


def add(stage: Stage, folder: Path, key: dict[str, Any], *more: str) -> tuple[int, str]:
    """Make a key of an account of its own at the venue, and entrust it to the signer."""
    account = f"account-{next(NUMBERS)}"
    held = {"account": account, "balances": {"BTC": "1"}}
    stage.run(stage.world._admin("POST", "accounts", held))
    made = stage.run(stage.world._admin("POST", "keys", {"account": account, **key}))
    policy = folder / "policy.toml"
    policy.write_text(POLICY)
    command = [sys.executable, "-m", "tradelatch.cli", "keys", "add", account]
    command += ["--key-id", made["key"], "--policy", str(policy), *more]
    command += ["--config", str(stage.house.config)]
    ran = subprocess.run(command, input=f"{made['secret']}\n", capture_output=True, text=True)
    return ran.returncode, ran.stderr


def test_a_bound_key_that_may_only_trade_is_taken(stage: Stage, tmp_path: Path) -> None:
    assert add(stage, tmp_path, SAFE)[0] == 0
    (seen,) = stage.records("KeyInspected")[-1:]
    assert (seen["rights"]["can"], seen["rights"]["is_bound"]) == (["trade"], True)


@pytest.mark.parametrize(
    ("key", "says", "words"),
    [
        ({"rights": ["read", "trade"]}, "is good from any address", ["unbound"]),
        (MIGHTY, "may withdraw", ["withdraw", "transfer"]),
        (SAFE | {"rights": ["read", "trade", "transfer"]}, "may move funds", ["transfer"]),
    ],
)
def test_a_key_that_may_more_is_taken_only_in_so_many_words(
    stage: Stage, tmp_path: Path, key: dict[str, Any], says: str, words: list[str]
) -> None:
    status, said = add(stage, tmp_path, key)
    assert (status, said.count("\n"), says in said) == (2, 1, True)
    assert " ".join(f"--accept {word}" for word in words) in said
    accepts = [part for word in words for part in ("--accept", word)]
    assert add(stage, tmp_path, key, *accepts) == (0, "")


def test_a_key_that_may_not_trade_and_one_that_is_none_are_refused(
    stage: Stage, tmp_path: Path
) -> None:
    status, said = add(stage, tmp_path, SAFE | {"rights": ["read"]})
    assert (status, "may not trade" in said) == (2, True)
    policy = tmp_path / "policy.toml"
    command = [sys.executable, "-m", "tradelatch.cli", "keys", "add", "none", "--key-id", "none"]
    command += ["--policy", str(policy), "--config", str(stage.house.config)]
    ran = subprocess.run(command, input="wrong\n", capture_output=True, text=True)
    assert (ran.returncode, "does not say what this key may do" in ran.stderr) == (2, True)
    ran = subprocess.run(
        [*command, "--accept", "luck"], input="wrong\n", capture_output=True, text=True
    )
    assert "there is no danger 'luck'" in ran.stderr


def test_the_doctor_sees_the_key_of_the_stage(stage: Stage) -> None:
    """Which was taken without asking, and has been asked about since."""
    command = [sys.executable, "-m", "tradelatch.cli", "keys", "doctor", "--json"]
    ran = subprocess.run(
        [*command, "--config", str(stage.house.config)], capture_output=True, text=True
    )
    found = json.loads(ran.stdout)["findings"]
    assert ran.returncode == 1
    assert {"unbound"} <= {finding["kind"] for finding in found}
