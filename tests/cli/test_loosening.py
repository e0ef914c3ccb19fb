"""Which settings loosen: each field by itself, in both directions."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tradelatch.cli.loosening import differences, house_differences
from tradelatch.policy.document import (
    Depth,
    Freezing,
    Limits,
    MarketOrders,
    MarketRules,
    Mode,
    Policy,
)
from tradelatch.policy.house import HousePolicy, parse_house

D = Decimal
DEEP, THIN, DENIED = (MarketRules(depth) for depth in (Depth.DEEP, Depth.THIN, Depth.DENIED))
POLICY = Policy(
    1,
    "BTC",
    {"ETH/BTC": DEEP, "VIN/BTC": THIN, "BAD/BTC": DENIED},
    budget=D("0.25"),
    exit_budget=D("0.5"),
)


def loosenings(old: Policy, new: Policy) -> list[str]:
    return [one.says for one in differences(old, new) if one.is_looser]


LESS_FIRST = [
    ("budget", D("0.2"), D("0.3")),
    ("allocation", D(0), D(1)),
    ("exit_budget", D("0.4"), D("0.6")),
    ("budget_share", D("0.005"), D("0.01")),
    ("exit_budget_share", D("0.01"), None),
    ("fee_rate", D("0.002"), D("0.001")),
    ("mode", Mode.ENFORCE, Mode.REPORT),
    ("mode", Mode.REPORT, Mode.OFF),
    ("market_orders", MarketOrders.REFUSE, MarketOrders.COLLAR),
    ("max_age_s", 5, 10),
    ("haircut_k", D(2), D(1)),
    ("order_types", ("LIMIT",), ("LIMIT", "MARKET")),
    ("hours", ("mon-fri 07:00-21:00",), ("mon-sun 06:00-22:00",)),
    ("hours", ("22:30-01:00",), ("22:00-24:00", "00:00-02:00")),
    ("hours", ("mon 06:00-07:00",), ()),
    ("sources", ("10.1.0.0/16",), ("192.168.0.0/16", "10.0.0.0/8")),
    ("sources", ("::1/128",), ("::/64",)),
    ("sources", ("10.0.0.0/8",), ()),
    ("cancel_only", True, False),
    ("limits.order", D(1), D(2)),
    ("limits.hour", D(1), None),
    ("limits.day", D(1), None),
    ("limits.turnover", D(1), D(2)),
    ("limits.open_orders", 3, 4),
    ("limits.signed", D(10), D(20)),
    ("limits.order_age_s", 3_600, 7_200),
    ("limits.orders_per_minute", 3, None),
    ("freeze.spent", D("0.5"), D("0.9")),
    ("freeze.spent", D("0.5"), D(0)),
    ("freeze.denials", 5, 6),
    ("freeze.denials", 5, 0),
    ("freeze.within_s", 600, 300),
    ("freeze.rules", ("budget", "permitted"), ("permitted",)),
    ('markets."ETH/BTC".collar', D("0.005"), D("0.02")),
    ('markets."ETH/BTC".half_spread', D("0.001"), D("0.0005")),
    ('markets."VIN/BTC".collar', D("0.005"), D("0.02")),
    ('markets."VIN/BTC".drift_1h', D("0.05"), D("0.06")),
    ('markets."VIN/BTC".drift_24h', D("0.05"), D("0.06")),
]
"""A field, a tighter and a looser value."""


def with_value(field: str, value: Any) -> Policy:
    holder, _, name = field.rpartition(".")
    if holder.startswith("markets"):
        symbol = holder.split('"')[1]
        rules = msgspec.structs.replace(POLICY.markets[symbol], **{name: value})
        return msgspec.structs.replace(POLICY, markets={**POLICY.markets, symbol: rules})
    if holder:
        inner = msgspec.structs.replace(getattr(POLICY, holder), **{name: value})
        return msgspec.structs.replace(POLICY, **{holder: inner})
    return msgspec.structs.replace(POLICY, **{field: value})


@pytest.mark.parametrize(("field", "less", "more"), LESS_FIRST)
def test_one_way_is_tighter_and_the_other_looser(field: str, less: Any, more: Any) -> None:
    tight, loose = with_value(field, less), with_value(field, more)
    [tighter] = differences(loose, tight)
    assert not tighter.is_looser
    [told] = loosenings(tight, loose)
    assert told.startswith(f"{field}: from ")
    assert tighter.says.startswith(f"{field}: from ")
    assert loosenings(tight, tight) == loosenings(loose, loose) == []


def test_what_cannot_be_compared_is_called_loosening() -> None:
    for field, value in (
        ("unit", "USDT"),
        ("version", 2),
        ('markets."ETH/BTC".drift_1h', D("0.01")),
        ('markets."ETH/BTC".drift_1h', D("0.1")),
        ("order_types", ("STOP_LOSS",)),
        ("limits.signed", D(10)),
        ('markets."ETH/BTC".anchor', D("0.07")),
        ("hours", ("00:00-23:59",)),
    ):
        changed = with_value(field, value)
        assert loosenings(POLICY, changed) or loosenings(changed, POLICY), field
    for field in ("unit", "version"):
        changed = with_value(field, "other" if field == "unit" else 2)
        assert loosenings(POLICY, changed)
        assert loosenings(changed, POLICY)
    for drift in (D("0.01"), D("0.1")):
        assert loosenings(POLICY, with_value('markets."ETH/BTC".drift_24h', drift))


@pytest.mark.parametrize(
    ("symbol", "old", "new", "is_tighter"),
    [
        ("NEW/BTC", None, THIN, False),
        ("NEW/BTC", None, DENIED, False),
        ("ETH/BTC", DEEP, None, False),
        ("ETH/BTC", DEEP, DENIED, True),
        ("ETH/BTC", DEEP, THIN, False),
        ("VIN/BTC", THIN, None, True),
        ("VIN/BTC", THIN, DEEP, False),
        ("VIN/BTC", THIN, DENIED, False),
        ("BAD/BTC", DENIED, THIN, False),
        ("BAD/BTC", DENIED, None, False),
    ],
)
def test_listing_markets(
    symbol: str, old: MarketRules | None, new: MarketRules | None, is_tighter: bool
) -> None:
    def listing(rules: MarketRules | None) -> Policy:
        others = {name: known for name, known in POLICY.markets.items() if name != symbol}
        markets = {**others, symbol: rules} if rules else others
        return msgspec.structs.replace(POLICY, markets=markets)

    assert (loosenings(listing(old), listing(new)) == []) is is_tighter


def test_every_loosening_is_told_at_once() -> None:
    looser = msgspec.structs.replace(
        POLICY,
        budget=D(1),
        limits=Limits(order=D(1)),
        freeze=Freezing(spent=D(0)),
        markets={**POLICY.markets, "XYZ/BTC": DEEP},
    )
    assert loosenings(POLICY, looser) == [
        "budget: from 0.25 to 1",
        "freeze.spent: from 0.9 to 0",
        'markets."XYZ/BTC": it was not listed',
    ]


HOUSE = """
version = 1
[units.BTC]
budget = {budget}
[units.BTC.markets."ETH/BTC"]
budget = 1
"""


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (HOUSE.format(budget=2), []),
        (HOUSE.format(budget=4), ["units.BTC.budget"]),
        ("version = 1\nunits = {}", ["units.BTC.budget", 'units.BTC.markets."ETH/BTC".budget']),
        ("version = 1\n[units.BTC]\nbudget = 3", ['units.BTC.markets."ETH/BTC".budget']),
    ],
)
def test_the_house_loosens_where_an_amount_rises_or_goes(after: str, told: list[str]) -> None:
    found = house_differences(parse_house(HOUSE.format(budget=3)), parse_house(after))
    assert [one.says.partition(": ")[0] for one in found if one.is_looser] == told


def test_a_house_without_amounts_can_only_be_tightened() -> None:
    found = house_differences(HousePolicy(1, {}), parse_house(HOUSE.format(budget=3)))
    assert [one.is_looser for one in found] == [False, False]
    assert found[0].says == "units.BTC.budget: from no limit to 3"
