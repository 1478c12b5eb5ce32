"""The plane of every cell of a roof: that on which its point and its neighbours agree.

By iterated conditional modes (J. Besag, "On the statistical analysis of dirty pictures", 1986).
"""

from __future__ import annotations

import math

import numpy as np

from carreau.air.airborne.survey_data import BoolArray
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray


@compiled
def settle_labels(
    points: FloatArray,
    numbers: IntArray,
    mask: BoolArray,
    labels: IntArray,
    planes: DoubleArray,
    sweeps: int,
    inlier: float,
    far: float,
    outside: float,
) -> None:
    """Give every cell of the mask the plane that costs least: its point's distance, and neighbours that differ."""
    rows, columns = mask.shape
    near = np.empty(32, np.int32)
    # Cells without a plane fill from their neighbours first: -1 is "not yet".
    for r in range(rows):
        for c in range(columns):
            if mask[r, c] and labels[r, c] == 0:
                labels[r, c] = -1
    for _ in range(sweeps):
        changed = 0
        for r in range(rows):
            for c in range(columns):
                if not mask[r, c]:
                    continue
                count = 0
                for i in range(max(0, r - 2), min(rows, r + 3)):
                    for k in range(max(0, c - 2), min(columns, c + 3)):
                        label = labels[i, k]
                        if label < 0:
                            continue
                        seen = False
                        for n in range(count):
                            if near[n] == label:
                                seen = True
                        if not seen and count < 32:
                            near[count] = label
                            count += 1
                best, least = labels[r, c], math.inf
                own = points[numbers[r, c]]
                x, y, z = np.float64(own[0]), np.float64(own[1]), np.float64(own[2])
                for n in range(count):
                    label = near[n]
                    if np.isnan(z):
                        cost = 0.0 if label > 0 else 0.5
                    elif label == 0:
                        cost = outside
                    else:
                        a, b, e = planes[label]
                        off = abs(a * x + b * y + e - z) / math.sqrt(1 + a * a + b * b) / inlier
                        cost = min(off * off, far)
                    for i in range(r - 1, r + 2):
                        for k in range(c - 1, c + 2):
                            other = labels[i, k] if 0 <= i < rows and 0 <= k < columns else label
                            if other >= 0 and other != label:
                                cost += 0.35
                    if cost < least - 1e-9:
                        best, least = label, cost
                if best != labels[r, c]:
                    labels[r, c] = best
                    changed += 1
        if changed == 0:
            break
    for r in range(rows):
        for c in range(columns):
            if labels[r, c] < 0:
                labels[r, c] = 0
