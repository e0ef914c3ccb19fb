"""Numbers with a unit: ``12,345.6BTC``, ``$5``."""

import re

from tradelatch.exports.numbers import Decimals, number_of
from tradelatch.exports.refusal import BadCell

UNITS = "$€£"
"""Signs that stand before or behind a number."""
_BARE = re.compile(r"[-+0-9.,]+", re.ASCII)
_DIGIT_FIRST = ("1INCH", "1000SATS", "1000CAT", "1MBABYDOGE", "1EARTH", "0XBTC", "2KEY", "3ULL")
"""Assets that begin with a digit, which would be taken for the number's."""


def is_number(cell: str, decimals: Decimals) -> bool:
    """Whether a cell holds a number, with a unit or without."""
    try:
        number_of(split_unit(cell)[0], decimals)
    except BadCell:
        return False
    return True


def split_unit(cell: str) -> tuple[str, str]:
    """A cell's number and the unit behind it."""
    if _BARE.fullmatch(cell):
        return cell, ""
    cell = cell.strip().strip(UNITS).strip()
    for asset in _DIGIT_FIRST:
        if cell.endswith(asset):
            return cell.removesuffix(asset).rstrip(), asset
    end = next((n for n, one in enumerate(cell) if one.isalpha()), len(cell))
    if cell[end : end + 1] in ("e", "E") and cell[end + 1 : end + 2] in "+-0123456789":
        return cell, ""
    return cell[:end].strip(), cell[end:].strip()
