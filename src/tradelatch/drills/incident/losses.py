"""Losses of which every group sums to the cent to what was published.

Some losses are given (`fixed`). The others are drawn, and scaled group by group until the sums
nearly hold. The cents that lack are then given to anchors: victims who differ from one of them,
the centre, in one respect each, so that a group's rest can be put right without any other's.
"""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_SIZES = ((2_000, 10_000), (10_000, 50_000), (50_000, 150_000), (150_000, 450_000))
"""Brackets of losses, dollars."""
_OFTEN = (0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3)
_ROUNDS = 60


class Place(NamedTuple):
    """Where a loss is counted; each field is one grouping of all losses."""

    region: str
    exchange: str
    month: str


Targets = Mapping[str, int]
"""What each group's losses sum to, cents, by the group's name (no two groupings share one)."""


def drawn(
    places: Sequence[Place],
    fixed: Mapping[int, int],
    centre: int,
    anchors: Mapping[str, int],
    targets: Targets,
    dice: random.Random,
) -> list[int]:
    """The losses of all places, cents; `fixed` and `anchors` hold indices of places."""
    losses = [fixed.get(number) or _size(dice) for number in range(len(places))]
    groups = {name: _members(places, name) for name in targets}
    for _ in range(_ROUNDS):
        for name, members in groups.items():
            given = sum(fixed.get(number, 0) for number in members)
            _scale(losses, [n for n in members if n not in fixed], targets[name] - given)
    for name, anchor in anchors.items():
        losses[anchor] += targets[name] - _sum(losses, groups[name])
    total = sum(targets[name] for name in {place.month for place in places})
    losses[centre] += total - sum(losses)
    return losses


def _size(dice: random.Random) -> int:
    low, high = _SIZES[dice.choice(_OFTEN)]
    return dice.randint(low * 100, high * 100)


def _members(places: Sequence[Place], name: str) -> list[int]:
    return [number for number, place in enumerate(places) if name in place]


def _sum(losses: Sequence[int], members: Sequence[int]) -> int:
    return sum(losses[number] for number in members)


def _scale(losses: list[int], members: Sequence[int], target: int) -> None:
    total = _sum(losses, members)
    for number in members:
        losses[number] = max(1, losses[number] * target // total)
