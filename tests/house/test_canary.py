"""An exchange secret is where it has to be, once, and nowhere else: no file, no log, no other
process, no second copy in the signer's own memory."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.stage import ACCOUNT, Stage, sync_client
from tests.house.test_up import CLI
from tradelatch.drills.processes import House
from tradelatch.drills.world import DEEP

STRINGY = str(Path(__file__).with_name("stringy.py"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path / "stage") as started:
        yield started


def copies(pid: int, secret: bytes) -> int:
    """How often it stands in a process' memory, all that can be written or read of it."""
    count = 0
    process = Path(f"/proc/{pid}")
    with (process / "maps").open() as maps, (process / "mem").open("rb", buffering=0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if found and "[v" not in line:  # vvar and vsyscall cannot be read
                first, last = (int(end, 16) for end in found.groups())
                memory.seek(first)
                count += memory.read(last - first).count(secret)
    return count


def holding(folder: Path, secret: bytes) -> list[Path]:
    """Files with the secret in them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if secret in path.read_bytes()]


def trade(stage: Stage, times: int) -> None:
    """Orders, cancels, denials and reads."""
    client = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
    for _ in range(times):
        client.create_order(DEEP, "market", "buy", 0.01)
        client.fetch_balance()
    bid = client.fetch_ticker(DEEP)["bid"]
    order = client.create_order(DEEP, "limit", "buy", 0.1, round(bid * 0.995, 5))
    client.cancel_order(order["id"], DEEP)
    with pytest.raises(Exception, match="denied by policy"):
        client.create_order(DEEP, "limit", "sell", 1, round(bid * 0.5, 5))
    client.session.close()


@contextmanager
def running_bot(stage: Stage) -> Iterator[int]:
    """The runner with a bot that has bought something; its process id."""
    config = stage.folder / "runner.toml"
    config.write_text(f'directory = "{stage.house.home}"\n[gate]\nport = {stage.port}\n')
    (stage.folder / "grant.json").write_text(json.dumps(stage.grant))
    new = ["new", "--symbol", DEEP, "--name", "bot", "--account", ACCOUNT, "--grant"]
    _cli(config, "bots", *new, stage.folder / "grant.json")
    log = stage.folder / "runner.log"
    with log.open("wb") as said:
        command = [*CLI, "runner", "--config", str(config)]
        runner = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        _cli(config, "bots", "start", "bot", "--wait", "60")
        for _ in range(300):
            if '"bought": "0"' not in _cli(config, "deals", "show", "bot", "1", "--json"):
                break
            time.sleep(0.1)
        else:
            pytest.fail(log.read_text())
        yield runner.pid
    finally:
        runner.terminate()
        runner.wait(60)


def _cli(config: Path, *arguments: object) -> str:
    command = [*CLI, *map(str, arguments), "--config", str(config)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_runner_holds_grants_and_no_exchange_secret(stage: Stage) -> None:
    """Neither in its memory nor in its files."""
    secret, bots = stage.world.victim.secret.encode(), stage.house.home / "bots"
    with running_bot(stage) as pid:
        assert copies(pid, secret) == 0
        assert copies(pid, stage.grant["secret"].encode()) > 0, "what is there is found"
    assert not holding(bots, secret)
    assert holding(bots, stage.grant["secret"].encode()) == [bots / "grants" / f"{ACCOUNT}.json"]


def test_a_secret_is_in_the_signers_memory_once_and_nowhere_else(stage: Stage) -> None:
    """After a session with everything: trading, a kill, an attempt at a core dump, rotation, a
    backup, what the command line prints of the journal."""
    house, secret = stage.house, stage.world.victim.secret.encode()
    trade(stage, 5)
    house_pids = {"courier": house.courier.pid, "gate": house.gate.pid}
    assert copies(house.signer.pid, secret) == 1
    os.kill(house.signer.pid, signal.SIGABRT)
    stage.run(_ended(house))
    stage.run(house.signer.start())
    stage.run(house.until_ready())
    trade(stage, 5)
    for command in ("vault rotate", "keys doctor --json", "status --json", "journal export"):
        ran = subprocess.run(
            [sys.executable, "-m", "tradelatch.cli", *command.split(), "--config", house.config],
            capture_output=True,
        )
        assert secret not in ran.stdout + ran.stderr, command
    shutil.copytree(house.home, stage.folder / "backup", ignore=shutil.ignore_patterns("run"))
    assert copies(house.signer.pid, secret) == 1
    assert {name: copies(pid, secret) for name, pid in house_pids.items()} == {
        "courier": 0,
        "gate": 0,
    }
    venue = stage.folder / "world"
    assert [path for path in holding(stage.folder, secret) if not path.is_relative_to(venue)] == []
    assert not list(Path.cwd().glob("core*"))
    assert holding(venue, secret), "the venue does know it: the search finds what is there"


async def _ended(house: House) -> None:
    assert house.signer._process
    await house.signer._process.wait()


def test_the_canary_dies_of_a_signer_that_makes_text_of_secrets(tmp_path: Path) -> None:
    with Stage(tmp_path / "stage") as stage:
        usual = stage.house
        stage.run(usual.signer.stop())
        usual.signer._arguments = (STRINGY, "--config", str(usual.config))
        stage.run(usual.signer.start())
        stage.run(usual.until_ready())
        trade(stage, 2)
        assert copies(usual.signer.pid, stage.world.victim.secret.encode()) > 1
