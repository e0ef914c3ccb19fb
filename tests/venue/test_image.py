"""An engine brought back from its image is the same engine, down to who shares what with whom."""

import enum
import types
from collections import Counter, deque
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue.chores import Chores
from tests.venue.floor import Floor
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.events import Event
from tradelatch.venue.engine.image import BadImage, image, restore
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import Order, OrderList
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.state import dump, violations

_ATOMS = (int, str, bytes, float, type(None), enum.Enum, type)


def weathered(seed: int, commands: int) -> Floor:
    floor = Floor()
    for _ in Chores(seed, floor).rage(commands):
        pass
    return floor


def twin_of(engine: Engine) -> Engine:
    twin = Engine()
    restore(twin, image(engine))
    return twin


def parts(one: object) -> list[tuple[str, Any]]:
    """What an object of any kind consists of, by name; what it is bound to is part of it."""
    if isinstance(one, types.MethodType):
        return [("function", one.__func__.__qualname__), ("self", one.__self__)]
    if isinstance(one, dict):
        return [(f"[{n}]", pair) for n, pair in enumerate(one.items())]
    if isinstance(one, list | tuple | deque):
        limit = [("maxlen", one.maxlen)] if isinstance(one, deque) else []
        return [*limit, *((f"[{n}]", value) for n, value in enumerate(one))]
    if isinstance(one, set | frozenset):
        return [("members", tuple(sorted(one)))]
    if isinstance(one, msgspec.Struct):
        return [(name, getattr(one, name)) for name in one.__struct_fields__]
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*slots, *getattr(one, "__dict__", ())]
    assert names, f"there is no looking into a {type(one).__name__}"
    return [(name, getattr(one, name)) for name in names]


def difference(first: object, second: object) -> str:
    """Where two object graphs differ, in value, in kind or in what is shared; empty if nowhere."""
    twins: dict[int, object] = {}
    back: dict[int, object] = {}
    waiting: list[tuple[str, Any, Any]] = [("engine", first, second)]
    while waiting:
        path, one, other = waiting.pop()
        if type(one) is not type(other):
            return f"{path}: {one!r} and {other!r}"
        if isinstance(one, _ATOMS):
            if one != other:
                return f"{path}: {one!r} and {other!r}"
            continue
        if not isinstance(one, tuple | frozenset | types.MethodType):  # those are mere values
            if id(one) in twins or id(other) in back:
                if twins.get(id(one)) is not other or back.get(id(other)) is not one:
                    return f"{path}: is shared with others than in the original"
                continue
            twins[id(one)], back[id(other)] = other, one
        ours, theirs = parts(one), parts(other)
        if [name for name, _ in ours] != [name for name, _ in theirs]:
            return f"{path}: has other parts"
        for (name, value), (_, counterpart) in zip(ours, theirs, strict=True):
            waiting.append((f"{path}.{name}", value, counterpart))
    return ""


