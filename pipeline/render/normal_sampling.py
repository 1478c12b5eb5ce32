"""Tell which way a scan's surface looks at places on its faces, with the relief of its own normal maps."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.threads import bands, in_threads
from pipeline.model import FloatArray, IntArray, Mesh
from pipeline.render.data_maps import map_values
from pipeline.render.sampling import interpolate_directions
from pipeline.render.tangent_space import Frames, corner_normals, decoded, scan_frames


def shading_normals(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 unit normals, as a renderer would light the scan at k places on faces."""
    corners = corner_normals(mesh)
    normals = np.empty((len(faces), 3), np.float32)

    def look(part: slice) -> None:
        normals[part] = interpolate_directions(corners, faces[part], barycentrics[part])

    in_threads(look, bands(len(faces)))
    if any(material.normal for material in mesh.materials):
        _bend(mesh, corners, normals, faces, barycentrics)
    return normals


def _bend(mesh: Mesh, corners: FloatArray, normals: FloatArray, faces: IntArray, barycentrics: FloatArray) -> None:
    """Replace the normals at places that have a normal map by what the map makes of them."""
    texels = map_values(mesh, lambda material: material.normal, faces, barycentrics)
    is_green_down = np.array([material.is_green_down for material in mesh.materials])
    sets = np.array([-1 if m.normal is None else m.normal.texcoord_set for m in mesh.materials])
    for number in sorted({int(s) for s in sets if 0 <= s < len(mesh.texcoords)}):
        frames = scan_frames(mesh, corners, number)

        def bend(part: slice, frames: Frames = frames, number: int = number) -> None:
            worn = mesh.face_materials[faces[part]]
            some = part.start + np.flatnonzero((sets[worn] == number) & np.isfinite(texels[part, 0]))
            found = texels[some]
            # a texel of 0..255 with its green turned is 255 less it
            found[:, 1] = np.where(is_green_down[mesh.face_materials[faces[some]]], 255 - found[:, 1], found[:, 1])
            normals[some] = frames.outwards(faces[some], barycentrics[some], decoded(found))

        in_threads(bend, bands(len(faces)))
