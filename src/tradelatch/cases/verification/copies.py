"""Trades that are told twice: in two files of a victim, or by two victims.

An export that overlaps with another one repeats its rows: they count once. Two people rarely have
the same trades: of such, price and quantity to the last place are alike, whatever dates were
changed. That accuses nobody: bots on one signal may trade alike, and one person may have come
twice. But nothing counts for two. Quantities of few digits tell nothing by themselves; that they
were traded at the same times does (`together`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from itertools import combinations
from typing import TypeAlias

import msgspec

from tradelatch.cases.verification.losses import Valued, cents
from tradelatch.cases.verification.together import Together
from tradelatch.cases.verified import Doubt, RowRef, Weight
from tradelatch.exports.records import Traded
from tradelatch.model.clock import SECOND
from tradelatch.model.money import ZERO
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
    return kept, [Doubt("duplicate", says, tuple(repeated), Weight.DOUBT)]


def _by_file(valued: Sequence[Valued]) -> list[list[Valued]]:
    files: defaultdict[str, list[Valued]] = defaultdict(list)
    for one in valued:
        files[one.row.file].append(one)
    return [files[name] for name in sorted(files)]


def alike(trade: Traded) -> Alike:
    """What a copied trade keeps."""
    return trade.symbol, trade.side, trade.price, trade.quantity


class Shown(msgspec.Struct, frozen=True):
    """The rows that other records show to be a victim's own: the exchange's table under an account
    that is theirs, and their transaction history, which anybody can write."""

    table: Set[RowRef]
    history: Set[RowRef]

    def how_well(self, rows: Iterable[RowRef]) -> int:
        """How well all of these rows are: 2 by the table, 1 by the history, 0 not at all."""
        mine = set(rows)
        return 2 if mine <= self.table else int(mine <= self.table | self.history)


def copied(
    victims: Mapping[str, Sequence[Valued]], shown: Mapping[str, Shown], least: int
) -> Iterator[tuple[str, Doubt]]:
    """Trades that two victims have: the victim and what there is to explain. The better shown ones
    count; if both are as good, those of neither, unless the exchange's table has them twice.

    Args:
        least: so many, and they are told.
    """
    for names, shared in _shared(victims, least).items():
        first, second = (
            shown[name].how_well(rows) for name, rows in zip(names, shared, strict=True)
        )
        if first == second == 2:
            continue
        for name, other, rows, is_better in (
            (*names, shared[0], first > second),
            (*names[::-1], shared[1], second > first),
        ):
            if not is_better:
                says = _sentence(len(rows), other, is_told=first != second)
                yield name, Doubt("copied trades", says, rows, Weight.WITHHELD)


def _sentence(many: int, other: str, *, is_told: bool) -> str:
    says = f"{many} trades are the same as {other}'s to the last place"
    if is_told:
        return f"{says}, whose they are by another record"
    return f"{says}, and nothing tells whose they are: they count for neither until something does"


class _Pair(msgspec.Struct):
    """What two victims have alike: the rows of either, how many of them have telling quantities,
    and how often both traded at one time."""

    mine: list[RowRef] = []
    theirs: list[RowRef] = []
    telling: int = 0
    together: Together = msgspec.field(default_factory=Together)

    def add(self, mark: Alike, mine: Sequence[Valued], theirs: Sequence[Valued]) -> None:
        """Trades of both that are alike."""
        self.mine += [one.row for one in mine]
        self.theirs += [one.row for one in theirs]
        if _is_telling(mark):
            self.telling += min(len(mine), len(theirs))


def _shared(
    victims: Mapping[str, Sequence[Valued]], least: int
) -> dict[tuple[str, str], tuple[tuple[RowRef, ...], tuple[RowRef, ...]]]:
    """By pair of victims, the rows that both have, where enough of them are telling, or were made
    at the same times: once trades are copied, those of round quantities are too."""
    pairs: defaultdict[tuple[str, str], _Pair] = defaultdict(_Pair)
    for (symbol, side, quantity), owners in _by_quantity(victims).items():
        for first, second in combinations(sorted(owners), 2):
            mine, theirs = owners[first], owners[second]
            pair = pairs[first, second]
            for price in mine.keys() & theirs.keys():
                pair.add((symbol, side, price, quantity), mine[price], theirs[price])
            pair.together.add(mine, theirs)
    return {
        names: (tuple(sorted(pair.mine)), tuple(sorted(pair.theirs)))
        for names, pair in sorted(pairs.items())
        if pair.telling >= least or pair.together.is_telling
    }


def _by_quantity(
    victims: Mapping[str, Sequence[Valued]],
) -> dict[tuple[str, Side, Decimal], dict[str, dict[Decimal, list[Valued]]]]:
    """Trades by market, side and quantity, then by victim and price."""
    found: dict[tuple[str, Side, Decimal], dict[str, dict[Decimal, list[Valued]]]] = {}
    for name, valued in victims.items():
        for one in valued:
            symbol, side, price, quantity = alike(one.trade)
            owners = found.setdefault((symbol, side, quantity), {})
            owners.setdefault(name, {}).setdefault(price, []).append(one)
    return found


def _is_telling(trade: Alike) -> bool:
    _, _, _, quantity = trade
    return len(quantity.normalize().as_tuple().digits) >= _DISTINCT


def withheld(victims: Iterable[Sequence[Valued]], counted: Iterable[Valued]) -> Decimal:
    """Dollars that the withheld fills of all victims passed together: such as several have once,
    and such as count for somebody not at all."""
    known = {alike(one.trade) for one in counted}
    most: defaultdict[Alike, Decimal] = defaultdict(Decimal)
    for valued in victims:
        mine: defaultdict[Alike, Decimal] = defaultdict(Decimal)
        for one in valued:
            if one.adverse and alike(one.trade) not in known:
                mine[alike(one.trade)] += one.adverse.passed
        for mark, passed in mine.items():
            most[mark] = max(most[mark], passed)
    return cents(sum(most.values(), ZERO))
