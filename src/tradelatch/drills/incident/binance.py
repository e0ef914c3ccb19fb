"""Binance's exports: the spot trade history, newest first, and the transaction history.

Columns as its order and transaction pages export them in 2022: trade history
``Date(UTC),Pair,Side,Price,Executed,Amount,Fee``, transaction history
``User_ID,UTC_Time,Account,Operation,Coin,Change,Remark``.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from tradelatch.drills.incident.accounts import Account
from tradelatch.drills.incident.tables import SECONDS, write_table
from tradelatch.drills.incident.trades import Trade
from tradelatch.model.money import plain
from tradelatch.model.orders import Side

_TRADES = ("Date(UTC)", "Pair", "Side", "Price", "Executed", "Amount", "Fee")
_TRANSACTIONS = ("User_ID", "UTC_Time", "Account", "Operation", "Coin", "Change", "Remark")


def write(folder: Path, account: Account, dice: random.Random) -> None:
    """Both files of one account into its folder."""
    user = user_id(dice)
    newest_first = map(_trade, reversed(account.trades))
    write_table(folder / "binance-trades.csv", _TRADES, newest_first)
    rows = ((user, *row, "") for row in _transactions(account))
    write_table(folder / "binance-transactions.csv", _TRANSACTIONS, rows)


def user_id(dice: random.Random) -> str:
    """The account's number, the first that its dice tell."""
    return str(dice.randint(20_000_000, 400_000_000))


def _trade(trade: Trade) -> tuple[str, ...]:
    base, quote = trade.market.base, trade.market.quote
    return (
        trade.at.strftime(SECONDS),
        base + quote,
        trade.side.name,
        plain(trade.price),
        plain(trade.quantity) + base,
        plain(trade.amount) + quote,
        plain(trade.fee) + trade.fee_asset,
    )


def _transactions(account: Account) -> Iterator[tuple[str, ...]]:
    for deposit in account.deposits:
        at = deposit.at.strftime(SECONDS)
        yield at, "Spot", "Deposit", deposit.asset, plain(deposit.amount)
    for trade in account.trades:
        at = trade.at.strftime(SECONDS)
        side = "Buy" if trade.side is Side.BUY else "Sell"
        names = (side, "Transaction Related", "Fee")
        for operation, (asset, change) in zip(names, trade.changes(), strict=True):
            yield at, "Spot", operation, asset, plain(change)
