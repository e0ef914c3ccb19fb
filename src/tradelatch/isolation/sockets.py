"""Unix sockets between our own processes: only who is meant to may speak to them."""

import os
import socket
import struct
from pathlib import Path
from typing import Any

from tradelatch.isolation.process import MEASURES
from tradelatch.isolation.users import Door, give
from tradelatch.model.wire import Hello

_CREDENTIALS = struct.Struct("3i")


def listener(path: Path, door: Door) -> socket.socket:
    """A bound socket that its owner and the group of those who may use it can reach.

    Raises:
        OSError: it cannot be bound there, or cannot be given to that group.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(os.fspath(path))
    give(path, door.group, 0o600 if door.group is None else 0o660)
    return bound


def user_of(peer: socket.socket) -> int:
    """Who is at the other end, as the kernel knows him: the number of his user."""
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(raw)
    return int(user)


class Neighbours:
    """Who may use a socket, and what those who do say of themselves."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._present: dict[socket.socket, dict[str, Any]] = {}

    def admit(self, peer: socket.socket) -> bool:
        """Whoever is at the other end may use it."""
        return user_of(peer) in self.door.users

    def hear(self, peer: socket.socket, hello: Hello) -> None:
        """Keep what one says of himself, until he leaves; nothing that nobody asked him."""
        said = {name: hello.isolation.get(name, False) for name in MEASURES}
        self._present[peer] = {"user": user_of(peer), "isolation": said}

    def leave(self, peer: socket.socket) -> None:
        """He is gone."""
        self._present.pop(peer, None)

    def present(self) -> list[dict[str, Any]]:
        """Of each the number of his user, and what he says is in force."""
        return list(self._present.values())
