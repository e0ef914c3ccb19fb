"""Markets: the step of a price."""

from decimal import Decimal

import pytest

from tradelatch.model.markets import Market


@pytest.mark.parametrize(
    ("price", "digits", "step"),
    [
        ("25000.55", 0, "0.01"),
        ("25000.55", 5, "1"),
        ("2500.55", 5, "0.1"),
        ("0.5", 5, "0.01"),
        ("99999.99", 5, "1"),
        ("0", 5, "0.01"),
    ],
)
def test_the_step_at_a_price(price: str, digits: int, step: str) -> None:
    cent = Decimal("0.01")
    market = Market("A", "B", cent, cent, Decimal(0), price_digits=digits)
    assert market.step_at(Decimal(price)) == Decimal(step)
