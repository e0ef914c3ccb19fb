"""Whether the balances of a transaction history run on.

A break is no proof of a forgery: histories are exported in parts, without some kinds of lines, or
with lines that could not be read. It is told, since it needs an explanation.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from tradelatch.cases.verified import Doubt, RowRef, Weight
from tradelatch.exports.numbers import last_place
from tradelatch.exports.records import Export, Moved
from tradelatch.model.money import ZERO, plain

_TOGETHER = 20
"""So many lines of one moment may be out of their order."""


def balances(history: Export) -> Iterator[Doubt]:
    """Each balance is the one before and the change; an account holds no less than nothing."""
    held: dict[tuple[str, str], Decimal] = {}
    low: dict[tuple[str, str], tuple[Decimal, Moved]] = {}
    for moved in _in_sequence(history.movements):
        place = (moved.account, moved.asset)
        before = held.get(place)
        if before is not None and not _follows(moved, before):
            yield _broken(history.name, moved, before)
        after = (before or ZERO) + moved.change if moved.balance is None else moved.balance
        held[place] = after
        if after < low.get(place, (ZERO, moved))[0]:
            low[place] = (after, moved)
    for (_, asset), (least, moved) in sorted(low.items(), key=lambda entry: entry[0]):
        says = (
            f"{history.name}: {plain(-least)} {asset} more left than came in, at line "
            f"{moved.line}: the history begins later, or rows are missing or added"
        )
        yield Doubt("balance", says, (RowRef(history.name, moved.line),), Weight.DOUBT)


def _broken(file: str, moved: Moved, before: Decimal) -> Doubt:
    says = (
        f"{file}, line {moved.line}: {plain(before)} and {plain(moved.change)} {moved.asset} make "
        f"{plain(before + moved.change)}, and the balance says {plain(moved.balance or ZERO)}: "
        "lines are missing, or one was changed"
    )
    return Doubt("broken arithmetic", says, (RowRef(file, moved.line),), Weight.DOUBT)


def _follows(moved: Moved, before: Decimal) -> bool:
    """Whether a line's balance is the one before and its change, exactly, unless balances are
    written to fewer places than changes."""
    if moved.balance is None:
        return True
    last = last_place(moved.balance)
    rounded = 2 * last if last > last_place(moved.change) else ZERO
    return abs(before + moved.change - moved.balance) <= rounded


def _in_sequence(movements: Sequence[Moved]) -> Iterator[Moved]:
    """In the order of time; within a moment, where files have lines in any order, so that balances
    run on if they can."""
    held: dict[tuple[str, str], Decimal] = {}
    for _, together in groupby(movements, key=lambda one: one.time_ns):
        left = list(together)
        while left:
            near = left[:_TOGETHER]
            fitting = (n for n, one in enumerate(near) if _fits(one, held, near))
            moved = left.pop(next(fitting, 0))
            if moved.balance is not None:
                held[moved.account, moved.asset] = moved.balance
            yield moved


def _fits(moved: Moved, held: dict[tuple[str, str], Decimal], others: Sequence[Moved]) -> bool:
    """Whether a line may be the next: it follows what is held; where nothing is known yet, it
    follows none of the others."""
    place = (moved.account, moved.asset)
    if place in held:
        return _follows(moved, held[place])
    return not any(
        _follows(moved, one.balance)
        for one in others
        if one is not moved and one.balance is not None and (one.account, one.asset) == place
    )
