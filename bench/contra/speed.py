"""How long the exchange's view takes on a large table, and a plain loop on a small one."""

import resource
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import msgspec
import pyarrow.parquet as pq

from bench.contra.table import write
from bench.report import Cell, Report, Table
from tradelatch.detect.contra import DETECTOR
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.trades import read_trades

MARKETS, VICTIMS, SEED = 1_000, 200, 1
SIZES = ((20_000_000, 50_000), (20_000_000, 500_000))
QUICK_SIZES = ((600_000, 50_000),)
SMALL = (600_000, 50_000)
"""What the plain loop is given."""


class Ran(msgspec.Struct, frozen=True):
    """One run: seconds and CPU seconds of reading and of finding, memory at its largest, and how
    many victims were found, right and wrong."""

    read_s: float
    find_s: float
    cpu_s: float
    memory_mb: float
    right: int
    wrong: int


def run(folder: Path, quick: bool) -> Report:
    """Measure, under `folder`."""
    rows: list[tuple[Cell, ...]] = []
    problems = []
    for trades, accounts in QUICK_SIZES if quick else (SMALL, *SIZES):
        path = folder / f"{trades}-{accounts}.parquet"
        write(path, trades, accounts, MARKETS, VICTIMS, SEED)
        kinds = ("detector", "loop") if (trades, accounts) == SMALL else ("detector",)
        for kind in kinds:
            command = [sys.executable, "-m", "bench.contra.speed", kind, str(path)]
            told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
            ran = msgspec.json.decode(told, type=Ran)
            name = "detect contra" if kind == "detector" else "plain loop"
            rows.append((trades, accounts, name, *msgspec.structs.astuple(ran)))
            if kind == "detector" and (ran.right < VICTIMS or ran.wrong):
                problems.append(f"{trades:,} trades: {ran.right} victims found, {ran.wrong} wrong")
        path.unlink()
    columns = ("trades", "accounts", "what", "read s", "find s", "CPU s", "MB", "right", "wrong")
    formats = (",", ",", "", ".1f", ".1f", ".1f", ",.0f", "d", "d")
    table = Table(f"{MARKETS:,} markets, {VICTIMS} victims", columns, formats, rows)
    notes = [
        "Parquet, read and searched in a process of its own; seconds are the clock's, and on a "
        "machine that others use too CPU seconds say more.",
        "The plain loop knows no foreign accounts and no prices of others: what it calls a victim "
        "is whoever lost 4 % of what was given in trades 2 % away.",
    ]
    return Report("contra-speed", [table], notes, problems)


def _detector(path: Path) -> Ran:
    started = time.perf_counter()
    trades = read_trades([path], DETECTOR.asked)
    read_s = time.perf_counter() - started
    found = {one.subjects["account"] for one in DETECTOR.find(trades, Parameters())}
    return _ran(started, read_s, found)


def _loop(path: Path) -> Ran:
    """The obvious: for each trade the median of the market's last fifteen traded minutes, and what
    passed from whom to whom where it was two per cent away or more."""
    started = time.perf_counter()
    trades = pq.read_table(path).sort_by("time").to_pylist()
    read_s = time.perf_counter() - started
    bars: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    passed: dict[tuple[str, str, str], float] = defaultdict(float)
    given: dict[tuple[str, str, str], float] = defaultdict(float)
    for trade in trades:
        symbol, price, amount = trade["symbol"], trade["price"], trade["amount"]
        minute, own = trade["time"] // 60_000, bars[symbol]
        before = [money / coins for at, money, coins in own[-16:] if at < minute][-15:]
        if before:
            reference = median(before)
            pair = (symbol, trade["buyer"], trade["seller"])
            if price < reference:
                pair = (symbol, trade["seller"], trade["buyer"])
            if abs(price / reference - 1) >= 0.02:
                passed[pair] += abs(price - reference) * amount
                given[pair] += max(price, reference) * amount
        if own and own[-1][0] == minute:
            own[-1] = (minute, own[-1][1] + price * amount, own[-1][2] + amount)
        else:
            own.append((minute, price * amount, amount))
    found = {pair[1] for pair, lost in passed.items() if lost >= 0.04 * given[pair]}
    return _ran(started, read_s, found)


def _ran(started: float, read_s: float, found: set[str]) -> Ran:
    used = resource.getrusage(resource.RUSAGE_SELF)
    right = sum(name.startswith("V") for name in found)
    return Ran(
        read_s,
        time.perf_counter() - started - read_s,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        right,
        len(found) - right,
    )


if __name__ == "__main__":
    ran = {"detector": _detector, "loop": _loop}[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.buffer.write(msgspec.json.encode(ran))
