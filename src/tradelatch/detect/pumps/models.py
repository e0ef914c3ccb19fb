"""The models that come with the package, and how each looks at a tape."""

from typing import Any, Literal, TypeAlias, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.pumps import published, signals, trees
from tradelatch.detect.pumps.buys import WINDOW_MS
from tradelatch.detect.pumps.tape import Floats, Tape, Whole

Model: TypeAlias = Literal["trees", "forest", "forest-15", "forest-5"]
"""``trees``: ours. ``forest``, ``forest-15``, ``forest-5``: as published, chunks of 25, 15, 5 s."""
MODELS: tuple[Model, ...] = get_args(Model)
CHUNKS = {"forest": 25, "forest-15": 15, "forest-5": 5}
"""Seconds of a chunk of the published models."""


class Looked(msgspec.Struct, frozen=True):
    """The moments at which a model judges a tape, one item each: when (ms since 1970, UTC), and
    what it sees, one row each; `window_ms` is how far back the trades lie that are being judged."""

    end: Whole
    rows: NDArray[Any]
    window_ms: int


def look(model: Model, tape: Tape) -> Looked:
    """What a model sees of a tape without gaps. Nothing in a row comes from trades after it."""
    if model not in CHUNKS:
        steps = signals.steps_of(tape)
        return Looked(steps.end, steps.matrix(), WINDOW_MS)
    seconds = CHUNKS[model]
    chunks = published.chunks_of(tape, seconds)
    rows = published.features(chunks, published.WINDOWS[seconds])
    full = np.isfinite(rows).all(axis=1)
    return Looked(chunks.start[full] + seconds * 1000, rows[full], seconds * 1000)


def scores(model: Model, looked: Looked) -> Floats:
    """The model's score of each moment, from 0 to 1."""
    if not len(looked.end):
        return np.empty(0)
    return trees.load(model).scores(looked.rows)


def alerts(end: Whole, score: Floats, threshold: float, pause_ms: int) -> list[int]:
    """Which moments of one asset raise an alert: those with a score of at least the threshold,
    but for `pause_ms` after an alert. The moments are in order."""
    found: list[int] = []
    for index in np.flatnonzero(score >= threshold):
        if not found or end[index] - end[found[-1]] >= pause_ms:
            found.append(int(index))
    return found
