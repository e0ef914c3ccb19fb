"""The way of a request: direct to the venue, through a bare reverse proxy, through Tradelatch.

All in one run, in rounds that take turns, so that a busy moment of the machine hits all alike.
"""

import os
import statistics
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop
from rich.console import Console
from rich.progress import Progress

from bench.load import PLACE, READ, Load
from bench.machine import fdatasync_ms
from bench.report import Cell, Report, Table
from tradelatch.drills.processes import UNTHROTTLED, Child, House
from tradelatch.drills.replay import POLICY
from tradelatch.drills.script import Credentials
from tradelatch.drills.world import World

DIRECT, PROXY, GUARDED = "direct", "bare proxy", "gate + signer + journal + courier"
CONNECTIONS = (1, 32)
PROCESSES = ("venue", "proxy", "gate", "signer", "courier", "load generator")
ROUNDS, ROUND_S = 5, 1.5
QUICK_ROUNDS, QUICK_ROUND_S = 2, 0.4
WARM_UP_S = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")
_BELOW = Decimal("0.997")
"""Of the best bid: inside the collar, and nobody sells there."""


class Round(msgspec.Struct, frozen=True):
    """What one round came to: times in ms, CPU in ms per request by process."""

    median: float
    p99: float
    rate: float
    cpu: dict[str, float]


class Target(msgspec.Struct, frozen=True):
    """One way to the venue, and the processes on it."""

    load: Load
    pids: dict[str, int]


class _World(World):
    """The drill's world, with its venue's process id."""

    @property
    def venue_pid(self) -> int:
        return self._venue.pid


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, under `folder`."""
    return uvloop.run(_run(folder, quick))


async def _run(folder: Path, quick: bool) -> Report:
    world = _World(folder / "world")
    proxy: Child | None = None
    house: House | None = None
    try:
        await world.start()
        proxy = Child("proxy", ("-m", "bench.proxy", world.url), folder)
        await proxy.start()
        house = House(folder / "house", world.url, settings=UNTHROTTLED)
        gate = await house.start()
        grant = await world.entrust(house, POLICY)
        venue = {"venue": world.venue_pid, "load generator": os.getpid()}
        guards = {"gate": house.gate, "signer": house.signer, "courier": house.courier}
        key = world.victim
        through = Credentials(await proxy.address(), key.key, key.secret)
        granted = Credentials(gate, grant["id"], grant["secret"])
        price = await _price(world.url)
        targets = {
            DIRECT: Target(Load(key, price), venue),
            PROXY: Target(Load(through, price), {**venue, "proxy": proxy.pid}),
            GUARDED: Target(
                Load(granted, price), {**venue, **{name: c.pid for name, c in guards.items()}}
            ),
        }
        return await _measure(targets, folder, quick)
    finally:
        for child in (house, proxy, world):
            if child:
                await child.stop()


async def _measure(targets: dict[str, Target], folder: Path, quick: bool) -> Report:
    rounds, seconds = (QUICK_ROUNDS, QUICK_ROUND_S) if quick else (ROUNDS, ROUND_S)
    found: dict[tuple[str, int, str], list[Round]] = {}
    wrong: list[str] = []
    writes: dict[tuple[str, int], list[float]] = {}
    console = Console(stderr=True)
    steps = [(o, c, n) for o in (PLACE, READ) for c in CONNECTIONS for n in range(rounds)]
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("rounds", total=len(steps) * len(targets))
        for operation, connections, number in steps:
            for name, target in targets.items():
                if not number:
                    await target.load.fire(operation, connections, WARM_UP_S)
                one = await _round(target, operation, connections, seconds, wrong)
                found.setdefault((operation, connections, name), []).append(one)
                writes.setdefault((operation, connections), []).append(fdatasync_ms(folder, 20))
                progress.advance(task)
    tables = [_comparison(found), _cost(found, writes)]
    problems = [f"{len(wrong)} answers were wrong, the first: {wrong[0]}"] if wrong else []
    return Report("path", tables, _notes(rounds, seconds, found), problems)


async def _round(
    target: Target, operation: str, connections: int, seconds: float, wrong: list[str]
) -> Round:
    before = {name: _cpu_ms(pid) for name, pid in target.pids.items()}
    shot = await target.load.fire(operation, connections, seconds)
    count = len(shot.latencies)
    cpu = {name: (_cpu_ms(pid) - before[name]) / count for name, pid in target.pids.items()}
    wrong += shot.wrong
    ordered = sorted(shot.latencies)
    return Round(
        statistics.median(ordered) * 1_000,
        ordered[count * 99 // 100] * 1_000,
        count / shot.took,
        cpu,
    )


def _cpu_ms(pid: int) -> float:
    """User and system time of a process so far; it is counted in ticks, most often of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000 / _TICKS


