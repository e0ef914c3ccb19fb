"""What is published tells nobody apart: not in a cell, and not by what totals leave."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.cases.conclusions.breakdowns import NOT_EU, OF_EU
from tradelatch.cases.conclusions.figures import Breakdown, Cell
from tradelatch.cases.conclusions.suppression import LEAST, people, public

SIZES = st.lists(st.tuples(st.integers(1, 12), st.sampled_from((OF_EU, NOT_EU, ""))), max_size=12)


def breakdown(sizes: list[tuple[int, str]]) -> Breakdown:
    cells = []
    for number, (size, part) in enumerate(sizes):
        names = tuple(f"V-{number}-{each}" for each in range(size))
        loss = Decimal(100 * size + number)
        cells.append(Cell(f"c{number}", f"c{number}", names, loss, loss, part))
    return Breakdown("country", "By country", tuple(cells))


def equations(found: Breakdown, shown: Breakdown | None) -> np.ndarray:
    """What a reader knows: a row for each shown cell, the total, and each part's total where
    the parts are told; a column for each cell as it was."""
    columns = {cell.name: number for number, cell in enumerate(found.cells)}
    rows = [[1.0] * len(columns)]
    for cell in shown.cells if shown else ():
        members = cell.merged or (cell.name,)
        rows.append([1.0 if name in members else 0.0 for name in columns])
    parts = {cell.part for cell in shown.cells} if shown else set()
    rows.extend(
        [1.0 if cell.part == part else 0.0 for cell in found.cells]
        for part in (parts if len(parts) > 1 else ())
    )
    return np.array(rows)


def is_told(known: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether a sum of cells follows from what is known, in linear algebra."""
    rank = np.linalg.matrix_rank(known)
    return bool(np.linalg.matrix_rank(np.vstack([known, wanted])) == rank)


@given(SIZES)
def test_no_small_cell_follows_from_what_is_shown(sizes: list[tuple[int, str]]) -> None:
    found = breakdown(sizes)
    if sum(size for size, _ in sizes) < LEAST:
        assert public(found) is None
        return
    known = equations(found, public(found))
    for number, cell in enumerate(found.cells):
        if len(cell.victims) < LEAST and len(found.cells) > 1:
            wanted = np.eye(len(found.cells))[number]
            assert not is_told(known, wanted), f"{cell.name} is told"


@given(SIZES)
def test_whatever_is_shown_is_large_and_sums_to_the_whole(sizes: list[tuple[int, str]]) -> None:
    found = breakdown(sizes)
    shown = public(found)
    if shown is None:
        return
    assert all(len(people([cell])) >= LEAST for cell in shown.cells)
    assert all(len(cell.merged) != 1 for cell in shown.cells)
    assert sum(cell.loss for cell in shown.cells) == sum(cell.loss for cell in found.cells)
    assert people(shown.cells) == people(found.cells)


@given(SIZES)
def test_parts_are_told_only_where_each_holds_enough(sizes: list[tuple[int, str]]) -> None:
    shown = public(breakdown(sizes))
    parts = {cell.part for cell in shown.cells} if shown else set()
    for part in parts if len(parts) > 1 else ():
        assert shown is not None
        assert len(people([cell for cell in shown.cells if cell.part == part])) >= LEAST


def test_a_single_small_cell_takes_the_next_with_it() -> None:
    shown = public(breakdown([(10, ""), (1, ""), (28, ""), (47, "")]))
    assert shown is not None
    assert [(len(cell.victims), cell.merged) for cell in shown.cells] == [
        (47, ()),
        (28, ()),
        (11, ("c0", "c1")),
    ]
