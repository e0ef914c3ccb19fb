"""The attackers there are, by name, and those in a file of one's own."""

import importlib.util
import inspect
import pkgutil
import types
from pathlib import Path
from typing import NamedTuple

from tradelatch.drills import attacks
from tradelatch.drills.attack import Attack, Needs


class BadAttack(ValueError):
    """There is no such attacker, or the file holds none; one sentence."""


class Outside(NamedTuple):
    """Why the bound does not hold at fair prices, and the share of B + X + E that is stated as the
    most that is lost."""

    why: str
    most: float


OUTSIDE = {
    "deep_push": Outside(
        "a thief who moves a deep market himself is bounded by the excursion from an anchor, and "
        "the policy here sets none",
        1.4,
    ),
    "exit_push": Outside(
        "clearing a deep market's bids moves its five-minute median by a few tenths of a per "
        "cent, within which drift_1h lets the reference follow: at the references it is judged by "
        "the bound holds, at fair prices it does not",
        1.3,
    ),
    "search": Outside("some of its plans push a deep market as exit_push and deep_push do", 1.5),
}
"""Attackers that break the bound today; a line goes when what it names is mended."""


def names() -> list[str]:
    """The attackers that ship, in alphabetical order."""
    found = pkgutil.iter_modules(attacks.__path__)
    return sorted(entry.name for entry in found if not entry.name.startswith("_"))


def load(name: str) -> Attack:
    """A shipped attacker by its name, or one in a Python file.

    Raises:
        BadAttack: there is none, the file cannot be run, or it holds no ``async def attack``.
    """
    if name in names():
        spec = importlib.util.find_spec(f"{attacks.__name__}.{name}")
    elif name.endswith(".py") and Path(name).is_file():
        spec = importlib.util.spec_from_file_location(Path(name).stem, name)
    else:
        raise BadAttack(f"there is no attacker {name!r}; ship or name one: {', '.join(names())}")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadAttack(f"{name}: it cannot be run: {type(error).__name__}: {error}") from error
    return _attack(name, module)


def _attack(name: str, module: types.ModuleType) -> Attack:
    needs, parameters = getattr(module, "NEEDS", Needs()), getattr(module, "PARAMETERS", {})
    attack = getattr(module, "attack", None)
    if not inspect.iscoroutinefunction(attack):
        raise BadAttack(f"{name}: it has no `async def attack(thief)`")
    if not isinstance(needs, Needs):
        raise BadAttack(f"{name}: NEEDS is not a tradelatch.drills.attack.Needs")
    says = (module.__doc__ or "").strip().partition("\n")[0]
    return Attack(Path(name).stem, says, needs, parameters, attack)
