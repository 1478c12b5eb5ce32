"""Take triangles away from a surface that bends: an error counts wherever it is, in any of its poses."""

from __future__ import annotations

import ctypes

import meshoptimizer
import numpy as np
from meshoptimizer._loader import lib

from pipeline.model import FloatArray, IntArray

MOST_ATTRIBUTES = 32
"""Numbers a vertex that meshoptimizer takes beside its position (kMaxAttributes)."""

_UINTS, _FLOATS = ctypes.POINTER(ctypes.c_uint), ctypes.POINTER(ctypes.c_float)
_SIZE, _FLAGS = ctypes.c_size_t, ctypes.POINTER(ctypes.c_ubyte)
# meshoptimizer 0.2.30a0 wraps this function and does not say what it takes: its floats would go as doubles.
lib.meshopt_simplifyWithAttributes.argtypes = [
    _UINTS, _UINTS, _SIZE, _FLOATS, _SIZE, _SIZE, _FLOATS, _SIZE, _FLOATS, _SIZE, _FLAGS, _SIZE, ctypes.c_float,
    ctypes.c_uint, _FLOATS,
]  # fmt: skip
lib.meshopt_simplifyWithAttributes.restype = ctypes.c_size_t


def decimated_within(
    positions: FloatArray, faces: IntArray, error: float, bends: FloatArray | None = None, least: int = 1
) -> IntArray:
    """Return as few faces (k, 3) int32 over the same positions as an error allows.

    error : largest distance, in the unit of the positions, as meshoptimizer estimates it
    bends : (n, w) other places of each vertex in the same unit, one number a column, of which the first
        `MOST_ATTRIBUTES` count; an edge goes only where all of them stay nearly what is left says between vertices
    least : faces at which to stop, however much the error would still allow
    """
    places, indices = np.ascontiguousarray(positions, np.float32), np.ascontiguousarray(faces, np.uint32).ravel()
    kept, absolute = np.empty_like(indices), meshoptimizer.SIMPLIFY_ERROR_ABSOLUTE
    if bends is None or not bends.shape[1]:
        length = meshoptimizer.simplify(
            kept, indices, places, target_index_count=3 * least, target_error=error, options=absolute
        )
        return kept[:length].reshape(-1, 3).astype(np.int32)
    extent = float((places.max(axis=0) - places.min(axis=0)).max())
    others = np.ascontiguousarray(bends[:, :MOST_ATTRIBUTES], np.float32)
    # Positions are brought to an extent of 1 inside, attributes are not.
    weights = np.full(others.shape[1], 1 / extent if extent > 0 else 1.0, np.float32)
    length = meshoptimizer.simplify_with_attributes(
        kept, indices, places, others, weights, target_index_count=3 * least, target_error=error, options=absolute
    )
    return kept[:length].reshape(-1, 3).astype(np.int32)
