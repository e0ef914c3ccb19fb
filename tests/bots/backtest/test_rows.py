"""Figures as text, and the best of several."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.bots.backtest.made_up import empty, made_up
from tradelatch.bots.backtest import words
from tradelatch.bots.backtest.rows import compare_rows, summary_rows


def test_what_is_not_defined_is_a_dash_and_nothing_is_infinite() -> None:
    for result in (empty(), made_up(days=1), made_up(days=20)):
        for _, text in summary_rows(result):
            assert text
            assert "inf" not in text
            assert "nan" not in text
    undefined = dict(summary_rows(empty()))
    assert undefined["Profit factor"] == undefined["Sharpe"] == undefined["Peak"] == "-"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (words.share(0.1234567, sign=True), "+12.35 %"),
        (words.share(-0.000001, sign=True), "0.00 %"),
        (words.share(1234.5), "123,450.00 %"),
        (words.ratio(-1.005), "-1.00"),
        (words.money(Decimal("1234.567"), 2000), "1,234.57"),
        (words.money(Decimal("0.0123456789"), Decimal("0.5"), sign=True), "+0.01234568"),
        (words.money(Decimal("0.001"), 100, sign=True), "0.00"),
        (words.money(1.5, 2), "1.50000"),
        (words.duration(59_999), "1 min"),
        (words.duration(0), "0 min"),
        (words.duration(7_500_000), "2 h 5 min"),
        (words.duration(86_400_000 * 3 + 3_600_000), "3 d 1 h"),
        (words.day(0), "1970-01-01"),
        (words.day(None), "-"),
        (words.told(1_704_067_260_000), "2024-01-01 00:01"),
    ],
)
def test_figures_are_told_so(text: str, expected: str) -> None:
    assert text == expected


def test_the_best_is_marked_and_less_of_a_loss_is_better() -> None:
    results = [made_up(seed=seed, days=90) for seed in (1, 2, 3)]
    rows = {row.name: row for row in compare_rows(results)}
    falls = [float(cell.split()[0]) for cell in rows["Max drawdown"].cells]
    assert rows["Max drawdown"].best == (falls.index(min(falls)),)
    fees = [float(cell) for cell in rows["Fees"].cells]
    assert rows["Fees"].best == (fees.index(min(fees)),)
    assert rows["Buy and hold"].best == rows["Exposure"].best == ()


def test_sums_in_different_assets_have_no_best_one() -> None:
    results = [made_up(seed=1, days=90), replace(made_up(seed=2, days=90), quote="BTC")]
    rows = {row.name: row for row in compare_rows(results)}
    assert rows["Profit"].best == rows["Best deal"].best == ()
    assert len(rows["Return"].best) == 1


def test_nobody_is_best_alone_or_where_all_are_alike() -> None:
    one = made_up(days=30)
    for results in ([one], [one, one], [empty(), empty()]):
        assert all(row.best == () for row in compare_rows(results))


def test_equals_share_the_first_place_and_the_undefined_has_none() -> None:
    one = made_up(days=90)
    rows = {row.name: row for row in compare_rows([one, one, empty()])}
    assert rows["Profit factor"].best == (0, 1)
