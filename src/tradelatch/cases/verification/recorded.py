"""Trades that somebody else recorded: a market's public tape, an exchange's own table.

A trade of an export is found there by market, price and quantity within a second or two (exports
tell whole seconds). A tape may put fills of one moment and price together, and so may an export:
then what is left of such a print counts too, and several of them. An order is found where an
account is known, by all of its fills. Each recorded trade confirms no more than its quantity of
one account's purchases, and as much of its sales: it has two sides.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

import msgspec
from msgspec.structs import astuple

from tradelatch.cases.verified import RowRef
from tradelatch.exports.numbers import last_place
from tradelatch.exports.records import Traded
from tradelatch.exports.refusal import BadCell, Rejected
from tradelatch.exports.sheet import Row, Sheet
from tradelatch.model.clock import DAY, MINUTE, MS
from tradelatch.model.orders import Side

_EARLIER_MS, _LATER_MS = 1_000, 2_000
_AROUND_MS = MINUTE // MS
_ORDER_MS = DAY // MS


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


class Left:
    """What one account's trades left of recorded ones, on either side: a print has two."""

    def __init__(self) -> None:
        """Nothing is taken yet."""
        self._left: dict[tuple[RowRef, Side], Decimal] = {}

    def of(self, one: Recorded, side: Side) -> Decimal:
        """How much of a print is left."""
        return self._left.get((one.row, side), one.quantity)

    def one(self, fitting: Sequence[Recorded], trade: Traded) -> tuple[Recorded, ...]:
        """The print with the least left that holds a trade."""
        at = trade.time_ns // MS
        enough = [one for one in fitting if self.of(one, trade.side) >= trade.quantity]
        best = min(
            enough, key=lambda one: (self.of(one, trade.side), abs(one.time_ms - at)), default=None
        )
        return self._taken((best,), trade) if best else ()

    def several(self, fitting: Sequence[Recorded], trade: Traded) -> tuple[Recorded, ...]:
        """Prints that hold it together."""
        held = Decimal(0)
        there = [one for one in fitting if self.of(one, trade.side)]
        for end, one in enumerate(there, 1):
            held += self.of(one, trade.side)
            if held >= trade.quantity:
                return self._taken(there[:end], trade)
        return ()

    def run(self, prints: Sequence[Recorded], trade: Traded) -> tuple[Recorded, ...]:
        """Prints in a row whose quantities come to that of an order, and their average to its
        price, as it is rounded."""
        there = [one for one in prints if self.of(one, trade.side) == one.quantity]
        first, held = 0, Decimal(0)
        for end, last in enumerate(there, 1):
            held += last.quantity
            while held > trade.quantity:
                held -= there[first].quantity
                first += 1
            fills = there[first:end]
            if held == trade.quantity and _average_is(fills, trade):
                return self._taken(fills, trade)
        return ()

    def _taken(self, fills: Sequence[Recorded], trade: Traded) -> tuple[Recorded, ...]:
        rest = trade.quantity
        for one in fills:
            there = self.of(one, trade.side)
            self._left[one.row, trade.side] = there - min(there, rest)
            rest -= min(there, rest)
        return tuple(fills)


def _average_is(fills: Sequence[Recorded], trade: Traded) -> bool:
    paid = sum((one.price * one.quantity for one in fills), Decimal(0))
    return abs(paid / trade.quantity - trade.price) <= last_place(trade.price)


