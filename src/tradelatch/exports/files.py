"""From the bytes of a file to its text: unpacked within limits, decoded.

Text that is not UTF-8 does not tell its encoding: `texts` gives each that is in use among those
whose exports these are, and who reads the header knows which one it is.
"""

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from tradelatch.exports.refusal import Refused

MOST_BYTES = 64 * 2**20
"""No more is read of one file, unpacked."""
MOST_TIMES = 200
"""A file that unpacks to more than so many times its size, and to more than `_FREELY` bytes, is
refused: tables of trades shrink to a tenth or so."""
_FREELY = 2**20
_CHUNK = 2**16
_GUESSES = ("cp1252", "cp1251", "gb18030", "shift_jis", "cp1254")
"""Western, Russian, Chinese, Japanese, Turkish."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"%PDF", "a PDF: export the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save it as CSV (UTF-8)"),
    (b"PAR1", "Parquet: export it as CSV"),
)


def unpacked(data: bytes, name: str) -> bytes:
    """What is in a file that may be packed with gzip or, alone, in a zip archive.

    Raises:
        Refused: it is damaged, too large, unpacks to far too much, or holds several files.
    """
    if data[:2] == b"\x1f\x8b":
        inside = _gunzipped(data, name)
        if inside[257:262] == b"ustar":
            raise Refused(f"{name}: is an archive of files (tar): unpack it, and give the files")
        return inside
    if data[:4] == b"PK\x03\x04":
        return _unzipped(data, name)
    for mark, what in _OTHERS:
        if data.startswith(mark):
            raise Refused(f"{name}: is {what}")
    if len(data) > MOST_BYTES:
        raise Refused(f"{name}: has more than {MOST_BYTES >> 20} MiB: split it")
    return data


def texts(data: bytes, name: str, encoding: str = "") -> Iterator[tuple[str, str]]:
    """Each encoding that may be meant, and the text in it; the likeliest first.

    Raises:
        Refused: it is no text, or not in the encoding that was told.
    """
    if encoding:
        try:
            yield encoding, _text(data, encoding)
        except UnicodeError as error:
            raise Refused(f"{name}: is not {encoding}: give another --set encoding=") from error
        return
    first = _by_marks(data)
    try:
        yield first, _text(data, first)
        return
    except UnicodeError as error:
        if first != "utf-8":
            raise Refused(f"{name}: begins as {first} and is not: the file is damaged") from error
    if b"\0" in data:
        raise Refused(f"{name}: is not a text file")
    for guess in _GUESSES:
        try:
            yield guess, _text(data, guess)
        except UnicodeError:
            continue


def _by_marks(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    start = data[:200]
    if len(start) >= 4 and start.count(0) >= len(start) // 3:
        # Latin letters have one byte of zero each.
        return "utf-16-le" if start[1] == 0 else "utf-16-be"
    return "utf-8"


def _text(data: bytes, encoding: str) -> str:
    text = data.decode(encoding)
    if "\0" in text:
        raise UnicodeError("a text has no zeros")
    return text


def _gunzipped(data: bytes, name: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            return _limited(file, len(data), name)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(f"{name}: is damaged or cut off: it cannot be unpacked") from error


def _unzipped(data: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [
                one
                for one in archive.infolist()
                if not one.is_dir() and not one.filename.startswith("__MACOSX/")
            ]
            if any(one.filename == "[Content_Types].xml" for one in inside):
                raise Refused(f"{name}: is an Excel workbook: save it as CSV (UTF-8)")
            if len(inside) != 1:
                raise Refused(f"{name}: holds {len(inside)} files: unpack it, and give each")
            with archive.open(inside[0]) as file:
                return _limited(file, len(data), name)
    except Refused:
        raise
    except RuntimeError as error:
        raise Refused(f"{name}: is locked by a password or packed in an unusual way") from error
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error) as error:
        raise Refused(f"{name}: is damaged or cut off: it cannot be unpacked") from error


def _limited(file: gzip.GzipFile | IO[bytes], packed: int, name: str) -> bytes:
    """All of it; refused as soon as it is too much, not when it is all in memory."""
    whole = bytearray()
    while chunk := file.read(_CHUNK):
        whole += chunk
        if len(whole) > MOST_BYTES:
            raise Refused(f"{name}: unpacks to more than {MOST_BYTES >> 20} MiB: split it")
        if len(whole) > max(_FREELY, MOST_TIMES * packed):
            raise Refused(
                f"{name}: unpacks to more than {MOST_TIMES} times its size, as no table of trades "
                "does: unpack it yourself if you trust it"
            )
    return bytes(whole)
