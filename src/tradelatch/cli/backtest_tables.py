"""Backtests on a terminal of 80 columns: one in full, several side by side."""

from collections.abc import Sequence

from tradelatch.bots.backtest.result import Result
from tradelatch.bots.backtest.rows import compare_rows, summary_rows
from tradelatch.bots.backtest.words import NONE, day, money, told
from tradelatch.cli.console import print_line, print_table

SIDE_BY_SIDE = 3
"""How many results fit beside each other."""
_WIDE = 16


def print_result(result: Result) -> None:
    """Its statistics in two pairs of columns, then what is to be known of them."""
    print_line(f"{result.bot} ({result.kind}): {', '.join(result.symbols)}")
    print_line(f"{told(result.start_ms)} to {told(result.end_ms)} UTC, sums in {result.quote}")
    print_line(_became(result))
    rows = summary_rows(result)
    half = -(-len(rows) // 2)
    rows += [("", "")] * (2 * half - len(rows))
    pairs = [(*left, *right) for left, right in zip(rows[:half], rows[half:], strict=True)]
    print_table("Statistics", ("statistic", "value", "statistic", "value"), pairs, right=(1, 3))
    for warning in result.warnings:
        print_line(f"warning: {warning}")
    for gap in result.gaps:
        print_line(f"no prices: {gap.symbol} {told(gap.start_ms)} to {told(gap.end_ms)}")
    for assumption in result.assumptions:
        print_line(f"assumed: {assumption}")


def print_comparison(results: Sequence[Result]) -> None:
    """All of them, a few beside each other; ``*`` marks the best of all."""
    rows = compare_rows(results)
    for first in range(0, len(results), SIDE_BY_SIDE):
        chosen = range(first, min(first + SIDE_BY_SIDE, len(results)))
        heads = [_short(results[index].bot) for index in chosen]
        about = [
            ("From", *(day(results[index].start_ms) for index in chosen)),
            ("To", *(day(results[index].end_ms) for index in chosen)),
            ("Sums in", *(_short(results[index].quote) for index in chosen)),
        ]
        told_of = [
            (row.name, *(_marked(row.cells[index], index in row.best) for index in chosen))
            for row in rows
        ]
        columns = ("statistic", *heads)
        print_table("Compared", columns, about + told_of, right=range(1, len(columns)))
    print_line("* the best of all of them")


def _marked(cell: str, is_best: bool) -> str:
    """Room for the mark is kept, so that the digits stay below each other."""
    return f"{cell} *" if is_best else f"{cell}  "


def _became(result: Result) -> str:
    """What it began and ended with, in quote and in the reporting currency if there is one."""
    start, end, rates = result.start_equity, result.end_equity, result.reporting
    text = f"{money(start, start)} became {money(end, start)} {result.quote}"
    if rates is None:
        return text
    start, end = start * rates.start_rate, end * rates.end_rate
    return f"{text} ({money(start, start)} became {money(end, start)} {rates.asset})"


def _short(text: str) -> str:
    """Cut to what a column holds."""
    return (text if len(text) <= _WIDE else text[: _WIDE - 1] + "…") or NONE
