"""The way of a request: direct to the venue, through a bare reverse proxy, through Tradelatch.

All in one run, in rounds that take turns, so that a busy moment of the machine hits all alike.
"""

import os
import statistics
from decimal import Decimal
from pathlib import Path

import uvloop

from bench.load import PLACE, READ, Load
from bench.report import Cell, Report, Table
from bench.rounds import LOAD, Findings, Plan, Target, comparison, measure, price_below
from tradelatch.drills.processes import UNTHROTTLED, Child, House
from tradelatch.drills.script import Credentials
from tradelatch.drills.world import POLICY, World

DIRECT, PROXY, GUARDED = "direct", "bare proxy", "gate + signer + journal + courier"
CONNECTIONS = (1, 32)
PROCESSES = ("venue", "proxy", "gate", "signer", "courier", LOAD)
FULL, QUICK = (5, 1.5), (2, 0.4)
"""Rounds, and the seconds of each."""
_BELOW = Decimal("0.997")
"""Of the best bid: inside the collar, and nobody sells there."""


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
        venue = {"venue": world.venue_pid, LOAD: os.getpid()}
        guards = {"gate": house.gate, "signer": house.signer, "courier": house.courier}
        key = world.victim
        through = Credentials(await proxy.address(), key.key, key.secret)
        granted = Credentials(gate, grant["id"], grant["secret"])
        price = await price_below(world.url, _BELOW)
        targets = {
            DIRECT: Target(Load([key], price), venue),
            PROXY: Target(Load([through], price), {**venue, "proxy": proxy.pid}),
            GUARDED: Target(
                Load([granted], price), {**venue, **{name: c.pid for name, c in guards.items()}}
            ),
        }
        plan = Plan((PLACE, READ), CONNECTIONS, *(QUICK if quick else FULL))
        found = await measure(targets, plan, folder)
        tables = [comparison(found, PROCESSES), _cost(found)]
        return Report("path", tables, _notes(plan, found), found.problems())
    finally:
        for child in (house, proxy, world):
            if child:
                await child.stop()


def _cost(found: Findings) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for operation in (PLACE, READ):
        alone = {way: found.median(operation, 1, way, "median") for way in (DIRECT, PROXY, GUARDED)}
        ours, theirs = (found.rounds[operation, 32, way] for way in (GUARDED, PROXY))
        shares = [mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True)]
        added = alone[GUARDED] - alone[DIRECT]
        write_ms = statistics.median(found.writes[operation, 1])
        share = (statistics.median(shares), min(shares), max(shares))
        cpu = found.cpu(operation, 32, GUARDED) / found.cpu(operation, 32, PROXY)
        by_proxy = alone[PROXY] - alone[DIRECT]
        rows.append((operation, by_proxy, added, write_ms, added - write_ms, *share, cpu))
    return Table(
        "What it costs: added at 1 connection to the direct way, and the rate at 32",
        (
            "operation",
            "added by the proxy, ms",
            "added by Tradelatch, ms",
            "one fdatasync, ms",
            "added beyond it, ms",
            "requests/s against the proxy's",
            "least",
            "most",
            "CPU a request against the proxy's",
        ),
        ("", ".2f", ".2f", ".2f", ".2f", ".0%", ".0%", ".0%", ".0%"),
        rows,
    )


def _notes(plan: Plan, found: Findings) -> list[str]:
    return [
        f"Each figure is the median of {plan.rounds} rounds of {plan.round_s:g} s, the three ways "
        f"taking turns; about {found.answers(plan.round_s):,.0f} answers, all checked (status "
        "200, orders EXPIRED).",
        "An order is LIMIT, immediate-or-cancel, inside the collar and not marketable, each with "
        "its own client order id. The venue writes it durably before it answers, and the journal "
        "before it is signed; a read is recorded in the journal too, and in no log of the venue.",
        "Everything shares the cores above: venue, load generator (aiohttp on uvloop, in the "
        "process of the bench) and what is measured. The courier also polls the venue four times "
        "a second, in all rounds; that is in the figures.",
        "Requests a second are held against the proxy's of the same round, and the median, the "
        "least and the most of that are told.",
        "CPU is utime + stime from /proc, counted in ticks; against the proxy's it is that of all "
        "processes, venue and load generator included: what the rate can come to when the cores "
        "are busy. One fdatasync is measured between the "
        "rounds at 1 connection (20 writes after each, the median of medians).",
    ]
