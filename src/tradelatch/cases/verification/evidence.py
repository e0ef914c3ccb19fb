"""Everything that was handed in, read and put where verification looks for it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tradelatch.cases import leaked
from tradelatch.cases.folder import Case, Item
from tradelatch.cases.keytable import Key, keys_of
from tradelatch.cases.kinds import LAYOUTS, Kind, exchange_of, open_as
from tradelatch.cases.verification.confirmed import Recorders
from tradelatch.cases.verification.people import Person, agreed, people_of
from tradelatch.cases.verification.recorded import Recorded, Recordings, once, recorded_of
from tradelatch.cases.verification.references import Chain, PriceSeries, TapeSeries, prices_of
from tradelatch.cases.verified import RowRef, Source
from tradelatch.exports.reading import read
from tradelatch.exports.records import Export
from tradelatch.exports.settings import settings_of
from tradelatch.exports.sheet import Sheet

_Tell = Callable[[int, int], None]


class Evidence(msgspec.Struct):
    """What the files of a case hold.

    Attributes:
        sources: all files.
        people: by victim, as the tables of victims tell.
        exports, histories: by victim; each file by itself, named as in the case.
        documents: by victim, the names of files that are kept and not read.
        tables, tapes: recorded trades by exchange: with both sides, and public ones.
        markets, rates: prices by market, and dollars by asset.
        keys: the exchanges' tables of keys, by hash.
        leaked: hashes of leaked keys and whether they were published; None without a list.
        told: by victim, the rows that tell of them.
        contradicted: the victims of whom they tell different things; the first counts.
    """

    sources: list[Source] = []
    people: dict[str, Person] = {}
    exports: defaultdict[str, list[Export]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    histories: defaultdict[str, list[Export]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    documents: defaultdict[str, list[str]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    tables: defaultdict[str, list[Recorded]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    tapes: defaultdict[str, list[Recorded]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    markets: dict[str, PriceSeries] = {}
    rates: dict[str, PriceSeries] = {}
    keys: dict[str, Key] = {}
    leaked: dict[str, bool] | None = None
    told: defaultdict[str, list[RowRef]] = msgspec.field(default_factory=lambda: defaultdict(list))

    contradicted: set[str] = set()

    def files_of(self, victim: str) -> list[str]:
        """What a victim handed in, by name."""
        read = (*self.exports[victim], *self.histories[victim])
        return sorted([*(one.name for one in read), *self.documents[victim]])

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
    for kept in (found.tables, found.tapes):
        for exchange, trades in kept.items():
            kept[exchange] = once(trades)
    for trades in found.tapes.values():
        _add(found.markets, TapeSeries.of(trades))
    return found


def _export(found: Evidence, item: Item, data: bytes) -> int:
    export = read(data, item.name, settings_of(_told(item)), item.mapping)
    kept = found.exports if export.trades else found.histories
    kept[item.victim].append(export)
    return len(export.rejected)


def _document(found: Evidence, item: Item, data: bytes) -> int:
    found.documents[item.victim].append(item.name)
    return 0


def _people(found: Evidence, item: Item, data: bytes) -> int:
    sheet = _sheet(item, data)
    for person in people_of(sheet):
        if person.told:
            found.told[person.name].append(person.told)
        person = msgspec.structs.replace(person, told=None)
        first = found.people.setdefault(person.name, person)
        if first != person:
            found.contradicted.add(person.name)
            consents = agreed(first.consents, person.consents)
            found.people[person.name] = msgspec.structs.replace(first, consents=consents)
    return len(sheet.rejected)


def _reference(found: Evidence, item: Item, data: bytes) -> int:
    return _prices(found.markets, item, data)


def _rates(found: Evidence, item: Item, data: bytes) -> int:
    return _prices(found.rates, item, data)


def _prices(known: dict[str, PriceSeries], item: Item, data: bytes) -> int:
    _add(known, prices_of(_sheet(item, data)))
    return 0


def _add(known: dict[str, PriceSeries], more: Mapping[str, PriceSeries]) -> None:
    """A later file adds to what is known, and replaces nothing."""
    for name, series in more.items():
        known[name] = Chain(known[name], series) if name in known else series


def _recorded(found: Evidence, item: Item, data: bytes) -> int:
    sheet = _sheet(item, data)
    kept = found.tables if item.kind is Kind.BOTH_SIDES else found.tapes
    kept[exchange_of(item.exchange)] += recorded_of(sheet)
    return len(sheet.rejected)


def _keys(found: Evidence, item: Item, data: bytes) -> int:
    sheet = _sheet(item, data)
    found.keys |= {key.hashed: key for key in keys_of(sheet, exchange_of(item.exchange))}
    return len(sheet.rejected)


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
    Kind.DOCUMENT: _document,
}
"""Each reads an item into the evidence, and returns how many rows could not be used."""


def _sheet(item: Item, data: bytes) -> Sheet:
    return open_as(item.kind, data, item.name, settings_of(_told(item)), item.mapping)


def _told(item: Item) -> Sequence[str]:
    return [f"{name}={value}" for name, value in item.settings.items()]
