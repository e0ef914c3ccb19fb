"""The list of leaked keys: only hashes are kept, whatever was handed in."""

import hashlib
import re
from collections.abc import Mapping

from tradelatch.cases.kinds import LAYOUTS, Kind, exchange_of
from tradelatch.cases.tables import csv_text
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import Settings
from tradelatch.exports.sheet import Row, open_sheet

HASH = re.compile("[0-9a-f]{64}")
"""SHA-256 in hex."""


def key_hash(exchange: str, key: str) -> str:
    """SHA-256 of ``exchange:key id`` in hex, by which a key is told without being told."""
    return hashlib.sha256(f"{exchange}:{key}".encode()).hexdigest()


def hashed(
    data: bytes, name: str, settings: Settings, mapping: Mapping[str, str]
) -> tuple[bytes, int]:
    """The list as a table of hashes, and how many there are; the bytes as they are where it is
    one already.

    Raises:
        Refused: it is no list of hashes, nor of exchanges and key ids.
    """
    sheet = open_sheet(data, name, [LAYOUTS[Kind.LEAKED]], settings, mapping)
    if "key_hash" in sheet.found.columns and "key" not in sheet.found.columns:
        for row in sheet.rows:
            _checked(row, name)
        return data, len(sheet.lines)
    if not {"exchange", "key"} <= sheet.found.columns.keys():
        raise Refused(
            f"{name}: a list of leaked keys has the column key_id_sha256, or exchange and key_id"
        )
    rows = [
        (
            key_hash(exchange_of(row.text("exchange")), row.text("key")),
            row.text("published") or "no",
        )
        for row in sheet.rows
    ]
    return csv_text(("key_id_sha256", "published"), sorted(rows)).encode(), len(rows)


def read(data: bytes, name: str, mapping: Mapping[str, str]) -> dict[str, bool]:
    """The hashes, and whether each key was published.

    Raises:
        Refused: it cannot be read.
    """
    sheet = open_sheet(data, name, [LAYOUTS[Kind.LEAKED]], None, mapping)
    return {
        _checked(row, name): row.text("published").casefold() in ("yes", "true", "1")
        for row in sheet.rows
    }


def _checked(row: Row, name: str) -> str:
    found = row.text("key_hash").lower()
    if not HASH.fullmatch(found):
        raise Refused(f"{name}, line {row.line}: is not a SHA-256 in hex")
    return found
