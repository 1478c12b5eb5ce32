"""What a level's file holds, read back from its bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from carreau.base.model import FloatArray, Mesh
from carreau.geometry.render.level_file import read_level


@dataclass(frozen=True)
class FileCounts:
    """What a level's file holds.

    triangles : as they are drawn
    vertices : as they are stored
    texture_px : longest edge of any texture, 0 without one
    texel_m : see `texel_edge`
    """

    triangles: int
    vertices: int
    texture_px: int
    texel_m: float


def read_back(glb: bytes) -> FileCounts:
    """Decode a level's file and count what it holds.

    Raises FormatError or TextureError for a file that cannot be decoded.
    """
    mesh = read_level(glb)
    slots = [slot for material in mesh.materials for slot in material.slots.values()]
    edges = [max(slot.texture.width, slot.texture.height) for slot in slots]
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    vertices = sum(
        document["accessors"][primitive["attributes"]["POSITION"]]["count"]
        for part in document["meshes"]
        for primitive in part["primitives"]
    )
    return FileCounts(len(mesh.faces), vertices, max(edges, default=0), texel_edge(mesh))


def texel_edge(mesh: Mesh) -> float:
    """Return the edge of a texel of the base colour on the surface, in metres; 0 without a texture.

    It is the median: half of the textured surface has finer texels, half of it coarser ones.
    """
    corners = mesh.positions[mesh.faces].astype(float)
    areas = _areas(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    texels = np.zeros(len(mesh.faces))
    for number, material in enumerate(mesh.materials):
        if material.base is None:
            continue
        own, size = mesh.face_materials == number, (material.base.texture.width, material.base.texture.height)
        places = mesh.texcoords[material.base.texcoord_set][own].astype(float) * size
        texels[own] = _areas(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
    # Triangles without a place in the texture show nothing of it, and slivers tell nothing.
    known = np.isfinite(texels) & (texels > 0) & (areas > 0)
    if not known.any():
        return 0.0
    edges = np.sqrt(areas[known] / texels[known])
    order = np.argsort(edges)
    covered = np.cumsum(areas[known][order])
    return round(float(edges[order][np.searchsorted(covered, covered[-1] / 2)]), 6)


def _areas(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the areas of triangles from two of their edges, (n, 2) or (n, 3)."""
    squares = (one**2).sum(axis=1) * (other**2).sum(axis=1) - (one * other).sum(axis=1) ** 2
    areas: FloatArray = np.sqrt(np.maximum(squares, 0)) / 2
    return areas
