"""Where `tradelatch up` runs a process: as whoever started it, or started by root as its own user.

Started by root, every process has its own user, the groups that it needs and no others, before its
program begins. The configuration may be root's alone: each is handed what it needs of it.
"""

import fcntl
import json
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

import tradelatch
from tradelatch.cli.folders import Folder, Unusable
from tradelatch.cli.settings import config_file, seen_by_others
from tradelatch.isolation.users import NoUser, User, groups, is_apart, user
from tradelatch.model.config import Config, Notify, Store

_ENTERED = 0o711
_NOTIFYING = ("watch", "runner")
"""Who sends notices, and is told of the channels."""
_FOLDERS = {"watch": "watch", "venue": "venue", "runner": "bots"}
"""What each has of the directory for itself."""
_FINAL = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_NEEDED = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
_NEEDED_ALL = ("LC_", "PYTHON", "TRADELATCH_")


class Unplaceable(Exception):
    """Root cannot start it like this; the message is one sentence."""


class Places:
    """Tells how each process is started."""

    def __init__(self, config: Config, path: Path | None, as_root: bool = False) -> None:
        """`path` is where the configuration was read; `as_root` has root run all of it itself."""
        self._config, self._path = config, path
        self._is_dropping = os.geteuid() == 0 and not as_root

    def prepare(self, processes: Iterable[tuple[str, ...]]) -> None:
        """Make the folders that the users cannot make, and see that they reach everything.

        Raises:
            Unplaceable: something is missing, or in the way.
        """
        if not self._is_dropping:
            self._check_one_user()
            return
        home = self._config.home
        home.parent.mkdir(parents=True, exist_ok=True)
        for path in (home, Path(sys.executable), Path(tradelatch.__path__[0])):
            _check_reachable(path)
        self._check_private()
        try:
            self._make_folders(processes)
        except Unusable as error:
            raise Unplaceable(str(error)) from error

    def start(self, command: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
        """The program and its arguments, and the options of `subprocess.Popen`.

        Raises:
            Unplaceable: there is no such user.
        """
        process, *rest = command
        # -P: what lies in the present folder is not ours
        program = [sys.executable, "-P", "-m", "tradelatch.cli", process, *rest]
        if not self._is_dropping:
            return [*program, *(["--config", str(self._path)] if self._path else [])], {}
        who = self._user(process)
        try:
            shared = groups(self._config.users, process)
        except NoUser as error:
            raise Unplaceable(f"users: {error}") from error
        handed = self._hand_over(process, who)
        options = {
            "user": who.number,
            "group": who.group,
            "extra_groups": shared,
            "pass_fds": (handed,),
            "env": _environment() | {"HOME": str(self._config.home)},
        }
        return [*program, "--config", f"/proc/self/fd/{handed}"], options

    def _check_one_user(self) -> None:
        """Who has a user of his own would not speak to the others."""
        users = self._config.users
        apart = [name for name in ("signer", "courier", "gate") if is_apart(users, name)]
        if len(apart) in (1, 2):
            name = getattr(users, apart[0])
            says = "start each process as its own, all by root, or all as another user"
            raise Unplaceable(f"{name} is the user of {' and '.join(apart)} alone (users); {says}")

    def _check_private(self) -> None:
        path = config_file(self._path) if self._config.notify.channels else None
        if path and (problem := seen_by_others(path)):
            raise Unplaceable(problem)

    def _make_folders(self, processes: Iterable[tuple[str, ...]]) -> None:
        """What lies in the signer's folder its user could exchange for links to elsewhere."""
        path, signer = self._config.home, self._user("signer")
        if not path.exists():
            with Folder(path.parent) as parent:
                parent.make(path.name, owner=signer[1:])
        with Folder(path) as home:
            if os.fstat(home.number).st_uid != signer.number:
                says = f"the signer runs as {signer.name}, who has to own all that it kept there"
                raise Unplaceable(f"{path}: {says}, or choose another directory")
            os.fchmod(home.number, _ENTERED)
            for process, *name in processes:
                owner = self._user(process)[1:]
                if process == "venue" and name:
                    home.make("venues", _ENTERED, signer[1:])
                    with home.folder("venues") as venues:
                        venues.make(name[0], owner=owner)
                elif process in _FOLDERS:
                    home.make(_FOLDERS[process], owner=owner)

    def _user(self, process: str) -> User:
        name = getattr(self._config.users, process)
        try:
            who = user(name)
        except NoUser as error:
            says = (
                "root starts each process as a user of its own (docs/setup.md): make them, name "
                "others under [users], or start it as an ordinary user; --as-root isolates nothing"
            )
            raise Unplaceable(f"{error}; {says}") from error
        if who.number == 0:
            raise Unplaceable(f"users.{process}: it does not run as root; name another user")
        return who

    def _hand_over(self, process: str, who: User) -> int:
        """A file without a name, for this one alone, which reads it at every start and can never
        write it; channels are for those who send notices, the store is the runner's."""
        needed = msgspec.structs.replace(self._config, directory=str(self._config.home))
        if process not in _NOTIFYING:
            needed = msgspec.structs.replace(needed, notify=Notify())
        if process != "runner":
            needed = msgspec.structs.replace(needed, store=Store())
        handed = os.memfd_create("tradelatch.toml", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.write(handed, to_toml(needed).encode())
        fcntl.fcntl(handed, fcntl.F_ADD_SEALS, _FINAL)
        os.fchmod(handed, 0o600)
        os.fchown(handed, who.number, who.group)
        return handed


def to_toml(config: Config) -> str:
    """A text that reads as this configuration."""
    tree = msgspec.to_builtins(config)
    return "".join(f"{key} = {_value(value)}\n" for key, value in tree.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _environment() -> dict[str, str]:
    """What a program needs of root's environment, which may hold secrets of root's."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _NEEDED or name.startswith(_NEEDED_ALL)
    }


def _check_reachable(path: Path) -> None:
    for folder in (*path.parents, *path.resolve().parents):
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            says = "move it, start all as an ordinary user, or see --as-root"
            raise Unplaceable(f"{path}: users other than root cannot enter {folder}; {says}")
