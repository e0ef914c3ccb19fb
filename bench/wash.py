"""Wash trades and network scores in up to five million trades, beside the rules written down
plainly."""

import json
import sys
from pathlib import Path
from typing import Any

from bench.commands import Ran
from bench.commands import run as run_command
from bench.report import Cell, Report, Table
from bench.washing.phases import OCCURRENCES
from bench.washing.trades import write_trades

SEED = 7
FULL, QUICK_FULL = (5_000_000, 250_000), (200_000, 10_000)
GROWTH = ((312_500, 15_625), (1_250_000, 62_500), (1_250_000, 15_625), (1_250_000, 250_000))
QUICK_GROWTH = ((50_000, 2_500),)
BESIDE, QUICK_BESIDE = (100_000, 300_000, 1_000_000), (50_000,)
SETS, PLAIN, WASH, SCORES = "sets", "plain", "wash", "scores"
_NAMES = {
    SETS: "Victor & Weintraud, here",
    PLAIN: "the same, written down plainly",
    WASH: "detect wash (four rules)",
    SCORES: "detect network",
}
_MARKETS = 1_200
"""As IDEX had, for five million trades; fewer trades have fewer markets."""


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, under `folder`."""
    bench = _Bench(folder)
    full = QUICK_FULL if quick else FULL
    growth = [bench.row(SETS, *size) for size in (*(QUICK_GROWTH if quick else GROWTH), full)]
    beside = [
        bench.row(name, trades, trades // 20)
        for trades in (QUICK_BESIDE if quick else BESIDE)
        for name in (PLAIN, SETS)
    ]
    whole = [bench.row(name, *full) for name in (WASH, SCORES)]
    columns = ("what", "trades", "accounts", "seconds", "CPU s", "trades/s", "memory MiB")
    formats = ("", ",", ",", ".1f", ".1f", ",.0f", ",.0f")
    tables = [
        Table("How it grows", columns, formats, growth),
        Table("Beside the plain way", columns, formats, beside),
        Table("Whole detectors", columns, formats, whole),
        _phases(bench.told[SETS, full[0], full[1]]),
        _found(bench.told, full),
    ]
    return Report("wash", tables, _notes(), bench.problems())


class _Bench:
    """Runs, and what they told by search, trades and accounts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.told: dict[tuple[str, int, int], dict[str, Any]] = {}

    def row(self, search: str, trades: int, accounts: int) -> tuple[Cell, ...]:
        """One run as a row of a table."""
        path = self._folder / f"{trades}-{accounts}.parquet"
        if not path.exists():
            markets = max(4, round(trades / FULL[0] * _MARKETS))
            write_trades(path, trades, accounts, markets, SEED)
        ran = run_command(("-m", "bench.washing.phases", search, str(path)), self._folder)
        told = self.told[search, trades, accounts] = _told(ran)
        took = sum(told["seconds"].values())
        print(f"{_NAMES[search]}, {trades:,} trades: {took:.1f} s", file=sys.stderr)
        return (
            _NAMES[search],
            trades,
            accounts,
            took,
            told["cpu_s"],
            trades / took,
            ran.memory_mib,
        )

    def problems(self) -> list[str]:
        """Where the plain way gives other wash trades."""
        return [
            f"{trades:,} trades: the plain way labels {told['wash']:,} others or with other sets"
            for (search, trades, accounts), told in self.told.items()
            if search == PLAIN and told["answer"] != self.told[SETS, trades, accounts]["answer"]
        ]


def _told(ran: Ran) -> dict[str, Any]:
    if ran.status:
        raise RuntimeError(f"a search for wash trades ended with {ran.status}")
    told: dict[str, Any] = json.loads(ran.said)
    return told


def _phases(told: dict[str, Any]) -> Table:
    words = {
        "read": "reading Parquet, checking every row",
        "number": "numbers for names, canonical order",
        "components": "components of every market's graph, all rounds",
        "match": "volume matching in three windows",
    }
    rows: list[tuple[Cell, ...]] = [
        (words[name], seconds) for name, seconds in told["seconds"].items()
    ]
    return Table("Where the seconds go, most trades", ("phase", "seconds"), ("", ".2f"), rows)


def _found(told: dict[tuple[str, int, int], dict[str, Any]], full: tuple[int, int]) -> Table:
    """What was found of the circles that were made up."""
    rows: list[tuple[Cell, ...]] = []
    for search in (SETS, WASH):
        one = told[search, *full]
        rows.append((_NAMES[search], one["wash"], one["precision"], one["recall"]))
    for score, count, one in told[SCORES, *full]["curve"]:
        rows.append((f"{_NAMES[SCORES]}, score {score:g}", count, one["precision"], one["recall"]))
    columns = ("what", "trades found", "precision", "recall of circles")
    return Table("What is found of what was made up", columns, ("", ",", ".3f", ".3f"), rows)


def _notes() -> list[str]:
    return [
        "Trades are made up (bench/washing/trades.py): markets and accounts by power laws, 0.5 % "
        "trades with oneself, 4 % in circles of two to six accounts, a thousand trades each, whose "
        "amounts differ by 0.4 %. Candidates are sets that were a component at least "
        f"{OCCURRENCES} times.",
        "'Written down plainly' is bench/washing/plain.py: dictionaries, depth-first search and "
        "trades undone one by one, in Python. Both must label the same trades with the same sets.",
        "Each is one run in a process of its own, from the file to the answer; CPU seconds are of "
        "both cores, and tell more than seconds where others work too. Memory is the most it had. "
        "The authors tell of 2.5 hours for 8.9 million trades on six cores.",
        "Precision: the share of what was found that was made up, in circles or with oneself. "
        "Recall: of the trades made up in circles. Many of those trade enough with others to hide.",
    ]
