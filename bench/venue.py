"""The venue by itself: orders by REST with durable writes, beside a venue whose log lies in
memory, and beside the same server with no exchange behind it."""

import os
import statistics
import tempfile
from decimal import Decimal
from pathlib import Path

import aiohttp
import msgspec
import uvloop

from bench.load import PLACE, PLACE_CANCEL, Load
from bench.report import Report
from bench.rounds import LOAD, Findings, Plan, Target, comparison, measure, price_below
from tradelatch.drills.processes import Child
from tradelatch.drills.script import Credentials

DURABLE, IN_MEMORY, BARE = "venue", "venue, log in memory", "bare server"
SERVER = "server"
CONNECTIONS = (1, 8, 32)
FULL, QUICK = (5, 2.0), (2, 0.4)
"""Rounds, and the seconds of each."""
_MEMORY = Path("/dev/shm")
_BELOW = Decimal("0.8")
"""Of the best bid: nobody sells there."""


class _Key(msgspec.Struct):
    key: str
    secret: str


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, under `folder`."""
    return uvloop.run(_run(folder, quick))


async def _run(folder: Path, quick: bool) -> Report:
    children: list[Child] = []
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else folder) as memory:
        try:
            targets = {
                DURABLE: await _venue(folder / "disk", children),
                IN_MEMORY: await _venue(Path(memory), children),
                BARE: await _bare(folder, children),
            }
            plan = Plan((PLACE, PLACE_CANCEL), CONNECTIONS, *(QUICK if quick else FULL))
            found = await measure(targets, plan, folder)
        finally:
            for child in children:
                await child.stop()
    return Report(
        "venue", [comparison(found, (SERVER, LOAD))], _notes(plan, found), found.problems()
    )


async def _venue(folder: Path, children: list[Child]) -> Target:
    folder.mkdir(exist_ok=True)
    child = Child("venue", ("-m", "tradelatch.venue", "--directory", str(folder), "--flat"), folder)
    children.append(child)
    await child.start()
    url = await child.address()
    token = (folder / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers, raise_for_status=True) as session:
        money = {"account": "bench", "balances": {"BTC": "1000"}}
        await (await session.post("/admin/accounts", json=money)).read()
        answer = await session.post("/admin/keys", json={"account": "bench"})
        key = msgspec.json.decode(await answer.read(), type=_Key)
    load = Load([Credentials(url, key.key, key.secret)], await price_below(url, _BELOW))
    return Target(load, {SERVER: child.pid, LOAD: os.getpid()})


async def _bare(folder: Path, children: list[Child]) -> Target:
    child = Child("bare", ("-m", "bench.bare"), folder)
    children.append(child)
    await child.start()
    load = Load([Credentials(await child.address(), "key", "secret")], Decimal("0.05"))
    return Target(load, {SERVER: child.pid, LOAD: os.getpid()})


def _notes(plan: Plan, found: Findings) -> list[str]:
    write_ms = statistics.median(write for writes in found.writes.values() for write in writes)
    return [
        f"Each figure is the median of {plan.rounds} rounds of {plan.round_s:g} s, the three "
        f"taking turns; about {found.answers(plan.round_s):,.0f} answers, all checked. A durable "
        f"write took {write_ms:.3f} ms between the rounds.",
        f"The load generator (aiohttp on uvloop, in the process of the bench) shares the "
        f"{len(os.sched_getaffinity(0))} cores with the server.",
        f"'{PLACE}' is a LIMIT order that finds nobody and expires at once; '{PLACE_CANCEL}' are "
        "two requests, a LIMIT order that rests and its cancellation. Each has its own client "
        "order id, and is answered once it would survive `kill -9`.",
        "The venue has its house agents at work and no request limits. The bare server is the same "
        "stack (uvicorn, httptools, uvloop): it reads a request, checks the HMAC and answers a "
        "constant.",
    ]