async def _price(url: str) -> Decimal:
    """A price to buy at that nobody sells at, on the market's grid."""
    async with aiohttp.ClientSession() as session:
        book: Any = await _get(session, f"{url}/api/v3/ticker/bookTicker?symbol=ETHBTC")
        info: Any = await _get(session, f"{url}/api/v3/exchangeInfo?symbol=ETHBTC")
    filters = {entry["filterType"]: entry for entry in info["symbols"][0]["filters"]}
    tick = Decimal(filters["PRICE_FILTER"]["tickSize"])
    return Decimal(book["bidPrice"]) * _BELOW // tick * tick


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()


def _median(rounds: list[Round], field: str) -> float:
    return float(statistics.median(getattr(one, field) for one in rounds))


def _comparison(found: dict[tuple[str, int, str], list[Round]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for (operation, connections, target), rounds in found.items():
        head = (operation, connections, target)
        figures = (_median(rounds, field) for field in ("median", "p99", "rate"))
        cpu = (
            statistics.median(one.cpu[name] for one in rounds) if name in rounds[0].cpu else None
            for name in PROCESSES
        )
        rows.append((*head, *figures, *cpu))
    columns = ("operation", "connections", "way", "median ms", "p99 ms", "requests/s")
    return Table(
        "Latency, rate, and CPU in ms per request by process",
        (*columns, *PROCESSES),
        ("", "", "", ".2f", ".2f", ",.0f", *[".2f"] * len(PROCESSES)),
        rows,
    )


def _cost(
    found: dict[tuple[str, int, str], list[Round]], writes: dict[tuple[str, int], list[float]]
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for operation in (PLACE, READ):
        alone = {
            way: _median(found[operation, 1, way], "median") for way in (DIRECT, PROXY, GUARDED)
        }
        rates = {way: _median(found[operation, 32, way], "rate") for way in (PROXY, GUARDED)}
        added = alone[GUARDED] - alone[DIRECT]
        write_ms = statistics.median(writes[operation, 1])
        share = rates[GUARDED] / rates[PROXY]
        by_proxy = alone[PROXY] - alone[DIRECT]
        rows.append((operation, by_proxy, added, write_ms, added - write_ms, share))
    return Table(
        "What it costs: added at 1 connection to the direct way, and the rate at 32",
        (
            "operation",
            "added by the proxy, ms",
            "added by Tradelatch, ms",
            "one fdatasync, ms",
            "added beyond it, ms",
            "requests/s against the proxy's",
        ),
        ("", ".2f", ".2f", ".2f", ".2f", ".0%"),
        rows,
    )


def _notes(
    rounds: int, seconds: float, found: dict[tuple[str, int, str], list[Round]]
) -> list[str]:
    total = sum(one.rate * seconds for entry in found.values() for one in entry)
    return [
        f"Each figure is the median of {rounds} rounds of {seconds:g} s, the three ways taking "
        f"turns; about {total:,.0f} answers, all checked (status 200, orders EXPIRED).",
        "An order is LIMIT, immediate-or-cancel, inside the collar and not marketable, each with "
        "its own client order id. The venue writes it durably before it answers, and the journal "
        "before it is signed; a read is recorded in the journal too, and in no log of the venue.",
        "Everything shares the cores above: venue, load generator (aiohttp on uvloop, in the "
        "process of the bench) and what is measured. The signer also polls the venue four times "
        "a second, in all rounds; that is in the figures.",
        "CPU is utime + stime from /proc, counted in ticks. One fdatasync is measured between the "
        "rounds at 1 connection (20 writes after each, the median of medians).",
    ]
