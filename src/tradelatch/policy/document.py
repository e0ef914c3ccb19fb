"""A policy: what a grant may do and what its orders may lose, written in TOML.

Amounts are in the accounting asset (the unit). They and the fractions may be numbers or strings;
both are read exactly as they are written.
"""

import enum
import hashlib
import itertools
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

import msgspec

from tradelatch.model.clock import DAY, SECOND
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, round_down
from tradelatch.model.orders import OrderType, Side
from tradelatch.model.toml import BadToml, at_line, parse_toml
from tradelatch.policy.hours import Span, parse_span
from tradelatch.policy.windows import Used, Window

AMOUNTS = ("budget", "allocation", "exit_budget")
UNSTATED = Decimal("Infinity")
"""An amount that is left out; its share stands alone."""
SIGNED_TIMES = 2_000
MOST_LISTED = 100
"""Hours and sources: each order is held against all of them, and old ones against new. Markets:
prices are asked for of all of them, those that are only proposed too."""
_EPOCH = date(1970, 1, 1)
_MOST = Decimal(10) ** 15
_DECIMALS = 18
FREEZING_RULES = (
    "allocation",
    "bounded",
    "budget",
    "depth",
    "exit_budget",
    "exit_holding",
    "market",
    "permitted",
    "price_collar",
    "source",
)
"""Rules whose refusals may be counted as dangerous."""


class Mode(enum.StrEnum):
    """What a no does: orders are refused, or sent as they were asked for and only recorded, or
    nothing is judged at all. The bound holds in the first alone."""

    ENFORCE = "enforce"
    REPORT = "report"
    OFF = "off"


class Depth(enum.StrEnum):
    """How a market's coins are valued: at the reference, or as worth nothing. A market that is
    not listed is denied; listing it so says it aloud."""

    DEEP = "deep"
    THIN = "thin"
    DENIED = "denied"


class MarketOrders(enum.StrEnum):
    """What happens to an order without a limit: it becomes a limit order, or it is refused."""

    COLLAR = "collar"
    REFUSE = "refuse"


class MarketRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One market's rules; fractions of the reference price.

    `collar` is the furthest a limit may lie on the losing side, `drift_1h` and `drift_24h` how
    far the reference may follow the price within an hour and a day (loss-budget: d1, d24), and
    `half_spread` the least half spread that the haircut assumes. `anchor` is a price (quote per
    base) that the operator saw on the day `anchored` (UTC); for every week begun since then the
    reference may lie `excursion` further from it. Without an anchor it may lie anywhere.
    """

    depth: Depth
    collar: Decimal = Decimal("0.01")
    drift_1h: Decimal = Decimal("0.05")
    drift_24h: Decimal = Decimal("0.15")
    half_spread: Decimal = Decimal("0.0005")
    anchor: Decimal | None = None
    anchored: date | None = None
    excursion: Decimal = Decimal("0.25")

    def bound(self, side: Side, now_ns: int) -> Decimal | None:
        """The highest reference of buys or the lowest of sells that the anchor allows."""
        if self.anchor is None or self.anchored is None:
            return None
        since = (self.anchored - _EPOCH).days * DAY
        weeks = max(1, -(-(now_ns - since) // (7 * DAY)))
        reach = 1 + weeks * self.excursion
        if side is Side.BUY:
            return MONEY.multiply(self.anchor, reach)
        return MONEY.divide(self.anchor, reach)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much and how often, of all grants together; what is left out is not limited.

    `order`, `hour` and `day` are what one order and the orders of an hour and a day may come to,
    `turnover` what may be traded in a day, all in the unit. `signed` is what all orders signed in
    a day could have cost at worst, each by itself, whatever was reported of them; a week may see
    twice and a month four times as much. Left out it is `SIGNED_TIMES` times B + X + E. An order
    that has rested for `order_age_s` (seconds) is cancelled. Exits are held to none of these, but
    to `open_orders` and `orders_per_minute`.
    """

    order: Decimal | None = None
    hour: Decimal | None = None
    day: Decimal | None = None
    turnover: Decimal | None = None
    open_orders: int | None = None
    orders_per_minute: int | None = None
    signed: Decimal | None = None
    order_age_s: int = 30 * DAY // SECOND


