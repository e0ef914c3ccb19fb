"""`kill -9` of every process under load, while the exchange answers late, wrongly or not at all: no
order lost, none doubled, and nothing by hand."""

import asyncio
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.crash.bot import Bot
from tests.crash.site import PROCESSES, Site
from tests.crash.truth import Truth

ENDPOINTS = (
    "POST /api/v3/order",
    "POST /api/v3/order",
    "DELETE /api/v3/order",
    "PUT /api/v3/order/amend/keepPriority",
    "GET /api/v3/order",
    "GET /api/v3/openOrders",
    "GET /api/v3/myTrades",
)
"""What trouble strikes; placing orders twice as often as the rest."""
BOTS = 6
"""Their orders together come to about the budget, so that what is not released is missed."""


async def _rest(going: asyncio.Event, idle: set[str]) -> None:
    going.clear()
    while len(idle) < BOTS:
        await asyncio.sleep(0.01)


def _trouble(dice: random.Random) -> dict[str, Any]:
    """Something that goes wrong with every third of some requests, before they are carried out or
    after."""
    rules: list[dict[str, Any]] = [
        {"kind": "delay", "ms": dice.randrange(20, 500)},
        {"kind": "drop"},
        {"kind": "error", "status": dice.choice([500, 502, 503, 504])},
    ]
    rule = dice.choice(rules)
    more = {"endpoint": dice.choice(ENDPOINTS), "after": dice.random() < 0.6}
    return {**rule, **more, "times": 0, "share": 0.3, "seed": dice.randrange(1_000)}


async def _kill_again_and_again(folder: Path, name: str, points: int, budget: str) -> None:
    dice = random.Random(f"kill {name}")
    going, stopped, idle = asyncio.Event(), asyncio.Event(), set[str]()
    async with Site(folder, budget) as site, aiohttp.ClientSession() as session:
        truth = Truth(site)
        bots = [Bot(f"b{n}", site.grant, f"{name} {n}", 0.05) for n in range(BOTS)]
        trading = [asyncio.create_task(bot.trade(going, stopped, idle)) for bot in bots]
        try:
            for _ in range(points):
                going.set()
                for _ in range(2):
                    await site.trouble(_trouble(dice))
                await asyncio.sleep(dice.uniform(0.1, 1.0))
                await site.children[name].kill()
                await asyncio.sleep(dice.uniform(0, 0.3))
                await site.restart(name)
                await asyncio.sleep(dice.uniform(0, 0.2))
                await _rest(going, idle)
                await site.no_trouble()
                await site.until(truth.settled)
                site.verify_journal()
                await truth.check(bots)
            assert (await bots[0].cancel_all(session)).is_done
            await site.until(truth.settled)
            await truth.check(bots)
            assert not truth.book.state.orders
        finally:
            stopped.set()
            going.set()
            await asyncio.gather(*trading)
        done = sum(tried.is_done for bot in bots for tried in bot.tried)
        failed = sum(tried.status in (0, 503, 504) for bot in bots for tried in bot.tried)
        trades = sum(map(len, truth.book.fills.values()))
        whys = sorted(set(truth.book.closed.values()))
        amended = sum(
            tried.is_done and tried.method == "PUT" for bot in bots for tried in bot.tried
        )
        denied = sum(tried.is_over_budget for bot in bots for tried in bot.tried)
        print(
            f"{name}: {points} kills, {sum(len(bot.tried) for bot in bots)} requests, {done} done, "
            f"{failed} failed in an outage, {len(truth.placed)} orders at the venue, {trades} "
            f"fills, {amended} made smaller, {denied} denied by the budget, "
            f"used {truth.book.used(0).budget:.8f}, closed as {whys}"
        )
        assert len(truth.placed) > 10 * points
        assert trades > points


@pytest.mark.parametrize("name", PROCESSES)
async def test_killed_at_a_few_random_points(name: str, tmp_path: Path) -> None:
    await _kill_again_and_again(tmp_path / "site", name, 3, "0.0003")


@pytest.mark.soak
@pytest.mark.parametrize("name", PROCESSES)
async def test_killed_at_three_hundred_random_points(name: str, tmp_path: Path) -> None:
    """Of all four processes together."""
    await _kill_again_and_again(tmp_path / "site", name, 300 // len(PROCESSES), "0.006")
