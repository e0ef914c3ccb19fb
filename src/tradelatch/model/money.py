"""Exact amounts: strict parsing, plain printing and rounding to an exchange's steps.

Amounts are `Decimal` at the edges and never floats. `MONEY` is the context in which losses are
counted: 40 digits, and what is invalid or overflows raises.
"""

import re
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

ZERO = Decimal(0)
DUST = Decimal("1e-12")
"""The smallest amount the loss accounts distinguish, in units of the accounting asset."""

MONEY = Context(
    prec=40, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow]
)

_DIGITS, _PLACES = 20, 18
_PLAIN = re.compile(rf"[0-9]{{1,{_DIGITS}}}(\.[0-9]{{1,{_PLACES}}})?", re.ASCII)
_TOLD = Decimal(10) ** _DIGITS


class BadAmount(ValueError):
    """Text that is no plain, non-negative decimal number."""


def parse_amount(text: str) -> Decimal:
    """Read a plain decimal such as ``0.00001000``.

    Signs, exponents, NaN, infinities, spaces and digits outside ASCII are refused, since two
    parsers may disagree on them.

    Raises:
        BadAmount: the text is not of that form.
    """
    if not _PLAIN.fullmatch(text):
        raise BadAmount(f"{text[:40]!r} is not a plain decimal number")
    return Decimal(text)


def is_told(amount: Decimal) -> bool:
    """Whether `parse_amount` could have read it."""
    if not amount.is_finite() or not 0 <= amount < _TOLD:
        return False
    return int(amount.as_tuple().exponent) >= -_PLACES


def plain(amount: Decimal) -> str:
    """Print without exponent and without trailing zeros; ``parse_amount`` reads it back."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_up(amount: Decimal, step: Decimal = DUST) -> Decimal:
    """The smallest multiple of `step` that is not below `amount`.

    Raises:
        ArithmeticError: it has more digits than `MONEY`.
    """
    if not amount:
        return ZERO
    rest = MONEY.remainder(amount, step)
    whole = MONEY.subtract(amount, rest)
    return MONEY.add(whole, step) if rest > 0 else whole


def round_down(amount: Decimal, step: Decimal = DUST) -> Decimal:
    """The largest multiple of `step` that is not above `amount`.

    Raises:
        ArithmeticError: it has more digits than `MONEY`.
    """
    rest = MONEY.remainder(amount, step)
    whole = MONEY.subtract(amount, rest)
    return MONEY.subtract(whole, step) if rest < 0 else whole
