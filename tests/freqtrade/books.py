"""The venue's books and freqtrade's, and where they differ."""

import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.venue.site import Key, Site

PAGE = 1_000
Row = dict[str, Any]


@dataclass
class VenueBooks:
    """What the venue knows of one account."""

    orders: dict[str, Row]
    fills: dict[str, list[Row]]
    balances: dict[str, Decimal]

    @property
    def open(self) -> dict[str, Row]:
        """The open orders."""
        states = ("NEW", "PARTIALLY_FILLED")
        return {id_: row for id_, row in self.orders.items() if row["status"] in states}


@dataclass
class BotBooks:
    """What freqtrade has in its database."""

    orders: dict[str, Row]
    trades: dict[int, Row]

    @property
    def reasons(self) -> Counter[str]:
        """Closed trades by what ended them."""
        return Counter(row["exit_reason"] for row in self.trades.values() if not row["is_open"])


def ask(site: Site, key: Key, path: str, **parameters: object) -> Any:
    """A signed question, at the venue's time."""
    _, answer = site.request("GET", "/api/v3/time")
    parameters |= {"timestamp": answer["serverTime"], "recvWindow": 60_000}
    status, answer = site.signed(key, "GET", f"/api/v3/{path}", **parameters)
    assert status == 200, answer
    return answer


def _all(site: Site, key: Key, path: str, symbol: str, after: str, id_: str) -> list[Row]:
    """Every row of a list that comes in pages."""
    rows: list[Row] = []
    while True:
        start = rows[-1][id_] + 1 if rows else 0
        page = ask(site, key, path, symbol=symbol, limit=PAGE, **{after: start})
        rows += page
        if len(page) < PAGE:
            return rows


def venue_books(site: Site, key: Key, symbols: list[str]) -> VenueBooks:
    """All orders, fills and balances of an account."""
    fills: dict[str, list[Row]] = defaultdict(list)
    orders: dict[str, Row] = {}
    for symbol in symbols:
        for row in _all(site, key, "allOrders", symbol, "orderId", "orderId"):
            orders[str(row["orderId"])] = row
        for row in _all(site, key, "myTrades", symbol, "fromId", "id"):
            fills[str(row["orderId"])].append(row)
    balances = {
        row["asset"]: Decimal(row["free"]) + Decimal(row["locked"])
        for row in ask(site, key, "account")["balances"]
    }
    return VenueBooks(orders, dict(fills), balances)


def bot_books(database: Path) -> BotBooks:
    """All trades and orders in freqtrade's database."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        orders = {row["order_id"]: dict(row) for row in connection.execute("SELECT * FROM orders")}
        trades = {row["id"]: dict(row) for row in connection.execute("SELECT * FROM trades")}
    finally:
        connection.close()
    return BotBooks(orders, trades)


def exact(value: float | None) -> Decimal:
    """A number of the database as it was written before it became binary."""
    return Decimal(repr(value or 0.0))


def total(rows: list[Row], name: str) -> Decimal:
    """The sum of one column."""
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def differences(venue: VenueBooks, bot: BotBooks, start: dict[str, Decimal]) -> list[str]:
    """Each difference between the two books, one sentence each."""
    found = [*_orders(venue, bot), *_trades(venue, bot), *_open(venue, bot)]
    return [*found, *_balances(venue, start)]


def _orders(venue: VenueBooks, bot: BotBooks) -> list[str]:
    """Every fill of one side is on the other, with its amount, price and fee."""
    found = [f"the venue has no order {id_}" for id_ in bot.orders if id_ not in venue.orders]
    # freqtrade deletes an entry that was cancelled before anything of it was filled.
    found += [f"freqtrade has no order {id_}" for id_ in venue.fills if id_ not in bot.orders]
    for id_, ours in bot.orders.items():
        theirs, fills = venue.orders.get(id_), venue.fills.get(id_, [])
        if theirs is None:
            continue
        quantity, value = total(fills, "qty"), total(fills, "quoteQty")
        pairs = {
            "filled": (exact(ours["filled"]), quantity),
            "executed": (Decimal(theirs["executedQty"]), quantity),
            "value": (Decimal(theirs["cummulativeQuoteQty"]), value),
        }
        if quantity:
            pairs["price"] = (_short(exact(ours["average"])), _short(value / quantity))
        if quantity and ours["side"] == "buy":
            pairs["fee"] = _entry_fee(ours, bot.trades[ours["ft_trade_id"]], fills)
        found += [
            f"order {id_}: {name} {one} here, {other} there"
            for name, (one, other) in pairs.items()
            if one != other
        ]
    return found


def _short(price: Decimal) -> Decimal:
    """A price as exact as a float with a long history can tell it."""
    return +price.quantize(Decimal(1).scaleb(price.adjusted() - 9)) if price else price


def _entry_fee(order: Row, trade: Row, fills: list[Row]) -> tuple[Decimal, Decimal]:
    """What an entry cost, here and there. Where what earlier trades have left covers the fee,
    freqtrade tells it only of the trade and in quote."""
    if order["ft_fee_base"] is not None:
        return _units(exact(order["ft_fee_base"])), total(fills, "commission")
    worth = sum((Decimal(f["commission"]) * Decimal(f["price"]) for f in fills), Decimal(0))
    return _units(exact(trade["fee_open_cost"])), _units(worth)


def _units(amount: Decimal) -> Decimal:
    """An amount in the venue's units, without what a sum of floats adds."""
    return amount.quantize(Decimal("1e-8"))


