"""Dates and times as exports and spreadsheets write them, in ms since 1970 (UTC).

A column is written in one way, and all of it together tells the order of day and month. Where it
does not (``03/04/2022``), or where a part of it was rewritten (spreadsheets do so with the dates
that they take for their own), it is asked for and never guessed.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from tradelatch.exports.refusal import BadCell, shown
from tradelatch.exports.settings import offset_s

Order: TypeAlias = Literal["ymd", "mdy", "dmy"]
ORDERS: tuple[Order, ...] = ("ymd", "mdy", "dmy")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 2099
LAST_MS = (datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1) - 1
"""Whatever lies before 1970 or after this is no time of a trade."""
_LONGEST = 64
"""Characters of a time; also bounds how long a hostile cell can be looked at."""
_DAY = r"(?P<a>\d{1,4})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{1,4})\.?"
_CHINESE = r"(?P<ya>\d{4})年(?P<yb>\d{1,2})月(?P<yc>\d{1,2})日"
_NAMED = (
    r"(?:(?P<da>\d{1,2})(?:st|nd|rd|th)?[ -](?P<na>[a-z]{3,9})\.?,?[ -](?P<yna>\d{4})"
    r"|(?P<nb>[a-z]{3,9})\.? (?P<db>\d{1,2})(?:st|nd|rd|th)?,? (?P<ynb>\d{4}))"
)
_TIME = (
    r"(?:[T,]?\s*(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:[.,:](?P<fraction>\d{1,9}))?)?\s*(?P<half>[ap]\.?m\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d{2})?|UTC|GMT)?"
_MOMENT = re.compile(f"(?:{_DAY}|{_CHINESE}|{_NAMED}){_TIME}{_ZONE}", re.ASCII | re.IGNORECASE)
_COUNT = re.compile(r"(\d{9,19})(?:\.(\d{1,9}))?", re.ASCII)
_SERIAL = re.compile(r"\d{5}[.,]\d+|\d[.,]\d+E\+\d\d", re.ASCII | re.IGNORECASE)
"""Days since 1899 (``44837.9559837963``), or a count that was rounded (``1.66484E+12``)."""
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)


class Ambiguous(ValueError):
    """The order of day, month and year is not told; the message says by which cell."""


class Writing(msgspec.Struct, frozen=True):
    """How a column writes its times: the order of numbers, and the zone of those that tell none
    (seconds east of UTC; None if such are left out)."""

    order: Order
    zone_s: int | None


class _Parts(msgspec.Struct, frozen=True):
    """A time taken apart; `day` are three numbers in an order that is not known yet, unless
    `order` says so. `zone_s` is None where none is told."""

    day: tuple[str, str, str]
    order: str
    mark: str
    time: tuple[int, int, int, int]
    has_time: bool
    zone_s: int | None


@lru_cache(maxsize=8_192)
def ms_of(cell: str, writing: Writing) -> int:
    """Ms since 1970 of a cell.

    Raises:
        BadCell: it is no time from 1970 to 2099, has no clock time, or tells no zone where one is
            needed.
    """
    ms = _ms_of(cell, writing)
    if not 0 <= ms <= LAST_MS:
        raise BadCell(f"{shown(cell)} is not from 1970 to {_LAST_YEAR}")
    return ms


def _ms_of(cell: str, writing: Writing) -> int:
    if found := _COUNT.fullmatch(cell):
        return _of_count(found.group(1), found.group(2) or "")
    parts = _parts(cell)
    if parts is None:
        if _SERIAL.fullmatch(cell):
            raise BadCell(
                f"{shown(cell)} is a spreadsheet's own number: show the column as date and time, "
                "and save it anew"
            )
        raise BadCell(f"{shown(cell)} is not a time")
    if not parts.has_time:
        raise BadCell(f"{shown(cell)} has a day and no time")
    zone = writing.zone_s if parts.zone_s is None else parts.zone_s
    if zone is None:
        raise BadCell(f"{shown(cell)} tells no zone, and others do: --set zone=UTC says which")
    day = _day(parts, parts.order or writing.order)
    if day is None:
        raise BadCell(f"{shown(cell)} is not a date in the order {writing.order}")
    hour, minute, second, ms = parts.time
    if hour > 23 or minute > 59 or second > 60:
        raise BadCell(f"{shown(cell)} has no time of a day")
    seconds = (day - _EPOCH) // timedelta(seconds=1) + hour * 3_600 + minute * 60 + second
    return (seconds - zone) * 1_000 + ms


def date_of(cell: str, order: Order = "ymd") -> str:
    """The ISO date of a cell, with or without a time of the day.

    Raises:
        BadCell: it is none, or not from 1970 to 2099.
    """
    parts = _parts(cell)
    day = _day(parts, parts.order or order) if parts else None
    if day is None:
        raise BadCell(f"{shown(cell)} is not a date (write it as 2022-10-19)")
    if not _EPOCH.year <= day.year <= _LAST_YEAR:
        raise BadCell(f"{shown(cell)} is not from 1970 to {_LAST_YEAR}")
    return day.date().isoformat()


def order_of(cells: Iterable[str], usual: Order | None = None) -> Order:
    """The order of day, month and year in a column; `usual` is that of the export's kind, taken
    unless a cell contradicts it.

    Raises:
        Ambiguous: the cells do not tell, or are written in two ways.
    """
    looks: dict[str, str] = {}
    possible = set(ORDERS)
    open_cell = ""
    for cell in cells:
        parts = _parts(cell)
        if parts is None:
            continue
        looks.setdefault(f"{parts.order}{parts.mark}", cell)
        if not parts.order:
            fitting = {one for one in possible if _day(parts, one)}
            possible, open_cell = fitting or possible, open_cell or cell
    if len(looks) > 1:
        one, other = list(looks.values())[:2]
        raise Ambiguous(f"{shown(one)} and {shown(other)} are written in two ways")
    if not open_cell:
        return "ymd"
    if usual in possible:
        return usual
    if len(possible) > 1 and "." in looks and "dmy" in possible:
        return "dmy"  # nobody writes the month first with points
    if len(possible) > 1:
        raise Ambiguous(f"{shown(open_cell)} does not tell day from month")
    return possible.pop()


def tells_zone(cell: str) -> bool | None:
    """Whether a cell tells its zone; None if it is no time."""
    if _COUNT.fullmatch(cell):
        return True
    parts = _parts(cell)
    return None if parts is None else parts.zone_s is not None


def _parts(cell: str) -> _Parts | None:
    found = _MOMENT.fullmatch(cell) if len(cell) <= _LONGEST else None
    if not found:
        return None
    told = found.groupdict()
    day, order = _numbers(told)
    if day is None:
        return None
    hour = int(told["hour"] or 0)
    if told["half"]:
        if not 1 <= hour <= 23:
            return None
        # Some write 13:05 PM.
        hour = hour if hour > 12 else hour % 12 + 12 * told["half"].lower().startswith("p")
    ms = int((told["fraction"] or "0").ljust(3, "0")[:3])
    time = (hour, int(told["minute"] or 0), int(told["second"] or 0), ms)
    zone = offset_s(told["zone"]) if told["zone"] else None
    return _Parts(day, order, told["mark"] or "", time, told["hour"] is not None, zone)


def _numbers(told: dict[str, str | None]) -> tuple[tuple[str, str, str] | None, str]:
    """Three numbers of a day, and their order where it is certain."""
    if told["ya"]:
        return (str(told["ya"]), str(told["yb"]), str(told["yc"])), "ymd"
    name = told["na"] or told["nb"]
    if name:
        if name[:3].lower() not in _MONTHS:
            return None, ""
        month = str(_MONTHS.index(name[:3].lower()) + 1)
        day, year = told["da"] or told["db"], told["yna"] or told["ynb"]
        return (str(year), month, str(day)), "ymd"
    a, b, c = str(told["a"]), str(told["b"]), str(told["c"])
    if len(a) == 4:
        return (a, b, c), "ymd"
    return (a, b, c), ""


def _day(parts: _Parts, order: str) -> datetime | None:
    a, b, c = parts.day
    year, month, day = {"ymd": (a, b, c), "mdy": (c, a, b), "dmy": (c, b, a)}[order]
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    number = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        return datetime(number, int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None


def _of_count(whole: str, fraction: str) -> int:
    """Of s, ms, us or ns since 1970, told by their size."""
    number = int(whole)
    if number < 10**11:
        return number * 1_000 + int(fraction.ljust(3, "0")[:3] or 0)
    for unit in (1, 1_000, 1_000_000):
        if number < 10**14 * unit:
            return number // unit
    raise BadCell(f"{shown(whole)} is not a time")
