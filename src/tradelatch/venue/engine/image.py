"""The engine's whole state as bytes and back, so that a start need not replay the whole log.

Nothing here names a field: whatever can be reached from the engine is written, class by class,
each field of a class as one column. What two owners share is shared again afterwards. Columns
are what makes it fast: nearly all of the work is done by C loops over values of one kind.
"""

import enum
import sys
from collections import deque
from collections.abc import Iterable
from itertools import accumulate, chain, count, repeat
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from tradelatch.venue.engine.machine import Engine

_BEHAVIOUR = {"judge", "sift", "_handlers"}
"""What an engine has besides its state."""
_ROOMS = ("tradelatch.venue.engine.", "tradelatch.model.")
"""Where the classes of the state are defined; an image can name no others."""
_SCALARS = {int, str, bool, float, type(None)}
_BATCH = 2_000
"""Objects that are written together: few enough to stay in the processor's cache."""
_BAGS: dict[str, type] = {"list": list, "set": set, "frozenset": frozenset}
_CONTAINERS = {dict, tuple, deque, *_BAGS.values()}
_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.decode

Column: TypeAlias = list[Any]
"""The kind of its values, and then the values as that kind is written."""


class BadImage(Exception):
    """These bytes are no image that this program can read."""


def image(engine: Engine) -> bytes:
    """The whole state.

    Raises:
        TypeError: the state holds something that cannot be written.
    """
    writer = _Writer()
    state = {name: value for name, value in vars(engine).items() if name not in _BEHAVIOUR}
    root = writer.column(list(state.values()))
    return _encode([list(state), root, writer.tables()])


def restore(engine: Engine, data: bytes | memoryview) -> None:
    """Bring a new engine into the state of an `image`; it is left alone if that fails.

    Raises:
        BadImage: there is no reading it.
    """
    try:
        names, root, tables = _decode(data)
        state = dict(zip(names, _Reader(tables).read(root), strict=True))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadImage(f"it cannot be read: {error}") from error
    if state.keys() != vars(engine).keys() - _BEHAVIOUR:
        raise BadImage("it is another engine's")
    for name, value in state.items():
        present = getattr(engine, name)
        if isinstance(present, dict):
            present.update(value)  # others hold on to the same dict
        else:
            setattr(engine, name, value)


class _Table:
    """All objects of one class, numbered in the order in which they were met."""

    def __init__(self, number: int, kind: type) -> None:
        if not kind.__module__.startswith(_ROOMS):
            raise TypeError(f"cannot write a {kind.__name__}")
        self.number = number
        self.kind = kind
        self.objects: list[Any] = []
        self.fields: list[str] = []
        self.batches: list[bytes] = []
        self._written = 0
        self._numbers: dict[int, int] = {}

    @property
    def is_behind(self) -> bool:
        """Whether objects were met that are not written yet."""
        return self._written < len(self.objects)

    def refer(self, objects: list[Any]) -> list[int]:
        """The numbers of these objects; new ones get theirs."""
        ids, known = list(map(id, objects)), self._numbers
        fresh = {key: one for key, one in zip(ids, objects, strict=True) if key not in known}
        known.update(zip(fresh, count(len(known)), strict=False))
        self.objects += fresh.values()
        return list(map(known.__getitem__, ids))

    def write(self, writer: "_Writer") -> None:
        """Write the next objects that were met."""
        batch = self.objects[self._written : self._written + _BATCH]
        self._written += len(batch)
        self.fields = self.fields or _fields(batch[0])
        if hasattr(batch[0], "__dict__") and any(_fields(one) != self.fields for one in batch):
            raise TypeError(f"not every {self.kind.__name__} has the same fields")
        columns = (list(map(attrgetter(name), batch)) for name in self.fields)
        written = [len(batch), *map(writer.column, columns)]
        self.batches.append(_encode(written))


class _Writer:
    def __init__(self) -> None:
        self._tables: dict[type, _Table] = {}

    def tables(self) -> list[Any]:
        """Everything that was referred to, and what that refers to in turn."""
        # The first in line, again and again: linked lists thus come whole, from what owns them.
        while behind := [table for table in self._tables.values() if table.is_behind]:
            behind[0].write(self)
        return [
            [*_named(table.kind), len(table.objects), table.fields, table.batches]
            for table in self._tables.values()
        ]

    def column(self, values: list[Any]) -> Column:
        """Write values of whatever kinds."""
        kinds = set(map(type, values))
        if kinds <= _SCALARS:
            return _scalars(values, kinds)
        if len(kinds) > 1:
            return self._mixed(values, list(map(type, values)))
        kind = kinds.pop()
        if kind in _CONTAINERS:
            return self._contained(kind, values)
        if issubclass(kind, enum.Enum):
            places = {id(member): place for place, member in enumerate(kind)}
            codes = list(map(places.__getitem__, map(id, values)))
            words = [member.value for member in kind]
            return ["enum", *_named(kind), words, self.column(codes)]
        table = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = _Table(len(self._tables), kind)
        return ["object", table.number, table.refer(values)]

    def _contained(self, kind: type, values: list[Any]) -> Column:
        """Write what is in containers of one kind, one after the other."""
        sizes = list(map(len, values))
        if kind is tuple:
            if len(set(sizes)) > 1:
                return self._mixed(values, sizes)
            columns = zip(*values, strict=True)
            return ["tuple", len(values), [self.column(list(column)) for column in columns]]
        if kind is dict:
            items = map(dict.values, values)
            return ["dict", sizes, self._joined(values), self._joined(items)]
        if kind is deque:
            return ["deque", [one.maxlen for one in values], sizes, self._joined(values)]
        ordered = values if kind is list else map(sorted, values)
        return [kind.__name__, sizes, self._joined(ordered)]

    def _joined(self, values: Iterable[Iterable[Any]]) -> Column:
        return self.column(list(chain.from_iterable(values)))

    def _mixed(self, values: list[Any], sorts: list[Any]) -> Column:
        """Values of several sorts: which is of which, and each sort by itself."""
        words = list(dict.fromkeys(sorts))
        parts = [[v for v, sort in zip(values, sorts, strict=True) if sort == w] for w in words]
        return ["mixed", _codes(words, sorts), list(map(self.column, parts))]


