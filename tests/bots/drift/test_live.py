"""A DCA bot and a grid trade a recorded tape live, through runner, gate and venue, and a backtest
trades the same tape: each difference has a cause that holds by numbers."""

import asyncio
import subprocess
import sys
import time
from array import array
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from tests.bots.drift.site import Scene, TapeSite
from tradelatch.bots.backtest.drift.comparing import Cause, Drift, compare
from tradelatch.bots.backtest.drift.given import Case
from tradelatch.bots.backtest.drift.live import Live, read_live
from tradelatch.bots.backtest.drift.telling import Line, Telling
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.kinds import load_kind
from tradelatch.bots.strategy import Settings
from tradelatch.model.markets import Market, split_symbol
from tradelatch.tapes.trades import read_trades

D = Decimal
LADDER, LINES = "ladder", "lines"
TAPES = {
    "RLC_2020-04-20_16.00": ("RLC/BTC", 1_587_657_600_000),
    "EDO_2019-02-16_18.00": ("EDO/BTC", 1_550_340_060_000),
    "NEBL_2020-06-14_16.00": ("NEBL/BTC", 1_592_151_360_000),
    "GVT_2020-04-04_15.59": ("GVT/BTC", 1_586_016_180_000),
    "MDA_2020-05-04_19.01": ("MDA/BTC", 1_588_618_860_000),
}
"""Tapes by name, with their markets and lively minutes (ms) that do not begin within an hour of
prices far away: the gate judges by those."""


class Ran(NamedTuple):
    """A live run that is over: how far the tape is behind the venue's clock, when it ended, and
    what the bots did."""

    site: TapeSite
    scene: Scene
    behind_ms: int
    end_ms: int
    lives: dict[str, Live]

    def case(self, name: str) -> Case:
        """Of one of the bots."""
        trades = read_trades(self.scene.tape, self.scene.symbol)
        times = array("q", (at + self.behind_ms for at in trades.times))
        trades = msgspec.structs.replace(trades, times=times)
        symbol = self.scene.symbol
        market = Market(*split_symbol(symbol), _step(trades.prices), _step(trades.amounts), LEAST)
        return Case(self.lives[name], {symbol: trades}, {symbol: market}, Terms())


LEAST = D("0.0001")
"""The least order at the venue (BTC)."""


def _step(counts: Any) -> Decimal:
    """The largest power of ten, at most one whole, that divides all (counts of 1e-8)."""
    step = 10**8
    while any(count % step for count in counts):
        step //= 10
    return D(step) / 10**8


def _bots(price: Decimal, tick: Decimal) -> dict[str, tuple[str, Settings]]:
    """A ladder and a grid with steps of a little more than the fees, around a price."""
    ladder = DcaSettings(
        base_order_volume=D("0.02"),
        safety_order_volume=D("0.02"),
        max_safety_orders=4,
        active_safety_orders_count=2,
        safety_order_step_percentage=D("0.6"),
        take_profit=D("0.4"),
    )
    grid = GridSettings(
        upper_price=price * D("1.08") // tick * tick,
        lower_price=price * D("0.94") // tick * tick,
        grids_quantity=20,
        volume_per_grid=D("0.01"),
    )
    return {LADDER: ("dca", ladder), LINES: ("grid", grid)}


async def _run(folder: Path, scene: Scene, seconds: float) -> Ran:
    trades = read_trades(scene.tape, scene.symbol)
    known = max(n for n, at in enumerate(trades.times) if at < scene.moment)
    bots = _bots(D(trades.prices[known]) / 10**8, _step(trades.prices))
    async with TapeSite(folder, scene) as site:
        await site.begin(bots)
        await site.until(site.has_traded)
        await asyncio.sleep(seconds)
        await site.runner.kill()
        behind_ms, end_ms = await site.behind_ms(), time.time_ns() // 1_000_000
        lives = {
            name: read_live(site.store, name, lambda kind: load_kind(kind, folder), 0, end_ms)
            for name in bots
        }
    return Ran(site, scene, behind_ms, end_ms, lives)


def _scene(data: Path, name: str) -> Scene:
    return Scene(data / "pumps" / "tapes" / f"{name}.csv.gz", *TAPES[name])


