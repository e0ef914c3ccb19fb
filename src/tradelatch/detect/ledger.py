"""Trades between known accounts, with numbers for names and in one canonical order: what searches
for wash trades run on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
import msgspec
import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.trades import UnusableTrades

if TYPE_CHECKING:
    import ibis.expr.types as ir

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNITS = 2**40
_COLUMNS = ("row", "time", "symbol", "buyer", "seller", "amount", "value")


class Ledger(msgspec.Struct, frozen=True):
    """Trades in canonical order: by time, then id (as a number where it is one, else as text),
    then row.

    Attributes:
        accounts, symbols: the names, in their order; the columns hold indices of them.
        row, time: int64, the latter in ms since 1970 (UTC).
        symbol, buyer, seller: int64.
        amount, value: float64, in base and in quote.
        table: the same columns as a table, with `place` (int64, the canonical order) and `units`
            (int64): amounts as whole numbers of their symbol's largest one divided by `UNITS`.
            Their sums are the same in whatever order they are taken; those of floats are not.
    """

    accounts: Sequence[str]
    symbols: Sequence[str]
    row: Ints
    time: Ints
    symbol: Ints
    buyer: Ints
    seller: Ints
    amount: Floats
    value: Floats
    table: Any

    def quote(self, symbol: int) -> str:
        """The asset that values are in; "" where the symbol does not tell."""
        return self.symbols[symbol].partition("/")[2]

    def only_quote(self) -> str:
        """The asset that all values are in.

        Raises:
            UnusableTrades: there are several, so that values cannot be added up.
        """
        quotes = sorted({self.quote(symbol) for symbol in range(len(self.symbols))})
        if len(quotes) > 1:
            raise UnusableTrades(
                f"markets have several quote assets ({', '.join(quotes)}), whose volumes cannot be"
                " added up: give the trades of one"
            )
        return "".join(quotes)


def read_ledger(trades: "ir.Table") -> Ledger:
    """The trades of a table.

    Args:
        trades: with ``row``, ``time``, ``symbol``, ``buyer``, ``seller``, and ``price`` or
            ``value`` (in quote); ``amount`` is 1 where it is not there (tokens that are not
            divided); ``id`` may be there.
    """
    both = trades.select(name="buyer").union(trades.select(name="seller"), distinct=True)
    accounts = _numbered(both)
    if "amount" not in trades.columns:
        trades = trades.mutate(amount=1.0)
    largest = trades.group_by(name="symbol").aggregate(largest=trades.amount.max())
    symbols = _numbered(largest)
    order: list[Any] = [trades.time]
    if "id" in trades.columns:
        order += [trades.id.try_cast("int64"), trades.id]
    placed = trades.mutate(
        value=trades.value if "value" in trades.columns else trades.price * trades.amount,
        place=ibis.row_number().over(order_by=[*order, trades.row]),
    )
    buyers, sellers = accounts.view(), accounts.view()
    share = (placed.amount / symbols.largest.nullif(0)).fill_null(0.0)
    table = (
        placed.join(buyers, placed.buyer == buyers.name)
        .join(sellers, placed.seller == sellers.name)
        .join(symbols, placed.symbol == symbols.name)
        .select(
            placed.row,
            placed.time,
            placed.place,
            placed.amount,
            placed.value,
            units=(share * UNITS).round().cast("int64"),
            symbol=symbols.number,
            buyer=buyers.number,
            seller=sellers.number,
        )
        .cache()
    )
    arrays = table.order_by("place").select(*_COLUMNS).to_pyarrow()
    return Ledger(
        accounts=_names(accounts),
        symbols=_names(symbols),
        table=table,
        **{name: arrays[name].to_numpy() for name in _COLUMNS},
    )


def _numbered(names: "ir.Table") -> "ir.Table":
    """A table of names, each once, with their numbers in the order of names."""
    number = ibis.row_number().over(order_by=names.name)
    numbered: ir.Table = names.mutate(number=number).cache()
    return numbered


def _names(numbered: "ir.Table") -> Sequence[str]:
    names: Sequence[str] = numbered.order_by("number").name.to_pyarrow().to_pylist()
    return names
