"""Fitting the models; what is chosen is chosen inside the rows given."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.model_selection import GroupKFold

from bench.pump_models.recorded import Event, Moments, near
from bench.pump_models.scoring import by_symbol, total
from tradelatch.detect.pumps.tape import Flags, Floats, Whole
from tradelatch.detect.pumps.trees import Trees

LEAF = 5
"""So many moments a leaf of our trees holds at least; from 4 to 10 it makes no difference."""
TREES, SHARE, WEIGHT = 100, 0.3, 0.25
"""Our trees; the share of features that each split chooses from; how much all pumps together weigh
against all else."""
INNER = 4
THRESHOLDS = np.round(np.arange(0.1, 0.91, 0.025), 3)
FOREST_THRESHOLD = 0.5


class Setting(NamedTuple):
    """What training needs besides the rows: which are pumps, and what was announced."""

    pumps: Flags
    known: Mapping[str, Sequence[Event]]


class Chosen(NamedTuple):
    """A fitted model and its threshold."""

    fitted: Any
    threshold: float


def fit_forest(seen: Moments, setting: Setting, rows: Whole) -> Chosen:
    """The random forest of the paper, on the rows of the published matrices (a day before to a day
    after an announcement)."""
    inside = rows[near(seen, setting.known)[rows]]
    forest = RandomForestClassifier(n_estimators=200, max_depth=5, random_state=1)
    forest.fit(seen.rows[inside].astype(np.float32), setting.pumps[inside])
    return Chosen(forest, FOREST_THRESHOLD)


def fit_trees(seen: Moments, setting: Setting, rows: Whole) -> Chosen:
    """Our trees on all rows given; the threshold comes from folds of these, by asset, held out."""
    fit = partial(_extra, seen, setting)
    score = held_out(seen, rows, INNER, fit)
    return Chosen(fit(rows), _threshold(seen, setting, score, rows))


def _threshold(seen: Moments, setting: Setting, score: Floats, rows: Whole) -> float:
    """The threshold with the best mean of two F1, on whole tapes and a day around announcements;
    the highest of several."""
    judged = np.zeros(len(seen.end), np.bool_)
    judged[rows] = True
    ranges = judged, judged & near(seen, setting.known)
    there = set(seen.symbol[rows].tolist())
    known = {
        symbol: setting.known[symbol] if number in there else []
        for number, symbol in enumerate(seen.symbols)
    }
    f1 = np.array(
        [
            [total(by_symbol(seen, score, known, t, where)).f1() for where in ranges]
            for t in THRESHOLDS
        ]
    ).mean(axis=1)
    return float(THRESHOLDS[f1 >= f1.max()].max())


def _extra(seen: Moments, setting: Setting, rows: Whole) -> Any:
    pumps = setting.pumps[rows]
    weight = np.where(pumps, (~pumps).sum() / pumps.sum() * WEIGHT, 1.0)
    trees = ExtraTreesClassifier(TREES, min_samples_leaf=LEAF, max_features=SHARE, random_state=1)
    return trees.fit(seen.rows[rows], pumps, sample_weight=weight)


def held_out(seen: Moments, rows: Whole, folds: int, fit: Callable[[Whole], Any]) -> Floats:
    """The score of each of the rows by a model fitted on other assets; zero for all else."""
    score = np.zeros(len(seen.end))
    for train, test in GroupKFold(folds).split(rows, groups=seen.symbol[rows]):
        score[rows[test]] = probability(fit(rows[train]), seen, rows[test])
    return score


def probability(fitted: Any, seen: Moments, rows: Whole) -> Floats:
    score: Floats = fitted.predict_proba(seen.rows[rows].astype(np.float32))[:, 1]
    return score


def as_arrays(chosen: Chosen, names: Sequence[str], usual: Floats) -> Trees:
    """A fitted ensemble of scikit-learn as plain arrays that score the same."""
    nodes = [one.tree_ for one in chosen.fitted.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in nodes[:-1])])
    shift = np.repeat(roots, [tree.node_count for tree in nodes])
    feature = np.concatenate([tree.feature for tree in nodes])
    limit = np.concatenate([tree.threshold for tree in nodes])
    value = np.concatenate([tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1) for tree in nodes])
    children = [
        np.concatenate([getattr(tree, side) for tree in nodes]) + shift
        for side in ("children_left", "children_right")
    ]
    leaf = feature < 0
    return Trees(
        names=tuple(names),
        threshold=chosen.threshold,
        usual=usual.astype(np.float32),
        roots=roots.astype(np.int32),
        feature=np.where(leaf, -1, feature).astype(np.int8),
        limit=np.where(leaf, 0, _not_above(limit)).astype(np.float32),
        left=np.where(leaf, 0, children[0]).astype(np.int32),
        right=np.where(leaf, 0, children[1]).astype(np.int32),
        value=np.where(leaf, value, 0).astype(np.float32),
    )


def _not_above(limit: Floats) -> Floats:
    """The largest float32 not above each limit: float32 values fall on the same side of both."""
    near_by = limit.astype(np.float32)
    below = np.nextafter(near_by, np.float32(-np.inf))
    return np.where(near_by > limit, below, near_by)
