"""References against a naive reading of docs/loss-budget.md, and what it takes to move them."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelatch.model.clock import DAY, HOUR, MINUTE, MS, SECOND
from tradelatch.model.markets import Candle, TopOfBook
from tradelatch.model.money import MONEY
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth, MarketRules
from tradelatch.policy.references import (
    Figures,
    MissingReference,
    Prices,
    Print,
    Reference,
    Spread,
    is_deep,
    quantile,
)

NOW = 1_790_000_000 * SECOND // MINUTE * MINUTE + 30 * SECOND
RULES = MarketRules(Depth.DEEP)
ONE, TEN = Decimal(1), Decimal(10)
POOR, RICH = Decimal("0.001"), Decimal(10**6)
"""Account values that make the market a major, and not one."""
PRICES = st.decimals("0.5", "20", places=3)


def minute(ago: int, price: Decimal, volume: Decimal = TEN) -> Candle:
    open_ms = (NOW // MINUTE - ago) * MINUTE // MS
    return Candle(open_ms, price, price, price, price, volume, price * volume)


def day(number: int, close: Decimal = ONE, turnover: int = 5_000) -> Candle:
    return Candle(number * DAY // MS, close, close, close, close, ONE, Decimal(turnover))


def fed(minutes: dict[int, Decimal]) -> Prices:
    prices = Prices()
    prices.see_minutes([minute(ago, price) for ago, price in minutes.items()], NOW)
    prices.see_days([day(n) for n in range(31)])
    prices.see_book(TopOfBook(Decimal("0.999"), Decimal("1.001")), NOW)
    return prices


def both(prices: Prices, value: Decimal = RICH) -> tuple[Reference, Reference]:
    buy = prices.reference(Side.BUY, RULES, value, NOW)
    return buy, prices.reference(Side.SELL, RULES, value, NOW)


def naive(minutes: dict[int, Decimal], side: Side) -> tuple[Decimal, Decimal]:
    """The clamped and the present price, word by word."""
    traded = [price for ago, price in sorted(minutes.items(), reverse=True) if ago < 24 * 60]
    hour = sorted(price for ago, price in minutes.items() if ago < 60)
    whole, present = sorted(traded), median(traded[-5:])

    def share(values: list[Decimal], percent: int) -> Decimal:
        return values[max(math.ceil(len(values) * percent / 100), 1) - 1]

    up1, up24, down1, down24 = map(Decimal, ("1.05", "1.15", "0.95", "0.85"))
    if side is Side.BUY:
        bounds = [share(whole, 10) * up24, *([share(hour, 25) * up1] if hour else [])]
        return min(present, *bounds), present
    bounds = [share(whole, 90) * down24, *([share(hour, 75) * down1] if hour else [])]
    return max(present, *bounds), present


@given(st.dictionaries(st.integers(0, 1439), PRICES, min_size=1, max_size=120))
@settings(max_examples=150)
def test_references_are_the_stated_clamps(minutes: dict[int, Decimal]) -> None:
    for reference in both(fed(minutes)):
        assert (reference.price, reference.present) == naive(minutes, reference.side)


@given(st.dictionaries(st.integers(0, 1439), PRICES, min_size=1, max_size=60))
@settings(max_examples=60)
def test_the_clamp_only_ever_helps_the_account(minutes: dict[int, Decimal]) -> None:
    buy, sell = both(fed(minutes))
    assert buy.price <= buy.present == sell.present <= sell.price


def test_a_major_is_judged_by_the_present_alone() -> None:
    prices = fed(dict.fromkeys(range(5, 300), ONE) | {ago: Decimal(3) for ago in range(5)})
    assert [r.price for r in both(prices, POOR)] == [3, 3]
    assert [r.price for r in both(prices, Decimal(5))] == [Decimal("1.05"), 3]
    prices.see_days([day(n) for n in range(7)])
    assert both(prices, POOR)[0].price == Decimal("1.05"), "six days of history are no major's"


@pytest.mark.parametrize(
    ("held", "present", "buys"),
    [
        (0, ONE, ONE),
        (2, ONE, ONE),
        (3, TEN, Decimal("1.05")),
        (45, TEN, Decimal("1.05")),
        (46, TEN, Decimal("1.15")),
        (24 * 60 - 145, TEN, Decimal("1.15")),
        (24 * 60 - 143, TEN, TEN),
    ],
)
def test_pumping_takes_as_long_as_is_stated(held: int, present: Decimal, buys: Decimal) -> None:
    """Wash trades at ten times the price for so many minutes: 3 for the median, 46 for the
    hour's quartile, all but a tenth of a day for the day's."""
    prices = fed({ago: TEN if ago < held else ONE for ago in range(24 * 60)})
    buy, _ = both(prices)
    assert (buy.present, buy.price) == (present, buys)


@pytest.mark.parametrize(
    ("held", "sells"),
    [
        (2, TEN),
        (3, Decimal("9.5")),
        (44, Decimal("9.5")),
        (45, Decimal("8.5")),
        (24 * 54 - 1, Decimal("8.5")),
        (24 * 54, ONE),
    ],
)
def test_dumping_takes_as_long_as_pumping(held: int, sells: Decimal) -> None:
    prices = fed({ago: ONE if ago < held else TEN for ago in range(24 * 60)})
    assert both(prices)[1].price == sells


def test_two_blips_an_hour_apart_move_nothing() -> None:
    prices = fed({ago: TEN if ago in (0, 60) else ONE for ago in range(300)})
    assert [r.price for r in both(prices)] == [1, 1]


def test_wash_volume_moves_nothing() -> None:
    """A minute counts once, whatever was traded in it."""
    prices = fed(dict.fromkeys(range(300), ONE))
    prices.see_minutes([minute(ago, TEN, Decimal(10**9)) for ago in range(2)], NOW)
    assert [r.price for r in both(prices)] == [1, 1]


@given(st.integers(1, 9), PRICES)
@settings(max_examples=50)
def test_own_prints_are_left_out(own: int, price: Decimal) -> None:
    volume, quantity = TEN, Decimal(own)
    prices = fed(dict.fromkeys(range(300), ONE))
    mixed = [
        Candle(c.open_ms, ONE, ONE, ONE, ONE, volume + quantity, volume + quantity * price)
        for c in (minute(ago, ONE) for ago in range(5))
    ]
    prints = [Print(candle.open_ms + 7_000, price, quantity) for candle in mixed]
    prices.see_minutes(mixed, NOW, prints)
    assert [r.price for r in both(prices)] == [1, 1]


def test_a_minute_of_own_prints_alone_was_not_traded() -> None:
    prices = fed(dict.fromkeys(range(300), ONE))
    prices.see_minutes([minute(0, TEN)], NOW, [Print(NOW // MS, TEN, TEN)])
    assert prices.mark(NOW) == 1


def test_minutes_older_than_a_day_are_forgotten() -> None:
    prices = fed({24 * 60 + 1: TEN, 10: ONE})
    assert prices.mark(NOW) == 1
    assert prices.mark(NOW + DAY) is None


def test_the_age_is_that_of_the_older_input() -> None:
    prices = fed({1: ONE})
    prices.see_book(TopOfBook(ONE, ONE), NOW + 5 * SECOND)
    reference = prices.reference(Side.BUY, RULES, ONE, NOW + 9 * SECOND)
    assert reference.age_ns == 9 * SECOND


def test_what_is_missing_is_no_reference() -> None:
    empty = Prices()
    no_book, no_days, no_trade = Prices(), fed({1: ONE}), fed({})
    no_book.see_minutes([minute(1, ONE)], NOW)
    no_book.see_days([day(1)])
    no_days.see_days([])
    for prices in (empty, no_book, no_days, no_trade):
        with pytest.raises(MissingReference):
            prices.reference(Side.BUY, RULES, ONE, NOW)
    assert no_trade.mark(NOW) is None


def test_best_opposite_is_the_other_side() -> None:
    buy, sell = both(fed({1: ONE}))
    assert (buy.best_opposite, sell.best_opposite) == (Decimal("1.001"), Decimal("0.999"))


@given(st.lists(PRICES, min_size=1, max_size=50), st.integers(1, 100))
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[Decimal], percent: int
) -> None:
    found = quantile(sorted(values), Decimal(percent) / 100)
    enough = [v for v in values if 100 * sum(w <= v for w in values) >= percent * len(values)]
    assert found == min(enough)


# Figures


def test_figures_take_the_worse_of_the_week_and_the_month() -> None:
    prices = fed({1: ONE})
    calm = [day(n, ONE, 100) for n in range(24)]
    week = [day(24 + n, Decimal(1 + n % 2), 900) for n in range(7)]
    today = [day(31, Decimal(50), 10**9)]
    prices.see_days(calm[1:] + week + today)
    figures = prices.figures(RULES)
    assert figures.adv == 100
    assert figures.days == 30
    # up by 1 three times and down by a half three times within the week; the first of its
    # seven days has no day before it
    assert figures.sigma == MONEY.sqrt(Decimal("3.75") / 6)
    prices.see_days(
        [day(n, ONE, 900) for n in range(24)] + [day(24 + n, ONE, 100) for n in range(8)]
    )
    assert prices.figures(RULES).adv == 100


def test_the_half_spread_is_the_books_and_at_least_the_policys() -> None:
    prices = fed({1: ONE})
    assert prices.figures(RULES).half_spread == Decimal("0.001")
    prices.see_book(TopOfBook(Decimal("0.9999"), Decimal("1.0001")), NOW)
    assert prices.figures(RULES).half_spread == RULES.half_spread


def test_the_half_spread_is_the_wider_of_a_weeks_and_a_months_median() -> None:
    """Whoever narrows the book for a moment, or for a week, changes nothing."""
    prices = fed({1: ONE})
    prices.see_book(TopOfBook(Decimal("0.9999"), Decimal("1.0001")), NOW)
    month = [Spread(NOW - n * DAY, Decimal("0.004")) for n in range(29, 7, -1)]
    week = [Spread(NOW - n * DAY, Decimal("0.001")) for n in range(6, -1, -1)]
    prices.see_spreads(month + week, NOW)
    assert prices.figures(RULES).half_spread == Decimal("0.004")
    prices.see_spreads(week, NOW)
    assert prices.figures(RULES).half_spread == Decimal("0.001")
    prices.see_spreads([Spread(NOW - 31 * DAY, Decimal("0.004"))], NOW)
    assert prices.figures(RULES).half_spread == RULES.half_spread


@pytest.mark.parametrize(
    ("days", "reach"), [(-1, "1.1"), (0, "1.1"), (6, "1.1"), (7, "1.2"), (15, "1.3")]
)
def test_the_reference_moves_from_its_anchor_by_so_much_a_week(days: int, reach: str) -> None:
    anchored = date(2026, 9, 1)
    rules = MarketRules(Depth.DEEP, anchor=TEN, anchored=anchored, excursion=Decimal("0.1"))
    now = (anchored - date(1970, 1, 1)).days * DAY + days * DAY + 1
    assert rules.bound(Side.BUY, now) == TEN * Decimal(reach)
    assert rules.bound(Side.SELL, now) == MONEY.divide(TEN, Decimal(reach))


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "15"), (Side.SELL, "5")])
def test_beyond_the_anchor_orders_are_judged_by_its_bound_and_exits_are_not(
    side: Side, price: str
) -> None:
    today = datetime.fromtimestamp(NOW // SECOND, UTC).date()
    rules = MarketRules(Depth.DEEP, anchor=TEN, anchored=today, excursion=Decimal("0.25"))
    prices = fed(dict.fromkeys(range(1, 1_400), Decimal(price)))
    reference = prices.reference(side, rules, RICH, NOW)
    assert reference.judging(is_exit=True) == reference.price == Decimal(price)
    assert reference.judging(is_exit=False) == (Decimal("12.5") if side is Side.BUY else 8)
    assert reference.is_bounded
    loose = MarketRules(Depth.DEEP, anchor=TEN, anchored=today, excursion=ONE)
    near = prices.reference(side, loose, RICH, NOW)
    assert near.judging(is_exit=False) == near.price
    assert not near.is_bounded


DEEP = Figures(Decimal(2000), Decimal("0.10"), Decimal("0.002"), 7)


@pytest.mark.parametrize(
    ("worse", "says"),
    [
        ({"days": 6}, "6 days of history are known, 7 are needed"),
        ({"adv": Decimal("1999.9999")}, "it trades 1999.9999 a day, 2000.0000 are needed"),
        ({"half_spread": Decimal("0.0021")}, "half its spread is 0.00210"),
        ({"sigma": Decimal("0.1001")}, "it moves 0.1001 a day"),
    ],
)
def test_deep_is_what_keeps_each_boundary(worse: dict[str, Decimal | int], says: str) -> None:
    assert is_deep(DEEP, Decimal(100)) == ""
    values = {name: getattr(DEEP, name) for name in DEEP.__struct_fields__} | worse
    assert says in is_deep(Figures(**values), Decimal(100))


def test_a_market_without_trading_is_not_deep_for_anybody() -> None:
    assert is_deep(Figures(Decimal(0), Decimal(0), Decimal(0), 30), Decimal(0))


def test_an_hour_without_trades_leaves_the_days_clamp() -> None:
    prices = fed(dict.fromkeys(range(100, 400), ONE) | dict.fromkeys(range(61, 66), TEN))
    assert [r.price for r in both(prices)] == [Decimal("1.15"), 10]
    assert HOUR == 60 * MINUTE
