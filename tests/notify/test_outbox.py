"""What goes out and when: nothing is lost, the order is kept, what is urgent goes at once."""

from collections import Counter
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notify.test_quiet import at
from tradelatch.model.clock import HOUR, MINUTE, SECOND
from tradelatch.model.notices import Kind
from tradelatch.notify.notices import Letter, Notice, notice, text_of
from tradelatch.notify.outbox import Kept, Outbox
from tradelatch.notify.quiet import Quiet, read_quiet

ALL = frozenset(Kind)
NIGHT = read_quiet("22:00-07:00", "Europe/Berlin")
EVES = (at("2026-03-28 12:00"), at("2026-10-24 12:00"), at("2026-07-01 12:00"))
"""Noon before the clocks go forward, before they go back, and before a night like any other."""


def sent_by(outbox: Outbox, now: int) -> list[Letter]:
    """All that goes out by a channel that works."""
    letters = []
    while letter := outbox.next(now):
        letters.append(letter)
        outbox.sent()
    return letters


class Step(msgspec.Struct, frozen=True):
    """After a time, a notice, and whether the channel works; perhaps the process ends then."""

    after: int
    kind: Kind
    works: bool
    dies: bool


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, 5 * HOUR),
        st.sampled_from(Kind),
        st.booleans(),
        st.integers(0, 9).map(lambda dice: dice == 0),
    ),
    max_size=40,
)


class Way:
    """One channel over some days: what was put in, and what came out when."""

    def __init__(self, quiet: Quiet | None, now: int) -> None:
        self.quiet, self.now = quiet, now
        self.outbox = Outbox(ALL, quiet)
        self.put: list[tuple[int, Notice]] = []
        self.out: list[tuple[int, Notice]] = []
        self.letters: list[Letter] = []

    def go(self, steps: list[Step]) -> None:
        for number, step in enumerate(steps):
            self.now += step.after
            one = notice(self.now, step.kind, str(number))
            self.put.append((self.now, one))
            self.outbox.put(one, self.now)
            if step.works:
                self.drain()
            elif self.outbox.next(self.now):
                if step.dies:  # in the middle of sending
                    self.restart()
                else:
                    self.outbox.failed(self.now)
            if step.dies:
                self.restart()

    def restart(self) -> None:
        kept = msgspec.json.decode(msgspec.json.encode(self.outbox.kept), type=Kept)
        self.outbox = Outbox(ALL, self.quiet, kept)

    def drain(self) -> None:
        for letter in sent_by(self.outbox, self.now):
            self.letters.append(letter)
            self.out += [(self.now, one) for one in letter]

    def finish(self) -> None:
        """Turn to whatever is due until nothing is."""
        while (due := self.outbox.due_ns()) is not None:
            self.now = max(self.now, due)
            self.drain()


@given(st.sampled_from(EVES), STEPS)
@settings(max_examples=300)
def test_nothing_is_lost_and_the_order_is_kept(eve: int, steps: list[Step]) -> None:
    way = Way(NIGHT, eve)
    way.go(steps)
    way.finish()
    told = [one for _, one in way.out]
    assert Counter(told) == Counter(one for _, one in way.put)
    for urgent in (True, False):
        numbers = [int(one.says) for one in told if one.kind.is_urgent == urgent]
        assert numbers == sorted(numbers)
    for letter in way.letters:
        if len(letter) > 1:
            assert not any(one.kind.is_urgent for one in letter)


@given(st.sampled_from(EVES), STEPS)
@settings(max_examples=300)
def test_what_is_urgent_goes_at_once_and_the_rest_when_it_is_not_quiet(
    eve: int, steps: list[Step]
) -> None:
    way = Way(NIGHT, eve)
    way.go([msgspec.structs.replace(step, works=True) for step in steps])
    came = {one: now for now, one in way.put}
    assert NIGHT
    for now, one in way.out:
        quiet_until = NIGHT.end_ns(came[one])
        if one.kind.is_urgent or quiet_until is None:
            assert now == came[one]
        else:
            assert now >= quiet_until
    way.finish()
    assert all(
        now == NIGHT.end_ns(came[one]) or now == came[one] or now in came.values()
        for now, one in way.out
    )


def test_a_night_is_one_letter_at_its_end() -> None:
    zone = ZoneInfo("Europe/Berlin")
    outbox = Outbox(ALL, Quiet(22 * 60, 7 * 60, zone))
    evening, end = at("2026-10-24 22:30"), at("2026-10-25 07:00")
    for hour, kind in enumerate((Kind.DEAL, Kind.DENIAL, Kind.FREEZE, Kind.DEAL)):
        outbox.put(notice(evening + hour * HOUR, kind, f"Notice {hour}."), evening + hour * HOUR)
    assert [one.says for (one,) in sent_by(outbox, evening + 4 * HOUR)] == ["Notice 2."]
    assert outbox.due_ns() == end
    assert sent_by(outbox, end - 1) == []
    outbox.put(notice(end, Kind.DEAL, "Notice 4."), end)
    letter, after = sent_by(outbox, end)
    assert [one.says for one in after] == ["Notice 4."]
    assert text_of(letter).splitlines() == [
        "Held back in quiet hours: deal 2, denial 1.",
        "2026-10-24T20:30:00Z Notice 0.",
        "2026-10-24T21:30:00Z Notice 1.",
        "2026-10-24T23:30:00Z Notice 3.",
    ]


