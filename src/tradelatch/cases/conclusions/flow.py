"""Where the money went: from victims to the accounts on the other side, as far as known."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases.conclusions.breakdowns import account_at
from tradelatch.cases.conclusions.figures import Figure, Unit
from tradelatch.cases.verified import Victim
from tradelatch.model.money import ZERO


class Edge(msgspec.Struct, frozen=True):
    """Dollars from one victim to one account at an exchange, in so many fills."""

    victim: str
    exchange: str
    counterparty: str
    passed: Decimal
    fills: int

    @property
    def account(self) -> str:
        """The cell of the breakdown by counterparty that it counts in."""
        return account_at(self.counterparty, self.exchange)


def flow(victims: Sequence[Victim]) -> tuple[Edge, ...]:
    """The largest first; fills whose other side is not known are left out."""
    passed: defaultdict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    many: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for victim in victims:
        for fill in victim.fills:
            if fill.counterparty:
                way = victim.name, victim.exchange, fill.counterparty
                passed[way] += fill.passed
                many[way] += 1
    edges = (Edge(*way, value, many[way]) for way, value in passed.items())
    return tuple(sorted(edges, key=lambda one: (-one.passed, one.victim, one.counterparty)))


def known(edges: Sequence[Edge]) -> tuple[Figure, ...]:
    """How much of the loss has a known receiver, and how many receivers there are."""
    whose = tuple(sorted({edge.victim for edge in edges}))
    accounts = Decimal(len({(edge.exchange, edge.counterparty) for edge in edges}))
    passed = sum((edge.passed for edge in edges), ZERO)
    return (
        Figure("passed-known", "passed to accounts that are known", passed, Unit.DOLLARS, whose),
        Figure("winners", "accounts that received it", accounts, Unit.ACCOUNTS, whose),
    )
