"""A process that nobody can look into: no core dumps, no debugger, no new privileges, no swap."""

import contextlib
import os
import resource
import signal

from tradelatch.isolation.linux import call, prctl

_SET_PDEATHSIG = 1
_SET_DUMPABLE, _GET_DUMPABLE = 4, 3
_SET_NO_NEW_PRIVS, _GET_NO_NEW_PRIVS = 38, 39
MEASURES = (
    "no core dumps",
    "not to be looked into",
    "no new privileges",
    "memory locked",
    "system calls filtered",
    "own files only",
)
"""What can be in force for a process, by what it is called."""
_MCL_CURRENT, _MCL_FUTURE = 1, 2


def harden() -> None:
    """Give up all of it; children inherit what they can.

    Memory is only locked where its size is not limited: later allocations would fail else.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl(_SET_NO_NEW_PRIVS, 1)
    prctl(_SET_DUMPABLE, 0)
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        with contextlib.suppress(OSError):
            call("mlockall", _MCL_CURRENT | _MCL_FUTURE)


def die_with_parent() -> None:
    """Be told to end when the process that started this one is gone."""
    prctl(_SET_PDEATHSIG, signal.SIGTERM)


def in_force() -> dict[str, bool]:
    """Which of the measures hold for this process; asked of the kernel."""
    with open("/proc/self/status") as file:  # noqa: PTH123 - no path of ours
        status = dict(line.split(":", 1) for line in file)
    measured = (
        resource.getrlimit(resource.RLIMIT_CORE)[1] == 0,
        prctl(_GET_DUMPABLE) == 0,
        prctl(_GET_NO_NEW_PRIVS) == 1,
        int(status["VmLck"].split()[0]) > 0,
        status["Seccomp"].strip() == "2",
        _is_confined(),
    )
    return dict(zip(MEASURES, measured, strict=True))


def _is_confined() -> bool:
    """Everybody may look into the root folder but who is confined."""
    try:
        os.listdir("/")  # noqa: PTH208
    except PermissionError:
        return True
    return False
