"""Trades that somebody else recorded: a market's public tape, an exchange's own table.

A trade of an export is found there by market, price and quantity within a second or two (exports
tell whole seconds). A tape may put fills of one moment and price together: then what is left of
such a print counts too. Each recorded trade confirms no more than
its quantity of one victim's trades.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from tradelatch.cases.verified import RowRef
from tradelatch.exports.records import Traded
from tradelatch.exports.refusal import BadCell, Rejected
from tradelatch.exports.sheet import Row, Sheet
from tradelatch.model.clock import MINUTE, MS
from tradelatch.model.orders import Side

_EARLIER_MS, _LATER_MS = 1_000, 2_000
AROUND_MS = MINUTE // MS


class Recorded(msgspec.Struct, frozen=True):
    """One of them; the accounts are "" on a public tape."""

    row: RowRef
    time_ms: int
    symbol: str
    price: Decimal
    quantity: Decimal
    trade_id: str = ""
    buyer: str = ""
    seller: str = ""

    def account(self, side: Side) -> str:
        """Who bought or sold."""
        return self.buyer if side is Side.BUY else self.seller

    def other(self, side: Side) -> str:
        """Who was on the other side of a purchase or sale."""
        return self.seller if side is Side.BUY else self.buyer


Left: TypeAlias = dict[tuple[RowRef, Side], Decimal]
"""What is left of recorded trades, of each side of them."""


class Recordings:
    """Recorded trades of any markets."""

    def __init__(self, trades: Iterable[Recorded]) -> None:
        """In any order."""
        markets: defaultdict[str, list[Recorded]] = defaultdict(list)
        for trade in trades:
            markets[trade.symbol].append(trade)
        self._markets = {
            symbol: sorted(one, key=lambda trade: (trade.time_ms, trade.row))
            for symbol, one in markets.items()
        }
        self._times = {s: [trade.time_ms for trade in one] for s, one in self._markets.items()}

    def covers(self, symbol: str, moment_ms: int) -> bool:
        """Whether a moment lies between the first and the last trade of a market."""
        times = self._times.get(symbol)
        return times is not None and times[0] - _LATER_MS <= moment_ms <= times[-1] + _LATER_MS

    def candidates(self, trade: Traded) -> Sequence[Recorded]:
        """Those that may be a trade: of its market, price and moment."""
        found = self._between(trade.symbol, trade.time_ns // MS, _EARLIER_MS, _LATER_MS)
        return [one for one in found if one.price == trade.price]

    def take(self, trade: Traded, left: Left, account: str = "") -> Recorded | None:
        """The one that confirms a trade (of an account, if it is named); None if there is none.

        Args:
            left: what earlier trades left of recorded ones; is changed.
        """
        fitting = [
            one
            for one in self.candidates(trade)
            if (not account or one.account(trade.side) == account)
            and left.get((one.row, trade.side), one.quantity) >= trade.quantity
        ]
        if not fitting:
            return None

        def rest(one: Recorded) -> Decimal:
            return left.get((one.row, trade.side), one.quantity) - trade.quantity

        at = trade.time_ns // MS
        best = min(fitting, key=lambda one: (rest(one), abs(one.time_ms - at)))
        left[best.row, trade.side] = rest(best)
        return best

    def range(
        self, symbol: str, moment_ms: int, around_ms: int = AROUND_MS
    ) -> tuple[Decimal, Decimal] | None:
        """Lowest and highest price within a minute (or `around_ms`) of a moment; None if nothing
        traded."""
        found = self._between(symbol, moment_ms, around_ms, around_ms + 1_000)
        prices = [one.price for one in found]
        return (min(prices), max(prices)) if prices else None

    def of_account(self, account: str) -> list[Recorded]:
        """All trades of an account, in the order of time."""
        found = [
            one
            for trades in self._markets.values()
            for one in trades
            if account in (one.buyer, one.seller)
        ]
        return sorted(found, key=lambda one: (one.time_ms, one.row))

    def _between(self, symbol: str, at: int, before: int, after: int) -> Sequence[Recorded]:
        times = self._times.get(symbol, [])
        first, end = bisect_left(times, at - before), bisect_right(times, at + after)
        return self._markets.get(symbol, [])[first:end]


def recorded_of(sheet: Sheet) -> list[Recorded]:
    """The trades of a tape or of an exchange's table; rows that hold none are added to its
    rejected ones."""
    trades = []
    for row in sheet.rows:
        try:
            trades.append(_recorded(row))
        except BadCell as error:
            sheet.rejected.append(Rejected(row.line, str(error)))
    return trades


def _recorded(row: Row) -> Recorded:
    price, quantity = row.number("price"), row.number("quantity")
    if price <= 0 or quantity <= 0:
        raise BadCell("prices and quantities are above zero")
    return Recorded(
        RowRef(row.sheet.name, row.line),
        row.ms("time"),
        market_of(row),
        price,
        quantity,
        row.text("id"),
        row.text("buyer"),
        row.text("seller"),
    )


def market_of(row: Row) -> str:
    """As ``BASE/QUOTE``."""
    return row.text("symbol").upper().replace("-", "/").replace("_", "/")
