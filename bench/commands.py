"""Commands as processes of their own: how long they take, and how much memory at most."""

import contextlib
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.report import Cell

CLI = ("-m", "tradelatch.cli")
_LOOK_S = 0.01
_MOST = re.compile(r"^VmHWM:\s+([0-9]+) kB$", re.M)


class Ran(msgspec.Struct, frozen=True):
    """One run: seconds, MiB at most, exit status and what it printed; seconds of a core."""

    took: float
    memory_mib: float
    status: int
    said: str
    cpu_s: float = 0.0


def run(arguments: Sequence[str], folder: Path) -> Ran:
    """Run python with arguments, to the end."""
    with (folder / "said").open("w+") as said:
        before, begun = _cpu_s(), time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=said)
        memory = 0.0
        while process.poll() is None:
            # What a child's resource usage tells as its memory may be that of its parent.
            memory = max(memory, memory_mib(process.pid))
            time.sleep(_LOOK_S)
        took = time.perf_counter() - begun
        said.seek(0)
        return Ran(took, memory, process.returncode, said.read(), _cpu_s() - before)


def _cpu_s() -> float:
    """What all children that have ended took of a core."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_mib(pid: int) -> float:
    """The most that a process had in memory so far; zero once it has ended."""
    with contextlib.suppress(OSError):
        if found := _MOST.search(Path(f"/proc/{pid}/status").read_text()):
            return int(found[1]) / 1024
    return 0.0


def spread(runs: Sequence[Ran], count: int) -> tuple[Cell, ...]:
    """Median, slowest and fastest seconds, what of `count` things that is a second, and MiB."""
    seconds = [one.took for one in runs]
    median = statistics.median(seconds)
    memory = statistics.median(one.memory_mib for one in runs)
    return median, max(seconds), min(seconds), count / median, memory


SPREAD = ("seconds", "slowest", "fastest", "a second", "memory MiB")
SPREAD_FORMATS = (".2f", ".2f", ".2f", ",.0f", ",.0f")
