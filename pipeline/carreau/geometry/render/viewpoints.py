"""Viewpoints around a mesh: the best one, for its poster, and others evenly around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, Mesh
from carreau.geometry.mesh_parts import find_body, finite_part
from carreau.geometry.render.camera import EYE_RADII, Frustum, PinholeCamera, look
from carreau.geometry.render.raycasting import RayHits, Scene, build_scene
from carreau.geometry.render.sampling import surface_albedo
from carreau.geometry.render.shading import face_normals

AZIMUTHS = 16
ELEVATIONS_DEG = (8, 16, 30, 58)
TRIAL_PX = 112
DISTANCE_RADII = 3.4


@dataclass(frozen=True, eq=False)
class Trial:
    """What one candidate saw: a frame, its elevation, and the hits of its small picture."""

    frame: Frustum
    elevation_deg: float
    hits: RayHits


def box(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest corner (3,) of the box around the faces (12x faster than gathering them)."""
    low, high = np.full(3, np.inf, np.float32), np.full(3, -np.inf, np.float32)
    _widen(mesh.positions, mesh.faces, low, high)
    return low, high


@compiled
def _widen(positions: FloatArray, faces: IntArray, low: FloatArray, high: FloatArray) -> None:
    for f in range(len(faces)):
        for c in range(3):
            for d in range(3):
                low[d], high[d] = min(low[d], positions[faces[f, c], d]), max(high[d], positions[faces[f, c], d])


def bounds(mesh: Mesh) -> tuple[DoubleArray, float]:
    """Return the middle and the radius of the box around the faces."""
    low, high = (corner.astype(float) for corner in box(mesh))
    return (low + high) / 2, max(float(np.linalg.norm(high - low)) / 2, 1e-9)


def trials(scene: Scene, center: DoubleArray, radius: float) -> list[Trial]:
    """Return small pictures from all around, at four elevations."""
    result = []
    for elevation in ELEVATIONS_DEG:
        for turn in np.arange(AZIMUTHS) * 2 * np.pi / AZIMUTHS:
            frame = look(center, DISTANCE_RADII * radius, turn, np.radians(elevation), TRIAL_PX)
            # The tangent of the cone around the bounding sphere, and 5 % more.
            half = 1.05 * radius / np.sqrt((DISTANCE_RADII * radius) ** 2 - radius**2)
            frame = Frustum(frame.eye, frame.axes, -half, half, -half, half, TRIAL_PX, TRIAL_PX)
            result.append(Trial(frame, elevation, scene.cast(frame.rays(0, TRIAL_PX))))
    return result


def view_from(mesh: Mesh, azimuth_deg: float, elevation_deg: float, distance_radii: float = DISTANCE_RADII) -> Frustum:
    """Return the frame of a trial from a side; azimuth 0 looks from +Z."""
    center, radius = bounds(mesh)
    return look(center, distance_radii * radius, np.radians(azimuth_deg), np.radians(elevation_deg), TRIAL_PX)


def _edges(picture: FloatArray, mask: FloatArray) -> float:
    """Return the mean step between neighbouring pixels, both on the thing, per pixel of the whole picture."""
    across = np.abs(np.diff(picture, axis=1)) * (mask[:, 1:] * mask[:, :-1])
    down = np.abs(np.diff(picture, axis=0)) * (mask[1:] * mask[:-1])
    return float(np.minimum(across, 0.3).sum() + np.minimum(down, 0.3).sum()) / picture.size


