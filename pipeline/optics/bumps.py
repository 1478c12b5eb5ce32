"""Tell which way a scan's surface looks at places on its faces, with the relief of its own normal maps."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.normals import unit
from pipeline.model import FloatArray, IntArray, Mesh
from pipeline.optics.data_maps import map_values
from pipeline.optics.sampling import interpolate_corners
from pipeline.optics.tangent_space import corner_normals, decoded, scan_frames

CHUNK = 1 << 20


def shading_normals(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 unit normals, as a renderer would light the scan at k places on faces."""
    corners = corner_normals(mesh)
    normals = np.empty((len(faces), 3), np.float32)
    for start in range(0, len(faces), CHUNK):
        part = slice(start, start + CHUNK)
        normals[part] = unit(interpolate_corners(corners, faces[part], barycentrics[part]).astype(np.float64))
    if any(material.normal for material in mesh.materials):
        _bend(mesh, corners, normals, faces, barycentrics)
    return normals


def _bend(mesh: Mesh, corners: FloatArray, normals: FloatArray, faces: IntArray, barycentrics: FloatArray) -> None:
    """Replace the normals at places that have a normal map by what the map makes of them."""
    texels = map_values(mesh, lambda material: material.normal, faces, barycentrics)
    worn = mesh.face_materials[faces]
    is_green_down = np.array([material.is_green_down for material in mesh.materials])
    # a texel of 0..255 with its green turned is 255 less it
    texels[:, 1] = np.where(is_green_down[worn], 255 - texels[:, 1], texels[:, 1])
    sets = np.array([-1 if m.normal is None else m.normal.texcoord_set for m in mesh.materials])
    is_known = np.isfinite(texels[:, 0])
    for number in sorted({int(s) for s in sets if 0 <= s < len(mesh.texcoords)}):
        frames = scan_frames(mesh, corners, number)
        places = np.flatnonzero(is_known & (sets[worn] == number))
        for start in range(0, len(places), CHUNK):
            some = places[start : start + CHUNK]
            normals[some] = frames.outwards(faces[some], barycentrics[some], decoded(texels[some]))
