"""Many runs of one attacker, summed up: what he got at most, and what stopped him."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.drills.catalogue import OUTSIDE
from tradelatch.drills.scenery import WORTH
from tradelatch.drills.score import Score
from tradelatch.model.money import ZERO, plain

LEAST = Decimal("0.02")
"""The share of an unguarded account that a thief has to cost it to be worth guarding against."""


class Summary(msgspec.Struct, frozen=True):
    """All runs of one attacker."""

    attack: str
    says: str
    steals: bool
    guarded: tuple[Score, ...]
    unguarded: tuple[Score, ...] = ()

    @property
    def failed(self) -> list[Score]:
        """Runs in which the attacker failed."""
        return [score for score in (*self.guarded, *self.unguarded) if score.failed]

    @property
    def worst(self) -> Score | None:
        """The guarded run in which the victim lost the largest share of the bound."""
        return max(self.guarded, key=lambda score: score.share, default=None)

    @property
    def breaks(self) -> list[Score]:
        """Guarded runs in which the victim lost more than the bound."""
        return [score for score in self.guarded if score.breaks_bound]

    @property
    def outside(self) -> str:
        """Why the bound is not expected to hold against him today; empty if it is."""
        return OUTSIDE[self.attack].why if self.attack in OUTSIDE else ""

    @property
    def stated(self) -> float:
        """The share of the bound that is stated as the most that is lost."""
        return OUTSIDE[self.attack].most if self.attack in OUTSIDE else 1.0

    @property
    def proves_nothing(self) -> bool:
        """He says that he steals, and takes next to nothing where nobody guards."""
        return self.steals and any(score.worst < WORTH * LEAST for score in self.unguarded)

    def problems(self) -> list[str]:
        """What is wrong with these runs, in sentences; empty if nothing is."""
        found = [
            f"{self.attack}, seed {score.seed}: the attacker failed: {score.failed}"
            for score in self.failed
        ]
        broken = [score for score in self.breaks if score.share > self.stated]
        if broken:
            worst = max(broken, key=lambda score: score.share)
            found.append(
                f"{self.attack} BREAKS THE BOUND in {len(broken)} of {len(self.guarded)} "
                f"runs: with seed {worst.seed} the victim lost {short(worst.worst)} of at most "
                f"{short(worst.bound)}"
                + (f", where {self.stated:.0%} of that are stated" if self.outside else "")
            )
        if self.proves_nothing:
            found.append(f"{self.attack}: it takes nothing worth while where nobody guards")
        return found

    def rules(self) -> list[tuple[str, int]]:
        """How many orders each rule refused, the busiest first."""
        counts: Counter[str] = Counter()
        for score in self.guarded:
            counts.update(score.by_rule)
        return counts.most_common()

    def numbers(self) -> dict[str, Any]:
        """For machines; amounts are exact, as strings."""
        return {
            "attack": self.attack,
            "says": self.says,
            "outside": self.outside,
            "problems": self.problems(),
            "refused_by_rule": dict(self.rules()),
            "runs": [score_numbers(score) for score in (*self.guarded, *self.unguarded)],
        }


def summed_up(name: str, says: str, steals: bool, scores: Iterable[Score]) -> Summary:
    """The runs of one attacker, out of all."""
    mine = [score for score in scores if score.attack == name]
    guarded = tuple(score for score in mine if score.guarded)
    return Summary(name, says, steals, guarded, tuple(s for s in mine if not s.guarded))


def score_numbers(score: Score) -> dict[str, Any]:
    """One run for machines."""
    told = {name: getattr(score, name) for name in score.__struct_fields__}
    told |= {"share": score.share, "breaks_bound": score.breaks_bound}
    return {k: plain(v) if isinstance(v, Decimal) else v for k, v in told.items()}


def most(amounts: Iterable[Decimal]) -> Decimal:
    """The largest; zero if there is none."""
    return max(amounts, default=ZERO)


def typical(seconds: Sequence[float | None]) -> float | None:
    """The median of those that are known; None if there is none."""
    known = [value for value in seconds if value is not None]
    return statistics.median(known) if known else None


def short(amount: Decimal) -> str:
    """An amount for people, to four decimals."""
    return f"{amount:.4f}"
