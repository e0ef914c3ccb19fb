"""What an account is told as it happens: executions, balances, order lists.

Fields as in https://developers.binance.com/docs/binance-spot-api-docs/user-data-stream
"""

import itertools
from collections.abc import Iterator
from typing import Any

from tradelatch.model.orders import OrderStatus, Side
from tradelatch.venue.api.answers import commission, price, quantity
from tradelatch.venue.api.order_answers import list_id, order_list
from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.events import Change, Event, ListChanged, Moved, OrderChanged, Traded
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.register import Register
from tradelatch.venue.engine.units import show

_EXECUTION_BITS = 16
"""Executions are numbered by their command and their place in it."""
_BEFORE_TRADING = (Change.NEW, Change.TRIGGERED)


def execution(command: int) -> int:
    """The number of the first execution report of a command."""
    return command << _EXECUTION_BITS


def reports(
    register: Register, accounts: set[str], events: list[Event], now: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages for those of `accounts` that a command's events concern, each with the
    account's name; balances come last, once for each account."""
    changed: dict[str, dict[str, None]] = {}
    numbers = itertools.count(execution(register.applied))

    def touch(account: str, *assets: str) -> None:
        changed.setdefault(account, {}).update(dict.fromkeys(assets))

    for event in events:
        for account, message, assets in _tell(register, event, now):
            if message["e"] == "executionReport":
                message["I"] = next(numbers)
            if account in accounts:
                yield account, message
                touch(account, *assets)
    for account, touched in changed.items():
        if touched:
            yield account, _position(register, account, touched, now)


def _tell(
    register: Register, event: Event, now: int
) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """An event as messages: account, message, and the assets whose balance it changed."""
    if isinstance(event, OrderChanged):
        order = event.order
        listing = register.markets[order.market].listing
        yield order.account, _changed(listing, event, now), (listing.base, listing.quote)
    elif isinstance(event, Traded):
        listing = register.markets[event.trade.market].listing
        sides = (
            (event.taker, event.taker_filled, event.taker_spent),
            (event.maker, event.maker_filled, event.maker_spent),
        )
        for order, filled, spent in sides:
            report = _executed(listing, event.trade, order, filled, spent, now)
            yield order.account, report, (listing.base, listing.quote)
    elif isinstance(event, ListChanged):
        yield event.order_list.account, _list_status(event, now), ()
    elif isinstance(event, Moved):
        update = {
            "e": "balanceUpdate",
            "E": now,
            "a": event.transfer.asset,
            "d": show(event.change),
            "T": event.transfer.at,
        }
        yield event.account, update, (event.transfer.asset,)


def _position(
    register: Register, account: str, assets: dict[str, None], now: int
) -> dict[str, Any]:
    owner = register.accounts[account]
    held = {asset: owner.balances.get(asset) for asset in assets}
    return {
        "e": "outboundAccountPosition",
        "E": now,
        "u": owner.updated,
        "B": [
            {
                "a": asset,
                "f": show(balance.free if balance else 0),
                "l": show(balance.locked if balance else 0),
            }
            for asset, balance in held.items()
        ],
    }


def _changed(listing: Listing, event: OrderChanged, now: int) -> dict[str, Any]:
    order, change = event.order, event.change
    fresh = change in _BEFORE_TRADING
    status = OrderStatus.NEW if fresh else order.status
    kind = Change.NEW if fresh else change
    filled, spent = (0, 0) if fresh else (order.filled, order.spent)
    report = _report(listing, order, kind, status, filled, spent, now)
    if change is Change.CANCELED:
        report |= {"c": event.client_id or order.client_id, "C": order.client_id}
    if change is Change.REPLACED:
        report["C"] = event.client_id
    if change is Change.TRADE_PREVENTION:
        left = quantity(listing, order.remaining)
        report |= {"v": order.prevented, "A": left, "B": left}
    return report


def _executed(
    listing: Listing, trade: Trade, order: Order, filled: int, spent: int, now: int
) -> dict[str, Any]:
    done = order.status is OrderStatus.FILLED and filled == order.lots
    status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
    bought = order.side is Side.BUY
    fee, fee_asset = commission(listing, trade, bought)
    return _report(listing, order, "TRADE", status, filled, spent, now) | {
        "l": quantity(listing, trade.lots),
        "L": price(listing, trade.ticks),
        "Y": show(trade.quote),
        "n": fee,
        "N": fee_asset,
        "T": trade.at,
        "t": trade.id,
        "m": trade.taker_bought is not bought,
        "w": status is not OrderStatus.FILLED,
    }


def _report(
    listing: Listing,
    order: Order,
    kind: str,
    status: OrderStatus,
    filled: int,
    spent: int,
    now: int,
) -> dict[str, Any]:
    report: dict[str, Any] = {
        "e": "executionReport",
        "E": now,
        "s": order.market,
        "c": order.client_id,
        "S": order.side,
        "o": order.type,
        "f": order.tif,
        "q": quantity(listing, order.lots),
        "p": price(listing, order.ticks),
        "P": price(listing, order.stop_ticks),
        "F": show(0),
        "g": list_id(order),
        "C": "",
        "x": kind,
        "X": status,
        "r": "NONE",
        "i": order.id,
        "l": show(0),
        "z": quantity(listing, filled),
        "L": show(0),
        "n": show(0),
        "N": None,
        "T": order.updated,
        "t": -1,
        "w": not order.is_waiting and not status.is_final,
        "m": False,
        "M": kind == "TRADE",
        "O": order.at,
        "Z": show(spent),
        "Y": show(0),
        "Q": show(order.quote),
        "V": order.prevention,
    }
    if order.working_at >= 0:
        report["W"] = order.working_at
    marks = zip(("j", "J"), order.strategy or (), strict=False)
    return report | {name: value for name, value in marks if value is not None}


def _list_status(event: ListChanged, now: int) -> dict[str, Any]:
    told = order_list(event.order_list)
    return {
        "e": "listStatus",
        "E": now,
        "s": told["symbol"],
        "g": told["orderListId"],
        "c": told["contingencyType"],
        "l": "UPDATED" if event.is_renaming else told["listStatusType"],
        "L": told["listOrderStatus"],
        "r": "NONE",
        "C": told["listClientOrderId"],
        "T": told["transactionTime"],
        "O": [
            {"s": one["symbol"], "i": one["orderId"], "c": one["clientOrderId"]}
            for one in told["orders"]
        ],
    }
