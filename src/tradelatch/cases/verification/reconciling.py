"""Trades against the account's transaction history: what each trade did has to stand there.

A trade adds base and takes quote (or the other way), and takes a fee. In the history those are
lines of the same second; some exchanges put those of one order together, so that sums are compared
where lines are not found one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt, RowRef, Weight
from tradelatch.exports.numbers import last_place
from tradelatch.exports.records import Export, Moved, Traded
from tradelatch.model.clock import SECOND
from tradelatch.model.markets import split_symbol
from tradelatch.model.orders import Side

TRADING = (
    *("buy", "sell", "fee", "match", "trade", "commission", "rebate"),
    *("transaction related", "transaction buy", "transaction spend", "transaction sold"),
    *("transaction revenue", "transaction fee", "large otc trading"),
)
"""What histories call the lines that trades leave (in lower case)."""
_PLACES = Decimal("1e-8")
_Change = tuple[str, Decimal]


class Reconciled(msgspec.Struct):
    """What came of it: one sentence, doubts, and the rows whose trades the histories have."""

    says: str
    doubts: list[Doubt]
    found: set[RowRef]


def reconcile(valued: Sequence[Valued], histories: Sequence[Export]) -> Reconciled:
    """The trades that lie within the time of the histories, against their lines."""
    lines = [(RowRef(one.name, moved.line), moved) for one in histories for moved in one.movements]
    seconds: defaultdict[int, list[tuple[RowRef, Moved]]] = defaultdict(list)
    for row, moved in lines:
        if moved.kind.casefold() in TRADING:
            seconds[moved.time_ns // SECOND].append((row, moved))
    first = min(moved.time_ns for _, moved in lines) // SECOND
    last = max(moved.time_ns for _, moved in lines) // SECOND
    trades: defaultdict[int, list[Valued]] = defaultdict(list)
    for one in valued:
        if first <= one.trade.time_ns // SECOND <= last:
            trades[one.trade.time_ns // SECOND].append(one)
    lacking: list[Valued] = []
    unexplained: list[RowRef] = []
    for second in sorted({*trades, *seconds}):
        left_trades, left_lines = _in_second(trades.get(second, []), seconds.get(second, []))
        lacking += left_trades
        unexplained += left_lines
    many = sum(map(len, trades.values()))
    return Reconciled(
        _sentence(many, len(valued), len(lacking), len(unexplained)),
        [*_lacking(lacking, many), *_unexplained(unexplained)],
        {one.row for rows in trades.values() for one in rows} - {one.row for one in lacking},
    )


def _in_second(
    trades: Sequence[Valued], lines: Sequence[tuple[RowRef, Moved]]
) -> tuple[list[Valued], list[RowRef]]:
    """Trades and lines of one second that have no counterpart."""
    there = Counter((moved.asset, moved.change) for _, moved in lines)
    left = []
    for one in trades:
        needed = Counter(changes(one.trade))
        if needed <= there or (needed := _rounded(one.trade, there)):
            there -= needed
        else:
            left.append(one)
    rest = _rest(lines, there)
    if _sums(change for one in left for change in changes(one.trade)) == _sums(there.elements()):
        return [], []
    return left, rest


def _rounded(trade: Traded, there: Mapping[_Change, int]) -> Counter[_Change]:
    """The lines that are a trade's to the last place of its export; none if one is lacking."""
    found = Counter[_Change]()
    for asset, change in changes(trade):
        near = (
            (abs(line - change), (of, line))
            for (of, line), many in there.items()
            if of == asset and found[of, line] < many
        )
        off, line = min(near, default=(last_place(change), None))
        if line is None or off > last_place(change):
            return Counter()
        found[line] += 1
    return found


def _rest(lines: Sequence[tuple[RowRef, Moved]], there: Mapping[_Change, int]) -> list[RowRef]:
    left = Counter(there)
    rows = []
    for row, moved in reversed(lines):
        if left[moved.asset, moved.change] > 0:
            left[moved.asset, moved.change] -= 1
            rows.append(row)
    return rows[::-1]


def _sums(changes_made: Iterator[_Change]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for asset, change in changes_made:
        sums[asset] += change
    return {asset: change for asset, change in sums.items() if change}


def changes(trade: Traded) -> list[_Change]:
    """What a trade did to the account, as histories have it."""
    base, quote = split_symbol(trade.symbol)
    sign = 1 if trade.side is Side.BUY else -1
    amount = trade.amount
    if amount is None:
        amount = (trade.price * trade.quantity).quantize(_PLACES)
    made = [(base, sign * trade.quantity), (quote, -sign * amount)]
    return [*made, (trade.fee_asset, -trade.fee)] if trade.fee else made


def _lacking(trades: Sequence[Valued], many: int) -> Iterator[Doubt]:
    if not trades:
        return
    rows = tuple(one.row for one in trades)
    if 2 * len(trades) > many:
        says = (
            f"{len(trades)} of {many} trades are not in the transaction history: it may be of "
            "another account, or of a part of it"
        )
        yield Doubt("history", says, rows, Weight.DOUBT)
        return
    first = trades[0].trade
    says = (
        f"{len(trades)} trades are not in the account's transaction history, the first in line "
        f"{first.line} ({first.symbol}): it may be a part"
    )
    yield Doubt("not in the history", says, rows, Weight.WITHHELD)


def _unexplained(rows: Sequence[RowRef]) -> Iterator[Doubt]:
    if rows:
        says = f"{len(rows)} lines of the transaction history belong to no trade of the export"
        yield Doubt("missing rows", says, tuple(rows), Weight.DOUBT)


def _sentence(covered: int, many: int, lacking: int, unexplained: int) -> str:
    outside = many - covered
    parts = [f"{covered - lacking} of {covered} trades stand in the transaction history"]
    if outside:
        parts.append(f"{outside} lie outside of its time")
    if unexplained:
        parts.append(f"{unexplained} of its lines belong to no trade")
    return "; ".join(parts)
