"""The figures of the whole: totals, extremes, claims against what is verified, keys, recoveries."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from tradelatch.cases.conclusions.breakdowns import OF_EU, UNKNOWN
from tradelatch.cases.conclusions.figures import (
    Breakdown,
    Figure,
    Unit,
    claimed,
    lost,
    names,
)
from tradelatch.cases.verified import Grade, LeakedList, Victim
from tradelatch.model.money import ZERO

LARGE = 1_000_000
"""Dollars; losses over this are told apart."""


def totals(victims: Sequence[Victim]) -> Iterator[Figure]:
    """How many, how much, the extremes, and the share of the largest."""
    everyone, total = names(victims), lost(victims)
    told = [one for one in victims if one.country]
    ranked = sorted((one for one in victims if one.verified > 0), key=_by_loss)
    large = [one for one in ranked if one.verified > LARGE]
    fills = sum(len(one.fills) for one in victims)
    yield _people("victims", "victims", victims)
    yield Figure(
        "countries",
        "countries of residence",
        Decimal(len({one.country for one in told})),
        Unit.COUNTRIES,
        names(told),
    )
    yield Figure(
        "loss",
        "verified loss",
        total,
        Unit.DOLLARS,
        everyone,
        "the sum of all victims' verified losses",
    )
    yield Figure("fills", "adverse fills", Decimal(fills), Unit.FILLS, everyone)
    if ranked:
        yield _one("smallest", "smallest verified loss", ranked[0])
        yield _one("largest", "largest verified loss", ranked[-1])
    yield _people("victims-large", "victims who lost more than $1 million", large)
    yield Figure("loss-large", "their loss together", lost(large), Unit.DOLLARS, names(large))
    if total:
        yield _percent(
            "share-large", "their share of the verified loss", lost(large), total, names(large)
        )


def claims(victims: Sequence[Victim]) -> Iterator[Figure]:
    """Claimed against verified, and what came back."""
    said = [one for one in victims if one.claimed is not None]
    above = [one for one in said if (one.claimed or ZERO) > one.verified]
    below = [one for one in said if (one.claimed or ZERO) < one.verified]
    unproved = [one for one in victims if one.grade is Grade.CLAIMED]
    back = [one for one in victims if one.recovered]
    recovered = sum((one.recovered for one in back), ZERO)
    yield Figure("claimed", "claimed loss", claimed(said), Unit.DOLLARS, names(said))
    yield _people("victims-above", "victims who claim more than is verified", above)
    yield Figure(
        "claimed-above",
        "by how much, together",
        claimed(above) - lost(above),
        Unit.DOLLARS,
        names(above),
        "claimed less verified, of those who claim more",
    )
    yield _people("victims-below", "victims who claim less than is verified", below)
    yield _people("victims-unproved", "victims without usable evidence", unproved)
    yield Figure("recovered", "recovered", recovered, Unit.DOLLARS, names(back))
    yield Figure(
        "net",
        "verified loss net of recoveries",
        lost(victims) - recovered,
        Unit.DOLLARS,
        names(victims),
        "verified less recovered",
    )


def keys(victims: Sequence[Victim], leaked: LeakedList | None) -> Iterator[Figure]:
    """How old the stolen keys were, and what is known of the leak."""
    aged = [(days, one) for one in victims if (days := key_age(one)) is not None]
    if aged:
        days, oldest = max(aged, key=lambda pair: (pair[0], pair[1].name))
        yield Figure(
            "oldest-key",
            "age of the oldest key at the theft",
            Decimal(days),
            Unit.DAYS,
            (oldest.name,),
            "days from the key's creation to the first adverse fill",
        )
    if leaked:
        hit = [one for one in victims if one.is_key_leaked]
        listed = Decimal(leaked.listed), Decimal(leaked.published)
        yield Figure("keys-leaked", "keys leaked", listed[0], Unit.KEYS, (), "", leaked.first_rows)
        yield Figure(
            "keys-published",
            "of them published",
            listed[1],
            Unit.KEYS,
            (),
            "rows of the list that are marked as published",
            leaked.first_rows,
        )
        yield _people("victims-leaked", "victims whose key is on the list", hit)


def of_cells(found: Breakdown) -> Iterator[Figure]:
    """Two figures for each cell of a breakdown: how many victims, and what they lost there."""
    for cell in found.cells:
        where = f"{found.name}-{cell.name}"
        many = Decimal(len(cell.victims))
        counted, lost_there = f"victims, {cell.label}", f"verified loss, {cell.label}"
        yield Figure(f"victims-{where}", counted, many, Unit.PEOPLE, cell.victims, rows=cell.rows)
        yield Figure(
            f"loss-{where}", lost_there, cell.loss, Unit.DOLLARS, cell.victims, rows=cell.rows
        )


def eu(countries: Breakdown) -> Iterator[Figure]:
    """Residents of the European Union together."""
    cells = [cell for cell in countries.cells if cell.part == OF_EU]
    whose = tuple(sorted(name for cell in cells for name in cell.victims))
    how = "residents of the 27 member states"
    loss = sum((cell.loss for cell in cells), ZERO)
    yield Figure("victims-eu", "EU residents", Decimal(len(whose)), Unit.PEOPLE, whose, how)
    yield Figure("loss-eu", "verified loss, EU residents", loss, Unit.DOLLARS, whose, how)


def key_shares(years: Breakdown) -> Iterator[Figure]:
    """Each year's share of the keys whose year is known."""
    known = [cell for cell in years.cells if cell.name != UNKNOWN]
    whole = Decimal(sum(len(cell.victims) for cell in known))
    for cell in known:
        many = Decimal(len(cell.victims))
        yield _percent(
            f"share-key-year-{cell.name}",
            f"share of the keys created in {cell.name}",
            many,
            whole,
            cell.victims,
        )


def large_in_month(victims: Sequence[Victim], months: Breakdown) -> Iterator[Figure]:
    """How many of those who lost more than a million fall in each month."""
    large = {one.name for one in victims if one.verified > LARGE}
    for cell in months.cells if large else ():
        mine = tuple(name for name in cell.victims if name in large)
        yield Figure(
            f"victims-large-month-{cell.name}",
            f"victims who lost more than $1 million, {cell.label}",
            Decimal(len(mine)),
            Unit.PEOPLE,
            mine,
        )


def key_age(victim: Victim) -> int | None:
    """Days from the key's creation to the first adverse fill; None where either is not known."""
    if not victim.fills or not victim.key_created:
        return None
    robbed = datetime.fromtimestamp(victim.fills[0].time_ms // 1000, UTC).date()
    return (robbed - date.fromisoformat(victim.key_created)).days


def _by_loss(victim: Victim) -> tuple[Decimal, str]:
    return victim.verified, victim.name


def _people(name: str, says: str, victims: Sequence[Victim]) -> Figure:
    return Figure(name, says, Decimal(len(victims)), Unit.PEOPLE, names(victims))


def _one(name: str, says: str, victim: Victim) -> Figure:
    return Figure(name, says, victim.verified, Unit.DOLLARS, (victim.name,))


def _percent(
    name: str, says: str, part: Decimal, whole: Decimal, victims: tuple[str, ...]
) -> Figure:
    return Figure(name, says, 100 * part / whole, Unit.PERCENT, victims, f"{part:,} of {whole:,}")
