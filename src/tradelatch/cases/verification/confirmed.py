"""Whether others recorded a victim's trades: the grade of each, and what nobody could have traded.

An exchange's own table with both sides counts most: the account that most of a victim's trades
belong to is the victim's. A trade that stands there with another price or quantity was changed;
one at a price far from all that a public tape has of its very minute was never made. What is only
lacking is no proof: tables are handed out in parts, tapes lose trades, exports tell whole orders.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verification.recorded import Left, Recorded, Recordings
from tradelatch.cases.verified import Doubt, Grade, RowRef, Weight
from tradelatch.exports.records import Traded
from tradelatch.model.clock import MS
from tradelatch.model.money import plain
from tradelatch.model.orders import Side

_ASKED = 200
"""At most so many trades tell whose they are."""
_ROUNDED = Decimal("0.01")
"""Prices and quantities are rounded by less than this share."""


class Confirmed(msgspec.Struct, frozen=True):
    """How well a row is shown, and by which recorded trades: one, or the fills of an order."""

    grade: Grade
    trades: tuple[Recorded, ...]

    def counterparty(self, side: Side) -> str:
        """Who was on the other side; "" where it is not told, or there are several."""
        others = {one.other(side) for one in self.trades}
        return others.pop() if len(others) == 1 else ""


class Confirmation(msgspec.Struct):
    """What others recorded of one victim's trades.

    Attributes:
        account: the victim's, in the exchange's table; "" if it has none.
        by_row: what confirms a row, and how well.
        doubts: rows that nobody could have traded, and such as are missing.
    """

    account: str = ""
    by_row: dict[RowRef, Confirmed] = {}
    doubts: list[Doubt] = []

    def grade(self, row: RowRef) -> Grade:
        """How well a row is shown."""
        found = self.by_row.get(row)
        return found.grade if found else Grade.ARITHMETIC

    @property
    def shown(self) -> set[RowRef]:
        """The rows that the exchange's table has."""
        return {row for row, one in self.by_row.items() if one.grade is Grade.BOTH_SIDES}


class Recorders(msgspec.Struct):
    """All recordings of a case: by exchange; tapes of no named exchange are under ""."""

    tables: Mapping[str, Recordings]
    tapes: Mapping[str, Recordings]

    def table(self, exchange: str) -> Recordings | None:
        """An exchange's own."""
        return self.tables.get(exchange)

    def tapes_of(self, exchange: str) -> list[Recordings]:
        """Those that an exchange's trades have to be on."""
        return [self.tapes[name] for name in (exchange, "") if name in self.tapes]


def confirm(
    exchange: str, valued: Sequence[Valued], recorders: Recorders, told: str, far: Decimal
) -> Confirmation:
    """Look for each trade of a victim in what others recorded.

    Args:
        told: the account that the victim is said to have; "" if nothing is.
        far: a price is impossible that is outside of what a tape has by more than this share.
    """
    found = Confirmation()
    table = recorders.table(exchange)
    if table:
        _by_table(found, valued, table, told)
    for tape in recorders.tapes_of(exchange):
        _by_tape(found, valued, tape, far)
    return found


def _by_table(found: Confirmation, valued: Sequence[Valued], table: Recordings, told: str) -> None:
    account = _account(valued, table, told)
    if account and told and account != told:
        says = f"the trades are those of account {account}, and the victim's is told to be {told}"
        rows = tuple(one.row for one in valued)
        # An account that the table has not at all may be told by another of its names.
        is_known = bool(table.of_account(told))
        weight = Weight.WITHHELD if is_known else Weight.DOUBT
        found.doubts.append(Doubt("another account", says, rows, weight))
        if is_known:
            return
    found.account = account
    if not account:
        return
    left = Left()
    for one in valued:
        if trades := table.take(one.trade, left, account):
            found.by_row[one.row] = Confirmed(Grade.BOTH_SIDES, trades)
    used = {trade.row for one in found.by_row.values() for trade in one.trades}
    missing = [one for one in table.of_account(account) if one.row not in used]
    found.doubts += _lacking_in_table(found, valued, missing)
    found.doubts += _missing(missing, account)


