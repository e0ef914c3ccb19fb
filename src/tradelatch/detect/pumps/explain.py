"""Why an alert was raised: which features, against their usual values, carried the score, and what
it would have taken to stay below the threshold."""

import math

import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.findings import Term
from tradelatch.detect.pumps.signals import is_logarithm
from tradelatch.detect.pumps.trees import Trees

SHOWN = 6
"""So many features are told, the most telling first."""


def terms_of(
    model: Trees, row: NDArray[np.floating], threshold: float
) -> tuple[tuple[Term, ...], str]:
    """The features that carry a score, and one sentence.

    Each feature by itself is set to its usual value (the model's `usual`, the median over all
    moments without a pump that it was trained on); the more of the score is lost by that, the
    more it carries.

    Returns:
        The terms, each with its value and its usual one as threshold; and what it would have taken
        not to fire.
    """
    score = float(model.scores(row[None, :])[0])
    without = np.repeat(row[None, :].astype(np.float32), len(model.names), axis=0)
    np.fill_diagonal(without, model.usual)
    lost = score - model.scores(without)
    order = np.argsort(-lost, kind="stable")
    terms = tuple(
        _term(model.names[n], float(row[n]), float(model.usual[n]))
        for n in order[:SHOWN]
        if lost[n] > 0
    )
    return terms, _spared(model, row, order, score, threshold)


def _spared(
    model: Trees, row: NDArray[np.floating], order: NDArray[np.int64], score: float, limit: float
) -> str:
    """The fewest of the most telling features that, at their usual values, stop the alert."""
    changed = row.astype(np.float32).copy()
    for count, number in enumerate(order, 1):
        changed[number] = model.usual[number]
        left = float(model.scores(changed[None, :])[0])
        if left < limit:
            names = ", ".join(model.names[n] for n in order[:count])
            return (
                f"Not raised with {names} as usual (a score of {left:.2f}), "
                f"or with a threshold above {score:.2f}."
            )
    return f"Not raised with a threshold above {score:.2f}."


def _term(name: str, value: float, usual: float) -> Term:
    """A feature as people read it: logarithms as what they are of."""
    if is_logarithm(name):
        value, usual = math.exp(value), math.exp(usual)
    unit = " s" if "seconds" in name else ""
    if is_logarithm(name) and "_to_" in name:
        unit = " times"
    return Term(name, value, usual, unit, met=True, under=value < usual)
