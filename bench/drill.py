"""The whole drill as a command: seconds, and processor seconds and memory of all its processes,
with as many bare interpreters beside it."""

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import msgspec

from bench.commands import CLI, memory_mib
from bench.report import Cell, Report, Table

WHOLE, ALONE = "tradelatch drill", "tradelatch drill --others 0"
BARE = "bare: as many interpreters that sleep for a second"
ROUNDS = 3
_LOOK_S = 0.2
_SHARE = re.compile(r"^(?:Pss|VmRSS):\s+([0-9]+) kB$", re.M)
_SLEEP = ("-c", "import time; time.sleep(1)")


class Use(msgspec.Struct, frozen=True):
    """What a run took: seconds, seconds of a core, MiB of all processes at once and of the largest
    one, and how many there were at most."""

    took: float
    cpu_s: float
    memory_mib: float
    largest_mib: float
    processes: int
    status: int


def run(folder: Path, quick: bool) -> Report:
    """Measure the drill, the first account alone, and bare interpreters, in turns."""
    commands = {ALONE: ("--others", "0")} if quick else {WHOLE: (), ALONE: ("--others", "0")}
    page = ("--page", str(folder / "page.html"), "--json")
    runs: dict[str, list[Use]] = {}
    for _ in range(1 if quick else ROUNDS):
        for name, options in commands.items():
            runs.setdefault(name, []).append(_use([(*CLI, "drill", *options, *page)], folder))
        most = max(one.processes for found in runs.values() for one in found)
        runs.setdefault(BARE, []).append(_use([_SLEEP] * most, folder))
    failed = [name for name, found in runs.items() if any(one.status for one in found)]
    problems = [f"{name} did not end with status 0" for name in failed]
    rows = [_row(name, found) for name, found in runs.items()]
    table = Table(
        "The drill, all sides at once",
        ("what", "seconds", "slowest", "fastest", "CPU s", "MiB together", "largest MiB", "procs"),
        ("", ".1f", ".1f", ".1f", ".1f", ",.0f", ",.0f", ""),
        rows,
    )
    return Report("drill", [table], _notes(), problems[:1])


def _row(name: str, found: Sequence[Use]) -> tuple[Cell, ...]:
    seconds = [one.took for one in found]
    median = statistics.median
    return (
        name,
        median(seconds),
        max(seconds),
        min(seconds),
        median(one.cpu_s for one in found),
        median(one.memory_mib for one in found),
        median(one.largest_mib for one in found),
        max(one.processes for one in found),
    )


def _use(programs: Sequence[Sequence[str]], folder: Path) -> Use:
    """Run python programs side by side, to the end, and look at them and all that they start."""
    before, begun = _cpu_s(), time.perf_counter()
    with (folder / "said").open("w") as said:
        started = [subprocess.Popen([sys.executable, *one], stdout=said) for one in programs]
        most = largest = 0.0
        processes = 0
        while any(one.poll() is None for one in started):
            living = _family([one.pid for one in started if one.returncode is None])
            most = max(most, sum(map(_share_mib, living)))
            largest = max(largest, *map(memory_mib, living), 0)
            processes = max(processes, len(living))
            time.sleep(_LOOK_S)
    took = time.perf_counter() - begun
    status = max(one.returncode for one in started)
    return Use(took, _cpu_s() - before, most, largest, processes, status)


def _family(roots: Sequence[int]) -> list[int]:
    """Processes, their children, and theirs."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(folder.name))
    found = list(roots)
    for one in found:
        found += children.get(one, [])
    return found


def _share_mib(pid: int) -> float:
    """What a process has in memory, of shared pages its share alone; or all of them, where only
    root may look (the signer's are its own)."""
    for kind in ("smaps_rollup", "status"):
        with suppress(OSError):
            if found := _SHARE.search(Path(f"/proc/{pid}/{kind}").read_text()):
                return int(found[1]) / 1024
    return 0.0


def _cpu_s() -> float:
    """What all children that have ended took of a core, and theirs."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _notes() -> list[str]:
    return [
        f"Medians of {ROUNDS} runs, in turns. '{WHOLE}' is three sides at once with thirteen "
        "customers of three exchanges: nine venues, signer, courier and gate, bots and thieves, "
        f"and the reckoning of what each step would have saved; '{ALONE}' has the first account "
        "alone, at one exchange. Most of the seconds are waiting: a second stands for an hour.",
        f"Memory is that of all processes at the fullest moment, looked at every {_LOOK_S} s: a "
        "page that several share counts once. The largest is the most that one process had.",
        f"'{BARE}' are the interpreters alone, without any module, as many as the drill had at "
        "most.",
    ]
