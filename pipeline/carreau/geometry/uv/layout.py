"""UV layouts: how the charts of a scan's textures lie, and the face at each texel of an atlas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, Mesh, TextureSlot
from carreau.base.process import bands, in_threads
from carreau.geometry.mesh_parts import compact, weld_mesh
from carreau.geometry.topology import BoolArray, Edges, find_components, find_edges, join

RASTER_PX = 1024
"""Edge of the raster on which overlap is looked for; 2048 finds the same to 0.003 % on the real scans."""

MOST_TEXELS = 64 * RASTER_PX**2
"""Texels of all rasters together: with hundreds of textures each gets a coarser one."""

BORDER = 0.001
"""How far outside 0..1 a coordinate is still taken for 0 or 1 with its rounding: Draco scans reach 1.00006."""


@dataclass(frozen=True)
class Layout:
    """How the texture coordinates that show a scan's colours lie.

    sets : how many sets of texture coordinates there are
    without : faces without texture coordinates in the set their material uses
    outside : faces with a corner outside 0..1
    charts : parts of the surface that lie in the texture in one piece
    covered : share of all texels that faces cover, 0..1
    overlap : share of those that are covered twice or more, 0..1; a texture that repeats overlaps with itself
    """

    sets: int = 0
    without: int = 0
    outside: int = 0
    charts: int = 0
    covered: float = 0.0
    overlap: float = 0.0


def examine_layout(mesh: Mesh) -> Layout:
    """Look at the texture coordinates of a mesh, each texture by itself."""
    if not mesh.texcoords:
        return Layout(without=len(mesh.faces))
    texcoords = _texcoords(mesh)
    usable = usable_texcoords(texcoords)
    outside = ((texcoords < -BORDER) | (texcoords > 1 + BORDER)).any(axis=(1, 2))
    covered, overlap = _cover(texcoords, _texture_groups(mesh), usable)
    # Charts are counted on welded vertices: files split a vertex at every seam, also at seams of normals or materials.
    faces = weld_mesh(compact(Mesh(positions=mesh.positions, faces=mesh.faces[usable]))).faces
    charts = number_charts(faces, texcoords[usable], find_edges(faces, int(faces.max(initial=-1)) + 1))
    return Layout(
        sets=len(mesh.texcoords),
        without=int(np.isnan(texcoords).any(axis=(1, 2)).sum()),
        outside=int(outside.sum()),
        charts=int(charts.max(initial=-1)) + 1,
        covered=covered,
        overlap=overlap,
    )


def covered_share(mesh: Mesh) -> float:
    """Return the `covered` of a mesh's layout alone, in a third of the time."""
    if not mesh.texcoords:
        return 0.0
    texcoords = _texcoords(mesh)
    return _cover(texcoords, _texture_groups(mesh), usable_texcoords(texcoords))[0]


def _texcoords(mesh: Mesh) -> FloatArray:
    """Return (m, 3, 2) the texture coordinates of each face in the set that its material uses."""
    texcoords = mesh.texcoords[0]
    if len(mesh.texcoords) == 1:
        return texcoords
    sets = [_slot_set(material.first_slot, len(mesh.texcoords)) for material in mesh.materials]
    chosen = np.array(sets, np.int32)[mesh.face_materials]
    for number in range(1, len(mesh.texcoords)):
        texcoords = np.where((chosen == number)[:, None, None], mesh.texcoords[number], texcoords)
    return texcoords


def _slot_set(slot: TextureSlot | None, count: int) -> int:
    return min(slot.texcoord_set, count - 1) if slot else 0


def _texture_groups(mesh: Mesh) -> IntArray:
    """Number the texture that each face shows, 0 for none: materials with one texture share its square."""
    numbers: dict[object, int] = {}
    slots = [material.first_slot for material in mesh.materials]
    groups = [0 if slot is None else numbers.setdefault(_identity(slot), len(numbers) + 1) for slot in slots]
    return np.array(groups, np.int32)[mesh.face_materials]


