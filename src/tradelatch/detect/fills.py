"""An account's fills, and the public tape without them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.excess import Flags, Prints
from tradelatch.detect.reference import MINUTE_MS, Prices, Times

if TYPE_CHECKING:
    import ibis.expr.types as ir

SECOND_MS = 1_000
ROUNDED = 0.001
"""Exports round prices by less than that."""


class Fills(NamedTuple):
    """An account's fills in all markets, in the order of time.

    Attributes:
        rows: the table's `row`, and `symbols`, `times`, `prices` and `amounts` as there.
        bought: whether the account bought.
        took: whether it was the taker; true where the table does not say.
        marked: whether the fill carries a client order id.
    """

    rows: Times
    symbols: NDArray[Any]
    times: Times
    prices: Prices
    amounts: Prices
    bought: Flags
    took: Flags
    marked: Flags

    def only(self, kept: NDArray[Any]) -> "Fills":
        """Some of them: flags, or places."""
        return Fills(
            self.rows[kept],
            self.symbols[kept],
            self.times[kept],
            self.prices[kept],
            self.amounts[kept],
            self.bought[kept],
            self.took[kept],
            self.marked[kept],
        )


def is_fill(trades: "ir.Table") -> Any:
    """Which rows are somebody's fills; the others are the public tape."""
    return trades.account.fill_null("") != ""


def each_account(trades: "ir.Table") -> Iterator[tuple[str, Fills]]:
    """Every account's fills, by its name."""
    table = trades.filter(is_fill(trades)).order_by("account", "time", "row").to_pyarrow()
    accounts = table["account"].to_numpy(zero_copy_only=False)
    blank = np.full(len(accounts), "", object)
    words = {
        name: table[name].to_numpy(zero_copy_only=False) if name in table.column_names else blank
        for name in ("symbol", "side", "role", "order")
    }
    numbers = {name: table[name].to_numpy() for name in ("row", "time", "price", "amount")}
    given = np.array([bool(order) for order in words["order"]], np.bool_)
    fills = Fills(
        numbers["row"],
        words["symbol"],
        numbers["time"],
        numbers["price"],
        numbers["amount"],
        words["side"] == "buy",
        words["role"] != "maker",
        given,
    )
    if not len(accounts):
        return
    names, starts = np.unique(accounts.astype(str), return_index=True)
    for name, start, end in zip(names, starts, [*starts[1:], len(accounts)], strict=True):
        yield str(name), fills.only(np.arange(start, end))


def tape_of(trades: "ir.Table", symbol: str) -> Prints:
    """A market's public tape, in the order of time."""
    rows = trades.filter(~is_fill(trades) & (trades.symbol == symbol)).order_by("time", "row")
    table = rows.select("time", "price", "amount").to_pyarrow()
    return Prints(*(table[name].to_numpy() for name in ("time", "price", "amount")))


def ruled_out(tape: Prints, own: Fills) -> Flags:
    """Which of an account's fills in a market cannot be: within a minute of one, and within the
    tape's time, nobody bought for as much, or sold for as little. Exports may round prices, or tell
    whole orders: an order's average lies between its prints."""
    found = np.zeros(len(own.times), np.bool_)
    if not len(tape.times):
        return found
    starts, ends = np.searchsorted(tape.times, (own.times - MINUTE_MS, own.times + MINUTE_MS + 1))
    is_within = (own.times >= tape.times[0]) & (own.times <= tape.times[-1])
    for place in np.flatnonzero(is_within):
        prints = tape.prices[starts[place] : ends[place]]
        price = own.prices[place]
        if own.bought[place]:
            found[place] = prints.max(initial=0.0) < price * (1 - ROUNDED)
        else:
            found[place] = prints.min(initial=np.inf) > price * (1 + ROUNDED)
    return found


def contested(tape: Prints, accounts: Mapping[str, Fills]) -> dict[str, int]:
    """How many of each account's fills in a market others claim too, so that together they have
    more than the tape; one of them copied the other's, or both a third's."""
    printed = Counter(zip(tape.times // SECOND_MS, tape.prices, tape.amounts, strict=True))
    keys = {name: list(_keys(own)) for name, own in accounts.items()}
    claimed = Counter(key for mine in keys.values() for key in mine)
    who = Counter(key for mine in keys.values() for key in set(mine))
    return {
        name: sum(who[key] > 1 and claimed[key] > printed[key[1:]] for key in mine)
        for name, mine in keys.items()
    }


def _keys(own: Fills) -> Iterator[tuple[Any, ...]]:
    return zip(own.bought, own.times // SECOND_MS, own.prices, own.amounts, strict=True)


def claims(tape: Prints, accounts: Mapping[str, Fills]) -> dict[str, Flags]:
    """Which prints of a market's tape are each account's own, by its fills there. A print has one
    buyer and one seller."""
    taken = {bought: np.zeros(len(tape.times), np.bool_) for bought in (True, False)}
    found = {}
    for name, own in accounts.items():
        found[name] = np.zeros(len(tape.times), np.bool_)
        for bought, others in taken.items():
            mine = _own_prints(tape, own.only(own.bought == bought), others)
            others |= mine
            found[name] |= mine
    return found


def _own_prints(tape: Prints, own: Fills, others: Flags) -> Flags:
    """One print for each fill. They are known by time, price and amount; exports that hold whole
    seconds are compared by the second."""
    unit = SECOND_MS if not (own.times % SECOND_MS).any() else 1
    mine = Counter(zip(own.times // unit, own.prices, own.amounts, strict=True))
    found = np.zeros(len(tape.times), np.bool_)
    for place in np.flatnonzero(np.isin(tape.times // unit, own.times // unit)):
        key = (tape.times[place] // unit, tape.prices[place], tape.amounts[place])
        if mine[key] and not others[place]:
            mine[key] -= 1
            found[place] = True
    return found