def _marks(trial: Trial, light: FloatArray, normals: FloatArray, radius: float) -> list[float]:
    """Return what is good about a view: area, detail, relief, depth, brightness; and the share of insides it shows."""
    # Steps of brightness between pixels are detail of colour, steps of slope are relief.
    hit = trial.hits.faces >= 0
    count = max(int(hit.sum()), 1)
    shape = (TRIAL_PX, TRIAL_PX)
    mask = hit.reshape(shape).astype(np.float32)
    picture, slope = np.zeros(hit.shape, np.float32), np.zeros(hit.shape, np.float32)
    picture[hit] = np.sqrt(light)
    facing = -normals @ trial.frame.axes[2].astype(np.float32)
    slope[hit] = np.abs(facing)
    depth = trial.hits.distances[hit]
    return [
        float(hit.mean()),
        _edges(picture.reshape(shape), mask),
        _edges(slope.reshape(shape), mask),
        float(depth.std()) / radius if len(depth) else 0.0,
        float(np.sqrt(light).mean()) if len(light) else 0.0,
        float((facing < -0.05).sum()) / count,
    ]


WEIGHTS = np.array([1.0, 0.7, 0.35, 0.2, 0.6])


def best_view(mesh: Mesh, scene: Scene, face_normals: FloatArray) -> Frustum:
    """Return a frame from the side with the most area, detail, depth and light; face_normals (m, 3) are unit.

    Light counts because baked textures carry their sun: its side is the one that was photographed well.
    """
    center, radius = bounds(mesh)
    candidates = trials(scene, center, radius)
    # Colours of all candidates are read together, so that each texture is decoded once.
    met = [np.flatnonzero(trial.hits.faces >= 0) for trial in candidates]
    faces = np.concatenate([t.hits.faces[m] for t, m in zip(candidates, met, strict=True)])
    weights = np.concatenate([t.hits.barycentrics[m] for t, m in zip(candidates, met, strict=True)])
    light = surface_albedo(mesh, faces, weights) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    ends = np.cumsum([len(m) for m in met])[:-1]
    parts = zip(candidates, np.split(light, ends), np.split(face_normals[faces], ends), strict=True)
    marks = np.array([_marks(trial, part, normals, radius) for trial, part, normals in parts])
    # Each mark relative to the best candidate: weights then mean the same for any thing.
    good = marks[:, :5] / np.maximum(marks[:, :5].max(axis=0), 1e-12)
    height = np.radians([trial.elevation_deg for trial in candidates])
    # people know things from eye height: a bird's view must show much more to win, unless the thing lies flat
    low, high = box(mesh)
    size = high - low
    upright = min(1.0, 2 * float(size[1]) / max(float(size.max()), 1e-12))
    score = good @ WEIGHTS - 3.0 * upright * np.maximum(height - 0.29, 0) - 2.5 * marks[:, 5]
    return candidates[int(np.argmax(score))].frame


MARGIN = 1.05
WIDEST = 1.8
"""Most width to height of a picture, or height to width: a chimney gets a picture, not a stroke."""

_AIMS = 4


@dataclass(frozen=True)
class Viewpoint:
    """Where one stands to look at a thing, as `camera-orbit` of model-viewer has it.

    azimuth_deg : 0 looks from +Z, 90 from +X; -180 to 180
    elevation_deg : above the ground, -90 to 90
    subject_m : lowest and highest corner of what one looks at, in the metres of the mesh; None for all of it
    """

    azimuth_deg: float
    elevation_deg: float
    subject_m: tuple[tuple[float, ...], tuple[float, ...]] | None = None


def best_side(mesh: Mesh) -> Viewpoint:
    """Return the side that shows most of a mesh, the one of its poster; from +Z when it has no face."""
    mesh = finite_part(mesh)
    if not len(mesh.faces):
        return Viewpoint(0.0, 0.0)
    frame = best_view(mesh, build_scene(mesh.positions, mesh.faces), face_normals(mesh)[0])
    back = -frame.axes[2]
    azimuth, elevation = np.degrees(np.arctan2(back[0], back[2])), np.degrees(np.arcsin(np.clip(back[1], -1, 1)))
    return Viewpoint(round(float(azimuth), 3), round(float(elevation), 3))


