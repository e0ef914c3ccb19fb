"""Backtests on a terminal: what fits it, and what is marked."""

import pytest

from tests.bots.backtest.made_up import empty, made_up
from tradelatch.bots.backtest.rows import summary_rows
from tradelatch.cli.backtest_tables import print_comparison, print_result


def table(text: str) -> list[str]:
    """The lines of the tables: those from a heading on that hold columns."""
    return [line for line in text.splitlines() if "  " in line.strip()]


@pytest.mark.parametrize("result", [made_up(), empty()])
def test_one_result_fits_eighty_columns(result: object, capsys: pytest.CaptureFixture[str]) -> None:
    print_result(result)  # type: ignore[arg-type]
    shown = capsys.readouterr().out
    assert all(len(line) <= 80 for line in table(shown))
    for name, value in summary_rows(result):  # type: ignore[arg-type]
        assert name in shown
        assert value in shown
    assert "assumed: Orders arrive 250 ms after they are sent." in shown
    assert "1,820.00 became" in shown


def test_several_results_fit_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    results = [made_up(seed=seed, days=60, bot=f"{seed} " + "long" * 9) for seed in range(1, 6)]
    print_comparison(results)
    shown = capsys.readouterr().out
    assert all(len(line) <= 80 for line in table(shown))
    assert shown.count("Return a year") == 2, "three results, then two"
    marked = [line for line in shown.splitlines() if line.startswith("Sharpe") and "*" in line]
    assert len(marked) == 1, "the best of all, not of each table"
    for seed in range(1, 6):
        assert f"{seed} longlon" in shown
