"""`tradelatch init` and `tradelatch up`: from nothing to a trading account, and back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.stage import sync_client
from tradelatch.drills.world import DEEP

AS_ROOT = ["--as-root"] if os.geteuid() == 0 else []
CLI = [sys.executable, "-m", "tradelatch.cli"]


def free_ports(count: int) -> list[int]:
    with_ports = [socket.socket() for _ in range(count)]
    for one in with_ports:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in with_ports]
    for one in with_ports:
        one.close()
    return ports


@pytest.fixture
def config(tmp_path: Path) -> Path:
    venue, gate = free_ports(2)
    config = tmp_path / "tradelatch.toml"
    config.write_text(
        f'directory = "{tmp_path / "home"}"\n[gate]\nport = {gate}\n[venue]\nport = {venue}\n'
        f'[courier]\npoll_ms = 250\n[exchanges.binance]\nurl = "http://127.0.0.1:{venue}"\n'
    )
    return config


def run(config: Path, *arguments: str) -> tuple[int, str]:
    ran = subprocess.run(
        [*CLI, *arguments, "--config", str(config)], capture_output=True, text=True, timeout=90
    )
    return ran.returncode, ran.stdout + ran.stderr


class House:
    """`tradelatch up`."""

    def __init__(self, config: Path) -> None:
        self.log = config.with_name("up.log")
        with self.log.open("wb") as log:
            command = [*CLI, "up", *AS_ROOT, "--config", str(config)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def until(self, words: str, times: int = 1) -> None:
        for _ in range(400):
            if self.log.read_text().count(words) >= times:
                return
            time.sleep(0.05)
        pytest.fail(self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def house(config: Path) -> Iterator[House]:
    status, said = run(config, "init", *AS_ROOT)
    assert status == 0, said
    started = House(config)
    yield started
    if started.process.poll() is None:
        started.stop()


def children(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """Names and process ids of what it has started."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if parent == process.pid:
            name = "signer"
            if b"tradelatch.cli" in words:
                name = words[words.index(b"tradelatch.cli") + 1].decode()
            found[name] = int(entry.name)
    return found


def test_from_nothing_to_a_trading_account_and_back(config: Path, house: House) -> None:
    home = config.parent / "home"
    for name in ("venue", "courier", "signer", "gate", "runner"):
        house.until(f"{name:<8} {name}: ")
    grant = json.loads((home / "grants" / "me.json").read_text())
    assert (home / "grants" / "me.json").stat().st_mode & 0o777 == 0o600
    address = house.log.read_text().split("gate: ")[1].split()[0]
    _until_ready(config)
    client = sync_client(f"{address}/binance", grant["id"], grant["secret"])
    assert client.create_order(DEEP, "market", "buy", 0.5)["filled"] == 0.5

    before = children(house.process)
    assert before.keys() == {"venue", "courier", "signer", "gate", "runner"}
    os.kill(before["signer"], signal.SIGKILL)
    house.until("signer   ended with status -9; it is started again in 0.5 s")
    house.until("signer: 1 accounts", times=2)
    _until_ready(config)
    assert client.create_order(DEEP, "market", "sell", 0.5)["filled"] == 0.5
    client.session.close()
    after = children(house.process)
    assert {name for name in before if before[name] != after[name]} == {"signer"}

    assert house.stop() == 0
    assert not any(Path(f"/proc/{number}").exists() for number in after.values())
    assert run(config, "journal", "verify")[0] == 0


def _until_ready(config: Path) -> None:
    for _ in range(100):
        status, said = run(config, "status", "--json")
        if status == 0 and all(account["ready"] for account in json.loads(said)["accounts"]):
            return
        time.sleep(0.1)
    pytest.fail(said)


def test_what_is_there_is_not_set_up_again(config: Path) -> None:
    (config.parent / "home" / "grants").mkdir(parents=True)
    (config.parent / "home" / "grants" / "me.json").touch()
    status, said = run(config, "init", *AS_ROOT)
    assert (status, said.count("\n")) == (2, 1)
    assert "there is an account already; `tradelatch up` starts what is here" in said


def test_what_cannot_start_at_all_is_not_tried_again(config: Path) -> None:
    """And all the others are stopped."""
    started = House(config)
    assert started.process.wait(60) == 2
    said = started.log.read_text()
    says = "tradelatch signer: {}: nothing is here yet; `tradelatch signer --init` makes it"
    assert said.endswith(f"tradelatch up: {says.format(config.parent / 'home')}\n")
    assert "started again" not in said


def test_a_port_that_is_taken_is_said(config: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        text = config.read_text().splitlines()
        number = taken.getsockname()[1]
        text[2] = f"port = {number}"
        config.write_text("\n".join(text) + "\n")
        status, said = run(config, "init", *AS_ROOT)
    assert (status, said.count("\n")) == (2, 1)
    assert f"{number}" in said
    status, said = run(config, "init", *AS_ROOT)
    assert status == 0, said  # once the port is free it goes on from there
