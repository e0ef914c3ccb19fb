"""A bot as a TOML file: its name, its kind, its markets, and the settings of its strategy."""

import re
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec

from tradelatch.bots.kinds import BadKind, is_own, load_kind, our_kind
from tradelatch.bots.strategy import BadSettings, Settings, Strategy
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import is_told
from tradelatch.model.toml import BadToml, at_line, load_tree, parse_toml, read_tree

_UNKNOWN = ": there is no such setting"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


class BotConfig(NamedTuple):
    """A bot that can be run. `account` is the account that it trades, empty in backtests."""

    name: str
    kind: str
    account: str
    symbols: tuple[str, ...]
    strategy: type[Strategy[Any]]
    settings: Settings


class Draft(NamedTuple):
    """A bot as its owner wrote it down. A strategy of one's own is not loaded: `strategy` is None
    then, and `settings` is a dict."""

    name: str
    kind: str
    account: str
    symbols: tuple[str, ...]
    strategy: type[Strategy[Any]] | None
    settings: Any


class _Head(msgspec.Struct, frozen=True):
    """What can be read before the kind of the settings is known."""

    kind: str


class _Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    kind: str
    symbols: tuple[str, ...]
    settings: Any
    account: str = ""


def parse_bot(text: str, name: str, folder: Path) -> BotConfig:
    """Read a bot from TOML; `name` stands in the messages, strategies of one's own are looked for
    in `folder`.

    Raises:
        BadToml: no TOML, an unknown or missing field, a value of the wrong kind.
    """
    kind = parse_toml(text, name, _Head).kind
    try:
        strategy = load_kind(kind, folder)
    except BadKind as error:
        raise BadToml(at_line(text, name, ("kind",), str(error))) from error
    read = _read(load_tree(text, name), name, strategy.settings_type, text)
    return BotConfig(read.name, kind, read.account, read.symbols, strategy, read.settings)


def parse_draft(text: str, name: str) -> Draft:
    """Read a bot from TOML without running a strategy of one's own.

    Raises:
        BadToml: as `parse_bot`.
    """
    return draft_of(load_tree(text, name), name, text)


def draft_of(tree: dict[str, Any], name: str, text: str = "") -> Draft:
    """The same of what a TOML text holds, wherever it is from.

    Raises:
        BadToml: as `parse_bot`.
    """
    kind = read_tree(tree, name, _Head, text).kind
    try:
        strategy = None if is_own(kind) else our_kind(kind)
    except BadKind as error:
        raise BadToml(at_line(text, name, ("kind",), str(error))) from error
    settings_type: Any = strategy.settings_type if strategy else dict[str, Any]
    read = _read(tree, name, settings_type, text)
    return Draft(read.name, kind, read.account, read.symbols, strategy, read.settings)


def _read(tree: dict[str, Any], name: str, settings_type: Any, text: str) -> Any:
    fields = [("settings", settings_type)]
    whole = msgspec.defstruct("Bot", fields, bases=(_Whole,), frozen=True, kw_only=True)
    read = _parsed(tree, name, whole, text)
    for field, problem in _problems(read):
        raise BadToml(at_line(text, name, tuple(field.split(".")), problem))
    return read


def _parsed(tree: dict[str, Any], name: str, whole: type[Any], text: str) -> Any:
    """Read it; an unknown setting is told with the name that is most like it."""
    try:
        return read_tree(tree, name, whole, text)
    except BadToml as error:
        message = str(error)
        if not message.endswith(_UNKNOWN):
            raise
        *_, asked = message.removesuffix(_UNKNOWN).rpartition(": ")
        near = get_close_matches(asked.rpartition(".")[2], sorted(_names(whole)), 1)
        raise BadToml(f"{message}; did you mean {near[0]}?" if near else message) from error


def _names(kind: Any) -> set[str]:
    """The names of all fields of a struct and of those in it."""
    found: set[str] = set()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            found |= {field.encode_name} | _names(field.type)
    return found.union(*map(_names, get_args(kind)))


def explained(text: str, name: str, error: BadSettings) -> str:
    """The sentence for settings that a strategy refused, with file and line."""
    field, _, problem = str(error).partition(": ")
    return at_line(text, name, ("settings", field), problem)


def _problems(read: Any) -> list[tuple[str, str]]:
    found = []
    if not _NAME.fullmatch(read.name):
        found.append(("name", f"{read.name!r} is no name, use 1 to 40 of a-z, 0-9 and '-'"))
    if not read.symbols:
        found.append(("symbols", 'there is none, write for example ["ETH/BTC"]'))
    if len(set(read.symbols)) < len(read.symbols):
        found.append(("symbols", "a market is named twice"))
    for symbol in read.symbols:
        try:
            split_symbol(symbol)
        except ValueError as error:
            found.append(("symbols", str(error)))
    found += [
        (f"settings.{field}", f"{amount} is no amount, use a number below 1e20 to 18 decimals")
        for field, amount in _amounts(read.settings)
        if not is_told(amount.copy_abs())
    ]
    return found


def _amounts(value: Any, field: str = "") -> Iterator[tuple[str, Decimal]]:
    """All decimal numbers in settings, however deep, by the name of the setting."""
    match value:
        case Decimal():
            yield field, value
        case msgspec.Struct():
            for name, one in msgspec.structs.asdict(value).items():
                yield from _amounts(one, field or name)
        case dict():
            for name, one in value.items():
                yield from _amounts(one, field or str(name))
        case list() | tuple():
            for one in value:
                yield from _amounts(one, field)
