"""The pump detector's speed: features beside a pandas version, reading, judging, training, memory.

Needs the recorded tapes that TRADELATCH_DATA names. CPU seconds of this process.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import pump_features
from bench.pump_models import recorded, training
from bench.report import Cell, Report, Table
from tradelatch.detect.pumps import published
from tradelatch.detect.pumps.models import CHUNKS, MODELS, Model, look, scores
from tradelatch.detect.pumps.tape import Tape, pieces

ROUNDS = 1
GROWN: tuple[Model, ...] = ("forest", "trees")


def run(folder: Path, quick: bool) -> Report:
    """Measure on all tapes; `quick` on ten, once, without training."""
    named = os.environ.get("TRADELATCH_DATA")
    if not named:
        return Report(
            "pumps", [], [], ["TRADELATCH_DATA is not set: it names the folder of recorded data"]
        )
    data = Path(named)
    start = time.process_time()
    tapes = recorded.tapes(data)
    reading_s = time.process_time() - start
    trades = sum(map(len, tapes.values()))
    used = dict(list(tapes.items())[:10]) if quick else tapes
    rounds = 1 if quick else ROUNDS
    tables = [_features(used, rounds), _stages(used, rounds, trades / reading_s), _growth(used)]
    if not quick:
        tables.append(_training(data, tapes))
    return Report("pumps", tables, _notes(len(used), sum(map(len, used.values())), rounds))


def _features(tapes: Mapping[str, Tape], rounds: int) -> Table:
    """The published features, ours and pandas' by turns."""
    trades = sum(map(len, tapes.values()))
    frames = [pump_features.frame(tape) for tape in tapes.values()]
    rows: list[tuple[Cell, ...]] = []
    for seconds, window in published.WINDOWS.items():
        ours = partial(_ours, tapes, seconds, window)
        pandas = partial(_pandas, frames, seconds, window)
        spent: dict[str, list[float]] = {"ours": [], "pandas": []}
        found: dict[str, list[Any]] = {}
        for _ in range(rounds):
            for name, way in (("ours", ours), ("pandas", pandas)):
                seconds_taken, found[name] = _timed(way)
                spent[name].append(seconds_taken)
        speeds = [trades / statistics.median(times) / 1e6 for times in spent.values()]
        alike = _alike(found["ours"], found["pandas"])
        rows.append((f"{seconds} s", *speeds, speeds[0] / speeds[1], 100 * alike))
    return Table(
        "Published features, million trades a second",
        ("chunks", "ours", "pandas", "times", "values alike, %"),
        ("", ".1f", ".2f", ".0f", ".4f"),
        rows,
    )


def _ours(tapes: Mapping[str, Tape], seconds: int, window: int) -> list[Any]:
    return [
        published.features(published.chunks_of(tape, seconds), window) for tape in tapes.values()
    ]


def _pandas(frames: list[Any], seconds: int, window: int) -> list[Any]:
    return [pump_features.features(one, seconds, window) for one in frames]


def _alike(ours: list[Any], pandas: list[Any]) -> float:
    """The share of finite values that agree but for the last of their three decimals."""
    left, right = np.concatenate(ours), np.concatenate([one.to_numpy() for one in pandas])
    both = np.isfinite(left) & np.isfinite(right)
    return float((np.abs(left[both] - right[both]) <= 0.0011).mean())


def _stages(tapes: Mapping[str, Tape], rounds: int, reading: float) -> Table:
    """Reading, and each model from trades to scores."""
    trades = sum(map(len, tapes.values()))
    rows: list[tuple[Cell, ...]] = [("reading CSV, putting tapes together", reading / 1e6, None)]
    for model in MODELS:
        looking, scoring = [], []
        for _ in range(rounds):
            taken, seen = _timed(partial(_look, model, tapes))
            looking.append(taken)
            scoring.append(_timed(partial(_score, model, seen))[0])
        rows.append(
            (
                f"{model}: features, then scores",
                trades / statistics.median(looking) / 1e6,
                trades / statistics.median(scoring) / 1e6,
            )
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append((f"highest memory of the process: {memory:,.0f} MiB", None, None))
    return Table(
        "From files to scores, million trades a second",
        ("stage", "M/s", "scores M/s"),
        ("", ".2f", ".2f"),
        rows,
    )


def _look(model: Model, tapes: Mapping[str, Tape]) -> list[Any]:
    return [look(model, piece) for tape in tapes.values() for piece in pieces(tape)]


def _score(model: Model, seen: list[Any]) -> list[Any]:
    return [scores(model, one) for one in seen]


def _growth(tapes: Mapping[str, Tape]) -> Table:
    """One tape made longer, end to end: what a trade costs as trades grow."""
    first = max(tapes.values(), key=len)
    rows: list[tuple[Cell, ...]] = []
    for copies in (1, 4, 16):
        tape = _repeated(first, copies)
        cells: list[Cell] = [len(tape)]
        for model in GROWN:
            taken = _timed(partial(look, model, tape))[0]
            cells += [taken, 1e6 * taken / len(tape)]
        rows.append(tuple(cells))
    return Table(
        "Features of one tape made longer, CPU seconds",
        ("trades", "forest s", "us a trade", "trees s", "us a trade "),
        (",d", ".3f", ".3f", ".3f", ".3f"),
        rows,
    )


def _repeated(tape: Tape, copies: int) -> Tape:
    """The tape several times, one after the other."""
    days = (int(tape.time[-1] - tape.time[0]) // recorded.DAY_MS + 1) * recorded.DAY_MS
    shift = np.repeat(np.arange(copies) * days, len(tape))
    return Tape(
        np.tile(tape.time, copies) + shift,
        np.tile(tape.buy, copies),
        np.tile(tape.price, copies),
        np.tile(tape.volume, copies),
        np.tile(tape.row, copies),
    )


def _training(data: Path, tapes: Mapping[str, Tape]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for model in GROWN:
        seen = recorded.moments(model, tapes)
        pumps = recorded.is_pump(model, seen, data)
        setting = training.Setting(pumps, recorded.events(data))
        fit = training.fit_forest if model in CHUNKS else training.fit_trees
        every = np.arange(len(seen.end))
        taken = _timed(partial(fit, seen, setting, every))[0]
        rows.append((model, len(seen.end), int(pumps.sum()), taken))
    return Table(
        "Training on all tapes, CPU seconds",
        ("model", "moments", "of them pumps", "s"),
        ("", ",d", ",d", ".1f"),
        rows,
    )


def _timed(what: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = what()
    return max(time.process_time() - start, 1e-6), found


def _notes(assets: int, trades: int, rounds: int) -> list[str]:
    return [
        f"{trades:,} trades of {assets} assets, each once where tapes overlap; the median of "
        f"{rounds} rounds in which the two versions take turns. CPU seconds of one process on one "
        "core, since others work on this machine too. Features are measured from arrays in memory, "
        "pandas' from a data frame by time; reading is a line of its own.",
        "The pandas version groups by time and rolls as the released code does. Values that differ "
        "are those where a rolling deviation is zero but for rounding.",
    ]
