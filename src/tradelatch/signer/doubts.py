"""What makes the signer doubt what it is told: balances that no reported fill explains, and a wall
clock that was set. Pure; records come of it elsewhere.

A doubt means cancel-only until an operator has looked and confirmed.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradelatch.model.clock import MS, SECOND
from tradelatch.model.money import ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.signer.records import ClockRead
from tradelatch.signer.state import Account

JUMP_NS = 5 * SECOND
"""How far wall clock and time since boot may drift apart; set clocks are slewed slower."""
_LEAST_SHARE = Decimal("0.01")
"""A smaller part of an order is taken for a fee in the coin, not for an unreported fill."""


def unexplained(
    account: Account, known: Mapping[str, Decimal], seen: Mapping[str, Decimal], since_ns: int
) -> str:
    """Why balances contradict what was reported: of a coin more is there, or less, by as much as
    an order could have moved that was closed since the last look and is said not to have; empty
    if nothing does.

    Args:
        known, seen: what the ledger and the exchange say is held, of assets without live orders.
    """
    for asset, quantity in seen.items():
        moved = quantity - known.get(asset, ZERO)
        side = Side.BUY if moved > 0 else Side.SELL
        left = [
            order.quantity
            for order in account.unfilled
            if order.closed_ns > since_ns and (order.asset, order.side) == (asset, side)
        ]
        if left and min(left) * _LEAST_SHARE < abs(moved) <= sum(left, ZERO):
            return (
                f"{plain(abs(moved))} {asset} {'more' if moved > 0 else 'less'} than reported are "
                f"held, as if an order to {side.lower()} that was reported as not filled had been"
            )
    return ""


def jumped(last: ClockRead | None, now: ClockRead, newest_ns: int) -> str:
    """Why the wall clock is not believed; empty if it is.

    Args:
        last: the clocks as they were last noted.
        newest_ns: when the newest record was made; time cannot be before it.
    """
    if now.time_ns < newest_ns - JUMP_NS:
        return f"the clock stands {(newest_ns - now.time_ns) // MS} ms before the newest record"
    if last is None or last.boot != now.boot:
        return ""
    drift = now.ahead_ns - last.ahead_ns
    if abs(drift) <= JUMP_NS:
        return ""
    return f"the clock was moved by {drift // MS} ms against the time since the machine started"
