"""Resting orders are judged again: those that no longer fit the amounts have to be cancelled."""

from decimal import Decimal

import msgspec

from tradelatch.model.clock import SECOND
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.ceilings import ceilings
from tradelatch.policy.document import AMOUNTS
from tradelatch.signer import freezing
from tradelatch.signer.accounts import Account, LiveOrder
from tradelatch.signer.core import Core
from tradelatch.signer.records import AnyRecord, Rejudged

FALLEN = Decimal("0.999")
"""A reference that has fallen by less is not noted."""


def rejudge(core: Core, account: Account, now_ns: int) -> list[AnyRecord]:
    """Take in references that have moved against resting orders; the records are applied.

    Stop-losses that wait follow the market down as well: they cost what lies between the market
    and their limit on the day they are set off, not on the day they were placed. A push of a few
    minutes does not lower what they reserve.
    """
    records: list[AnyRecord] = []
    for order in account.live.values():
        reference = core.reference_at_fill(order, now_ns)
        if order.is_waiting and order.judged.exit:
            reference = core.reference_at_fill(order, now_ns, is_patient=True)
        if reference is not None and (_costs_more(order, reference) or _fell(order, reference)):
            record = Rejudged(now_ns, order.id, reference)
            core.state.apply(record)
            records.append(record)
    return records


def unwanted(core: Core, account: Account, now_ns: int) -> list[LiveOrder]:
    """Live orders that may stand no longer: frozen, too old, or too much for the amounts."""
    found = freezing.to_cancel(core.state, account)
    found += outdated(account, now_ns) + misfits(core, account, now_ns)
    return list({order.id: order for order in found}.values())


def outdated(account: Account, now_ns: int) -> list[LiveOrder]:
    """Resting orders that are older than they may grow; exits may grow as old as they like."""
    age_s = min(policy.limits.order_age_s for policy in account.policies.values())
    oldest = now_ns - age_s * SECOND
    old = [o for o in account.live.values() if o.placed_ns < oldest and not o.judged.exit]
    return [order for order in old if not account.is_beside_exit(order)]


def misfits(core: Core, account: Account, now_ns: int) -> list[LiveOrder]:
    """The newest resting orders without which the amounts hold again.

    Whichever amount does not hold, only orders that draw on it are chosen; exits are left alone,
    but for stops that wait: what the market has risen by since could be lost through them.
    """
    chosen: list[LiveOrder] = []
    quotes = core.quotes[account.exchange]
    for policy in account.policies.values():
        value = quotes.value(policy, account.losses.holdings(), now_ns)
        limits = ceilings(policy, account.worth, value, now_ns)
        if limits is None:
            continue  # it is not known what it is worth: nothing says that they do not hold
        for amount in AMOUNTS:
            _choose(account, amount, limits, chosen, now_ns)
    return chosen


def _choose(
    account: Account,
    amount: str,
    limits: dict[Window, Used],
    chosen: list[LiveOrder],
    now_ns: int,
) -> None:
    """Add the newest orders without which one amount holds."""
    orders = [
        order
        for order in account.live.values()
        if _draws_on(order, amount) and not account.is_beside_exit(order) and order not in chosen
    ]
    while orders and not _holds(account, amount, limits, chosen, now_ns):
        chosen.append(orders.pop())


def _draws_on(order: LiveOrder, amount: str) -> bool:
    return order.judged.draws_on == amount and (order.is_waiting or not order.judged.exit)


def _fell(order: LiveOrder, reference: Decimal) -> bool:
    follows = order.judged.exit and order.is_waiting
    return follows and reference < order.judged.reference * FALLEN


def _costs_more(order: LiveOrder, reference: Decimal) -> bool:
    judged = order.judged
    worse = msgspec.structs.replace(judged, reference=reference)
    return worse.whole_cost > judged.whole_cost


def _holds(
    account: Account,
    amount: str,
    limits: dict[Window, Used],
    without: list[LiveOrder],
    now_ns: int,
) -> bool:
    names = {str(order.id) for order in without}
    used = account.losses.used_by_window(now_ns, without=names)
    return all(
        getattr(used[window], amount) <= getattr(limits[window], amount) for window in Window
    )
