"""The design's arrows are import-linter's to check; these tests see to it that no room and no
third-party package escapes them."""

import ast
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tools.tcb import CORE, PACKAGE

ROOT = PACKAGE.parent.parent
THIRD_PARTIES_OF_THE_CORE = {"cryptography", "msgspec"}
OF_AN_EXTRA = {PACKAGE / "vault" / "pkcs11.py": {"pkcs11"}}
"""What a file of the core may import besides; nothing loads it without the extra."""


def rooms() -> set[str]:
    """Whatever lies directly in the package: folders of modules, and modules."""
    folders = {file.parent.name for file in PACKAGE.glob("*/*.py")}
    return folders | {file.stem for file in PACKAGE.glob("*.py")} - {"__init__"}


def test_every_room_but_model_is_protected_by_one_contract() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    walls = [one for one in linter["contracts"] if one["type"] != "layers"]
    protected = [name for one in walls for name in one["protected_modules"]]
    assert sorted(protected) == sorted(f"tradelatch.{room}" for room in rooms() - {"model"})
    for one in walls:
        assert one["type"] == "protected"
        assert not {"ignore_imports", "as_packages"} & one.keys()


def imported(source: str) -> Iterator[str]:
    """The top-level names of all packages that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def foreign(source: str) -> set[str]:
    """What a source of the trusted core imports and should not."""
    own = {"tradelatch"} | THIRD_PARTIES_OF_THE_CORE
    return set(imported(source)) - own - sys.stdlib_module_names


@pytest.mark.parametrize("room", CORE)
def test_the_trusted_core_depends_on_next_to_nothing(room: str) -> None:
    files = sorted((PACKAGE / room).rglob("*.py"))
    assert files
    found = {
        str(file): foreign(file.read_text("utf-8")) - OF_AN_EXTRA.get(file, set()) for file in files
    }
    assert {name: packages for name, packages in found.items() if packages} == {}


def test_foreign_imports_are_seen_wherever_they_stand() -> None:
    source = """
import json, aiohttp.web as web
from msgspec import Struct
from . import sibling
from tradelatch.model import money

def late():
    if True:
        from ccxt.async_support import binance
"""
    assert foreign(source) == {"aiohttp", "ccxt"}
