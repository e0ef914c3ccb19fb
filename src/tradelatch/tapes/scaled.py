"""Columns of decimal text as integers, without rounding a price: how many decimals a column needs
shows in its numbers."""

import math
import re
from array import array
from collections.abc import Iterable, Sequence
from decimal import Decimal, DecimalException
from itertools import chain
from typing import TypeAlias

Ints: TypeAlias = "array[int]"
"""Of 64 bits each: `array('q')`."""
LARGEST = 2**63 - 1
_NUMBER = r"[0-9]{1,40}+(?:\.[0-9]{0,40}+)?+"
_CELL = re.compile(_NUMBER, re.ASCII)
_CELLS = re.compile(rf"(?:{_NUMBER}\n)++", re.ASCII)
_DIGITS = 40


class BadNumber(ValueError):
    """A text that is no number; `index` tells which."""

    def __init__(self, index: int) -> None:
        super().__init__(f"number {index} is none")
        self.index = index


class TooManyDigits(ValueError):
    """A column whose numbers do not fit into 64 bits together."""


def scaled(texts: Sequence[str]) -> tuple[list[int], int]:
    """Numbers as integers, and how many of their digits are decimals: as few as are needed.

    Raises:
        BadNumber: one is no decimal number of up to 40 digits before and behind the point.
    """
    together = "\n".join(texts) + "\n"
    written = min(_DIGITS, len(texts[0].partition(".")[2]))
    # Most files write as many decimals everywhere, and those are read in one go.
    alike = rf"(?:[0-9]{{1,{_DIGITS}}}+\.[0-9]{{{written}}}\n)++"
    if together.count("\n") == len(texts) and re.fullmatch(alike, together):
        return _shortened(list(map(int, together.replace(".", "").split())), written)
    if together.count("\n") != len(texts) or not _CELLS.fullmatch(together):
        texts = [_plain(index, text) for index, text in enumerate(texts)]
    parts = [text.partition(".") for text in texts]
    written = max(len(fraction) for _, _, fraction in parts)
    zeros = ["0" * (written - length) for length in range(written + 1)]
    values = [int(whole + part + zeros[len(part)]) for whole, _, part in parts]
    return _shortened(values, written)


def _shortened(values: list[int], places: int) -> tuple[list[int], int]:
    """Without the decimals that are zero in all of them."""
    common = math.gcd(10**places, *values)
    spare = 0
    while common % 10 ** (spare + 1) == 0:
        spare += 1
    return [value // 10**spare for value in values] if spare else values, places - spare


def _plain(index: int, text: str) -> str:
    """The number without an exponent; it may have a sign."""
    if _CELL.fullmatch(text):
        return text
    try:
        number = Decimal(text)
    except DecimalException:
        raise BadNumber(index) from None
    is_odd = "_" in text or not text.isascii() or not number.is_finite()
    if is_odd or not -_DIGITS <= _exponent(number) <= number.adjusted() + _DIGITS < 2 * _DIGITS:
        raise BadNumber(index)
    return format(number, "f")


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)


class Columns:
    """Columns that share their decimals, added to part by part. `is_exact`: what does not fit into
    64 bits is refused; otherwise it is rounded to as many decimals as fit."""

    def __init__(self, is_exact: bool) -> None:
        self._is_exact = is_exact
        self._parts: list[tuple[list[Ints], int]] = []

    def add(self, columns: Sequence[Sequence[int]], places: int) -> None:
        """More rows, with so many decimals.

        Raises:
            TooManyDigits: they do not fit.
        """
        try:
            arrays = [array("q", column) for column in columns]
        except OverflowError:
            own, places = places, self._fitting(columns, places, places)
            arrays = [array("q", _shifted(column, places - own)) for column in columns]
        self._parts.append((arrays, places))

    def close(self) -> tuple[list[Ints], Decimal]:
        """All rows of each column, and the unit that they count.

        Raises:
            TooManyDigits: they do not fit.
        """
        places = max((places for _, places in self._parts), default=0)
        for columns, own in self._parts:
            places = self._fitting(columns, own, places)
        shifted = [[_shifted(one, places - own) for one in part] for part, own in self._parts]
        whole = [array("q", chain.from_iterable(column)) for column in zip(*shifted, strict=True)]
        return whole, Decimal((0, (1,), -places))

    def _fitting(self, columns: Sequence[Sequence[int]], own: int, places: int) -> int:
        """At most `places` decimals, as many as columns can have that have `own` of them."""
        if own == places and isinstance(columns[0], array):
            return places
        largest = max(map(_largest, columns))
        while largest * 10 ** max(0, places - own) // 10 ** max(0, own - places) >= LARGEST:
            if self._is_exact or places == 0:
                raise TooManyDigits(f"{largest / 10**own:g} with {places} decimals")
            places -= 1
        return places


def _largest(column: Sequence[int]) -> int:
    return max(max(column), -min(column))


def _shifted(column: Sequence[int], digits: int) -> Iterable[int]:
    if digits == 0:
        return column
    if digits > 0:
        return [value * 10**digits for value in column]
    return [(value + 10**-digits // 2) // 10**-digits for value in column]
