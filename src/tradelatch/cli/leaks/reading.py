"""Reading a list of leaked keys, of any length, once through: what it is, and which of the wanted
digests stand in it."""

import codecs
import hashlib
from array import array
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec

from tradelatch.cli.leaks.lines import LONGEST, Lines, Malformed

BLOCK = 1 << 20
_KEPT = 8
"""Bytes of each digest that duplicates are counted by: 10 million ids are 80 MB, and among them
two that differ are taken for one with a chance of 1 in 300,000."""


Numbers: TypeAlias = "array[int]"


class UnusableList(ValueError):
    """The file cannot be read as a list; the message is one sentence."""


class Found(msgspec.Struct):
    """What a list came to: `malformed` are numbers of lines by reason, `hits` the wanted digests
    that stand in it."""

    sha256: str
    lines: int
    ids: int
    duplicates: int
    malformed: dict[str, Numbers]
    hits: set[bytes]


class _Seen:
    """How many were seen more than once, in little memory."""

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(256)]
        self.count = 0

    def add(self, digest: bytes) -> None:
        self._parts[digest[0]] += digest[-_KEPT:]
        self.count += 1

    def duplicates(self) -> int:
        return self.count - sum(len(set(memoryview(part).cast("Q"))) for part in self._parts)


def read_list(path: Path, wanted: Container[bytes], tell: Callable[[int], None]) -> Found:
    """Read it whole; `tell` hears how many bytes were read.

    Raises:
        UnusableList: it cannot be read, or is UTF-16.
    """
    sha256 = hashlib.sha256()
    try:
        with path.open("rb") as file:
            found = _find(lines_of(_heard(file, sha256.update, tell)), wanted)
    except OSError as error:
        raise UnusableList(f"{path}: cannot read it: {error.strerror}") from error
    except UnusableList as error:
        raise UnusableList(f"{path}: {error}") from None
    found.sha256 = sha256.hexdigest()
    return found


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A file's lines; of one that is too long no more than tells that.

    Raises:
        UnusableList: it is UTF-16.
    """
    rest, is_first = b"", True
    for block in blocks:
        if is_first:
            is_first = False
            if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise UnusableList("this is UTF-16; write it as UTF-8")
            block = block.removeprefix(codecs.BOM_UTF8)
        lines = (rest + block).split(b"\n")
        rest = lines.pop()[: LONGEST + 1]
        yield from lines
    if rest:
        yield rest


def blocks_of(file: BinaryIO) -> Iterator[bytes]:
    """A file in blocks."""
    while block := file.read(BLOCK):
        yield block


def _heard(
    file: BinaryIO, update: Callable[[bytes], None], tell: Callable[[int], None]
) -> Iterator[bytes]:
    count = 0
    for block in blocks_of(file):
        update(block)
        count += len(block)
        tell(count)
        yield block


def _find(lines: Iterable[bytes], wanted: Container[bytes]) -> Found:
    malformed: dict[str, Numbers] = {}
    hits, seen, digests_in, number = set[bytes](), _Seen(), Lines().digests, 0
    for number, line in enumerate(lines, start=1):
        try:
            digests = digests_in(line)
        except Malformed as error:
            malformed.setdefault(str(error), array("Q")).append(number)
            continue
        if digests:
            seen.add(digests[0])
        for one in digests:
            if one in wanted:
                hits.add(one)
    return Found("", number, seen.count, seen.duplicates(), malformed, hits)
