"""A policy: what a grant may do and what its orders may lose, written in TOML.

Amounts are in the accounting asset (the unit). They and the fractions may be numbers or strings;
both are read exactly as they are written.
"""

import enum
from decimal import Decimal

import msgspec

from tradelatch.model.markets import split_symbol
from tradelatch.model.toml import BadToml, at_line, parse_toml

_MOST = Decimal(10) ** 15
_DECIMALS = 18


class Depth(enum.StrEnum):
    """How a market's coins are valued: at the reference, or as worth nothing."""

    DEEP = "deep"
    THIN = "thin"


class MarketOrders(enum.StrEnum):
    """What happens to a market order: it becomes a limit order, or it is refused."""

    COLLAR = "collar"
    REFUSE = "refuse"


class MarketRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One market's rules; fractions of the reference price.

    `collar` is the furthest a limit may lie on the losing side, `drift_1h` and `drift_24h` how
    far the reference may follow the price within an hour and a day (loss-budget: d1, d24), and
    `half_spread` the least half spread that the haircut assumes.
    """

    depth: Depth
    collar: Decimal = Decimal("0.01")
    drift_1h: Decimal = Decimal("0.05")
    drift_24h: Decimal = Decimal("0.15")
    half_spread: Decimal = Decimal("0.0005")


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of an account's grants. Deny is the default.

    `budget` (B), `allocation` (X) and `exit_budget` (E) are amounts of `unit` per day; a week
    may cost twice and a month four times as much. `fee_rate` is the highest fee that the
    account pays, `max_age_s` the age (seconds) at which prices are too old to judge by, and
    `haircut_k` the k of the haircut.
    """

    version: int
    unit: str
    budget: Decimal
    exit_budget: Decimal
    markets: dict[str, MarketRules]
    allocation: Decimal = Decimal(0)
    fee_rate: Decimal = Decimal("0.001")
    market_orders: MarketOrders = MarketOrders.COLLAR
    max_age_s: int = 10
    haircut_k: Decimal = Decimal(1)


def parse_policy(text: str, name: str = "policy.toml") -> Policy:
    """Read a policy.

    Raises:
        BadToml: one sentence with line and field.
    """
    policy = parse_toml(text, name, Policy)
    for path, problem in _problems(policy):
        raise BadToml(at_line(text, name, path, problem))
    return policy


def _problems(policy: Policy) -> list[tuple[list[str], str]]:
    found = []
    if policy.version != 1:
        found.append((["version"], f"version {policy.version} is not known, use 1"))
    if not policy.unit.isalnum():
        found.append((["unit"], f"{policy.unit!r} is not an asset, write for example BTC"))
    if not policy.markets:
        found.append((["markets"], "no market is listed, so that every order would be refused"))
    for field in ("budget", "allocation", "exit_budget"):
        amount: Decimal = getattr(policy, field)
        if not _is_between(amount, _MOST):
            found.append(([field], f"{amount} is not an amount, use zero or more"))
    found += _fraction_problems([], policy, {"fee_rate": "0.1"})
    if not _is_between(policy.haircut_k, Decimal(100)):
        found.append((["haircut_k"], f"{policy.haircut_k} is out of range, use 0 to 100"))
    if not 1 <= policy.max_age_s <= 3_600:
        found.append((["max_age_s"], f"{policy.max_age_s} is out of range, use 1 to 3600"))
    for symbol, rules in policy.markets.items():
        found += _market_problems(policy, symbol, rules)
    return found


def _market_problems(
    policy: Policy, symbol: str, rules: MarketRules
) -> list[tuple[list[str], str]]:
    path = ["markets", symbol]
    try:
        base, quote = split_symbol(symbol)
    except ValueError as error:
        return [(path, str(error))]
    if quote != policy.unit or base == policy.unit:
        return [(path, f"only markets quoted in the unit are judged, write {base}/{policy.unit}")]
    limits = {"collar": "0.2", "drift_1h": "0.5", "drift_24h": "0.9", "half_spread": "0.1"}
    return _fraction_problems(path, rules, limits)


def _fraction_problems(
    path: list[str], holder: Policy | MarketRules, limits: dict[str, str]
) -> list[tuple[list[str], str]]:
    return [
        ([*path, field], f"{value} is out of range, use a fraction from 0 to {limit}")
        for field, limit in limits.items()
        if not _is_between(value := getattr(holder, field), Decimal(limit))
    ]


def _is_between(value: Decimal, most: Decimal) -> bool:
    """From 0 to `most`, and with so few decimals that every calculation can hold it."""
    if not value.is_finite() or not 0 <= value <= most:
        return False
    return int(value.as_tuple().exponent) >= -_DECIMALS
