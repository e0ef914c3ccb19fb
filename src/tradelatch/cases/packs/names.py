"""Names of files that every computer can hold.

Windows refuses some characters, names of devices, and names that end in a dot or a space; it and
macOS take names that differ only in case, or in how an accent is written, for one. The rule is
Microsoft's, *Naming Files, Paths, and Namespaces*.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

_REFUSED = re.compile(r'[<>:"|?*\\\x00-\x1f\ud800-\udfff]')
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) *(\..*)?", re.I)
_LONGEST = 100
"""Bytes of a name in UTF-8; a whole path has 260 characters on many a Windows."""
_LONGEST_SUFFIX = 10


def file_name(told: str) -> str:
    """What evidence calls something (a country, a victim), as a name that leads nowhere else;
    different texts give different names."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", told)[:_LONGEST]
    is_same = plain == told and not _DEVICE.fullmatch(plain)
    return plain if is_same else f"{plain}-{_digest(told)}"


def portable(names: Iterable[str]) -> Mapping[str, str]:
    """For each name (with ``/`` between folders) one that can be unpacked anywhere: itself where it
    can. None is another's, or another's folder, in whatever case."""
    found: dict[str, str] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for name in sorted(set(names)):
        *above, last = name.split("/")
        made = "/".join(map(_part, (*above, last)))
        if _folded(made) in files | folders or files & _folders(made):
            made = _hashed(last, name)
        found[name] = made
        files.add(_folded(made))
        folders |= _folders(made)
    return found


def _part(told: str) -> str:
    """A name of one file or folder; where it had to be changed, with the hash of what it was."""
    is_plain = not (_REFUSED.search(told) or told.endswith((".", " ")) or _DEVICE.fullmatch(told))
    return told if told and is_plain and len(told.encode()) <= _LONGEST else _hashed(told, told)


def _hashed(told: str, whole: str) -> str:
    stem, dot, suffix = _REFUSED.sub("_", told).rstrip(". ").rpartition(".")
    if not stem or len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, dot, suffix = stem + dot + suffix, "", ""
    if _DEVICE.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem.encode()[:_LONGEST].decode(errors='ignore')}-{_digest(whole)}{dot}{suffix}"


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _folders(name: str) -> set[str]:
    """That a file lies in, as `_folded`."""
    parts = _folded(name).split("/")
    return {"/".join(parts[:many]) for many in range(1, len(parts))}


def _folded(name: str) -> str:
    """What is the same for every computer's files."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
