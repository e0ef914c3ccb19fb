"""Resting orders are judged again: those that no longer fit the amounts have to be cancelled."""

from decimal import Decimal

import msgspec

from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Window
from tradelatch.policy.document import Depth
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
    """The newest resting orders without which the amounts hold again.

    Whichever amount does not hold, only orders that draw on it are chosen; what is marked as an
    exit is left alone.
    """
    chosen: list[LiveOrder] = []
    for amount in ("budget", "allocation", "exit_budget"):
        orders = [order for order in account.live.values() if _draws_on(order, amount)]
        while orders and not _holds(account, amount, chosen, now_ns):
            chosen.append(orders.pop())
    return chosen


def _draws_on(order: LiveOrder, amount: str) -> bool:
    judged = order.judged
    if judged.depth is Depth.DEEP:
        return amount == "budget" and not judged.exit
    drawn = "allocation" if judged.side is Side.BUY else "exit_budget"
    return amount == drawn and not judged.exit


def _costs_more(order: LiveOrder, reference: Decimal) -> bool:
    judged = order.judged
    worse = msgspec.structs.replace(judged, reference=reference)
    return worse.whole_cost > judged.whole_cost


def _holds(account: Account, amount: str, without: list[LiveOrder], now_ns: int) -> bool:
    names = {str(order.id) for order in without}
    daily: Decimal = getattr(account.policy, amount)
    used = account.losses.used_by_window(now_ns, without=names)
    return all(getattr(used[window], amount) <= daily * window.days_worth for window in Window)
