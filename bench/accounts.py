"""How many accounts one machine carries: orders of 1 to 1,000 accounts through a house, in
turns with the same orders through a bare reverse proxy."""

import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec
import uvloop

from bench.commands import memory_mib
from bench.load import PLACE, Load
from bench.report import Cell, Report, Table
from bench.rounds import LOAD, Findings, Plan, Target, cpu_ms, measure, price_below
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import UNTHROTTLED, Child, House, StartError, operate
from tradelatch.drills.script import Credentials
from tradelatch.drills.world import POLICY, World

PROXY, GUARDED = "bare proxy", "gate + signer + journal + courier"
LEVELS, QUICK_LEVELS = (1, 10, 100, 1_000), (1, 10)
CONNECTIONS = 32
FULL, QUICK = (5, 1.5), (2, 0.4)
"""Rounds, and the seconds of each."""
PATIENCE_S = 300.0
_IDLE_S = 3.0
_HELD = {"BTC": "1", "ETH": "10"}
_BELOW = Decimal("0.997")
"""Of the best bid: inside the collar, and nobody sells there."""


class _World(World):
    """The drill's world, where more accounts are opened."""

    @property
    def venue_pid(self) -> int:
        return self._venue.pid

    async def open(self, account: str) -> Credentials:
        return await self._open(account, _HELD, ["read", "trade"])


class Level(msgspec.Struct, frozen=True):
    """What one number of accounts came to: what of a core the signer takes while nobody asks, its
    memory, and the seconds until it answers and until it knows all accounts after a start."""

    accounts: int
    found: Findings
    idle: float
    memory_mib: float
    answers_s: float
    ready_s: float


def run(folder: Path, quick: bool) -> Report:
    """Measure every level, under `folder`."""
    return uvloop.run(_run(folder, quick))


async def _run(folder: Path, quick: bool) -> Report:
    plan = Plan((PLACE,), (CONNECTIONS,), *(QUICK if quick else FULL))
    world = _World(folder / "world")
    proxy: Child | None = None
    house: House | None = None
    try:
        await world.start()
        proxy = Child("proxy", ("-m", "bench.proxy", world.url), folder)
        await proxy.start()
        through = await proxy.address()
        house = House(folder / "house", world.url, settings=UNTHROTTLED)
        gate = await house.start()
        price = await price_below(world.url, _BELOW)
        direct: list[Credentials] = []
        granted: list[Credentials] = []
        levels: list[Level] = []
        for count in QUICK_LEVELS if quick else LEVELS:
            for number in range(len(direct), count):
                key = await world.open(f"c-{number:04}")
                direct.append(Credentials(through, key.key, key.secret))
                granted.append(await _entrust(house, f"c-{number:04}", key, gate))
            pids = {"venue": world.venue_pid, LOAD: os.getpid()}
            guards = {"gate": house.gate.pid, "courier": house.courier.pid}
            targets = {
                PROXY: Target(Load(direct, price), {**pids, "proxy": proxy.pid}),
                GUARDED: Target(
                    Load(granted, price), {**pids, **guards, "signer": house.signer.pid}
                ),
            }
            levels.append(await _level(house, targets, plan, folder))
        problems = [problem for level in levels for problem in level.found.problems()]
        return Report("accounts", [_orders(levels), _signer(levels)], _notes(plan), problems[:1])
    finally:
        for child in (house, proxy, world):
            if child:
                await child.stop()


async def _entrust(house: House, account: str, key: Credentials, gate: str) -> Credentials:
    """A grant for one more account."""
    added = await add_key(partial(operate, house.home), account, key.key, key.secret, POLICY)
    issued = await operate(house.home, "grant issue", account=account, days="1", sources="")
    if added.error or issued.error:
        raise StartError(added.error or issued.error)
    return Credentials(gate, issued.value["id"], issued.value["secret"])


async def _level(house: House, targets: dict[str, Target], plan: Plan, folder: Path) -> Level:
    await _until_ready(house)
    found = await measure(targets, plan, folder)
    before = cpu_ms(house.signer.pid)
    await asyncio.sleep(_IDLE_S)
    idle = (cpu_ms(house.signer.pid) - before) / 1000 / _IDLE_S
    memory, count = memory_mib(house.signer.pid), await _until_ready(house)
    await house.signer.stop()
    begun = time.perf_counter()
    await house.signer.start()
    await house.until_answering()
    answers_s = time.perf_counter() - begun
    await _until_ready(house)
    return Level(count, found, idle, memory, answers_s, time.perf_counter() - begun)


async def _until_ready(house: House) -> int:
    """Wait until the signer knows prices and holdings of all accounts; how many there are."""
    end = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < end:
        try:
            accounts = (await operate(house.home, "status")).value["accounts"]
        except OSError:
            accounts = []  # not listening yet, after a start
        if accounts and all(account["ready"] for account in accounts):
            return len(accounts)
        house.signer.check_alive()
        await asyncio.sleep(0.2)
    raise StartError("the signer did not get to know all accounts: " + house.signer.said()[-500:])


def _orders(levels: Sequence[Level]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for level in levels:
        of_proxy = level.found.median(PLACE, CONNECTIONS, PROXY, "rate")
        for way in (PROXY, GUARDED):
            rounds = level.found.rounds[PLACE, CONNECTIONS, way]
            rates = [one.rate for one in rounds]
            figures = (
                level.found.median(PLACE, CONNECTIONS, way, field)
                for field in ("median", "p99", "rate")
            )
            signer = (
                statistics.median(one.cpu["signer"] for one in rounds) if way == GUARDED else None
            )
            share = statistics.median(rates) / of_proxy if way == GUARDED else None
            rows.append((level.accounts, way, *figures, min(rates), max(rates), share, signer))
    columns = ("accounts", "way", "median ms", "p99 ms", "orders/s", "slowest", "fastest")
    return Table(
        f"Orders of all accounts in turns, {CONNECTIONS} connections",
        (*columns, "against the proxy's", "signer, CPU ms an order"),
        (",", "", ".2f", ".2f", ",.0f", ",.0f", ",.0f", ".0%", ".2f"),
        rows,
    )


def _signer(levels: Sequence[Level]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    least = levels[0]
    for level in levels:
        more = level.accounts - least.accounts
        each = (level.memory_mib - least.memory_mib) * 1024 / more if more else None
        idle = f"{level.idle:.0%}"
        rows.append((level.accounts, idle, level.memory_mib, each, level.answers_s, level.ready_s))
    columns = ("accounts", "of a core, idle", "memory MiB", "KiB for each more")
    return Table(
        "The signer",
        (*columns, "start: answers after s", "knows all accounts after s"),
        (",", "", ",.0f", ",.0f", ".2f", ".2f"),
        rows,
    )


def _notes(plan: Plan) -> list[str]:
    return [
        f"Each figure of an order is the median of {plan.rounds} rounds of {plan.round_s:g} s, the "
        "two ways taking turns with the same accounts' keys and grants; all answers are checked "
        "(status 200, orders EXPIRED). An order is the one of `path`.",
        "Everything shares the cores above. The courier polls prices four times a second and "
        "each account's balances, and follows each by a websocket of its own, in all rounds.",
        "Memory is the most so far, with all the orders that were placed; the journal that a start "
        "reads holds them too, so that a start's time grows with the orders as well.",
    ]
