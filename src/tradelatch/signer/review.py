"""Resting orders are judged again: those that no longer fit the amounts have to be cancelled."""

from decimal import Decimal

import msgspec

from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.document import Policy
from tradelatch.signer.core import Core
from tradelatch.signer.records import AnyRecord, Rejudged
from tradelatch.signer.state import Account, LiveOrder


def rejudge(core: Core, account: Account, now_ns: int) -> list[AnyRecord]:
    """Take in references that have moved against resting orders; the records are applied."""
    records: list[AnyRecord] = []
    for order in account.live.values():
        reference = core.reference_at_fill(order, now_ns)
        if reference is not None and _costs_more(order, reference):
            record = Rejudged(now_ns, order.id, reference)
            core.state.apply(record)
            records.append(record)
    return records


def misfits(account: Account, now_ns: int) -> list[LiveOrder]:
    """The newest resting orders without which the amounts hold again; exits are left alone."""
    chosen: list[LiveOrder] = []
    entries = [order for order in account.live.values() if not order.judged.exit]
    while not _holds(account, chosen, now_ns) and entries:
        chosen.append(entries.pop())
    return chosen


def _costs_more(order: LiveOrder, reference: Decimal) -> bool:
    judged = order.judged
    worse = msgspec.structs.replace(judged, reference=reference)
    return worse.whole_cost > judged.whole_cost


def _holds(account: Account, without: list[LiveOrder], now_ns: int) -> bool:
    names = {str(order.id) for order in without}
    return all(
        _fits(account.losses.used(window, now_ns, without=names), account.policy, window)
        for window in Window
    )


def _fits(used: Used, policy: Policy, window: Window) -> bool:
    return (
        used.budget <= policy.budget * window.days_worth
        and used.allocation <= policy.allocation * window.days_worth
    )
