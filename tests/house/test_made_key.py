"""An Ed25519 key that is made in the vault: the exchange gets its public half, nobody the other."""

import subprocess
import sys

from tests.house.stage import Stage, sync_client
from tradelatch.drills.world import DEEP, POLICY


def run(stage: Stage, *arguments: str) -> str:
    command = [sys.executable, "-m", "tradelatch.cli", *arguments]
    ran = subprocess.run(
        [*command, "--config", str(stage.house.config)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    return ran.stdout


def test_a_key_that_is_made_here_trades(stage: Stage) -> None:
    public = run(stage, "keys", "make", "second")
    assert "BEGIN PUBLIC KEY" in public
    asked = {"account": "second", "balances": {"BTC": "50"}}
    stage.run(stage.world._admin("POST", "accounts", asked))
    form = {"account": "second", "public_key": public, "rights": ["read", "trade"]}
    key = stage.run(stage.world._admin("POST", "keys", form))["key"]
    policy = stage.folder / "second.toml"
    policy.write_text(POLICY)
    arguments = ("--key-id", key, "--policy", str(policy), "--accept", "unbound")
    run(stage, "keys", "add", "second", "--made", *arguments)
    stage.run(stage.house.until_ready())
    issued = stage.operate("grant issue", account="second", days="1", sources="").value
    bot = sync_client(stage.gate, issued["id"], issued["secret"])
    assert bot.create_order(DEEP, "market", "buy", 0.2)["filled"] == 0.2
    listed = run(stage, "keys", "list")
    assert "active" in listed
    assert key in listed
    run(stage, "keys", "compromised", "second")
    assert "compromised" in run(stage, "keys", "list")
    stage.check_alive()
