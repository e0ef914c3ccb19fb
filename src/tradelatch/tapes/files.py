"""Recorded data as files: CSV, plain or packed, and Parquet, and what is wrong with one."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BATCH = 4_096
"""Rows that are handled at once: so few that Python need not look through them for garbage."""


class BadTape(ValueError):
    """A file of candles or trades cannot be used; the message names it, and line (row in Parquet)
    and column if there are any."""


def digest(path: Path) -> str:
    """The SHA-256 of what is in a file, packed or not.

    Raises:
        BadTape: it cannot be read.
    """
    try:
        with _open(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


@contextmanager
def csv_of(path: Path) -> Iterator[Any]:
    """A CSV file's reader (`csv.reader`); whatever fails inside for what is in the file is told.

    Raises:
        BadTape: it cannot be read or is not CSV.
    """
    rows: Any = None
    try:
        with _open(path) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
            rows = csv.reader(text)
            yield rows
    except (UnicodeDecodeError, csv.Error) as error:
        near = f", near line {rows.line_num}" if rows and rows.line_num else ""
        raise BadTape(f"{path}{near}: this is not CSV: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


@contextmanager
def parquet_of(path: Path) -> Iterator[Any]:
    """A Parquet file (`pyarrow.parquet.ParquetFile`); whatever fails inside is told.

    Raises:
        BadTape: it cannot be read or is not Parquet, or pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        needed = "Parquet needs pyarrow: pip install 'tradelatch[parquet]'"
        raise BadTape(f"{path}: {needed}") from error
    try:
        with path.open("rb") as stream, parquet.ParquetFile(stream) as file:
            yield file
    except OSError as error:
        raise _unreadable(path, error) from error
    except pyarrow.ArrowException as error:
        raise BadTape(f"{path}: this is not Parquet: {error}") from error


def find_columns(
    path: Path,
    header: Sequence[str],
    names: Mapping[str, Sequence[str]],
    optional: Sequence[str] = (),
) -> dict[str, str]:
    """What each of our columns is called in a file, "" for one that may be and is left out.

    `names` are the names that each may have; case counts for nothing, and ``Open time`` is
    ``open_time``.

    Raises:
        BadTape: a column is there twice or not at all.
    """
    found = {}
    for column, known in names.items():
        ours = [name for name in header if _spelt(name) in known]
        if len(ours) > 1:
            raise BadTape(f"{path}: two columns for the {column}: {', '.join(ours)}")
        if not ours and column not in optional:
            raise BadTape(f"{path}: there is no column {' or '.join(known)}")
        found[column] = ours[0] if ours else ""
    return found


def _spelt(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower())


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb")


def _unreadable(path: Path, error: Exception) -> BadTape:
    return BadTape(f"cannot read {path}: {getattr(error, 'strerror', None) or error}")
