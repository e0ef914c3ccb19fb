"""``python -m bench.kills [--times N] [--quick]``: strikes bots and writes what they lost."""

import argparse
import asyncio
import itertools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.kills.freqtrade import Freqtrade
from bench.kills.points import Point
from bench.kills.rounds import strike
from bench.kills.subject import Subject
from bench.kills.tradelatch import Tradelatch
from bench.kills.truth import Finding
from bench.machine import examine
from bench.report import Cell, Report, Table, keep, show
from tools import clients
from tradelatch.model.orders import Side

TIMES = 10
SUBJECTS: dict[str, Callable[[], Subject]] = {"freqtrade": Freqtrade, "tradelatch": Tradelatch}


def main() -> int:
    """Strike what was asked for, print and keep the table."""
    parser = argparse.ArgumentParser(prog="bench.kills", description="Kill bots, and compare.")
    parser.add_argument("names", nargs="*", metavar="BOT", help=f"{', '.join(SUBJECTS)} (all)")
    parser.add_argument("--times", type=int, default=TIMES, help="strikes at each point")
    parser.add_argument("--quick", action="store_true", help="one at each; nothing is kept")
    asked = parser.parse_args()
    names = asked.names or list(SUBJECTS)
    if unknown := [name for name in names if name not in SUBJECTS]:
        parser.error(f"there is no bot {unknown[0]!r}; use some of: {', '.join(SUBJECTS)}")
    if "freqtrade" in names:
        clients.main(["freqtrade"])
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory(prefix="tradelatch-kills-") as folder:
        machine = examine(Path(folder))
        for name in names:
            rows += _rows(SUBJECTS[name], 1 if asked.quick else asked.times, Path(folder) / name)
    report = Report("kills", [_table(rows)], _NOTES)
    show(report, machine)
    if not asked.quick:
        keep(report, machine)
    return 0


def _rows(make: Callable[[], Subject], times: int, folder: Path) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for side, point in itertools.product(Side, Point):
        at = folder / side.lower() / point.name.lower()
        found = asyncio.run(strike(make, point, side, times, at))
        rows.append((make().name, side.lower(), point, *_counts(found)))
        print(*rows[-1], sep=", ", file=sys.stderr, flush=True)
    return rows


def _counts(found: list[Finding]) -> tuple[Cell, ...]:
    return (
        len(found),
        sum(one.lost for one in found),
        sum(one.doubled for one in found),
        sum(one.wrong for one in found),
        sum(one.ties_out for one in found),
    )


def _table(rows: list[tuple[Cell, ...]]) -> Table:
    return Table(
        "Orders, each struck at one point of its way",
        ("bot", "order", "point", "times", "lost", "doubled", "wrong amounts", "ties out"),
        ("", "", "", "", "", "", "", ""),
        rows,
    )


_NOTES = [
    "Each bot trades live at the venue, is given one signal to buy 1,000 USDT in a market that it "
    "has not traded before, or to sell what it bought there undisturbed, and the way of that order "
    "is cut at the point; where it was killed (SIGKILL) it is started again. Then it has its time, "
    "until nothing is new at the venue and in its database for 8 s.",
    "Lost: an order that is open or was filled at the venue, and that the bot's own database does "
    "not have. Doubled: orders beyond the one that was wanted. Wrong amounts: orders of which "
    "the database has another filled quantity than the venue. Ties out: how often what the bot "
    "believes to hold is what its account has, to the last lot.",
    "freqtrade dials the venue; Tradelatch's runner the gate, with signer and courier behind it, "
    "none of which is killed here. A proxy in front of what the bot dials cuts the way. The signal "
    "stands as one of a candle does until the next candle: a bot that finds no position buys, one "
    "that finds a position sells.",
]


if __name__ == "__main__":
    sys.exit(main())
