"""A venue whose time passes faster than the machine's."""

import json
import signal
import time
from pathlib import Path

import pytest

from tests.venue.site import Site
from tests.venue.stage import NOW, write_tape
from tradelatch.model.clock import MS, ManualClock
from tradelatch.venue.engine.bars import MINUTE_MS
from tradelatch.venue.house import House
from tradelatch.venue.log import CommandLog

HOUR_MS = 60 * MINUTE_MS
START = 1_562_000_040_000


async def test_time_runs_and_never_goes_back_over_a_restart(tmp_path: Path) -> None:
    machine = ManualClock(NOW * MS)

    def begin(speed: int) -> House:
        house = House(CommandLog(tmp_path / "log"), machine, speed=speed)
        house.start(1, flat=True)
        return house

    fast = begin(60)
    assert fast.now == NOW
    machine.advance(MINUTE_MS * MS)
    assert fast.now == NOW + HOUR_MS
    fast.step()
    machine.advance(500 * MS)
    fast.note_time()
    seen = fast.now
    assert seen == NOW + HOUR_MS + 30_000
    await fast.log.close()

    machine.advance(MINUTE_MS * MS)
    usual = begin(1)
    assert usual.now == seen, "it stood still meanwhile"
    machine.advance(700 * MS)
    assert usual.now == seen + 700
    machine.advance(MINUTE_MS * MS)
    usual.step()
    seen = usual.now
    await usual.log.close()
    late = begin(1)
    assert late.now == seen
    await late.log.close()

    machine.advance(2 * HOUR_MS * MS)
    caught_up = begin(1)
    assert caught_up.now * MS == machine.now_ns()
    await caught_up.log.close()


async def test_a_venue_that_is_not_ahead_notes_nothing(tmp_path: Path) -> None:
    machine = ManualClock(NOW * MS)
    log = CommandLog(tmp_path / "log")
    house = House(log, machine)
    house.start(1, flat=True)
    machine.advance(HOUR_MS * MS)
    known = log.mark.commands
    house.note_time()
    assert log.mark.commands == known
    await log.close()


def test_clients_see_the_venues_time(tmp_path: Path) -> None:
    speed = 600
    with Site(tmp_path, "--flat", "--speed", str(speed)) as site:
        first, done = venue_time(site), time.time()
        time.sleep(0.2)
        begun, second = time.time(), venue_time(site)
        # Less only for milliseconds that are not told.
        assert second - first >= (begun - done) * 1_000 * speed - 1
        assert site.end(signal.SIGTERM)[0] == 0
        left = json.loads(site.log.read_text().splitlines()[-1])["command"]
        assert left["do"] == "time"
        assert left["at"] >= second
    with Site(tmp_path, "--flat") as site:
        assert venue_time(site) >= second


@pytest.mark.parametrize("speed", ["1", "2000"])
def test_a_tape_is_played_as_fast_as_time_passes(tmp_path: Path, speed: str) -> None:
    rows = [(START + n * 1_000, "1.04", "10", "buy") for n in range(600)]
    rows += [(START + n * HOUR_MS, f"{1 + n / 100}", "7", "sell") for n in range(1, 4)]
    tape = write_tape(tmp_path / "ABC.csv", rows)
    arguments = ("--tape", str(tape), "--tape-from", "2019-07-01T17:10", "--speed", speed)
    with Site(tmp_path / "venue", *arguments) as site:
        began = venue_time(site)
        last = "1.04000000"
        if speed == "2000":
            while venue_time(site) < began + 4 * HOUR_MS:
                time.sleep(0.1)
            last = "1.03000000"
        _, ticker = site.request("GET", "/api/v3/ticker/price?symbol=ABCBTC")
        assert ticker["price"] == last


def venue_time(site: Site) -> int:
    told: int = site.request("GET", "/api/v3/time")[1]["serverTime"]
    return told
