"""What a bot did live, from the store."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from tradelatch.bots.backtest.drift.telling import Key, Keys, Line, Telling
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.orders import Fill, OrderState
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.orders import Side
from tradelatch.store import rows
from tradelatch.store.reading import Reading

_RUNS = ("running", "stopping")
START = "start"
"""The label of what the account had before its first order."""


class NothingLive(ValueError):
    """There is nothing that can be compared; the message says why."""


class Foreign(NamedTuple):
    """A fill of another bot of the same account, in one of this bot's markets."""

    symbol: str
    side: Side
    is_taker: bool
    fill: Fill


class Live(NamedTuple):
    """A bot's time on an exchange from `start_ms`, its first order, to `end_ms` (not included).
    `first` is the number of its first deal there, `holdings` what its account had, if that is
    known."""

    name: str
    kind: str
    strategy: type[Strategy[Any]]
    settings: Settings
    symbols: tuple[str, ...]
    start_ms: int
    end_ms: int
    first: int
    telling: Telling
    holdings: dict[str, Decimal]
    others: tuple[Foreign, ...] = ()


def read_live(
    store: Reading,
    name: str,
    load: Callable[[str], type[Strategy[Any]]],
    since_ms: int,
    until_ms: int,
) -> Live:
    """What a bot did from the first deal that began at `since_ms` or later, until `until_ms`.

    Raises:
        StoreError: there is no such bot, or the store cannot be read.
        BadKind: its strategy cannot be loaded.
        NothingLive: it placed no order then, a deal was open before, or it decides by bars.
    """
    bot = store.bot(name)
    strategy = load(bot.kind)
    settings: Settings = msgspec.json.decode(bot.settings, type=strategy.settings_type)
    if strategy.intervals(settings):
        raise NothingLive(f"{name} decides by bars, and which of them it had heard is not stored")
    deals = [deal for deal in store.deals(bot=name) if deal.opened_ms < until_ms]
    chosen = {deal.number: deal for deal in deals if deal.opened_ms >= since_ms}
    orders = [one for one in store.orders(name) if one.deal in chosen and one.created_ms < until_ms]
    if not orders:
        raise NothingLive(f"{name} placed no order in that time")
    start = min(deal.opened_ms for deal in chosen.values())
    for deal in deals:
        if deal.number not in chosen and (deal.closed_ms is None or deal.closed_ms > start):
            says = f"deal {deal.number} of {name} was open when deal {min(chosen)} began"
            raise NothingLive(f"{says}; choose a time before it (--from)")
    fills: dict[str, list[Fill]] = {}
    for row in store.fills(bot=name, until_ms=until_ms):
        fills.setdefault(row.client_id, []).append(_fill(row))
    begun = store.balances(bot.account, START)
    return Live(
        name,
        bot.kind,
        strategy,
        settings,
        bot.symbols,
        start,
        _end(bot, orders, fills, until_ms),
        min(chosen),
        _telling(orders, fills, chosen),
        begun.amounts if begun else {},
        tuple(_others(store, bot, start, until_ms)),
    )


def _end(
    bot: rows.Bot, orders: list[rows.Order], fills: dict[str, list[Fill]], until_ms: int
) -> int:
    """Of a bot that still runs the time asked for, of others a moment after the last that is known
    of them."""
    if bot.state in _RUNS:
        return until_ms
    last = max(order.created_ms for order in orders)
    last = max([last, *(fill.time_ms for known in fills.values() for fill in known)])
    return min(until_ms, last + 1)


def _telling(
    orders: list[rows.Order], fills: dict[str, list[Fill]], deals: dict[int, rows.Deal]
) -> Telling:
    keys, lines = Keys(), dict[Key, Line]()
    for order in orders:
        key = keys.next(order.deal, order.tag)
        wish = (order.symbol, Side(order.side), order.quantity, order.price)
        known = tuple(sorted(fills.get(order.client_id, ()), key=_in_order))
        state = OrderState(order.state)
        lines[key] = Line(key, *wish, order.created_ms, state, known, order.reason)
    return Telling(lines, {number: _deal(deal) for number, deal in deals.items()})


def _others(store: Reading, bot: rows.Bot, since_ms: int, until_ms: int) -> list[Foreign]:
    """Fills of the account's other bots: they are trades of the market as well."""
    found = []
    for other in store.bots(bot.account):
        if other.name == bot.name:
            continue
        orders = {order.client_id: order for order in store.orders(other.name)}
        for row in store.fills(bot=other.name, since_ms=since_ms, until_ms=until_ms):
            order = orders[row.client_id]
            if row.symbol in bot.symbols:
                is_taker = order.price is None
                found.append(Foreign(row.symbol, Side(order.side), is_taker, _fill(row)))
    return found


def _fill(row: rows.Fill) -> Fill:
    return Fill(**{name: getattr(row, name) for name in Fill.__struct_fields__})


def _deal(row: rows.Deal) -> Deal:
    known = {name: getattr(row, name) for name in Deal.__struct_fields__}
    return Deal(**known | {"direction": Direction(row.direction)})


def _in_order(fill: Fill) -> tuple[int, int, str]:
    """As they happened: an exchange numbers its trades."""
    number = int(fill.trade_id) if fill.trade_id.isdecimal() else 0
    return fill.time_ms, number, fill.trade_id
