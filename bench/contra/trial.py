"""One trial: attacks and hard negatives in one recorded tape, and what a view made of them."""

from collections import Counter
from pathlib import Path

import ibis
import msgspec

from bench.contra import honest, theft
from bench.contra.world import HOUR_MS, MINUTE_MS, Victim, World
from tradelatch.detect.findings import Finding

LOWEST = 0.01
"""Findings are kept down to this threshold, for the curves."""
RINGS, MOST_VICTIMS = 3, 4
PUMP_MS = 24 * HOUR_MS


class Outcome(msgspec.Struct, frozen=True):
    """What became of one victim: the score (0 where it was not found), what was said to have
    passed on against what did, how soon it was found (s; None where never or not asked), and the
    part of the loss that was still to come by then. `doubt` is `world.Victim`'s."""

    pace: str
    size: float
    markup: float
    passed: float
    score: float
    value: float
    after_s: float | None = None
    preventable: float = 0.0
    doubt: tuple[float, float] | None = None

    def error(self) -> float:
        """Of the value told, as a part of what passed on."""
        return abs(self.value / self.passed - 1)

    def beyond_doubt(self) -> float:
        """The same, but from the nearest of what passed on by the usual accounts."""
        least, most = self.doubt or (self.passed, self.passed)
        return max(1 - self.value / least, self.value / most - 1, 0.0)


class WrongAlert(msgspec.Struct, frozen=True):
    """Somebody was called a victim who was none, or something a theft."""

    kind: str
    score: float


class Winner(msgspec.Struct, frozen=True):
    """An account that took from victims, or that was said to have; with the score of that, 0 where
    it was not found."""

    is_thief: bool
    score: float


class Trial(msgspec.Struct, frozen=True):
    """What came of it; `cases` counts the hard negatives by kind. Who won is known to the exchange
    alone."""

    tape: str
    outcomes: tuple[Outcome, ...]
    wrong: tuple[WrongAlert, ...]
    cases: dict[str, int]
    winners: tuple[Winner, ...] = ()


def attacked(path: Path, number: int, seed: int) -> World:
    """The world of a trial; `number` chooses the paces."""
    world = World(path, seed)
    paces = list(theft.PACES)
    for ring in range(RINGS):
        pace = paces[(number * RINGS + ring) % len(paces)]
        theft.rob(world, ring, world.chance.randint(1, MOST_VICTIMS), pace)
    honest.add_all(world)
    return world


def in_duckdb(table: object) -> ibis.Table:
    """A table of Arrow as detectors take it."""
    return ibis.duckdb.connect().create_table("trades", table)


def outcome(victim: Victim, found: list[Finding], truth: float) -> Outcome:
    """A victim's, without the time; `truth` is what the findings' values should come to."""
    more = truth - victim.passed
    return Outcome(
        victim.pace,
        victim.size,
        victim.markup,
        truth,
        max((one.score for one in found), default=0.0),
        sum(one.value or 0.0 for one in found),
        doubt=(victim.doubt[0] + more, victim.doubt[1] + more),
    )


def winners(thieves: set[str], found: list[Finding]) -> tuple[Winner, ...]:
    """All who took from victims and all who were said to have; `thieves` are the former."""
    scores: dict[str, float] = {}
    for one in found:
        name = one.subjects["counterparty"]
        scores[name] = max(scores.get(name, 0.0), one.score)
    return tuple(
        Winner(name in thieves, scores.get(name, 0.0)) for name in sorted(thieves | set(scores))
    )


def by_account(found: list[Finding]) -> dict[str, list[Finding]]:
    """Findings by whom they are about."""
    grouped: dict[str, list[Finding]] = {}
    for one in found:
        grouped.setdefault(one.subjects["account"], []).append(one)
    return grouped


def cases(world: World) -> dict[str, int]:
    """The hard negatives of a world; a pump and quiet days are in each."""
    kinds = Counter(world.negatives.values())
    return {"pump": 1, "quiet days and natural spikes": 1, **kinds}


def kind(world: World, name: str, first_ms: int) -> str:
    """Which hard negative an alert is about, by its account; by its time where there is none."""
    if name in world.negatives:
        return world.negatives[name]
    for told, first, last in world.events:
        if not name and first - MINUTE_MS <= first_ms <= last + MINUTE_MS:
            return told
    since = first_ms - world.pump_ms
    return "pump" if -30 * MINUTE_MS <= since <= PUMP_MS else "quiet days and natural spikes"
