"""An old copy of the signer's disk, put back: the journal itself says whether it is taken."""

import shutil
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tradelatch.drills.guard import Guard
from tradelatch.drills.memory import MemoryJournal
from tradelatch.journal.log import Journal, JournalError


def put_back(guard: Guard, size: int) -> str:
    """Start the signer on the first `size` records of its journal, if the real journal opens
    over such a copy beside the second place of its checkpoints; else what it says."""
    lines = list(guard.journal.lines)
    with tempfile.TemporaryDirectory(prefix="tradelatch-disk-") as name:
        folder, copy, second = (Path(name) / part for part in ("journal", "copy", "second"))
        key = Ed25519PrivateKey.generate()
        Journal.create(folder, key)
        second.mkdir()
        _write(folder, key, second, lines[:size])
        shutil.copytree(folder, copy)
        _write(folder, key, second, lines[size:])
        try:
            Journal(copy, key, second).close()
        except JournalError as error:
            return str(error)
    older = MemoryJournal()
    older.lines = lines[:size]
    guard.use(older)
    return ""


def _write(folder: Path, key: Ed25519PrivateKey, second: Path, lines: list[bytes]) -> None:
    journal = Journal(folder, key, second)
    journal.write(lines)
    journal.checkpoint()
    journal.close()
