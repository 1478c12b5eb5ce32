"""Photographs of a scan as people and drones take them: poses about a mesh that has Y up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carreau.base.model import DoubleArray, Mesh
from carreau.formats.location.poses import CamerasBeside, CameraSet
from carreau.geometry.location.ground_plane import TO_Y_UP
from carreau.geometry.mesh_parts import body_box, compact, take_faces

UP = np.array([0.0, 1.0, 0.0])
Sides = tuple[DoubleArray, DoubleArray]
"""Lowest and highest corner of a scan."""


def looking(centers: DoubleArray, targets: DoubleArray, roll_deg: DoubleArray, north: DoubleArray = UP) -> DoubleArray:
    """Return the (n, 3, 3) axes (right, up, forward) of cameras that look at targets, rolled about that direction.

    north : (3,) or (n, 3), the direction of the upper edge of a picture that is not rolled
    """
    forward = targets - centers
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    right = np.cross(forward, north)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    up = np.cross(right, forward)
    roll = np.radians(roll_deg)[:, None]
    return np.stack(
        [right * np.cos(roll) - up * np.sin(roll), up * np.cos(roll) + right * np.sin(roll), forward], axis=1
    )


def _ring(sides: Sides, rng: np.random.Generator, roll: DoubleArray, arc_deg: float = 360.0) -> CameraSet:
    """Return cameras at eye level in a ring, or an arc, whose heights, aims and rolls vary by a hand's measure."""
    low, high = sides
    middle, size = (low + high) / 2, float(np.linalg.norm(high - low))
    count = len(roll)
    turn = np.radians(np.linspace(0, arc_deg, count, endpoint=False) - arc_deg / 2)
    out = size * rng.uniform(0.9, 1.3, count)
    height = low[1] + 0.35 * (high[1] - low[1]) + 0.06 * size * rng.standard_normal(count)
    centers = np.stack([middle[0] + out * np.sin(turn), height, middle[2] + out * np.cos(turn)], axis=1)
    targets = middle + 0.12 * (high - low) * rng.standard_normal((count, 3))
    return _set(centers, looking(centers, targets, roll + 3 * rng.standard_normal(count)))


def _set(centers: DoubleArray, axes: DoubleArray) -> CameraSet:
    return CameraSet("images.txt", len(centers), centers, axes)


