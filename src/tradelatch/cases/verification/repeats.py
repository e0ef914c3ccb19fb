"""Rows that one file of a victim has twice: each trade counts once.

What was pasted twice is left out before anything else. Of rows that stand side by side and are the
same in everything, as fills of one order at one price are, no more count than the exchange's table
or the public tape has, where it has any of them. Where nothing else tells, they count, and that
there are many of them is told; if every row of a file stands as often, it is withheld.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from fractions import Fraction

from tradelatch.cases.verification.confirmed import Confirmation
from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt, RowRef, Weight
from tradelatch.exports.records import Export, Traded
from tradelatch.exports.repeats import MANY, pasted, unlined, unnumbered

_MOMENTS = 10
"""In fewer, each of an account's trades may have been filled in equal halves."""


def once(export: Export) -> tuple[list[Traded], list[Doubt]]:
    """The trades of a file, each once; and what was left out. What was cancelled before anything
    was filled is no trade."""
    rows = unnumbered(export.trades)
    again = pasted(rows)
    trades = [one for one in rows if one.quantity > 0 and one.line not in again]
    if not again:
        return trades, []
    says = (
        f"{len(again)} of {len(export.trades)} rows of {export.name} stand in it a second time, "
        "and count once"
    )
    left_out = tuple(RowRef(export.name, line) for line in sorted(again))
    return trades, [Doubt("duplicate", says, left_out, Weight.DOUBT)]


def firsts_first(valued: Sequence[Valued]) -> list[Valued]:
    """Rows that are the same as an earlier one come later, the second of two beside the third of
    four, so that they take only what others leave of recorded trades."""
    many, seen = Counter(map(_mark, valued)), Counter[tuple[str, Traded]]()
    places = []
    for one in valued:
        mark = _mark(one)
        places.append(Fraction(seen[mark], many[mark]))
        seen[mark] += 1
    ordered = sorted(zip(places, valued, strict=True), key=lambda placed: placed[0])
    return [one for _, one in ordered]


def not_recorded(
    valued: Sequence[Valued], confirmed: Confirmation
) -> tuple[list[Valued], list[Doubt]]:
    """The trades without those that are the same as a recorded one and were recorded less often;
    and what was left out."""
    recorded = {_mark(one) for one in valued if one.row in confirmed.by_row}
    beyond = [one for one in valued if one.row not in confirmed.by_row and _mark(one) in recorded]
    if not beyond:
        return list(valued), []
    rows = tuple(one.row for one in beyond)
    says = (
        f"{len(rows)} rows are the same as others in everything, and were recorded less often: "
        "they count as often as they were recorded"
    )
    left_out = set(rows)
    kept = [one for one in valued if one.row not in left_out]
    return kept, [Doubt("duplicate", says, rows, Weight.DOUBT)]


def unexplained(
    valued: Sequence[Valued], recorded: Set[RowRef], in_history: Set[RowRef]
) -> Iterator[Doubt]:
    """Of each file, the rows that are the same as an earlier one, if those are many.

    Args:
        recorded: the rows that others recorded, or that were left out by what they did.
        in_history: those of the victim's own transaction history, which may be pasted twice too.
    """
    files: defaultdict[str, list[Valued]] = defaultdict(list)
    for one in valued:
        files[one.row.file].append(one)
    for name, rows in files.items():
        each = _each(rows)
        again = _again(rows, each)
        known = recorded if each > 1 else recorded | in_history
        unknown = tuple(row for row in again if row not in known)
        if len(unknown) > MANY * len(rows):
            yield _told(name, unknown, len(rows), each)


def _each(rows: Sequence[Valued]) -> int:
    """How often each row of a file stands there, if that is the same for all, or 1."""
    each = math.gcd(*Counter(unlined(one.trade) for one in rows).values())
    return each if len({one.trade.time_ns for one in rows}) >= _MOMENTS else 1


def _again(rows: Sequence[Valued], each: int) -> list[RowRef]:
    """The rows that are there already: all but the first, or all that a file would not have had
    before each was written so often."""
    many = Counter(unlined(one.trade) for one in rows)
    seen = Counter[Traded]()
    again = []
    for one in rows:
        mark = unlined(one.trade)
        seen[mark] += 1
        if seen[mark] > (many[mark] // each if each > 1 else 1):
            again.append(one.row)
    return again


def _told(name: str, again: tuple[RowRef, ...], many: int, each: int) -> Doubt:
    says = f"{len(again)} of {many} rows of {name} are the same as others of their moment"
    if each > 1:
        says = f"{says}, and each row stands there {each} times: it may have been pasted so often"
        return Doubt("repeated rows", says, again, Weight.WITHHELD)
    says = f"{says}: they count, as fills of their own"
    return Doubt("repeated rows", says, again, Weight.DOUBT)


def _mark(one: Valued) -> tuple[str, Traded]:
    """What the same rows of one file have in common."""
    return one.row.file, unlined(one.trade)