def _account(valued: Sequence[Valued], table: Recordings, told: str) -> str:
    """To which account most of the trades belong; "" if none has half of them. Of many trades some
    are asked, from all of the time."""
    votes = Counter[str]()
    asked = valued[:: len(valued) // _ASKED + 1]
    for one in asked:
        votes.update(table.accounts(one.trade))
    likeliest = min(votes, key=lambda name: (-votes[name], name != told, name), default="")
    return likeliest if likeliest and 2 * votes[likeliest] >= len(asked) else ""


def _lacking_in_table(
    found: Confirmation, valued: Sequence[Valued], missing: Sequence[Recorded]
) -> Iterator[Doubt]:
    """Trades within the account's time that the table does not have. Where it has another price or
    quantity for one, that was changed; where it has none, the table may be a part."""
    theirs = Recordings(missing)
    of_account = [trade.time_ms for one in found.by_row.values() for trade in one.trades]
    times = [*of_account, *(one.time_ms for one in missing)]
    first, last = min(times) // 1_000, max(times) // 1_000
    lacking = [
        one
        for one in valued
        if one.row not in found.by_row and first <= one.trade.time_ns // MS // 1_000 <= last
    ]
    changed = [one for one in lacking if _contradicts(one.trade, theirs, found.account)]
    kind = "not in the exchange's table"
    if changed:
        says = (
            f"{len(changed)} trades stand in the exchange's table of account {found.account} with "
            "another price or quantity"
        )
        yield Doubt(kind, says, tuple(one.row for one in changed), Weight.FORGERY)
    says = (
        f"trades that are not in the exchange's table of account {found.account}, which has "
        "others of that time: it may be a part"
    )
    yield from _unshown(kind, says, _without(lacking, changed))


def _contradicts(trade: Traded, theirs: Recordings, account: str) -> bool:
    """Whether the account has a trade of this moment there, with one of price and quantity alike,
    and the other far from it."""
    return not trade.is_average and any(
        one.account(trade.side) == account
        and (one.price == trade.price or one.quantity == trade.quantity)
        and max(abs(one.price / trade.price - 1), abs(one.quantity / trade.quantity - 1)) > _ROUNDED
        for one in theirs.near(trade)
    )


def _missing(theirs: Sequence[Recorded], account: str) -> Iterator[Doubt]:
    if theirs:
        says = (
            f"the exchange's table has {len(theirs)} trades of account {account} that the export "
            "has not"
        )
        yield Doubt("missing rows", says, tuple(one.row for one in theirs), Weight.DOUBT)


def _by_tape(found: Confirmation, valued: Sequence[Valued], tape: Recordings, far: Decimal) -> None:
    left = Left()
    covered = [one for one in valued if tape.covers(one.trade.symbol, one.trade.time_ns // MS)]
    lacking = []
    for one in covered:
        if trades := tape.take(one.trade, left):
            found.by_row.setdefault(one.row, Confirmed(Grade.PUBLIC_TAPE, trades))
        else:
            lacking.append(one)
    beyond = [one for one in lacking if _is_beyond(one.trade, tape, far)]
    # Where most are lacking, times may be of another zone, or the tape of something else.
    weight = Weight.WITHHELD if 2 * len(lacking) > len(covered) else Weight.FORGERY
    if beyond:
        says = _impossible(beyond, tape)
        rows = tuple(one.row for one in beyond)
        found.doubts.append(Doubt("impossible price", says, rows, weight))
    says = "trades that are not on the public tape, which may have lost some"
    rest = _without(lacking, beyond)
    found.doubts += _unshown("not on the tape", says, rest, few=2 * len(lacking) <= len(covered))


def _is_beyond(trade: Traded, tape: Recordings, far: Decimal) -> bool:
    """Whether the tape, which recorded this very moment, has nothing near the price in a minute."""
    around = tape.range(trade.symbol, trade.time_ns // MS)
    if trade.is_average or around is None or not tape.near(trade):
        return False
    return trade.price > around[1] * (1 + far) or trade.price * (1 + far) < around[0]


def _without(rows: Sequence[Valued], others: Sequence[Valued]) -> list[Valued]:
    left_out = {one.row for one in others}
    return [one for one in rows if one.row not in left_out]


def _unshown(kind: str, says: str, rows: Sequence[Valued], *, few: bool = True) -> Iterator[Doubt]:
    """Trades that a recording lacks. A few single trades, among others that it has, have to be
    explained; an order's price is an average that no recording has, and counts by arithmetic."""
    for is_average in (False, True):
        mine = tuple(one.row for one in rows if one.trade.is_average is is_average)
        if mine:
            weight = Weight.WITHHELD if few and not is_average else Weight.DOUBT
            why = "; whole orders are not expected to be" if is_average else ""
            yield Doubt(kind, f"{len(mine)} {says}{why}", mine, weight)


def _impossible(rows: Sequence[Valued], tape: Recordings) -> str:
    first = rows[0].trade
    around = tape.range(first.symbol, first.time_ns // MS)
    told = f"from {plain(around[0])} to {plain(around[1])}" if around else "at no price"
    return (
        f"{len(rows)} trades are not on the public tape, the first {first.symbol} at "
        f"{plain(first.price)} on {_when(first.time_ns // MS)}, when it traded {told} within a "
        "minute"
    )


def _when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
