"""Time: UTC, in integer nanoseconds or milliseconds, from a clock that is handed in."""

import time
from typing import Protocol

from tradelatch.model.uptime import Uptime, system_uptime

MS = 1_000_000
SECOND = 1_000 * MS
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Whatever tells the time."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 00:00 UTC."""


class BootClock(Clock, Protocol):
    """A clock that also tells a time which nobody can set."""

    def uptime(self) -> Uptime:
        """How long the machine has run."""


class SystemClock:
    """The machine's own clocks (Linux)."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 00:00 UTC, by the wall clock."""
        return time.time_ns()

    def uptime(self) -> Uptime:
        """How long the machine has run, suspension included."""
        return system_uptime()


class FastClock:
    """Shows `start_ns` when it is made, and from then on runs `speed` times as fast as another
    clock."""

    def __init__(self, clock: Clock, speed: int, start_ns: int) -> None:
        self._clock = clock
        self._speed = speed
        self._start_ns = start_ns
        self._began_ns = clock.now_ns()

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 00:00 UTC."""
        return self._start_ns + (self._clock.now_ns() - self._began_ns) * self._speed


class ManualClock:
    """A clock that moves only when told to; days pass in a test in microseconds."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self._boot_ns = 0

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 00:00 UTC."""
        return self._now_ns

    def advance(self, nanoseconds: int) -> None:
        """Move on; time does not go back."""
        if nanoseconds < 0:
            raise ValueError("a clock is only moved forward")
        self._now_ns += nanoseconds
        self._boot_ns += nanoseconds

    def uptime(self) -> Uptime:
        """The time since the clock was made; the machine starts once."""
        return Uptime("manual", self._boot_ns)

    def jump(self, nanoseconds: int) -> None:
        """Set the wall clock by so much, as somebody with the right to may do."""
        self._now_ns += nanoseconds
