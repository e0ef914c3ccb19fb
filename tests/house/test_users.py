"""Processes under users of their own: what each can reach, and who is let in at each socket."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.house.apart import STRANGER, USERS, Apart, Python, python_for_all
from tests.house.stage import sync_client
from tests.house.test_up import children
from tradelatch.drills.world import DEEP
from tradelatch.exchanges.claims import Look
from tradelatch.model.http import Request
from tradelatch.model.wire import Ask, Command, Follow, frame

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
PROCESSES = ("signer", "courier", "gate", "watch", "runner", "venue")


@pytest.fixture(scope="module")
def python() -> Iterator[Python]:
    with python_for_all() as found:
        yield found


@pytest.fixture(scope="module")
def apart(python: Python) -> Iterator[Apart]:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        installed = Apart(Path(name), python)
        made = installed.cli("init")
        assert made.returncode == 0, made.stderr
        with installed.up() as running:
            installed.pids = _settled(installed, running)
            made = installed.cli("bots", "new", "--symbol", DEEP)
            assert made.returncode == 0, made.stderr
            yield installed


def _settled(apart: Apart, running: object) -> dict[str, int]:
    """The process ids, once all are connected and prices are known."""
    for _ in range(300):
        ran = apart.cli("status", "--json")
        told = json.loads(ran.stdout) if ran.returncode == 0 else None
        if told and all(told["custody"]["processes"].values()) and told["accounts"][0]["ready"]:
            return children(running)  # type: ignore[arg-type]
        time.sleep(0.1)
    pytest.fail(apart.log.read_text() + ran.stderr)


def test_a_house_of_six_users_trades(apart: Apart) -> None:
    grant = json.loads((apart.home / "grants" / "me.json").read_text())
    client = sync_client(f"http://127.0.0.1:{apart.port}/binance", grant["id"], grant["secret"])
    assert client.create_order(DEEP, "market", "buy", 0.5)["filled"] == 0.5
    assert client.create_order(DEEP, "market", "sell", 0.5)["filled"] == 0.5
    client.session.close()
    shown = apart.cli("status").stdout.splitlines()
    assert f"runner, as {USERS['runner']}: the owner of its folder" in shown
    assert shown[-1] == "isolated: signer, courier, gate and runner run as users of their own"
    for process in ("signer", "courier", "gate"):
        says = f"{process}, as {USERS[process]}: no core dumps, not to be looked into, no new priv"
        assert any(line.startswith(says) for line in shown), shown


def test_each_process_is_its_user_alone(apart: Apart) -> None:
    """Of all four kinds of its user; no group beside those of the sockets, no secret of root's."""
    for process in PROCESSES:
        environment = Path(f"/proc/{apart.pids[process]}/environ").read_bytes().split(b"\0")
        assert b"HOME=" + os.fsencode(apart.home) in environment
        assert not any(entry.startswith(b"ROOTS_SECRET") for entry in environment)
        lines = Path(f"/proc/{apart.pids[process]}/status").read_text().splitlines()
        found = dict(line.split(":", 1) for line in lines)
        own = str(USERS[process])
        assert found["Uid"].split() == found["Gid"].split() == [own] * 4
        assert int(found["CapEff"], 16) == 0
        groups = {int(number) for number in found["Groups"].split()}
        wanted = {"signer": {"courier", "gate", "watch"}, "courier": {"signer"}, "gate": {"signer"}}
        assert groups == {USERS[name] for name in wanted.get(process, ())}


ATTEMPT = """
import socket, sys
for path in sys.argv[1:]:
    try:
        if path.endswith(".sock"):
            socket.socket(socket.AF_UNIX).connect(path)
        else:
            open(path, "rb").close()
        print("opened", path)
    except OSError as error:
        print(type(error).__name__, path)
"""
KEPT = (
    *("vault.key", "vault/keyring", "journal/records", "journal/checkpoints", "grants/me.json"),
    *("bots/bots.sqlite", "bots/grants/me.json"),
)
REACHED = {
    "signer": {
        *("vault.key", "vault/keyring", "journal/records", "journal/checkpoints"),
        *("run/signer.sock", "run/courier.sock", "run/admin.sock", "run/streams.sock"),
    },
    "courier": {"run/courier.sock", "run/streams.sock"},
    "gate": {"run/signer.sock", "run/streams.sock"},
    "watch": {"journal/records"},
    "runner": {"bots/bots.sqlite", "bots/grants/me.json"},
    "venue": set(),
    "stranger": set(),
}
"""What file modes alone let each user open."""


@pytest.mark.parametrize("who", REACHED)
def test_nobody_opens_what_is_not_meant_for_him(apart: Apart, who: str) -> None:
    names = (*KEPT, *(f"run/{name}.sock" for name in ("signer", "courier", "admin", "streams")))
    paths = [apart.home / name for name in names]
    assert all(path.exists() for path in paths)
    ran = apart.python.run_as(who, "-c", ATTEMPT, *paths)
    said = {path: how for how, path in map(str.split, ran.stdout.splitlines())}
    expected = {
        str(path): "opened" if name in REACHED[who] else "PermissionError"
        for name, path in zip(names, paths, strict=True)
    }
    assert said == expected, ran.stderr


