"""Whether others recorded a victim's trades: the grade of each, and what nobody could have traded.

An exchange's own table with both sides counts most: the account that most of a victim's trades
belong to is the victim's, and what the table does not have of it was never traded. On a public
tape, which has all trades of its market, every fill has to be found.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verification.recorded import AROUND_MS, Left, Recorded, Recordings
from tradelatch.cases.verified import Doubt, Grade, RowRef
from tradelatch.exports.records import Traded
from tradelatch.model.clock import DAY, MS
from tradelatch.model.money import plain

_DAY_MS = DAY // MS


class Confirmation(msgspec.Struct):
    """What others recorded of one victim's trades.

    Attributes:
        account: the victim's, in the exchange's table; "" if it has none.
        by_row: the recorded trade that confirms a row, and how well.
        doubts: rows that nobody could have traded, and such as are missing.
    """

    account: str = ""
    by_row: dict[RowRef, tuple[Grade, Recorded]] = {}
    doubts: list[Doubt] = []

    def grade(self, row: RowRef) -> Grade:
        """How well a row is shown."""
        found = self.by_row.get(row)
        return found[0] if found else Grade.ARITHMETIC


class Recorders(msgspec.Struct):
    """All recordings of a case: by exchange; tapes of no named exchange are under ""."""

    tables: Mapping[str, Recordings]
    tapes: Mapping[str, Recordings]

    def table(self, exchange: str) -> Recordings | None:
        """An exchange's own."""
        return self.tables.get(exchange)

    def covers(self, exchange: str, trade: Traded) -> bool:
        """Whether a tape has what was traded in that market then."""
        at = trade.time_ns // MS
        return any(tape.covers(trade.symbol, at) for tape in self.tapes_of(exchange))

    def tapes_of(self, exchange: str) -> list[Recordings]:
        """Those that an exchange's trades have to be on."""
        return [self.tapes[name] for name in (exchange, "") if name in self.tapes]


def confirm(exchange: str, valued: Sequence[Valued], recorders: Recorders) -> Confirmation:
    """Look for each trade of a victim in what others recorded."""
    found = Confirmation()
    table = recorders.table(exchange)
    if table:
        _by_table(found, valued, table)
    for tape in recorders.tapes_of(exchange):
        _by_tape(found, valued, tape)
    return found


def _by_table(found: Confirmation, valued: Sequence[Valued], table: Recordings) -> None:
    found.account = _account(valued, table)
    if not found.account:
        return
    left: Left = {}
    for one in valued:
        if trade := table.take(one.trade, left, found.account):
            found.by_row[one.row] = (Grade.BOTH_SIDES, trade)
    theirs = table.of_account(found.account)
    first, last = theirs[0].time_ms // 1_000, theirs[-1].time_ms // 1_000
    lacking = [
        one
        for one in valued
        if one.row not in found.by_row and first <= one.trade.time_ns // MS // 1_000 <= last
    ]
    for what, some, is_forgery in _trades_and_orders(lacking):
        says = f"{len(some)} {what} are not in the exchange's table of account {found.account}"
        rows = tuple(one.row for one in some)
        found.doubts.append(Doubt("not in the exchange's table", says, rows, is_forgery))
    used = {trade.row for _, trade in found.by_row.values()}
    found.doubts += _missing([one for one in theirs if one.row not in used], found.account)


def _account(valued: Sequence[Valued], table: Recordings) -> str:
    """To which account most of the trades belong; "" if none has half of them."""
    votes = Counter[str]()
    for one in valued:
        fitting = (t for t in table.candidates(one.trade) if t.quantity == one.trade.quantity)
        votes.update({trade.account(one.trade.side) for trade in fitting})
    likeliest = min(votes, key=lambda name: (-votes[name], name), default="")
    return likeliest if likeliest and 2 * votes[likeliest] >= len(valued) else ""


def _missing(theirs: Sequence[Recorded], account: str) -> Iterator[Doubt]:
    if theirs:
        says = (
            f"the exchange's table has {len(theirs)} trades of account {account} that the export "
            "has not"
        )
        yield Doubt("missing rows", says, tuple(one.row for one in theirs), False)


def _by_tape(found: Confirmation, valued: Sequence[Valued], tape: Recordings) -> None:
    left: Left = {}
    beyond: list[Valued] = []
    lacking: list[Valued] = []
    for one in valued:
        at = one.trade.time_ns // MS
        if not tape.covers(one.trade.symbol, at):
            continue
        trade = tape.take(one.trade, left)
        if trade:
            found.by_row.setdefault(one.row, (Grade.PUBLIC_TAPE, trade))
            continue
        around = tape.range(one.trade.symbol, at, _DAY_MS if one.trade.is_order else AROUND_MS)
        inside = around and around[0] <= one.trade.price <= around[1]
        (lacking if inside else beyond).append(one)
    found.doubts += _impossible("impossible price", beyond, tape)
    for _, some, is_forgery in _trades_and_orders(lacking):
        found.doubts += _impossible("not on the tape", some, tape, is_forgery)


def _trades_and_orders(rows: Sequence[Valued]) -> Iterator[tuple[str, Sequence[Valued], bool]]:
    """Rows that no record has: trades are forged; an order may have been several trades, at other
    prices than its average and at other times than its own."""
    for what, is_order in (("trades", False), ("orders", True)):
        if some := [one for one in rows if one.trade.is_order is is_order]:
            yield what, some, not is_order


def _impossible(
    kind: str, rows: Sequence[Valued], tape: Recordings, is_forgery: bool = True
) -> Iterator[Doubt]:
    if not rows:
        return
    first = rows[0].trade
    around = tape.range(first.symbol, first.time_ns // MS)
    told = f"from {plain(around[0])} to {plain(around[1])}" if around else "at no price"
    says = (
        f"{len(rows)} trades are not on the public tape, the first {first.symbol} at "
        f"{plain(first.price)} on {_when(first.time_ns // MS)}, when it traded {told} within a "
        "minute"
    )
    yield Doubt(kind, says, tuple(one.row for one in rows), is_forgery)


def contested(accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of exchange and account of each victim, those that several have: nobody's by the table."""
    return {account for account, many in Counter(accounts).items() if many > 1 and account[1]}


def _when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
