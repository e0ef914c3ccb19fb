"""Whose evidence goes to whom: nobody's without consent to that very recipient."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tradelatch.cases.kinds import PSEUDONYM
from tradelatch.cases.verified import VerifiedCase, Victim

EXCHANGE = "exchange"
"""The recipient whose packs go by exchange instead of by country."""


class NobodyConsents(ValueError):
    """There is nobody whose evidence may be handed over; the message is one sentence."""


def recipients(case: VerifiedCase) -> Sequence[str]:
    """All that any victim was asked about, by name."""
    return sorted({name for victim in case.victims for name in victim.consents})


def consenting(
    case: VerifiedCase,
    recipient: str,
    *,
    country: str = "",
    exchange: str = "",
    victim: str = "",
) -> tuple[Victim, ...]:
    """The victims who consented to a recipient, of one country, exchange or name where told.

    Raises:
        NobodyConsents: nobody was asked about the recipient, or nobody of these consented.
    """
    known = recipients(case)
    if recipient not in known:
        there = f"victims were asked about: {', '.join(known)}" if known else "nobody was asked"
        raise NobodyConsents(f"there is no consent for {recipient!r}; {there}")
    asked = [
        one
        for one in case.victims
        if country in ("", one.country)
        and exchange in ("", one.exchange)
        and victim in ("", one.name)
    ]
    if not asked:
        raise NobodyConsents(f"there is no such victim: {country} {exchange} {victim}".rstrip())
    found = tuple(one for one in asked if one.consents.get(recipient, False))
    if not found:
        none = f"none of these {len(asked)} victims"
        if len(asked) == 1:
            none = f"{asked[0].name} has not"
        raise NobodyConsents(f"{none} consented to {recipient}")
    return found


def without_others(victim: Victim) -> Victim:
    """A victim as others may read of them: doubts name nobody else, who may not have consented."""

    def masked(says: str) -> str:
        return PSEUDONYM.sub(
            lambda found: found[0] if found[0] == victim.name else "another victim", says
        )

    doubts = (msgspec.structs.replace(one, says=masked(one.says)) for one in victim.doubts)
    return msgspec.structs.replace(victim, doubts=tuple(doubts))


def by_jurisdiction(recipient: str, victims: Iterable[Victim]) -> Mapping[str, tuple[Victim, ...]]:
    """By exchange where it is the recipient, else by country; ``unknown`` where it is not told."""
    groups: dict[str, list[Victim]] = {}
    for one in victims:
        name = one.exchange if recipient == EXCHANGE else one.country
        groups.setdefault(name or "unknown", []).append(one)
    return {name: tuple(groups[name]) for name in sorted(groups)}
