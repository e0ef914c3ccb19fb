"""A victim's adverse fills, market by market: what fits on paper where single fills do not."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

import msgspec

from tradelatch.cases.verified import AdverseFill, RowRef, Victim
from tradelatch.model.money import MONEY, ZERO


class Burst(msgspec.Struct, frozen=True):
    """All adverse fills of one victim on one side of one market.

    Attributes:
        price: what was paid or received for one unit, in quote, by volume.
        reference: what it was held against, in quote, by volume.
        passed: dollars.
    """

    symbol: str
    side: str
    fills: int
    first_ms: int
    last_ms: int
    quantity: Decimal
    price: Decimal
    reference: Decimal
    passed: Decimal
    rows: tuple[RowRef, ...]


def bursts(victim: Victim) -> tuple[Burst, ...]:
    """In the order of time."""
    groups: dict[tuple[str, str], list[AdverseFill]] = {}
    for fill in victim.fills:
        groups.setdefault((fill.symbol, fill.side), []).append(fill)
    with localcontext(MONEY):
        return tuple(_burst(fills) for fills in groups.values())


def _burst(fills: Sequence[AdverseFill]) -> Burst:
    quantity = sum((fill.quantity for fill in fills), ZERO)
    paid = sum((fill.price * fill.quantity for fill in fills), ZERO)
    worth = sum((fill.reference * fill.quantity for fill in fills), ZERO)
    return Burst(
        fills[0].symbol,
        fills[0].side,
        len(fills),
        min(fill.time_ms for fill in fills),
        max(fill.time_ms for fill in fills),
        quantity,
        paid / quantity,
        worth / quantity,
        sum((fill.passed for fill in fills), ZERO),
        tuple(sorted(fill.row for fill in fills)),
    )
