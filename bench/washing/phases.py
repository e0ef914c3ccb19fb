"""``python -m bench.washing.phases WHAT FILE``: one search for wash trades, as a process of its
own, whose phases and answers are told as JSON."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from bench.washing.plain import Trade, wash_trades
from tradelatch.detect import network
from tradelatch.detect.ledger import read_ledger
from tradelatch.detect.trades import read_trades
from tradelatch.detect.wash import detector
from tradelatch.detect.wash.components import candidates, components
from tradelatch.detect.wash.matching import match
from tradelatch.detect.wash.parameters import Parameters

OCCURRENCES, MARGIN = 100, 0.01
SCORES = (0.5, 0.6, 0.7, 0.8, 0.9)


class Phases:
    """Seconds by phase, and those of all cores until the last one's end."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_s = 0.0
        self._begun, self._cpu_begun = time.perf_counter(), time.process_time()

    def end(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name], self._begun = now - self._begun, now
        self.cpu_s = time.process_time() - self._cpu_begun


def sets(path: Path, phases: Phases) -> dict[str, Any]:
    """Victor & Weintraud's rules as they are here."""
    trades = read_trades([path], detector.ASKED)
    phases.end("read")
    ledger = read_ledger(trades)
    phases.end("number")
    found = components(ledger.symbol, ledger.seller, ledger.buyer)
    chosen = candidates(found, OCCURRENCES)
    phases.end("components")
    place = match(ledger, chosen, MARGIN).candidate
    phases.end("match")
    labels = {
        int(ledger.row[at]): tuple(ledger.accounts[one] for one in chosen[place[at]].accounts)
        for at in np.flatnonzero(place >= 0)
    }
    return {"wash": len(labels), "answer": _digest(labels), **_against(path, labels)}


def plain(path: Path, phases: Phases) -> dict[str, Any]:
    """The same as one would write it down."""
    rows = pyarrow.parquet.read_table(path).to_pylist()
    phases.end("read")
    order = sorted(range(len(rows)), key=lambda row: (rows[row]["time"], rows[row]["id"]))
    trades = [
        Trade(row["time"] // 1000, row["symbol"], row["seller"], row["buyer"], row["amount"])
        for row in map(rows.__getitem__, order)
    ]
    phases.end("number")
    found = wash_trades(trades, OCCURRENCES, MARGIN)
    phases.end("components and match")
    labels = {order[index] + 1: members for index, members in found.items()}
    return {"wash": len(labels), "answer": _digest(labels)}


def wash(path: Path, phases: Phases) -> dict[str, Any]:
    """``detect wash``: all four rules and their findings."""
    trades = read_trades([path], detector.ASKED)
    phases.end("read")
    found = detector.find(trades, Parameters())
    phases.end("find")
    rows = {row for one in found for row in one.rows}
    return {"wash": len(rows), "findings": len(found), **_against(path, rows)}


def scores(path: Path, phases: Phases) -> dict[str, Any]:
    """``detect network``, and what other thresholds would find."""
    trades = read_trades([path], network.ASKED)
    phases.end("read")
    network.find(trades, network.Parameters())
    phases.end("find")
    curve = []
    for score in SCORES:
        found = network.find(trades, network.Parameters(score=score))
        rows = {row for one in found for row in one.rows}
        curve.append((score, len(rows), _against(path, rows)))
    return {"curve": curve}


def _digest(labels: dict[int, tuple[str, ...]]) -> str:
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()


def _against(path: Path, rows: Iterable[int]) -> dict[str, float]:
    """Shares of what was found that was made up as wash trades, and the other way around."""
    table = pyarrow.parquet.read_table(path, columns=["in_circle", "buyer", "seller"])
    own = pyarrow.compute.equal(table["buyer"], table["seller"])
    made = pyarrow.compute.or_(table["in_circle"], own).to_numpy()
    circled = table["in_circle"].to_numpy()
    found = np.zeros(len(made), dtype=np.bool_)
    found[np.fromiter(rows, np.int64) - 1] = True
    return {
        "precision": float((found & made).sum() / max(found.sum(), 1)),
        "recall": float((found & circled).sum() / circled.sum()),
    }


SEARCHES: dict[str, Callable[[Path, Phases], dict[str, Any]]] = {
    "sets": sets,
    "plain": plain,
    "wash": wash,
    "scores": scores,
}


def main() -> None:
    """Run what was asked for."""
    name, path = sys.argv[1:]
    phases = Phases()
    told = SEARCHES[name](Path(path), phases)
    print(json.dumps({"seconds": phases.seconds, "cpu_s": phases.cpu_s, **told}))


if __name__ == "__main__":
    main()
