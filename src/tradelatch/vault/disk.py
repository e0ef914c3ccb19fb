"""Files of the vault: written whole or not at all, readable by their owner alone."""

import os
from pathlib import Path


class VaultError(Exception):
    """A secret is missing or cannot be opened; the message names the file, never the secret."""


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of whatever is there, durable on return."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make durable what files there are in a folder."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
