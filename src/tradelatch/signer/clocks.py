"""The signer's time: that since the machine started, which nobody can set, ahead of it by what an
operator stands for.

Windows of loss are windows of this time, so that setting the wall clock moves none of them. A wall
clock that does not agree any more is doubted: only cancels go out until an operator has confirmed
it, and from then on it is what the signer goes by. After a start of the machine the wall clock is
believed unless it lies before the journal's newest record; one that lies ahead differs from the
exchange's, and no reference is made then (`signer.quotes`).
"""

from tradelatch.model.clock import MS, SECOND, BootClock
from tradelatch.signer.records import ClockRead
from tradelatch.signer.state import State

JUMP_NS = 5 * SECOND
"""How far the wall clock may drift from the time since boot; one that is kept is slewed slower."""


class SteadyClock:
    """Time as the state's last reading of the clocks has it."""

    def __init__(self, clock: BootClock, state: State) -> None:
        self._clock, self._state = clock, state

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 00:00 UTC."""
        read, uptime = self._state.clock, self._clock.uptime()
        if read is None or read.boot != uptime.boot:
            return self._clock.now_ns()
        return uptime.ns + read.ahead_ns

    def read(self) -> ClockRead:
        """How the clocks stand now."""
        uptime = self._clock.uptime()
        return ClockRead(self.now_ns(), self._clock.now_ns() - uptime.ns, uptime.boot)

    def doubt(self) -> str:
        """Why the wall clock is not believed; empty if it is."""
        last, now = self._state.clock, self.read()
        if last is not None and last.boot == now.boot:
            moved_ns = now.ahead_ns - last.ahead_ns
            if abs(moved_ns) > JUMP_NS:
                return f"the clock was set by {moved_ns / SECOND:+.0f} s while the machine ran"
        elif now.time_ns < self._state.last_ns - JUMP_NS:
            behind = (self._state.last_ns - now.time_ns) // MS
            return f"the clock stands {behind} ms before the journal's newest record"
        return ""
