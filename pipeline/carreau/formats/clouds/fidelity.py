"""Points whose own coordinates are float32 and too coarse for them, as those of national grids are."""

from __future__ import annotations

import numpy as np

from carreau.base.model import DoubleArray, Fidelity
from carreau.formats.clouds.thinning import inner_box
from carreau.formats.io.origin import COARSE, is_widened

_SAMPLE = 20_000
_NEIGHBORS = 8
_CROWDED = 0.05
"""Share of the spacing of an even sheet beside which steps are fine; beside less, the spacing is measured."""


class Float32Check:
    """Which axes of a file are float32 numbers, found from all points, as its batches arrive.

    Texts round heights to fewer digits than float32 has there, so that each axis is looked at by itself.
    """

    def __init__(self) -> None:
        """Start without any points."""
        self._is_single = np.ones(3, bool)
        self._first: DoubleArray = np.zeros((0, 3))

    def add(self, positions: DoubleArray) -> None:
        """Take more points, (n, 3) finite, into account."""
        if not self._is_single.any():
            return
        with np.errstate(over="ignore"):
            self._is_single &= (positions == positions.astype(np.float32)).all(axis=0)
        if len(self._first) < _SAMPLE:
            self._first = np.concatenate([self._first, positions[:_SAMPLE]])

    def fidelity(self, positions: DoubleArray) -> Fidelity:
        """Return the steps of the file's coordinates where they are float32 and coarse beside the points in use.

        positions : (n, 3) in the coordinates of the file, thinned
        """
        if not self._is_single.any() or not is_widened(self._first[:, self._is_single]):
            return Fidelity()
        low, high = inner_box(positions[:: max(1, len(positions) // _SAMPLE)])
        near = float(np.abs((low, high))[:, self._is_single].max())
        step, even = float(np.spacing(np.float32(near))), float((high - low).max()) / np.sqrt(len(positions))
        if step <= COARSE * _CROWDED * even:
            return Fidelity()
        spacing = _spacing(positions)
        if spacing < 2 * step:  # points have fallen together, and what lies between them is rounding
            spacing = min(even, step)
        return Fidelity(0.0, step, near, spacing) if step > COARSE * spacing else Fidelity()


def _spacing(positions: DoubleArray) -> float:
    """Return the median distance of a point to the nearest at another position; 0 where nearly all lie on others."""
    from scipy.spatial import cKDTree

    tree = cKDTree(positions, balanced_tree=False, compact_nodes=False)
    sample = positions[:: max(1, len(positions) // _SAMPLE)]
    distances = np.asarray(tree.query(sample, k=np.arange(1, min(_NEIGHBORS, len(positions)) + 1))[0])
    near = np.min(distances, axis=1, where=distances > 0, initial=np.inf)
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else 0.0
