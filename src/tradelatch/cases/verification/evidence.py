"""Everything that was handed in, read and put where verification looks for it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tradelatch.cases import leaked
from tradelatch.cases.folder import Case, Item
from tradelatch.cases.keytable import Key, read_keys
from tradelatch.cases.kinds import LAYOUTS, Kind
from tradelatch.cases.verification.confirmed import Recorders
from tradelatch.cases.verification.people import Person, read_people
from tradelatch.cases.verification.recorded import Recorded, Recordings, read_recorded
from tradelatch.cases.verification.references import PriceSeries, TapeSeries, read_prices
from tradelatch.cases.verified import RowRef, Source
from tradelatch.exports.reading import read
from tradelatch.exports.records import Export
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import settings_of

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
    markets: dict[str, PriceSeries] = {}
    rates: dict[str, PriceSeries] = {}
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
    for trades in found.tapes.values():
        for symbol, series in TapeSeries.of(trades).items():
            found.markets.setdefault(symbol, series)
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
    return _prices(found.markets, item, data)


def _rates(found: Evidence, item: Item, data: bytes) -> int:
    return _prices(found.rates, item, data)


def _prices(known: dict[str, PriceSeries], item: Item, data: bytes) -> int:
    """A later file does not replace what is known."""
    told = settings_of(_told(item))
    for name, series in read_prices(data, item.name, item.kind, told, item.mapping).items():
        known.setdefault(name, series)
    return 0


def _recorded(found: Evidence, item: Item, data: bytes) -> int:
    told = settings_of(_told(item))
    trades, rejected = read_recorded(data, item.name, item.kind, told, item.mapping)
    kept = found.tables if item.kind is Kind.BOTH_SIDES else found.tapes
    kept[item.exchange.lower()] += trades
    return len(rejected)


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


def _told(item: Item) -> Sequence[str]:
    return [f"{name}={value}" for name, value in item.settings.items()]
