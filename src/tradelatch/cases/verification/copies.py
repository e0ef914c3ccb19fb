"""Trades that are told twice: in two files of a victim, or by two victims.

An export that overlaps with another one repeats its rows: they count once. Two people never have
the same trades: of such, price and quantity to the last place are alike, whatever dates were
changed. Quantities of few digits tell nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from itertools import combinations
from typing import TypeAlias

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt, RowRef
from tradelatch.exports.records import Traded
from tradelatch.model.clock import SECOND
from tradelatch.model.orders import Side

_DISTINCT = 4
"""Digits of a quantity by which trades are told apart: bots on the same signal buy the same round
quantities at the same price."""
Alike: TypeAlias = tuple[str, Side, Decimal, Decimal]


def once(valued: Sequence[Valued]) -> tuple[list[Valued], list[Doubt]]:
    """Each trade once where several files have it; and what was left out.

    A file may have several trades that are alike (fills of one moment): as many count as the file
    with most of them has.
    """
    most = Counter[tuple[object, ...]]()
    repeated: list[RowRef] = []
    kept = []
    for group in _by_file(valued):
        here = Counter[tuple[object, ...]]()
        for one in group:
            # One file may tell milliseconds, and another seconds.
            mark = (one.trade.time_ns // SECOND, *alike(one.trade), one.trade.fee)
            here[mark] += 1
            if here[mark] > most[mark]:
                most[mark] = here[mark]
                kept.append(one)
            else:
                repeated.append(one.row)
    if not repeated:
        return kept, []
    files = ", ".join(sorted({row.file for row in repeated}))
    says = f"{len(repeated)} rows of {files} stand in another file too, and count once"
    return kept, [Doubt("duplicate", says, tuple(repeated), False)]


def _by_file(valued: Sequence[Valued]) -> list[list[Valued]]:
    files: defaultdict[str, list[Valued]] = defaultdict(list)
    for one in valued:
        files[one.row.file].append(one)
    return [files[name] for name in sorted(files)]


def alike(trade: Traded) -> Alike:
    """What a copied trade keeps."""
    return trade.symbol, trade.side, trade.price, trade.quantity


def copied(
    victims: Mapping[str, Sequence[Valued]], own: Mapping[str, Set[RowRef]], least: int
) -> Iterator[tuple[str, Doubt]]:
    """Trades that two victims have: the victim and what is wrong.

    Args:
        own: the rows that another record (an exchange's table, a transaction history) shows to
            be the victim's own.
        least: so many, and they are copied.
    """
    for names, (mine, theirs) in _shared(victims, least).items():
        known = [
            name for name, rows in zip(names, (mine, theirs), strict=True) if own[name] >= set(rows)
        ]
        blamed = [name for name in names if name not in known] if len(known) == 1 else names
        for name in blamed:
            rows = mine if name == names[0] else theirs
            other = names[1] if name == names[0] else names[0]
            yield name, Doubt("copied trades", _sentence(len(rows), other, known), rows, True)


def _sentence(many: int, other: str, known: Sequence[str]) -> str:
    says = f"{many} trades are the same as {other}'s to the last place"
    if len(known) == 1:
        return f"{says}, whose they are by another record"
    return f"{says}, and nothing tells whose they are: they count for neither"


def _shared(
    victims: Mapping[str, Sequence[Valued]], least: int
) -> dict[tuple[str, str], tuple[tuple[RowRef, ...], tuple[RowRef, ...]]]:
    """By pair of victims, the rows that both have, where enough of them are distinct: once trades
    are copied, those of round quantities are too."""
    owners: defaultdict[Alike, defaultdict[str, list[RowRef]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for name, valued in victims.items():
        for one in valued:
            owners[alike(one.trade)][name].append(one.row)
    pairs: defaultdict[tuple[str, str], tuple[list[RowRef], list[RowRef]]] = defaultdict(
        lambda: ([], [])
    )
    telling = Counter[tuple[str, str]]()
    for trade, rows in owners.items():
        for pair in combinations(sorted(rows), 2):
            mine, theirs = rows[pair[0]], rows[pair[1]]
            pairs[pair][0].extend(mine)
            pairs[pair][1].extend(theirs)
            if _is_distinct(trade):
                telling[pair] += min(len(mine), len(theirs))
    return {
        pair: (tuple(sorted(mine)), tuple(sorted(theirs)))
        for pair, (mine, theirs) in sorted(pairs.items())
        if telling[pair] >= least
    }


def _is_distinct(trade: Alike) -> bool:
    _, _, _, quantity = trade
    return len(quantity.normalize().as_tuple().digits) >= _DISTINCT
