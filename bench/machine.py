"""What a figure was measured on: processor, memory, kernel, Python, file system, durable write."""

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import msgspec

WRITES = 200
_RECORD = b"x" * 1023 + b"\n"


class Machine(msgspec.Struct, frozen=True):
    """The facts; times in ms, memory in GiB."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    file_system: str
    fdatasync_ms: float
    """Median of appending 1 KiB to a file and fdatasync, where the journals lie."""
    load: float
    """Processes that wanted to run in the minute before, of ours and of others."""

    def lines(self) -> list[str]:
        """The facts as text."""
        return [
            f"processor: {self.cpu}, {self.cores} cores available",
            f"memory: {self.memory_gib:.1f} GiB",
            f"kernel: {self.kernel}",
            f"Python: {self.python}",
            f"file system of the journals: {self.file_system}",
            f"durable write (1 KiB appended, fdatasync): {self.fdatasync_ms:.3f} ms, "
            f"median of {WRITES}",
            f"load average of the minute before, others' work included: {self.load:.1f}",
        ]


def examine(folder: Path) -> Machine:
    """The machine we run on, with the file system that `folder` lies on."""
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        file_system=_file_system(folder),
        fdatasync_ms=round(fdatasync_ms(folder), 4),
        load=round(os.getloadavg()[0], 2),
    )


def fdatasync_ms(folder: Path, writes: int = WRITES) -> float:
    """The median time of a durable append in `folder`."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(writes):
            begun = time.perf_counter()
            file.write(_RECORD)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1_000


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    """The type of the innermost mount that `folder` lies in."""
    where, found = folder.resolve(), (-1, "unknown")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, source = line.partition(" - ")
        point = Path(mount.split()[4].replace("\\040", " "))
        if where.is_relative_to(point):
            # Of two mounts on one point, the later one hides the earlier.
            found = max(found, (len(point.parts), source.split()[0]), key=lambda entry: entry[0])
    return found[1]
