"""Ensembles as plain arrays: they score as scikit-learn does."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from bench.pump_models.training import Chosen, as_arrays
from tradelatch.detect.pumps import published, trees
from tradelatch.detect.pumps.models import CHUNKS, MODELS


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, RandomForestClassifier])
def test_scores_are_those_of_scikit_learn(kind: type, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(3_000, 6)).round(1).astype(np.float32)
    labels = rows[:, 0] + rows[:, 3] * rows[:, 1] > 1.2
    fitted = kind(12, max_depth=7, random_state=1).fit(rows, labels)
    made = as_arrays(Chosen(fitted, 0.4), "abcdef", np.zeros(6))
    made.save(tmp_path / "made.npz")
    trees_of_file = trees.read(tmp_path / "made.npz")
    assert (trees_of_file.names, trees_of_file.threshold) == (tuple("abcdef"), 0.4)
    fresh = np.concatenate((rows, rng.normal(size=(3_000, 6)).astype(np.float32)))
    expected = fitted.predict_proba(fresh)[:, 1]
    np.testing.assert_allclose(trees_of_file.scores(fresh), expected, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_is_whole(name: str) -> None:
    model = trees.load(name)
    nodes = len(model.feature)
    inner = model.feature >= 0
    assert model.feature.max() < len(model.names) == len(model.usual)
    for child in (model.left, model.right):
        # Children stand after their parents: no walk goes round in circles.
        assert (child[inner] > np.flatnonzero(inner)).all()
        assert child.max() < nodes
    assert ((model.value >= 0) & (model.value <= 1)).all()
    assert 0 < model.threshold < 1
    if name in CHUNKS:
        assert model.names == published.NAMES
