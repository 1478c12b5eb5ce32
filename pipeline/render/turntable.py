"""Look at a thing from the side its poster shows, and from others as far apart as can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.geometry.extent import body_box
from pipeline.geometry.selection import finite_part
from pipeline.model import DoubleArray, FloatArray, Mesh
from pipeline.render.camera import EYE_RADII, Camera
from pipeline.render.scene import scene_of
from pipeline.render.shading import face_normals
from pipeline.render.viewpoint import best_view

MARGIN = 1.05
WIDEST = 1.8
"""Most width to height of a picture, or height to width: a chimney gets a picture, not a stroke."""

_AIMS = 4


@dataclass(frozen=True)
class Viewpoint:
    """Where one stands to look at a thing, as `camera-orbit` of model-viewer has it.

    azimuth_deg : 0 looks from +Z, 90 from +X; -180 to 180
    elevation_deg : above the ground, -90 to 90
    """

    azimuth_deg: float
    elevation_deg: float


def best_side(mesh: Mesh) -> Viewpoint:
    """Return the side that shows most of a mesh, the one of its poster; from +Z when it has no face."""
    mesh = finite_part(mesh)
    if not len(mesh.faces):
        return Viewpoint(0.0, 0.0)
    frame = best_view(mesh, scene_of(mesh.positions, mesh.faces), face_normals(mesh)[0])
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


def cameras_at(mesh: Mesh, sides: tuple[Viewpoint, ...], longest_px: int) -> tuple[Camera, ...]:
    """Return a camera on each side that fills its picture with the mesh; all pictures have one size.

    Fragments that float far off may leave the picture.
    """
    box = body_box(mesh.positions, mesh.faces)
    center, radius = (box.low + box.high) / 2, max(float(np.linalg.norm(box.sides)) / 2, 1e-9)
    slack = 1e-3 * radius
    inside = ((mesh.positions >= box.low - slack) & (mesh.positions <= box.high + slack)).all(axis=1)
    points = mesh.positions[inside] if inside.any() else mesh.positions
    aimed = [_aimed(points, center, EYE_RADII * radius * _toward(side), radius) for side in sides]
    across, upward = np.array([half for _, half in aimed]).max(axis=0)
    aspect = float(np.clip(across / upward, 1 / WIDEST, WIDEST))
    width, height = (max(round(longest_px * min(1.0, share)), 16) for share in (aspect, 1 / aspect))
    return tuple(_fitted(camera, half, width, height) for camera, half in aimed)


def _toward(side: Viewpoint) -> DoubleArray:
    azimuth, elevation = np.radians([side.azimuth_deg, side.elevation_deg])
    flat = np.cos(elevation)
    return np.array([np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat])


def _aimed(points: FloatArray, center: DoubleArray, away: DoubleArray, radius: float) -> tuple[Camera, DoubleArray]:
    """Return a camera turned to the middle of what it sees, and the (2,) tangents it needs across and upwards."""
    up = np.array([0.0, 1.0, 0.0]) if abs(away[1]) < 0.99 * np.linalg.norm(away) else np.array([0.0, 0.0, -1.0])
    camera = Camera(center + away, center, up, 1.0, 16, 16)
    for _ in range(_AIMS):
        right, upward, forward = camera.basis()
        offsets = points - camera.eye
        depth = np.maximum(offsets @ forward, 1e-3 * radius)
        places = np.stack([offsets @ right / depth, offsets @ upward / depth], axis=1)
        low, high = places.min(axis=0), places.max(axis=0)
        middle = (low + high) / 2
        target = camera.eye + forward + middle[0] * right + middle[1] * upward
        camera = Camera(camera.eye, target, up, 1.0, 16, 16)
    return camera, np.maximum((high - low) / 2, 1e-6) * MARGIN


def _fitted(camera: Camera, half: DoubleArray, width: int, height: int) -> Camera:
    tangent = max(float(half[1]), float(half[0]) * height / width)
    return Camera(camera.eye, camera.target, camera.up, 2 * float(np.arctan(tangent)), width, height)
