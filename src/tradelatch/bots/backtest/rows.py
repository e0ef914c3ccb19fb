"""The statistics as rows of text, the same on the terminal and on the page."""

from collections.abc import Callable, Sequence

import msgspec

from tradelatch.bots.backtest.result import Result
from tradelatch.bots.backtest.statistics import Statistics, statistics
from tradelatch.bots.backtest.words import NONE, day, duration, money, ratio, share


class Figure(msgspec.Struct, frozen=True):
    """One statistic: how it is told, and by what the best of several is found, the highest."""

    name: str
    tell: Callable[[Statistics], str]
    rank: Callable[[Statistics], float | None] | None = None
    is_money: bool = False
    """It compares only within one quote asset."""


class ComparedRow(msgspec.Struct, frozen=True):
    """One statistic of several results, in their order; `best` are the indices of the best."""

    name: str
    cells: tuple[str, ...]
    best: tuple[int, ...]


def _sum(found: Statistics, value: float | None, sign: bool = False) -> str:
    return money(value, found.start_equity, sign)


FIGURES = (
    Figure("Return", lambda s: share(s.total_return, True), lambda s: s.total_return),
    Figure("Return a year", lambda s: share(s.annual_return, True), lambda s: s.annual_return),
    Figure("Buy and hold", lambda s: share(s.buy_and_hold, True)),
    Figure("Profit", lambda s: _sum(s, s.profit, True), lambda s: s.profit, True),
    Figure("Fees", lambda s: _sum(s, s.fees), lambda s: -s.fees, True),
    Figure("Max drawdown", lambda s: share(s.drawdown.depth), lambda s: -s.drawdown.depth),
    Figure("Peak", lambda s: day(s.drawdown.from_ms) if s.drawdown.depth else NONE),
    Figure("Lowest", lambda s: day(s.drawdown.to_ms) if s.drawdown.depth else NONE),
    Figure("Recovered", lambda s: day(s.drawdown.recovered_ms) if s.drawdown.depth else NONE),
    Figure("Sharpe", lambda s: ratio(s.sharpe), lambda s: s.sharpe),
    Figure("Sortino", lambda s: ratio(s.sortino), lambda s: s.sortino),
    Figure("Calmar", lambda s: ratio(s.calmar), lambda s: s.calmar),
    Figure("Exposure", lambda s: share(s.exposure)),
    Figure("Deals closed", lambda s: f"{s.deals:,}"),
    Figure("Deals open", lambda s: f"{s.open_deals:,}"),
    Figure("Win rate", lambda s: share(s.win_rate), lambda s: s.win_rate),
    Figure("Profit factor", lambda s: ratio(s.profit_factor), lambda s: s.profit_factor),
    Figure("Expectancy", lambda s: _sum(s, s.expectancy, True), lambda s: s.expectancy, True),
    Figure("Best deal", lambda s: _sum(s, s.best_deal, True), lambda s: s.best_deal, True),
    Figure("Worst deal", lambda s: _sum(s, s.worst_deal, True), lambda s: s.worst_deal, True),
    Figure("Average deal", lambda s: duration(s.average_deal_ms)),
    Figure("Longest deal", lambda s: duration(s.longest_deal_ms)),
)


def summary_rows(result: Result) -> list[tuple[str, str]]:
    """Every statistic with its text; sums are in the result's quote."""
    return figure_rows(statistics(result))


def figure_rows(found: Statistics) -> list[tuple[str, str]]:
    """The same of statistics that are known."""
    return [(figure.name, figure.tell(found)) for figure in FIGURES]


def compare_rows(results: Sequence[Result]) -> list[ComparedRow]:
    """Every statistic of all of them; sums have a best one only where all count in one quote."""
    found = [statistics(result) for result in results]
    one_quote = len({result.quote for result in results}) < 2
    return [
        ComparedRow(
            figure.name,
            tuple(figure.tell(one) for one in found),
            _best(figure, found) if one_quote or not figure.is_money else (),
        )
        for figure in FIGURES
    ]


def _best(figure: Figure, found: Sequence[Statistics]) -> tuple[int, ...]:
    """Nobody is best where all are alike."""
    if figure.rank is None:
        return ()
    ranks = [figure.rank(one) for one in found]
    top = max((rank for rank in ranks if rank is not None), default=None)
    best = tuple(index for index, rank in enumerate(ranks) if rank == top and rank is not None)
    return best if len(best) < len(found) else ()
