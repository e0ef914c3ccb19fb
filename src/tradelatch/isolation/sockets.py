"""Unix sockets between our own processes: only their own user may speak to them."""

import os
import socket
import struct
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")


def listener(path: Path) -> socket.socket:
    """A bound socket that only its owner may speak to."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(os.fspath(path))
    path.chmod(0o600)
    return bound


def is_own_user(peer: socket.socket) -> bool:
    """Whoever is at the other end runs as this process' user."""
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(raw)
    return bool(user == os.geteuid())
