"""When a week is passed, and how it is counted."""

from decimal import Decimal
from typing import Any

import pytest

from tradelatch.drills.week.asked import Asked
from tradelatch.drills.week.outcome import Outcome
from tradelatch.drills.week.plan import Trader
from tradelatch.drills.week.side import Result
from tradelatch.model.orders import Side

D = Decimal
NAME, DEEP, THIN = "c-01", "ETH/BTC", "VIN/BTC"
START, END = D(10), D("10.5")


def asked(number: int = 1, symbol: str = DEEP, **more: Any) -> Asked:
    told: dict[str, Any] = {
        "at_ms": 1_000,
        "bot": "dca",
        "deal": 1,
        "tag": "",
        "client_id": f"dca-{number}",
        "symbol": symbol,
        "side": Side.BUY,
        "quantity": D(2),
        "price": D("0.05"),
        "market_price": D("0.05"),
    }
    return Asked(**(told | more))


def refused(number: int, cause: str = "budget", **more: Any) -> Asked:
    return asked(
        number,
        causes=(cause,),
        says=f"denied by policy (verdict 7): {cause}: it said no; hours: never",
        **more,
    )


def stop(number: int, filled: str = "0", **more: Any) -> Asked:
    told: dict[str, Any] = {
        "client_id": f"exit-dca-{number}",
        "side": Side.SELL,
        "price": None,
        "at_ms": 60_000,
    }
    return asked(number, **(told | {"filled": D(filled), "filled_ms": 120_000} | more))


def result(
    *orders: Asked, left: bool = False, frozen: str = "", end: Decimal = END, cost: str = "0"
) -> Result:
    return Result(
        "side",
        {NAME: [START, end]},
        {NAME: D(cost)},
        {NAME: orders},
        {},
        {NAME: frozen} if frozen else {},
        ((NAME, "dca", 1, DEEP),) if left else (),
    )


def outcome(guarded: Result, bare: Result | None = None) -> Outcome:
    trader = Trader(NAME, START, {}, "", ())
    return Outcome(168, guarded, bare or guarded, (trader,), frozenset([THIN]))


def many(count: int, *others: Asked) -> Result:
    return result(*(asked(number) for number in range(count)), *others)


@pytest.mark.parametrize(
    ("count", "others", "passes"),
    [
        (1_000, (refused(-1),), True),
        (999, (refused(-1),), False),  # one in a thousand is not under it
        (999, (asked(-1, is_withdrawn=True),), False),
        (10, (refused(-1, symbol=THIN),), True),
    ],
)
def test_less_than_one_in_a_thousand_may_be_refused_in_deep_markets(
    count: int, others: tuple[Asked, ...], passes: bool
) -> None:
    assert (not outcome(many(count, *others)).problems()) is passes


def test_a_week_without_orders_shows_nothing() -> None:
    assert outcome(result(asked(symbol=THIN))).problems() == [
        "no order was asked for in deep markets: nothing was shown"
    ]


def test_a_stop_loss_that_is_left_fails_it_while_exits_last() -> None:
    left = many(1_000, stop(-1, "0.5"), stop(-2))
    left = result(*left.asked[NAME], left=True)
    (problem,) = outcome(left).problems()
    assert problem == (
        "a stop-loss of c-01 in ETH/BTC was left unfilled while E lasted: 2 orders, 0 refused"
    )
    (found,) = outcome(left).stops(left)
    assert (found.sold, found.orders, found.is_left) == (D("0.5"), 2, True)


def test_a_stop_loss_that_was_never_sent_is_left_too() -> None:
    (problem,) = outcome(result(asked(), left=True)).problems()
    assert "0 orders, 0 refused" in problem


def test_beyond_exits_nothing_is_promised() -> None:
    orders = many(2_000, stop(-1, causes=("exit_budget",), says="no"))
    left = result(*orders.asked[NAME], left=True)
    assert outcome(left).problems() == []


def test_an_honest_account_that_is_frozen_fails_it() -> None:
    assert outcome(result(asked(), frozen="spent")).problems() == [
        "the honest account c-01 was frozen: spent"
    ]


def test_orders_are_counted_by_what_refused_them() -> None:
    orders = (
        asked(1, price=None, filled=D("1.5")),
        asked(2, price=None, filled=D(2)),
        refused(3, "budget"),
        refused(4, "budget"),
        refused(5, "price_collar"),
    )
    tally = outcome(result(*orders)).deep_orders
    assert (tally.asked, tally.refused, tally.at_market, tally.cut) == (5, 3, 2, 1)
    assert tally.unfilled == D("0.025")
    assert [(rule, denial.times) for rule, denial in tally.by_cause] == [
        ("budget", 2),
        ("price_collar", 1),
    ]
    assert tally.causes["budget"].says == "it said no"


def test_a_difference_is_told_by_its_parts_and_its_cause() -> None:
    bare = result(asked(1), cost="0.3", end=D("10.2"))
    (row,) = outcome(result(asked(1), refused(2), cost="0.1"), bare).compared()
    assert (row.difference, row.by_costs, row.by_holdings) == (D("0.3"), D("0.2"), D("0.1"))
    assert (row.is_same, row.because) == (False, "1 refused")
    (same,) = outcome(bare, bare).compared()
    assert (same.difference, same.because) == (D(0), "none: the same orders and fills")
    (other,) = outcome(result(asked(1, filled=D(1))), bare).compared()
    assert other.because == "other fills"


def test_stops_tell_how_long_they_took() -> None:
    side = result(stop(1, "1"), stop(2, "1", filled_ms=240_000), stop(3, "2", deal=2))
    first, second = outcome(side).stops(side)
    assert (first.deal, first.orders, first.last_ms - first.first_ms) == (1, 2, 180_000)
    assert (second.deal, second.orders) == (2, 1)
