"""Operators at work on real processes: the command line, the signer and the venue."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ccxt
import pytest

from tests.house.stage import ACCOUNT, Stage, sync_client
from tests.notify.listener import Listener
from tradelatch.drills.processes import Child
from tradelatch.drills.world import DEEP, POLICY


def run(stage: Stage, command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tradelatch.cli", *command.split(), "--config", stage.house.config],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


def good(stage: Stage, command: str, given: str = "") -> str:
    result = run(stage, command, given)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def new_key(folder: Path, name: str, passphrase: str) -> tuple[Path, str]:
    path = folder / f"{name}.key"
    command = [sys.executable, "-m", "tradelatch.cli", "operators", "new", str(path)]
    made = subprocess.run(command, input=f"{passphrase}\n", capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    assert ("NOT sealed" in made.stderr) is (not passphrase)
    again = subprocess.run(command, input="\n", capture_output=True, text=True)
    assert "cannot make it: File exists" in again.stderr
    return path, made.stdout.strip()


def sign_elsewhere(change: Path, key: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradelatch.cli", "changes", "sign", str(change)]
    return subprocess.run([*command, "--key", str(key)], capture_output=True, text=True)


def until(holds: Callable[[], Any]) -> Any:
    for _ in range(300):
        if found := holds():
            return found
        time.sleep(0.1)
    pytest.fail("it never came about")


def test_the_life_of_a_house_with_operators(stage: Stage, tmp_path: Path) -> None:
    """From the first operator to stopping everything, each notice on both channels once."""
    notices = tmp_path / "notices.jsonl"
    with Listener() as listener:
        config = stage.house.config
        config.write_text(
            f"{config.read_text()}\n[watch]\npoll_ms = 100\n[notify.channels]\n"
            f'file.url = "file://{notices}"\n'
            f'hook.url = "json://{listener.address}/?+X-Token=secret-token"\n'
        )
        config.chmod(0o644)
        assert "others may read the channels' URLs" in run(stage, "watch").stderr
        config.chmod(0o600)
        watch = Child("watch", ("-m", "tradelatch.cli", "watch", "--config", str(config)), tmp_path)
        stage.run(watch.start())
        try:
            until(lambda: "watch: file, hook" in watch.said())
            _change_a_policy(stage, tmp_path)
            _release_an_exit(stage, tmp_path)
            _stop_everything(stage)
            told = until(lambda: _sentences(notices, "frozen, stop everything"))
            until(lambda: len(listener.posted) == len(told))
        finally:
            stage.run(watch.stop())
    assert [posted["message"].splitlines()[0] for posted in listener.posted] == told
    assert "secret-token" not in watch.said() + notices.read_text()
    for part in ("was proposed", "approved change", "in force", "was cancelled", "released"):
        assert any(part in sentence for sentence in told), part
    stage.check_alive()


def _sentences(notices: Path, last: str) -> list[str]:
    if not notices.exists():
        return []
    found = [str(json.loads(line)["says"]) for line in notices.read_text().splitlines()]
    return found if any(last in sentence for sentence in found) else []


def _change_a_policy(stage: Stage, folder: Path) -> None:
    (alice, alices), (bob, bobs) = new_key(folder, "alice", ""), new_key(folder, "bob", "secret")
    told = good(stage, f"operators add alice --public-key {alices}")
    assert told == "change 1, enrolling operator alice: in force\n"
    told = good(stage, f"operators add bob --public-key {bobs}")
    assert re.match(r"change 2, enrolling operator bob: pending, (24 h 0|23 h 60) min\n", told)
    policy = folder / "policy.toml"
    policy.write_text(POLICY.replace('budget = "0.25"', 'budget = "0.2"', 1))
    told = good(stage, f"policy set {ACCOUNT} {policy}")
    assert "holds beside what is in force, and takes its place after" in told
    assert told.endswith("tighter, from its proposal on:\n  budget: from 0.25 to 0.2\n")
    assert "the policy of change 3 holds beside its own" in good(stage, "status")
    policy.write_text(POLICY.replace('budget = "0.25"', 'budget = "0.9"', 1))
    told = good(stage, f"policy set {ACCOUNT} {policy}")
    assert told.endswith("looser, once it has taken its place:\n  budget: from 0.25 to 0.9\n")
    assert stage.status()["limits"]["day"][0] == "0.25"
    approved = run(stage, f"changes approve 4 --key {alice}")
    assert "change 4, a new policy" in approved.stdout
    assert "tradelatch change 1\njournal: tradelatch/journal+" in approved.stderr
    assert approved.stderr.endswith("\n  budget: from 0.25 to 0.9\n")
    assert stage.status()["limits"]["day"][0] == "0.25", "bob is no operator yet"
    bobs_try = run(stage, f"changes approve 4 --key {bob}", given="secret\n")
    assert "no operator's signature" in bobs_try.stderr
    wrong = run(stage, f"changes approve 4 --key {bob}", given="guess\n")
    assert wrong.stderr.endswith(f"{bob}: this is not its passphrase\n")
    shown = good(stage, "changes show 4")
    assert shown.endswith(f"proposed:\n{policy.read_text()}")
    assert "looser, once it has taken its place:\n  budget: from 0.25 to 0.9\n" in shown
    change = folder / "change.json"
    change.write_text(good(stage, "changes show 4 --json"))
    signed = sign_elsewhere(change, alice)
    assert "budget: from 0.25 to 0.9" in signed.stderr
    again = run(stage, f"changes approve 4 --signature {signed.stdout.strip()}")
    assert "alice has approved change 4 already" in again.stderr
    assert len(json.loads(good(stage, "changes list --json"))) == 2
    for number in (2, 4):
        assert good(stage, f"changes cancel {number}") == f"cancelled change {number}\n"


def _release_an_exit(stage: Stage, folder: Path) -> None:
    """The owner's key comes with the account: enrolling it later would take a day."""
    key, public = new_key(folder, "owner", "")
    told = good(stage, f"exits owner {ACCOUNT} --public-key {public}")
    assert "an owner's key for account" in told
    refused = run(stage, f"exits release {ACCOUNT} ETH/BTC 1 --limit 0.05 --key {key}")
    assert "has no owner's key" in refused.stderr
    policy = folder / "policy.toml"
    command = f"keys add mine --key-id k2 --policy {policy} --owner {public} --unchecked"
    good(stage, command, given="secret\n")
    told = good(stage, f"exits release mine ETH/BTC 1 --limit 0.05 --key {key}")
    assert "a sell of 1 ETH/BTC at 0.05 or better" in told
    wrong = run(stage, f"exits release mine ETH/BTC -1 --limit 0.05 --key {key}")
    assert wrong.returncode == 2