def _identity(slot: TextureSlot) -> object:
    data = slot.texture.data
    return data if not isinstance(data, bytes) else id(slot.texture)


def _cover(texcoords: NDArray[np.float32], groups: IntArray, usable: BoolArray) -> tuple[float, float]:
    """Return covered and overlapping shares over all textures; without any, all faces lie in one."""
    if usable.all() and (groups == groups[:1]).all():
        return _shares([cover_counts(texcoords, RASTER_PX)])
    rows = np.flatnonzero(usable & (groups > 0)) if groups.any() else np.flatnonzero(usable)
    # One raster per texture: faces of two textures that lie over each other in 0..1 do not overlap.
    order = rows[np.argsort(groups[rows], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    size_px = min(RASTER_PX, max(64, int(np.sqrt(MOST_TEXELS / max(len(parts), 1)))))
    return _shares(cover_counts(texcoords[part], size_px) for part in parts)


def _shares(rasters: Iterable[NDArray[np.uint8]]) -> tuple[float, float]:
    texels = covered = overlap = 0
    for counts in rasters:
        texels += counts.size
        covered += int(np.count_nonzero(counts))
        overlap += int(np.count_nonzero(counts > 1))
    return covered / max(texels, 1), overlap / max(covered, 1)


SUBTEXELS = 4096
"""Texture coordinates are rounded to this part of a texel, so that neighbours agree to the bit on their common edge."""

FAR = 64
"""Coordinates further than this many squares from 0..1 are not looked at."""

PATIENCE = 256
"""Squares' worth of texels to look at before giving up: whatever needs more tiles its texture over and over."""


def number_charts(
    faces: IntArray, texcoords: FloatArray, edges: Edges | None = None, tolerance: float = 1e-6
) -> IntArray:
    """Number the chart of each face as (m,) int32: neighbours whose texture coordinates agree along their edge.

    `faces` are welded by position; `texcoords` are (m, 3, 2), and faces without any are charts of their own.
    """
    edges = edges or find_edges(faces, int(faces.max(initial=-1)) + 1)
    first, second = edges.pairs()
    agree = _agree(faces, texcoords, first, second, tolerance)
    return join(first[agree] // 3, second[agree] // 3, len(faces))


@compiled
def _agree(
    faces: IntArray, texcoords: FloatArray, first: IntArray, second: IntArray, tolerance: float
) -> NDArray[np.bool_]:
    """Return for which pairs of half-edges on one edge the texture coordinates are the same at both ends."""
    agree = np.zeros(len(first), np.bool_)
    for i in range(len(first)):
        f, k = first[i] // 3, first[i] % 3
        g, j = second[i] // 3, second[i] % 3
        n, o = (k + 1) % 3, (j + 1) % 3
        # Neighbours with the same winding run along their edge in opposite
        # directions: swap so that k meets j and n meets o.
        if faces[f, k] != faces[g, j]:
            j, o = o, j
        worst = 0.0
        for d in range(2):
            worst = max(worst, abs(texcoords[f, k, d] - texcoords[g, j, d]))
            worst = max(worst, abs(texcoords[f, n, d] - texcoords[g, o, d]))
        # NaN marks faces without coordinates, and comparisons pass over it: a sum cannot.
        total = texcoords[f, k, 0] + texcoords[f, n, 0] + texcoords[g, j, 0] + texcoords[g, o, 0]
        agree[i] = worst <= tolerance and not np.isnan(total)
    return agree


def cover_counts(texcoords: FloatArray, size_px: int) -> NDArray[np.uint8]:
    """Count the faces over each texel's centre as (size_px, size_px) uint8, up to 255."""
    counts = np.zeros((size_px, size_px), np.uint8)
    _rasterise(np.ascontiguousarray(texcoords), FAR, counts, SUBTEXELS, PATIENCE * counts.size)
    return counts


def usable_texcoords(texcoords: FloatArray) -> BoolArray:
    """Return which of (m, 3, 2) texture triangles are finite and not absurdly far from the square."""
    with np.errstate(invalid="ignore"):
        usable = np.abs(texcoords) <= FAR
        # Asking them face by face takes ten times as long.
        return np.ones(len(texcoords), np.bool_) if usable.all() else np.asarray(usable.all(axis=(1, 2)))


@compiled
def _rasterise(texcoords: FloatArray, far: float, counts: NDArray[np.uint8], step: int, patience: int) -> None:
    """Count texel centres inside triangles, to whole subtexels; a centre on an edge belongs to one side only.

    Triangles that `usable_texcoords` does not find usable are left out.

    Every texel of a triangle's bounding box costs one look; after `patience` of them the rest is left out.
    """
    size = counts.shape[0]
    half = step // 2
    corners = np.empty((3, 2), np.int64)
    for t in range(len(texcoords)):
        # Corners in whole subtexels: edge functions of integers are exact, so of two faces that share
        # an edge exactly one owns a centre on it.
        usable = True
        for k in range(3):
            for d in range(2):
                value = texcoords[t, k, d]
                if not abs(value) <= far:
                    usable = False
                else:
                    corners[k, d] = int(np.rint(np.float64(value) * (size * step)))
        if not usable:
            continue
        x0, y0 = corners[0, 0], corners[0, 1]
        x1, y1 = corners[1, 0], corners[1, 1]
        x2, y2 = corners[2, 0], corners[2, 1]
        if (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0) < 0:
            x1, y1, x2, y2 = x2, y2, x1, y1
        # First and last column whose centre lies in the box: ceil and floor of (x - half) / step, in integers.
        left, right = -((half - min(x0, x1, x2)) // step), (max(x0, x1, x2) - half) // step
        for row in range(-((half - min(y0, y1, y2)) // step), (max(y0, y1, y2) - half) // step + 1):
            y = row * step + half
            patience -= max(right - left + 1, 0)
            if patience < 0:
                return
            for column in range(left, right + 1):
                x = column * step + half
                if _inside(x0, y0, x1, y1, x, y) and _inside(x1, y1, x2, y2, x, y) and _inside(x2, y2, x0, y0, x, y):
                    # Textures repeat outside 0..1, and so does the raster.
                    u, v = column % size, row % size
                    if counts[v, u] < 255:
                        counts[v, u] += 1


@compiled
def _inside(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> bool:
    """Return whether a point lies left of an edge, or on it if the face across does not own it (top-left rule)."""
    side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return side > 0 or (side == 0 and (by > ay or (by == ay and bx < ax)))


def within_unit(texcoords: FloatArray, faces: IntArray, is_repeated: bool) -> FloatArray:
    """Return texture coordinates moved into 0..1 where that does not change what they show.

    Rounding just outside is cut off. Charts over a texture that repeats are moved by a whole number of textures; one
    that crosses a border of the texture stays as it is.
    """
    if not len(texcoords) or (texcoords.min() >= 0.0 and texcoords.max() <= 1.0):
        return texcoords
    if is_repeated:
        # A whole chart moves by one whole number of textures, found from its box, so that it is not torn.
        corners = texcoords[faces]
        parts = find_components(faces, len(texcoords))
        lowest = np.full((parts.count, 2), np.inf, np.float32)
        highest = -lowest
        np.minimum.at(lowest, parts.labels, corners.min(axis=1))
        np.maximum.at(highest, parts.labels, corners.max(axis=1))
        whole = np.floor(lowest + np.float32(BORDER))
        fitting = (highest - whole <= 1 + BORDER).all(axis=1, keepdims=True)
        texcoords = texcoords.copy()
        texcoords[faces] = corners - np.where(fitting, whole, 0)[parts.labels][:, None]
    inside = np.clip(texcoords, 0.0, 1.0)
    return np.where(np.abs(texcoords - inside) <= BORDER, inside, texcoords)


BAND_ROWS = 256
"""Rows looked at together: what is found for a whole 8192² atlas before the empty texels are left out is 1 GB."""


@dataclass(frozen=True, eq=False)
class Texels:
    """The texels an atlas uses, in rows.

    places : (k,) int32, row * edge + column
    faces : (k,) int32
    barycentrics : (k, 2) float32, weights of corners 1 and 2
    edge_px : texels along an edge of the atlas
    """

    places: IntArray
    faces: IntArray
    barycentrics: FloatArray
    edge_px: int

    def centres(self, edge: float = 1.0) -> FloatArray:
        """Return (k, 2) float32: where the texels' centres lie, 0..edge."""
        out = np.empty((len(self.places), 2), np.float32)
        _centres(self.places, self.edge_px, edge / self.edge_px, out)
        return out

    def choose(self, which: NDArray[np.bool_]) -> Texels:
        """Return the texels that a mask (k,) bool chooses."""
        return Texels(self.places[which], self.faces[which], self.barycentrics[which], self.edge_px)


def find_texels(
    texcoords: FloatArray, faces: IntArray, edge_px: int, reach_px: float, rows: Sequence[slice] | None = None
) -> Texels:
    """Return the texels within reach of a face; one beside all faces stands for the nearest point of the nearest.

    texcoords : (n, 2) float32 in 0..1
    rows : where to look, everywhere when None
    """
    uvs = texcoords.astype(np.float64) * edge_px

    def found(rows: slice) -> tuple[IntArray, IntArray, FloatArray]:
        shape = rows.stop - rows.start, edge_px
        # Faces that contain a centre own the texel; only then do texels beside all faces go to the nearest one, so that
        # bilinear reading across the rim of a chart mixes no empty texel.
        owners, barycentrics = np.full(shape, -1, np.int32), np.empty((*shape, 2), np.float32)
        _own_inside(uvs, faces, rows.start, owners, barycentrics)
        if reach_px > 0:
            distances = np.full(shape, np.inf, np.float32)
            _own_beside(uvs, faces, reach_px, rows.start, owners, barycentrics, distances)
        return _pick(owners, barycentrics, rows.start)

    parts = in_threads(found, bands(edge_px, BAND_ROWS) if rows is None else rows)
    places, owners, barycentrics = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Texels(places, owners, barycentrics, edge_px)


@compiled
def _pick(owners: IntArray, barycentrics: FloatArray, first_row: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return places, faces and barycentrics of the owned among some rows (2x faster than numpy's boolean indexing)."""
    count = int(np.count_nonzero(owners.ravel() >= 0))
    places, faces, chosen = np.empty(count, np.int32), np.empty(count, np.int32), np.empty((count, 2), np.float32)
    k = 0
    for row in range(owners.shape[0]):
        for column in range(owners.shape[1]):
            if owners[row, column] >= 0:
                places[k] = (row + first_row) * owners.shape[1] + column
                faces[k] = owners[row, column]
                chosen[k, 0], chosen[k, 1] = barycentrics[row, column, 0], barycentrics[row, column, 1]
                k += 1
    return places, faces, chosen


@compiled
def _centres(places: IntArray, edge: int, scale: float, out: FloatArray) -> None:
    for k in range(len(places)):
        out[k, 0] = (places[k] % edge + 0.5) * scale
        out[k, 1] = (places[k] // edge + 0.5) * scale


@compiled
def _nearest(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> tuple[float, float]:
    """Return how far along the segment the point nearest to (x, y) lies, and its squared distance."""
    ex, ey = bx - ax, by - ay
    square = ex * ex + ey * ey
    along = 0.0 if square < 1e-20 else min(max(((x - ax) * ex + (y - ay) * ey) / square, 0.0), 1.0)
    dx, dy = ax + along * ex - x, ay + along * ey - y
    return along, dx * dx + dy * dy


@compiled
def _beside(corners: tuple[float, float, float, float, float, float], x: float, y: float) -> tuple[float, float, float]:
    """Return the barycentrics of the rim's point nearest to (x, y), and its distance."""
    ax, ay, bx, by, cx, cy = corners
    along, best = _nearest(ax, ay, bx, by, x, y)
    u, v = along, 0.0
    along, distance = _nearest(bx, by, cx, cy, x, y)
    if distance < best:
        best, u, v = distance, 1 - along, along
    along, distance = _nearest(cx, cy, ax, ay, x, y)
    if distance < best:
        best, u, v = distance, 0.0, 1 - along
    return u, v, np.sqrt(best)


@compiled
def _own_inside(uvs: DoubleArray, faces: IntArray, first_row: int, owners: IntArray, barycentrics: FloatArray) -> None:
    """Give each texel of some rows to the first face that its centre lies in."""
    rows, edge = owners.shape
    for face in range(len(faces)):
        ay, by, cy = uvs[faces[face, 0], 1], uvs[faces[face, 1], 1], uvs[faces[face, 2], 1]
        if not (max(ay, by, cy) >= first_row and min(ay, by, cy) <= first_row + rows):
            continue
        ax, bx, cx = uvs[faces[face, 0], 0], uvs[faces[face, 1], 0], uvs[faces[face, 2], 0]
        double = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if not abs(double) > 1e-12:
            continue
        # Barycentrics by Cramer's rule. Each thread has a band of rows, and passes over the faces of other rows.
        inverse = 1 / double
        top, bottom = int(np.floor(min(ay, by, cy))) - first_row, int(np.ceil(max(ay, by, cy))) - first_row
        left, right = int(np.floor(min(ax, bx, cx))), int(np.ceil(max(ax, bx, cx)))
        for row in range(max(top, 0), min(bottom, rows - 1) + 1):
            y = row + first_row + 0.5 - ay
            for column in range(max(left, 0), min(right, edge - 1) + 1):
                x = column + 0.5 - ax
                u, v = (x * (cy - ay) - y * (cx - ax)) * inverse, ((bx - ax) * y - (by - ay) * x) * inverse
                if u >= 0 and v >= 0 and u + v <= 1 and owners[row, column] < 0:
                    owners[row, column] = face
                    barycentrics[row, column, 0], barycentrics[row, column, 1] = u, v


@compiled
def _own_beside(
    uvs: DoubleArray,
    faces: IntArray,
    reach: float,
    first_row: int,
    owners: IntArray,
    barycentrics: FloatArray,
    distances: FloatArray,
) -> None:
    """Give each texel that no face owns, and whose distance is infinite so far, to the nearest face within reach."""
    rows, edge = owners.shape
    for face in range(len(faces)):
        ay, by, cy = uvs[faces[face, 0], 1], uvs[faces[face, 1], 1], uvs[faces[face, 2], 1]
        if not (max(ay, by, cy) + reach >= first_row and min(ay, by, cy) - reach <= first_row + rows):
            continue
        ax, bx, cx = uvs[faces[face, 0], 0], uvs[faces[face, 1], 0], uvs[faces[face, 2], 0]
        if not abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) > 1e-12:
            continue
        top, bottom = int(np.floor(min(ay, by, cy) - reach)), int(np.ceil(max(ay, by, cy) + reach))
        left, right = int(np.floor(min(ax, bx, cx) - reach)), int(np.ceil(max(ax, bx, cx) + reach))
        for row in range(max(top - first_row, 0), min(bottom - first_row, rows - 1) + 1):
            for column in range(max(left, 0), min(right, edge - 1) + 1):
                # An owner at infinite distance contains the centre (see above): that is final.
                if owners[row, column] >= 0 and distances[row, column] == np.inf:
                    continue
                u, v, distance = _beside((ax, ay, bx, by, cx, cy), column + 0.5, row + first_row + 0.5)
                if distance <= reach and distance < distances[row, column]:
                    owners[row, column], distances[row, column] = face, distance
                    barycentrics[row, column, 0], barycentrics[row, column, 1] = u, v


def vertex_tangents(positions: FloatArray, normals: FloatArray, texcoords: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 4) float32: the unit direction of growing u along the surface, and the bitangent's sign.

    positions, normals : (n, 3); texcoords : (n, 2), v downwards

    The frame is glTF's: bitangent = cross(normal, tangent) * sign, which is where the picture's upper side lies.
    Corners are weighted by their angle, as in M. Mikkelsen, "Simulation of wrinkled surfaces revisited", 2008. A vertex
    whose triangles have no area in the texture gets any tangent.
    """
    unit, sums, signs = normals.astype(np.float64), np.zeros((len(positions), 3)), np.zeros(len(positions))
    _add_corners(positions, texcoords, faces, sums, signs)
    # Gram-Schmidt: only the part of the sum that lies in the tangent plane counts.
    flat = sums - unit * np.einsum("ni,ni->n", unit, sums)[:, None]
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    tangents = np.where(lengths > 1e-9, flat / np.maximum(lengths, 1e-30), _any_perpendicular(unit))
    return np.column_stack([tangents, np.where(signs < 0, -1.0, 1.0)]).astype(np.float32)


@compiled
def _add_corners(
    positions: FloatArray, texcoords: FloatArray, faces: IntArray, sums: DoubleArray, signs: DoubleArray
) -> None:
    """Add each corner's direction of growing u, and 1 where its picture is not mirrored, else -1, to its vertex."""
    p, along, angles = np.empty((3, 3)), np.empty(3), np.empty(3)
    for f in range(len(faces)):
        a, b, c = faces[f]
        for corner in range(3):
            for axis in range(3):
                p[corner, axis] = positions[faces[f, corner], axis]
        u1, v1 = np.float64(texcoords[b, 0]) - texcoords[a, 0], np.float64(texcoords[b, 1]) - texcoords[a, 1]
        u2, v2 = np.float64(texcoords[c, 0]) - texcoords[a, 0], np.float64(texcoords[c, 1]) - texcoords[a, 1]
        # The direction in which u grows, by the inverse of the 2 x 2 matrix of texture edges. Only the sign of its
        # determinant matters, as the length becomes 1; thin triangles would divide by almost nothing.
        side = np.sign(u1 * v2 - u2 * v1)
        length = 0.0
        for axis in range(3):
            along[axis] = ((p[1, axis] - p[0, axis]) * v2 - (p[2, axis] - p[0, axis]) * v1) * side
            length += along[axis] * along[axis]
        length = max(np.sqrt(length), 1e-300)
        for corner in range(3):
            ahead = behind = across = 0.0
            for axis in range(3):
                one = p[(corner + 1) % 3, axis] - p[corner, axis]
                other = p[(corner + 2) % 3, axis] - p[corner, axis]
                ahead, behind, across = ahead + one * one, behind + other * other, across + one * other
            cosine = across / max(np.sqrt(ahead) * np.sqrt(behind), 1e-300)
            angles[corner] = np.arccos(min(max(cosine, -1.0), 1.0))
        # Angles at the corners are the weights: they do not depend on how a flat polygon is cut into triangles.
        for corner in range(3):
            vertex = faces[f, corner]
            for axis in range(3):
                sums[vertex, axis] += angles[corner] * along[axis] / length
            # v grows downwards: a picture that is not mirrored runs clockwise where its triangle runs the other way
            signs[vertex] -= angles[corner] * side


def _any_perpendicular(unit: DoubleArray) -> DoubleArray:
    """Return (n, 3) unit vectors at right angles to the given ones."""
    axis = np.where(np.abs(unit[:, :1]) < 0.5, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    across = np.cross(unit, axis)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300))