def handheld(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a ring of level pictures."""
    return _ring(sides, rng, np.zeros(48))


def portrait(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a ring of pictures that are rolled by a quarter turn, all to the same side."""
    return _ring(sides, rng, np.full(48, 90.0))


def half_portrait(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a ring of level and rolled pictures."""
    return _ring(sides, rng, rng.choice([0.0, 90.0, -90.0], 60, p=[0.5, 0.35, 0.15]))


def facade(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return an arc of level pictures before one side."""
    return _ring(sides, rng, np.zeros(24), 80.0)


def portrait_facade(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return an arc of portraits before one side."""
    return _ring(sides, rng, np.full(24, -90.0), 80.0)


def dome(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return rings at three heights."""
    low, high = sides
    raised = [
        (low + np.array([0, 1, 0]) * h, high + np.array([0, 1, 0]) * h)
        for h in 0.5 * (high - low).max() * UP[1:2] * np.arange(3)
    ]
    rings = [_ring(each, rng, np.zeros(24)) for each in raised]
    centers = np.concatenate([each.centers for each in rings])
    targets = (low + high) / 2 + 0.1 * (high - low) * rng.standard_normal((len(centers), 3))
    return _set(centers, looking(centers, targets, 3 * rng.standard_normal(len(centers))))


def _flight(sides: Sides, rng: np.random.Generator, pitch_deg: float, headings: tuple[float, ...]) -> CameraSet:
    """Return a grid of pictures from above, in lines that are flown to and fro, once for each heading."""
    low, high = sides
    size = float(np.linalg.norm(high - low))
    centers, axes = [], []
    for heading in np.radians(headings):
        ahead = np.array([np.sin(heading), 0, np.cos(heading)])
        x, z = np.meshgrid(np.linspace(-0.5, 0.5, 6), np.linspace(-0.5, 0.5, 8), indexing="ij")
        back = size / np.tan(np.radians(-pitch_deg)) if pitch_deg > -89 else 0.0
        plan = np.stack([x.ravel() * size, np.zeros(x.size), z.ravel() * size], axis=1)
        places = (low + high) / 2 + plan - ahead * back + size * UP + 0.01 * size * rng.standard_normal(plan.shape)
        pitch = np.radians(pitch_deg)
        forward = ahead * np.cos(pitch) + UP * np.sin(pitch) + 0.03 * rng.standard_normal(plan.shape)
        centers.append(places)
        axes.append(
            looking(
                places,
                places + forward,
                2 * rng.standard_normal(len(places)),
                ahead + 0.01 * UP if pitch_deg < -89 else UP,
            )
        )
    return _set(np.concatenate(centers), np.concatenate(axes))


def nadir(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a drone's grid that looks straight down, and turns at the end of each line."""
    flown = _flight(sides, rng, -90.0, (0.0,))
    flip = (np.arange(flown.count) // 8 % 2 == 1)[:, None, None]
    return _set(flown.centers, np.where(flip, flown.axes * np.array([-1.0, -1.0, 1.0])[:, None], flown.axes))


def nadir_one_way(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a drone's grid that looks straight down, and never turns."""
    return _flight(sides, rng, -90.0, (0.0,))


def oblique(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a drone's pictures of 50 degrees down, to four sides."""
    return _flight(sides, rng, -50.0, (0.0, 90.0, 180.0, 270.0))


def mixed(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return a ring by hand, half in portrait, and a drone's pictures down and oblique."""
    parts = [half_portrait(sides, rng), nadir(sides, rng), _flight(sides, rng, -60.0, (0.0, 180.0))]
    return _set(np.concatenate([each.centers for each in parts]), np.concatenate([each.axes for each in parts]))


def scattered(sides: Sides, rng: np.random.Generator) -> CameraSet:
    """Return cameras all around that are rolled in any way, as of an object that was turned over between pictures."""
    low, high = sides
    middle, size = (low + high) / 2, float(np.linalg.norm(high - low))
    ways = rng.standard_normal((60, 3))
    centers = middle + size * ways / np.linalg.norm(ways, axis=1, keepdims=True)
    return _set(centers, looking(centers, np.tile(middle, (60, 1)), rng.uniform(0, 360, 60)))


CAPTURES: dict[str, Callable[[Sides, np.random.Generator], CameraSet]] = {
    "handheld": handheld, "portrait": portrait, "half_portrait": half_portrait, "facade": facade,
    "portrait_facade": portrait_facade, "dome": dome, "nadir": nadir, "nadir_one_way": nadir_one_way,
    "oblique": oblique, "mixed": mixed,
}  # fmt: skip
"""Captures that tell which way is up."""


def captured(
    mesh: Mesh, capture: Callable[[Sides, np.random.Generator], CameraSet], up: str = "y", lean_deg: float = 0.0
) -> CamerasBeside:
    """Return the cameras of a capture of a mesh that has Y up, turned as `castles.turned` turns the mesh."""
    box = body_box(mesh.positions, mesh.faces)
    cameras = capture((box.low, box.high), np.random.default_rng(5))
    lean = np.radians(lean_deg)
    tilt = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    linear = np.array(TO_Y_UP[up], np.float64).T @ tilt
    turned = CameraSet(cameras.source, cameras.count, cameras.centers @ linear.T, cameras.axes @ linear.T)
    return CamerasBeside((turned,))


def photographed(mesh: Mesh, cameras: CameraSet) -> Mesh:
    """Return the faces of a mesh that look at a camera within its picture; none are hidden by others."""
    corners = mesh.positions[mesh.faces].astype(np.float64)
    middles = corners.mean(axis=1)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    is_seen = np.zeros(len(mesh.faces), bool)
    for center, forward in zip(cameras.centers, cameras.axes[:, 2], strict=True):
        ways = middles - center
        distance = np.linalg.norm(ways, axis=1)
        is_seen |= (np.einsum("fi,fi->f", ways, normals) < 0) & (ways @ forward > 0.7 * distance)
    return compact(take_faces(mesh, is_seen))