class Freezing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When nothing more may be placed but by a thaw (see `docs/operators.md`).

    The account freezes once its settled losses come to `spent` (a fraction) of what a window's B
    or E allows, and a grant once `denials` of its orders were refused by one of `rules` within
    `within_s` seconds. Zero: never.
    """

    spent: Decimal = Decimal("0.9")
    denials: int = 20
    within_s: int = 600
    rules: tuple[str, ...] = ("allocation", "exit_holding", "permitted", "price_collar")


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The rules of an account's grants. Deny is the default.

    `budget` (B), `allocation` (X) and `exit_budget` (E) are amounts of `unit` per day; a week
    may cost twice and a month four times as much. Each may be given as a share of what the
    account was worth at least in the window, too or instead: the smaller counts.

    `fee_rate` is the highest fee that the account pays, `max_age_s` the age (seconds) at which
    prices are too old to judge by, and `haircut_k` the k of the haircut. `hours` (UTC, see
    `policy.hours`) are when new risk is taken and `sources` the addresses and networks it is taken
    from; empty for any. `order_types` are those that may be placed, and `cancel_only` lets nothing
    be placed.
    """

    version: int
    unit: str
    markets: dict[str, MarketRules]
    budget: Decimal = UNSTATED
    allocation: Decimal = UNSTATED
    exit_budget: Decimal = UNSTATED
    budget_share: Decimal | None = None
    allocation_share: Decimal | None = None
    exit_budget_share: Decimal | None = None
    fee_rate: Decimal = Decimal("0.001")
    mode: Mode = Mode.ENFORCE
    market_orders: MarketOrders = MarketOrders.COLLAR
    max_age_s: int = 10
    haircut_k: Decimal = Decimal(1)
    order_types: tuple[OrderType, ...] = tuple(OrderType)
    hours: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    cancel_only: bool = False
    limits: Limits = Limits()
    freeze: Freezing = Freezing()

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """`hours`, read."""
        return tuple(parse_span(text) for text in self.hours)

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`sources`, read."""
        return tuple(ip_network(text) for text in self.sources)

    def without_drift(self, symbol: str) -> "Policy":
        """The same, but in one market references follow no further than the hour's quartile."""
        rules = self.markets.get(symbol)
        if rules is None:
            return self
        slow = msgspec.structs.replace(rules, drift_1h=ZERO)
        return msgspec.structs.replace(self, markets=self.markets | {symbol: slow})

    @cached_property
    def has_shares(self) -> bool:
        """An amount depends on what the account is worth."""
        return any(getattr(self, f"{name}_share") is not None for name in AMOUNTS)

    @cached_property
    def stated(self) -> dict[Window, Used]:
        """What the amounts of each window come to, where none of them is a share."""
        return {window: self.amounts(window, ZERO) for window in Window}

    def amounts(self, window: Window, worth: Decimal) -> Used:
        """A window's amounts, of an account that was worth so much at least."""
        return Used(*(self._daily(name, worth) * window.days_worth for name in AMOUNTS))

    def _daily(self, name: str, worth: Decimal) -> Decimal:
        stated: Decimal = getattr(self, name)
        share: Decimal | None = getattr(self, f"{name}_share")
        return stated if share is None else min(stated, round_down(MONEY.multiply(share, worth)))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the settings, defaults included, in hex: what tells two policies apart."""
        settings = msgspec.json.encode(self, order="sorted")
        return hashlib.sha256(settings).hexdigest()


@lru_cache(maxsize=1_024)  # a house has many accounts and few policies
def parse_policy(text: str, name: str = "policy.toml") -> Policy:
    """Read a policy.

    Raises:
        BadToml: one sentence with line and field.
    """
    policy = parse_toml(text, name, Policy)
    for path, problem in _problems(policy):
        raise BadToml(at_line(text, name, path, problem))
    if policy.allocation == UNSTATED and policy.allocation_share is None:
        return msgspec.structs.replace(policy, allocation=ZERO)
    return policy


_Problem: TypeAlias = tuple[list[str], str]


def _problems(policy: Policy) -> Iterator[_Problem]:
    if policy.version != 1:
        yield ["version"], f"version {policy.version} is not known, use 1"
    if not policy.unit.isalnum():
        yield ["unit"], f"{policy.unit!r} is not an asset, write for example BTC"
    yield from _amount_problems(policy)
    yield from _fraction_problems([], policy, {"fee_rate": "0.1"})
    if not _is_between(policy.haircut_k, Decimal(100)):
        yield ["haircut_k"], f"{policy.haircut_k} is out of range, use 0 to 100"
    if not 1 <= policy.max_age_s <= 3_600:
        yield ["max_age_s"], f"{policy.max_age_s} is out of range, use 1 to 3600"
    yield from _permission_problems(policy)
    yield from _limit_problems(policy.limits)
    yield from _freezing_problems(policy.freeze)
    if not policy.markets:
        yield ["markets"], "no market is listed, so that every order would be refused"
    if (count := len(policy.markets)) > MOST_LISTED:
        yield ["markets"], f"{count} are too many, list at most {MOST_LISTED}"
    for symbol, rules in policy.markets.items():
        yield from _market_problems(policy, symbol, rules)


def _amount_problems(policy: Policy) -> Iterator[_Problem]:
    for field in AMOUNTS:
        amount: Decimal = getattr(policy, field)
        share: Decimal | None = getattr(policy, f"{field}_share")
        if amount is not UNSTATED and not is_amount(amount):
            yield [field], f"{amount} is not an amount, use zero or more"
        if share is not None and (not share or not _is_between(share, Decimal(1))):
            says = f"{share} is no share of the account, use a fraction up to 1 such as 0.005"
            yield [f"{field}_share"], says
        if amount is UNSTATED and share is None and field != "allocation":
            says = f"is missing: give an amount of {policy.unit}, or {field}_share as a fraction"
            yield [field], says
        if not amount and share is not None:
            yield [f"{field}_share"], f"{field} = 0 leaves nothing of it; leave one of them out"
    listed = {rules.depth for rules in policy.markets.values()}
    if Depth.DEEP in listed and not policy.budget:
        yield ["budget"], "is zero, so that no deep market could be traded; give it an amount"
    allocates = policy.allocation_share or policy.allocation not in (ZERO, UNSTATED)
    if Depth.THIN in listed and not allocates and not policy.exit_budget:
        says = "is zero, and so is allocation: no thin market could be traded; give one an amount"
        yield ["exit_budget"], says


def _permission_problems(policy: Policy) -> Iterator[_Problem]:
    if not policy.order_types:
        yield ["order_types"], "is empty: leave it out, or set cancel_only = true"
    for name, read in (("hours", parse_span), ("sources", ip_network)):
        listed: tuple[str, ...] = getattr(policy, name)
        if len(listed) > MOST_LISTED:
            yield [name], f"{len(listed)} are listed, at most {MOST_LISTED} may be; join some"
        for text in listed:
            try:
                read(text)
            except ValueError as error:
                yield [name], str(error)


def _limit_problems(limits: Limits) -> Iterator[_Problem]:
    for field in ("order", "hour", "day", "turnover", "signed"):
        amount: Decimal | None = getattr(limits, field)
        if amount is not None and (not amount or not is_amount(amount)):
            yield ["limits", field], f"{amount} is not a limit, use an amount above zero"
    for field in ("open_orders", "orders_per_minute"):
        count: int | None = getattr(limits, field)
        if count is not None and not 1 <= count <= 1_000_000:
            yield ["limits", field], f"{count} is out of range, use 1 to 1000000"
    if not 60 <= limits.order_age_s <= 366 * DAY // SECOND:
        says = f"{limits.order_age_s} is out of range, use 60 (a minute) to 31622400 (a year)"
        yield ["limits", "order_age_s"], says
    rising = [("order", limits.order), ("hour", limits.hour), ("day", limits.day)]
    given = [(name, amount) for name, amount in rising if amount is not None]
    for (small, least), (large, most) in itertools.pairwise(given):
        if least > most:
            says = f"{least} is more than limits.{large} = {most} lets through; lower it"
            yield ["limits", small], says


def _freezing_problems(freezing: Freezing) -> Iterator[_Problem]:
    yield from _fraction_problems(["freeze"], freezing, {"spent": "1"})
    for field, most in (("denials", 10_000), ("within_s", 86_400)):
        count: int = getattr(freezing, field)
        least = 0 if field == "denials" else 1
        if not least <= count <= most:
            yield ["freeze", field], f"{count} is out of range, use {least} to {most}"
    for rule in freezing.rules:
        if rule not in FREEZING_RULES:
            says = f"no rule {rule!r} is counted, use some of {', '.join(FREEZING_RULES)}"
            yield ["freeze", "rules"], says


def _market_problems(policy: Policy, symbol: str, rules: MarketRules) -> Iterator[_Problem]:
    path = ["markets", symbol]
    try:
        base, quote = split_symbol(symbol)
    except ValueError as error:
        yield path, str(error)
        return
    if rules.depth is Depth.DENIED:
        return
    if quote != policy.unit or base == policy.unit:
        yield path, f"only markets quoted in the unit are judged, write {base}/{policy.unit}"
    yield from _anchor_problems(path, rules)
    limits = {"collar": "0.2", "drift_1h": "0.5", "drift_24h": "0.9", "half_spread": "0.1"}
    yield from _fraction_problems(path, rules, limits)


def _anchor_problems(path: list[str], rules: MarketRules) -> Iterator[_Problem]:
    if rules.anchor is not None and (not rules.anchor or not is_amount(rules.anchor)):
        yield [*path, "anchor"], f"{rules.anchor} is not a price, use one above zero"
    if (rules.anchor is None) != (rules.anchored is None):
        yield path, "anchor and anchored go together: a price, and the day (UTC) it was seen"
    if not rules.excursion or not _is_between(rules.excursion, Decimal(1)):
        says = f"{rules.excursion} is out of range, use a fraction above 0 and up to 1"
        yield [*path, "excursion"], says


def _fraction_problems(
    path: list[str], holder: Policy | MarketRules | Freezing, limits: dict[str, str]
) -> Iterator[_Problem]:
    for field, limit in limits.items():
        value = getattr(holder, field)
        if not _is_between(value, Decimal(limit)):
            yield [*path, field], f"{value} is out of range, use a fraction from 0 to {limit}"


def is_amount(value: Decimal) -> bool:
    """An amount that a policy may state."""
    return _is_between(value, _MOST)


def _is_between(value: Decimal, most: Decimal) -> bool:
    """From 0 to `most`, and with so few decimals that every calculation can hold it."""
    if not value.is_finite() or not 0 <= value <= most:
        return False
    return int(value.as_tuple().exponent) >= -_DECIMALS
