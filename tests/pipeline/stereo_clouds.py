"""Clouds of noisy stereo, made from depth maps of a house whose surface is known.

As dense matching sees a house from a ring of photographs: the depth errors lie along the viewing rays and grow with
the square of the depth, disparities come in steps, some matches are wrong, edges trail off to what is behind them,
patches have no depth at all, and photographs differ in brightness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from carreau.base.model import Cloud, FloatArray, Mesh
from carreau.geometry.render.camera import PinholeCamera
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.triangles import face_normals

Array = NDArray[np.float64]

STEPS_IN_NOISE = 0.7
"""Steps of the disparity, relative to its noise."""


@dataclass(frozen=True)
class Stereo:
    """Errors of the depth maps.

    noise : standard deviation of depths at `distance`, in metres; it grows with the square of the depth
    drift : the part of it that neighbouring pixels share, 0..1
    mismatches : share of the pixels with an unrelated depth
    holes : share of the pixels without a depth
    color_noise : standard deviation of colours, in 8-bit levels
    """

    noise: float = 0.2
    distance: float = 16.0
    drift: float = 0.3
    mismatches: float = 0.03
    holes: float = 0.08
    color_noise: float = 8.0


def house(step: float = 0.04) -> Mesh:
    """Return a house of 16 x 8 m with a gabled roof on its ground, coloured at vertices that are `step` m apart; z up.

    Its front has pilasters, a cornice, and windows and a door set back by 0.3 m.
    """
    front, side = 16.0, 8.0
    x, y, z = np.eye(3)
    walls = [
        _sheet((0, 0, 0), x, z, front, 8.5, step, _openings, _bricks),
        _under_roof(_sheet((front, 0, 0), y, z, side, 11.2, step, _plain, _plaster)),
        _sheet((front, side, 0), -x, z, front, 8.5, step, _openings, _bricks),
        _under_roof(_sheet((0, side, 0), -y, z, side, 11.2, step, _plain, _plaster)),
    ]
    slope = np.array([0, side / 2 + 0.6, 3.0])
    length = float(np.linalg.norm(slope))
    back = np.array([1, -1, 1]) / length
    roof = [
        _sheet((-0.4, -0.6, 8.2), x, slope / length, front + 0.8, length, step, _plain, _tiles),
        _sheet((front + 0.4, side + 0.6, 8.2), -x, slope * back, front + 0.8, length, step, _plain, _tiles),
    ]
    ground = _sheet((-4, -5, 0), x, y, front + 8, side + 10, step, _plain, _gravel)
    middles = ground.positions[ground.faces].mean(axis=1)
    inside = (np.abs(middles[:, 0] - front / 2) < front / 2) & (np.abs(middles[:, 1] - side / 2) < side / 2)
    return _joined([*walls, *roof, Mesh(ground.positions, ground.faces[~inside], colors=ground.colors)])


def _sheet(
    corner: tuple[float, float, float],
    along: Array,
    up: Array,
    width: float,
    height: float,
    step: float,
    relief: Callable[[Array, Array], Array],
    paint: Callable[[Array, Array, Array], Array],
) -> Mesh:
    """Return a rectangle whose relief stands out of it by metres, with a vertex about every step."""
    columns, rows = int(width / step) + 1, int(height / step) + 1
    u, v = (grid.ravel() for grid in np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows)))
    depth = relief(u, v)
    positions = np.asarray(corner) + u[:, None] * along + v[:, None] * up + depth[:, None] * np.cross(along, up)
    index = np.arange(len(u), dtype=np.int32).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    colors = np.clip(paint(u, v, depth), 0, 255).astype(np.uint8)
    return Mesh(positions.astype(np.float32), faces, colors=colors)


def _under_roof(gable: Mesh) -> Mesh:
    middles = gable.positions[gable.faces].mean(axis=1)
    inside = middles[:, 2] < 11.2 - np.abs(middles[:, 1] - 4) * 3 / 4.6
    return Mesh(gable.positions, gable.faces[inside], colors=gable.colors)


def _joined(parts: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(part.positions) for part in parts)])[:-1]
    return Mesh(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.faces + np.int32(start) for part, start in zip(parts, starts, strict=True)]),
        colors=np.concatenate([part.colors for part in parts if part.colors is not None]),
    )


def _plain(u: Array, v: Array) -> Array:
    return np.zeros_like(u)


def _openings(u: Array, v: Array) -> Array:
    """Return how far a front stands out: windows and a door set back, pilasters and a cornice."""
    depth = np.zeros_like(u)
    depth[(np.abs(u % 4 - 0.0) < 0.35) | (np.abs(u % 4 - 4.0) < 0.35)] = 0.2
    depth[(np.abs(u % 4 - 2) < 0.8) & (np.abs(v % 3.6 - 2.0) < 1.0)] = -0.3
    depth[(np.abs(u - 6) < 0.9) & (v < 2.9)] = -0.3
    depth[v > 7.9] = 0.3
    return depth


def _mottled(u: Array, v: Array, base: tuple[float, float, float], contrast: float) -> Array:
    """Return a colour that varies over decimetres, as stone and plaster do."""
    pattern = sum(np.sin(u * a + 2 * np.sin(v * b)) * np.sin(v * c + np.sin(u * d)) for a, b, c, d in _WAVES)
    return np.asarray(base) + contrast * np.asarray(pattern)[:, None] / len(_WAVES) * [1.0, 0.95, 0.8]


_WAVES = ((2.3, 1.1, 3.1, 0.7), (7.1, 3.3, 5.9, 2.1), (15.1, 6.7, 17.3, 5.1), (31.0, 11.0, 27.0, 9.0))


def _bricks(u: Array, v: Array, depth: Array) -> Array:
    colors = _mottled(u, v, (170, 95, 75), 60)
    row = np.floor(v / 0.3)
    joint = (v % 0.3 < 0.06) | ((u + 0.35 * (row % 2)) % 0.7 < 0.06)
    colors[joint] = (190, 185, 175)
    colors[depth > 0.1] = _mottled(u, v, (215, 205, 180), 25)[depth > 0.1]
    colors[depth < -0.1] = _mottled(u, v, (45, 55, 70), 20)[depth < -0.1]
    return colors


def _plaster(u: Array, v: Array, depth: Array) -> Array:
    return _mottled(u, v, (205, 190, 150), 70)


def _tiles(u: Array, v: Array, depth: Array) -> Array:
    colors = _mottled(u, v, (120, 60, 50), 50)
    colors[v % 0.4 < 0.08] = (60, 35, 30)
    return colors


def _gravel(u: Array, v: Array, depth: Array) -> Array:
    return _mottled(u, v, (110, 125, 80), 80)


def ring(cameras: int, width: int, field_rad: float = 1.0) -> list[PinholeCamera]:
    """Return cameras around the house, in turn at the height of a person and of a drone."""
    frames = []
    for index in range(cameras):
        turn = 2 * np.pi * (index + 0.25) / cameras
        height = (2.0, 14.0, 20.0)[index % 3]
        eye = np.array([8 + 19 * np.sin(turn), 4 - 15 * np.cos(turn), height])
        target = np.array([8 + 5 * np.sin(turn), 4 - 2 * np.cos(turn), (4.0, 4.0, 3.0)[index % 3]])
        frames.append(PinholeCamera(eye, target, np.array([0.0, 0, 1]), field_rad, width, width * 3 // 4))
    return frames


def stereo_cloud(truth: Mesh, cameras: list[PinholeCamera], errors: Stereo, seed: int = 1) -> Cloud:
    """Return the merged depth maps of a coloured mesh as a cloud with colours, normals and camera positions."""
    random = np.random.default_rng(seed)
    scene, normals = Scene(truth.positions, truth.faces), face_normals(truth.positions, truth.faces)
    maps = [_depth_map(truth, scene, normals, camera, errors, random) for camera in cameras]
    positions, colors, facing = (np.concatenate([each[part] for each in maps]) for part in range(3))
    station_of = np.repeat(np.arange(len(maps), dtype=np.int32), [len(each[0]) for each in maps])
    stations = np.array([camera.eye for camera in cameras], np.float32)
    return Cloud(positions, colors, None, facing, stations, station_of, count=len(positions))


def _depth_map(
    truth: Mesh, scene: Scene, normals: FloatArray, camera: PinholeCamera, errors: Stereo, random: np.random.Generator
) -> tuple[FloatArray, NDArray[np.uint8], FloatArray]:
    rays = camera.rays()
    hits = scene.cast(rays)
    shape = camera.height, camera.width
    depth = np.where(hits.faces >= 0, hits.distances, np.inf).astype(np.float64).reshape(shape)
    valid = np.isfinite(depth) & (
        gaussian_filter(random.normal(size=shape), 6) > _quantile(random, shape, errors.holes)
    )
    near, far = minimum_filter(depth, 3), maximum_filter(np.where(np.isfinite(depth), depth, 0), 3)
    edge = valid & (far > 1.05 * near)
    # Flying pixels: a window over an edge sees both depths.
    flying = edge & (random.random(shape) < 0.5)
    mixed = random.random(shape)
    depth[flying] = near[flying] + ((far - near)[flying]) * mixed[flying]
    # Disparity d of baseline and focal length 1: depth = 1 / d, so that errors of d grow with the depth squared.
    spread = errors.noise / errors.distance**2
    disparity = np.zeros(shape)
    disparity[valid] = 1 / depth[valid]
    shared = gaussian_filter(random.normal(size=shape), 4)
    own = random.normal(size=shape) * np.sqrt(1 - errors.drift**2)
    disparity += spread * (own + errors.drift * shared / max(float(shared.std()), 1e-12))
    if errors.noise:
        step = STEPS_IN_NOISE * spread
        disparity = np.rint(disparity / step) * step
    wrong = valid & (random.random(shape) < errors.mismatches)
    with np.errstate(divide="ignore"):
        seen = np.where(disparity > 0, 1 / disparity, np.inf)
    seen[wrong] = (np.where(np.isfinite(depth), depth, 0) * random.uniform(0.6, 1.4, shape))[wrong]
    valid &= np.isfinite(seen) & (seen < 60)
    rows = np.flatnonzero(valid.ravel())
    positions = rays[rows, :3] + rays[rows, 3:] * seen.ravel()[rows, None].astype(np.float32)
    assert truth.colors is not None
    corners = truth.colors[truth.faces[hits.faces[rows]]].astype(np.float64)
    weights = np.concatenate([1 - hits.barycentrics.sum(axis=1, keepdims=True), hits.barycentrics], axis=1)[rows]
    colors = np.einsum("kjc,kj->kc", corners, weights) * random.uniform(0.93, 1.07)
    colors += random.normal(0, errors.color_noise, colors.shape)
    facing = normals[hits.faces[rows]] + random.normal(0, 0.3, (len(rows), 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    return positions.astype(np.float32), np.clip(np.rint(colors), 0, 255).astype(np.uint8), facing.astype(np.float32)


def _quantile(random: np.random.Generator, shape: tuple[int, int], share: float) -> float:
    return float(np.quantile(gaussian_filter(random.normal(size=shape), 6), share)) if share else -np.inf
