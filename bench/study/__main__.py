"""``python -m bench.study``: run the study, print its tables, keep them and the charts."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple, TypeVar

from rich.console import Console
from rich.progress import track

from bench.machine import examine
from bench.report import Report, Table, keep, show
from bench.study import charts, days, summary, tape, thief, worst
from bench.study.thief import Take, Terms

DOCS = Path(__file__).parents[2] / "docs"
WALKS = (
    tape.Walk("major", 20_000, 0.03, 0.0001),
    tape.Walk("deep", 1_000, 0.04, 0.0005),
    tape.Walk("barely deep", 400, 0.05, 0.0008),
)
WALK_DAYS, OWN_DAYS = 28, 7
BUDGETS = tuple(map(Decimal, ("0.0025", "0.005", "0.01", "0.02")))
ALLOCATIONS = tuple(map(Decimal, ("0", "0.01", "0.02", "0.05")))
_COLLAR = Decimal("0.01")
HALF_DAY_MS = tape.DAY_MS // 2
_Made = TypeVar("_Made")


class Tape(NamedTuple):
    """All that is found on one tape."""

    thin: list[days.Day]
    hour: worst.Hour
    takes: dict[str, Take]


class Job(NamedTuple):
    """A tape, and every how many of its quiet days are looked at."""

    path: Path
    every: int


def of_tape(job: Job) -> Tape:
    """Honest bot-days, the worst hour and the thieves' takes, half a day into the first quiet
    day."""
    known = tape.recorded(job.path)
    quiet = known.quiet_days()
    takes = _takes(known, quiet[0] + HALF_DAY_MS) if quiet else {}
    hour = worst.worst_hour(known)
    return Tape(list(days.thin_days(known, job.every)), hour, takes)


def of_walk(walk: tape.Walk) -> tuple[list[days.Day], list[days.Day]]:
    """Bot-days on one made-up deep market: on accounts of their own, and on a lasting one."""
    known = tape.walked(walk, 1, WALK_DAYS)
    return (
        list(days.deep_days(known, walk.name, OWN_DAYS, lasting=False)),
        list(days.deep_days(known, walk.name, WALK_DAYS, lasting=True)),
    )


def _takes(known: tape.Tape, at_ms: int) -> dict[str, Take]:
    """What the thieves take, by what is varied."""
    wanted: dict[str, tuple[Terms, tape.Tape | None]] = {}
    for collar in days.COLLARS:
        wanted[f"collar {_percent(collar)} %"] = (Terms("deep", collar), None)
    for budget in BUDGETS:
        terms = Terms("deep", _COLLAR, budget=budget, exit_budget=2 * budget)
        wanted[f"B {_percent(budget)} %"] = (terms, None)
    for allocation in ALLOCATIONS:
        terms = Terms("thin", 2 * _COLLAR, allocation=allocation)
        wanted[f"X {_percent(allocation)} %"] = (terms, None)
    for push in thief.PUSHES:
        shown = thief.pushed(known, at_ms, push)
        for drift in days.DRIFTS:
            wanted[f"push {push} drift {drift}"] = (Terms("deep", _COLLAR, drift), shown)
    found = {name: thief.contra(known, at_ms, *terms) for name, terms in wanted.items()}
    return {name: take for name, take in found.items() if take}


def main() -> int:
    """Run everything; the status is 1 if the study does not show what it has to."""
    parser = argparse.ArgumentParser(prog="bench.study", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few tapes; nothing is kept")
    parser.add_argument(
        "--every", type=int, default=1, help="look at every so many quiet days of a tape (1)"
    )
    parser.add_argument("--workers", type=int, help="processes (as many as processors)")
    asked = parser.parse_args()
    quick = asked.quick
    named = os.environ.get("TRADELATCH_DATA")
    if not named:
        parser.error("TRADELATCH_DATA is not set: it names the folder of recorded data")
    paths = sorted((Path(named) / "pumps" / "tapes").glob("*.csv.gz"))
    if not paths:
        parser.error(f"{named}: there are no tapes in pumps/tapes")
    began = time.monotonic()
    with Pool(asked.workers) as pool:
        jobs = [Job(path, asked.every) for path in paths[:: 25 if quick else 1]]
        of_walks = pool.imap(of_walk, WALKS[1:2] if quick else WALKS)
        of_tapes = pool.imap(of_tape, jobs)
        tapes = _all(of_tapes, len(jobs), "tapes")
        walks = _all(of_walks, len(WALKS), "walks")
    by_name = {path.name.removesuffix(".csv.gz"): path for path in paths}
    found = Found(
        lambda name: tape.recorded(by_name[name]),
        tapes,
        [d for own, _ in walks for d in own],
        [d for _, one in walks for d in one],
    )
    report = _report(found, asked.every, time.monotonic() - began, write=not quick)
    with tempfile.TemporaryDirectory() as folder:
        machine = examine(Path(folder))
    show(report, machine)
    for problem in report.problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    if not quick:
        keep(report, machine)
    return int(bool(report.problems))


def _all(made: Iterable[_Made], total: int, what: str) -> list[_Made]:
    console = Console(stderr=True)
    return list(track(made, what, total, console=console, disable=not sys.stderr.isatty()))


class Found(NamedTuple):
    """All that the study found, and how to read a tape by its name."""

    read: Callable[[str], tape.Tape]
    tapes: list[Tape]
    deep: list[days.Day]
    lasting: list[days.Day]


def _report(found: Found, every: int, took_s: float, write: bool) -> Report:
    tapes, deep = found.tapes, found.deep
    thin = [day for of in tapes for day in of.thin]
    sales = worst.sales((of.hour for of in tapes), found.read)
    collars = _takes_of(
        tapes, {f"{_percent(c)} %": f"collar {_percent(c)} %" for c in days.COLLARS}
    )
    budgets = _takes_of(tapes, {f"{_percent(b)} %": f"B {_percent(b)} %" for b in BUDGETS})
    allocations = _takes_of(tapes, {f"{_percent(x)} %": f"X {_percent(x)} %" for x in ALLOCATIONS})
    pushes = {
        str(push): _takes_of(
            tapes, {f"{_percent(d)} %": f"push {push} drift {d}" for d in days.DRIFTS}
        )
        for push in thief.PUSHES
    }
    panels = summary.refusal_panels(thin, deep, found.lasting)
    thieves = summary.thief_panels(collars, budgets, pushes)
    if write:
        charts.write(DOCS / "defaults-refusals.svg", panels)
        charts.write(DOCS / "defaults-thief.svg", thieves, columns=3)
    names = tuple(walk.name for walk in WALKS)
    tables = [
        summary.refusals("Honest bots in allocated thin markets", thin, days.CLASSES),
        summary.refusals("Honest bots in made-up deep markets, 24 hours", deep, names),
        summary.refusals(
            f"The same for {WALK_DAYS} days on one account each", found.lasting, names
        ),
        summary.stops(thin, [*deep, *found.lasting]),
        summary.worst(sales),
        *(summary.curve(f"{p.title}: {p.up}", p.across, p.xs, p.lines) for p in panels),
        summary.takes("Contra trades in a deep market, by collar", collars),
        summary.takes("Contra trades in a deep market, by B (E twice that)", budgets),
        summary.takes("Exit liquidity in a thin market, by X", allocations),
        *_push_tables(pushes),
    ]
    sampled = f", every {every}. quiet day" if every > 1 else ""
    notes = [
        f"{len(tapes)} tapes of thin BTC pairs of 2018-2021{sampled}; made-up deep markets of "
        f"{WALK_DAYS} days each; {took_s / 60:.0f} minutes. Majors were not measured.",
    ]
    return Report("study", tables, notes, _problems(thin, deep))


def _takes_of(tapes: list[Tape], names: dict[str, str]) -> summary.Takes:
    return {
        label: [found.takes[name] for found in tapes if name in found.takes]
        for label, name in names.items()
    }


def _push_tables(pushes: dict[str, summary.Takes]) -> Iterable[Table]:
    for push, found in pushes.items():
        share = _percent(Decimal(push))
        yield summary.takes(f"Price held {share} % higher first, by drift_1h", found)


def _percent(share: Decimal) -> str:
    return f"{100 * float(share):g}"


def _problems(thin: list[days.Day], deep: list[days.Day]) -> list[str]:
    """What the study has to show, and does not."""
    found = []
    placed = sum(day.placed for day in deep)
    refused = summary.percent(sum(day.refused.get("orders", 0) for day in deep), placed)
    if refused >= 0.1:
        found.append(f"{refused:.2f} % of the orders in deep markets were refused, 0.1 % may be")
    share = summary.percent(sum(day.by_amounts > 0 for day in thin), len(thin))
    if share >= 2:
        found.append(f"{share:.2f} % of thin bot-days were refused something by the amounts")
    stuck = sum(stop.refused > 0 for day in [*thin, *deep] for stop in day.stops)
    if stuck:
        found.append(f"{stuck} stop-losses had an order refused")
    return found


if __name__ == "__main__":
    sys.exit(main())
