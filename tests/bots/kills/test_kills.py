"""`kill -9` of the runner while its bots trade through gate and venue and the exchange is in
trouble: no order lost, none doubled, and every balance ties out."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.bots.kills import truth
from tests.bots.kills.site import BotSite
from tests.conftest import lacking
from tools.services import postgres, postgres_programs

ENDPOINTS = (
    "POST /api/v3/order",
    "POST /api/v3/order",
    "DELETE /api/v3/order",
    "GET /api/v3/order",
    "GET /api/v3/myTrades",
)
"""What trouble strikes; placing orders twice as often as the rest."""
ROUND = 10
"""So many kills, and then all is checked."""


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


async def _kill_again_and_again(folder: Path, points: int, database: str = "") -> None:
    dice = random.Random(f"kill the runner {points}")
    async with BotSite(folder, 6, database) as site:
        await site.begin()
        await site.until(site.has_traded)
        for done in range(0, points, ROUND):
            async with site.moving(f"{points} {done}"):
                for _ in range(min(ROUND, points - done)):
                    await site.trouble(_trouble(dice))
                    await asyncio.sleep(dice.uniform(0.5, 7.0))
                    await site.runner.kill()
                    await site.no_trouble()
                    await site.runner.start()
            await site.until_settled()
            counted = await truth.check(site)
            print(f"{done + ROUND} kills: {dict(counted)}", flush=True)
        assert counted["fills"] >= points
        site.verify_journal()


async def test_killed_at_a_few_random_points(tmp_path: Path) -> None:
    await _kill_again_and_again(tmp_path / "site", 4)


async def test_killed_with_its_store_in_postgresql(tmp_path: Path) -> None:
    if postgres_programs() is None:
        lacking("PostgreSQL's server programs are not installed (Debian: postgresql)")
    with postgres() as server:
        await _kill_again_and_again(tmp_path / "site", 3, server.url())


@pytest.mark.soak
async def test_killed_at_five_hundred_random_points(tmp_path: Path) -> None:
    await _kill_again_and_again(tmp_path / "site", 500)
