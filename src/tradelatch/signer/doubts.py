"""What makes the signer doubt what it is told of an account. A doubt means that only cancels go out
until an operator has looked and confirmed."""

from collections.abc import Mapping
from decimal import Decimal

from tradelatch.model.money import ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.signer.accounts import Account

_LEAST_SHARE = Decimal("0.01")
"""A smaller part of an order is taken for a fee in the coin, not for an unreported fill."""


def unexplained(
    account: Account, known: Mapping[str, Decimal], seen: Mapping[str, Decimal], since_ns: int
) -> str:
    """Why balances contradict what was reported: of a coin more is there, or less, by as much as
    an order could have moved that was closed since the last look and is said not to have; empty
    if nothing does. What live orders may have moved meanwhile is allowed for, and what fees have
    taken is known.

    Args:
        known, seen: what the ledger and the exchange say is held.
    """
    for asset, quantity in seen.items():
        moved = quantity - known.get(asset, ZERO) + account.fees.get(asset, ZERO)
        side = Side.BUY if moved > 0 else Side.SELL
        left = [
            order.quantity
            for order in account.unfilled
            if order.closed_ns > since_ns and (order.asset, order.side) == (asset, side)
        ]
        live = sum((o.left for o in account.live.values() if o.moves(asset, side)), ZERO)
        if left and min(left) * _LEAST_SHARE < abs(moved) - live <= sum(left, ZERO):
            return (
                f"{plain(abs(moved))} {asset} {'more' if moved > 0 else 'less'} than reported are "
                f"held, as if an order to {side.lower()} that was reported as not filled had been"
            )
    return ""
