"""Text files as tables: by what their cells are divided, and, where one cannot be read, why."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DELIMITERS = (",", ";", "\t", "|")


def head_of(file: Path) -> bytes:
    """A file's start up to the end of its first line that is not blank, as it stands there; b"",
    where it cannot be read."""
    lines = []
    try:
        with _opened(file) as stream:
            for line in stream:
                lines.append(line)
                if line.strip():
                    break
    except (OSError, EOFError):
        return b""
    return b"".join(lines)


def delimiter_of(head: bytes) -> str:
    """By what the cells of a file are divided: what stands most often in the first line that is
    not blank, the last of its head; a comma, where nothing does."""
    line = head.removesuffix(b"\n").rpartition(b"\n")[2]
    return max(DELIMITERS, key=lambda one: line.count(one.encode()))


def damage_of(file: Path, delimiter: str) -> str | None:
    """Why a file is no table, in a few words that name the line, or None if nothing is found."""
    try:
        with _opened(file) as stream:
            head = stream.read(4096)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "it is UTF-16 text: save it as CSV in UTF-8"
        if b"\0" in head:
            return "it is no text"
        return _odd_line(file, delimiter)
    except (OSError, EOFError):
        return "it is damaged, or was cut off while it was packed"


def _odd_line(file: Path, delimiter: str) -> str | None:
    """The first line that is no text, or has other cells than the first."""
    with _opened(file) as stream:
        lines = _decoded(stream)
        rows = csv.reader(lines, delimiter=delimiter)
        width = None
        try:
            for row in rows:
                width = width or len(row)
                if row and len(row) != width:
                    return f"line {rows.line_num} has {len(row)} cells, and the first {width}"
        except UnicodeDecodeError:
            return f"line {rows.line_num + 1} is not UTF-8 text: save it as CSV in UTF-8"
        except csv.Error as error:
            return f"line {rows.line_num}: {error}"
    return None


def _decoded(stream: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(stream):
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")


def _opened(file: Path) -> IO[bytes]:
    if file.suffix == ".gz":
        return gzip.open(file)  # type: ignore[return-value]
    return file.open("rb")
