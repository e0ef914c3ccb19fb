"""Ensembles of decision trees, kept as plain arrays and evaluated with numpy alone."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.pumps.tape import Floats

FOLDER = Path(__file__).parent / "models"


class Trees(msgspec.Struct, frozen=True):
    """An ensemble whose score is the mean of its trees' leaves.

    Attributes:
        names: the features, in the order of the columns.
        threshold: the score from which on an alert is raised, chosen by cross-validation.
        usual: each feature's median over the negatives it was trained on; for explanations.
        roots: where each tree begins among the nodes.
        feature: the column a node looks at; -1 at a leaf.
        limit: a row goes left if its value is not above it (both as float32).
        left: where its left child is; the right one is at `right`.
        value: the share of positives, at a leaf.
    """

    names: tuple[str, ...]
    threshold: float
    usual: NDArray[np.float32]
    roots: NDArray[np.int32]
    feature: NDArray[np.int8]
    limit: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]

    def scores(self, rows: NDArray[Any]) -> Floats:
        """The score of each row, from 0 to 1; the same as scikit-learn's `predict_proba` to the
        digits that float32 leaves."""
        values = rows.astype(np.float32)
        total = np.zeros(len(values))
        for root in self.roots:
            total += self.value[self._leaves(values, int(root))]
        return total / len(self.roots)

    def _leaves(self, values: NDArray[np.float32], root: int) -> NDArray[np.int32]:
        at = np.full(len(values), root, np.int32)
        walking = np.arange(len(values))
        while len(walking := walking[self.feature[at[walking]] >= 0]):
            node = at[walking]
            goes_left = values[walking, self.feature[node]] <= self.limit[node]
            at[walking] = np.where(goes_left, self.left[node], self.right[node])
        return at

    def save(self, path: Path) -> None:
        """Write the arrays; nothing in the file is run when it is read."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez_compressed(path, names=np.array(self.names), threshold=self.threshold, **arrays)


_ARRAYS = ("usual", "roots", "feature", "limit", "left", "right", "value")


def read(path: Path) -> Trees:
    """An ensemble that `Trees.save` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        arrays = {one: kept[one] for one in _ARRAYS}
        return Trees(tuple(map(str, kept["names"])), float(kept["threshold"]), **arrays)


@cache
def load(name: str) -> Trees:
    """One of the models that come with the package."""
    return read(FOLDER / f"{name}.npz")
