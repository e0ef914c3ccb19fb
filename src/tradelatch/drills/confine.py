"""Running a piece of work in a forked child, with limits, and getting bytes back."""

import os
import resource
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec

_MB = 1 << 20
_CHUNK = 1 << 16


class Limits(msgspec.Struct, frozen=True):
    """The most that one run may take: CPU time and wall time (seconds), and memory besides what
    its process has to begin with (MB)."""

    cpu_s: int = 60
    wall_s: float = 90.0
    memory_mb: int = 512


class Overrun(Exception):
    """The child gave nothing back; the message says what it ran into."""


def confined(work: Callable[[], bytes], limits: Limits) -> bytes:
    """What `work` returns, run in a child; it may not be empty.

    Raises:
        Overrun: it ran into a limit, or died.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _work(work, writing, limits)
    os.close(writing)
    answer = _read(reading, time.monotonic() + limits.wall_s)
    os.close(reading)
    if answer is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if answer is None:
        raise Overrun(f"it hung: there was no end after {limits.wall_s:g} s")
    if not answer:
        raise Overrun(_death(status, limits))
    return answer


def confine(limits: Limits) -> None:
    """Hold this process to limits of CPU time and memory from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime) + limits.cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + limits.memory_mb * _MB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _work(work: Callable[[], bytes], writing: int, limits: Limits) -> NoReturn:
    """The child: whatever happens in it, it never returns into its parent's code."""
    try:
        quiet = os.open(os.devnull, os.O_RDWR)
        os.dup2(quiet, 0)
        os.dup2(quiet, 1)  # the parent speaks there
        confine(limits)
        answer = work()
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)


def _read(source: int, deadline: float) -> bytes | None:
    """All that comes until the other end is closed; None if that is not before the deadline."""
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([source], [], [], left)[0]:
            break
        data = os.read(source, _CHUNK)
        if not data:
            return b"".join(parts)
        parts.append(data)
    return None


def _death(status: int, limits: Limits) -> str:
    if not os.WIFSIGNALED(status):
        return "it ended without a result"
    number = signal.Signals(os.WTERMSIG(status))
    if number is signal.SIGXCPU:
        return f"it used more than {limits.cpu_s} s of CPU time"
    return f"it was ended by {number.name}"
