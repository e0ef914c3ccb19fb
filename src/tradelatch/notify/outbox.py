"""What goes out on one channel, and when: no I/O, and the time is handed in.

Notices keep their order, but that urgent ones pass what quiet hours hold back. What is held back
goes out as one letter when the window ends in which the first of it came. A channel that fails is
tried again after longer and longer pauses, for ever; only where more waits than there is room for
is something dropped, which is counted, and told by the channel itself once it works.
"""

import msgspec

from tradelatch.model.clock import SECOND
from tradelatch.model.notices import Kind
from tradelatch.notify.notices import Letter, Notice, notice
from tradelatch.notify.quiet import Quiet

MOST = 1_000
"""How many notices may wait on a channel."""
_LONGEST_NS = 300 * SECOND


class Kept(msgspec.Struct):
    """What an outbox still has to send: all of it that outlives the process."""

    waiting: list[Letter] = []
    """To be sent, the oldest first."""
    held: list[Notice] = []
    """Held back until `due_ns`."""
    due_ns: int = 0
    lost: int = 0
    """Dropped, and not told of yet."""


class Outbox:
    """One channel's notices on their way."""

    def __init__(
        self,
        kinds: frozenset[Kind],
        quiet: Quiet | None = None,
        kept: Kept | None = None,
        most: int = MOST,
    ) -> None:
        """`kept` is what an earlier one left."""
        self._kinds, self._quiet, self._most = kinds, quiet, most
        self._kept = kept or Kept()
        self._sending: Letter = ()
        self._told = 0
        self._failures, self._retry_ns = 0, 0
        self.lost = 0
        """Dropped since the outbox was made."""

    def put(self, one: Notice, now_ns: int) -> None:
        """Take a notice, if the channel wants its kind."""
        if one.kind not in self._kinds:
            return
        self._release(now_ns)
        end_ns = self._quiet.end_ns(now_ns) if self._quiet else None
        if end_ns is None or one.kind.is_urgent:
            self._kept.waiting.append((one,))
        else:
            self._kept.due_ns = self._kept.due_ns if self._kept.held else end_ns
            self._kept.held.append(one)
        while self.count - len(self._sending) > self._most:
            self._drop()

    def next(self, now_ns: int) -> Letter | None:
        """What is to be sent now; `sent` or `failed` has to follow before the next one."""
        self._release(now_ns)
        if now_ns < self._retry_ns <= now_ns + _LONGEST_NS:  # later only if a clock was set back
            return None
        if self._kept.lost:
            self._told = self._kept.lost
            says = f"Notices dropped, since this channel took none for too long: {self._told}."
            return (notice(now_ns, Kind.ERROR, says),)
        if self._kept.waiting:
            self._sending = self._kept.waiting.pop(0)
            return self._sending
        return None

    def sent(self) -> None:
        """The channel took it."""
        self._kept.lost -= self._told
        self._sending, self._told, self._failures, self._retry_ns = (), 0, 0, 0

    def failed(self, now_ns: int) -> float:
        """The channel did not take it; how long it is waited before it is tried again, seconds."""
        if self._sending:
            self._kept.waiting.insert(0, self._sending)
        self._sending, self._told = (), 0
        pause_ns = min(SECOND << min(self._failures, 20), _LONGEST_NS)
        self._failures += 1
        self._retry_ns = now_ns + pause_ns
        return pause_ns / SECOND

    def due_ns(self) -> int | None:
        """When there is something to do next; None until a notice comes."""
        moments = [self._retry_ns] if self._kept.waiting or self._kept.lost else []
        moments += [self._kept.due_ns] if self._kept.held else []
        return min(moments, default=None)

    @property
    def count(self) -> int:
        """How many notices wait, those held back included."""
        sending = len(self._sending)
        return sending + sum(map(len, self._kept.waiting)) + len(self._kept.held)

    @property
    def kept(self) -> Kept:
        """A copy of what is still to be sent."""
        kept, sending = self._kept, [self._sending] if self._sending else []
        return Kept([*sending, *kept.waiting], list(kept.held), kept.due_ns, kept.lost)

    def _release(self, now_ns: int) -> None:
        """Quiet hours are over: what they held back is one letter, and waits behind the others."""
        if self._kept.held and now_ns >= self._kept.due_ns:
            self._kept.waiting.append(tuple(self._kept.held))
            self._kept.held = []

    def _drop(self) -> None:
        """Make room: the oldest notice that is not urgent goes, else the oldest."""
        self.lost += 1
        self._kept.lost += 1
        if self._kept.held:
            del self._kept.held[0]
            return
        waiting = self._kept.waiting
        calm = (place for place, letter in enumerate(waiting) if not letter[0].kind.is_urgent)
        place = next(calm, 0)
        if rest := waiting[place][1:]:
            waiting[place] = rest
        else:
            del waiting[place]