def _check(ran: Ran, name: str, fills: int) -> Drift:
    """Everything is explained, and the causes' worth adds up to the difference exactly."""
    drift = compare(ran.case(name))
    counts = Counter(str(row.cause) for row in drift.rows)
    print(f"{ran.scene.tape.name}: {name}: {drift.latency_ms} ms, {dict(counts)}", flush=True)
    print(f"  {[(str(step.cause), f'{step.worth:.8f}') for step in drift.steps]}", flush=True)
    assert drift.problems == ()
    assert drift.retold_profit == drift.live_profit
    assert drift.steps[-1] == (drift.steps[-1].__class__)(Cause.UNEXPLAINED, D(0))
    assert sum(step.worth for step in drift.steps) == drift.live_profit - drift.backtest_profit
    lines = ran.lives[name].telling.lines
    assert {row.key for row in drift.rows if row.live} == set(lines)
    assert sum(len(line.fills) for line in lines.values()) >= fills
    return drift


@pytest.mark.recorded
async def test_a_live_run_is_its_backtest_but_for_what_is_explained(
    recorded_data: Path, tmp_path: Path
) -> None:
    scene = _scene(recorded_data, "RLC_2020-04-20_16.00")
    ran = await _run(tmp_path / "site", scene, 40)
    for name in ran.lives:
        _check(ran, name, fills=8)
        _check_tampered(ran.case(name))
    _check_command(ran)


@pytest.mark.soak
@pytest.mark.recorded
@pytest.mark.parametrize("name", TAPES)
async def test_pumps_are_explained(recorded_data: Path, tmp_path: Path, name: str) -> None:
    ran = await _run(tmp_path / "site", _scene(recorded_data, name), 240)
    for bot in ran.lives:
        _check(ran, bot, fills=10)


def _check_tampered(case: Case) -> None:
    """A record that was changed is not explained."""
    lines = case.live.telling.lines
    filled = next(line for line in lines.values() if line.price and line.fills)
    for changed in (
        _with_price(filled, filled.fills[0].price * 2),
        msgspec.structs.replace(filled, fills=()),
        msgspec.structs.replace(filled, quantity=filled.quantity + 1),
        msgspec.structs.replace(filled, price=(filled.price or 0) + case_tick(case)),
    ):
        assert compare(_with(case, changed)).problems
    without = {key: line for key, line in lines.items() if key != filled.key}
    telling = Telling(without, case.live.telling.deals)
    assert compare(case._replace(live=case.live._replace(telling=telling))).problems
    (symbol, trades) = next(iter(case.trades.items()))
    later = array("q", (at + 60_000 for at in trades.times))
    elsewhere = {symbol: msgspec.structs.replace(trades, times=later)}
    assert compare(case._replace(trades=elsewhere)).problems


def case_tick(case: Case) -> Decimal:
    """Of its only market."""
    (market,) = case.markets.values()
    return market.tick


def _with(case: Case, line: Line) -> Case:
    telling = case.live.telling
    changed = Telling({**telling.lines, line.key: line}, telling.deals)
    return case._replace(live=case.live._replace(telling=changed))


def _with_price(line: Line, price: Decimal) -> Line:
    first = msgspec.structs.replace(line.fills[0], price=price)
    return msgspec.structs.replace(line, fills=(first, *line.fills[1:]))


def _check_command(ran: Ran) -> None:
    """The command tells the same, and ends with 1 where the trades are of another time."""
    command = [sys.executable, "-m", "tradelatch.cli", "backtest", "against", LADDER]
    more = ["--config", str(ran.site.house.config), "--trades", str(ran.scene.tape)]
    more += ["--min-notional", str(LEAST), "--to", str(ran.end_ms), "--json"]
    for shift, code in ((ran.behind_ms, 0), (ran.behind_ms + 60_000, 1)):
        ended = subprocess.run(
            [*command, *more, "--shift", str(shift)], capture_output=True, text=True, check=False
        )
        assert ended.returncode == code, ended.stderr + ended.stdout[-2_000:]
        told = msgspec.json.decode(ended.stdout)
        assert told["is_explained"] == (not code)
        assert told["bot"] == LADDER
