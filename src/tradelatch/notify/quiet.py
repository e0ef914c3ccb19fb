"""Quiet hours: a window of every day in one time zone's wall clock."""

import os
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tradelatch.model.clock import MINUTE, SECOND
from tradelatch.model.daytimes import read_window

_LOCAL = Path("/etc/localtime")


class Quiet(msgspec.Struct, frozen=True):
    """Minutes of the day in `zone`; a window that does not end after its start ends the next day.

    A time that the clocks skip counts as the one that they show then; of one that they show twice
    the first counts. So each day has one window, whatever the clocks do.
    """

    start: int
    end: int
    zone: tzinfo

    def end_ns(self, now_ns: int) -> int | None:
        """When the window that covers a moment ends; None outside of quiet hours."""
        today = datetime.fromtimestamp(now_ns // SECOND, self.zone).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.start < self.end else day + timedelta(days=1)
            end_ns = self._ns(last, self.end)
            if self._ns(day, self.start) <= now_ns < end_ns:
                return end_ns
        return None

    def _ns(self, day: date, minute: int) -> int:
        shown = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        return int(shown.timestamp()) // 60 * MINUTE


def read_quiet(window: str, zone: str) -> Quiet | None:
    """The quiet hours of two settings; None without a window. No `zone` is the machine's own.

    Raises:
        ValueError: there is no such window or zone.
    """
    if not window:
        return None
    start, end = read_window(window)
    return Quiet(start, end, ZoneInfo(zone) if zone else local_zone())


def local_zone() -> tzinfo:
    """The time zone that the machine's clock shows, with its rules."""
    try:
        if name := os.environ.get("TZ", "").lstrip(":"):
            return ZoneInfo(name)
        with _LOCAL.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
