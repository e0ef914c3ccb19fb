"""A figure, and the cells of a breakdown: what is counted, and on whose rows it stands."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from tradelatch.cases.verified import RowRef, Victim
from tradelatch.model.money import ZERO


class Unit(StrEnum):
    """What a figure is counted in."""

    DOLLARS = "dollars"
    PEOPLE = "people"
    COUNTRIES = "countries"
    KEYS = "keys"
    FILLS = "fills"
    ACCOUNTS = "accounts"
    PERCENT = "percent"
    DAYS = "days"


class Figure(msgspec.Struct, frozen=True):
    """One figure of a report.

    Attributes:
        name: by which it is linked, and compared with what was published: ``loss-country-TH``.
        says: what it is, for people.
        value: exact; percentages are rounded where they are shown.
        unit: what it is counted in.
        victims: the names of those on whose rows it stands.
        how: how it is reckoned, where `says` does not tell.
        rows: the rows it stands on; None for all rows of these victims.
    """

    name: str
    says: str
    value: Decimal
    unit: Unit
    victims: tuple[str, ...]
    how: str = ""
    rows: tuple[RowRef, ...] | None = None


class Cell(msgspec.Struct, frozen=True):
    """One line of a breakdown: the victims in it, and what they lost there.

    Attributes:
        name: short and stable, such as ``TH``; `label` is for people.
        victims: their names. In a breakdown of people each stands in one cell, in one of markets
            or counterparties perhaps in several.
        loss: dollars.
        claimed: dollars that these victims said, where the breakdown is one of people.
        part: the part of the whole that has a total of its own, such as the EU.
        rows: the rows it stands on; None for all rows of these victims.
        merged: the names of the cells that were put together in this one.
    """

    name: str
    label: str
    victims: tuple[str, ...]
    loss: Decimal
    claimed: Decimal = ZERO
    part: str = ""
    rows: tuple[RowRef, ...] | None = None
    merged: tuple[str, ...] = ()


class Breakdown(msgspec.Struct, frozen=True):
    """The whole by one property: `name` such as ``exchange``, and its cells, the largest first."""

    name: str
    title: str
    cells: tuple[Cell, ...]

    def named(self) -> Mapping[str, Cell]:
        """The cells by name."""
        return {cell.name: cell for cell in self.cells}


def names(victims: Iterable[Victim]) -> tuple[str, ...]:
    """The victims' names, in order."""
    return tuple(sorted(victim.name for victim in victims))


def lost(victims: Iterable[Victim]) -> Decimal:
    """What they lost together, verified."""
    return sum((victim.verified for victim in victims), ZERO)


def claimed(victims: Iterable[Victim]) -> Decimal:
    """What they say they lost, as far as they say."""
    return sum((victim.claimed or ZERO for victim in victims), ZERO)
