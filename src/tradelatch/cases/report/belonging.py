"""Whether the files of a report are of one run: its figures name the others by their hashes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

SUFFIXES = (".html", ".pdf")
"""Of what lies beside the figures."""


class NoFigures(ValueError):
    """The file does not hold a report's figures; the message is one sentence."""


class _Figures(msgspec.Struct):
    """What the figures tell of the files that were written with them, by name."""

    files_sha256: Mapping[str, str]


def sums(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of files, by name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


def faults_of(path: Path) -> list[str]:
    """Of the page and the PDF beside a report's figures, which are not of the same run, or missing.

    Raises:
        NoFigures: the file cannot be read as a report's figures.
    """
    try:
        told = msgspec.json.decode(path.read_bytes(), type=_Figures).files_sha256
        beside = (path.with_suffix(suffix) for suffix in SUFFIXES)
        there = sums({one.name: one.read_bytes() for one in beside if one.is_file()})
    except OSError as error:
        raise NoFigures(f"{error.filename}: cannot read it: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise NoFigures(f"{path}: does not hold the figures of a report") from error
    missing = [f"{name}: is missing" for name in told if name not in there]
    other = [name for name, digest in there.items() if told.get(name) != digest]
    return missing + [f"{name}: is of another run, or was changed" for name in other]
