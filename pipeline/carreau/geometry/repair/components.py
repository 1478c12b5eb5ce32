"""Loose pieces of a scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray
from carreau.geometry.topology import BoolArray, Components

LOOSE_SHARE = 0.0005
"""Share of the surface under which a piece that touches nothing is loose: what floats around a scan is smaller."""

LOOSE_TOTAL = 0.01
"""Share of the surface that all loose pieces together may take with them: foliage and triangle soups are no dust."""


@dataclass(frozen=True, eq=False)
class LoosePieces:
    """Pieces that float beside the scan.

    faces : (m,) bool, faces of the pieces to drop
    dropped, spared : pieces small enough to drop, and those of them that would have taken too much
    dropped_share, spared_share : their shares of the surface, 0..1
    """

    faces: BoolArray
    dropped: int
    dropped_share: float
    spared: int
    spared_share: float


def loose_pieces(
    components: Components, areas: DoubleArray, share: float = LOOSE_SHARE, total: float = LOOSE_TOTAL
) -> LoosePieces:
    """Choose pieces under `share` of the surface, smallest first, until they are `total` of it; never the largest."""
    sizes = np.bincount(components.labels, areas, components.count)
    shares = sizes / max(float(sizes.sum()), np.finfo(np.float64).tiny)
    small = shares < share
    if len(shares):
        small[np.argmax(shares)] = False
    order = np.flatnonzero(small)[np.argsort(shares[small], kind="stable")]
    fits = np.cumsum(shares[order]) <= total
    drop = np.zeros(components.count, np.bool_)
    drop[order[fits]] = True
    return LoosePieces(
        drop[components.labels],
        int(drop.sum()),
        float(shares[drop].sum()),
        int(len(order) - drop.sum()),
        float(shares[order[~fits]].sum()),
    )
