"""Where a new policy is looser than the old one and where tighter, for people who look at it.

Nothing is decided by it: a proposed policy holds beside the present one, whatever is said here.
Whatever is not shown here to be as tight or tighter is called looser: settings that are not named
have to stay as they are. Tighter means that every order which may leave under the new policy could
have left under the old one (a property test says so).
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple, TypeAlias

import msgspec

from tradelatch.model.clock import MINUTE
from tradelatch.policy.document import (
    AMOUNTS,
    Depth,
    Limits,
    MarketOrders,
    MarketRules,
    Mode,
    Policy,
)
from tradelatch.policy.hours import is_open, parse_span
from tradelatch.policy.house import HousePolicy

_WEEK = range(0, 7 * 24 * 60 * MINUTE, MINUTE)
_Tighter: TypeAlias = Callable[[Any, Any], bool]


class Difference(NamedTuple):
    """One setting that differs, in words."""

    says: str
    is_looser: bool


def differences(old: Policy, new: Policy) -> list[Difference]:
    """Each setting of a policy that differs."""
    found = list(_compared("", old, new, _POLICY))
    found += _compared("limits.", old.limits, new.limits, _LIMITS)
    found += _compared("freeze.", old.freeze, new.freeze, _FREEZING)
    for symbol in sorted(old.markets.keys() | new.markets.keys()):
        found += _market(symbol, old.markets.get(symbol), new.markets.get(symbol))
    return found


def house_differences(old: HousePolicy, new: HousePolicy) -> list[Difference]:
    """Each amount of the house that differs: higher or no longer limited is looser."""
    before, after = dict(_amounts(old)), dict(_amounts(new))
    return [
        Difference(
            f"{path}: from {_told(before.get(path))} to {_told(after.get(path))}",
            not _lower_limit(before.get(path), after.get(path)),
        )
        for path in {**before, **after}
        if before.get(path) != after.get(path)
    ]


def _amounts(policy: HousePolicy) -> Iterator[tuple[str, Decimal]]:
    """What the house limits, and where that stands in its document."""
    for unit, whole in policy.units.items():
        named = {f"units.{unit}": whole} | {
            f'units.{unit}.markets."{symbol}"': part for symbol, part in whole.markets.items()
        }
        for path, limits in named.items():
            stated = ((field, getattr(limits, field)) for field in AMOUNTS)
            yield from (
                (f"{path}.{field}", amount) for field, amount in stated if amount is not None
            )


def _compared(
    prefix: str, old: msgspec.Struct, new: msgspec.Struct, tighter: dict[str, _Tighter]
) -> Iterator[Difference]:
    for field in old.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if before != after and field not in _BY_PARTS:
            says = f"{prefix}{field}: from {_told(before)} to {_told(after)}"
            yield Difference(says, not tighter.get(field, _never)(before, after))


def _market(symbol: str, old: MarketRules | None, new: MarketRules | None) -> Iterator[Difference]:
    """Deep and denied markets stay listed: what is held of their coins is part of the account's
    value, by which markets count as deep."""
    path = f'markets."{symbol}"'
    if old is None:
        yield Difference(f"{path}: it was not listed", True)
    elif new is None and old.depth is Depth.THIN:
        yield Difference(f"{path}: it is no longer listed", False)
    elif new is None:
        says = "its coins would leave the account's value; list it as denied instead"
        yield Difference(f"{path}: {says}", True)
    elif old.depth is not new.depth:
        is_tighter = (old.depth, new.depth) == (Depth.DEEP, Depth.DENIED)
        yield Difference(f"{path}.depth: from {old.depth} to {new.depth}", not is_tighter)
    elif new.depth is not Depth.DENIED:
        rules = _DEEP if new.depth is Depth.DEEP else _THIN
        yield from _compared(f"{path}.", old, new, rules)


def _told(value: Any) -> str:
    """A setting as one writes it."""
    if value is None:
        return "no limit"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "any"
    return str(value)


def _never(old: Any, new: Any) -> bool:
    return False


def _lower(old: Decimal | int, new: Decimal | int) -> bool:
    return new < old


def _higher(old: Decimal | int, new: Decimal | int) -> bool:
    return new > old


def _lower_limit(old: Decimal | int | None, new: Decimal | int | None) -> bool:
    return new is not None and (old is None or new < old)


def _lower_of_two(old: Decimal | None, new: Decimal | None) -> bool:
    """Left out it is a multiple of the amounts, which nothing here compares."""
    return old is not None and new is not None and new < old


def _sooner(old: Decimal | int, new: Decimal | int) -> bool:
    """Zero means never."""
    return new > 0 and (not old or new < old)


def _stricter_mode(old: Mode, new: Mode) -> bool:
    order = (Mode.ENFORCE, Mode.REPORT, Mode.OFF)
    return order.index(new) < order.index(old)


def _refuses(old: MarketOrders, new: MarketOrders) -> bool:
    return new is MarketOrders.REFUSE


def _fewer(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return set(new) <= set(old)


def _more(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return set(old) <= set(new)


def _within_hours(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Every minute of a week that the new spans cover, the old ones cover too."""
    before, after = (tuple(parse_span(text) for text in spans) for spans in (old, new))
    return all(is_open(before, at) for at in _WEEK if is_open(after, at))


def _within_networks(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    before = [ip_network(text) for text in old]
    return bool(new) and all(_is_inside(ip_network(text), before) for text in new)


def _is_inside(inner: IPv4Network | IPv6Network, outer: list[IPv4Network | IPv6Network]) -> bool:
    """Inside one of them, or any will do."""
    return not outer or any(
        inner.version == one.version and inner.subnet_of(one)  # type: ignore[arg-type]
        for one in outer
    )


def _closes(old: bool, new: bool) -> bool:
    return new


_BY_PARTS = ("limits", "freeze", "markets")
_POLICY: dict[str, _Tighter] = {
    "budget": _lower,
    "allocation": _lower,
    "exit_budget": _lower,
    "budget_share": _lower_limit,
    "allocation_share": _lower_limit,
    "exit_budget_share": _lower_limit,
    "fee_rate": _higher,
    "mode": _stricter_mode,
    "market_orders": _refuses,
    "max_age_s": _lower,
    "haircut_k": _higher,
    "order_types": _fewer,
    "hours": _within_hours,
    "sources": _within_networks,
    "cancel_only": _closes,
}
_LIMITS: dict[str, _Tighter] = {
    **dict.fromkeys(Limits.__struct_fields__, _lower_limit),
    "signed": _lower_of_two,
}
_FREEZING: dict[str, _Tighter] = {
    "spent": _sooner,
    "denials": _sooner,
    "within_s": _higher,
    "rules": _more,
}
_DEEP: dict[str, _Tighter] = {"collar": _lower, "half_spread": _higher}
"""A lower drift values what buys hold lower, and so their haircut: not shown to be tighter."""
_THIN: dict[str, _Tighter] = {**_DEEP, "drift_1h": _lower, "drift_24h": _lower}
