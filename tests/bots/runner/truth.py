"""The exchange's books against the store, and the store against the running bots."""

from collections import defaultdict
from decimal import Decimal

from tests.bots.runner.exchange import MARKET, NastyExchange
from tests.bots.runner.lives import ACCOUNT, Life
from tradelatch.bots.deals import Deal
from tradelatch.bots.runner.recording import deal_of, order_of
from tradelatch.model.money import MONEY
from tradelatch.model.orders import Side
from tradelatch.store import rows
from tradelatch.store.store import Store

_NEVER_THERE = ("denied", "absent")


def is_calm(exchange: NastyExchange, store: Store) -> bool:
    """What is not over stands at the exchange, as it stands there, and the other way round."""
    return not unsettled(exchange, store)


def unsettled(exchange: NastyExchange, store: Store) -> str:
    """Where they differ."""
    theirs = {}
    for client_id in exchange.orders:
        report = exchange.state(client_id)
        assert report is not None
        if not report.state.is_final:
            theirs[client_id] = (report.executed, False, "open")
    ours = {
        order.client_id: (order.filled, order.is_cancelling, order.state)
        for bot in store.bots()
        for order in store.open_orders(bot.name)
    }
    for bot in store.bots():
        if bot.state == "failed":
            raise AssertionError(f"{bot.name} failed: {bot.state_says}")
    return "" if ours == theirs else f"ours {ours}, theirs {theirs}"


MOST_ASKED = 400
"""Requests within a minute, whatever goes wrong, of three bots with at most 40 orders: a runner
that dies four times in it asks about all of them four times, and cancels anew."""


def check(exchange: NastyExchange, store: Store, held: dict[str, Decimal]) -> None:
    """Nothing lost, nothing doubled, and all ties out."""
    assert not exchange.twice, f"taken twice: {exchange.twice}"
    assert exchange.most_asked["all"] <= MOST_ASKED, exchange.most_asked
    known = {one.client_id: one for bot in store.bots() for one in store.orders(bot.name)}
    fills = list(store.fills(account=ACCOUNT))
    _check_orders(exchange, known)
    _check_fills(exchange, fills)
    _check_deals(store, known, fills)
    _check_holdings(exchange, store, held)
    _check_not_doubled(known)


def check_running(life: Life, store: Store) -> None:
    """The bots are what the store says."""
    account = life.account
    for bot in account._bots.values():
        deals = {deal.number: deal_of(deal) for deal in store.open_deals(bot.name)}
        assert bot.desk.deals == deals
        live = {one.client_id: order_of(one) for one in store.open_orders(bot.name)}
        assert bot.desk.live == live
        assert set(bot.desk._seen) == set(live)
    assert not account._tracker._tasks, "something is asked about for ever"
    assert set(account._of_order) == {
        client_id for bot in account._bots.values() for client_id in bot.desk.live
    }


def _check_orders(exchange: NastyExchange, known: dict[str, rows.Order]) -> None:
    lost = exchange.orders.keys() - known.keys()
    assert not lost, f"the bots know nothing of {lost}"
    for client_id, order in exchange.orders.items():
        ours, theirs = known[client_id], exchange.state(client_id)
        assert theirs is not None
        assert (ours.state, ours.executed, ours.filled) == (
            theirs.state.value,
            theirs.executed,
            theirs.executed,
        ), (ours, theirs)
        assert (ours.side, ours.quantity, ours.price) == (order.side, order.quantity, order.price)
    for client_id in known.keys() - exchange.orders.keys():
        assert known[client_id].state in _NEVER_THERE, f"{known[client_id]} is not there"


def _check_fills(exchange: NastyExchange, fills: list[rows.Fill]) -> None:
    theirs = {
        (client_id, fill.trade_id, fill.time_ms, fill.price, fill.quantity, fill.fee, fill.value)
        for client_id, of in exchange.fills.items()
        for fill in of
    }
    ours = {
        (f.client_id, f.trade_id, f.time_ms, f.price, f.quantity, f.fee, f.value) for f in fills
    }
    assert ours == theirs, (sorted(ours - theirs)[:3], sorted(theirs - ours)[:3])


def _check_deals(store: Store, known: dict[str, rows.Order], fills: list[rows.Fill]) -> None:
    sums: dict[tuple[str, int], Deal] = {}
    deals = {(deal.bot, deal.number): deal for deal in store.deals()}
    for fill in fills:
        order = order_of(known[fill.client_id])
        key = (known[fill.client_id].bot, order.deal)
        row = deals[key]
        deal = sums.setdefault(key, Deal(row.number, row.symbol, deal_of(row).direction, 0))
        deal.add(order.side, fill)  # type: ignore[arg-type]
    for key, row in deals.items():
        deal = sums.get(key) or Deal(row.number, row.symbol, deal_of(row).direction, 0)
        for field in ("bought", "sold", "spent", "received", "base_fees", "quote_fees"):
            assert getattr(deal, field) == getattr(row, field), (key, field)


def _check_holdings(exchange: NastyExchange, store: Store, held: dict[str, Decimal]) -> None:
    expected = dict(held)
    for row in store.deals():
        deal = deal_of(row)
        expected[MARKET.base] = MONEY.add(expected[MARKET.base], deal.base)
        expected[MARKET.quote] = MONEY.add(expected[MARKET.quote], deal.quote)
    for asset, amount in expected.items():
        assert exchange.books.total(asset) == amount, asset


def _check_not_doubled(known: dict[str, rows.Order]) -> None:
    """Of each rung of a ladder no more was bought than one order was for."""
    filled: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    wanted: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    for order in known.values():
        if order.bot.endswith("dca") and order.side == Side.BUY:
            rung = (order.bot, order.deal, order.tag)
            filled[rung] += order.filled
            wanted[rung] = max(wanted[rung], order.quantity)
    doubled = {rung: amount for rung, amount in filled.items() if amount > wanted[rung]}
    assert not doubled, doubled
