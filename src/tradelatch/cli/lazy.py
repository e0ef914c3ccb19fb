"""Commands of which only the one that is given is loaded: some need a database, some a signer."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group


class Place(NamedTuple):
    """Where a command is: `attribute` of `module`, a function or a group of commands (a Typer);
    `panel` is under which heading the help lists it."""

    panel: str
    module: str
    attribute: str


def lazy_group(places: Mapping[str, Place]) -> type[TyperGroup]:
    """A group for `typer.Typer(cls=...)` of these commands, by name, in this order."""

    class Lazy(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands: Any = _Loaded(places)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

    return Lazy


class _Loaded(Mapping[str, Any]):
    """The commands by name, as Typer's own (vendored) Click has them."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Any:
        place = self._places[name]
        found = getattr(import_module(place.module), place.attribute)
        holder = typer.Typer()
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=name, rich_help_panel=place.panel)
        else:
            holder.command(name, rich_help_panel=place.panel)(found)
        return get_group(holder).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