def reached(engine: Engine) -> list[Any]:
    """Every object of ours that the state consists of."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [engine.markets, engine.accounts, engine.keys, engine.notices]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _ATOMS) or id(one) in found:
            continue
        found[id(one)] = one
        waiting += [value for _, value in parts(one)]
    return [one for one in found.values() if type(one).__module__.startswith("tradelatch.")]


def other(value: Any) -> Any:
    """Another value of the same kind; None for what is no mere value."""
    if isinstance(value, enum.Enum):
        return next(member for member in type(value) if member is not value)
    if isinstance(value, bool | int):
        return type(value)(not value) if isinstance(value, bool) else value + 1
    return value + "x" if isinstance(value, str) else None


def changes_dump(engine: Engine, one: Any, name: str) -> bool:
    """Whether another value in that place makes another dump."""
    put = msgspec.structs.force_setattr if isinstance(one, msgspec.Struct) else setattr
    before, value = dump(engine), getattr(one, name)
    put(one, name, other(value))
    try:
        return dump(engine) != before
    except (LookupError, AttributeError):
        return True
    finally:
        put(one, name, value)


def plain(events: list[Event]) -> bytes:
    """Events as they can be compared between engines."""

    def shown(one: object) -> object:
        if isinstance(one, Order):
            left_out = ("level", "previous", "next", "list")
            return [getattr(one, name) for name in one.__slots__ if name not in left_out]
        if isinstance(one, OrderList):
            return [one.id, one.status, list(one.orders)]
        return repr(one)

    return msgspec.json.encode(events, enc_hook=shown)


def outcome(engine: Engine, command: Command) -> bytes:
    try:
        return plain(engine.apply(command))
    except Refused as refusal:
        return repr(refusal).encode()


def test_the_storm_has_every_command() -> None:
    seen = Counter(type(command) for command in weathered(3, 4_000).history)
    assert [kind.__name__ for kind in get_args(Command) if not seen[kind]] == []


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), before=st.integers(0, 1_000), after=st.integers(0, 300))
def test_a_restored_engine_is_the_same_and_goes_on_the_same(
    seed: int, before: int, after: int
) -> None:
    floor, twin = Floor(), Engine()
    for number, command in enumerate(Chores(seed, floor).commands(before + after)):
        if number < before:
            outcome(floor.engine, command)
            continue
        if number == before:
            restore(twin, image(floor.engine))
            assert difference(floor.engine, twin) == ""
            assert dump(twin) == dump(floor.engine)
            assert violations(twin) == []
        assert outcome(twin, command) == outcome(floor.engine, command)
    if twin.applied:
        assert dump(twin) == dump(floor.engine)


def test_a_dump_shows_every_field() -> None:
    engine = weathered(3, 1_500).engine
    places: dict[str, list[Any]] = {}
    for one in reached(engine):
        for name, value in parts(one):
            if other(value) is not None:
                places.setdefault(f"{type(one).__name__}.{name}", []).append(one)
    left_out = {
        place
        for place, ones in places.items()
        if not any(changes_dump(engine, one, place.split(".")[1]) for one in (ones[0], ones[-1]))
    }
    # An account's name stands before it; the average is shown as what it comes to.
    assert left_out == {
        "Account.name",
        "AveragePrice._lots",
        "AveragePrice._value",
        "BookSide._sign",
    }


def test_an_empty_engine() -> None:
    assert difference(Engine(), twin_of(Engine())) == ""


def test_the_comparison_notices_what_is_shared() -> None:
    engine = weathered(5, 300).engine
    twin = twin_of(engine)
    account = next(a for a in twin.accounts.values() if a.trades)
    trade, bought = account.trades[0]
    account.trades[0] = msgspec.structs.replace(trade), bought
    assert dump(twin) == dump(engine)
    assert "shared" in difference(engine, twin)


def test_numbers_of_any_size() -> None:
    engine = weathered(5, 10).engine
    engine.deposited["BTC"] = 10**30
    assert twin_of(engine).deposited == engine.deposited


def test_what_cannot_be_written_is_not_left_out() -> None:
    engine = weathered(5, 10).engine
    engine.accounts["ann"].trades = iter(())  # type: ignore[assignment]
    with pytest.raises(TypeError, match="tuple_iterator"):
        image(engine)
    engine = weathered(5, 10).engine
    vars(engine.accounts["bob"])["more"] = 1
    with pytest.raises(TypeError, match="not every Account has the same fields"):
        image(engine)


@pytest.mark.parametrize(
    "change",
    [
        lambda names, root, tables: [names[1:], root, tables],
        lambda names, root, tables: [["other", *names[1:]], root, tables],
        lambda names, root, tables: [names, ["more", 1], tables],
        lambda names, root, tables: [names, root, tables[:1]],
        lambda names, root, tables: [names, root, [["subprocess", "Popen", 1, [], []]]],
        lambda names, root, tables: [
            names,
            root,
            [
                [m, n, size, fields[1:] if n == "Order" else fields, b]
                for m, n, size, fields, b in tables
            ],
        ],
        lambda names, root, tables: [
            names,
            root,
            [
                [m, n, size, [*fields, "more"] if n == "Bar" else fields, b]
                for m, n, size, fields, b in tables
            ],
        ],
    ],
)
def test_an_image_of_something_else_is_refused(change: Any) -> None:
    changed = change(*msgspec.msgpack.decode(image(weathered(5, 300).engine)))
    engine = Engine()
    with pytest.raises(BadImage):
        restore(engine, msgspec.msgpack.encode(changed))
    assert difference(engine, Engine()) == ""


@given(cut=st.integers(0, 5_000))
def test_a_cut_image_is_refused(cut: int) -> None:
    with pytest.raises(BadImage):
        restore(Engine(), image(weathered(1, 5).engine)[:cut])
