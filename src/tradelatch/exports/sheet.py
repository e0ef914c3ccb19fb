"""A file that was handed in, as rows of typed cells: the one way in for all tables."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.exports import numbers, times
from tradelatch.exports.cells import DANGEROUS, DELIMITERS, Line, delimiters, lines_of
from tradelatch.exports.files import texts, unpacked
from tradelatch.exports.layout import Found, Layout, find, lacking
from tradelatch.exports.numbers import Decimals, decimals_of, number_of
from tradelatch.exports.refusal import Refused, Rejected, shown
from tradelatch.exports.settings import Settings, offset_s, zone_in
from tradelatch.exports.units import UNITS, is_number, split_unit


class Row(msgspec.Struct, frozen=True):
    """One row; cells are asked for by field."""

    line: int
    cells: Sequence[str]
    sheet: "Sheet"

    def has(self, field: str) -> bool:
        """Whether there is such a column, with something in it."""
        return bool(self.text(field))

    def text(self, field: str) -> str:
        """The cell, "" where there is no such column."""
        column = self.sheet.found.columns.get(field)
        return "" if column is None else self.cells[column]

    def number(self, field: str, unit: str = "") -> Decimal:
        """The number in a cell, without the `unit` behind it.

        Raises:
            BadCell: it is none.
        """
        cell = self.text(field)
        if unit and cell.endswith(unit):
            cell = cell[: -len(unit)].rstrip()
        return number_of(cell.strip(UNITS).strip(), self.sheet.decimals)

    def unit(self, field: str) -> str:
        """What stands behind the number in a cell: ``BTC`` of ``12,345.6BTC``."""
        return split_unit(self.text(field))[1]

    def ms(self, field: str) -> int:
        """The moment in a cell, ms since 1970.

        Raises:
            BadCell: it is none.
        """
        return times.ms_of(self.text(field), self.sheet.writings[field])

    def date(self, field: str) -> str:
        """The ISO date in a cell.

        Raises:
            BadCell: it is none.
        """
        return times.date_of(self.text(field), self.sheet.writings[field].order)


class Sheet(msgspec.Struct):
    """A table that was recognised.

    Attributes:
        name: the file's.
        found: its kind and columns.
        lines: the rows below the header; `rows` gives them as rows of cells.
        rejected: rows that cannot be used. Who reads the cells adds those that hold nothing.
        notes: what was recognised or repaired, a sentence each, for people to see.
        decimals: what stands before the decimals.
        writings: how each column of times is written.
    """

    name: str
    found: Found
    lines: Sequence[Line]
    rejected: list[Rejected]
    notes: list[str]
    decimals: Decimals = "."
    writings: dict[str, times.Writing] = msgspec.field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """Its kind."""
        return self.found.layout

    def begins(self, prefix: str) -> dict[str, int]:
        """The columns whose names begin so: the rest of the name, and the index.

        Raises:
            Refused: two are of one name.
        """
        found = [(one, n) for n, one in enumerate(self.found.names) if one.startswith(prefix)]
        for one, _ in found:
            _only(one, self.found.names, self.name)
        return {one.removeprefix(prefix): n for one, n in found}

    @property
    def rows(self) -> Iterator[Row]:
        """All rows that have as many cells as the header."""
        return (Row(line.number, line.cells, self) for line in self.lines)

    def column(self, field: str) -> Iterator[str]:
        """The cells of a field that are not empty, each once."""
        index = self.found.columns.get(field)
        if index is not None:
            distinct = dict.fromkeys(line.cells[index] for line in self.lines)
            yield from filter(None, distinct)


def open_sheet(
    data: bytes,
    name: str,
    layouts: Sequence[Layout],
    settings: Settings | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Sheet:
    """The bytes of a file as a table of one of these kinds.

    Raises:
        Refused: it is none of them, cannot be read, or could be read in more than one way; the
            sentence names the option that helps.
    """
    settings, mapping = settings or Settings(), mapping or {}
    seen: list[Line] = []
    unread: list[Rejected] = []
    for encoding, text in texts(unpacked(data, name), name, settings.encoding):
        for delimiter in _delimiters(text, settings):
            lines, rejected = lines_of(text.removeprefix("\ufeff"), delimiter, name)
            found = find(lines, layouts, mapping, name)
            if found:
                for column in found.columns.values():
                    _only(found.names[column], found.names, name)
                sheet = _sheet(name, found, lines, rejected)
                _note_encoding(sheet, encoding)
                _settle(sheet, delimiter, settings)
                return sheet
            seen, unread = seen or lines, unread or rejected
    if not seen:
        why = f"; line {unread[0].line}: {unread[0].reason}" if unread else ""
        raise Refused(f"{name}: there is no table in it{why}")
    kinds = ", ".join(layout.name for layout in layouts)
    what = lacking(seen, layouts, mapping)
    raise Refused(f"{name}: is none of: {kinds}; name what is missing with {what}")


def _only(column: str, names: Sequence[str], name: str) -> None:
    """A column that is read stands once: which of two counts would be a guess."""
    if names.count(column) > 1:
        says = f"{names.count(column)} columns named {shown(column)}"
        raise Refused(f"{name}: has {says}: rename all but the one that is meant")


def _delimiters(text: str, settings: Settings) -> Iterator[str]:
    if settings.delimiter:
        yield DELIMITERS[settings.delimiter]
    else:
        yield from delimiters(text)


def _sheet(name: str, found: Found, lines: Sequence[Line], rejected: list[Rejected]) -> Sheet:
    """The rows below the header; those with other numbers of cells are left out."""
    header = lines[found.header]
    width = len(header.cells)
    rejected = [one for one in rejected if one.line > header.number]
    kept = []
    for line in lines[found.header + 1 :]:
        cells = line.cells
        while len(cells) > width and not cells[-1]:
            cells = cells[:-1]
        if len(cells) == width:
            kept.append(Line(line.number, cells))
        elif cells != header.cells:
            few = "cut off or damaged" if len(cells) < width else "a delimiter inside a cell"
            why = f"has {len(cells)} cells where the header has {width}: {few}"
            rejected.append(Rejected(line.number, why))
    return Sheet(name, found, kept, sorted(rejected, key=lambda one: one.line), [])


def _note_encoding(sheet: Sheet, encoding: str) -> None:
    if not encoding.startswith("utf-8"):
        says = f"read as {encoding}"
        sheet.notes.append(says if "utf" in encoding else f"{says} (--set encoding= for another)")


def _settle(sheet: Sheet, delimiter: str, settings: Settings) -> None:
    """Find out how the whole file writes numbers and times."""
    sheet.decimals = _decimals(sheet, delimiter, settings)
    if sheet.decimals == ",":
        sheet.notes.append("numbers have decimal commas")
    for field in (*sheet.layout.times, *sheet.layout.dates):
        if field in sheet.found.columns:
            sheet.writings[field] = _writing(sheet, field, settings)
    _note_formulas(sheet)


def _decimals(sheet: Sheet, delimiter: str, settings: Settings) -> Decimals:
    if settings.decimal:
        return "," if settings.decimal == "comma" else "."
    columns = (sheet.column(field) for field in sheet.layout.numbers)
    cells = itertools.chain.from_iterable(columns)
    try:
        return decimals_of((split_unit(cell)[0] for cell in cells), delimiter)
    except numbers.Ambiguous as error:
        raise Refused(
            f"{sheet.name}: {error}: say --set decimal=point or --set decimal=comma"
        ) from error


def _writing(sheet: Sheet, field: str, settings: Settings) -> times.Writing:
    order: times.Order
    try:
        order = settings.date or times.order_of(sheet.column(field), sheet.layout.order)
    except times.Ambiguous as error:
        raise Refused(
            f"{sheet.name}: {error}: say --set date=dmy, mdy or ymd (if a spreadsheet rewrote a "
            "part of the dates, get the file anew)"
        ) from error
    if field in sheet.layout.dates:
        return times.Writing(order, 0)
    return times.Writing(order, _zone(sheet, field, settings))


def _zone(sheet: Sheet, field: str, settings: Settings) -> int | None:
    """The zone of those times that do not tell theirs; None if some do and some do not."""
    told = sheet.found.zones.get(field) or settings.zone
    if told:
        return offset_s(told)
    tell = {times.tells_zone(cell) for cell in sheet.column(field)} - {None}
    if tell == {False} and (named := zone_in(sheet.name)):
        sheet.notes.append(f"times are of the zone in the file's name, {named} (--set zone=...)")
        return offset_s(named)
    if tell == {True, False}:
        return None
    if tell == {False} and not sheet.layout.zone:
        hint = sheet.layout.zone_hint
        sheet.notes.append(f"times tell no zone and are taken as UTC ({hint})")
    return offset_s(sheet.layout.zone or "UTC")


def _note_formulas(sheet: Sheet) -> None:
    """Tell of cells that a spreadsheet might execute; nothing here does, or writes them so."""
    found = [
        (line.number, cell)
        for line in sheet.lines
        for cell in line.cells
        if cell.startswith(DANGEROUS) and not is_number(cell, sheet.decimals)
    ]
    if found:
        (line, cell), many = found[0], len(found)
        cells = "1 cell" if many == 1 else f"{many} cells"
        says = f"{cells} that a spreadsheet might execute, the first in line {line}"
        sheet.notes.append(f"{says}: {shown(cell)}")
