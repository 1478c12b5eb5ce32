"""Normal maps of a level, drawn from the normals of its scan.

The map is fitted to the scan's normals as the base colour is to its colours (see `resampling`): the target is the
result of a bilinear filter. A sample where the scan faces away from the level hit another sheet of the surface; it is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, LevelMesh, Mesh
from carreau.geometry.render.correspondence import hits_at
from carreau.geometry.render.data_maps import map_values
from carreau.geometry.render.image_resampling import box_means, filled, sharpened
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.sampling import bilinear, interpolate_directions
from carreau.geometry.render.tangent_space import (
    Frames,
    angles,
    corner_normals,
    decoded,
    encoded,
    level_frames,
    scan_frames,
)
from carreau.geometry.threads import bands, in_threads
from carreau.geometry.triangles import face_areas
from carreau.geometry.uv.rasterize import Texels, texels_of

REACH_PX = 1.5
LEAST_FACING = 0.05
CLAMP = 1
JUDGED = 0.4
"""Places along an edge, to one texel, at which a map of one ray a texel is judged: a quarter texel from the centres.

At the centres themselves a map of 1856² measured 0.18°, against 0.55° at 16 places a texel."""


@dataclass(frozen=True, eq=False)
class NormalMap:
    """A tangent-space map.

    image : (h, w, 3) uint8, +Y up
    before_rad, after_rad : RMS angle to the scan's normals over the surface, without the map and with it
    """

    image: ByteArray
    before_rad: float
    after_rad: float


@dataclass(frozen=True, eq=False)
class _Sights:
    """The scan's normals in the level's frames.

    texels : where they were asked for
    seen : (k, 3) float32
    """

    texels: Texels
    directions: FloatArray

    def facing(self) -> _Sights:
        """Return those that look out of the level."""
        good = self.directions[:, 2] > LEAST_FACING
        return _Sights(self.texels.chosen(good), self.directions[good])


def texels_on(level: LevelMesh, edge_px: int, reach_px: float) -> Texels:
    """Return the texels of a level's atlas. Raises ValueError without texture coordinates."""
    if level.texcoords is None:
        raise ValueError("maps are drawn over a level's texture coordinates, and this one has none")
    return texels_of(level.texcoords, level.faces, edge_px, reach_px)


def draw_normals(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> NormalMap:
    """Return the map of a level; samples is rays a texel along each edge.

    With one ray a texel, the angle is judged at places of its own.

    Raises ValueError for a level without texture coordinates.
    """
    frames = level_frames(level)
    inside = _look(scan, scene, level, frames, texels_on(level, edge_px * samples, 0.0)).facing()
    xy = inside.texels.centres(edge_px)
    image, is_known = _means(xy, inside.directions, edge_px)
    around = texels_on(level, edge_px, REACH_PX)
    rim = _look(scan, scene, level, frames, around.chosen(~is_known.ravel()[around.places])).facing()
    image.reshape(-1, 3)[rim.texels.places], is_known.ravel()[rim.texels.places] = rim.directions, True
    if samples > 1:
        image = sharpened(image, xy, inside.directions)
    image = filled(image, is_known)
    # fitting may swing a little below the surface between two steep places
    image[..., 2] = np.maximum(image[..., 2], LEAST_FACING)
    judges = inside
    if samples == 1:
        places = texels_on(level, max(round(JUDGED * edge_px), 1), 0.0)
        judges = _look(scan, scene, level, frames, places).facing()
    return _judged(encoded(_unit_or_out(image)), judges, _weights(level, judges.texels))


def _look(scan: Mesh, scene: Scene, level: LevelMesh, frames: Frames, texels: Texels) -> _Sights:
    hits = hits_at(scene, level, texels)
    normals = shading_normals(scan, hits.faces, hits.barycentrics)
    return _Sights(texels, frames.inwards(texels.faces, texels.barycentrics, normals))


def _means(xy: FloatArray, directions: FloatArray, edge_px: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return (h, w, 3) the unit mean of each texel's samples, and (h, w) whether it has any."""
    is_known = np.zeros((edge_px, edge_px), np.bool_)
    is_known[xy[:, 1].astype(np.int32), xy[:, 0].astype(np.int32)] = True
    return _unit_or_out(box_means(np.zeros((edge_px, edge_px, 3), np.float32), xy, directions)), is_known


def _unit_or_out(vectors: FloatArray) -> FloatArray:
    """Return unit vectors (..., 3); straight out for those that say nothing."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    sound = lengths > 1e-6
    return np.where(sound, vectors / np.where(sound, lengths, 1), np.array([0, 0, 1])).astype(np.float32)


def _weights(level: LevelMesh, texels: Texels) -> DoubleArray:
    """Return (k,) the area each sample speaks for: its face's, shared among the face's samples."""
    counts = np.bincount(texels.faces, minlength=len(level.faces))
    shares = face_areas(level.positions, level.faces) / np.maximum(counts, 1)
    return np.asarray(shares[texels.faces])


def _judged(image: ByteArray, sights: _Sights, weights: DoubleArray) -> NormalMap:
    """Compare the map, as a bilinear filter shows its bytes, and no map at all, with what was seen."""
    uvs, out = sights.texels.centres(), np.array([[0, 0, 1]], np.float32)

    def squares(part: slice) -> tuple[float, float]:
        shown, directions, share = np.empty_like(sights.directions[part]), sights.directions[part], weights[part]
        bilinear(image, uvs[part], CLAMP, CLAMP, shown)
        return float(share @ angles(out, directions) ** 2), float(share @ angles(decoded(shown), directions) ** 2)

    before, after = np.sum(in_threads(squares, bands(len(uvs))), axis=0) / max(float(weights.sum()), 1e-300)
    return NormalMap(image, float(np.sqrt(before)), float(np.sqrt(after)))


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
            materials = mesh.face_materials[faces[part]]
            some = part.start + np.flatnonzero((sets[materials] == number) & np.isfinite(texels[part, 0]))
            values = texels[some]
            # a texel of 0..255 with its green turned is 255 less it
            values[:, 1] = np.where(is_green_down[mesh.face_materials[faces[some]]], 255 - values[:, 1], values[:, 1])
            normals[some] = frames.outwards(faces[some], barycentrics[some], decoded(values))

        in_threads(bend, bands(len(faces)))