def _trades(venue: VenueBooks, bot: BotBooks) -> list[str]:
    """The fee that a closed trade tells is that of its first exit that was filled."""
    found = []
    for id_, trade in bot.trades.items():
        exits = [
            venue.fills[row["order_id"]]
            for row in sorted(bot.orders.values(), key=lambda row: row["id"])
            if row["ft_trade_id"] == id_ and row["side"] == "sell" and exact(row["filled"])
        ]
        told = _units(exact(trade["fee_close_cost"]))
        if not trade["is_open"] and told != (paid := total(exits[0], "commission")):
            found.append(f"trade {id_}: exit fee {told} here, {paid} there")
    return found


def _open(venue: VenueBooks, bot: BotBooks) -> list[str]:
    """What is open is a stop-loss order for each position, and nothing else."""
    protected = Counter[int]()
    found = []
    for id_ in venue.open:
        order = bot.orders.get(id_)
        trade = bot.trades.get(order["ft_trade_id"]) if order else None
        if order is None or trade is None or not trade["is_open"]:
            found.append(f"order {id_} is open at the venue and belongs to no position")
        elif order["ft_order_side"] == "stoploss":
            protected[trade["id"]] += 1
            if exact(trade["amount"]) != Decimal(venue.open[id_]["origQty"]):
                found.append(f"the stop-loss order {id_} is not of its position's size")
    for id_, order in bot.orders.items():
        if order["ft_is_open"] and id_ not in venue.open:
            found.append(f"order {id_} is open for freqtrade only")
    for number, trade in bot.trades.items():
        if trade["is_open"] and protected[number] != 1:
            found.append(f"trade {number} has {protected[number]} stop-loss orders")
    return found


def _balances(venue: VenueBooks, start: dict[str, Decimal]) -> list[str]:
    """What was there at first and what was filled make what is there now, to the last unit."""
    should = defaultdict(Decimal, start)
    for id_, fills in venue.fills.items():
        symbol = venue.orders[id_]["symbol"]
        for fill in fills:
            sign = 1 if fill["isBuyer"] else -1
            should[symbol.removesuffix("USDT")] += sign * Decimal(fill["qty"])
            should["USDT"] -= sign * Decimal(fill["quoteQty"])
            should[fill["commissionAsset"]] -= Decimal(fill["commission"])
    assets = {*should, *venue.balances}
    now = defaultdict(Decimal, venue.balances)
    return [
        f"{asset}: {now[asset]} is there and {should[asset]} should be"
        for asset in sorted(assets)
        if now[asset] != should[asset]
    ]
