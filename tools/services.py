"""The real servers that tests need, on loopback, each with a folder of its own.

Tests start theirs by themselves. Run by hand, this starts one of each, prints how to reach it and
stops it at Ctrl-C. A server that cannot be started is an error.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")
_WITH_US = ("setpriv", "--pdeathsig", "INT")
"""A server ends with who started it, even if he is killed."""
_START_S, _STOP_S = 30.0, 10.0


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest if there are several; None if there
    is none. Debian does not put them on the path."""
    versions = {int(folder.name): folder / "bin" for folder in _DEBIAN.glob("[0-9]*")}
    there = [number for number in sorted(versions) if (versions[number] / "initdb").is_file()]
    if there:
        return versions[there[-1]]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Postgres:
    """A PostgreSQL server that was started for a while; its superuser is `test`."""

    def __init__(self, port: int, password: str) -> None:
        self.port, self.password = port, password

    def url(self, database: str = "postgres") -> str:
        """Where a database of it is reached."""
        return f"postgresql+psycopg://test:{self.password}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL server.

    Raises:
        RuntimeError: it is not installed, or did not start; with what it said.
    """
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL's initdb is not installed (Debian: apt install postgresql)")
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        password = secrets.token_hex(8)
        _initialise(programs, folder, user, password)
        with _serving(programs, folder, user) as port:
            yield Postgres(port, password)
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom root runs it as, since it refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _start(
    arguments: Sequence[str | Path], folder: Path, user: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*_WITH_US, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def _initialise(
    programs: Path, folder: Path, user: pwd.struct_passwd | None, password: str
) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        os.chown(secret, user.pw_uid, user.pw_gid)
    cluster = ("--pgdata", folder / "data", "--username", "test", "--encoding", "UTF8")
    access = ("--auth", "scram-sha-256", "--pwfile", secret, "--locale", "C", "--no-sync")
    process = _start([programs / "initdb", *cluster, *access], folder, user)
    if process.wait(_START_S):
        raise RuntimeError(f"initdb has failed: {_said(folder)}")


@contextlib.contextmanager
def _serving(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> Iterator[int]:
    """A running server's port; another one is tried where somebody else was quicker to take it."""
    for _ in range(5):
        port = _free_port()
        # -F: what it has written need not survive the machine.
        options = ("-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F")
        process = _start([programs / "postgres", *options], folder, user)
        try:
            if _is_up(process, folder):
                yield port
                return
        finally:
            _stop(process)
    raise RuntimeError(f"PostgreSQL did not start: {_said(folder)}")


def _is_up(process: subprocess.Popen[bytes], folder: Path) -> bool:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        if "ready to accept connections" in _said(folder):
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Disconnect its clients and end; the server's own children end with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(_STOP_S)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _said(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")[-2_000:]


if __name__ == "__main__":
    with postgres() as server:
        print(f"PostgreSQL: {server.url()}\nCtrl-C stops it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
