"""What others published of the same incident, held against what was computed here, and against
itself.

A file of published figures is a table with the columns

==============  =================================================================================
``figure``      the name of a figure of the report, such as ``loss-country-TH``
``published``   the figure as a number: 6400000
``qualifier``   ``about``, ``over``, or nothing
``rounded_to``  to what it was rounded: 100000 for "5.5 million", 1 for a number or a dollar
``as_of``       of which day it is, ISO date
``source``      who published it where
==============  =================================================================================
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from tradelatch.cases.conclusions.figures import Figure
from tradelatch.cases.kinds import LAYOUTS, Kind
from tradelatch.cases.verified import RowRef
from tradelatch.exports.refusal import BadCell, Refused
from tradelatch.exports.settings import Settings
from tradelatch.exports.sheet import Row, open_sheet

QUALIFIERS = ("", "about", "over")


class Published(msgspec.Struct, frozen=True):
    """One published figure, and the row it stands in."""

    figure: str
    value: Decimal
    qualifier: str
    rounded_to: Decimal
    as_of: str
    source: str
    row: RowRef

    def agrees(self, value: Decimal) -> bool:
        """Whether a computed value can have been published so: it rounds to it, or lies within
        one step of it where it is "about" so much; "over" is at least so much, and less than
        one step more."""
        if self.qualifier == "over":
            return self.value <= value < self.value + self.rounded_to
        step = self.rounded_to if self.qualifier == "about" else self.rounded_to / 2
        return abs(value - self.value) <= step


class Comparison(msgspec.Struct, frozen=True):
    """A published figure beside the one computed here; None where the case has none of the name."""

    published: Published
    computed: Figure | None

    @property
    def says(self) -> str:
        """What it is, for people."""
        return self.computed.says if self.computed else self.published.figure.replace("-", " ")

    @property
    def agrees(self) -> bool | None:
        """None where there is nothing to compare it with."""
        return self.published.agrees(self.computed.value) if self.computed else None


def read_published(
    data: bytes, name: str, settings: Settings, mapping: Mapping[str, str]
) -> tuple[Published, ...]:
    """The rows of a file, whose name in the case is `name`.

    Raises:
        Refused: it cannot be read; one sentence with the line.
    """
    sheet = open_sheet(data, name, [LAYOUTS[Kind.PUBLISHED]], settings, mapping)
    return tuple(_published(row) for row in sheet.rows)


def _published(row: Row) -> Published:
    where = f"{row.sheet.name}, line {row.line}"
    try:
        value = row.number("value")
        step = row.number("rounded_to") if row.has("rounded_to") else Decimal(1)
    except BadCell as error:
        raise Refused(f"{where}: {error}") from error
    qualifier = row.text("qualifier").lower()
    if step <= 0:
        raise Refused(f"{where}: rounded_to is above zero")
    if qualifier not in QUALIFIERS:
        raise Refused(f"{where}: the qualifier is about, over or nothing")
    return Published(
        row.text("figure"),
        value,
        qualifier,
        step,
        row.text("as_of"),
        row.text("source"),
        RowRef(row.sheet.name, row.line),
    )


def compare(
    published: Iterable[Published], figures: Mapping[str, Figure]
) -> tuple[Comparison, ...]:
    """Each published figure beside ours, in the order of the file."""
    return tuple(Comparison(one, figures.get(one.figure)) for one in published)
