"""How high the amounts are: B, X and E of each window, for an account worth so much.

An amount given as a share is one of the lowest value that the unit and the deep assets had in the
window, so that neither a pumped price nor a deposit raises it.
"""

from decimal import Decimal

from tradelatch.model.money import ZERO
from tradelatch.policy.document import SIGNED_TIMES, Policy
from tradelatch.policy.windows import WINDOWS, Level, Used, Window


def ceilings(
    policy: Policy, worth: Level | None, value: Decimal | None, now_ns: int
) -> dict[Window, Used] | None:
    """What each window's amounts come to; None while they cannot be known.

    Args:
        worth: what the account was worth before, in units.
        value: what it is worth now.
    """
    if not policy.has_shares:
        return policy.stated
    if worth is None or value is None:
        return None
    found = {}
    for window in WINDOWS:
        least = max(min(worth.lowest(now_ns - window.length_ns), value), ZERO)
        found[window] = policy.amounts(window, least)
    return found


def signed_ceiling(policy: Policy, window: Window, amounts: Used) -> Decimal:
    """What orders signed in the window may cost at worst, whatever is reported of them."""
    if policy.limits.signed is not None:
        return policy.limits.signed * window.days_worth
    return SIGNED_TIMES * (amounts.budget + amounts.allocation + amounts.exit_budget)
