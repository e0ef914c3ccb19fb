"""What a kind of table looks like, and finding out which kind a file is."""

from collections.abc import Mapping, Sequence

import msgspec

from tradelatch.exports.cells import Line
from tradelatch.exports.refusal import Refused, listed
from tradelatch.exports.times import Order
from tradelatch.exports.words import normal

_ABOVE = 10
"""A header stands among so many first rows: some exports put name and date above it."""


class Layout(msgspec.Struct, frozen=True):
    """A kind of table.

    Attributes:
        name: such as ``binance trades``.
        columns: each field, and the names (`words.normal`) of columns that may hold it, the
            likeliest first. No column is taken for two fields; earlier fields choose first.
        needed: fields without which it is not this kind.
        numbers, times, dates: the fields that hold numbers, moments and days.
        zone: in which its times are where they do not say so; "" if nothing is known.
        zone_hint: what is to be thought of where they do not say so and `zone` is "".
        order: in which its dates are written where they do not tell.
    """

    name: str
    columns: Mapping[str, Sequence[str]]
    needed: Sequence[str]
    numbers: Sequence[str] = ()
    times: Sequence[str] = ()
    dates: Sequence[str] = ()
    zone: str = ""
    order: Order | None = None
    zone_hint: str = "--set zone=+02:00 for one"


class Found(msgspec.Struct, frozen=True):
    """The kind of a table: where its header is among the rows, the column of each field (an
    index), the zone that a time's column tells by its name, and the names of all columns as they
    are compared."""

    layout: Layout
    header: int
    columns: Mapping[str, int]
    zones: Mapping[str, str]
    names: Sequence[str]

    def column(self, field: str) -> str:
        """The name of a field's column, "" where there is none."""
        return self.names[self.columns[field]] if field in self.columns else ""


def find(
    lines: Sequence[Line], layouts: Sequence[Layout], mapping: Mapping[str, str], name: str
) -> Found | None:
    """The kind whose header stands in one of the first rows: of several the one that knows most
    of the columns, and of those the first; None if there is none.

    Args:
        mapping: fields to names of columns, as a person told them.

    Raises:
        Refused: a column that was named is not there, or there is no such field.
    """
    known = {field for layout in layouts for field in layout.columns}
    for field in mapping:
        if field not in known:
            raise Refused(f"{name}: there is no field {field!r} to map; use: {_listed(known)}")
    for number, line in enumerate(lines[:_ABOVE]):
        names = [normal(cell) for cell in line.cells]
        fitting = [
            found for one in layouts if (found := _fits(one, number, names, mapping)) is not None
        ]
        if fitting:
            return max(fitting, key=lambda found: len(found.columns))
    if mapping and lines:
        there = [normal(cell)[0] for line in lines[:_ABOVE] for cell in line.cells]
        for column in mapping.values():
            if normal(column)[0] not in there:
                raise Refused(f"{name}: has no column {column!r}; it has: {listed(lines[0].cells)}")
    return None


def lacking(lines: Sequence[Line], layouts: Sequence[Layout], mapping: Mapping[str, str]) -> str:
    """What the best of the first rows lacks to be one of these kinds, for a person to map."""
    best: tuple[tuple[int, int], str] = ((-1, 0), "")
    for line in lines[:_ABOVE]:
        names = [normal(cell) for cell in line.cells]
        for layout in layouts:
            columns = _columns(layout, names, mapping)
            missing = [field for field in layout.needed if field not in columns]
            # Of those that know the same columns, the one that lacks the least.
            if (rank := (len(columns), -len(missing))) > best[0]:
                says = ", ".join(f"--map {field}=COLUMN" for field in missing)
                best = (rank, f"{says} (it has: {listed(line.cells)})")
    return best[1]


def _fits(
    layout: Layout, number: int, names: Sequence[tuple[str, str]], mapping: Mapping[str, str]
) -> Found | None:
    columns = _columns(layout, names, mapping)
    if any(field not in columns for field in layout.needed):
        return None
    zones = {field: names[columns[field]][1] for field in layout.times if field in columns}
    return Found(layout, number, columns, zones, [name for name, _ in names])


def _columns(
    layout: Layout, names: Sequence[tuple[str, str]], mapping: Mapping[str, str]
) -> dict[str, int]:
    plain = [name for name, _ in names]
    columns: dict[str, int] = {}
    for field, column in mapping.items():
        if field in layout.columns and normal(column)[0] in plain:
            columns[field] = plain.index(normal(column)[0])
    for field, likely in layout.columns.items():
        if field in mapping:
            continue
        free = (one for one in likely if one in plain and plain.index(one) not in columns.values())
        if (chosen := next(free, None)) is not None:
            columns[field] = plain.index(chosen)
    return columns


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