KNOCK = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(20)
connection.connect(sys.argv[1])
try:
    connection.sendall(bytes.fromhex(sys.argv[2]))
    print("answered" if connection.recv(65536) else "hung up")
except (BrokenPipeError, ConnectionResetError):
    print("hung up")
"""
SOCKETS = {
    "signer": (frame(Ask(1, Request("GET", "binance", "/api/v3/time"), "127.0.0.1")), {"gate"}),
    "courier": (frame(Look(1)), {"courier"}),
    "admin": (frame(Command(1, "status")), {"root"}),
    "streams": (b"", {"signer", "gate"}),  # what is said names the venue
}
"""By name: what is said there, and who is answered."""


@pytest.mark.parametrize(
    "who", ["signer", "courier", "gate", "watch", "runner", "stranger", "root"]
)
@pytest.mark.parametrize("name", SOCKETS)
def test_who_is_not_meant_is_hung_up_on_even_if_let_to_the_socket(
    apart: Apart, name: str, who: str
) -> None:
    knock, answered = SOCKETS[name]
    if name == "streams":
        knock = frame(Follow(f"{apart.streams}/ws/ethbtc@bookTicker"))
    path = apart.home / "run" / f"{name}.sock"
    mode = path.stat().st_mode & 0o7777
    path.chmod(0o666)
    try:
        ran = _knock(apart, who, path, knock)
        while who == name == "courier" and "hung up" in ran.stdout:
            ran = _knock(apart, who, path, knock)  # the real one took its place back
    finally:
        path.chmod(mode)
    expected = "answered" if who in answered else "hung up"
    assert (ran.stdout, ran.stderr) == (f"{expected}\n", "")


def _knock(apart: Apart, who: str, path: Path, said: bytes) -> "subprocess.CompletedProcess[str]":
    arguments = ("-c", KNOCK, path, said.hex())
    return apart.python.run(*arguments) if who == "root" else apart.python.run_as(who, *arguments)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('gate = "64103"', 'gate = "0"', "users.gate: it does not run as root; name another user"),
        ('gate = "64103"', 'gate = "no-such"', "this machine has no user 'no-such'; root starts"),
        ("[users]", '[users]\noperator = "no-such"', "users: this machine has no user 'no-such'"),
        ('"64101"', '"64109"', "home: the signer runs as 64109, who has to own all that it kept"),
    ],
)
def test_root_starts_nothing_as_somebody_else(
    python: Python, old: str, new: str, says: str
) -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        installed = Apart(Path(name), python)
        installed.home.mkdir()
        os.chown(installed.home, USERS["signer"], USERS["signer"])
        text = installed.config.read_text()
        assert old in text
        installed.config.write_text(text.replace(old, new))
        ran = installed.cli("up")
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
        assert says in ran.stderr


@pytest.fixture
def linked(python: Python) -> Iterator[tuple[Apart, Path]]:
    """An installation whose signer was captured, and a folder of root's that it wants."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        installed = Apart(Path(name), python)
        wanted = Path(name) / "wanted"
        for folder, owner in ((wanted, 0), (installed.home, USERS["signer"])):
            folder.mkdir()
            os.chown(folder, owner, owner)
        yield installed, wanted


def test_root_makes_no_folder_where_the_signer_leads_it(linked: tuple[Apart, Path]) -> None:
    installed, wanted = linked
    (installed.home / "venues").symlink_to(wanted)
    text = installed.config.read_text()
    installed.config.write_text(text.replace("[venue]", "[venues.strict]"))
    ran = installed.cli("up")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "home/venues: it has to be a folder, and no link to one" in ran.stderr
    assert not list(wanted.iterdir())


@pytest.mark.parametrize("folder", ["policies", "grants"])
def test_root_writes_nothing_where_the_signer_leads_it(
    linked: tuple[Apart, Path], folder: str
) -> None:
    installed, wanted = linked
    precious = wanted / "precious"
    precious.write_text("root's")
    (installed.home / folder).symlink_to(wanted)
    (installed.home / "init.log").symlink_to(precious)
    ran = installed.cli("init")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert f"home/{folder}: it has to be a folder, and no link to one" in ran.stderr
    assert list(wanted.iterdir()) == [precious]
    assert precious.read_text() == "root's"


HOSTILE = """
import os, socket
from tradelatch.bots.strategy import Settings, Strategy


class Asked(Settings):
    paths: tuple[str, ...]


class Hostile(Strategy[Asked]):
    settings_type = Asked

    def on_start(self):
        for path in self.settings.paths:
            self.desk.say("info", f"{self.opened(path)} {path}")

    def opened(self, path):
        try:
            if path.endswith(".sock"):
                socket.socket(socket.AF_UNIX).connect(path)
            else:
                open(path, "rb").close()
        except OSError as error:
            return type(error).__name__
        return "opened"
"""
OWN = "bots/strategies/hostile.py"


