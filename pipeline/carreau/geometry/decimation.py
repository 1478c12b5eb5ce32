"""Mesh simplification with meshoptimizer."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import meshoptimizer
import numpy as np
from meshoptimizer._loader import lib

from carreau.base.model import ByteArray, FloatArray, IntArray
from carreau.geometry.triangles import face_areas


def decimated(positions: FloatArray, faces: IntArray, triangles: int) -> tuple[IntArray, float]:
    """Return at most `triangles` faces (k, 3) int32 over the same positions, and the error.

    The error is meshoptimizer's estimate of the largest distance, in the unit of the positions. Vertices that share a
    place but not an index are kept together along the seam between them. fast-simplification takes 3 times as long
    and Open3D 25 times, and both lose the seams.

    A surface in more pieces than there are triangles to spend cannot keep all of them: its least ones are dropped,
    then its holes and seams are no longer kept, and at last only its largest triangles stay.
    """
    places = np.ascontiguousarray(positions, np.float32)
    extent = float((places.max(axis=0) - places.min(axis=0)).max()) if len(places) else 0.0
    result, error = _simplified(places, faces, triangles, 0)
    if len(result) > triangles:
        result, error = _simplified(places, faces, triangles, meshoptimizer.SIMPLIFY_PRUNE)
    if not 0 < len(result) <= triangles and len(faces):
        result, error = _sloppy(places, faces, triangles)
    if not 0 < len(result) <= triangles and len(faces):
        largest = np.argsort(-face_areas(places, faces), kind="stable")[:triangles]
        result, error = faces[np.sort(largest)], 1.0
    return result, error * extent


def decimated_together(pieces: Sequence[tuple[FloatArray, IntArray]], triangles: int) -> list[IntArray]:
    """Return for each of some pieces its faces (k, 3) int32, at most `triangles` in all, as one surface.

    Vertices of two pieces that share a place stay together: no gap opens between them. Pieces too many for that are
    each given their share of the triangles.
    """
    starts = np.cumsum([0, *(len(positions) for positions, _ in pieces)])
    places = np.concatenate([np.asarray(positions, np.float32) for positions, _ in pieces])
    faces = np.concatenate([each + start for (_, each), start in zip(pieces, starts[:-1], strict=True)])
    result, _ = _simplified(places, faces.astype(np.int32), triangles, 0)
    if len(result) > triangles:
        share = triangles / max(len(faces), 1)
        return [decimated(positions, each, max(int(len(each) * share), 1))[0] for positions, each in pieces]
    owners = np.searchsorted(starts, result[:, 0], side="right") - 1
    return [result[owners == number] - np.int32(starts[number]) for number in range(len(pieces))]


def _simplified(places: FloatArray, faces: IntArray, triangles: int, options: int) -> tuple[IntArray, float]:
    indices = np.ascontiguousarray(faces, np.uint32).ravel()
    result, error = np.empty_like(indices), np.zeros(1, np.float32)
    length = meshoptimizer.simplify(
        result,
        indices,
        places,
        target_index_count=triangles * 3,
        target_error=1.0,
        options=options,
        result_error=error,
    )
    return result[:length].reshape(-1, 3).astype(np.int32), float(error[0])


def _sloppy(places: FloatArray, faces: IntArray, triangles: int) -> tuple[IntArray, float]:
    indices = np.ascontiguousarray(faces, np.uint32).ravel()
    result, error = np.empty_like(indices), np.zeros(1, np.float32)
    length = meshoptimizer.simplify_sloppy(
        result, indices, places, target_index_count=triangles * 3, target_error=1.0, result_error=error
    )
    return result[:length].reshape(-1, 3).astype(np.int32), float(error[0])


COLOR_WEIGHT = 0.2
"""Error that a change of a colour from black to white counts as, in extents of the surface. With it, a quarter of the
triangles of a scan of 70,000 with colours at its vertices has 32.8 dB instead of 30.6, and is 14 % farther from it."""


def decimated_inside(
    positions: FloatArray, faces: IntArray, triangles: int, colors: ByteArray | None = None
) -> IntArray:
    """Return about `triangles` faces (k, 3) int32 over the same positions, more where borders or seams take them.

    Vertices on the border stay, so that what lies beside it still fits.

    colors : (n, 3) uint8; where they change, more vertices stay
    """
    places, border = np.ascontiguousarray(positions, np.float32), meshoptimizer.SIMPLIFY_LOCK_BORDER
    if colors is None:
        return _simplified(places, faces, triangles, border)[0]
    indices = np.ascontiguousarray(faces, np.uint32).ravel()
    result, shades = np.empty_like(indices), np.ascontiguousarray(colors / np.float32(255), np.float32)
    length = meshoptimizer.simplify_with_attributes(
        result,
        indices,
        places,
        shades,
        np.full(3, COLOR_WEIGHT, np.float32),
        target_index_count=3 * triangles,
        target_error=1.0,
        options=border,
    )
    return result[:length].reshape(-1, 3).astype(np.int32)


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
    result, absolute = np.empty_like(indices), meshoptimizer.SIMPLIFY_ERROR_ABSOLUTE
    if bends is None or not bends.shape[1]:
        length = meshoptimizer.simplify(
            result, indices, places, target_index_count=3 * least, target_error=error, options=absolute
        )
        return result[:length].reshape(-1, 3).astype(np.int32)
    extent = float((places.max(axis=0) - places.min(axis=0)).max())
    others = np.ascontiguousarray(bends[:, :MOST_ATTRIBUTES], np.float32)
    # Positions are brought to an extent of 1 inside, attributes are not.
    weights = np.full(others.shape[1], 1 / extent if extent > 0 else 1.0, np.float32)
    length = meshoptimizer.simplify_with_attributes(
        result, indices, places, others, weights, target_index_count=3 * least, target_error=error, options=absolute
    )
    return result[:length].reshape(-1, 3).astype(np.int32)
