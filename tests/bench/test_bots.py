"""The study's bots keep to the semantics that traders know."""

from decimal import Decimal

from bench.study.bots import Ladder, safety_orders, take_profit

CENT, LOT = Decimal("0.01"), Decimal("0.0001")
AVERAGE = Decimal("3095.4") * Decimal("1.001")


def test_the_published_example_of_safety_orders_comes_out() -> None:
    ladder = Ladder(Decimal(1), Decimal(4), Decimal("1.7"), 3)
    assert ladder.deviations() == [1, 5, 21]
    assert safety_orders(ladder, AVERAGE, Decimal(15), CENT, LOT) == [
        (Decimal("3067.51"), Decimal("0.0049")),
        (Decimal("2943.57"), Decimal("0.0087")),
        (Decimal("2447.81"), Decimal("0.0178")),
    ]


def test_the_published_example_of_take_profits_comes_out() -> None:
    prices = [take_profit(AVERAGE, Decimal(p), Decimal("0.001"), CENT) for p in (2, 3, 4)]
    assert prices == [Decimal("3163.63"), Decimal("3194.65"), Decimal("3225.67")]
