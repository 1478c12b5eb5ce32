"""Give a level one atlas: charts cut, laid flat, checked for overlaps, placed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.geometry.flattening import Patches, overlap_shares, project, relax
from pipeline.geometry.normals import vertex_normals
from pipeline.geometry.packing import PackOptions, pack, upright
from pipeline.geometry.segmentation import SegmentOptions, segment
from pipeline.model import DoubleArray, FloatArray, IntArray, LevelMesh

OVERLAP = 0.002
ROUNDS = 6


@dataclass(frozen=True)
class UnwrapOptions:
    """How an atlas is cut.

    texture_px : edge of the atlas in texels
    gutter_px : texels between two charts
    bend : most share of a chart's area that laying it flat may lose, 0 to 1
    """

    texture_px: int
    gutter_px: int = 2
    bend: float = 0.25


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
    """Cut the surface into charts that lie flat without overlap, and pack them on one square."""
    area = np.linalg.norm(np.cross(*(positions[faces[:, k]] - positions[faces[:, 0]] for k in (1, 2))), axis=1).sum() / 2
    patches = flat_charts(positions, faces, options.bend, np.sqrt(area / 0.7) / options.texture_px)
    cell_px = max(1, options.texture_px // 512)
    placed = pack(
        upright(patches.uvs, patches.charts),
        patches.faces,
        patches.charts,
        PackOptions(options.texture_px, options.gutter_px, cell_px),
    )
    return Atlas(patches.sources, patches.faces, placed.astype(np.float32), int(patches.charts.max()) + 1)


def flat_charts(positions: FloatArray, faces: IntArray, bend: float, cell: float) -> Patches:
    """Lay the surface flat; charts that come to lie over themselves are cut again, half as bent, until none does."""
    charts = np.zeros(len(faces), np.int32)
    done: list[tuple[Patches, IntArray]] = []
    rest, count = np.arange(len(faces), dtype=np.int32), 0
    for turn in range(ROUNDS):
        part = segment(positions, faces[rest], SegmentOptions(bend=bend / 2**turn))
        patches = relax(positions, project(positions, faces[rest], part))
        bad = overlap_shares(patches, cell) > (OVERLAP if turn < ROUNDS - 1 else np.inf)
        keep = ~bad[part]
        number = np.cumsum(~bad) - 1 + count
        charts[rest[keep]] = number[part[keep]]
        done.append((patches, rest))
        count += int((~bad).sum())
        if keep.all():
            break
        rest = rest[~keep]
    return _joined(done, faces, charts)


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
