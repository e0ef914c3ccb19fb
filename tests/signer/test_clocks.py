"""The signer's time cannot be set, and whoever sets the wall clock is noticed."""

import pytest

from tests.signer.conftest import NOW, Bench
from tradelatch.model.clock import DAY, HOUR, SECOND, ManualClock, SystemClock
from tradelatch.model.uptime import Uptime
from tradelatch.signer.clocks import SteadyClock
from tradelatch.signer.records import AnyRecord, ClockRead, Confirmed, decode, encode
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"


class Watched:
    """A signer that watches its clock."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.bench = clock, Bench()
        self.bench.core.clock = SteadyClock(clock, self.bench.state)

    def watch(self) -> str:
        self.bench.history += self.bench.core.watch_clock()
        return self.bench.state.doubt("me")

    def restarted(self) -> "Watched":
        """Another process, with what the journal says."""
        again = Watched(self.clock)
        again.bench.state = again.bench.core.state = State()
        again.bench.history = []
        for record in self.bench.history:
            again.bench.take(decode(encode(record)))
        again.bench.core.clock = SteadyClock(self.clock, again.bench.state)
        return again

    def now(self) -> int:
        assert self.bench.core.clock
        return self.bench.core.clock.now_ns()


@pytest.fixture
def watched() -> Watched:
    signer = Watched(ManualClock(NOW))
    assert signer.watch() == ""
    return signer


def _kinds(records: list[AnyRecord], kind: type[AnyRecord]) -> int:
    return sum(isinstance(record, kind) for record in records)


@pytest.mark.parametrize("jump", [DAY, -DAY, 6 * SECOND, -6 * SECOND])
@pytest.mark.parametrize("restart", [False, True])
def test_a_wall_clock_that_is_set_closes_everything_and_moves_no_window(
    watched: Watched, jump: int, restart: bool
) -> None:
    watched.clock.advance(HOUR)
    watched.clock.jump(jump)
    if restart:
        watched = watched.restarted()
    assert watched.now() == NOW + HOUR
    assert watched.watch().startswith(f"the clock was set by {jump // SECOND:+d} s")
    order = watched.bench.core.consider(watched.bench.order(), SOURCE, NOW)
    assert order.refusal is not None
    assert "the clock was set" in str(order.refusal)


def test_drift_is_no_jump_and_is_noted_once(watched: Watched) -> None:
    for _ in range(10):
        watched.clock.advance(HOUR)
        watched.clock.jump(SECOND // 2)
        assert watched.watch() == ""
    assert _kinds(watched.bench.history, ClockRead) == 1


def test_what_is_confirmed_is_gone_by(watched: Watched) -> None:
    watched.clock.jump(DAY)
    watched.watch()
    watched.bench.take(Confirmed(watched.now(), ""))
    assert watched.bench.core.clock
    watched.bench.take(watched.bench.core.clock.read())
    assert watched.watch() == ""
    assert watched.now() == NOW + DAY
    assert watched.restarted().watch() == ""


def test_after_a_start_of_the_machine_time_is_not_before_the_newest_record(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.clock.advance(HOUR)
    watched.bench.take(Confirmed(watched.now(), ""))
    monkeypatch.setattr(ManualClock, "uptime", lambda self: Uptime("another", 0))
    again = watched.restarted()
    assert again.watch() == ""
    assert _kinds(again.bench.history, ClockRead) == 2
    monkeypatch.setattr(ManualClock, "uptime", lambda self: Uptime("a third", 0))
    watched.clock.jump(-HOUR)
    assert "before the journal's newest record" in again.restarted().watch()


def test_the_machines_own_clocks_agree_with_each_other() -> None:
    clock = SystemClock()
    ahead = clock.now_ns() - clock.uptime().ns
    assert abs(clock.now_ns() - clock.uptime().ns - ahead) < SECOND
    assert len(clock.uptime().boot) == 36
