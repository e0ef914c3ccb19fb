"""Which strategy a bot's kind names: one of ours, or a class in a Python file of one's own."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.grid.strategy import Grid
from tradelatch.bots.strategy import Strategy

OURS: dict[str, type[Strategy[Any]]] = {"dca": Dca, "grid": Grid}


class BadKind(ValueError):
    """There is no such strategy; the message says what there is."""


def is_own(kind: str) -> bool:
    """Whether it names a file of one's own: ``path/to/file.py:Class``."""
    return ".py:" in kind


def our_kind(kind: str) -> type[Strategy[Any]]:
    """One of our strategies.

    Raises:
        BadKind: we have none of that name.
    """
    if kind in OURS:
        return OURS[kind]
    names = ", ".join(OURS)
    raise BadKind(f"{kind!r} is no kind of bot, use {names}, or path/to/file.py:Class")


def load_kind(kind: str, folder: Path) -> type[Strategy[Any]]:
    """The strategy's class; a file of one's own is looked for in `folder` and runs when it is read.

    Raises:
        BadKind: there is none of that name, or the file cannot be read.
    """
    if not is_own(kind):
        return our_kind(kind)
    file, _, name = kind.rpartition(":")
    path = (folder / file).resolve()
    found = getattr(_module(path), name, None)
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise BadKind(f"{path}: there is no class {name} in it that extends Strategy")
    return found


def _module(path: Path) -> Any:
    name = f"own_strategy_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise BadKind(f"{path}: there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise BadKind(f"{path}: it cannot be run: {type(error).__name__}: {error}") from error
    return module
