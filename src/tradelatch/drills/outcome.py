"""What the drill came to: three sides, and whether it is passed."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradelatch.drills.cast import FIRST, VICTIMS
from tradelatch.drills.controls import Curves
from tradelatch.model.money import ZERO

UNGUARDED_LOSS = Decimal("0.8")
"""The share that the first account must lose unguarded for the rehearsal to be one."""


class Denial(msgspec.Struct):
    """How often a rule said no, and what it said the first time."""

    times: int
    says: str


class Sample(msgspec.Struct, frozen=True):
    """What the accounts were worth so many hours after the theft began: all customers' and the
    first one's, in BTC."""

    hour: float
    total: Decimal
    first: Decimal


class Side(msgspec.Struct, frozen=True):
    """What one side of the drill came to; amounts in BTC, by account before and after. `stolen` is
    what the thieves withdrew beyond what they had brought, `held` what lies in accounts of theirs
    that were frozen."""

    name: str
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]
    stolen: Decimal
    held: Decimal
    samples: tuple[Sample, ...]
    outside_collar: int
    orders: frozenset[str] = frozenset()
    """The client order ids of all that the customers' accounts placed."""
    problems: tuple[str, ...] = ()
    denials: dict[str, Denial] = {}

    def lost(self, account: str) -> Decimal:
        """What an account lost, at what its holdings fetch."""
        return self.before[account] - self.after[account]

    @property
    def worth(self) -> Decimal:
        """All accounts together, before."""
        return sum(self.before.values(), ZERO)

    @property
    def left(self) -> Decimal:
        """All accounts together, after."""
        return sum(self.after.values(), ZERO)

    @property
    def lost_in_all(self) -> Decimal:
        """What all accounts lost, less what was frozen and goes back."""
        return self.worth - self.left - self.held


class Outcome(msgspec.Struct, frozen=True):
    """All sides, what each step of the exchanges would have saved, each guarded account's stated
    amounts (B + X + E), and whose customer it is."""

    unguarded: Side
    curves: Curves
    controlled: Side
    guarded: Side
    stated: Mapping[str, Decimal]
    exchanges: Mapping[str, str]

    @property
    def by_exchange(self) -> dict[str, tuple[str, ...]]:
        """Each exchange's accounts."""
        there = self.exchanges.items()
        found = {name: tuple(one for one, at in there if at == name) for name in VICTIMS}
        return {name: accounts for name, accounts in found.items() if accounts}

    @property
    def sides(self) -> tuple[Side, Side, Side]:
        """The three of them."""
        return self.unguarded, self.controlled, self.guarded

    def problems(self) -> list[str]:
        """Why it is not passed; empty if it is."""
        found = [problem for side in self.sides for problem in side.problems]
        if self.unguarded.lost(FIRST) < UNGUARDED_LOSS * self.unguarded.before[FIRST]:
            found.append(
                f"the unguarded account {FIRST} lost less than 80 %: the rehearsal was none"
            )
        for account, amount in self.stated.items():
            if self.guarded.lost(account) > amount:
                found.append(f"the guarded account {account} lost more than its stated amounts")
        if self.guarded.outside_collar:
            found.append(
                f"{self.guarded.outside_collar} orders outside the collar reached the exchange "
                "from the guarded accounts"
            )
        return found
