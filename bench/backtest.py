"""One DCA bot on the same candles in Tradelatch, freqtrade, backtesting.py and vectorbt.

Each engine runs in a process and an environment of its own, by turns; what it is asked to do is in
`bench.backtests.plan`. freqtrade takes its markets from a venue on this machine.
"""

import asyncio
import contextlib
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.backtests.candles import write_candles
from bench.backtests.plan import Deal, Outcome, Plan
from bench.report import Cell, Report, Table
from tools.clients import ROOT, environment, is_ready, set_up
from tradelatch.drills.processes import Child

OURS, EVERY_STEP, FREQTRADE = "Tradelatch", "Tradelatch, every step taken", "freqtrade"
BACKTESTING, VECTORBT = "backtesting.py", "vectorbt"
CLIENTS = {FREQTRADE: "freqtrade", BACKTESTING: "backtesting", VECTORBT: "vectorbt"}
ENGINES = (OURS, EVERY_STEP, *CLIENTS)
ROUNDS, SMALL, LARGE = 5, 50_000, 1_000_000
QUICK_ROUNDS, QUICK_SMALL, QUICK_LARGE = 1, 5_000, 20_000
MARKET = "BTC/USDT,60000,500000000"


@dataclass(frozen=True)
class Found:
    """One run: what the engine told, and the CPU seconds of its whole process."""

    outcome: Outcome
    process_s: float


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, under `folder`."""
    for client in CLIENTS.values():
        if not is_ready(client):
            print(f"Setting up {environment(client)} ...", file=sys.stderr)
            set_up(client)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    small, large = (QUICK_SMALL, QUICK_LARGE) if quick else (SMALL, LARGE)
    # freqtrade takes as long for a hundredth of a million candles as others for all of them.
    sizes = (
        (large, {OURS: rounds, EVERY_STEP: 1, BACKTESTING: rounds, VECTORBT: rounds}),
        (small, dict.fromkeys(ENGINES, rounds)),
    )
    tables, problems = [], list[str]()
    with _venue(folder) as url:
        for count, rounds_of in sizes:
            found = _measure(folder / str(count), count, rounds_of, url)
            tables += [_speed(count, found), _deals(count, found)]
            problems += _problems(found)
    return Report("backtest", [*tables, _expressed()], _notes(rounds), problems)


@contextlib.contextmanager
def _venue(folder: Path) -> Iterator[str]:
    """Where a venue answers that lists the market."""
    home = folder / "venue"
    home.mkdir()
    arguments = ("-m", "tradelatch.venue", "--flat", "--market", MARKET, "--directory", str(home))
    child = Child("venue", arguments, folder)
    with asyncio.Runner() as runner:
        try:
            runner.run(child.start())
            yield runner.run(child.address())
        finally:
            runner.run(child.stop())


def _measure(
    folder: Path, count: int, rounds_of: dict[str, int], url: str
) -> dict[str, list[Found]]:
    """Every run of each engine, in rounds of which each takes part in so many."""
    folder.mkdir()
    candles = folder / "candles.csv"
    write_candles(candles, count)
    plan = Plan(candles=str(candles), scratch=str(folder), venue=url)
    found: dict[str, list[Found]] = {name: [] for name in rounds_of}
    for number in range(max(rounds_of.values())):
        for name, rounds in rounds_of.items():
            if number < rounds:
                found[name].append(_run(name, plan))
    return found


def _run(name: str, plan: Plan) -> Found:
    path = Path(plan.scratch) / "asked.json"
    path.write_text(json.dumps(asdict(replace(plan, every_step=name == EVERY_STEP))))
    if name in CLIENTS:
        client = CLIENTS[name]
        script = ROOT / "bench" / "backtests" / f"{client}_dca.py"
        command = [environment(client) / "bin" / "python", "-W", "ignore", script, path]
    else:
        command = [sys.executable, "-m", "bench.backtests.ours", path]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        raise RuntimeError(f"{name} failed: {ended.stderr[-2_000:]}")
    told = json.loads(ended.stdout.splitlines()[-1])
    outcome = Outcome(**{**told, "deals": [Deal(**deal) for deal in told["deals"]]})
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Found(outcome, spent)


def _speed(count: int, found: dict[str, list[Found]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, runs in found.items():
        run_s = statistics.median(one.outcome.run_s for one in runs)
        load_s = statistics.median(one.outcome.load_s for one in runs)
        rows.append(
            (
                name,
                run_s,
                count / run_s,
                min(count / one.outcome.run_s for one in runs),
                max(count / one.outcome.run_s for one in runs),
                load_s,
                run_s + load_s,
                statistics.median(one.process_s for one in runs),
                statistics.median(one.outcome.memory_mib for one in runs),
            )
        )
    columns = ("backtest s", "candles/s", "slowest", "fastest", "reading s", "both s", "process s")
    return Table(
        f"{count:,} candles: CPU seconds, and the process's highest memory",
        ("engine", *columns, "MiB"),
        ("", ".2f", ",.0f", ",.0f", ",.0f", ".2f", ".2f", ".1f", ",.0f"),
        rows,
    )


def _deals(count: int, found: dict[str, list[Found]]) -> Table:
    ours = {_key(deal) for deal in found[OURS][0].outcome.deals}
    rows: list[tuple[Cell, ...]] = []
    for name, [first, *_] in found.items():
        deals = first.outcome.deals
        same = len(ours & {_key(deal) for deal in deals})
        profit = sum(deal.profit for deal in deals)
        buys = sum(deal.buys for deal in deals)
        hash_ = first.outcome.fills_hash or None
        rows.append((name, len(deals), buys, profit, same, hash_))
    return Table(
        f"{count:,} candles: closed deals",
        ("engine", "deals", "buys", "profit in USDT", "as in Tradelatch", "hash of all fills"),
        ("", ",d", ",d", ",.4f", ",d", ""),
        rows,
    )


def _key(deal: Deal) -> tuple[int, int, int]:
    """Opened and closed in the same minutes, by as many buys."""
    return deal.opened_ms, deal.closed_ms, deal.buys


def _problems(found: dict[str, list[Found]]) -> list[str]:
    """Every run has the same outcome, and ours does with and without the fast path."""
    problems = [
        f"{name} has not the same deals in every run"
        for name, runs in found.items()
        if any(one.outcome.deals != runs[0].outcome.deals for one in runs)
    ]
    hashes = {one.outcome.fills_hash for name in (OURS, EVERY_STEP) for one in found[name]}
    if len(hashes) > 1:
        problems.append("Tradelatch's fills are not the same when every step is taken")
    return problems


def _expressed() -> Table:
    """What of the strategy each engine has by itself, and what has to be written for it."""
    rows: list[tuple[Cell, ...]] = [
        (OURS, "settings of its DCA bot", "rests from the next candle on", "exact decimals"),
        (
            FREQTRADE,
            "a strategy of 40 lines: position adjustment, custom stake and entry price, ROI",
            "rests; can be filled by the candle it was placed in, as can the take profit",
            "floats, rounded to tick and lot",
        ),
        (
            BACKTESTING,
            "a strategy of 25 lines; whole units only: a lot is the unit, prices are scaled",
            "rests from the next candle on",
            "floats, rounded by the strategy",
        ),
        (
            VECTORBT,
            "a compiled function of 50 lines; the signals and limits it has by itself know no "
            "ladder",
            "no resting orders: the function says when one is filled, and where",
            "floats, rounded by the function",
        ),
    ]
    return Table(
        "What each engine can express",
        ("engine", "the strategy is", "a safety order", "amounts are"),
        ("",) * 4,
        rows,
    )


def _notes(rounds: int) -> list[str]:
    plan = Plan("", "", "")
    return [
        f"A base order of {plan.base_volume:.0f} USDT at the market, {plan.safety_orders} safety "
        f"orders {plan.step:.0f} % apart of which one rests at a time, each {plan.volume_factor} "
        f"times the one before, a take profit of {plan.take_profit:.0f} % over the average; fees "
        f"of {plan.fee:.1%} in quote, no slippage, an order is filled where it is touched. The "
        "next deal begins with the next candle (for Tradelatch a cooldown of 30 s says so). "
        "Candles are minutes from a seed, each opening where the last one closed.",
        f"{rounds} rounds in which the engines take turns, each time in a new process; medians. Of "
        "a million candles every step is taken once. "
        "Times are CPU seconds of the process and all its threads, since others work on this "
        "machine too. Reading is from CSV into what the engine works on; freqtrade reads its own "
        "Feather file, which is written before the clock runs. `process s` has the start, the "
        "imports and, for vectorbt, what its function takes to compile: a short run before the "
        "clock runs does that.",
        "Every run gave the same deals. Tradelatch passes over the candles in which nothing can "
        "happen to the bot; with every step taken the fills are the same to the last digit.",
        "vectorbt has Tradelatch's deals because its function says so: it is a second "
        "implementation of the same fills, in floats, and agrees in every deal.",
        "freqtrade lets a safety order and a take profit be filled by the candle they were placed "
        "in, at any price between its low and its high, and a safety order before the take profit; "
        "Tradelatch takes a candle as a path and lets an order that was placed inside one arrive "
        "with the next. freqtrade cuts amounts where it is not told otherwise and rounds the take "
        "profit to the nearest tick, Tradelatch up. It runs the strategy's callbacks for each "
        "candle of an open trade, with a copy of the trade each time; that is where its time goes.",
        "backtesting.py shows a strategy its first candle only with the second: its first deal "
        "begins a minute later, which moves the deals that follow until both are without one at "
        "the same time. A limit order that the market jumps over is filled at the better price.",
        "freqtrade took its markets from a venue on this machine and reached no other.",
    ]
