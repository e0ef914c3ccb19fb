"""Rows that stand twice in one export: fills of one moment that are alike, or the same rows again.

An order that is filled twice at one price and size leaves two rows that are the same where an
export has no ids of trades: both are real. They stand side by side, for exchanges write exports in
the order of time. Rows that come again after others of another time were pasted a second time, or
come from a second export that overlaps with the first.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from tradelatch.exports.records import Traded

MANY = 0.1
"""Of the rows of an honest export fewer are the same as another."""
_RUN = 3
"""Rows of so many moments that come again in one run were not traded again in all of them."""


def unlined(trade: Traded) -> Traded:
    """What a repeated row has in common with the first: all but the line."""
    return structs.replace(trade, line=0)


def same(trades: Sequence[Traded]) -> list[tuple[Traded, Traded]]:
    """Those that are the same as an earlier one in everything, and that one; `trades` are in the
    order of time."""
    found = []
    for _, moment in itertools.groupby(trades, lambda one: one.time_ns):
        alike = list(moment)
        if len(alike) > 1:  # Most are alone, and need no comparison.
            first: dict[Traded, Traded] = {}
            for trade in sorted(alike, key=lambda one: one.line):
                earlier = first.setdefault(unlined(trade), trade)
                if earlier is not trade:
                    found.append((trade, earlier))
    return found


def pasted(trades: Sequence[Traded]) -> set[int]:
    """The lines that tell again what an earlier line of the file told: of rows with ids of trades
    each that is the same as another; of others those that come again apart from the first, with a
    row of another time between, if they are more than `MANY` of all, or runs of three moments and
    more. Fills of one moment that stand side by side are none.

    Args:
        trades: all of a file, in the order of time.
    """
    repeated = same(trades)
    if not repeated:
        return set()
    is_named = _are_of_trades(trades)
    named = {again.line for again, _ in repeated if is_named and again.trade_id}
    apart = _apart([one for one in _in_file(trades) if one.line not in named])
    runs = [run for run in apart if len({one.time_ns for one in run}) >= _RUN]
    if sum(map(len, apart)) > MANY * len(trades):
        runs = apart
    return named | {one.line for run in runs for one in run}


def _in_file(trades: Iterable[Traded]) -> list[Traded]:
    return sorted(trades, key=lambda one: one.line)


def _are_of_trades(trades: Sequence[Traded]) -> bool:
    """Whether ids tell trades apart: not so, if rows that differ share them, as ids of orders."""
    ids: defaultdict[tuple[str, str, str], list[Traded]] = defaultdict(list)
    for trade in trades:
        if trade.trade_id:
            ids[trade.symbol, trade.side, trade.trade_id].append(unlined(trade))
    several = [rows for rows in ids.values() if len(rows) > 1]
    return 2 * sum(len(set(rows)) > 1 for rows in several) <= len(several)


def _apart(trades: Sequence[Traded]) -> list[list[Traded]]:
    """Runs of rows that were there before, apart from them; as many of a kind are the first ones as
    stood side by side at most."""
    most = Counter[Traded]()
    runs: list[list[Traded]] = [[]]
    for moment in _side_by_side(trades):
        here = Counter[Traded]()
        for trade in moment:
            mark = unlined(trade)
            here[mark] += 1
            if here[mark] > most[mark]:
                most[mark] = here[mark]
                runs.append([])
            else:
                runs[-1].append(trade)
    return [run for run in runs if run]


def _side_by_side(trades: Sequence[Traded]) -> Iterator[list[Traded]]:
    """Rows of one moment that stand together. Where time turns back, as where the newest row of one
    copy follows that of another, the moment between has both copies."""
    moments = [list(group) for _, group in itertools.groupby(trades, lambda one: one.time_ns)]
    times = [moment[0].time_ns for moment in moments]
    for index, moment in enumerate(moments):
        half, odd = divmod(len(moment), 2)
        if times[index - 1 : index] == times[index + 1 : index + 2] != [] and not odd:
            yield moment[:half]
            yield moment[half:]
        else:
            yield moment
