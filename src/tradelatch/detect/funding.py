"""Whether an account raised what it gave just before: it sold other assets for the money, or bought
the coins elsewhere."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tradelatch.detect.reference import MINUTE_MS, Prices, Times

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEFORE_MS = 15 * MINUTE_MS
PART = 0.5
"""So much of what was given must have been raised."""


class Need(NamedTuple):
    """What an account gave in a market, and when it began (ms): money for coins (`bought`), in
    quote, or coins, in base."""

    account: str
    symbol: str
    bought: bool
    amount: float
    first_ms: int


class Trades(NamedTuple):
    """An account's trades in all markets."""

    symbols: np.ndarray
    times: Times
    prices: Prices
    amounts: Prices
    bought: np.ndarray


def trades_of(trades: "ir.Table", accounts: set[str]) -> Mapping[str, Trades]:
    """Each account's trades."""
    names = sorted(accounts)
    found = {}
    theirs = trades.filter(trades.buyer.isin(names) | trades.seller.isin(names))
    table = theirs.select("symbol", "time", "price", "amount", "buyer", "seller").to_pyarrow()
    columns = {name: table[name].to_numpy() for name in ("time", "price", "amount")}
    symbols, buyers, sellers = (
        table[name].to_numpy(zero_copy_only=False) for name in ("symbol", "buyer", "seller")
    )
    for name in names:
        mine = (buyers == name) | (sellers == name)
        found[name] = Trades(
            symbols[mine],
            columns["time"][mine],
            columns["price"][mine],
            columns["amount"][mine],
            buyers[mine] == name,
        )
    return found


def raised(own: Trades, need: Need) -> bool:
    """Whether the account raised it in other markets in the quarter of an hour before."""
    base, _, quote = need.symbol.partition("/")
    suffix = np.array([str(symbol).endswith(f"/{quote}") for symbol in own.symbols], np.bool_)
    prefix = np.array([str(symbol).startswith(f"{base}/") for symbol in own.symbols], np.bool_)
    before = (own.times < need.first_ms) & (own.times >= need.first_ms - BEFORE_MS)
    before &= (own.symbols != need.symbol) & (own.bought != need.bought)
    before &= suffix if need.bought else prefix
    got = own.amounts[before] * (own.prices[before] if need.bought else 1.0)
    return bool(got.sum() >= PART * need.amount)
