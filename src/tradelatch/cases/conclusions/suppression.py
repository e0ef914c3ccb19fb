"""Small cells are not published: nobody is told apart by a table, nor by what a total leaves.

A cell of fewer than five people, or of fewer than five who lost anything, is put together with
others of the same part (such as the EU, which has a total of its own), the smallest first, until
the merged cell holds five people, and so two cells or more. A part that cannot make such a cell is
not told apart at all, and merged as a whole. So a total less what is shown always is a merged cell,
and never the cell of a few.
(Complementary suppression by merging: L. Willenborg and T. de Waal, Elements of Statistical
Disclosure Control, 2001, chapter 4.)
"""

from collections.abc import Sequence, Set

import msgspec

from tradelatch.cases.conclusions.figures import Breakdown, Cell
from tradelatch.cases.verified import RowRef
from tradelatch.model.money import ZERO

LEAST = 5
"""People in the smallest cell that is shown."""
OTHERS = "others"
_NAMED = 3


def public(found: Breakdown, losers: Set[str] | None = None) -> Breakdown | None:
    """A breakdown as it may be published; None if nothing of it may. `losers` are those who lost
    anything, everybody if they are not told."""
    lost = people(found.cells) if losers is None else losers
    cells: list[Cell] = []
    left: list[Cell] = []
    for part in sorted({cell.part for cell in found.cells}):
        inside = [cell for cell in found.cells if cell.part == part]
        shown, rest = _merged(inside, part, lost)
        cells += shown
        left += rest
    if left:
        # What no part can hide on its own, the whole hides; parts lose their totals by that.
        shown, rest = _merged([*(_without_part(cell) for cell in cells), *left], "", lost)
        if rest:
            return None
        cells = shown
    if len(cells) < 2:
        return None
    cells.sort(key=lambda cell: (bool(cell.merged), -cell.loss, cell.name))
    return Breakdown(found.name, found.title, tuple(cells))


def people(cells: Sequence[Cell]) -> set[str]:
    """Who stands in these cells."""
    return {name for cell in cells for name in cell.victims}


def are_few(names: Set[str], losers: Set[str]) -> bool:
    """Whether a count or a loss of these is about few: a sum to which few added is theirs."""
    return len(names) < LEAST or 0 < len(names & losers) < LEAST


def _merged(cells: Sequence[Cell], part: str, losers: Set[str]) -> tuple[list[Cell], list[Cell]]:
    """What is shown, and what could not be hidden in it."""
    ranked = sorted(cells, key=lambda cell: (len(cell.victims), cell.loss, cell.name))
    small = [cell for cell in ranked if are_few(set(cell.victims), losers)]
    large = [cell for cell in ranked if cell not in small]
    if not small:
        return large, []
    while large and are_few(people(small), losers):
        small.append(large.pop(0))
    if are_few(people(small), losers):
        return [], small
    return [*large, _one_of(small, part)], []


def _one_of(cells: Sequence[Cell], part: str) -> Cell:
    merged = tuple(sorted(name for cell in cells for name in (cell.merged or (cell.name,))))
    return Cell(
        f"{OTHERS}-{part}" if part else OTHERS,
        _label(cells, len(merged), part),
        tuple(sorted({name for cell in cells for name in cell.victims})),
        sum((cell.loss for cell in cells), ZERO),
        sum((cell.claimed for cell in cells), ZERO),
        part,
        _rows_of(cells),
        merged,
    )


def _label(cells: Sequence[Cell], many: int, part: str) -> str:
    """A few are named: that they are in it is no secret."""
    if many <= _NAMED:
        return " and ".join(cell.label for cell in sorted(cells, key=lambda cell: cell.name))
    return f"{many} others{f', {part}' if part else ''}"


def _rows_of(cells: Sequence[Cell]) -> tuple[RowRef, ...] | None:
    if any(cell.rows is None for cell in cells):
        return None
    return tuple(sorted({row for cell in cells for row in cell.rows or ()}))


def _without_part(cell: Cell) -> Cell:
    return msgspec.structs.replace(cell, part="")
