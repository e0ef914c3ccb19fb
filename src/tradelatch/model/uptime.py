"""How long the machine has run: time that nobody can set forward."""

import functools
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Uptime(msgspec.Struct, frozen=True):
    """One reading: which boot of the machine it was taken in, and nanoseconds since then."""

    boot: str
    ns: int

    def since(self, earlier: "Uptime") -> int:
        """Nanoseconds that have passed at least since an earlier reading. After a reboot only
        the time since then is known, and that is what counts."""
        return self.ns - earlier.ns if self.boot == earlier.boot else self.ns


Uptimes = Callable[[], Uptime]


def system_uptime() -> Uptime:
    """The machine's own, suspension included (Linux: ``CLOCK_BOOTTIME``)."""
    return Uptime(_boot(), time.clock_gettime_ns(time.CLOCK_BOOTTIME))


@functools.cache
def _boot() -> str:
    """Read once: no process outlives its boot, and the time is asked for with every request."""
    return _BOOT_ID.read_text().strip()