def _stop_everything(stage: Stage) -> None:
    client = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
    direct = sync_client(stage.world.url, stage.world.victim.key, stage.world.victim.secret)
    price = client.fetch_ticker(DEEP)["bid"] * 0.995
    client.create_order(DEEP, "limit", "buy", 0.1, price)
    direct.create_order(DEEP, "limit", "buy", 0.1, price)
    assert len(direct.fetch_open_orders(DEEP)) == 2
    results: list[Any] = []
    # Account `mine` has no key that the venue knows, so that its orders cannot be asked for.
    stopping = threading.Thread(
        target=lambda: results.append(run(stage, "stop everything --json --wait 10"))
    )
    stopping.start()
    until(lambda: not direct.fetch_open_orders(DEEP))
    stopping.join()
    stopped = json.loads(results[0].stdout)
    swept = {account["account"]: account["swept"] for account in stopped["accounts"]}
    assert swept == {ACCOUNT: True, "mine": False}
    assert stopped["problems"] == ["account mine: orders may still stand open"]
    assert results[0].returncode == 1
    assert any("API Management" in step for step in stopped["by_hand"])
    with pytest.raises(ccxt.InvalidOrder, match="is frozen \\(by an operator\\)"):
        client.create_order(DEEP, "limit", "buy", 0.1, price)
    told = good(stage, f"grants thaw {ACCOUNT}")
    assert "pending, 2" in told
    shown = good(stage, "status")
    assert f"{ACCOUNT}: FROZEN: stop everything (by an operator)" in shown
    client.session.close()
    direct.session.close()


def test_without_a_signer_stopping_says_what_to_do_by_hand(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'directory = "{tmp_path}"\n')
    command = [sys.executable, "-m", "tradelatch.cli", "stop", "everything"]
    command += ["--config", str(config)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert "while it does not run nothing is signed, cancels neither" in result.stdout
    assert "API Management" in result.stdout
