"""Numbers as people and spreadsheets write them, exactly.

A file writes its numbers in one way: whether point or comma stands before the decimals is told by
all of them together. ``1,234`` alone could be either, and is never guessed.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from tradelatch.exports.refusal import BadCell, shown

Decimals = Literal[".", ","]

_PLAIN = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
"""What nearly all cells are."""
_MOST, _LEAST = 18, -30
"""Powers of ten: whatever is larger or finer is no amount of money."""
_SPACES = " '\u2019\u00a0\u202f\u2009"
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?:([,.{_SPACES}])[0-9]{{3}})(?:\1[0-9]{{3}})*", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,30}", re.ASCII)
_REST = re.compile(r"([0-9]{0,30})(?:[eE]([+-]?[0-9]{1,2}))?", re.ASCII)


class Ambiguous(ValueError):
    """Decimals could stand behind the point or behind the comma; the message says where."""


def decimals_of(numbers: Iterable[str], delimiter: str) -> Decimals:
    """What stands before the decimals in all of these numbers (without units).

    Raises:
        Ambiguous: they do not tell, or contradict one another.
    """
    told: dict[str, str] = {}
    unclear: dict[str, str] = {}
    for number in numbers:
        mark, is_sure = _mark(number)
        if mark:
            (told if is_sure else unclear).setdefault(mark, number)
    if len(told) > 1:
        raise Ambiguous(f"{shown(told['.'])} and {shown(told[','])} are written in two ways")
    if told:
        return "," if "," in told else "."
    if "," in unclear or ("." in unclear and delimiter != ","):
        one = unclear.get(",") or unclear["."]
        raise Ambiguous(f"{shown(one)} may be thousands or a fraction")
    return "."


def _mark(number: str) -> tuple[str, bool]:
    """The mark before the decimals that a number's look speaks for, and whether it is sure."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return ("." if number.rfind(".") > number.rfind(",") else ","), True
    if points + commas == 0:
        return "", False
    mark = "." if points else ","
    if points + commas > 1:
        return ("," if points else "."), True
    before, _, after = number.lstrip("+-").partition(mark)
    digits = before.strip()
    unclear = len(after) == 3 and after.isdecimal() and 1 <= len(digits) <= 3 and digits[0] != "0"
    return mark, not unclear


def number_of(text: str, decimals: Decimals) -> Decimal:
    """The number that a text is, thousands apart or not.

    Raises:
        BadCell: it is none.
    """
    if decimals == "." and _PLAIN.fullmatch(text):
        return Decimal(text)
    is_negative = text.startswith(("-", "\u2212"))
    digits = text[1:] if is_negative else text.removeprefix("+")
    whole, mark, rest = digits.strip().partition(decimals)
    fraction = _REST.fullmatch(rest) if mark else None
    if not mark and (found := re.fullmatch(r"(.*[0-9])[eE]([+-]?[0-9]{1,2})", whole, re.ASCII)):
        whole, exponent = found.groups()
    else:
        exponent = (fraction.group(2) if fraction else None) or "0"
    if (grouped := _GROUPED.fullmatch(whole)) and grouped.group(1) != decimals:
        whole = "".join(one for one in whole if one.isdecimal())
    after = fraction.group(1) if fraction else ""
    sound = _WHOLE.fullmatch(whole) or (not whole and after)
    if not sound or (mark and fraction is None):
        raise BadCell(f"{shown(text)} is not a number")
    value = Decimal(f"{whole or '0'}.{after}E{exponent}")
    if not is_amount(value):
        raise BadCell(f"{shown(text)} is too large or too fine a number")
    return value.copy_negate() if is_negative else value


def last_place(number: Decimal) -> Decimal:
    """One in the last place to which a number is written, at most one."""
    return Decimal(1).scaleb(min(int(number.as_tuple().exponent), 0))


def is_amount(value: Decimal) -> bool:
    """Whether a number can be an amount of money: finite, not too large, not too fine."""
    if not value.is_finite():
        return False
    return value.adjusted() < _MOST and int(value.as_tuple().exponent) >= _LEAST