def _scalars(values: list[Any], kinds: set[type]) -> Column:
    if len(values) > 1 and len(kinds) == 1 and values.count(values[0]) == len(values):
        return ["same", len(values), _scalars(values[:1], kinds)]
    if kinds == {str}:
        words = list(dict.fromkeys(values))
        if len(words) * 2 < len(values):
            return ["words", words, _codes(words, values)]
    elif kinds == {int} and not -(2**63) <= min(values) <= max(values) < 2**63:
        return ["big", list(map(hex, values))]
    return ["plain", values]


def _codes(words: list[Any], values: list[Any]) -> list[int]:
    places = dict(zip(words, count(), strict=False))
    return list(map(places.__getitem__, values))


def _named(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__name__


def _fields(one: Any) -> list[str]:
    """The names of all that an object knows."""
    if isinstance(one, msgspec.Struct):
        return list(one.__struct_fields__)
    slots = chain.from_iterable(getattr(kind, "__slots__", ()) for kind in type(one).__mro__)
    return [*slots, *getattr(one, "__dict__", ())]


class _Reader:
    """Makes all objects first, then lets them know one another. Structs are made whole, each
    after those that it refers to."""

    def __init__(self, tables: list[Any]) -> None:
        self._tables = tables
        self._objects: dict[int, list[Any]] = {}
        plain = []
        for number, (module, name, size, fields, batches) in enumerate(tables):
            kind = _class(module, name)
            if not issubclass(kind, msgspec.Struct):
                self._objects[number] = [object.__new__(kind) for _ in range(size)]
                plain.append((number, fields, batches))
        for number, fields, batches in plain:
            self._fill(self._objects[number], fields, batches)

    def read(self, column: Column) -> list[Any]:
        """The values of a column."""
        match column:
            case ["plain", values]:
                found = values
            case ["same", size, one]:
                found = self.read(one) * size
            case ["words", words, codes]:
                found = map(words.__getitem__, codes)
            case ["big", values]:
                found = (int(value, 16) for value in values)
            case ["enum", module, name, values, codes]:
                members = list(map(_class(module, name), values))
                found = map(members.__getitem__, self.read(codes))
            case ["object", number, numbers]:
                found = map(self._all(number).__getitem__, numbers)
            case ["mixed", codes, parts]:
                rests = [iter(self.read(part)) for part in parts]
                found = (next(rests[code]) for code in codes)
            case _:
                found = self._gathered(column)
        return list(found)

    def _gathered(self, column: Column) -> Iterable[Any]:
        """The values of a column of containers."""
        match column:
            case ["tuple", size, columns]:
                return zip(*map(self.read, columns), strict=True) if columns else repeat((), size)
            case ["dict", sizes, keys, values]:
                pairs = list(zip(self.read(keys), self.read(values), strict=True))
                return map(dict, _parts(pairs, sizes))
            case ["deque", limits, sizes, values]:
                return map(deque, _parts(self.read(values), sizes), limits)
            case [kind, sizes, values]:
                return map(_BAGS[kind], _parts(self.read(values), sizes))
        raise ValueError("a column of no known kind")

    def _all(self, number: int) -> list[Any]:
        """All objects of one table."""
        if number not in self._objects:
            module, name, _, fields, batches = self._tables[number]
            kind = _class(module, name)
            if tuple(fields) != kind.__struct_fields__:
                raise ValueError(f"it knows another {name}")
            made = (map(kind, *map(self.read, _decode(batch)[1:])) for batch in batches)
            self._objects[number] = list(chain.from_iterable(made))
        return self._objects[number]

    def _fill(self, objects: list[Any], fields: list[str], batches: list[bytes]) -> None:
        start = 0
        for size, *columns in map(_decode, batches):
            batch = objects[start : start + size]
            start += size
            for name, column in zip(fields, columns, strict=True):
                deque(map(setattr, batch, repeat(name), self.read(column)), maxlen=0)


def _parts(values: list[Any], sizes: list[int]) -> Iterable[list[Any]]:
    """Cut a list into pieces of these sizes."""
    ends = list(accumulate(sizes))
    return (values[end - size : end] for end, size in zip(ends, sizes, strict=True))


def _class(module: str, name: str) -> Any:
    if not module.startswith(_ROOMS):
        raise ValueError(f"a {name} does not belong here")
    found = getattr(sys.modules[module], name)
    if not isinstance(found, type):
        raise ValueError(f"{name} is no class")
    return found
