"""The whole by exchange, country, month, age of the key, grade, market and counterparty."""

from calendar import month_name
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from tradelatch.cases.conclusions.countries import EU, country
from tradelatch.cases.conclusions.figures import Breakdown, Cell, claimed, lost, names
from tradelatch.cases.verified import AdverseFill, Grade, RowRef, Victim
from tradelatch.model.money import ZERO

UNKNOWN = "unknown"
"""The name of a cell whose property nobody told."""
NOTHING = "none"
"""The name of the cell by size of those of whom no loss is verified."""
OF_EU, NOT_EU = "EU", "outside the EU"
EXCHANGES = {
    "binance": "Binance",
    "kucoin": "KuCoin",
    "coinbasepro": "Coinbase Pro",
    "bittrex": "Bittrex",
}


def by_exchange(victims: Sequence[Victim]) -> Breakdown:
    """By where the account is."""
    return _people("exchange", "By exchange", victims, lambda one: one.exchange, exchange)


def by_country(victims: Sequence[Victim]) -> Breakdown:
    """By where people live; cells in the EU and those outside are parts of their own."""
    found = _people("country", "By country of residence", victims, lambda one: one.country, country)
    cells = tuple(_with_part(cell) for cell in found.cells)
    return Breakdown(found.name, found.title, cells)


def by_month(victims: Sequence[Victim]) -> Breakdown:
    """By the month of the first adverse fill, in the order of time."""
    found = _people("month", "By month of the first theft", victims, lambda one: one.month, month)
    return _in_order(found)


def by_key_year(victims: Sequence[Victim]) -> Breakdown:
    """By the year in which the stolen key was created, the latest first."""
    found = _people(
        "key-year", "By year in which the key was created", victims, lambda one: one.key_created[:4]
    )
    return _in_order(found, latest_first=True)


def by_grade(victims: Sequence[Victim]) -> Breakdown:
    """By how well the loss is shown, the best first."""
    found = _people("grade", "By how the loss is shown", victims, lambda one: one.grade.value)
    order = [grade.value for grade in Grade]
    cells = sorted(found.cells, key=lambda cell: order.index(cell.name))
    return Breakdown(found.name, found.title, tuple(cells))


def by_size(victims: Sequence[Victim]) -> Breakdown:
    """By brackets of the verified loss, the largest first."""
    labels = {name: label for _, name, label in _BRACKETS}
    found = _people("size", "By size of the loss", victims, _bracket, lambda name: labels[name])
    order = list(labels)
    cells = sorted(found.cells, key=lambda cell: order.index(cell.name))
    return Breakdown(found.name, found.title, tuple(cells))


def by_market(victims: Sequence[Victim]) -> Breakdown:
    """By market of the fills, each exchange's apart; one victim may stand in several."""

    def place(victim: Victim, fill: AdverseFill) -> str:
        return f"{fill.symbol} at {exchange(victim.exchange)}"

    return _fills("market", "By market", victims, place)


def by_counterparty(victims: Sequence[Victim]) -> Breakdown:
    """By the account on the other side, as far as an exchange's table tells it."""

    def winner(victim: Victim, fill: AdverseFill) -> str:
        return account_at(fill.counterparty, victim.exchange) if fill.counterparty else ""

    found = _fills("counterparty", "By account on the other side", victims, winner)
    cells = sorted(found.cells, key=lambda cell: cell.name == UNKNOWN)
    return Breakdown(found.name, found.title, tuple(cells))


def account_at(name: str, where: str) -> str:
    """What an account is called that stands beside those of other exchanges."""
    return f"{name} at {exchange(where)}"


def exchange(name: str) -> str:
    """An exchange's name for people."""
    return EXCHANGES.get(name, name)


def month(name: str) -> str:
    """``November 2022`` of ``2022-11``."""
    return name if name == UNKNOWN else f"{month_name[int(name[5:])]} {name[:4]}"


_BRACKETS = (
    (1_000_000, "1m-up", "over $1 million"),
    (100_000, "100k-1m", "$100,000 to $1 million"),
    (10_000, "10k-100k", "$10,000 to $100,000"),
    (0, "0-10k", "up to $10,000"),
    (-1, NOTHING, "nothing verified"),
)


def _bracket(victim: Victim) -> str:
    return next(name for over, name, _ in _BRACKETS if victim.verified > over)


def _people(
    name: str,
    title: str,
    victims: Sequence[Victim],
    key: Callable[[Victim], str],
    label: Callable[[str], str] = str,
) -> Breakdown:
    groups: defaultdict[str, list[Victim]] = defaultdict(list)
    for victim in victims:
        groups[key(victim) or UNKNOWN].append(victim)
    cells = (
        Cell(value, label(value), names(group), lost(group), claimed(group))
        for value, group in groups.items()
    )
    return Breakdown(name, title, _largest_first(cells))


def _fills(
    name: str,
    title: str,
    victims: Sequence[Victim],
    key: Callable[[Victim, AdverseFill], str],
) -> Breakdown:
    passed: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    whose: defaultdict[str, set[str]] = defaultdict(set)
    rows: defaultdict[str, set[RowRef]] = defaultdict(set)
    for victim in victims:
        for fill in victim.fills:
            value = key(victim, fill) or UNKNOWN
            passed[value] += fill.passed
            whose[value].add(victim.name)
            rows[value].update(fill.rows)
    cells = (
        Cell(one, one, tuple(sorted(whose[one])), passed[one], rows=tuple(sorted(rows[one])))
        for one in passed
    )
    return Breakdown(name, title, _largest_first(cells))


def _largest_first(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (-cell.loss, -len(cell.victims), cell.name)))


def _in_order(found: Breakdown, *, latest_first: bool = False) -> Breakdown:
    cells = sorted(found.cells, key=lambda cell: cell.name, reverse=latest_first)
    cells.sort(key=lambda cell: cell.name == UNKNOWN)
    return Breakdown(found.name, found.title, tuple(cells))


def _with_part(cell: Cell) -> Cell:
    part = OF_EU if cell.name in EU else NOT_EU
    return Cell(cell.name, cell.label, cell.victims, cell.loss, cell.claimed, part)
