"""UV layout of a scan's textures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import FloatArray, IntArray, Mesh, TextureSlot
from carreau.geometry.selection import compacted, welded
from carreau.geometry.topology import BoolArray, edges_of
from carreau.geometry.uv.charts import charts_of, cover_counts, usable_texcoords

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
