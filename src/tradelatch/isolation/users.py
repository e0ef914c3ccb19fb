"""Users of their own for the processes: who is who, and who may speak to whom.

What the configuration says of users holds for a process that runs as the user it names for it. Any
other process belongs to a house that runs as one user, and speaks to that user alone.
"""

import os
import pwd
from pathlib import Path
from typing import NamedTuple

from tradelatch.model.config import Users

_ROOT = 0
_FOLDER, _ENTER, _SHARED, _READABLE = 0o711, 0o710, 0o1771, 0o640


class NoUser(Exception):
    """This machine does not know a user; the message is one sentence."""


class User(NamedTuple):
    """A user by name, with the numbers that the kernel knows him and his group by."""

    name: str
    number: int
    group: int


class Door(NamedTuple):
    """Who may use a socket: users by number, and the group that the file is given to."""

    users: frozenset[int]
    group: int | None


def user(name: str) -> User:
    """The user of that name or number; a number that nobody has is its group's, too.

    Raises:
        NoUser: there is none.
    """
    try:
        known = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except (KeyError, OverflowError):
        if not name.isdecimal():
            raise NoUser(f"this machine has no user {name!r}") from None
        return User(name, int(name), int(name))
    return User(known.pw_name, known.pw_uid, known.pw_gid)


def is_apart(users: Users, process: str) -> bool:
    """This process runs as the user that is meant for it."""
    try:
        return user(getattr(users, process)).number == os.geteuid()
    except NoUser:
        return False


def door(users: Users, process: str, *peers: str) -> Door:
    """Who may speak to a socket of this process, and the other way round: the users of `peers`,
    and where an operator may, root. The file belongs to the first one's group.

    Raises:
        NoUser: there is no such user.
    """
    if not is_apart(users, process):
        return Door(frozenset({os.geteuid()}), None)
    found = [user(getattr(users, peer)) for peer in peers]
    numbers = {peer.number for peer in found}
    if "operator" in peers:
        numbers.add(_ROOT)
    return Door(frozenset(numbers), None if found[0].number == _ROOT else found[0].group)


def signers(users: Users) -> frozenset[int]:
    """Whom an operator may take for the signer: its user, or else his own."""
    try:
        return frozenset({user(users.signer).number, os.geteuid()})
    except NoUser:
        return frozenset({os.geteuid()})


def groups(users: Users, process: str) -> list[int]:
    """The groups beside his own that the user of a process needs for the sockets and, where the
    journal is followed, for its records.

    Raises:
        NoUser: there is no such user.
    """
    if process in ("courier", "gate"):
        return [user(users.signer).group]
    if process != "signer":
        return []
    operator = user(users.operator)
    needed = [user(users.courier), user(users.gate), *_watch(users)]
    return [known.group for known in (*needed, operator) if known.number != _ROOT]


def share(home: Path, users: Users) -> None:
    """Let the others in to what is theirs of the signer's folder: the sockets and, for watch, the
    journal's records.

    Raises:
        OSError: it is not this process' own, or its user lacks a group.
    """
    run, journal = home / "run", home / "journal"
    if not is_apart(users, "signer") or not journal.exists():
        return
    home.chmod(_FOLDER)
    run.mkdir(exist_ok=True)
    give(run, os.getegid(), _SHARED)  # the courier puts its socket there, and may remove no other
    for watch in _watch(users):
        give(journal, watch.group, _ENTER)
        give(journal / "records", watch.group, _READABLE)


def give(path: Path, group: int | None, mode: int) -> None:
    """Set a file's mode, and its group if one is named.

    Raises:
        OSError: this process' user is not in that group.
    """
    if group is not None:
        try:
            os.chown(path, -1, group)
        except PermissionError as error:
            says = f"the user it is of has to be in group {group} to share it"
            raise PermissionError(error.errno, says, os.fspath(path)) from None
    path.chmod(mode)


def _watch(users: Users) -> list[User]:
    """Who follows the journal may have no user of his own."""
    try:
        return [user(users.watch)]
    except NoUser:
        return []
