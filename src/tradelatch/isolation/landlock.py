"""Files that a process may still open (Landlock): everything else is gone for it."""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import tradelatch
from tradelatch.isolation.linux import prctl, system_call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GET_VERSION, _PATH_BENEATH = 1, 1
_SET_NO_NEW_PRIVS = 38
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that can be denied about files, by the version from which on the kernel knows it."""
_FILES = _EXECUTE | _READ_FILE | (1 << 1) | (1 << 14) | (1 << 15)
"""What a rule about a single file may allow: execute, read, write, truncate, device control."""
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/dev", "/proc", "/sys/devices/system/cpu")
"""What Python, its libraries and resolvers read of a system."""
_LINKED = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/localtime")
"""What often is a link out of these, such as to the folder of systemd-resolved."""
_PACKAGES = ("site-packages", "dist-packages")


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine(writable: Iterable[Path] = ()) -> bool:
    """Leave the process the system's and Python's files to read and those beneath `writable` to
    write; whether the kernel can do it. What does not exist is left out.

    Raises:
        OSError: the kernel refused.
    """
    if not (version := kernel_version()):
        return False
    everything = _ALL[max(known for known in _ALL if known <= version)]
    attributes = _Ruleset(everything)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    rules = system_call(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for path in readable():
            _allow(rules, path, (_EXECUTE | _READ_FILE | _READ_DIR) & everything)
        _allow(rules, Path("/dev"), everything)
        for path in writable:
            _allow(rules, path, everything)
        prctl(_SET_NO_NEW_PRIVS, 1)
        system_call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return True


def kernel_version() -> int:
    """The version of Landlock that the kernel has; zero for none."""
    try:
        return system_call(_CREATE_RULESET, None, ctypes.c_size_t(0), _GET_VERSION)
    except OSError:
        return 0


def readable() -> list[Path]:
    """What every confined process may read: the system's files and Python's."""
    linked = [Path(name).resolve().parent for name in _LINKED]
    packages = [name for name in sys.path if Path(name).name in _PACKAGES]
    python = [Path(name) for name in (sys.prefix, sys.base_prefix, *tradelatch.__path__, *packages)]
    return [*map(Path, SYSTEM), *(path for path in linked if path != Path("/")), *python]


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = access if path.is_dir() else access & _FILES
        rule = _Beneath(allowed, beneath)
        system_call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(beneath)
