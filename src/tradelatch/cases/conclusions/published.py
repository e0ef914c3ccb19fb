"""What others published of the same incident, held against what was computed here, and against
itself.

A file of published figures is a CSV with the columns

==============  =================================================================================
``figure``      the name of a figure of the report, such as ``loss-country-TH``
``published``   the figure as a plain number: 6400000
``qualifier``   ``about``, ``over``, or nothing
``rounded_to``  to what it was rounded: 100000 for "5.5 million", 1 for a number or a dollar
``as_of``       of which day it is, ISO date
``source``      who published it where
==============  =================================================================================
"""

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from tradelatch.cases.conclusions.figures import Figure
from tradelatch.cases.verified import RowRef

COLUMNS = ("figure", "published", "qualifier", "rounded_to", "as_of", "source")
QUALIFIERS = ("", "about", "over")


class UnusablePublished(ValueError):
    """The file of published figures cannot be used; the message is one sentence."""


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
    def agrees(self) -> bool | None:
        """None where there is nothing to compare it with."""
        return self.published.agrees(self.computed.value) if self.computed else None


def read_published(name: str, data: bytes) -> tuple[Published, ...]:
    """The rows of a file, whose name in the case is `name`.

    Raises:
        UnusablePublished: one sentence with the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusablePublished(f"{name}: this is not UTF-8 text") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    lacking = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if lacking:
        raise UnusablePublished(f"{name}: there is no column {lacking[0]!r}")
    return tuple(_published(name, reader.line_num, row) for row in reader)


def _published(name: str, line: int, row: Mapping[str, str | None]) -> Published:
    told = {column: (row[column] or "").strip() for column in COLUMNS}
    where = f"{name}, line {line}"
    try:
        value, step = Decimal(told["published"]), Decimal(told["rounded_to"] or "1")
    except InvalidOperation as error:
        raise UnusablePublished(f"{where}: published and rounded_to are plain numbers") from error
    if not value.is_finite() or not step.is_finite() or step <= 0:
        raise UnusablePublished(f"{where}: rounded_to is above zero, and figures are finite")
    if told["qualifier"] not in QUALIFIERS:
        raise UnusablePublished(f"{where}: the qualifier is about, over or nothing")
    return Published(
        told["figure"],
        value,
        told["qualifier"],
        step,
        told["as_of"],
        told["source"],
        RowRef(name, line),
    )


def compare(
    published: Iterable[Published], figures: Mapping[str, Figure]
) -> tuple[Comparison, ...]:
    """Each published figure beside ours, in the order of the file."""
    return tuple(Comparison(one, figures.get(one.figure)) for one in published)
