"""Plain trades as the tables that detectors are given."""

from collections.abc import Sequence
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from bench.washing.plain import Trade
from tradelatch.detect.ledger import Ledger, read_ledger
from tradelatch.detect.wash.components import Accounts

PRICE = 0.5


def table_of(trades: Sequence[Trade], **more: Sequence[Any]) -> Any:
    """A row per trade, numbered from 1, at one price unless `more` has columns of its own."""
    columns = {
        "row": range(1, len(trades) + 1),
        "time": [trade.time * 1000 for trade in trades],
        "symbol": [trade.asset for trade in trades],
        "buyer": [trade.buyer for trade in trades],
        "seller": [trade.seller for trade in trades],
        "amount": [float(trade.amount) for trade in trades],
        "price": [PRICE] * len(trades),
        **more,
    }
    return ibis.memtable(pa.table({name: pa.array(list(one)) for name, one in columns.items()}))


def ledger_of(trades: Sequence[Trade], **more: Sequence[Any]) -> Ledger:
    """The same as a ledger."""
    return read_ledger(table_of(trades, **more))


def named(ledger: Ledger, accounts: Accounts) -> tuple[str, ...]:
    """Names of accounts."""
    return tuple(ledger.accounts[account] for account in accounts)


def numbered(trades: Sequence[Trade]) -> Ledger:
    """The same without a table, at once; trades are in canonical order."""
    accounts = sorted({one for trade in trades for one in (trade.buyer, trade.seller)})
    symbols = sorted({trade.asset for trade in trades})
    amount = np.array([float(trade.amount) for trade in trades])
    return Ledger(
        accounts=accounts,
        symbols=symbols,
        row=np.arange(1, len(trades) + 1),
        time=np.array([trade.time * 1000 for trade in trades], dtype=np.int64),
        symbol=np.array([symbols.index(trade.asset) for trade in trades], dtype=np.int64),
        buyer=np.array([accounts.index(trade.buyer) for trade in trades], dtype=np.int64),
        seller=np.array([accounts.index(trade.seller) for trade in trades], dtype=np.int64),
        amount=amount,
        value=amount * PRICE,
        table=None,
    )
