"""The bench: all views scored on attacked tapes and at the venue."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import TypeVar

from rich.progress import track

from bench.contra import at_venue, score, views, worth
from bench.contra.trial import Trial
from bench.contra.world import tapes
from bench.report import Report, Table
from bench.study import charts

SEEDS, QUICK_SEEDS = tuple(range(2067, 2073)), (2025,)
"""Parameters were chosen on seeds 1 to 16, and faults looked into on 2022 to 2066 too; of these
worlds none was looked into."""
EVERY, QUICK_EVERY = 9, 34
"""A seed has one tape in so many, the next seed others."""
VENUE_SEEDS, QUICK_VENUE_SEEDS = range(100, 104), range(100, 101)
CHART = Path(__file__).parents[2] / "docs" / "detect" / "contra-curves.svg"
DEFAULTS = {"exchange": 0.04, "victim": 0.06, "watcher": 0.2}
_Job = TypeVar("_Job")


def run(_: Path, quick: bool) -> Report:
    """Score all views of contra-trading; needs TRADELATCH_DATA."""
    jobs, seeds = _jobs(quick), QUICK_SEEDS if quick else SEEDS
    tables: list[Table] = []
    panels = []
    for name in views.VIEWS:
        trials = _all(partial(_play, name), jobs, f"{name}'s view")
        tables += score.tables(trials, f"{name}'s view", DEFAULTS[name])
        if name == "exchange":
            tables.append(score.winners(trials, DEFAULTS[name]))
        panels.append(_panel(name, trials))
    venues = QUICK_VENUE_SEEDS if quick else VENUE_SEEDS
    jobs_at = [(name, seed) for name in at_venue.ATTACKS for seed in venues]
    at = _all(_play_at, jobs_at, "the venue")
    tables += score.venue(at, DEFAULTS["exchange"])
    tables.append(worth.table([path for path, _, _ in jobs], seeds[0]))
    if not quick:
        charts.write(CHART, panels, columns=3)
    return Report("contra", tables, _notes(jobs))


def run_drain(_: Path, quick: bool) -> Report:
    """Score account drain on the same worlds."""
    jobs = _jobs(quick)
    table = score.by_points(_all(_play_drain, jobs, "account drain"))
    return Report("drain", [table], _notes(jobs)[:1])


def _jobs(quick: bool) -> list[tuple[Path, int, int]]:
    """Recorded tapes, numbered, and the seed of each."""
    every, seeds = (QUICK_EVERY, QUICK_SEEDS) if quick else (EVERY, SEEDS)
    recorded = tapes(Path(os.environ["TRADELATCH_DATA"]))
    return [
        (path, number, seed)
        for place, seed in enumerate(seeds)
        for number, path in enumerate(recorded[place * every // len(seeds) :: every])
    ]


def _play(view: str, job: tuple[Path, int, int]) -> Trial:
    return views.VIEWS[view](*job)


def _play_drain(job: tuple[Path, int, int]) -> Trial:
    return views.drain(*job)


def _play_at(job: tuple[str, int]) -> Trial:
    return at_venue.play(*job)


def _all(play: Callable[[_Job], Trial], jobs: Sequence[_Job], what: str) -> list[Trial]:
    with Pool(os.cpu_count()) as pool:
        return list(track(pool.imap(play, jobs), what, len(jobs)))


def _panel(name: str, trials: Sequence[Trial]) -> charts.Panel:
    rows = score.by_threshold(trials)
    return charts.Panel(
        f"The {name}'s view",
        "threshold",
        "per cent",
        [f"{threshold:g}" for threshold, _, _ in rows][::2],
        {
            "recall": [100 * recall for _, recall, _ in rows][::2],
            "precision": [100 * precision for _, _, precision in rows][::2],
        },
    )


def _notes(jobs: Sequence[tuple[Path, int, int]]) -> list[str]:
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(seed for _, _, seed in jobs))
    return [
        f"{len(jobs)} recorded tapes; in each three thieves with one to four victims, and eleven "
        "accounts that are hard negatives beside its pump and its quiet days. "
        f"Seeds {seeds}; parameters were chosen on seeds 1 to 16, and faults looked into on 2022 "
        "to 2066 too.",
        "The truth of a tape is the median of the minutes' VWAPs ten minutes before and after, "
        "without what was put in; the venue's is the walk that its agents trade around. *Of any "
        "price around* is within 2 % of what had passed on by that, or by the traded minute before "
        "or afterwards, or between these: the market itself tells it no better.",
        "Precision counts accounts that were called victims; that a thief loses to another account "
        "of his own is not counted as wrong. The watcher's counts spikes.",
        "Seconds are from a victim's first fill to the fill with which there is an alert; what is "
        "preventable is the part of all losses that was still to come.",
    ]
