"""A bot as a TOML file: its name, its kind, its markets, and the settings of its strategy."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec

from tradelatch.bots.kinds import BadKind, load_kind
from tradelatch.bots.strategy import BadSettings, Settings, Strategy
from tradelatch.model.markets import split_symbol
from tradelatch.model.toml import BadToml, at_line, parse_toml

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
    fields = [("settings", strategy.settings_type)]
    whole = msgspec.defstruct("Bot", fields, bases=(_Whole,), frozen=True, kw_only=True)
    read: Any = _parsed(text, name, whole)
    for field, problem in _problems(read):
        raise BadToml(at_line(text, name, (field,), problem))
    return BotConfig(read.name, kind, read.account, read.symbols, strategy, read.settings)


def _parsed(text: str, name: str, whole: type[Any]) -> Any:
    """Read it; an unknown setting is told with the name that is most like it."""
    try:
        return parse_toml(text, name, whole)
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
    return found
