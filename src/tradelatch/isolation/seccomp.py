"""A filter of system calls (seccomp): no Internet, no other program, nobody else's memory.

The filter is classic BPF over `struct seccomp_data`: the call's number at 0, the architecture at 4,
the arguments from 16 on. What it refuses fails with EPERM, as if the user were not allowed to.
"""

import ctypes
import errno
import platform
import socket
import struct

from tradelatch.isolation.linux import prctl

_CALLS = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41,
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "execve": 59,
            "execveat": 322,
            "bpf": 321,
            "perf_event_open": 298,
            "userfaultfd": 323,
            "io_uring_setup": 425,
            "pidfd_getfd": 438,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "socket": 198,
            "ptrace": 117,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "execve": 221,
            "execveat": 281,
            "bpf": 280,
            "perf_event_open": 241,
            "userfaultfd": 282,
            "io_uring_setup": 425,
            "pidfd_getfd": 438,
        },
    ),
}
"""By machine: what the kernel calls its architecture, and the numbers of its system calls."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OTHER_NUMBERS = 0x40000000
"""From here on x86_64 numbers its calls once more, for programs with 32-bit pointers (x32)."""
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_SET_SECCOMP, _MODE_FILTER = 22, 2
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def only_unix_sockets() -> bool:
    """Refuse Internet sockets, other programs and others' memory to this thread and those it
    starts; whether machine and kernel can do it. `no_new_privs` has to be set."""
    known = _CALLS.get(platform.machine())
    if known is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    program = _filter(*known)
    header = _Program(len(program) // 8, program)
    try:
        prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))
    except OSError:
        return False
    return True


def _filter(architecture: int, calls: dict[str, int]) -> bytes:
    refused = [number for name, number in calls.items() if name != "socket"]
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _OTHER_NUMBERS),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in refused:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    lines += [
        (_EQUAL, 0, 3, calls["socket"]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, socket.AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
