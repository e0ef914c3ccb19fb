"""Accounts on the other side by number instead of by name, the one that received most first."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, localcontext

import msgspec

from tradelatch.cases.verified import AdverseFill, VerifiedCase, Victim
from tradelatch.model.money import MONEY, ZERO


def with_aliases(case: VerifiedCase) -> VerifiedCase:
    """The case with A-01, A-02 ... for accounts on the other side, and without the victims' own."""
    called = _aliases(case)
    victims = tuple(_masked(one, called) for one in case.victims)
    return msgspec.structs.replace(case, victims=victims)


def _masked(victim: Victim, called: Mapping[tuple[str, str], str]) -> Victim:
    doubts = victim.doubts
    if victim.account:
        doubts = tuple(
            msgspec.structs.replace(one, says=one.says.replace(victim.account, "(the victim's)"))
            for one in doubts
        )
    fills = tuple(_renamed(fill, victim.exchange, called) for fill in victim.fills)
    return msgspec.structs.replace(victim, fills=fills, doubts=doubts, account="", key_id_sha256="")


def _aliases(case: VerifiedCase) -> Mapping[tuple[str, str], str]:
    received: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    with localcontext(MONEY):
        for victim in case.victims:
            for fill in victim.fills:
                if fill.counterparty:
                    received[victim.exchange, fill.counterparty] += fill.passed
    ranked = sorted(received, key=lambda account: (-received[account], account))
    return {account: f"A-{number:02}" for number, account in enumerate(ranked, 1)}


def _renamed(
    fill: AdverseFill, exchange: str, called: Mapping[tuple[str, str], str]
) -> AdverseFill:
    if not fill.counterparty:
        return fill
    return msgspec.structs.replace(fill, counterparty=called[exchange, fill.counterparty])
