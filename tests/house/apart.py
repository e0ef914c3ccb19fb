"""A house whose processes run as users of their own, started by root; and a Python for them all."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import tradelatch
from tests.conftest import lacking
from tests.house.test_up import free_ports

USERS = {
    "signer": 64101,
    "courier": 64102,
    "gate": 64103,
    "watch": 64104,
    "venue": 64105,
    "runner": 64106,
}
"""By process; nobody has to have these numbers."""
STRANGER = 64199
GROUPS = {"courier": [USERS["signer"]], "gate": [USERS["signer"]]}
"""What each needs beside its own, as written in docs/setup.md."""
_LEFT_OUT = ("site-packages", "test", "config-*", "idlelib", "lib2to3", "tkinter", "ensurepip")
"""What is not needed of a Python."""


class Python(NamedTuple):
    """An interpreter that any user can run, and the environment in which it finds everything."""

    path: str
    environment: dict[str, str]

    def run(self, *arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Run it to its end; options as of `subprocess.run`."""
        return subprocess.run(
            [self.path, *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            **options,
        )

    def run_as(self, process: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """The same as the user of a process, with its groups."""
        number = USERS.get(process, STRANGER)
        groups = GROUPS.get(process, [])
        return self.run(*arguments, user=number, group=number, extra_groups=groups, cwd="/")


@contextmanager
def python_for_all() -> Iterator[Python]:
    """The one that runs the tests where others can enter its folder; else a copy of it."""
    packages = [name for name in sys.path if name.endswith("site-packages")]
    ours = str(Path(tradelatch.__path__[0]).parent)
    for path in (ours, *packages):
        if not _is_open(Path(path)):
            lacking(f"other users cannot enter {path}: check it out where they can")
    if _is_open(Path(sys.executable)):
        yield Python(sys.executable, dict(os.environ))
        return
    with TemporaryDirectory() as name:
        folder, base = Path(name), Path(sys.base_prefix)
        folder.chmod(0o755)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (folder / "bin").mkdir()
        shutil.copy2(base / "bin" / version, folder / "bin")
        left_out = shutil.ignore_patterns(*_LEFT_OUT)
        shutil.copytree(base / "lib" / version, folder / "lib" / version, ignore=left_out)
        for library in (base / "lib").glob("libpython*"):
            shutil.copy2(library, folder / "lib")
        environment = {
            "PYTHONHOME": name,
            "PYTHONPATH": os.pathsep.join([ours, *packages]),
            "LD_LIBRARY_PATH": str(folder / "lib"),
        }
        yield Python(str(folder / "bin" / version), os.environ | environment)


def _is_open(path: Path) -> bool:
    folders = {*path.parents, *path.resolve().parents}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


class Apart:
    """An installation in a folder that all users can enter."""

    def __init__(self, folder: Path, python: Python) -> None:
        self.python, self.home = python, folder / "home"
        venue, self.port = free_ports(2)
        self.streams = f"ws://127.0.0.1:{venue}"
        self.pids: dict[str, int] = {}
        self.config = folder / "root" / "tradelatch.toml"
        self.config.parent.mkdir(mode=0o700)
        users = "".join(f'{process} = "{number}"\n' for process, number in USERS.items())
        self.config.write_text(
            f'directory = "{self.home}"\n[gate]\nport = {self.port}\n[venue]\nport = {venue}\n'
            f'[courier]\npoll_ms = 250\n[bots]\npoll_ms = 200\n[exchanges.binance]\nurl = "http://127.0.0.1:{venue}"\n'
            f'[notify.channels.log]\nurl = "file://{self.home}/watch/notices"\n[users]\n{users}'
        )
        self.config.chmod(0o600)
        self.log = folder / "up.log"

    def cli(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """A command of root's."""
        return self.python.run("-m", "tradelatch.cli", *arguments, "--config", self.config)

    @contextmanager
    def up(self) -> Iterator["subprocess.Popen[bytes]"]:
        """`tradelatch up`, until it is left."""
        command = [self.python.path, "-m", "tradelatch.cli", "up", "--config", str(self.config)]
        with self.log.open("wb") as log:
            environment = self.python.environment | {"ROOTS_SECRET": "1"}
            started = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            yield started
        finally:
            started.terminate()
            started.wait(60)