def sides_around(first: Viewpoint, count: int) -> tuple[Viewpoint, ...]:
    """Return sides evenly around, the first among them, at its elevation.

    >>> [side.azimuth_deg for side in sides_around(Viewpoint(90, 10), 3)]
    [90.0, -150.0, -30.0]
    """
    turns = [(first.azimuth_deg + 180 + 360 * k / count) % 360 - 180 for k in range(count)]
    return tuple(Viewpoint(round(turn, 3), first.elevation_deg) for turn in turns)


def cameras_at(mesh: Mesh, sides: tuple[Viewpoint, ...], longest_px: int) -> tuple[PinholeCamera, ...]:
    """Return a camera on each side that fills its picture with the mesh; all pictures have one size.

    Fragments that float far off may leave the picture.
    """
    box = find_body(mesh)
    center, radius = (box.low + box.high) / 2, max(float(np.linalg.norm(box.sides)) / 2, 1e-9)
    slack = 1e-3 * radius
    # Strays far off would make the thing small: the body alone has to fill the picture.
    inside = ((mesh.positions >= box.low - slack) & (mesh.positions <= box.high + slack)).all(axis=1)
    points = mesh.positions[inside] if inside.any() else mesh.positions
    aimed = [_aim(points, center, EYE_RADII * radius * _toward(side), radius) for side in sides]
    # All pictures get the size of the one that needs most, within `WIDEST`.
    across, upward = np.array([half for _, half in aimed]).max(axis=0)
    aspect = float(np.clip(across / upward, 1 / WIDEST, WIDEST))
    width, height = (max(round(longest_px * min(1.0, share)), 16) for share in (aspect, 1 / aspect))
    return tuple(_fit(camera, half, width, height) for camera, half in aimed)


def _toward(side: Viewpoint) -> DoubleArray:
    azimuth, elevation = np.radians([side.azimuth_deg, side.elevation_deg])
    flat = np.cos(elevation)
    return np.array([np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat])


def _aim(
    points: FloatArray, center: DoubleArray, away: DoubleArray, radius: float
) -> tuple[PinholeCamera, DoubleArray]:
    """Return a camera turned to the middle of what it sees, and the (2,) tangents it needs across and upwards."""
    up = np.array([0.0, 1.0, 0.0]) if abs(away[1]) < 0.99 * np.linalg.norm(away) else np.array([0.0, 0.0, -1.0])
    camera = PinholeCamera(center + away, center, up, 1.0, 16, 16)
    for _ in range(_AIMS):
        # Turning the camera to the middle of the extent moves that middle a little: a few rounds settle it.
        right, upward, forward = camera.basis()
        low, high = _find_extent(points, camera.eye, np.array([right, upward, forward]), 1e-3 * radius)
        middle = (low + high) / 2
        target = camera.eye + forward + middle[0] * right + middle[1] * upward
        camera = PinholeCamera(camera.eye, target, up, 1.0, 16, 16)
    return camera, np.maximum((high - low) / 2, 1e-6) * MARGIN


@compiled
def _find_extent(
    points: FloatArray, eye: DoubleArray, axes: DoubleArray, nearest: float
) -> tuple[DoubleArray, DoubleArray]:
    """Return the (2,) lowest and highest of where points (n, 3) appear at distance 1, to the right and upwards."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for k in range(len(points)):
        x, y, z = points[k, 0] - eye[0], points[k, 1] - eye[1], points[k, 2] - eye[2]
        depth = max(axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z, nearest)
        for d in range(2):
            place = (axes[d, 0] * x + axes[d, 1] * y + axes[d, 2] * z) / depth
            low[d], high[d] = min(low[d], place), max(high[d], place)
    return low, high


def _fit(camera: PinholeCamera, half: DoubleArray, width: int, height: int) -> PinholeCamera:
    tangent = max(float(half[1]), float(half[0]) * height / width)
    return PinholeCamera(camera.eye, camera.target, camera.up, 2 * float(np.arctan(tangent)), width, height)
