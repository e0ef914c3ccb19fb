"""Coinbase Pro's reports: fills, and the account statement with its running balances.

Fills: ``portfolio,trade id,product,side,created at,size,size unit,price,fee,total,price/fee/total
unit``; account: ``Portfolio,Type,Timestamp,Amount,Balance,Amount/balance unit,Transfer id,Trade id,
Order id``.
"""

import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from tradelatch.drills.incident.accounts import Account
from tradelatch.drills.incident.tables import iso_ms, write_table
from tradelatch.drills.incident.trades import Trade
from tradelatch.model.money import plain
from tradelatch.model.orders import Side

_FILLS = (
    "portfolio",
    "trade id",
    "product",
    "side",
    "created at",
    "size",
    "size unit",
    "price",
    "fee",
    "total",
    "price/fee/total unit",
)
_ACCOUNT = (
    "Portfolio",
    "Type",
    "Timestamp",
    "Amount",
    "Balance",
    "Amount/balance unit",
    "Transfer id",
    "Trade id",
    "Order id",
)
_PORTFOLIO = "default"


def write(folder: Path, account: Account, dice: random.Random) -> None:
    """Both files of one account into its folder."""
    first = dice.randint(10_000_000, 80_000_000)
    steps = [dice.randint(1, 900) for _ in account.trades]
    ids = [str(first + sum(steps[:number])) for number in range(len(steps))]
    fills = (_fill(trade, name) for trade, name in zip(account.trades, ids, strict=True))
    write_table(folder / "coinbasepro-fills.csv", _FILLS, fills)
    write_table(folder / "coinbasepro-account.csv", _ACCOUNT, _statement(account, ids, dice))


def _fill(trade: Trade, name: str) -> tuple[str, ...]:
    buys = trade.side is Side.BUY
    total = -trade.amount - trade.fee if buys else trade.amount - trade.fee
    return (
        _PORTFOLIO,
        name,
        f"{trade.market.base}-{trade.market.quote}",
        trade.side.name,
        iso_ms(trade.at),
        plain(trade.quantity),
        trade.market.base,
        plain(trade.price),
        plain(trade.fee),
        plain(total),
        trade.market.quote,
    )


def _statement(account: Account, ids: list[str], dice: random.Random) -> Iterator[tuple[str, ...]]:
    balance: defaultdict[str, Decimal] = defaultdict(Decimal)

    def row(kind: str, at: str, asset: str, change: Decimal, *names: str) -> tuple[str, ...]:
        balance[asset] += change
        return _PORTFOLIO, kind, at, plain(change), plain(balance[asset]), asset, *names

    for deposit in account.deposits:
        at = iso_ms(deposit.at)
        yield row("deposit", at, deposit.asset, deposit.amount, new_uuid(dice), "", "")
    for trade, name in zip(account.trades, ids, strict=True):
        order = new_uuid(dice)
        kinds = ("match", "match", "fee")
        for kind, (asset, change) in zip(kinds, trade.changes(), strict=True):
            yield row(kind, iso_ms(trade.at), asset, change, "", name, order)


def new_uuid(dice: random.Random) -> str:
    """A made-up name of a transfer or an order."""
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))