class Recordings:
    """Recorded trades of any markets."""

    def __init__(self, trades: Sequence[Recorded]) -> None:
        """In any order."""
        markets: defaultdict[str, list[Recorded]] = defaultdict(list)
        for trade in trades:
            markets[trade.symbol].append(trade)
        self._markets = {
            symbol: sorted(one, key=lambda trade: (trade.time_ms, trade.row))
            for symbol, one in markets.items()
        }
        self._times = {s: [trade.time_ms for trade in one] for s, one in self._markets.items()}
        self._accounts: defaultdict[str, list[Recorded]] = defaultdict(list)
        for one in sorted(trades, key=lambda one: (one.time_ms, one.row)):
            for account in {one.buyer, one.seller} - {""}:
                self._accounts[account].append(one)

    def covers(self, symbol: str, moment_ms: int) -> bool:
        """Whether a moment lies between the first and the last trade of a market."""
        times = self._times.get(symbol)
        return times is not None and times[0] - _LATER_MS <= moment_ms <= times[-1] + _LATER_MS

    def candidates(self, trade: Traded) -> Sequence[Recorded]:
        """Those that may be a trade: of its market, price and moment."""
        return [one for one in self.near(trade) if one.price == trade.price]

    def accounts(self, trade: Traded) -> set[str]:
        """Whose a trade may be."""
        single = {
            one.account(trade.side)
            for one in self.candidates(trade)
            if one.quantity == trade.quantity
        } - {""}
        if single or not trade.is_average:
            return single
        likely: defaultdict[str, list[Recorded]] = defaultdict(list)
        for one in self._between(trade.symbol, trade.time_ns // MS, _ORDER_MS, _ORDER_MS):
            likely[one.account(trade.side)].append(one)
        return {name for name, prints in likely.items() if name and Left().run(prints, trade)}

    def near(self, trade: Traded) -> Sequence[Recorded]:
        """Whatever was recorded of its market at its moment."""
        return self._between(trade.symbol, trade.time_ns // MS, _EARLIER_MS, _LATER_MS)

    def take(self, trade: Traded, left: Left, account: str = "") -> tuple[Recorded, ...]:
        """Those that confirm a trade (of an account, if it is named): one print, or several of one
        price and moment that an export has as one, or the fills of an order; () if there are none.

        Args:
            left: what this account's other trades left of recorded ones; is changed.
        """
        fitting = [
            one
            for one in self.candidates(trade)
            if not account or one.account(trade.side) == account
        ]
        found = left.one(fitting, trade) or left.several(fitting, trade)
        if not found and account and trade.is_average:
            found = left.run(self._of_order(trade, account), trade)
        return found

    def _of_order(self, trade: Traded, account: str) -> Sequence[Recorded]:
        """What an account traded on a side of a market within the day of an order's time, which is
        that of its first fill or of its last."""
        theirs, at = self.of_account(account), trade.time_ns // MS
        first = bisect_left(theirs, at - _ORDER_MS, key=lambda one: one.time_ms)
        end = bisect_right(theirs, at + _ORDER_MS, key=lambda one: one.time_ms)
        return [
            one
            for one in theirs[first:end]
            if one.symbol == trade.symbol and one.account(trade.side) == account
        ]

    def range(self, symbol: str, moment_ms: int) -> tuple[Decimal, Decimal] | None:
        """Lowest and highest price within a minute of a moment; None if nothing traded."""
        prices = [
            one.price for one in self._between(symbol, moment_ms, _AROUND_MS, _AROUND_MS + 1_000)
        ]
        return (min(prices), max(prices)) if prices else None

    def of_account(self, account: str) -> list[Recorded]:
        """All trades of an account, in the order of time."""
        return self._accounts.get(account, [])

    def _between(self, symbol: str, at: int, before: int, after: int) -> Sequence[Recorded]:
        times = self._times.get(symbol, [])
        first, end = bisect_left(times, at - before), bisect_right(times, at + after)
        return self._markets.get(symbol, [])[first:end]


def once(trades: Sequence[Recorded]) -> list[Recorded]:
    """Each trade once, where files overlap or one has a trade's id twice; of such without ids that
    are alike as many as the file with most of them has. `trades` are file by file."""
    most = Counter[tuple[object, ...]]()
    kept = []
    for _, file in groupby(trades, lambda one: one.row.file):
        here = Counter[tuple[object, ...]]()
        for one in file:
            mark = astuple(one)[1:]
            here[mark] += 1
            if here[mark] > most[mark] and not (one.trade_id and most[mark]):
                most[mark] = here[mark]
                kept.append(one)
    return kept


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
