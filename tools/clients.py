"""Sets up the environments of foreign clients, each in a folder of its own beside our own:
``python tools/clients.py NAME...``

They are made from ``requirements/clients/NAME.txt`` and made anew when that changes. Some
clients' own tests are run against the venue: their source distributions are unpacked there too.
A client that asks for far more than its connector needs is in ``requirements/clients/sources/``;
it is built by what ``NAME.txt`` holds, and nothing that it asks for is added.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements" / "clients"
SOURCES = LOCKS / "sources"
ENVIRONMENTS = ROOT / ".venv" / "clients"
WATCHED = ROOT / "tools" / "watched"
"""On a program's PYTHONPATH it keeps it from every host but this machine, and notes the others in
the file that TRADELATCH_ASTRAY names."""
WITH_SOURCE = frozenset({"python-binance"})
_STAMP = "made-from"


def environment(name: str) -> Path:
    """Where the environment of a client lies."""
    return ENVIRONMENTS / name


def is_ready(name: str) -> bool:
    """Whether an environment is there and made from today's lock file."""
    stamp = environment(name) / _STAMP
    return stamp.is_file() and stamp.read_text() == _digest(name)


def set_up(name: str) -> None:
    """Make the environment of a client.

    Raises:
        subprocess.CalledProcessError: pip has failed, and has said why.
    """
    folder, lock = environment(name), LOCKS / f"{name}.txt"
    venv.create(folder, clear=True, with_pip=True)
    install = ["install", "--require-hashes", "--no-deps", "-r"]
    _pip(folder, *install, str(lock))
    if _source(name).is_file():
        _pip(folder, *install, str(_source(name)), "--no-binary", name, "--no-build-isolation")
    if name in WITH_SOURCE:
        _unpack_source(folder, name, lock)
    (folder / _STAMP).write_text(_digest(name))


def _source(name: str) -> Path:
    """The lock of what is built without what it asks for; most clients have none."""
    return SOURCES / f"{name}.txt"


def _unpack_source(folder: Path, name: str, lock: Path) -> None:
    """The source distribution of exactly the version that is installed, checked by its hash."""
    with tempfile.TemporaryDirectory() as scratch:
        lines = Path(scratch) / "only.txt"
        lines.write_text(_entry(name, lock.read_text()))
        options = ["--require-hashes", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
        _pip(folder, "download", *options, "--dest", scratch, "-r", str(lines))
        [archive] = Path(scratch).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder / "source", filter="data")


def _entry(name: str, lock: str) -> str:
    """One package's lines of a lock file."""
    start = lock.index(f"\n{name}==") + 1
    lines = lock[start:].splitlines(keepends=True)
    last = next(index for index, line in enumerate(lines) if not line.rstrip().endswith("\\"))
    return "".join(lines[: last + 1])


def _pip(folder: Path, command: str, *arguments: str) -> None:
    base = [str(folder / "bin" / "python"), "-m", "pip", command, "--quiet"]
    subprocess.run([*base, "--disable-pip-version-check", *arguments], check=True)


def _digest(name: str) -> str:
    locks = [path for path in (LOCKS / f"{name}.txt", _source(name)) if path.is_file()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in locks)).hexdigest()


def main(names: list[str]) -> int:
    """Set up what is not ready; the exit code."""
    known = sorted(path.stem for path in LOCKS.glob("*.txt"))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        print(f"name some of the clients: {', '.join(known)}", file=sys.stderr)
        return 2
    missing = [name for name in names if not is_ready(name)]
    for name in missing:
        print(f"Setting up {environment(name).relative_to(ROOT)} ...", flush=True)
    # One installation keeps one core busy.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(set_up, missing))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