def test_a_hostile_strategy_opens_nothing_but_the_runners_own(apart: Apart) -> None:
    """The real runner runs it; the command line, which root may use, does not."""
    made = apart.home / OWN
    made.write_text(HOSTILE)
    os.chown(made, USERS["runner"], USERS["runner"])
    sockets = ("signer", "admin", "courier", "streams")
    names = (*KEPT, *(f"run/{name}.sock" for name in sockets), OWN)
    paths = json.dumps([str(apart.home / name) for name in names])
    kind = ("--kind", "hostile.py:Hostile", "--name", "hostile", "--symbol", DEEP)
    for command in (("new", *kind, "--set", f"paths={paths}"), ("start", "hostile")):
        ran = apart.cli("bots", *command)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = apart.cli("bots", "log", "hostile", "--json")
    says = [json.loads(line)["says"].split() for line in ran.stdout.splitlines()]
    said = {path: how for how, path in says}
    own = {"bots/bots.sqlite", "bots/grants/me.json", OWN}
    assert said == {
        str(apart.home / name): "opened" if name in own else "PermissionError" for name in names
    }


WRITE = """
import sys
try:
    open(sys.argv[1], "r+b", buffering=0).write(b"x")
    print("written")
except PermissionError:
    print("refused")
"""


def test_no_process_writes_its_next_configuration(apart: Apart) -> None:
    """Each was handed a file of its own."""
    handed = {}
    for process in PROCESSES:
        found = Path(f"/proc/{apart.pids[process]}/fd")
        files = [file for file in found.iterdir() if "memfd:tradelatch" in str(file.readlink())]
        assert len(files) == 1
        handed[process] = files[0].stat().st_ino
        text = files[0].read_bytes()
        ran = apart.python.run("-c", WRITE, files[0])
        assert (ran.stdout, files[0].read_bytes()) == ("refused\n", text), ran.stderr
    assert len(set(handed.values())) == len(PROCESSES)


def test_the_way_to_the_folder_has_to_be_open(python: Python) -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o700)
        ran = Apart(Path(name), python).cli("init")
    assert f"home: users other than root cannot enter {name}; move it" in ran.stderr


def test_a_set_up_that_root_cannot_do_so_leaves_nothing(tmp_path: Path) -> None:
    """Another try, with `--as-root`, is for another folder."""
    file = tmp_path / "new" / "tradelatch.toml"
    command = [sys.executable, "-m", "tradelatch.cli", "init", "--config", str(file)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert not file.exists()


def test_others_may_not_read_the_channels(python: Python) -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        installed = Apart(Path(name), python)
        installed.config.chmod(0o644)
        ran = installed.cli("init")
    assert f"others may read the channels' URLs; run `chmod 600 {installed.config}`" in ran.stderr


def test_no_signer_runs_in_anothers_folder(python: Python) -> None:
    """Not even root's: what it wrote the right one could not read."""
    with TemporaryDirectory() as name:
        config = Path(name) / "tradelatch.toml"
        config.write_text(f'directory = "{name}"\n')
        made = python.run("-m", "tradelatch.cli", "signer", "--init", "--config", config)
        assert made.returncode == 0, made.stderr
        os.chown(name, USERS["signer"], USERS["signer"])
        for command in (["signer"], ["vault", "root", "key-file"]):
            ran = python.run("-m", "tradelatch.cli", *command, "--config", config)
            assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
            assert f"it is user {USERS['signer']}'s; run this as that user" in ran.stderr


def test_who_has_a_process_of_his_own_does_not_start_all(python: Python) -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        config = Path(name) / "tradelatch.toml"
        config.write_text(f'directory = "{name}"\n[users]\nsigner = "{USERS["signer"]}"\n')
        ran = python.run_as("signer", "-m", "tradelatch.cli", "up", "--config", config)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert f"{USERS['signer']} is the user of signer alone (users); start each" in ran.stderr


LISTEN = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listening.listen()
print("ready", flush=True)
listening.settimeout(20)
print("heard", listening.accept()[0].recv(100))
"""


def test_no_command_is_given_to_who_took_the_signers_place(python: Python) -> None:
    with TemporaryDirectory() as name:
        home = Path(name)
        for folder in (home, home / "run"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        config = home / "tradelatch.toml"
        config.write_text(f'directory = "{home}"\n')
        stranger = subprocess.Popen(
            [python.path, "-c", LISTEN, str(home / "run" / "admin.sock")],
            stdout=subprocess.PIPE,
            text=True,
            env=python.environment,
            user=STRANGER,
            group=STRANGER,
            extra_groups=[],
        )
        with stranger:
            assert stranger.stdout
            assert stranger.stdout.readline() == "ready\n"
            ran = python.run("-m", "tradelatch.cli", "stop", "everything", "--config", config)
            assert stranger.stdout.read() == "heard b''\n"
    says = f"in the signer's place runs as user {STRANGER}; nothing was said"
    assert says in ran.stdout + ran.stderr
