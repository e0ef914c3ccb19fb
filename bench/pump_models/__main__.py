"""``python -m bench.pump_models score|report|train|unseen``."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from bench.pump_models import recorded, report, training
from tradelatch.detect.pumps import published, trees
from tradelatch.detect.pumps.models import CHUNKS, MODELS, Model
from tradelatch.detect.pumps.signals import steps_of
from tradelatch.detect.pumps.tape import Tape


def main() -> int:
    """Measure the models, or train and write those of the package."""
    parser = argparse.ArgumentParser(prog="bench.pump_models", description=__doc__)
    parser.add_argument(
        "what",
        choices=("score", "report", "train", "unseen"),
        help="unseen: score the package's models on other tapes in the same folders",
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"{', '.join(MODELS)} (all)")
    asked = parser.parse_args()
    named = os.environ.get("TRADELATCH_DATA")
    if not named:
        parser.error("TRADELATCH_DATA is not set: it names the folder of recorded data")
    unknown = [name for name in asked.models if name not in MODELS]
    if unknown:
        parser.error(f"there is no model {unknown[0]!r}; use: {', '.join(MODELS)}")
    folder = Path(named)
    by_symbol = recorded.tapes(folder)
    models = [name for name in MODELS if not asked.models or name in asked.models]
    if asked.what in ("report", "unseen"):
        (report.write if asked.what == "report" else report.unseen)(folder, by_symbol)
        return 0
    for name in models:
        if asked.what == "score":
            report.score(name, folder, by_symbol)
        else:
            _train(name, folder, by_symbol)
    return 0


def _train(model: Model, folder: Path, by_symbol: dict[str, Tape]) -> None:
    seen = recorded.moments(model, by_symbol)
    setting = training.Setting(recorded.is_pump(model, seen, folder), recorded.events(folder))
    fit = training.fit_forest if model in CHUNKS else training.fit_trees
    chosen = fit(seen, setting, np.arange(len(seen.end)))
    usual = np.median(seen.rows[~setting.pumps], axis=0)
    arrays = training.as_arrays(chosen, _names(model, by_symbol), usual)
    trees.FOLDER.mkdir(exist_ok=True)
    path = trees.FOLDER / f"{model}.npz"
    arrays.save(path)
    size = path.stat().st_size / 1e3
    print(f"{path.name}: {len(arrays.feature):,} nodes, {size:.0f} kB, from {chosen.threshold} on")


def _names(model: Model, by_symbol: dict[str, Tape]) -> tuple[str, ...]:
    if model in CHUNKS:
        return published.NAMES
    return tuple(steps_of(next(iter(by_symbol.values()))).signals)


if __name__ == "__main__":
    sys.exit(main())
