"""What many trials say together: recall, precision, how close the values are, how soon an alert
came."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from statistics import median

import numpy as np

from bench.contra.trial import Outcome, Trial, WrongAlert
from bench.report import Cell, Table

THRESHOLDS = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
WITHIN = 0.02
MARKUPS = (1.1, 1.2, 1.5, 2.0, 4.0, 10.1)


def interval(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.96, part / whole
    middle = share + z * z / (2 * whole)
    spread = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return (middle - spread) / (1 + z * z / whole), (middle + spread) / (1 + z * z / whole)


def outcomes(trials: Sequence[Trial]) -> list[Outcome]:
    """All victims."""
    return [one for trial in trials for one in trial.outcomes]


def wrong(trials: Sequence[Trial]) -> list[WrongAlert]:
    """All alerts about nobody's victim."""
    return [one for trial in trials for one in trial.wrong]


def by_threshold(trials: Sequence[Trial]) -> list[tuple[float, float, float]]:
    """Threshold, recall, precision."""
    told, false = outcomes(trials), wrong(trials)
    rows = []
    for threshold in THRESHOLDS:
        hits = sum(one.score >= threshold for one in told)
        extra = sum(one.score >= threshold for one in false)
        rows.append((threshold, hits / len(told), hits / max(hits + extra, 1)))
    return rows


def thresholds(trials: Sequence[Trial], view: str) -> Table:
    """`by_threshold` as a table."""
    rows: list[tuple[Cell, ...]] = [tuple(row) for row in by_threshold(trials)]
    columns, formats = ("threshold", "recall", "precision"), (".2f", ".3f", ".3f")
    return Table(f"{view}: by threshold", columns, formats, rows)


def tables(trials: Sequence[Trial], view: str, default: float) -> list[Table]:
    """All about a view, at its default threshold where one is needed."""
    return [
        thresholds(trials, view),
        paces(trials, view, default),
        values(trials, view, default),
        negatives(trials, view, default),
    ]


def paces(trials: Sequence[Trial], view: str, default: float) -> Table:
    """Victims by the pace of their theft, at the default threshold."""
    told = outcomes(trials)
    names = [*dict.fromkeys(one.pace for one in told)]
    groups = [(name, [one for one in told if one.pace == name]) for name in sorted(names)]
    rows = [_pace(name, group, default) for name, group in [*groups, ("all", told)]]
    columns = ("pace", "victims", "found", "95 % from", "s to the alert", "worst", "preventable")
    return Table(f"{view}: by pace", columns, ("", "d", ".3f", ".3f", ".1f", ",.0f", ".0%"), rows)


def _pace(name: str, group: Sequence[Outcome], default: float) -> tuple[Cell, ...]:
    found = [one for one in group if one.score >= default]
    delays = [one.after_s for one in group if one.after_s is not None]
    return (
        name,
        len(group),
        len(found) / len(group),
        interval(len(found), len(group))[0],
        median(delays) if delays else None,
        max(delays) if delays else None,
        sum(one.preventable * one.passed for one in group) / sum(one.passed for one in group),
    )


def values(trials: Sequence[Trial], view: str, default: float) -> Table:
    """How close the value passed is to the truth, by how far from fair the thief quoted."""
    told = [one for one in outcomes(trials) if one.score >= default]
    rows: list[tuple[Cell, ...]] = []
    for low, high in [*pairwise(MARKUPS), (MARKUPS[0], MARKUPS[-1])]:
        group = [one for one in told if low <= one.markup < high]
        if not group:
            continue
        errors = np.array([one.error() for one in group])
        total = sum(one.value for one in group) / sum(one.passed for one in group) - 1
        rows.append(
            (
                f"{low:g} to {high:g}",
                len(group),
                float(np.median(errors)),
                float((errors <= WITHIN).mean()),
                float(np.mean([one.beyond_doubt() <= WITHIN for one in group])),
                float(np.quantile(errors, 0.95)),
                total,
            )
        )
    columns = (
        "price / fair",
        "victims",
        "median error",
        "within 2 %",
        "of any price around",
        "95 % within",
        "in all",
    )
    formats = ("", "d", ".2%", ".1%", ".1%", ".1%", "+.2%")
    return Table(f"{view}: the value passed against the truth", columns, formats, rows)


def negatives(trials: Sequence[Trial], view: str, default: float) -> Table:
    """Hard negatives, and the alerts about them at the default threshold."""
    cases: dict[str, int] = {}
    for trial in trials:
        for kind, count in trial.cases.items():
            cases[kind] = cases.get(kind, 0) + count
    false = [one.kind for one in wrong(trials) if one.score >= default]
    rows: list[tuple[Cell, ...]] = [(kind, cases[kind], false.count(kind)) for kind in cases]
    return Table(f"{view}: hard negatives", ("what", "cases", "alerts"), ("", "d", "d"), rows)


def winners(trials: Sequence[Trial], default: float) -> Table:
    """Accounts of thieves, and others who were said to have taken from victims."""
    all_of_them = [one for trial in trials for one in trial.winners]
    thieves = [one for one in all_of_them if one.is_thief]
    found = sum(one.score >= default for one in thieves)
    extra = sum(one.score >= default for one in all_of_them if not one.is_thief)
    row = (len(thieves), found, found / len(thieves), extra, found / max(found + extra, 1))
    columns = ("accounts of thieves", "found", "recall", "others told", "precision")
    return Table("Who took it", columns, ("d", "d", ".3f", "d", ".3f"), [row])


def venue(trials: Sequence[Trial], default: float) -> list[Table]:
    """Attacks at the venue: those that took more than 5 % of an account."""
    rows: list[tuple[Cell, ...]] = []
    for name in dict.fromkeys(one.pace for one in outcomes(trials)):
        group = [one for one in outcomes(trials) if one.pace == name]
        found = [one for one in group if one.score >= default]
        false = [one for one in wrong(trials) if one.kind == name and one.score >= default]
        errors = [one.error() for one in found]
        told = (median(errors), max(errors)) if errors else (None, None)
        rows.append((name, len(group), len(found), len(false), *told))
    columns = ("attack", "victims", "found", "wrong alerts", "value: median error", "largest")
    title = "At the venue, unguarded, the exchange's view"
    return [Table(title, columns, ("", "d", "d", "d", ".2%", ".2%"), rows)]


def by_points(trials: Sequence[Trial]) -> Table:
    """The drain detector: victims found and others called drained, by the points wanted."""
    told, false = outcomes(trials), wrong(trials)
    kinds = sorted({kind for trial in trials for kind in trial.cases})
    rows: list[tuple[Cell, ...]] = []
    for points in range(1, 7):
        found = sum(one.score >= points for one in told)
        alerts = [sum(one.kind == kind and one.score >= points for one in false) for kind in kinds]
        rows.append((points, found / len(told), *alerts))
    others = [f"of {sum(one.cases.get(kind, 0) for one in trials)}: {kind}" for kind in kinds]
    columns = ("points", f"of {len(told)} victims", *others)
    formats = ("d", ".3f", *("d" for _ in kinds))
    return Table("Account drain: victims who were made to buy, and alerts", columns, formats, rows)
