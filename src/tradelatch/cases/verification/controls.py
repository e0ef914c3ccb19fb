"""Which control would have stopped how much of a loss, computed from the victim's own trades.

Expiry and IP list follow from the key's data. Symbol list, price collar and loss budget are
policies under which the trades are replayed, as ``policy backtest`` does it: what they refuse did
not happen. Each policy has that control alone, all its other limits are out of reach.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from tradelatch.cases.keytable import Key
from tradelatch.cases.verification.losses import Valued, cents
from tradelatch.cases.verification.references import References
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verified import Control, Victim
from tradelatch.exports.records import Traded
from tradelatch.hindsight.events import Asked, Event
from tradelatch.hindsight.exports import as_events, least_held, orders
from tradelatch.hindsight.replay import Replay
from tradelatch.model.clock import DAY, MS
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.policy.document import MOST_LISTED, Policy, parse_policy
from tradelatch.policy.references import DEEP_DAYS, Figures, Reference
from tradelatch.policy.verdict import short

EXPIRIES = (30, 90)
"""Days after which keys end."""
_BEYOND = "1000000000000"
"""An amount that nothing reaches."""
_SMALLEST, _LARGEST = Decimal("1e-8"), Decimal(10) ** 15
"""Of the amounts that a policy may state."""
_WIDEST = Decimal("0.2")
"""The collar that a policy cannot be without."""
_DEEP = Figures(Decimal(10) ** 15, ZERO, ZERO, DEEP_DAYS)
_AMOUNTS = ("budget", "allocation", "exit_budget")


class Theft(msgspec.Struct, frozen=True):
    """A victim's sound trades in markets of the quote asset in which the loss happened; `passed`
    is what each of them passed, by identity, `known` the markets in which the account traded until
    a day before."""

    trades: list[Traded]
    passed: Mapping[int, Decimal]
    unit: str
    started_ns: int
    known: frozenset[str]
    adverse: frozenset[str]


def controls(
    victim: Victim,
    sound: Sequence[Valued],
    key: Key | None,
    references: References,
    settings: Settings,
) -> Iterator[Control]:
    """What each control would have prevented; nothing is said of those whose inputs are missing."""
    if not victim.fills:
        return
    yield from _expiries(victim)
    if key and key.has_ip_list is not None:
        yield _ip_list(victim, key)
    theft = _theft(sound)
    yield _replayed(victim, "symbol list", theft, _symbols(theft), ("market",), references)
    collar = _collar(theft, settings.collar)
    name = f"price collar {plain(settings.collar * 100)} %"
    yield _replayed(victim, name, theft, collar, ("price_collar",), references)
    budget = _budget(theft, references, settings)
    yield _replayed(victim, "loss budget", theft, budget, _AMOUNTS, references, moved=True)


def _expiries(victim: Victim) -> Iterator[Control]:
    if not victim.key_created:
        return
    created = date.fromisoformat(victim.key_created)
    for days in EXPIRIES:
        ended = created + timedelta(days=days)
        after = [fill.passed for fill in victim.fills if _day(fill.time_ms) >= ended]
        age = (_day(victim.fills[0].time_ms) - created).days
        says = f"the key was {age} days old at the first adverse fill"
        yield Control(victim.name, f"key expiry {days} days", cents(sum(after, ZERO)), says)


def _ip_list(victim: Victim, key: Key) -> Control:
    if key.has_ip_list:
        says = "the key had an IP list, and was used nevertheless"
        return Control(victim.name, "IP list", ZERO, says)
    says = "the key had no IP list; with one it works from the owner's addresses alone"
    return Control(victim.name, "IP list", victim.verified, says)


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()


def _theft(sound: Sequence[Valued]) -> Theft:
    """Of several quote assets the one in which most was lost counts, and of its markets as many as
    a policy may list: those in which value was passed, then those with most trades."""
    lost: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in sound:
        if one.adverse:
            lost[split_symbol(one.trade.symbol)[1]] += one.adverse.passed
    unit = max(sorted(lost), key=lambda quote: lost[quote])
    there = [one for one in sound if split_symbol(one.trade.symbol)[1] == unit]
    adverse = {one.trade.symbol for one in there if one.adverse}
    many = Counter(one.trade.symbol for one in there)
    listed = sorted(many, key=lambda symbol: (symbol not in adverse, -many[symbol], symbol))
    kept = frozenset(listed[:MOST_LISTED])
    mine = [one for one in there if one.trade.symbol in kept]
    started = min(one.trade.time_ns for one in mine if one.adverse)
    return Theft(
        [one.trade for one in mine],
        {id(one.trade): one.adverse.passed for one in mine if one.adverse},
        unit,
        started,
        frozenset(one.trade.symbol for one in mine if one.trade.time_ns < started - DAY),
        frozenset(adverse & kept),
    )


def _symbols(theft: Theft) -> str:
    """Only what the account had traded until a day before."""
    known = theft.known or {f"NOTHING/{theft.unit}"}
    return _policy(theft, dict.fromkeys(known, "deep"), dict.fromkeys(_AMOUNTS, _BEYOND))


def _collar(theft: Theft, collar: Decimal) -> str:
    markets = _depths(theft)
    return _policy(theft, markets, dict.fromkeys(_AMOUNTS, _BEYOND), collar)


def _budget(theft: Theft, references: References, settings: Settings) -> str:
    """B, X and E as shares of what the account was worth just before."""
    worth = _worth(theft, references)
    shares = (settings.budget, settings.allocation, settings.exit_budget)
    amounts = [
        format(min(max((worth * share).quantize(_SMALLEST), _SMALLEST), _LARGEST), "f")
        for share in shares
    ]
    return _policy(theft, _depths(theft), dict(zip(_AMOUNTS, amounts, strict=True)))


def _depths(theft: Theft) -> dict[str, str]:
    """Where value was passed is thin, all else deep."""
    symbols = {trade.symbol for trade in theft.trades}
    return {one: "thin" if one in theft.adverse else "deep" for one in symbols}


def _policy(
    theft: Theft,
    depths: Mapping[str, str],
    amounts: Mapping[str, str],
    collar: Decimal = _WIDEST,
) -> str:
    """A policy document, TOML."""
    lines = ["version = 1", f'unit = "{theft.unit}"']
    lines += [f'{name} = "{amount}"' for name, amount in amounts.items()]
    for symbol, depth in sorted(depths.items()):
        lines += [f'[markets."{symbol}"]', f'depth = "{depth}"', f'collar = "{plain(collar)}"']
    return "\n".join(lines) + "\n"


def _worth(theft: Theft, references: References) -> Decimal:
    """What the account was worth in the unit before the first adverse fill."""
    held = least_held(theft.trades)
    for trade in theft.trades:
        if trade.time_ns >= theft.started_ns:
            break
        base, quote = split_symbol(trade.symbol)
        sign = 1 if trade.side is Side.BUY else -1
        held[base] = held.get(base, ZERO) + sign * trade.quantity
        held[quote] = held.get(quote, ZERO) - sign * trade.quantity * trade.price
    worth = held.get(theft.unit, ZERO)
    for asset, amount in held.items():
        priced = references.price(f"{asset}/{theft.unit}", theft.started_ns // MS)
        worth += amount * priced.price if priced else ZERO
    return worth


def _replayed(
    victim: Victim,
    name: str,
    theft: Theft,
    text: str,
    rules: Sequence[str],
    references: References,
    moved: bool = False,
) -> Control:
    """What a policy refuses of a theft by one of these rules.

    Args:
        moved: thin markets are judged by the prices at which the thieves traded, as if they had
            moved the reference too; else by the case's reference.
    """
    policy = parse_policy(text, f"{name}.toml")
    replay = Replay(policy)
    for event in as_events(theft.trades):
        replay.take(_judged_by(event, theft, references, moved))
    groups = list(orders(theft.trades))
    prevented, spared = ZERO, 0
    for outcome in replay.findings.refused:
        if not any(answer.rule in rules for answer in outcome.noes):
            continue
        trades = groups[int(outcome.order) - 1]
        lost = [theft.passed[id(trade)] for trade in trades if id(trade) in theft.passed]
        prevented += sum(lost, ZERO)
        spared += not lost
    says = _sentence(policy, rules, len(replay.findings.refused), spared, len(groups))
    return Control(victim.name, name, cents(prevented), says)


def _judged_by(event: Event, theft: Theft, references: References, moved: bool) -> Event:
    """The event with the reference that a policy judges by."""
    if isinstance(event, Asked):
        symbol, limit = event.intent.symbol, event.intent.price or ZERO
        priced = references.price(symbol, event.time_ns // MS)
        price = limit if moved and symbol in theft.adverse else priced.price if priced else None
        if price is None:
            return event
        reference = Reference(event.intent.side, price, price, price, 0, _DEEP)
        # The account's value only tells whether a market is deep: all are deep enough.
        return msgspec.structs.replace(
            event, reference=reference, has_figures=True, value=Decimal(1)
        )
    return event


def _sentence(policy: Policy, rules: Sequence[str], refused: int, spared: int, many: int) -> str:
    says = f"{refused} of {many} orders are refused"
    if spared:
        says += f", of which {spared} passed no value"
    if "budget" in rules:
        amounts = ", ".join(
            f"{letter} {short(getattr(policy, name))}"
            for letter, name in zip("BXE", _AMOUNTS, strict=True)
        )
        says += f" ({amounts} {policy.unit} a day)"
    return says
