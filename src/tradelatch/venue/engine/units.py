"""Amounts inside the venue: integers, in units of 1e-8 of whatever asset they count."""

from decimal import Decimal

DIGITS = 8
SCALE: int = 10**DIGITS
PPM = 1_000_000
"""Rates and distances are parts per million."""


def to_units(amount: Decimal) -> int:
    """An amount as a count of 1e-8.

    Raises:
        ValueError: it has more than eight decimals.
    """
    scaled = amount.scaleb(DIGITS)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more than {DIGITS} decimals")
    return int(scaled)


def from_units(units: int) -> Decimal:
    """A count of 1e-8 as an amount, always with eight decimals."""
    return Decimal(units).scaleb(-DIGITS)


def show(units: int) -> str:
    """Print as Binance does: eight decimals, always."""
    whole, rest = divmod(abs(units), SCALE)
    return f"{'-' if units < 0 else ''}{whole}.{rest:08d}"
