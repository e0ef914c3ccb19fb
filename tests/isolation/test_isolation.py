"""What is given up is gone: tried by a process of its own, for real."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import IN_CI
from tradelatch.isolation.landlock import kernel_version
from tradelatch.isolation.process import in_force


def tried(code: str, *arguments: object) -> str:
    """What a program says that runs this."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return (ran.stdout + ran.stderr).strip()


HARDEN = "from tradelatch.isolation.process import harden, in_force\nharden()\n"
FILTER = HARDEN + "from tradelatch.isolation.seccomp import only_unix_sockets\n"
CONFINE = """
import sys
from pathlib import Path
from tests.conftest import IN_CI
from tradelatch.isolation.landlock import confine
print(confine([Path(sys.argv[1])]))
"""


def test_a_hardened_process_says_what_the_kernel_says() -> None:
    said = tried(HARDEN + "print([n for n, holds in in_force().items() if holds])")
    for name in ("no core dumps", "not to be looked into", "no new privileges"):
        assert name in said
        assert not in_force()[name], "the tests themselves are not"


def test_it_leaves_no_core(tmp_path: Path) -> None:
    tried(HARDEN + f"import os; os.chdir({str(tmp_path)!r}); os.abort()")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("socket.socket(socket.AF_INET)", "PermissionError"),
        ("socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", "PermissionError"),
        ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "PermissionError"),
        ("socket.socket(socket.AF_UNIX).close()", "done"),
        ("socket.socketpair()[0].close()", "done"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("subprocess.run(['/bin/true'])", "PermissionError"),
        ("call('ptrace', 16, os.getppid(), 0, 0)", "PermissionError"),
        ("call('process_vm_readv', os.getppid(), 0, 0, 0, 0, 0)", "PermissionError"),
        ("asyncio.run(asyncio.to_thread(os.getpid))", "done"),
    ],
)
def test_a_filtered_process_has_no_internet_and_starts_nothing(attempt: str, outcome: str) -> None:
    code = (
        FILTER + "import asyncio, os, socket, subprocess\n"
        "from tradelatch.isolation.linux import call\n"
        "assert only_unix_sockets() and in_force()['system calls filtered']\n"
        f"try:\n    {attempt}\n    print('done')\nexcept OSError as e:\n    print(type(e).__name__)"
    )
    assert tried(code) == outcome


def test_threads_are_filtered_too() -> None:
    code = (
        FILTER + "import socket, threading\nonly_unix_sockets()\n"
        "def attempt():\n"
        "    try:\n        socket.socket(socket.AF_INET)\n"
        "    except PermissionError:\n        print('refused')\n"
        "t = threading.Thread(target=attempt); t.start(); t.join()"
    )
    assert tried(code) == "refused"


needs_landlock = pytest.mark.skipif(
    not kernel_version() and not IN_CI,
    reason="this kernel has no Landlock: nothing can confine files",
)


@needs_landlock
@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("(inside / 'new').write_text('x')", "done"),
        ("(inside / 'there').read_text()", "done"),
        ("(inside / 'there').unlink()", "done"),
        ("(outside / 'secret').read_text()", "PermissionError"),
        ("(outside / 'new').write_text('x')", "PermissionError"),
        ("(outside / 'secret').unlink()", "PermissionError"),
        ("list(outside.iterdir())", "PermissionError"),
        ("(outside / 'secret').rename(inside / 'taken')", "PermissionError"),
        ("os.link(outside / 'secret', inside / 'taken')", "OSError"),
        ("os.symlink(outside / 'secret', inside / 'way'); (inside / 'way').read_text()", "Perm"),
        ("open('/etc/hosts').close()", "done"),
        ("open('/etc/hosts', 'a').close()", "PermissionError"),
        ("__import__('colorsys')", "done"),
        ("os.urandom(8)", "done"),
    ],
)
def test_a_confined_process_has_its_own_files_alone(
    tmp_path: Path, attempt: str, outcome: str
) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    (inside / "there").write_text("mine")
    (outside / "secret").write_text("not his")
    code = (
        CONFINE + "import os\n"
        "inside, outside = Path(sys.argv[1]), Path(sys.argv[2])\n"
        f"try:\n    {attempt}\n    print('done')\nexcept OSError as e:\n    print(type(e).__name__)"
    )
    said = tried(code, inside, outside).splitlines()
    assert said[0] == "True"
    assert said[1].startswith(outcome)
    assert (outside / "secret").read_text() == "not his"


@needs_landlock
def test_what_does_not_exist_is_left_out(tmp_path: Path) -> None:
    assert tried(CONFINE, tmp_path / "nowhere") == "True"
