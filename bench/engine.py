"""The venue's engine in process on one core, beside order books that others have published.

The book is held at 10, 1,000 and 100,000 resting orders. Each command is carried out and queued
for the command log, encoded and with its checksum, as the venue does it; what the log's own
thread does later, writing and syncing, is not in these figures.
"""

import asyncio
import statistics
from pathlib import Path

from bench.baselines import BASELINES
from bench.report import Cell, Report, Table
from bench.workload import BLOCK, MARKET, TAKE, Workload, timed, workload
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.log import CommandLog

OURS = "Tradelatch's engine"
LEVELS = (10, 1_000, 100_000)
ROUNDS, BLOCKS = 5, 5_000
QUICK_ROUNDS, QUICK_BLOCKS = 2, 500
_SLACK, _SHARE = 10, 0.02
"""By how much a level is missed at most: orders, and more than these as a share of it."""


def run(folder: Path, quick: bool) -> Report:
    """Measure every level, ours and the baselines in turn."""
    rounds, blocks = (QUICK_ROUNDS, QUICK_BLOCKS) if quick else (ROUNDS, BLOCKS)
    rates: list[tuple[Cell, ...]] = []
    held: list[tuple[Cell, ...]] = []
    problems: list[str] = []
    for level in LEVELS:
        work = workload(level, blocks)
        problems += _check(work, level)
        found = _measure(work, folder / "commands.jsonl", rounds, problems)
        rates += [(level, name, *_spread(times, work)) for name, times in found.items()]
        least, most = min(work.resting), max(work.resting)
        held.append((level, least, most, *work.kinds.values(), work.trades))
    rate = (",d", "", ",.0f", ",.0f", ",.0f")
    tables = [
        Table(
            "Operations a second", ("orders held", "what", "median", "least", "most"), rate, rates
        ),
        Table(
            "What was asked",
            ("orders held", "least", "most", *dict.fromkeys(BLOCK), "trades"),
            (",d",) * 7,
            held,
        ),
    ]
    return Report("engine", tables, _notes(rounds, blocks), problems[:1])


def _notes(rounds: int, blocks: int) -> list[str]:
    return [
        f"One core, no other thread at work. {10 * blocks:,} commands a round, {rounds} rounds in "
        "turns, each with a new engine or book: 60 % new orders, 30 % cancellations, 10 % orders "
        "that trade at once (market and limit orders, half of each), which fill as many orders, "
        "whole, as keep the book at its level. The commands are made before the clock runs.",
        f"{OURS}: filters, locks, fees, events, and encoding and checksum of the command for the "
        "log; the log's thread writes and syncs later and is not in the figures.",
        "The baselines match only, without accounts, fees, filters, events or log; all end with "
        "the same quantity resting in the book.",
    ]


def _check(work: Workload, level: int) -> list[str]:
    """What keeps the workload from being what the notes say."""
    slack = max(_SLACK, _SHARE * level)
    if max(abs(resting - level) for resting in work.resting) > slack:
        return [f"the book was not held at {level:,} orders"]
    for kind, count in work.kinds.items():
        wanted = BLOCK.count(kind) / len(BLOCK)
        if abs(count / len(work.measured) - wanted) > _SHARE:
            return [f"{count:,} of {len(work.measured):,} commands are {kind} at {level:,} orders"]
    if work.trades < work.kinds[TAKE]:
        return [f"only {work.trades:,} trades at {level:,} orders"]
    return []


def _measure(work: Workload, log: Path, rounds: int, problems: list[str]) -> dict[str, list[float]]:
    """The seconds of each round by what was measured."""
    found: dict[str, list[float]] = {name: [] for name in (OURS, *BASELINES)}
    for _ in range(rounds):
        took, wanted = asyncio.run(_ours(work, log))
        found[OURS].append(took)
        for name, baseline in BASELINES.items():
            took, lots = baseline(work)
            found[name].append(took)
            if lots != wanted:
                problems.append(f"{name} ends with {lots} lots in its book, ours with {wanted}")
    return found


async def _ours(work: Workload, path: Path) -> tuple[float, int]:
    """Seconds for the measured commands, and the lots that rest at the end."""
    engine, log = Engine(), CommandLog(path)

    def act(command: Command) -> None:
        engine.apply(command)
        log.append(command)

    took = timed(act, work.setting, work.measured)
    await log.close()
    path.unlink()
    book = engine.markets[MARKET].book
    return took, sum(level.lots for side in (book.bids, book.asks) for level in side.levels())


def _spread(times: list[float], work: Workload) -> tuple[float, float, float]:
    rates = [len(work.measured) / took for took in times]
    return statistics.median(rates), min(rates), max(rates)
