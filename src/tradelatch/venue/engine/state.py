"""The engine's whole state as canonical bytes, and the rules it may never break."""

from typing import Any

import msgspec

from tradelatch.venue.engine.api_keys import ApiKey
from tradelatch.venue.engine.book import BookSide
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.matching import asset_of, need_of
from tradelatch.venue.engine.order import ListStatus, Order, OrderList
from tradelatch.venue.engine.trading import Trading


def dump(engine: Engine) -> bytes:
    """Two engines are in the same state exactly if these bytes are the same (JSON)."""
    tree = {
        "now": engine.now,
        "genesis": engine.genesis,
        "applied": engine.applied,
        "next_order": engine.next_order,
        "next_list": engine.next_list,
        "walk_ms": [engine.walk_ms(engine.now), engine.is_still],
        "key_rules": engine.key_rules,
        "notices": engine.notices,
        "deposited": engine.deposited,
        "withdrawn": engine.withdrawn,
        "fees": engine.fees,
        "keys": {
            key.id: [
                sorted(value) if isinstance(value, set | frozenset) else value
                for value in (getattr(key, name) for name in ApiKey.__slots__)
            ]
            for key in engine.keys.values()
        },
        "accounts": {name: _account(engine, name) for name in engine.accounts},
        "markets": {name: _market(engine, m) for name, m in engine.markets.items()},
    }
    return msgspec.json.encode(tree, order="sorted")


def _account(engine: Engine, name: str) -> dict[str, Any]:
    account = engine.accounts[name]
    return {
        "house": account.house,
        "owner": account.owner,
        "uid": account.uid,
        "frozen": account.frozen,
        "fees": [account.maker_fee, account.taker_fee],
        "balances": {asset: [b.free, b.locked] for asset, b in account.balances.items()},
        "open": [_order(order) for order in account.open_orders()],
        "orders": [_order(order) for order in account.orders.values()],
        "client_ids": [[*key, order.id] for key, order in account.by_client_id.items()],
        "lists": [_order_list(one) for one in account.lists.values()],
        "prevented": account.prevented,
        "amendments": account.amendments,
        "trades": [[trade.market, trade.id, bought] for trade, bought in account.trades],
        "deposits": account.deposits,
        "withdrawals": account.withdrawals,
        "transfers": account.transfers,
        "updated": account.updated,
    }


def _order(order: Order) -> list[Any]:
    left_out = {"level", "previous", "next", "list"}
    fields = [getattr(order, name) for name in Order.__slots__ if name not in left_out]
    return [*fields, order.list.id if order.list else None]


def _order_list(one: OrderList) -> list[Any]:
    fields = [getattr(one, name) for name in OrderList.__slots__ if name != "orders"]
    return [*fields, [order.id for order in one.orders]]


def _market(engine: Engine, trading: Trading) -> dict[str, Any]:
    return {
        "listing": trading.listing,
        "opened": [trading.opened, trading.walk_zero],
        "bids": _side(trading.book.bids),
        "asks": _side(trading.book.asks),
        "rising": _side(trading.book.rising),
        "falling": _side(trading.book.falling),
        "trades": list(trading.trades),
        "bars": list(trading.bars.values()),
        "last": trading.last,
        "next_trade": trading.next_trade,
        "next_prevented": trading.next_prevented,
        "average": trading.average.ticks(engine.now),
    }


def _side(side: BookSide) -> list[Any]:
    return [[level.ticks, level.lots, [order.id for order in level]] for level in side.levels()]


def violations(engine: Engine) -> list[str]:
    """What is wrong with the state, one sentence each; nothing, ever, unless there is a bug."""
    found = [*_money(engine), *_locks(engine)]
    for name, trading in engine.markets.items():
        found += [f"{name}: {problem}" for problem in _book(trading)]
    return found


def _money(engine: Engine) -> list[str]:
    found = []
    for asset in engine.assets:
        held_now = sum(
            a.balances[asset].total for a in engine.accounts.values() if asset in a.balances
        )
        out = engine.withdrawn.get(asset, 0) + engine.fees.get(asset, 0)
        if held_now + out != engine.deposited.get(asset, 0):
            found.append(f"{asset} is not conserved")
    for account in engine.accounts.values():
        for asset, balance in account.balances.items():
            if balance.free < 0 or balance.locked < 0:
                found.append(f"{account.name} holds a negative amount of {asset}")
    return found


def _locks(engine: Engine) -> list[str]:
    found = []
    for account in engine.accounts.values():
        needs = dict.fromkeys(account.balances, 0)
        groups: dict[int, list[Order]] = {}
        for order in account.open_orders():
            if order.status.is_final or order.level is None:
                found.append(f"order {order.id} counts as open and rests in no book")
            if order.list is not None and order.list.status is ListStatus.EXECUTING:
                groups.setdefault(order.list.id, []).append(order)
            else:
                groups[-order.id] = [order]
        # Of an order list one order at most is ever paid for.
        for orders in groups.values():
            listing = engine.markets[orders[0].market].listing
            asset = asset_of(listing, orders[0].side)
            need = max(need_of(listing, order) for order in orders)
            needs[asset] = needs.get(asset, 0) + need
            if need != sum(order.locked for order in orders):
                found.append(f"order {orders[0].id} holds another amount than it needs")
        locked = {asset: balance.locked for asset, balance in account.balances.items()}
        if needs != locked:
            found.append(f"{account.name} has other amounts locked than its open orders need")
    return found


def _book(trading: Trading) -> list[str]:
    found = []
    bid, ask = trading.book.bids.best(), trading.book.asks.best()
    if bid is not None and ask is not None and bid.ticks >= ask.ticks:
        found.append("the book is crossed")
    book = trading.book
    found += [
        f"an order at {level.ticks} waits and should not"
        for level in (*book.rising.levels(), *book.falling.levels())
        if not all(order.is_waiting for order in level)
    ]
    for side in (book.bids, book.asks, book.rising, book.falling):
        found += [
            f"the level at {level.ticks} does not add up"
            for level in side.levels()
            if level.lots != sum(order.remaining for order in level) or level.lots <= 0
        ]
    return found
