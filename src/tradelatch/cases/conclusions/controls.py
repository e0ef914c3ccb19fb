"""Which control would have stopped how much: the sums of what verification computed per victim."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases.conclusions.figures import Figure, Unit
from tradelatch.cases.verified import Control
from tradelatch.model.money import ZERO


class Prevented(msgspec.Struct, frozen=True):
    """One control over all victims: what it would have stopped, dollars, and at whom anything."""

    control: str
    loss: Decimal
    victims: tuple[str, ...]
    each: tuple[Control, ...]

    @property
    def name(self) -> str:
        """By which its figure is linked."""
        return f"prevented-{self.control}"

    def figure(self) -> Figure:
        """What it would have stopped in all."""
        says = f"stopped by {self.control}"
        return Figure(self.name, says, self.loss, Unit.DOLLARS, self.victims)


def prevented(controls: Sequence[Control]) -> tuple[Prevented, ...]:
    """By control, the most effective first."""
    return tuple(sorted(_sums(controls), key=lambda one: (-one.loss, one.control)))


def _sums(controls: Sequence[Control]) -> Iterator[Prevented]:
    groups: defaultdict[str, list[Control]] = defaultdict(list)
    for one in controls:
        groups[one.control].append(one)
    for name, each in groups.items():
        loss = sum((one.prevented for one in each), ZERO)
        helped = tuple(sorted(one.victim for one in each if one.prevented > 0))
        yield Prevented(name, loss, helped, tuple(sorted(each, key=lambda one: one.victim)))
