"""The venue's books of one market against the bot's own."""

from decimal import Decimal

import msgspec

from bench.kills.site import Placed
from bench.kills.subject import Known
from tradelatch.model.orders import Side


class Finding(msgspec.Struct, frozen=True):
    """What one strike has left, once the bot had its time: how many orders that hold or held money
    at the venue the bot knows nothing of, how often it ordered beyond the one time that was
    wanted, how many orders it has with another filled quantity, and whether what it believes to
    hold is what its account has."""

    lost: int
    doubled: int
    wrong: int
    ties_out: bool


def compare(
    placed: list[Placed], side: Side, known: Known, holding: Decimal, lot: Decimal
) -> Finding:
    """One order of this `side` was wanted. `holding` is what the account has of the base; less than
    a `lot` of it cannot be sold and is in nobody's way."""
    believed = {order.name: order.filled for order in known.orders}
    real = [order for order in placed if order.executed or order.is_open]
    lost = [order for order in real if not order.names & believed.keys()]
    wrong = 0
    for name, filled in believed.items():
        at_venue = (order.executed for order in placed if name in order.names)
        wrong += next(at_venue, Decimal(0)) != filled
    return Finding(
        lost=len(lost),
        doubled=max(sum(order.side is side for order in real) - 1, 0),
        wrong=wrong,
        ties_out=abs(known.position - holding) < lot,
    )
