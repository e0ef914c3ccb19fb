"""From what an exchange reports of orders to records, each fill taken once."""

from collections.abc import Iterable
from decimal import Decimal

from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO, round_up
from tradelatch.model.orders import Fill, OrderReport
from tradelatch.signer.accounts import LiveOrder
from tradelatch.signer.records import Amended, AnyRecord, Closed, Filled, Reported
from tradelatch.signer.state import State

_MOST = Decimal(10) ** 15
_CLOCKS_MS = 1_000
"""How far the exchange's clock may lie behind what is thought of it."""


def report(
    state: State,
    order: LiveOrder,
    seen: OrderReport,
    reference: Decimal | None,
    now_ns: int,
    *,
    is_answer: bool = False,
) -> list[AnyRecord]:
    """Take in an exchange's report of a live order, or its answer to placing it; the records have
    been applied."""
    done: list[AnyRecord] = []
    if not is_about(order, seen, is_answer=is_answer):
        return done
    least, most = order.amending, order.judged.quantity
    if least is not None and seen.quantity is not None and least <= seen.quantity < most:
        left = max(seen.quantity - order.filled, ZERO)
        done.append(_applied(state, Amended(now_ns, order.id, seen.quantity, left)))
    changed = (seen.order_id, seen.status, seen.executed) != (
        order.exchange_order_id,
        order.status,
        order.executed,
    )
    is_newer = seen.executed >= order.executed and not (order.status and order.status.is_final)
    if changed and is_newer:
        reported = Reported(now_ns, order.id, seen.order_id, seen.status, seen.executed)
        done.append(_applied(state, reported))
    return done + fills(state, order, seen.fills, reference, now_ns)


def is_about(order: LiveOrder, seen: OrderReport, *, is_answer: bool = False) -> bool:
    """Whether a report is one of this order. Names may be used again, numbers not; as long as the
    number is not known, an order that was there before this one was signed is another."""
    if order.exchange_order_id is None:
        is_this = is_answer or seen.created_ms >= order.signed_ms - _CLOCKS_MS
    else:
        is_this = order.exchange_order_id == seen.order_id
    named = (seen.symbol, seen.client_order_id) == (order.symbol, order.client_order_id)
    return is_this and named and seen.side in (None, order.judged.side)


def fills(
    state: State,
    order: LiveOrder,
    seen: Iterable[Fill],
    reference: Decimal | None,
    now_ns: int,
) -> list[AnyRecord]:
    """Take in fills of a live order, each once; the records have been applied."""
    done: list[AnyRecord] = []
    for fill in seen:
        done += _fill(state, order, fill, reference, now_ns)
    return done + _close_if_settled(state, order, now_ns)


def close(state: State, order: LiveOrder, why: str, now_ns: int) -> list[AnyRecord]:
    """The order is known not to stand: rejected, or never received."""
    return [_applied(state, Closed(now_ns, order.id, why))] if order.id in state.orders else []


def _fill(
    state: State, order: LiveOrder, fill: Fill, reference: Decimal | None, now_ns: int
) -> list[AnyRecord]:
    if fill.trade_id in order.trades or order.id not in state.orders or not _is_sane(fill):
        return []
    record = Filled(
        now_ns,
        order.id,
        fill.trade_id,
        fill.time_ms,
        fill.price,
        fill.quantity,
        _fee_in_units(order, fill),
        reference,
        fill.fee_asset,
        fill.fee,
    )
    return [_applied(state, record)]


def _is_sane(fill: Fill) -> bool:
    """Numbers that the loss accounts can hold. No exchange reports others: the order stays open,
    with all that it reserved."""
    worth, fee = fill.quantity * fill.price, fill.fee * max(fill.price, Decimal(1))
    return fill.quantity > 0 and max(fill.quantity, worth, fee) <= _MOST


def _fee_in_units(order: LiveOrder, fill: Fill) -> Decimal:
    """The fee in the accounting asset, which every judged market is quoted in.

    A fee in a third asset counts as the highest that the policy knows.
    """
    base, quote = split_symbol(order.symbol)
    if fill.fee_asset == quote:
        return fill.fee
    if fill.fee_asset == base:
        return round_up(fill.fee * fill.price)
    return round_up(order.judged.fee_rate * fill.price * fill.quantity)


def _close_if_settled(state: State, order: LiveOrder, now_ns: int) -> list[AnyRecord]:
    if not order.is_settled or not order.status or order.id not in state.orders:
        return []
    return close(state, order, order.status.value.lower(), now_ns)


def _applied(state: State, record: AnyRecord) -> AnyRecord:
    state.apply(record)
    return record
