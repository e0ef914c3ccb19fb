"""What a process says of itself: the code it started from, and what is in force for it."""

import hashlib
import os
import platform
from importlib.metadata import version
from pathlib import Path

import tradelatch
from tradelatch.isolation.process import in_force
from tradelatch.model.statements import utc

LIBRARIES = ("cryptography", "msgspec")
"""All that the trusted core depends on beside Python."""
FIRST_LINE = "tradelatch/attestation"


def code_hash() -> str:
    """SHA-256 of the package's source, the same as of what `sha256sum` lists of it: a line for each
    file, its hash, two spaces and its path from the package's parent on, sorted by path."""
    parent = Path(tradelatch.__path__[0]).parent
    found = hashlib.sha256()
    for path in sorted(os.fspath(file) for file in parent.glob("tradelatch/**/*.py")):
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        found.update(f"{digest}  {os.path.relpath(path, parent)}\n".encode())
    return found.hexdigest()


def attestation(nonce: str, now_ns: int, code: str, checkpoint: str) -> str:
    """The lines of a statement; `code` is what `code_hash` gave at the start, `checkpoint` the text
    of the journal's newest, and `nonce` whoever asks chose, so that it cannot be an older one."""
    _, size, root, *_ = [*checkpoint.split("\n"), "", "", ""]
    holds: dict[bool, list[str]] = {True: [], False: []}
    for name, is_so in in_force().items():
        holds[is_so].append(name)
    lines = [
        FIRST_LINE,
        f"nonce {nonce}",
        f"time {utc(now_ns)}",
        f"code {code} of tradelatch {tradelatch.__version__}",
        " ".join(["python", platform.python_version(), *(f"{n} {version(n)}" for n in LIBRARIES)]),
        f"user {os.geteuid()}",
        f"in force: {', '.join(holds[True]) or 'nothing'}",
        f"not in force: {', '.join(holds[False]) or 'nothing'}",
        f"checkpoint {size or 'none'} {root}".rstrip(),
    ]
    return "".join(f"{line}\n" for line in lines)
