"""What takes long to make, made once for all processes that the tests are spread over."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[], bytes]) -> bytes:
    """What `make` returns; whoever asks meanwhile waits for the first who does."""
    kept = _shared(factory) / name
    with kept.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            # A process that ends in the midst of it leaves nothing half-made.
            made = kept.with_name(f"{name}.made")
            made.write_bytes(make())
            made.rename(kept)
        return kept.read_bytes()


def _shared(factory: pytest.TempPathFactory) -> Path:
    """The folder of this run of tests; each process of several has one of its own within."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
