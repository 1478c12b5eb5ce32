"""UV unwrapping: charts are cut, flattened, checked for overlaps and packed into one atlas."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, IntArray, LevelMesh
from carreau.base.process import in_threads
from carreau.geometry.triangles import vertex_normals
from carreau.geometry.uv.packing import AtlasPackOptions, pack, upright
from carreau.geometry.uv.parameterize import Patches, overlap_shares, project, relax
from carreau.geometry.uv.segmentation import SegmentOptions, bars_of, face_pairs, lay_bars, merges

OVERLAP = 0.002
"""Share of a chart that may lie on another part of it; 0.008 is half the charts, and 0.2 dB less of a statue."""

CALMER, ROUNDS = 1.3, 14
"""How much less a chart that lies over itself bends when it is cut again, and how often. Halving at once made a statue
of 10,000 triangles 448 charts, not 309."""

NEAR = 1.0
"""Texels between two places that may share one."""

USED = 0.7
"""Share of an atlas that charts are taken to cover before they are packed."""

SHARES = 4
SHARE_FACES = 2000


@dataclass(frozen=True)
class UnwrapOptions:
    """How an atlas is cut.

    texture_px : edge of the atlas in texels
    gutter_px : texels between two charts
    bend : most share of a chart's area that laying it flat may lose, 0 to 1
    bar_px : most texels across of what is laid flat with its front upon its back, 0 (nothing is) to 4
    """

    texture_px: int
    gutter_px: int = 2
    bend: float = 0.4
    bar_px: float = 3.0


@dataclass(frozen=True, eq=False)
class Atlas:
    """Where a mesh's faces lie on their atlas.

    sources : (n,) int32, the mesh vertex of each atlas vertex
    faces : (m, 3) int32, in the order of the mesh's faces, indices into sources
    texcoords : (n, 2) float32 in 0..1, v downwards
    chart_count : pieces
    """

    sources: IntArray
    faces: IntArray
    texcoords: FloatArray
    chart_count: int


def unwrap(positions: FloatArray, faces: IntArray, options: UnwrapOptions) -> Atlas:
    """Cut the surface into charts that lie flat, and pack them on one square.

    Only what is nearer together than a texel or two can tell shares texels: the sides of a thin bar, a tiny fold.

    Faces without area lie somewhere on the atlas, and have none there either. A surface without faces has an empty one.

    Raises BudgetError when there are more charts than the atlas has texels to part them.
    """
    if not len(faces):
        return Atlas(np.zeros(0, np.int32), np.zeros((0, 3), np.int32), np.zeros((0, 2), np.float32), 0)
    texel = np.sqrt(1 / USED) / options.texture_px
    patches = flat_charts(_of_unit_area(positions, faces), faces, options.bend, texel, options.bar_px)
    cell_px = max(1, options.texture_px // 512)
    placed = pack(
        upright(patches.uvs, patches.charts),
        patches.faces,
        patches.charts,
        AtlasPackOptions(options.texture_px, options.gutter_px, cell_px),
    )
    return Atlas(patches.sources, patches.faces, placed.astype(np.float32), int(patches.charts.max()) + 1)


def _of_unit_area(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return positions about 0, scaled so that all faces together have an area of 1: no limit depends on units."""
    corners = positions[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(normals, axis=1).sum()) / 2
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    extent = float((high - low).max())
    # Faces that are all but lines are measured by their length.
    size = max(np.sqrt(area), extent * 1e-3)
    return np.asarray((positions - (low + high) / 2) / (size or 1.0), np.float32)


def flat_charts(positions: FloatArray, faces: IntArray, bend: float, texel: float, bar_px: float = 0.0) -> Patches:
    """Lay the surface flat; charts that come to lie over themselves are cut again, less bent, until none does.

    positions : (n, 3) float32, in a unit in which the whole surface has an area of about 1
    texel : its edge in that unit; overlaps are looked for on cells as large
    """
    pairs = face_pairs(faces, len(positions))
    charts = bars_of(positions, faces, pairs, bar_px * texel)
    on_bars, rest = (np.flatnonzero(chosen).astype(np.int32) for chosen in (charts >= 0, charts < 0))
    done, count = [], int(charts.max(initial=-1)) + 1
    if count:
        done.append((lay_bars(positions, faces[on_bars], charts[on_bars]), on_bars))
        pairs = pairs[(charts[pairs] < 0).all(axis=1)]
    merged = merges(positions, faces, pairs, SegmentOptions(bend=bend))
    for turn in range(ROUNDS):
        if not len(rest):
            break
        part = merged.cut_again(rest, SegmentOptions(bend=bend / CALMER**turn))
        bad = np.zeros(int(part.max()) + 1, np.bool_)
        most = OVERLAP if turn < ROUNDS - 1 else np.inf
        flatten = _flattened(positions, faces[rest], part, texel)
        for patches, chosen, numbers, shares in in_threads(flatten, _shares(part)):
            bad[numbers] = shares > most
            done.append((patches, rest[chosen]))
        keep = ~bad[part]
        number = np.cumsum(~bad) - 1 + count
        charts[rest[keep]] = number[part[keep]]
        count += int((~bad).sum())
        rest = rest[~keep]
    return _joined(done, faces, charts)


_Share = tuple[Patches, IntArray, slice, DoubleArray]


def _flattened(positions: FloatArray, faces: IntArray, part: IntArray, texel: float) -> Callable[[slice], _Share]:
    """Return what lays a range of charts flat: patches, the faces they are of, the range, and each chart's overlap."""

    def flatten(numbers: slice) -> _Share:
        chosen = np.flatnonzero((part >= numbers.start) & (part < numbers.stop)).astype(np.int32)
        patches = relax(positions, project(positions, faces[chosen], part[chosen] - np.int32(numbers.start)))
        return patches, chosen, numbers, overlap_shares(patches, texel, positions, NEAR * texel)

    return flatten


def _shares(part: IntArray) -> list[slice]:
    """Return ranges of charts with about as many faces each, the same for any number of threads."""
    ends = np.cumsum(np.bincount(part))
    count = int(np.clip(len(part) // SHARE_FACES, 1, SHARES))
    cuts = np.searchsorted(ends, np.arange(1, count) * (len(part) / count)) + 1
    edges = np.unique(np.concatenate([[0], np.minimum(cuts, len(ends)), [len(ends)]])).tolist()
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def _joined(done: list[tuple[Patches, IntArray]], faces: IntArray, charts: IntArray) -> Patches:
    """Gather the charts of every round; a later round's word on a face stands."""
    sources, uvs, corners, offset = [], [], np.zeros_like(faces), 0
    for patches, rest in done:
        corners[rest] = patches.faces + offset
        sources.append(patches.sources)
        uvs.append(patches.uvs)
        offset += len(patches.sources)
    used, inverse = np.unique(corners.ravel(), return_inverse=True)
    new_faces = inverse.reshape(-1, 3).astype(np.int32)
    vertex_charts = np.zeros(len(used), np.int32)
    vertex_charts[new_faces.ravel()] = np.repeat(charts, 3)
    all_uvs: DoubleArray = np.concatenate(uvs)[used]
    return Patches(np.concatenate(sources)[used], new_faces, vertex_charts, all_uvs)


def unwrap_level(positions: FloatArray, faces: IntArray, options: UnwrapOptions) -> LevelMesh:
    """Return the surface as a level with an atlas of its own, smooth across its seams."""
    atlas = unwrap(positions, faces, options)
    normals = vertex_normals(positions, faces)
    return LevelMesh(positions[atlas.sources], normals[atlas.sources], atlas.faces, atlas.texcoords)
