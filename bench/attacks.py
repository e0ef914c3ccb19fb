"""How many attacks a minute can be rehearsed in one process each, and what a ground costs."""

import asyncio
import os
import statistics
import time
from pathlib import Path

from bench.report import Cell, Report, Table
from tradelatch.drills.catalogue import load
from tradelatch.drills.crew import Crew
from tradelatch.drills.ground import Ground
from tradelatch.drills.worker import Job, Settings

ATTACKS = ("contra_burst", "exit_one", "collar_edge", "thousand_at_once", "search", "wash_pump")
SEED = 2


def run(folder: Path, quick: bool) -> Report:
    """Runs a minute by attacker, all processors at work, and seconds for a ground."""
    runs = 4 if quick else 40
    rows = asyncio.run(_rates(runs))
    tables = [
        Table(
            f"Attacks in process, {os.cpu_count()} workers",
            ("attacker", "runs", "seconds", "runs/minute", "requests refused or done"),
            ("", ",", ",.1f", ",.0f", ",.0f"),
            rows,
        ),
        Table(
            "A ground: thirty days of markets, and a signer that has read them",
            ("thin markets", "seconds"),
            ("", ".2f"),
            [_ground(thin, 1 if quick else 3) for thin in (2, 50)],
        ),
    ]
    notes = [
        "Each run is a forked child of a worker that keeps its ground: the venue's engine and REST "
        "application, the signer's core and desks, the courier's rounds, and the attacker. "
        "Requests are the mean of a run, the thief's own at the venue apart.",
    ]
    return Report("attacks", tables, notes)


async def _rates(runs: int) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    async with Crew(Settings()) as crew:
        for name in ATTACKS:
            # Two grounds, so that two workers have one each; made before the clock starts.
            grounds = [SEED, SEED + 1]
            await crew.play([Job("control", seed) for seed in grounds])
            jobs = [Job(name, grounds[number % 2] + 16 * number) for number in range(runs)]
            begun = time.perf_counter()
            scores = await crew.play(jobs)
            took = time.perf_counter() - begun
            requests = statistics.mean(score.tried for score in scores)
            rows.append((name, runs, took, 60 * runs / took, requests))
    return rows


def _ground(thin: int, times: int) -> tuple[Cell, ...]:
    needs = next(a.needs for a in map(load, ("control", "exit_many")) if a.needs.thin == thin)
    took = []
    for number in range(times):
        begun = time.perf_counter()
        asyncio.run(Ground(number, needs).prepare())
        took.append(time.perf_counter() - begun)
    return thin, statistics.median(took)
