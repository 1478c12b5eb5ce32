"""Draw on a level's atlas which way its scan looks, and say how much nearer that comes.

The map is fitted to the scan's normals as the base colour is to its colours (see `resampling`): what counts is what a
bilinear filter shows. A sample whose scan looks away from the level found another sheet of the surface; it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.areas import face_areas
from pipeline.geometry.normals import unit
from pipeline.geometry.texels import Texels, texels_of
from pipeline.model import ByteArray, DoubleArray, FloatArray, LevelMesh, Mesh
from pipeline.optics.bumps import shading_normals
from pipeline.optics.correspondence import nearest
from pipeline.optics.resampling import filled, sharpened
from pipeline.optics.sampling import bilinear, interpolate_corners
from pipeline.optics.scene import Hits, Scene
from pipeline.optics.tangent_space import Frames, angles, decoded, encoded, level_frames

REACH_PX = 1.5
LEAST_FACING = 0.05
CLAMP = 1


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
    seen: FloatArray

    def facing(self) -> _Sights:
        """Return those that look out of the level."""
        good = self.seen[:, 2] > LEAST_FACING
        return _Sights(_some(self.texels, good), self.seen[good])


def hits_at(scene: Scene, level: LevelMesh, texels: Texels) -> Hits:
    """Return where on the scan what each texel shows is to be found."""
    points = interpolate_corners(level.positions[level.faces], texels.faces, texels.barycentrics)
    normals = interpolate_corners(level.normals[level.faces], texels.faces, texels.barycentrics)
    return nearest(scene, points, unit(normals.astype(np.float64)))


def draw_normals(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int, samples: int) -> NormalMap:
    """Return the map of a level that has texture coordinates; samples is rays a texel along each edge."""
    assert level.texcoords is not None
    frames = level_frames(level)
    inside = _look(scan, scene, level, frames, texels_of(level.texcoords, level.faces, edge_px * samples, 0.0)).facing()
    image, is_known = _means(inside, edge_px)
    rim = _some(around := texels_of(level.texcoords, level.faces, edge_px, REACH_PX), ~is_known.ravel()[around.places])
    beside = _look(scan, scene, level, frames, rim).facing()
    image.reshape(-1, 3)[beside.texels.places] = beside.seen
    is_known.ravel()[beside.texels.places] = True
    if samples > 1 and len(inside.seen):
        image = sharpened(image, inside.texels.centres() * np.float32(edge_px), inside.seen)
    return _judged(encoded(_unit_or_out(filled(image, is_known))), inside, _weights(level, inside.texels))


def _look(scan: Mesh, scene: Scene, level: LevelMesh, frames: Frames, texels: Texels) -> _Sights:
    hits = hits_at(scene, level, texels)
    normals = shading_normals(scan, hits.faces, hits.barycentrics)
    return _Sights(texels, frames.inwards(texels.faces, texels.barycentrics, normals))


def _some(texels: Texels, chosen: NDArray[np.bool_]) -> Texels:
    return Texels(texels.places[chosen], texels.faces[chosen], texels.barycentrics[chosen], texels.edge_px)


def _means(sights: _Sights, edge_px: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return (h, w, 3) the unit mean of each texel's samples, and (h, w) whether it has any."""
    columns, rows = (sights.texels.centres() * np.float32(edge_px)).astype(np.int64).T
    places = rows * edge_px + columns
    sums = np.stack([np.bincount(places, sights.seen[:, c], edge_px**2) for c in range(3)], axis=1)
    is_known = np.bincount(places, minlength=edge_px**2) > 0
    return _unit_or_out(sums).reshape(edge_px, edge_px, 3), is_known.reshape(edge_px, edge_px)


def _unit_or_out(vectors: FloatArray | DoubleArray) -> FloatArray:
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
    shown = np.empty_like(sights.seen)
    bilinear(image, sights.texels.centres(), CLAMP, CLAMP, shown)
    out = np.array([[0, 0, 1]], np.float32)
    return NormalMap(image, _rms(angles(out, sights.seen), weights), _rms(angles(decoded(shown), sights.seen), weights))


def _rms(angles_rad: FloatArray, weights: DoubleArray) -> float:
    return float(np.sqrt((weights * angles_rad.astype(np.float64) ** 2).sum() / max(weights.sum(), 1e-300)))