def test_a_failing_channel_is_tried_after_longer_and_longer_pauses() -> None:
    outbox, now = Outbox(ALL), EVES[0]
    outbox.put(notice(now, Kind.DEAL, "x"), now)
    pauses = []
    for _ in range(12):
        assert outbox.next(now)
        pauses.append(outbox.failed(now))
        assert outbox.next(now + int(pauses[-1] * SECOND) - 1) is None
        now += int(pauses[-1] * SECOND)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert len(sent_by(outbox, now)) == 1
    outbox.put(notice(now, Kind.DEAL, "y"), now)
    assert outbox.next(now)
    assert outbox.failed(now) == 1, "a success begins anew"


def test_a_clock_that_is_set_back_does_not_stop_it() -> None:
    outbox, now = Outbox(ALL), EVES[0]
    outbox.put(notice(now, Kind.DEAL, "x"), now)
    outbox.next(now)
    outbox.failed(now)
    assert outbox.next(now - HOUR)


@given(st.lists(st.sampled_from(Kind), max_size=30), st.booleans())
def test_what_is_dropped_is_counted_and_told(kinds: list[Kind], night: bool) -> None:
    """What is not urgent goes first, and the oldest of it."""
    now = at("2026-07-01 23:00" if night else "2026-07-01 12:00")
    outbox = Outbox(ALL, NIGHT, most=5)
    for number, kind in enumerate(kinds):
        outbox.put(notice(now, kind, str(number)), now)
    assert outbox.count == min(len(kinds), 5)
    lost = max(len(kinds) - 5, 0)
    assert outbox.lost == lost
    letters = sent_by(outbox, now + 12 * HOUR)
    if lost:
        (told,) = letters.pop(0)
        assert told.kind is Kind.ERROR
        assert told.says.endswith(f" too long: {lost}.")
    left = {one.says for letter in letters for one in letter}
    urgent = [str(number) for number, kind in enumerate(kinds) if kind.is_urgent]
    assert len(left) == min(len(kinds), 5)
    assert set(urgent[-5:]) <= left
    assert not outbox.kept.lost


def test_a_letter_of_a_night_can_be_dropped_in_part() -> None:
    evening = at("2026-07-01 23:00")
    outbox = Outbox(ALL, NIGHT, most=3)
    for number in range(3):
        outbox.put(notice(evening, Kind.DEAL, str(number)), evening)
    morning = evening + 9 * HOUR
    for number in range(3, 5):
        outbox.put(notice(morning, Kind.FREEZE, str(number)), morning)
    _, night, *urgent = sent_by(outbox, morning)
    assert [one.says for one in night] == ["2"]
    assert [one.says for (one,) in urgent] == ["3", "4"]


def test_what_is_being_sent_takes_nobodys_room() -> None:
    outbox, now = Outbox(ALL, most=1), EVES[2]
    outbox.put(notice(now, Kind.DEAL, "0"), now)
    assert outbox.next(now)
    outbox.put(notice(now, Kind.FREEZE, "1"), now)
    assert (outbox.count, outbox.lost) == (2, 0)
    outbox.failed(now)
    outbox.put(notice(now, Kind.FREEZE, "2"), now)
    assert [one.says for (one,) in outbox.kept.waiting] == ["2"]


def test_what_fails_to_be_told_of_losses_is_told_again() -> None:
    outbox, now = Outbox(ALL, most=1), EVES[2]
    for number in range(3):
        outbox.put(notice(now, Kind.DEAL, str(number)), now)
    assert outbox.next(now)
    outbox.put(notice(now, Kind.DEAL, "3"), now)
    outbox.failed(now)
    later = now + MINUTE
    assert outbox.next(later)
    outbox.put(notice(later, Kind.DEAL, "4"), later)
    outbox.sent()
    (told,), (last,) = sent_by(outbox, later)
    assert told.says.endswith(" too long: 1."), "the one that was dropped while three were told of"
    assert last.says == "4"


@pytest.mark.parametrize("kind", Kind)
def test_a_channel_gets_the_kinds_that_it_wants(kind: Kind) -> None:
    outbox = Outbox(frozenset({kind}))
    for other in Kind:
        outbox.put(notice(EVES[0], other, other), EVES[0])
    assert [one.kind for (one,) in sent_by(outbox, EVES[0])] == [kind]
