"""Who dials whom, by what the kernel was asked: nothing but loopback, and the signer nobody."""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import lacking

CALLS = "socket,connect,sendto,sendmsg,sendmmsg,execve,clone,clone3,fork,vfork"
PROGRAMS = ("tradelatch.venue", "tradelatch.signer", '"courier"', '"gate"')
_CHILD = re.compile(r"(?:clone3?|v?fork)\b.*= (\d+)$")
_ADDRESS = re.compile(
    r"sa_family=AF_INET6?,.*?"
    r"(?:inet_addr\(\"(?P<four>[^\"]*)\"\)|inet_pton\(AF_INET6, \"(?P<six>[^\"]*)\")"
)


class Trace:
    """What ``strace -f`` wrote."""

    def __init__(self, text: str) -> None:
        self.lines = [(int(pid), call.strip()) for pid, _, call in _split(text)]
        self._parents = {
            int(found[1]): pid for pid, call in self.lines if (found := _CHILD.search(call))
        }

    def of(self, program: str) -> list[str]:
        """The calls of the processes that became `program`, of their threads and children."""
        starts = {
            pid: number
            for number, (pid, call) in enumerate(self.lines)
            if call.startswith("execve(") and program in call
        }
        assert starts, f"{program} was never run"
        return [
            call
            for number, (pid, call) in enumerate(self.lines)
            if any(number >= starts.get(one, number + 1) for one in self._lineage(pid))
        ]

    def _lineage(self, pid: int) -> Iterator[int]:
        seen: int | None = pid
        while seen is not None:
            yield seen
            seen = self._parents.get(seen)

    def foreign(self) -> list[str]:
        """The calls that name an internet address which is not of this machine."""
        return [
            call for _, call in self.lines if "sa_family=AF_INET" in call and not _is_loopback(call)
        ]


def _split(text: str) -> Iterator[tuple[str, str, str]]:
    return (line.partition(" ") for line in text.splitlines())


def _is_loopback(call: str) -> bool:
    found = [four or six for four, six in _ADDRESS.findall(call)]
    # An address that could not be read counts as foreign.
    return len(found) == call.count("sa_family=AF_INET") and all(
        ipaddress.ip_address(address).is_loopback for address in found
    )


SAMPLE = """\
10 execve("/usr/bin/python3", ["python3", "session.py"], 0x7ffe /* 20 vars */) = 0
10 vfork( <unfinished ...>
11 execve("/usr/bin/python3", ["python3", "-m", "tradelatch.signer"], 0x55 /* 20 vars */) = 0
10 <... vfork resumed>)                    = 11
11 clone3({flags=CLONE_VM|CLONE_THREAD} => {parent_tid=[12]}, 88) = 12
12 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3
10 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 6
10 connect(6, {sa_family=AF_INET, sin_port=htons(8800), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
10 connect(6, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0
10 sendto(6, "inet_addr(\\"8.8.8.8\\")", 20, 0, NULL, 0) = 20
"""
SIX = "{sa_family=AF_INET6, sin6_port=htons(1), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "


@pytest.mark.parametrize(
    "call",
    [
        'connect(7, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) '
        "= -1 EINPROGRESS (Operation now in progress)",
        'sendto(7, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), '
        'sin_addr=inet_addr("10.0.0.1")}, 16) = 1',
        f'connect(7, {SIX}"2001:db8::1", &sin6_addr), sin6_scope_id=0}}, 28 <unfinished ...>',
        f'connect(7, {SIX}"::ffff:192.0.2.1", &sin6_addr), sin6_scope_id=0}}, 28) = 0',
        "sendmmsg(7, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr="
        'inet_addr("127.0.0.1")}, msg_namelen=16}}, {msg_hdr={msg_name={sa_family=AF_INET, '
        'sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, msg_namelen=16}}], 2, 0) = 2',
        "connect(7, {sa_family=AF_INET, unreadable}, 16) = 0",
    ],
    ids=["connect", "sendto", "IPv6", "IPv4 in IPv6", "second of many", "unreadable"],
)
def test_the_reader_of_traces_sees_a_foreign_address(call: str) -> None:
    assert Trace(SAMPLE + f"10 {call}\n").foreign() == [call]


def test_the_reader_of_traces_knows_loopback_and_whose_a_thread_is() -> None:
    trace = Trace(SAMPLE + f'10 connect(7, {SIX}"::1", &sin6_addr), sin6_scope_id=0}}, 28) = 0\n')
    assert trace.foreign() == []
    assert [call[:14] for call in trace.of("tradelatch.signer")[-1:]] == ["socket(AF_UNIX"]


def tracing(file: Path) -> list[str | Path]:
    """What a command is run by, so that `file` tells whom it contacts."""
    strace = shutil.which("strace")
    if strace is None:
        lacking("strace is missing: install it to see whom the processes contact")
    strings = ["-s", "4096"]  # so that no command line is cut off
    return [strace, "-f", *strings, "-e", f"trace={CALLS}", "-o", file]


def test_only_loopback_is_contacted_and_the_signer_has_no_network(tmp_path: Path) -> None:
    file = tmp_path / "trace"
    session = [sys.executable, "-m", "tests.house.session", str(tmp_path)]
    traced = subprocess.run(
        [*tracing(file), *session],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (traced.returncode, traced.stdout) == (0, "done\n"), traced.stderr
    trace = Trace(file.read_text(errors="replace"))
    assert trace.foreign() == []
    for program in PROGRAMS:
        calls = trace.of(program)
        uses_internet = any(call.startswith("socket(AF_INET") for call in calls)
        assert uses_internet is (program != "tradelatch.signer")
    assert any(call.startswith("socket(AF_UNIX") for call in trace.of("tradelatch.signer"))
    dialled = [call for _, call in trace.lines if "connect(" in call and "AF_INET" in call]
    assert len(dialled) > 10
