"""Mesh simplification with meshoptimizer, and the division of a mesh too large to be simplified as a whole."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field

import meshoptimizer
import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, Mesh
from carreau.geometry.mesh_parts import finite_faces, stray_faces
from carreau.geometry.topology import BoolArray
from carreau.geometry.triangles import face_areas


def decimate(positions: FloatArray, faces: IntArray, triangles: int) -> tuple[IntArray, float]:
    """Return at most `triangles` faces (k, 3) int32 over the same positions, and the error.

    The error is meshoptimizer's estimate of the largest distance, in the unit of the positions. Vertices that share a
    place but not an index are kept together along the seam between them. fast-simplification takes 3 times as long
    and Open3D 25 times, and both lose the seams.

    A surface in more pieces than there are triangles to spend cannot keep all of them: its least ones are dropped,
    then its holes and seams are no longer kept, and at last only its largest triangles stay.
    """
    places = np.ascontiguousarray(positions, np.float32)
    extent = float((places.max(axis=0) - places.min(axis=0)).max()) if len(places) else 0.0
    # meshoptimizer collapses edges by quadric error (M. Garland and P. Heckbert, 1997). Each fallback gives up a little
    # more of the topology, and is tried only where the one before could not reach the number.
    result, error = _simplify(places, faces, triangles, 0)
    if len(result) > triangles:
        result, error = _simplify(places, faces, triangles, meshoptimizer.SIMPLIFY_PRUNE)
    if not 0 < len(result) <= triangles and len(faces):
        result, error = _sloppy(places, faces, triangles)
    if not 0 < len(result) <= triangles and len(faces):
        # Loose triangles cannot be collapsed into each other: the largest stay.
        largest = np.argsort(-face_areas(places, faces), kind="stable")[:triangles]
        result, error = faces[np.sort(largest)], 1.0
    return result, error * extent


def decimated_together(pieces: Sequence[tuple[FloatArray, IntArray]], triangles: int) -> list[IntArray]:
    """Return for each of some pieces its faces (k, 3) int32, at most `triangles` in all, as one surface.

    Vertices of two pieces that share a place stay together: no gap opens between them. Pieces too many for that are
    each given their share of the triangles.
    """
    # All pieces in one array: vertices at one place are collapsed together, whatever piece they are of.
    starts = np.cumsum([0, *(len(positions) for positions, _ in pieces)])
    places = np.concatenate([np.asarray(positions, np.float32) for positions, _ in pieces])
    faces = np.concatenate([each + start for (_, each), start in zip(pieces, starts[:-1], strict=True)])
    result, _ = _simplify(places, faces.astype(np.int32), triangles, 0)
    if len(result) > triangles:
        share = triangles / max(len(faces), 1)
        return [decimate(positions, each, max(int(len(each) * share), 1))[0] for positions, each in pieces]
    owners = np.searchsorted(starts, result[:, 0], side="right") - 1
    return [result[owners == number] - np.int32(starts[number]) for number in range(len(pieces))]


def _simplify(places: FloatArray, faces: IntArray, triangles: int, options: int) -> tuple[IntArray, float]:
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
        return _simplify(places, faces, triangles, border)[0]
    shades = np.ascontiguousarray(colors / np.float32(255), np.float32)
    return _simplify_with(places, faces, (shades, np.full(3, COLOR_WEIGHT, np.float32)), triangles, 1.0, border)


MOST_ATTRIBUTES = 32
"""Numbers a vertex that meshoptimizer takes beside its position (kMaxAttributes)."""


def _simplify_with(
    places: FloatArray,
    faces: IntArray,
    attributes: tuple[FloatArray, FloatArray],
    triangles: int,
    error: float,
    options: int,
) -> IntArray:
    """Return about `triangles` faces (k, 3) int32, or more where an error does not allow it.

    attributes : (n, w) float32 numbers of each vertex, and (w,) float32 how much each of them counts
    """
    indices = np.ascontiguousarray(faces, np.uint32).ravel()
    result, (values, weights) = np.empty_like(indices), attributes
    # meshoptimizer 0.2.30a0 does not tell ctypes what this one of its functions takes, so each number says its own
    # type: a plain float would go as a double, and be read as another number.
    length = meshoptimizer.simplify_with_attributes(
        result,
        indices,
        places,
        values,
        weights,
        index_count=ctypes.c_size_t(len(indices)),
        vertex_count=ctypes.c_size_t(len(places)),
        vertex_positions_stride=ctypes.c_size_t(places.itemsize * places.shape[1]),
        vertex_attributes_stride=ctypes.c_size_t(values.itemsize * values.shape[1]),
        attribute_count=ctypes.c_size_t(len(weights)),
        target_index_count=ctypes.c_size_t(3 * triangles),
        target_error=ctypes.c_float(error),
        options=ctypes.c_uint(options),
    )
    return result[:length].reshape(-1, 3).astype(np.int32)


def decimated_within(
    positions: FloatArray, faces: IntArray, error: float, bends: FloatArray | None = None, least: int = 1
) -> IntArray:
    """Return as few faces (k, 3) int32 over the same positions as an error allows.

    error : largest distance, in the unit of the positions, as meshoptimizer estimates it
    bends : (n, w) other places of each vertex in the same unit, one number a column, of which the first
        `MOST_ATTRIBUTES` count; an edge goes only where all of them stay nearly what is left says between vertices
    least : faces at which to stop, however much the error would still allow
    """
    places, absolute = np.ascontiguousarray(positions, np.float32), meshoptimizer.SIMPLIFY_ERROR_ABSOLUTE
    if bends is None or not bends.shape[1]:
        indices = np.ascontiguousarray(faces, np.uint32).ravel()
        result = np.empty_like(indices)
        length = meshoptimizer.simplify(
            result, indices, places, target_index_count=3 * least, target_error=error, options=absolute
        )
        return result[:length].reshape(-1, 3).astype(np.int32)
    extent = float((places.max(axis=0) - places.min(axis=0)).max())
    others = np.ascontiguousarray(bends[:, :MOST_ATTRIBUTES], np.float32)
    # Positions are brought to an extent of 1 inside, attributes are not.
    weights = np.full(others.shape[1], 1 / extent if extent > 0 else 1.0, np.float32)
    return _simplify_with(places, faces, (others, weights), least, error, absolute)


NO_TILE = 255
"""Label of faces that are in no tile: those that are not finite, and strays, which cleaning counts and drops."""

MOST_TILES = 128

SAMPLE = 1 << 19
"""Faces that the cuts are made for: with all of 48 million, they take 5 s; with these, the halves differ by a
hundredth."""

FULL = 0.97
"""Share of the most faces of a tile up to which one is planned, for a sample is not quite what the whole is."""


def tile_labels(mesh: Mesh, most: int) -> ByteArray:
    """Return (m,) uint8 the tile of each face, of at most `most` faces each, or more where it takes `MOST_TILES`.

    A part with too many faces is cut across its longest side, so that both halves have as many (a k-d tree).
    """
    # Strays would stretch the box that is cut, and end up in tiles of their own.
    whole = finite_faces(mesh)
    strays = stray_faces(mesh.positions, mesh.faces)
    if strays is not None:
        whole &= ~strays
    most = max(most, int(np.ceil(2 / FULL * len(mesh.faces) / MOST_TILES)))
    # First the cuts that a sample says, then tiles that came out too large are cut by all their faces.
    labels, count = _plan(mesh, whole, most)
    sizes = np.bincount(labels, minlength=NO_TILE)[:NO_TILE]
    for tile in np.flatnonzero(sizes > most):
        parts, number = [np.flatnonzero(labels == tile).astype(np.int32)], int(tile)
        while parts:
            part = parts.pop()
            if len(part) <= most:
                labels[part] = number
                number, count = count, count + 1
                continue
            # A face lies where its first corner does.
            corners = mesh.positions[mesh.faces[part, 0]]
            order = np.argpartition(corners[:, _longest(corners)], len(part) // 2)
            parts += [part[order[len(part) // 2 :]], part[order[: len(part) // 2]]]
        count -= 1
    return labels


def _longest(corners: FloatArray) -> int:
    # Column by column: over the rows of three columns the box takes ten times as long.
    return int(np.argmax([np.ptp(column) for column in corners.T]))


def _plan(mesh: Mesh, whole: BoolArray, most: int) -> tuple[ByteArray, int]:
    """Return labels as `tile_labels` does, with tiles that may be too large, and how many those are.

    A very large mesh is cut as a sample of it says, any other is one tile.
    """
    labels, cuts = np.full(len(mesh.faces), NO_TILE, np.uint8), _Cuts()
    step = max(len(mesh.faces) // SAMPLE, 1)
    if step == 1:
        labels[whole] = 0
        return labels, 1
    cuts.cut(mesh.positions[mesh.faces[::step][whole[::step], 0]], int(FULL * most / step))
    axes, children = np.array(cuts.axes, np.int32), np.array(cuts.children, np.int32).reshape(-1, 2)
    _assign(mesh.positions, mesh.faces, whole, axes, np.array(cuts.places, np.float32), children, labels)
    return labels, cuts.leaves


@dataclass
class _Cuts:
    """A k-d tree.

    axes, places : of each cut; what lies below its place goes to its first child
    children : two of each cut: the number of another cut, or -1 less the number of a leaf
    """

    axes: list[int] = field(default_factory=list)
    places: list[float] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)
    leaves: int = 0

    def cut(self, corners: FloatArray, most: int) -> int:
        """Add what cuts (k, 3) places into parts of at most `most`, and return its number."""
        axis = _longest(corners) if len(corners) > most else 0
        along = corners[:, axis]
        # The median, in linear time. Where half lies at one place nothing is below it, and the part is left whole.
        place = np.partition(along, len(along) // 2)[len(along) // 2] if len(corners) > most else np.inf
        is_low = along < place
        if len(corners) <= most or not is_low.any():
            self.leaves += 1
            return -self.leaves
        number = len(self.axes)
        self.axes.append(axis)
        self.places.append(float(place))
        self.children.append([])
        self.children[number] = [self.cut(corners[is_low], most), self.cut(corners[~is_low], most)]
        return number


@compiled
def _assign(
    positions: FloatArray,
    faces: IntArray,
    whole: BoolArray,
    axes: IntArray,
    places: FloatArray,
    children: IntArray,
    labels: ByteArray,
) -> None:
    """Fill (m,) labels with the leaf that each of the (m,) whole faces lies in."""
    for f in range(len(faces)):
        if not whole[f]:
            continue
        corner, cut = faces[f, 0], 0 if len(axes) else -1
        while cut >= 0:
            cut = children[cut, 0 if positions[corner, axes[cut]] < places[cut] else 1]
        labels[f] = -1 - cut
