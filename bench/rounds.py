"""Rounds of load on several targets, which take turns, so that a busy moment of the machine hits
all of them alike."""

import os
import statistics
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from rich.console import Console
from rich.progress import Progress

from bench.load import Load
from bench.machine import fdatasync_ms
from bench.report import Cell, Table

LOAD = "load generator"
_WARM_UP_S = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


class Target(msgspec.Struct, frozen=True):
    """One way that requests take, and the processes on it by name."""

    load: Load
    pids: dict[str, int]


class Plan(msgspec.Struct, frozen=True):
    """What is measured, how often, and for how many seconds each time."""

    operations: tuple[str, ...]
    connections: tuple[int, ...]
    rounds: int
    round_s: float


class Round(msgspec.Struct, frozen=True):
    """What one round came to: times in ms, CPU in ms per request by process."""

    median: float
    p99: float
    rate: float
    cpu: dict[str, float]


class Findings(msgspec.Struct, frozen=True):
    """Rounds by operation, connections and target; what durable writes took meanwhile (ms), by
    operation and connections; and what was wrong with answers."""

    rounds: dict[tuple[str, int, str], list[Round]]
    writes: dict[tuple[str, int], list[float]]
    wrong: list[str]

    def median(self, operation: str, connections: int, target: str, field: str) -> float:
        """The median of one figure over the rounds."""
        rounds = self.rounds[operation, connections, target]
        return float(statistics.median(getattr(one, field) for one in rounds))

    def cpu(self, operation: str, connections: int, target: str) -> float:
        """CPU in ms per request, of all processes on the way: the median over the rounds."""
        rounds = self.rounds[operation, connections, target]
        return statistics.median(sum(one.cpu.values()) for one in rounds)

    def answers(self, seconds: float) -> float:
        """About how many answers there were, in rounds of so many seconds."""
        return sum(one.rate * seconds for rounds in self.rounds.values() for one in rounds)

    def problems(self) -> list[str]:
        """Why the figures count for nothing."""
        wrong = self.wrong
        return [f"{len(wrong)} answers were wrong, the first: {wrong[0]}"] if wrong else []


async def measure(targets: dict[str, Target], plan: Plan, folder: Path) -> Findings:
    """Measure every target; durable writes are timed in `folder`."""
    found = Findings({}, {}, [])
    console = Console(stderr=True)
    steps = [
        (o, c, n) for o in plan.operations for c in plan.connections for n in range(plan.rounds)
    ]
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("rounds", total=len(steps) * len(targets))
        for operation, connections, number in steps:
            for name, target in targets.items():
                if not number:
                    await target.load.fire(operation, connections, _WARM_UP_S)
                one = await _round(target, operation, connections, plan.round_s, found.wrong)
                found.rounds.setdefault((operation, connections, name), []).append(one)
                write = fdatasync_ms(folder, 20)
                found.writes.setdefault((operation, connections), []).append(write)
                progress.advance(task)
    return found


async def _round(
    target: Target, operation: str, connections: int, seconds: float, wrong: list[str]
) -> Round:
    before = {name: cpu_ms(pid) for name, pid in target.pids.items()}
    shot = await target.load.fire(operation, connections, seconds)
    count = len(shot.latencies)
    cpu = {name: (cpu_ms(pid) - before[name]) / count for name, pid in target.pids.items()}
    wrong += shot.wrong
    ordered = sorted(shot.latencies)
    return Round(
        statistics.median(ordered) * 1_000,
        ordered[count * 99 // 100] * 1_000,
        count / shot.took,
        cpu,
    )


def cpu_ms(pid: int) -> float:
    """User and system time of a process so far; it is counted in ticks, most often of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000 / _TICKS


def comparison(found: Findings, processes: tuple[str, ...]) -> Table:
    """Every target's medians, and the slowest and the fastest round's rate."""
    rows: list[tuple[Cell, ...]] = []
    for head, rounds in found.rounds.items():
        rates = [one.rate for one in rounds]
        cpu = (
            statistics.median(one.cpu[name] for one in rounds) if name in rounds[0].cpu else None
            for name in processes
        )
        figures = (found.median(*head, field) for field in ("median", "p99", "rate"))
        rows.append((*head, *figures, min(rates), max(rates), *cpu))
    columns = ("operation", "connections", "way", "median ms", "p99 ms", "requests/s")
    return Table(
        "Latency, rate, and CPU in ms per request by process",
        (*columns, "slowest", "fastest", *processes),
        ("", "", "", ".2f", ".2f", ",.0f", ",.0f", ",.0f", *[".2f"] * len(processes)),
        rows,
    )


async def price_below(url: str, share: Decimal) -> Decimal:
    """A price to buy ETHBTC at, on the market's grid: this share of the best bid, where nobody
    sells."""
    async with aiohttp.ClientSession() as session:
        book: Any = await _get(session, f"{url}/api/v3/ticker/bookTicker?symbol=ETHBTC")
        info: Any = await _get(session, f"{url}/api/v3/exchangeInfo?symbol=ETHBTC")
    filters = {entry["filterType"]: entry for entry in info["symbols"][0]["filters"]}
    tick = Decimal(filters["PRICE_FILTER"]["tickSize"])
    return Decimal(book["bidPrice"]) * share // tick * tick


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()
