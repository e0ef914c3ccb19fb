"""A line of a list of leaked keys: what it says of an id, as digests; nothing else of it is kept.

A line is a digest (`digest`, 64 hex digits), an id, an exchange and an id, or either with more
behind it, such as secrets, which is not looked at. Commas, semicolons, tabs or bars stand between,
or else colons, or else spaces. Where the first line names columns, they may stand in any order.
"""

import csv
import hashlib
import re
from binascii import unhexlify
from collections.abc import Sequence

from tradelatch import exchanges

LONGEST = 1 << 16
"""Bytes of a line."""
_ID = re.compile(r"[!-~]{1,256}", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{41,}", re.ASCII)
"""Hex digits that no exchange's ids are so many of, but for 64."""
_DELIMITERS = ",;\t|"
_BETWEEN = re.compile(f"[{_DELIMITERS}]"), re.compile(":"), re.compile(r"\s+")
"""What stands between cells: the first that a line has. An exchange's name may hold a space."""
_AROUND = " \t\"'"
_EXCHANGES = ("exchange", "venue", "platform")
_IDS = (
    "key_id",
    "keyid",
    "api_key",
    "apikey",
    "access_key",
    "key_id_sha256",
    "sha256",
    "hash",
    "key",
    "id",
)
"""Names of columns in small letters, with `_` for spaces; the first that there is counts."""
_ONCE = {"coinbasepro": "coinbaseexchange", "gateio": "gate", "okex": "okx"}
"""What ccxt called exchanges before; others' lists may be hashed by these names."""
_NAMES_OF = {
    name: ("", name, *(once for once, now in _ONCE.items() if now == name))
    for name in exchanges.NAMES
}
"""All by which a list may be hashed."""
_NAMED = dict(zip(exchanges.NAMES, exchanges.NAMES, strict=True)) | exchanges.PREFIXES | _ONCE
_DIGITS, _LONGEST_NAME = 64, 15


class Malformed(ValueError):
    """The line says nothing of a key; the message is the reason and quotes nothing of it."""


def digest(exchange: str, key_id: str) -> bytes:
    """SHA-256 of ``EXCHANGE:KEY_ID``: the exchange in small letters, the id as the exchange gave
    it. An empty exchange stands for any."""
    return hashlib.sha256(f"{exchange}:{key_id}".encode()).digest()


def digests_of(exchange: str, key_id: str) -> set[bytes]:
    """All by which a list may name a key of ours: one without exchanges too, and an id that looks
    like a digest."""
    found = {digest(name, key_id) for name in _NAMES_OF[exchange]}
    return found | ({unhexlify(key_id)} if _is_digest(key_id) else set())


class Lines:
    """Reads one list's lines, in their order."""

    def __init__(self) -> None:
        self._columns: tuple[int | None, int] | None = None
        """Where exchange and id stand, where the first line says so."""
        self._delimiter = ","
        self._is_first = True

    def digests(self, line: bytes) -> tuple[bytes, ...]:
        """What the line may say of an id, the likeliest first; nothing where it is empty, begins
        with ``#``, or names columns.

        Raises:
            Malformed: it says nothing of a key.
        """
        line = line.strip()
        if len(line) == _DIGITS:
            try:
                return (unhexlify(line),)
            except ValueError:
                pass  # an id of as many characters
        if (cells := self._read(line)) is None:
            return ()
        exchange, key_id, other = cells
        found = _told(exchange, key_id)
        return (*found, digest("", other)) if other else found

    def key(self, line: bytes) -> tuple[str, str] | None:
        """The exchange and the id that a line names; None where `digests` finds nothing.

        Raises:
            Malformed: it names no exchange that there is, or no id.
        """
        if (cells := self._read(line.strip())) is None:
            return None
        exchange, key_id, _ = cells
        if not exchange:
            raise Malformed(f"it names none of: {', '.join(exchanges.NAMES)}")
        _check(key_id)
        return exchange, key_id

    def _read(self, line: bytes) -> tuple[str, str, str] | None:
        """An exchange of ours, or none, the likeliest id, and what may be the id as well."""
        if len(line) > LONGEST:
            raise Malformed(f"it is longer than {LONGEST} bytes")
        if not line or line.startswith(b"#"):
            return None
        text = line.decode("utf-8", "replace")
        if self._is_first:
            self._is_first = False
            if self._names_columns(text):
                return None
        return self._by_columns(text) if self._columns else _by_place(text)

    def _names_columns(self, text: str) -> bool:
        self._delimiter = next((one for one in _DELIMITERS if one in text), ",")
        names = [cell.strip().lower().replace(" ", "_") for cell in self._cells(text)]
        ids = [names.index(name) for name in _IDS if name in names]
        named = [names.index(name) for name in _EXCHANGES if name in names]
        if ids:
            self._columns = (named[0] if named else None, ids[0])
        return bool(ids)

    def _by_columns(self, text: str) -> tuple[str, str, str]:
        exchange, key_id = self._columns or (None, 0)
        cells = self._cells(text)
        if len(cells) <= max(key_id, exchange or 0):
            raise Malformed("it has fewer cells than the first line names columns")
        named = _exchange(cells[exchange]) if exchange is not None else ""
        return named, cells[key_id].strip(), ""

    def _cells(self, text: str) -> Sequence[str]:
        try:
            return next(csv.reader([text], delimiter=self._delimiter), [])
        except csv.Error:
            raise Malformed("its cells cannot be told apart") from None


def _by_place(text: str) -> tuple[str, str, str]:
    first, second = _first_two(text)
    if named := _exchange(first):
        return named, second, ""
    if second and len(first) <= _LONGEST_NAME:  # an exchange that we do not know
        return "", second, first
    return "", first, second


def _first_two(text: str) -> tuple[str, str]:
    """The first two cells; the second is empty if there is one alone."""
    for between in _BETWEEN:
        cells = between.split(text, maxsplit=2)
        if len(cells) > 1:
            break
    first = cells[0].strip(_AROUND)
    named, _, key_id = first.partition(":")
    if key_id and _exchange(named):  # as it is hashed
        return named, key_id
    return first, cells[1].strip(_AROUND) if len(cells) > 1 else ""


def _exchange(name: str) -> str:
    """An exchange as it is called here; empty for any other name."""
    return _NAMED.get(name.strip().lower(), "")


def _told(exchange: str, key_id: str) -> tuple[bytes, ...]:
    _check(key_id)
    if _is_digest(key_id):
        return unhexlify(key_id), digest(exchange, key_id)
    return (digest(exchange, key_id),)


def _check(key_id: str) -> None:
    if not key_id:
        raise Malformed("there is no id in it")
    if not _ID.fullmatch(key_id):
        raise Malformed("its id is not 1 to 256 visible ASCII characters")
    if _HEX.fullmatch(key_id) and len(key_id) != _DIGITS:
        raise Malformed("its hex digits are too many for an id, and not the 64 of a SHA-256")


def _is_digest(key_id: str) -> bool:
    return len(key_id) == _DIGITS and bool(_HEX.fullmatch(key_id))
