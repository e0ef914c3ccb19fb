"""The account of a leak: which list, which hits, what was done and what is left to do by hand. It
holds no secret, and of no id more than its ends."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from tradelatch.cli.leaks.acting import Outcome
from tradelatch.cli.leaks.by_hand import steps
from tradelatch.cli.leaks.hits import Hit
from tradelatch.cli.leaks.known import Known, Place
from tradelatch.cli.leaks.reading import Found, Numbers
from tradelatch.model.statements import utc

_LEAST, _ENDS = 12, 4


class Report(msgspec.Struct, frozen=True):
    """The account. `malformed` has the first and last lines of each range, by reason."""

    time: str
    sha256: str
    lines: int
    ids: int
    duplicates: int
    malformed: dict[str, list[tuple[int, int]]]
    hits: list[Hit]
    done: list[str]
    problems: list[str]
    by_hand: list[str]

    @property
    def malformed_lines(self) -> int:
        """How many there are."""
        return sum(last - first + 1 for of in self.malformed.values() for first, last in of)


def report(
    found: Found,
    known: Known,
    places: Sequence[Place],
    outcome: Outcome | None,
    channels: Sequence[str],
    now_ns: int,
) -> Report:
    """What came of it; without an `outcome` nothing was to be changed. `channels` are those that
    notices go to."""
    outcome, acted = outcome or Outcome(), outcome is not None
    good = Counter(g["account"] for g in known.grants.values() if g["state"] == "issued")
    hits = [_hit(known, place, outcome, good[place.account]) for place in places]
    problems = [f"{outcome.problem}; run it again, it does the rest"] if outcome.problem else []
    return Report(
        utc(now_ns),
        found.sha256,
        found.lines,
        found.ids,
        found.duplicates,
        {why: ranges(numbers) for why, numbers in found.malformed.items()},
        hits,
        _done(hits, outcome) if acted else ["nothing was changed"],
        problems,
        list(steps(hits, acted, outcome.ended, channels)),
    )


def ranges(numbers: Numbers) -> list[tuple[int, int]]:
    """Rising numbers as first and last of each run."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def shortened(key_id: str) -> str:
    """The ends of an id, by which its owner knows it."""
    ends = _ENDS if len(key_id) >= _LEAST else 1
    return f"{key_id[:ends]}...{key_id[-ends:]}"


def _hit(known: Known, place: Place, outcome: Outcome, grants: int) -> Hit:
    told = known.keys[place.account]
    created = used = ""
    if place.grant:
        what, key_id, state = "grant", place.grant, known.grants[place.grant]["state"]
    elif place.former is not None:
        former: dict[str, Any] = told["former"][place.former]
        what, key_id, state = "former key", former["key_id"], former["state"]
    else:
        what, key_id, state = "key", told["key_id"], told["state"]
        heard = told["inspected"]
        made_ms = heard["rights"]["created_ms"] if heard else 0
        created = utc(made_ms * 1_000_000 or told["since_ns"])
        used = utc(told["asked_ns"]) if told["asked_ns"] else ""
    after = outcome.after.get(place, state)
    names = (place.account, told["customer"], told["exchange"])
    return Hit(*names, what, shortened(key_id), state, after, created, used, grants)


def _done(hits: list[Hit], outcome: Outcome) -> list[str]:
    states = Counter((hit.what, hit.before, hit.after) for hit in hits if hit.what != "former key")
    said = [
        f"{count} {what}{'' if count == 1 else 's'}: {before}, now {after}"
        for (what, before, after), count in states.items()
    ]
    ended = [f"ended at the exchange: {len(outcome.ended)}"] if outcome.ended else []
    return said + ended or ["there was nothing to do"]
