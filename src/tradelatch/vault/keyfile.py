"""The key-encryption key in a file: 32 random bytes that only their owner may read."""

import os
import secrets
import stat
from pathlib import Path

KEY_BYTES = 32


class KeyFileError(Exception):
    """The key file is missing or unsafe; the message says what would work."""


def create_key_file(path: Path) -> None:
    """Write a new key, readable by its owner alone.

    Raises:
        KeyFileError: there is a file already; a key is never replaced.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise KeyFileError(f"{path}: there is a key already; it is never replaced") from error
    with os.fdopen(file, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_key_file(path: Path) -> bytearray:
    """The key.

    Raises:
        KeyFileError: it is missing, not a regular file of 32 bytes, somebody else's, or open to
            others.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot read the key file: {error.strerror}") from error
    try:
        return _read(file, path)
    finally:
        os.close(file)


def _read(file: int, path: Path) -> bytearray:
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        raise KeyFileError(f"{path}: the key file must be a file of the signer's own user")
    if status.st_mode & 0o077:
        raise KeyFileError(f"{path}: others may read the key file; run `chmod 600 {path}`")
    key = bytearray(KEY_BYTES + 1)
    if os.readv(file, [key]) != KEY_BYTES:
        raise KeyFileError(f"{path}: a key file holds exactly {KEY_BYTES} bytes")
    del key[KEY_BYTES:]
    return key
