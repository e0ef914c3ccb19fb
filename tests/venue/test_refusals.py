"""Refusals: every one is an exception of its own."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import tradelatch.venue
from tests.venue.floor import Floor
from tradelatch.venue.engine.commands import Cancel
from tradelatch.venue.engine.refusal import Refused


def _modules() -> list[str]:
    names = (m.name for m in pkgutil.walk_packages(tradelatch.venue.__path__, "tradelatch.venue."))
    return [name for name in names if not name.endswith("__main__")]


def _held(module: str) -> Iterator[object]:
    for value in vars(importlib.import_module(module)).values():
        yield value
        if isinstance(value, dict):
            yield from value.values()


@pytest.mark.parametrize("module", _modules())
def test_no_module_keeps_an_exception_to_raise_it_again(module: str) -> None:
    """Each time that one is raised it takes the frames on its way along, and keeps them."""
    assert not [value for value in _held(module) if isinstance(value, BaseException)]


def test_a_refusal_knows_its_own_way_alone() -> None:
    floor = Floor()
    depths = []
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            floor.do(Cancel(floor.now, "ann", "COINBTC", 1))
        depths.append(len(refused.traceback))
    assert len(set(depths)) == 1
