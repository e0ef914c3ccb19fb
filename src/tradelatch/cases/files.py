"""Files that are there whole or not at all, whatever happens while they are written."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file and have it on the disk; what was there before stays until then.

    Raises:
        OSError: it cannot be written; it names the file, also where the disk is full.
    """
    write_together({path: data})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write files that belong together: all are on the disk before the first takes its place, in
    this order. No file system moves several at once: if the machine stops while they are moved, the
    first ones are new and the others of before.

    Raises:
        OSError: one cannot be written, and none was moved, or one cannot be moved; it names the
            file, also where the disk is full.
    """
    parts = {path: path.with_name(f".{path.name}.part") for path in files}
    path = Path()
    try:
        for path, data in files.items():
            with parts[path].open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink()
