"""What an exchange's keys expose, and what each rule of expiry would have switched off."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from tradelatch.cases.keytable import Key
from tradelatch.model.money import ZERO

AGES = (30, 90, 180, 365)
"""Days since a key was made, after which rules end it."""
IDLE = (14, 30, 90)
"""Days without use, after which rules end it."""
_READS = ("read", "view", "general", "info", "query")


class Share(msgspec.Struct, frozen=True):
    """Some of the keys: how many, their part of all keys, what they could trade with (dollars),
    its part of all, and how many of them leaked (None without a list)."""

    what: str
    keys: int
    share: float
    balance: Decimal
    balance_share: float
    leaked: int | None


class Exposure(msgspec.Struct, frozen=True):
    """A table of keys as of a day.

    Attributes:
        as_of: ISO date.
        kinds: all keys, and those with some property.
        ages: by age.
        rules: what each rule would have switched off by that day.
        worst: keys that may trade, without an IP list (or of which nothing is known), by balance;
            those on the leaked list first.
    """

    as_of: str
    kinds: Sequence[Share]
    ages: Sequence[Share]
    rules: Sequence[Share]
    worst: Sequence[Key]


def exposure(
    keys: Sequence[Key], leaked: Mapping[str, bool] | None = None, as_of: date | None = None
) -> Exposure:
    """What a table comes to.

    Args:
        leaked: hashes of leaked keys.
        as_of: the table's day; the latest day that it names if none is given. Keys that were made
            later are not there yet.
    """
    day = as_of or latest(keys)
    keys = [key for key in keys if key.created <= day]

    def part(what: str, chosen: Callable[[Key], bool]) -> Share:
        return _share(what, keys, [key for key in keys if chosen(key)], leaked)

    kinds = [
        part("all keys", lambda _: True),
        part("may do more than read", may_act),
        part("no IP list", lambda key: key.has_ip_list is False),
        part("third party", lambda key: bool(key.third_party)),
        part("balance above zero", lambda key: bool(key.balance)),
    ]
    if leaked is not None:
        kinds.append(part("on the leaked list", lambda key: key.hashed in leaked))
    bounds = (0, *AGES, None)
    ages = [
        part(_between(low, high), _is_aged(day, low or 0, high))
        for low, high in itertools.pairwise(bounds)
    ]
    rules = [part(f"{days} days old", _is_aged(day, days, None)) for days in AGES]
    if any(key.used for key in keys):
        rules += [part(f"{days} days idle", _is_idle(day, days)) for days in IDLE]
    worst = sorted(
        (key for key in keys if may_act(key) and key.has_ip_list is not True),
        key=lambda key: (key.hashed not in (leaked or {}), -(key.balance or ZERO), key.line),
    )
    return Exposure(day.isoformat(), kinds, ages, rules, worst)


def latest(keys: Iterable[Key]) -> date:
    """The latest day on which a key was made or used."""
    days = (max(key.used or key.created, key.created) for key in keys)
    return max(days, default=date(1970, 1, 1))


def may_act(key: Key) -> bool:
    """Whether a key has a right beyond reading; one of which no rights are told counts as one."""
    rights = [right for right in key.rights.lower().replace(",", ";").split(";") if right.strip()]
    return not rights or any(not right.strip().startswith(_READS) for right in rights)


def _is_aged(day: date, low: int, high: int | None) -> Callable[[Key], bool]:
    def holds(key: Key) -> bool:
        age = (day - key.created).days
        return age >= low and (high is None or age < high)

    return holds


def _is_idle(day: date, days: int) -> Callable[[Key], bool]:
    """A key that was never used is idle since it was made."""
    return lambda key: (day - (key.used or key.created)).days >= days


def _between(low: int | None, high: int | None) -> str:
    if high is None:
        return f"{low} days and more"
    return f"under {high} days" if not low else f"{low} to {high - 1} days"


def _share(
    what: str, every: Sequence[Key], some: Sequence[Key], leaked: Mapping[str, bool] | None
) -> Share:
    whole, balance = _balance(every), _balance(some)
    hits = None if leaked is None else sum(1 for key in some if key.hashed in leaked)
    part = len(some) / len(every) if every else 0.0
    return Share(what, len(some), part, balance, float(balance / whole) if whole else 0.0, hits)


def _balance(keys: Iterable[Key]) -> Decimal:
    return sum((key.balance or ZERO for key in keys), ZERO)
