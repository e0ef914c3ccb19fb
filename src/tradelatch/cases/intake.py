"""Taking evidence in: what a file is, whose it is, and whether it can be read."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from tradelatch.cases import leaked
from tradelatch.cases.conclusions.published import read_published
from tradelatch.cases.folder import Case, Item
from tradelatch.cases.handed_in import holds_private_key, not_wanted
from tradelatch.cases.keytable import keys_of
from tradelatch.cases.kinds import LAYOUTS, PSEUDONYM, Kind, open_as
from tradelatch.cases.verification.people import people_of
from tradelatch.cases.verification.recorded import recorded_of
from tradelatch.cases.verification.references import prices_of
from tradelatch.exports.ccxt import looks_like_json
from tradelatch.exports.files import unpacked
from tradelatch.exports.reading import EXPORTS, file_bytes, read
from tradelatch.exports.refusal import Refused, Rejected
from tradelatch.exports.settings import settings_of
from tradelatch.exports.sheet import Sheet, open_sheet

_PLACES = {"keys": Kind.KEYS, "tapes": Kind.TAPE, "exchange-tables": Kind.BOTH_SIDES}
"""Folders of which each file is of one kind."""
_NAMES = {
    "victims.csv": Kind.VICTIMS,
    "leaked-keys.csv": Kind.LEAKED,
    "reference-prices.csv": Kind.REFERENCE,
    "rates.csv": Kind.RATES,
    "published.csv": Kind.PUBLISHED,
}
_TOLD_APART = {
    LAYOUTS[kind].name: kind
    for kind in (
        *(Kind.VICTIMS, Kind.BOTH_SIDES, Kind.RATES, Kind.REFERENCE, Kind.KEYS, Kind.TAPE),
        Kind.PUBLISHED,
    )
}
"""Kinds that are known by their headers, besides exports."""
_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".zip", ".gz", ".xlsx", ".xls", ".parquet")
"""Of what is read as a table, or refused with the reason; all else is a document."""


class Told(msgspec.Struct, frozen=True):
    """What the person who adds a file says of it."""

    victim: str = ""
    exchange: str = ""
    kind: Kind | None = None
    mapping: Mapping[str, str] = {}
    settings: tuple[str, ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """What became of a file: `item` where it is in the case now; `is_new` unless it was already, in
    which case `is_reread` tells that it is now read in another way. Otherwise `refused` says why
    not, or `left_out` why it was not wanted. `rejected` are the rows that cannot be read."""

    path: Path
    item: Item | None = None
    is_new: bool = False
    is_reread: bool = False
    refused: str = ""
    left_out: str = ""
    rejected: Sequence[Rejected] = ()


def take(case: Case, path: Path, root: Path, told: Told, at: str) -> Taken:
    """Take one file in; `root` is the folder (or the file itself) that was named.

    Raises:
        OSError: the case cannot be written.
    """
    inside = path.relative_to(root).as_posix() if root.is_dir() else path.name
    inside = "".join(one if one.isprintable() else "_" for one in inside)
    if why := not_wanted(case, path, inside):
        return Taken(path, left_out=why)
    try:
        data = file_bytes(path)
        if holds_private_key(data):
            return Taken(path, left_out="holds a private key, which is nobody's evidence")
        item, data, rejected = _read(inside, data, told, at)
    except Refused as error:
        return Taken(path, refused=str(error))
    for known in case.items:
        if (known.sha256, known.kind, known.victim) == (item.sha256, item.kind, item.victim):
            item = msgspec.structs.replace(item, name=known.name, at=known.at)
            if item != known:
                case.keep(item, data)
            return Taken(path, item, is_reread=item != known, rejected=rejected)
    names = {known.name for known in case.items}
    item = msgspec.structs.replace(item, name=_free(item.name, names))
    case.keep(item, data)
    return Taken(path, item, is_new=True, rejected=rejected)


def rejected_of(case: Case, item: Item) -> Sequence[Rejected]:
    """The rows of an item that cannot be read, and why.

    Raises:
        UnusableCase: its bytes are missing or were changed.
    """
    settings = tuple(f"{name}={value}" for name, value in item.settings.items())
    told = Told(item.victim, item.exchange, item.kind, item.mapping, settings)
    return _read(item.name, case.data(item), told, item.at)[2]


_Read = tuple[Item, bytes, Sequence[Rejected]]


def _read(inside: str, data: bytes, told: Told, at: str) -> _Read:
    """The item that a file makes, the bytes to keep, the rows that cannot be read.

    Raises:
        Refused: it cannot be read, or does not tell what or whose it is.
    """
    victim = told.victim or _victim(inside)
    # What a victim hands in is that victim's, whatever it is called: nobody brings the exchange's
    # table or the reference prices that prove an own loss.
    kind = told.kind or (None if victim else _by_place(inside))
    base = Item(
        inside,
        hashlib.sha256(data).hexdigest(),
        len(data),
        kind or Kind.DOCUMENT,
        "document",
        at,
        victim,
        told.exchange,
        told.mapping,
        dict(one.split("=", 1) for one in told.settings),
    )
    settings = settings_of(told.settings)
    if kind is Kind.DOCUMENT or (kind is None and not inside.lower().endswith(_SUFFIXES)):
        return base, data, ()
    if kind is Kind.LEAKED:
        data, many = leaked.hashed(data, inside, settings, told.mapping)
        digest = hashlib.sha256(data).hexdigest()
        item = msgspec.structs.replace(
            base, sha256=digest, size=len(data), form="leaked keys", rows=many
        )
        return item, data, ()
    if kind is None and not victim:
        kind = _by_header(data, inside, told)
    if kind in (None, Kind.EXPORT, Kind.HISTORY):
        return _of_victim(base, data, told)
    sheet = open_as(kind, data, inside, settings, told.mapping)
    if kind in _ROWS:
        _ROWS[kind](sheet)
    if kind is Kind.PUBLISHED:
        read_published(data, inside, settings, told.mapping)
    rejected = sorted(sheet.rejected, key=lambda one: one.line)
    item = msgspec.structs.replace(
        base,
        kind=kind,
        exchange=told.exchange or _exchange(kind, inside),
        form=sheet.layout.name,
        rows=len(sheet.lines),
        rejected=len(rejected),
        notes=tuple(sheet.notes),
    )
    return item, data, rejected


_ROWS: Mapping[Kind, Callable[[Sheet], object]] = {
    Kind.VICTIMS: people_of,
    Kind.KEYS: lambda sheet: keys_of(sheet, ""),
    Kind.REFERENCE: prices_of,
    Kind.RATES: prices_of,
    Kind.TAPE: recorded_of,
    Kind.BOTH_SIDES: recorded_of,
}
"""What reads the rows of a table, and tells of those that hold nothing."""


def _of_victim(base: Item, data: bytes, told: Told) -> _Read:
    """An export or a history, of a victim who is known."""
    settings = settings_of(told.settings)
    export = read(data, base.name, settings, told.mapping)
    if not base.victim:
        raise Refused(
            f"{base.name}: holds {export.form}; say --victim V-01 whose export it is, or "
            "--kind tape for a market's public trades"
        )
    name = base.name if base.victim in base.name else f"exports/{base.victim}/{base.name}"
    item = msgspec.structs.replace(
        base,
        name=name,
        kind=Kind.EXPORT if export.trades else Kind.HISTORY,
        form=export.form,
        exchange=told.exchange or export.exchange,
        rows=len(export.trades) + len(export.movements),
        rejected=len(export.rejected),
        notes=export.notes,
    )
    return item, data, export.rejected


def _by_place(inside: str) -> Kind | None:
    parts = Path(inside).parts
    if len(parts) == 1:
        return _NAMES.get(parts[0])
    return next((_PLACES[part] for part in parts[:-1] if part in _PLACES), None)


def _exchange(kind: Kind, inside: str) -> str:
    """``keys/binance.csv``, ``exchange-tables/binance.csv``, ``tapes/kucoin/FUN-USDT.csv``."""
    path = Path(inside)
    if kind in (Kind.KEYS, Kind.BOTH_SIDES):
        return path.name.partition(".")[0]
    is_below = kind is Kind.TAPE and path.parent.name not in ("", "tapes")
    return path.parent.name if is_below else ""


def _victim(inside: str) -> str:
    return next((part for part in Path(inside).parts if PSEUDONYM.fullmatch(part)), "")


def _by_header(data: bytes, inside: str, told: Told) -> Kind | None:
    """The kind whose header a file has; None where it is an export.

    Raises:
        Refused: it is none of all kinds.
    """
    if looks_like_json(unpacked(data, inside)):
        return None
    layouts = [*EXPORTS, *(LAYOUTS[kind] for kind in _TOLD_APART.values())]
    sheet = open_sheet(data, inside, layouts, settings_of(told.settings), told.mapping)
    return _TOLD_APART.get(sheet.layout.name)


def _free(name: str, taken: set[str]) -> str:
    """The name, or the next that is free: another file of the same name does not replace it."""
    path = Path(name)
    numbered = (str(path.with_name(f"{path.stem}~{n}{path.suffix}")) for n in range(2, 10**6))
    return name if name not in taken else next(one for one in numbered if one not in taken)
