"""Places of known shape, and laser points as a flight would have from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from carreau.air.airborne.survey_data import AirborneModel, AirbornePoints, Part, PartName, PointClass
from carreau.base.model import DoubleArray, IntArray

Roof = Callable[[DoubleArray, DoubleArray], DoubleArray]
"""Heights of a roof above x and y, NaN beside it."""

EAST, NORTH = 724_000.0, 7_030_000.0


def gable(x0: float, y0: float, x1: float, y1: float, eaves: float, slope: float) -> Roof:
    """Return a roof whose ridge runs along x in the middle."""

    def heights(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        return np.where(inside, eaves + slope * np.minimum(y - y0, y1 - y), np.nan)

    return heights


def hip(x0: float, y0: float, x1: float, y1: float, eaves: float, slope: float) -> Roof:
    """Return a roof that slopes to all four sides."""

    def heights(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        return np.where(inside, eaves + slope * np.minimum.reduce([y - y0, y1 - y, x - x0, x1 - x]), np.nan)

    return heights


def flat(x0: float, y0: float, x1: float, y1: float, height: float) -> Roof:
    """Return a level roof."""

    def heights(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        return np.where((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1), height, np.nan)

    return heights


def headframe(per_metre: float = 6.0) -> DoubleArray:
    """Return returns (n, 3) of four legs of 30 m that lean together, and of rings between them."""
    rng = np.random.default_rng(2)
    corners = np.array([[-5, -5], [5, -5], [5, 5], [-5, 5]], float)
    members = []
    for corner, after in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        members.append(([*corner, 0], [*(corner * 0.3), 30]))
        for height in (6, 12, 18, 24, 30):
            shrunk = 1 - 0.7 * height / 30
            members.append(([*(corner * shrunk), height], [*(after * shrunk), height]))
    points = []
    for start, end in members:
        length = np.linalg.norm(np.subtract(end, start))
        share = rng.uniform(0, 1, (int(length * per_metre), 1))
        points.append(np.array(start) + share * np.subtract(end, start))
    cloud = np.concatenate(points)
    return np.asarray(cloud + rng.normal(0, 0.03, cloud.shape))


def together(*roofs: Roof) -> Roof:
    """Return the highest of some roofs."""

    def heights(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        return np.asarray(np.fmax.reduce([roof(x, y) for roof in roofs]))

    return heights


def turned(roof: Roof, degrees: float, about: tuple[float, float] = (20.0, 20.0)) -> Roof:
    """Return a roof turned counter-clockwise."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def heights(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        dx, dy = x - about[0], y - about[1]
        return roof(about[0] + c * dx + s * dy, about[1] - s * dx + c * dy)

    return heights


def level(x: DoubleArray, y: DoubleArray) -> DoubleArray:
    """Return flat ground."""
    return np.zeros_like(x + y)


def flown(
    roof: Roof | None,
    side: float = 40.0,
    density: float = 10.0,
    noise: float = 0.02,
    ground: Roof = level,
    seed: int = 1,
    roof_class: PointClass = PointClass.BUILDING,
) -> AirbornePoints:
    """Return points of a square place, at random: of the roof where there is one, and of the ground."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, side, (2, int(density * side * side)))
    z, classes = ground(x, y), np.full(len(x), PointClass.GROUND, np.uint8)
    if roof is not None:
        over = roof(x, y)
        z = np.where(np.isnan(over), z, over)
        classes[~np.isnan(over)] = roof_class
    z = z + random.normal(0, noise, len(x)) + 30
    ones = np.ones(len(x), np.uint8)
    return AirbornePoints(np.column_stack([x + EAST, y + NORTH, z]), classes, ones, ones)


def part(model: AirborneModel, name: PartName) -> Part:
    """Return a part of a model."""
    return next(part for part in model.parts if part.name == name)


def soup(model: AirborneModel, *names: PartName) -> tuple[DoubleArray, IntArray]:
    """Return positions and faces of some parts together, equal places being one."""
    parts = [part for part in model.parts if part.name in names]
    shifts = np.cumsum([0, *(len(part.positions) for part in parts)])
    positions = np.concatenate([part.positions for part in parts]).astype(np.float64)
    faces = np.concatenate([part.faces + shift for part, shift in zip(parts, shifts, strict=False)])
    places, where = np.unique(np.round(positions * 1000).astype(np.int64), axis=0, return_inverse=True)
    return places / 1000, where[faces].astype(np.int32)


def open_edges(places: DoubleArray, faces: IntArray) -> list[tuple[DoubleArray, DoubleArray]]:
    """Return edges that faces pass in one direction more often than in the other.

    Upright edges count by their pieces: a corner may lie on the upright edge of another face.
    """
    net: Counter[tuple[int, int]] = Counter()
    columns = np.unique(places[:, :2], axis=0, return_inverse=True)[1]
    order = np.lexsort((places[:, 2], columns))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    for face in faces.tolist():
        for k in range(3):
            a, b = face[k], face[(k + 1) % 3]
            if columns[a] != columns[b]:
                net[min(a, b), max(a, b)] += 1 if a < b else -1
                continue
            low, high = sorted((int(rank[a]), int(rank[b])))
            for step in range(low, high):
                one, other = int(order[step]), int(order[step + 1])
                sign = 1 if rank[a] < rank[b] else -1
                net[min(one, other), max(one, other)] += sign if one < other else -sign
    return [(places[a], places[b]) for (a, b), times in net.items() if times]
