"""Secrets in files that only their owner may read: the key file's 32 random bytes, an HSM's PIN."""

import os
import secrets
import stat
from pathlib import Path

KEY_BYTES = 32


class KeyFileError(Exception):
    """The file is missing or unsafe; the message says what would work."""


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
    key = read_own(path, "key file", KEY_BYTES)
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{path}: a key file holds exactly {KEY_BYTES} bytes")
    return key


def read_own(path: Path, what: str, most: int) -> bytearray:
    """What a file of the signer's own user holds; a byte too many if that is more than `most`.

    Raises:
        KeyFileError: it is missing, not a regular file, somebody else's, or open to others.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot read the {what}: {error.strerror}") from error
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            raise KeyFileError(f"{path}: the {what} must be a file of the signer's own user")
        if status.st_mode & 0o077:
            raise KeyFileError(f"{path}: others may read the {what}; run `chmod 600 {path}`")
        content = bytearray(most + 1)
        del content[os.readv(file, [content]) :]
        return content
    finally:
        os.close(file)
