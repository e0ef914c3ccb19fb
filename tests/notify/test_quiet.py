"""Quiet hours by the clock on the wall, on days that are longer or shorter than others too."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tradelatch.model.clock import DAY, HOUR, MINUTE, SECOND
from tradelatch.notify.quiet import local_zone, read_quiet

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
YEAR = 1_767_225_600_000_000_000  # 2026


def at(text: str, zone: str = BERLIN, fold: int = 0) -> int:
    """A time on the wall, in ns."""
    shown = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(shown.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        ("22:00-07:00", at("2026-07-01 21:59:59"), None),
        ("22:00-07:00", at("2026-07-01 22:00"), at("2026-07-02 07:00")),
        ("22:00-07:00", at("2026-07-02 06:59:59"), at("2026-07-02 07:00")),
        ("22:00-07:00", at("2026-07-02 07:00"), None),
        ("09:00-17:00", at("2026-07-02 09:00"), at("2026-07-02 17:00")),
        ("09:00-17:00", at("2026-07-02 17:00"), None),
        # The night of the 29th of March has an hour less, that of the 25th of October one more.
        ("22:00-07:00", at("2026-03-28 22:00"), at("2026-03-28 22:00") + 8 * HOUR),
        ("22:00-07:00", at("2026-10-24 22:00"), at("2026-10-24 22:00") + 10 * HOUR),
        # 02:30 is not there, or twice.
        ("22:00-02:30", at("2026-03-29 01:59"), at("2026-03-29 03:30")),
        ("02:30-07:00", at("2026-03-29 03:29"), None),
        ("02:30-07:00", at("2026-03-29 03:30"), at("2026-03-29 07:00")),
        ("22:00-02:30", at("2026-10-25 02:29"), at("2026-10-25 02:30")),
        ("22:00-02:30", at("2026-10-25 02:29", fold=1), None),
    ],
)
def test_when_it_is_quiet(window: str, now: int, end: int | None) -> None:
    quiet = read_quiet(window, BERLIN)
    assert quiet
    assert quiet.end_ns(now) == end


MINUTES = st.integers(0, 1_439)


def text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@given(MINUTES, MINUTES, st.sampled_from(ZONES), st.integers(0, 366 * 1_440))
@example(22 * 60, 7 * 60, BERLIN, 300 * 1_440)
def test_away_from_changes_of_the_clock_it_is_what_the_wall_shows(
    start: int, end: int, zone: str, minute: int
) -> None:
    now = YEAR + minute * MINUTE
    days = [datetime.fromtimestamp((now + n * DAY) // SECOND, ZoneInfo(zone)) for n in (-1, 0, 1)]
    assume(start != end and len({day.utcoffset() for day in days}) == 1)
    quiet = read_quiet(f"{text(start)}-{text(end)}", zone)
    assert quiet
    shown = days[1].hour * 60 + days[1].minute
    covered = (shown - start) % 1_440 < (end - start) % 1_440
    assert quiet.end_ns(now) == (now + (end - shown) % 1_440 * MINUTE if covered else None)


@given(MINUTES, MINUTES, st.sampled_from(ZONES), st.integers(0, 366 * 1_440))
def test_a_window_ends_within_a_day_and_an_hour(
    start: int, end: int, zone: str, minute: int
) -> None:
    assume(start != end)
    quiet = read_quiet(f"{text(start)}-{text(end)}", zone)
    now = YEAR + minute * MINUTE
    assert quiet
    until = quiet.end_ns(now)
    assert until is None or now < until <= now + DAY + HOUR


def test_without_a_zone_the_machines_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    quiet = read_quiet("22:00-07:00", "")
    assert quiet
    now = at("2026-07-01 22:00", "America/New_York")
    assert quiet.end_ns(now) == now + 9 * HOUR
    monkeypatch.setenv("TZ", "no/such/zone")
    assert local_zone().utcoffset(datetime.now(ZoneInfo("UTC"))) is not None
    assert read_quiet("", "") is None
