"""A castle as an open photogrammetry program leaves it: towers, walls and a keep on a hill, open below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assets.demonstration.bake import developed
from assets.demonstration.field import Field
from assets.demonstration.light import Daylight, illumination
from assets.demonstration.noise import smooth_noise
from assets.demonstration.shapes import Box, Drum, Gable, Window
from assets.demonstration.surface import Surface, skin
from carreau.base.model import ByteArray, DoubleArray, FloatArray, Mesh
from carreau.geometry.location.ground_plane import TO_Y_UP
from carreau.geometry.mesh_parts import compact, take_faces

GROUND, STONE, SLATE, PLASTER = 1, 2, 3, 4
_COLORS = np.array([[0, 0, 0], [0.09, 0.16, 0.04], [0.36, 0.32, 0.26], [0.08, 0.09, 0.11], [0.62, 0.56, 0.46]])
_REACH = 26.0
_TOWERS = [(-14.0, -11.0), (14.0, -11.0), (14.0, 11.0), (-14.0, 11.0)]


@dataclass(frozen=True)
class _Hill:
    """Ground that falls away from the castle."""

    def windows(self) -> Iterator[Window]:
        """Yield the box of its surface."""
        yield np.array([-_REACH, -6.0, -_REACH]), np.array([_REACH, 2.0, _REACH])

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the height above the ground."""
        r2 = x * x + z * z
        bumps = 0.35 * np.sin(0.45 * x + 1) * np.cos(0.38 * z) + 0.15 * np.sin(1.3 * x) * np.sin(1.1 * z + 2)
        return np.asarray(y - (0.4 - 0.003 * r2 + bumps), np.float32)


@dataclass(frozen=True)
class _Cone:
    """A pointed roof."""

    x: float
    z: float
    low: float
    high: float
    radius: float

    def windows(self) -> Iterator[Window]:
        """Yield the box around it."""
        r = self.radius
        yield np.array([self.x - r, self.low, self.z - r]), np.array([self.x + r, self.high, self.z + r])

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the larger of the distances to slope and foot."""
        slope = self.radius / (self.high - self.low)
        side = (np.hypot(x - self.x, z - self.z) - slope * (self.high - y)) / np.hypot(1, slope)
        return np.asarray(np.maximum(side, self.low - y), np.float32)


def _walls(space: Field) -> None:
    for x0, x1, z0, z1 in ((-14, 14, -12, -10.4), (-14, 14, 10.4, 12), (-15, -13.4, -11, 11), (13.4, 15, -11, 11)):
        space.add(Box((x0, -4, z0), (x1, 7, z1)), STONE)
        along = np.arange(x0, x1, 2.4) if x1 - x0 > z1 - z0 else np.arange(z0, z1, 2.4)
        for t in along:
            merlon = (
                Box((t, 6.8, z0), (t + 1.2, 8.2, z1)) if x1 - x0 > z1 - z0 else Box((x0, 6.8, t), (x1, 8.2, t + 1.2))
            )
            space.add(merlon, STONE)
    space.carve(Box((-2, -4, 9), (2, 4.5, 13)))


def castle(ground: bool = True, step: float = 0.5, angle_deg: float = 20.0, seed: int = 7) -> Mesh:
    """Return a castle of about 40 m, Y up, in vertex colours, open below.

    ground : with the hill around it; otherwise cut off level with its foot
    angle_deg : of its walls to the axes, in plan
    """
    space = Field(np.array([-_REACH, -6.0, -_REACH]), np.array([_REACH, 24.0, _REACH]), step)
    space.add(_Hill(), GROUND)
    _walls(space)
    for x, z in _TOWERS:
        space.add(Drum((x, 4, z), 1, 3.2, 8.5), STONE)
        space.add(_Cone(x, z, 12.0, 18.0, 3.9), SLATE)
    space.add(Gable((-9, -4, -8), (3, 17, -1), 11, 0), PLASTER)
    space.add(Box((4, -4, -8), (8.5, 20, -3.5)), STONE)
    rng = np.random.default_rng(seed)
    surface = skin(space, rng)
    surface = replace(surface, owners=_roofed(surface))
    colors = _lit(surface, rng)
    turn = np.radians(angle_deg)
    plan = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    jitter = rng.normal(0, 0.06 * step, surface.places.shape)
    positions = ((surface.places + jitter) @ plan.T).astype(np.float32)
    mesh = Mesh(positions, surface.faces, colors=colors)
    middle = surface.places[surface.faces].mean(axis=1)
    radius = np.hypot(middle[:, 0], middle[:, 2])
    rim = 22 + 2 * np.sin(3 * np.arctan2(middle[:, 2], middle[:, 0])) if ground else _REACH
    is_there = (radius < rim) & (middle[:, 1] > -5.5)
    if not ground:
        is_there &= middle[:, 1] > 0.9
    return compact(take_faces(mesh, is_there))


def _roofed(surface: Surface) -> NDArray[np.int16]:
    """Return the owners, with slate on the slopes of the keep."""
    is_slope = (surface.owners == PLASTER) & (surface.normals[:, 1] > 0.3)
    return np.where(is_slope, SLATE, surface.owners).astype(np.int16)


def _lit(surface: Surface, rng: np.random.Generator) -> ByteArray:
    """Return (n, 3) uint8 sRGB: paint in the sun and under the sky."""
    light = Daylight(surface)
    paint = _COLORS[surface.owners] * (0.7 + 0.6 * smooth_noise(surface.places, 2.0, 3, 3))[:, None]
    sun = light.sunlight(surface.places, surface.normals, rng)
    sky = light.openness(surface.places, surface.normals, rng, rays=12)
    linear = paint.astype(np.float32) * illumination(sun, sky, surface.normals)
    return np.asarray(np.clip(np.rint(developed(linear)), 0, 255), np.uint8)


def turned(mesh: Mesh, up: str, tilt_deg: float = 0.0) -> Mesh:
    """Return a mesh that has Y up with another axis up, and leaning by some degrees."""
    turn: DoubleArray = np.array(TO_Y_UP[up], np.float64).T
    lean = np.radians(tilt_deg)
    tilt = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    linear = turn @ tilt
    normals = None if mesh.normals is None else (mesh.normals @ linear.T).astype(np.float32)
    return replace(mesh, positions=(mesh.positions.astype(np.float64) @ linear.T).astype(np.float32), normals=normals)
