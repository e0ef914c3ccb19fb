"""Rows that stand twice in one export: fills of one moment that are alike, or the same rows again.

An order that is filled twice at one price and size leaves two rows that are the same where an
export has no ids of trades: both are real. They stand side by side, for exchanges write exports in
the order of time. Rows that come again after others of another time were pasted a second time, or
come from a second export that overlaps with the first. A number of the row is no id of a trade.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from tradelatch.exports.records import Traded

MANY = 0.1
"""Of the rows of an honest export fewer are the same as another."""
_NUMBER = re.compile("[0-9]{1,9}")
_RUN = 3
"""Rows of so many moments that come again in one run were not traded again in all of them."""


def unlined(trade: Traded) -> Traded:
    """What a repeated row has in common with the first: all but the line."""
    return structs.replace(trade, line=0)


def unnumbered(trades: Sequence[Traded]) -> Sequence[Traded]:
    """The trades of a file, in the order of time; without ids where these only number the rows and
    rows were `pasted` but for them. Side by side, trades that are alike but for such ids keep
    them: an exchange may have numbered its trades from 1."""
    if not _are_numbers_of_rows(_in_file(trades)):
        return trades
    bare = [structs.replace(one, trade_id="") for one in trades]
    return bare if pasted(bare) else trades


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
        trades: all of a file, in the order of time, `unnumbered`.
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


def _are_numbers_of_rows(trades: Sequence[Traded]) -> bool:
    """Whether ids count the rows of a file, from its top or its end, by file or by each part."""
    if not all(_NUMBER.fullmatch(one.trade_id) for one in trades):
        return False
    rows = [(one.line, int(one.trade_id)) for one in trades]
    last = max((line for line, _ in rows), default=0)
    return _count(rows) or _count([(last + 1 - line, number) for line, number in reversed(rows)])


def _count(rows: Sequence[tuple[int, int]]) -> bool:
    """Whether numbers rise by one from row to row. Lines that are no trades may be counted too, or
    not; and a part that was put below another may begin again."""
    first_line, first = rows[0] if rows else (0, 0)
    return first <= first_line and all(
        0 < number - before <= line - above or number <= 1
        for (above, before), (line, number) in itertools.pairwise(rows)
    )


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
