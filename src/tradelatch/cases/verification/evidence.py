"""Everything that was handed in, read and put where verification looks for it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases import leaked
from tradelatch.cases.folder import Case, Item
from tradelatch.cases.keytable import Key, read_keys
from tradelatch.cases.kinds import LAYOUTS, Kind
from tradelatch.cases.verification.confirmed import Recorders
from tradelatch.cases.verification.people import Person, read_people
from tradelatch.cases.verification.recorded import Recorded, Recordings
from tradelatch.cases.verification.references import Series
from tradelatch.cases.verified import RowRef, Source
from tradelatch.exports.reading import read
from tradelatch.exports.records import Export
from tradelatch.exports.refusal import BadCell, Refused, Rejected
from tradelatch.exports.settings import settings_of
from tradelatch.exports.sheet import Row, Sheet, open_sheet

_Tell = Callable[[int, int], None]


class Evidence(msgspec.Struct):
    """What the files of a case hold.

    Attributes:
        sources: all files.
        people: by victim, as the tables of victims tell.
        exports, histories: by victim; each file by itself, named as in the case.
        tables, tapes: recorded trades by exchange: with both sides, and public ones.
        markets, rates: prices by market, and dollars by asset.
        keys: the exchanges' tables of keys, by hash.
        leaked: hashes of leaked keys and whether they were published; None without a list.
        told: by victim, the rows that tell of them.
    """

    sources: list[Source] = []
    people: dict[str, Person] = {}
    exports: defaultdict[str, list[Export]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    histories: defaultdict[str, list[Export]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    tables: defaultdict[str, list[Recorded]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    tapes: defaultdict[str, list[Recorded]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    markets: dict[str, Series] = {}
    rates: dict[str, Series] = {}
    keys: dict[str, Key] = {}
    leaked: dict[str, bool] | None = None
    told: defaultdict[str, list[RowRef]] = msgspec.field(default_factory=lambda: defaultdict(list))

    @property
    def victims(self) -> list[str]:
        """All victims who are named or have an export, by name."""
        return sorted({*self.people, *self.exports, *self.histories})

    def named(self, form: Kind) -> tuple[str, ...]:
        """The files of one kind, which a report looks at again."""
        return tuple(one.name for one in self.sources if one.form == LAYOUTS[form].name)

    def recorders(self) -> Recorders:
        """What others recorded, to look trades up in."""
        return Recorders(
            {exchange: Recordings(trades) for exchange, trades in self.tables.items()},
            {exchange: Recordings(trades) for exchange, trades in self.tapes.items()},
        )


def open_evidence(case: Case, tell: _Tell) -> Evidence:
    """All items of a case; `tell` hears how many are read, of how many.

    Raises:
        UnusableCase: a file is missing or was changed.
        Refused: one can no longer be read.
    """
    found, items = Evidence(), case.items
    for number, item in enumerate(items):
        tell(number, len(items))
        data = case.data(item)
        reader = _READERS.get(item.kind)
        rejected = reader(found, item, data) if reader else item.rejected
        found.sources.append(Source(item.name, item.sha256, item.form, item.rows, rejected))
    tell(len(items), len(items))
    return found


def _export(found: Evidence, item: Item, data: bytes) -> int:
    export = read(data, item.name, settings_of(_told(item)), item.mapping)
    kept = found.exports if export.trades else found.histories
    kept[item.victim].append(export)
    return len(export.rejected)


def _people(found: Evidence, item: Item, data: bytes) -> int:
    people, rejected = read_people(data, item.name, settings_of(_told(item)), item.mapping)
    for person in people:
        if person.told:
            found.told[person.name].append(person.told)
        person = msgspec.structs.replace(person, told=None)
        if person.name in found.people and found.people[person.name] != person:
            raise Refused(f"{item.name}: {person.name} is told of twice, and not in the same way")
        found.people[person.name] = person
    return len(rejected)


def _reference(found: Evidence, item: Item, data: bytes) -> int:
    sheet = _sheet(item, data)
    _add(found.markets, sheet, lambda row: (_market(row), row.number("price")))
    return len(sheet.rejected)


def _recorded(found: Evidence, item: Item, data: bytes) -> int:
    sheet = _sheet(item, data)
    kept = found.tables if item.kind is Kind.BOTH_SIDES else found.tapes
    trades = kept[item.exchange.lower()]
    for row in sheet.rows:
        try:
            trades.append(_recorded_trade(row, item.name))
        except BadCell as error:
            sheet.rejected.append(Rejected(row.line, str(error)))
    return len(sheet.rejected)


def _recorded_trade(row: Row, file: str) -> Recorded:
    return Recorded(
        RowRef(file, row.line),
        row.ms("time"),
        _market(row),
        row.number("price"),
        row.number("quantity"),
        row.text("id"),
        row.text("buyer"),
        row.text("seller"),
    )


def _rates(found: Evidence, item: Item, data: bytes) -> int:
    sheet = _sheet(item, data)
    _add(found.rates, sheet, lambda row: (row.text("asset").upper(), row.number("usd")))
    return len(sheet.rejected)


def _keys(found: Evidence, item: Item, data: bytes) -> int:
    settings = settings_of(_told(item))
    keys, rejected = read_keys(data, item.name, item.exchange, settings, item.mapping)
    found.keys |= {key.hashed: key for key in keys}
    return len(rejected)


def _leaked(found: Evidence, item: Item, data: bytes) -> int:
    found.leaked = (found.leaked or {}) | leaked.read(data, item.name, item.mapping)
    return 0


_READERS: Mapping[Kind, Callable[[Evidence, Item, bytes], int]] = {
    Kind.EXPORT: _export,
    Kind.HISTORY: _export,
    Kind.VICTIMS: _people,
    Kind.REFERENCE: _reference,
    Kind.RATES: _rates,
    Kind.TAPE: _recorded,
    Kind.BOTH_SIDES: _recorded,
    Kind.KEYS: _keys,
    Kind.LEAKED: _leaked,
}
"""Each reads an item into the evidence, and returns how many rows could not be used."""


def _add(
    series: dict[str, Series], sheet: Sheet, priced: Callable[[Row], tuple[str, Decimal]]
) -> None:
    """The prices of a sheet, by name; a later file does not replace what is known."""
    prices: defaultdict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    for row, (name, price) in _usable(sheet, priced):
        prices[name].append((row.ms("hour"), price))
    for name, entries in prices.items():
        series.setdefault(name, Series(sheet.name, name, entries))


def _usable(
    sheet: Sheet, priced: Callable[[Row], tuple[str, Decimal]]
) -> Iterator[tuple[Row, tuple[str, Decimal]]]:
    for row in sheet.rows:
        try:
            name, price = priced(row)
            if price <= 0:
                raise BadCell("prices are above zero")
        except BadCell as error:
            raise Refused(f"{sheet.name}, line {row.line}: {error}") from error
        yield row, (name, price)


def _market(row: Row) -> str:
    """As ``BASE/QUOTE``."""
    return row.text("symbol").upper().replace("-", "/").replace("_", "/")


def _sheet(item: Item, data: bytes) -> Sheet:
    return open_sheet(data, item.name, [LAYOUTS[item.kind]], settings_of(_told(item)), item.mapping)


def _told(item: Item) -> Sequence[str]:
    return [f"{name}={value}" for name, value in item.settings.items()]
