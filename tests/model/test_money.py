"""Amounts: strict in, plain out, rounded the way that is asked for."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model.money import DUST, BadAmount, parse_amount, plain, round_down, round_up

TEXTS = st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True, alphabet="0123456789.")
STEPS = st.sampled_from([DUST, Decimal("0.05"), Decimal("0.25"), Decimal(1), Decimal(30)])


@given(TEXTS)
def test_an_amount_is_read_exactly_and_printed_so_that_it_reads_back(text: str) -> None:
    amount = parse_amount(text)
    assert amount == Decimal(text)
    assert parse_amount(plain(amount)) == amount


@pytest.mark.parametrize(
    "text",
    [
        *["", " 1", "1 ", "+1", "-1", "1e3", "NaN", "inf", ".5", "5.", "1_0", "1,0", "1\n", "0x1"],
        *["٣", "１", "1" * 21, "0." + "1" * 19],
    ],
)
def test_what_two_parsers_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(BadAmount, match="is not a plain decimal number"):
        parse_amount(text)


@given(TEXTS.map(Decimal), STEPS)
def test_rounding_goes_its_way_by_less_than_a_step(amount: Decimal, step: Decimal) -> None:
    up, down = round_up(amount, step), round_down(amount, step)
    with localcontext() as exact:
        exact.prec = 80
        assert down <= amount <= up
        assert up - amount < step
        assert amount - down < step
        assert up % step == down % step == 0


@given(TEXTS.map(Decimal), STEPS)
def test_rounding_a_debt_goes_the_same_way(amount: Decimal, step: Decimal) -> None:
    # A minus sign would round to the 28 digits of the usual context.
    assert round_up(amount.copy_negate(), step) == round_down(amount, step).copy_negate()


def test_an_amount_beyond_all_digits_raises() -> None:
    with pytest.raises(ArithmeticError):
        round_up(Decimal("1e60"))


@pytest.mark.parametrize(
    ("amount", "text"), [("1E+3", "1000"), ("0E-8", "0"), ("1.50", "1.5"), ("100", "100")]
)
def test_printing_is_plain(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text
