"""Amounts as they are sent: plain decimal text."""

from tradelatch.venue.api.parameters import AMOUNT
from tradelatch.venue.coinbase.errors import invalid
from tradelatch.venue.engine.units import DIGITS, SCALE


def units_of(text: str) -> int | None:
    """An amount in units of 1e-8; None if it has more decimals than that.

    Raises:
        Denied: it is no plain decimal number.
    """
    if not AMOUNT.fullmatch(text) or text.endswith("\n"):
        raise invalid("amounts and prices are plain decimal text")
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if len(decimals) > DIGITS:
        return None
    return int(whole) * SCALE + int(decimals.ljust(DIGITS, "0"))


def money_of(text: str) -> int:
    """The same of money that moves.

    Raises:
        Denied: it is no plain decimal number, or has too many decimals.
    """
    units = units_of(text)
    if units is None:
        raise invalid(f"an amount has at most {DIGITS} decimals")
    return units
