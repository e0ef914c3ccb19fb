"""Prints of a public tape that several victims have.

A print has one buyer and one seller. So of two victims' purchases no more count than the tape has
prints of: first those of whom another record shows that they are theirs, as with copied trades; of
such as nothing tells apart, neither's. Prints may hold several fills, and are shared by quantity.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec

from tradelatch.cases.verification.checked import Checked
from tradelatch.cases.verification.confirmed import Recorders
from tradelatch.cases.verification.copies import Shown
from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verification.recorded import Left, Recordings
from tradelatch.cases.verified import Doubt, RowRef, Weight
from tradelatch.model.orders import Side

_BY_TABLE = 2
"""What `Shown.how_well` calls a row that the exchange's table has: a tape may lack it."""


class _Claim(msgspec.Struct, frozen=True):
    """A victim's trade that a tape has, and how well it is shown to be theirs."""

    name: str
    valued: Valued
    how_well: int

    @property
    def order(self) -> tuple[object, ...]:
        """The best shown first, then the largest, which fewer prints can hold."""
        trade = self.valued.trade
        return -self.how_well, -trade.quantity, trade.time_ns, self.name, self.valued.row


def taken_twice(
    checked: Mapping[str, Checked], shown: Mapping[str, Shown], recorders: Recorders
) -> Iterator[tuple[str, Doubt]]:
    """Trades of which the tapes have fewer prints than several victims together: the victim and
    what there is to explain. Trades that count for nothing already take no print."""
    for exchange, tape in recorders.tapes.items():
        rows: defaultdict[tuple[str, str], dict[RowRef, bool]] = defaultdict(dict)
        for claims in _claims(exchange, tape, checked, shown):
            for one, against in _contested(claims, tape):
                is_better = against.how_well > one.how_well
                rows[one.name, against.name][one.valued.row] = is_better
        for (name, other), mine in sorted(rows.items()):
            says = _sentence(len(mine), other, is_told=all(mine.values()))
            yield name, Doubt("same print", says, tuple(sorted(mine)), Weight.WITHHELD)


def _sentence(many: int, other: str, *, is_told: bool) -> str:
    says = f"{many} trades are on the public tape, but not for {other} too, who has the same"
    if is_told:
        return f"{says} and whose they are by another record"
    return f"{says}, and nothing tells whose they are: they count for neither until something does"


def _claims(
    exchange: str, tape: Recordings, checked: Mapping[str, Checked], shown: Mapping[str, Shown]
) -> Iterable[Sequence[_Claim]]:
    """What several victims have on a tape at one price of one market and side."""
    found: defaultdict[tuple[str, Side, Decimal], list[_Claim]] = defaultdict(list)
    for name, one in checked.items():
        if exchange not in ("", one.exchange):
            continue
        for valued in one.sound:
            trade = valued.trade
            if valued.row in one.confirmed.by_row and tape.candidates(trade):
                claim = _Claim(name, valued, shown[name].how_well([valued.row]))
                found[trade.symbol, trade.side, trade.price].append(claim)
    return [claims for claims in found.values() if len({one.name for one in claims}) > 1]


def _contested(claims: Sequence[_Claim], tape: Recordings) -> Iterator[tuple[_Claim, _Claim]]:
    """Claims that are not to be counted, and the one that each contends with."""
    left = Left()
    holders: defaultdict[RowRef, list[_Claim]] = defaultdict(list)
    ordered = sorted(claims, key=lambda one: one.order)
    for how_well, as_good in groupby(ordered, lambda one: one.how_well):
        # A print of just its quantity is a trade's own: parts are taken of what that leaves.
        for one in _without_own(as_good, tape, left, holders):
            if prints := tape.take(one.valued.trade, left):
                for found in prints:
                    holders[found.row].append(one)
            elif how_well < _BY_TABLE:
                candidates = tape.candidates(one.valued.trade)
                there = [held for found in candidates for held in holders[found.row]]
                for other in _alike(one, [held for held in there if held.name != one.name]):
                    yield one, other
                    if other.how_well == how_well:
                        yield other, one


def _without_own(
    claims: Iterable[_Claim],
    tape: Recordings,
    left: Left,
    holders: dict[RowRef, list[_Claim]],
) -> list[_Claim]:
    """Those for which no print of just their quantity is left; `holders` hears of the others."""
    rest = []
    for one in claims:
        trade = one.valued.trade
        own = [
            found
            for found in tape.candidates(trade)
            if found.quantity == left.of(found, trade.side) == trade.quantity
        ]
        prints = left.one(own, trade)
        for found in prints:
            holders[found.row].append(one)
        if not prints:
            rest.append(one)
    return rest


def _alike(one: _Claim, others: Sequence[_Claim]) -> Sequence[_Claim]:
    """Those of the same quantity, or else all."""
    quantity = one.valued.trade.quantity
    return [held for held in others if held.valued.trade.quantity == quantity] or others
