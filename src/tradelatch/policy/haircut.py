"""The haircut: what it costs to get out of a holding again.

``L(h) = h * r * (half_spread + k * sigma * sqrt(h * r / ADV))``: half the spread plus the
square-root law of market impact. It is convex, so that a thousand small orders reserve what
one large order does.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tradelatch.model.money import MONEY, ZERO, round_up


class Impact(msgspec.Struct, frozen=True):
    """What the haircut of one asset depends on: `price` r in units, daily traded value `adv` in
    units, daily volatility `sigma`, `half_spread` and the factor `k`."""

    price: Decimal
    adv: Decimal
    sigma: Decimal
    half_spread: Decimal
    k: Decimal

    def loss(self, holding: Decimal) -> Decimal:
        """L(h) in units, rounded up; `holding` in the asset."""
        if holding <= 0:
            return ZERO
        value = holding * self.price
        impact = self.k * self.sigma * MONEY.sqrt(value / self.adv)
        return round_up(value * (self.half_spread + impact))


def harshest(impacts: Sequence[Impact]) -> Impact:
    """One impact that is at least as harsh as each of `impacts`, at any holding."""
    if len(impacts) == 1:
        return impacts[0]
    return Impact(
        max(impact.price for impact in impacts),
        min(impact.adv for impact in impacts),
        max(impact.sigma for impact in impacts),
        max(impact.half_spread for impact in impacts),
        max(impact.k for impact in impacts),
    )
