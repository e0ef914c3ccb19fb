"""Trade exports of exchanges put back together into orders.

An export has no open orders, no order that was never filled, no limit (but Bittrex's) and no
book: trades of one order id, or else of one market and side within a second, count as one order
with the worst of their prices as its limit.
"""

import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal

from tradelatch.exports.records import Traded
from tradelatch.hindsight.events import Asked, Closed, Event, Filled, Held
from tradelatch.model.clock import SECOND
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderType, Side, TimeInForce


def orders(trades: Iterable[Traded]) -> Iterator[list[Traded]]:
    """The trades of each order, in the order of their first trades."""
    groups: dict[tuple[str, str, Side, int | str], list[Traded]] = {}
    for trade in trades:
        mark = trade.order or trade.time_ns // SECOND
        groups.setdefault((trade.symbol, trade.order, trade.side, mark), []).append(trade)
    yield from groups.values()


def as_events(trades: list[Traded], held: dict[str, Decimal] | None = None) -> Iterator[Event]:
    """Each order with its fills, closed by the last; `held` is what the account began with, or the
    least that the trades needed."""
    yield Held(trades[0].time_ns, held or least_held(trades))
    numbered = itertools.count(1)
    happened: list[tuple[int, int, Event]] = []
    for group in orders(trades):
        name, first, last = str(next(numbered)), group[0], group[-1]
        happened.append((first.time_ns, len(happened), _asked(name, group)))
        for trade in group:
            filled = Filled(trade.time_ns, name, trade.quantity, trade.price, trade.fee_in_quote)
            happened.append((trade.time_ns, len(happened), filled))
        happened.append((last.time_ns, len(happened), Closed(last.time_ns, name)))
    yield from (event for _, _, event in sorted(happened, key=lambda entry: entry[:2]))


def _asked(name: str, group: list[Traded]) -> Asked:
    first = group[0]
    worst = max if first.side is Side.BUY else min
    limit = first.limit or worst(trade.price for trade in group)
    quantity = sum((trade.quantity for trade in group), ZERO)
    intent = PlaceOrder(
        symbol=first.symbol,
        side=first.side,
        type=OrderType.LIMIT,
        quantity=quantity,
        price=limit,
        time_in_force=TimeInForce.GTC,
    )
    return Asked(first.time_ns, name, intent)


def least_held(trades: Iterable[Traded]) -> dict[str, Decimal]:
    """The least of each asset that the account must have had at the start."""
    balance: dict[str, Decimal] = {}
    least: dict[str, Decimal] = {}
    for trade in trades:
        base, quote = split_symbol(trade.symbol)
        sign = 1 if trade.side is Side.BUY else -1
        changes = [(base, sign * trade.quantity), (quote, -sign * trade.quantity * trade.price)]
        changes += [(trade.fee_asset, -trade.fee)] if trade.fee_asset else []
        for asset, change in changes:
            balance[asset] = balance.get(asset, ZERO) + change
            least[asset] = min(least.get(asset, ZERO), balance[asset])
    return {asset: -low for asset, low in least.items()}
