"""UV layout of a scan's textures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import FloatArray, IntArray, Mesh, TextureSlot
from carreau.geometry.selection import compacted, welded
from carreau.geometry.topology import BoolArray, Edges, components_of, edges_of, join

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


def layout_of(mesh: Mesh) -> Layout:
    """Look at the texture coordinates of a mesh, each texture by itself."""
    if not mesh.texcoords:
        return Layout(without=len(mesh.faces))
    texcoords = _texcoords(mesh)
    usable = usable_texcoords(texcoords)
    outside = ((texcoords < -BORDER) | (texcoords > 1 + BORDER)).any(axis=(1, 2))
    covered, overlap = _cover(texcoords, _texture_groups(mesh), usable)
    faces = welded(compacted(Mesh(positions=mesh.positions, faces=mesh.faces[usable]))).faces
    charts = charts_of(faces, texcoords[usable], edges_of(faces, int(faces.max(initial=-1)) + 1))
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
    sets = [_set_of(material.first_slot, len(mesh.texcoords)) for material in mesh.materials]
    chosen = np.array(sets, np.int32)[mesh.face_materials]
    for number in range(1, len(mesh.texcoords)):
        texcoords = np.where((chosen == number)[:, None, None], mesh.texcoords[number], texcoords)
    return texcoords


def _set_of(slot: TextureSlot | None, count: int) -> int:
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


def charts_of(faces: IntArray, texcoords: FloatArray, edges: Edges | None = None, tolerance: float = 1e-6) -> IntArray:
    """Number the chart of each face as (m,) int32: neighbours whose texture coordinates agree along their edge.

    `faces` are welded by position; `texcoords` are (m, 3, 2), and faces without any are charts of their own.
    """
    edges = edges or edges_of(faces, int(faces.max(initial=-1)) + 1)
    first, second = edges.pairs()
    agree = _agree(faces, texcoords, first, second, tolerance)
    return join(first[agree] // 3, second[agree] // 3, len(faces))


@compiled
def _agree(
    faces: IntArray, texcoords: FloatArray, first: IntArray, second: IntArray, tolerance: float
) -> NDArray[np.bool_]:
    """Say for which pairs of half-edges on one edge the texture coordinates are the same at both ends."""
    agree = np.zeros(len(first), np.bool_)
    for i in range(len(first)):
        f, k = first[i] // 3, first[i] % 3
        g, j = second[i] // 3, second[i] % 3
        n, o = (k + 1) % 3, (j + 1) % 3
        if faces[f, k] != faces[g, j]:
            j, o = o, j
        worst = 0.0
        for d in range(2):
            worst = max(worst, abs(texcoords[f, k, d] - texcoords[g, j, d]))
            worst = max(worst, abs(texcoords[f, n, d] - texcoords[g, o, d]))
        total = texcoords[f, k, 0] + texcoords[f, n, 0] + texcoords[g, j, 0] + texcoords[g, o, 0]
        agree[i] = worst <= tolerance and not np.isnan(total)
    return agree


def cover_counts(texcoords: FloatArray, size_px: int) -> NDArray[np.uint8]:
    """Count the faces over each texel's centre as (size_px, size_px) uint8, up to 255."""
    counts = np.zeros((size_px, size_px), np.uint8)
    _rasterise(np.ascontiguousarray(texcoords), FAR, counts, SUBTEXELS, PATIENCE * counts.size)
    return counts


def usable_texcoords(texcoords: FloatArray) -> BoolArray:
    """Say which of (m, 3, 2) texture triangles are finite and not absurdly far from the square."""
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
        left, right = -((half - min(x0, x1, x2)) // step), (max(x0, x1, x2) - half) // step
        for row in range(-((half - min(y0, y1, y2)) // step), (max(y0, y1, y2) - half) // step + 1):
            y = row * step + half
            patience -= max(right - left + 1, 0)
            if patience < 0:
                return
            for column in range(left, right + 1):
                x = column * step + half
                if _inside(x0, y0, x1, y1, x, y) and _inside(x1, y1, x2, y2, x, y) and _inside(x2, y2, x0, y0, x, y):
                    u, v = column % size, row % size
                    if counts[v, u] < 255:
                        counts[v, u] += 1


@compiled
def _inside(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> bool:
    """Say whether a point lies left of an edge, or on it where the neighbour across says no."""
    side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return side > 0 or (side == 0 and (by > ay or (by == ay and bx < ax)))


def within_unit(texcoords: FloatArray, faces: IntArray, is_repeated: bool) -> FloatArray:
    """Return texture coordinates that lie in 0..1 where they show the same there.

    Rounding just outside is cut off. Charts over a texture that repeats are moved by a whole number of textures; one
    that crosses a border of the texture stays as it is.
    """
    if not len(texcoords) or (texcoords.min() >= 0.0 and texcoords.max() <= 1.0):
        return texcoords
    if is_repeated:
        corners = texcoords[faces]
        parts = components_of(faces, len(texcoords))
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
