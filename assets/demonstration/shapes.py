"""Solids as signed distances: negative inside, metres outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np

from carreau.base.model import DoubleArray, FloatArray

Window = tuple[DoubleArray, DoubleArray]


class Shape(Protocol):
    """A solid that can tell where it lies and how far a place is from its skin."""

    def windows(self) -> Iterator[Window]:
        """Yield boxes (low, high) that together hold the solid: several small ones for a long slanted beam."""

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return signed distances for coordinates that broadcast against each other."""


@dataclass(frozen=True)
class Box:
    """A box along the axes, from low to high corner."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def windows(self) -> Iterator[Window]:
        """Yield the box itself."""
        yield np.array(self.low), np.array(self.high)

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the largest of the six planes' distances."""
        spans = [np.maximum(low - c, c - high) for c, low, high in zip((x, y, z), self.low, self.high, strict=True)]
        values: FloatArray = np.maximum(np.maximum(spans[0], spans[1]), spans[2])
        return values


@dataclass(frozen=True)
class Beam:
    """A straight bar with a rectangular section.

    start, end : (3,) ends of its axis
    width, height : full section, height as near to vertical as the axis lets it
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    width: float
    height: float

    @cached_property
    def axes(self) -> DoubleArray:
        """Rows: along, across and upright unit vectors."""
        along = np.subtract(self.end, self.start)
        along = along / np.linalg.norm(along)
        upright = np.array([0.0, 1.0, 0.0]) if abs(along[1]) < 0.98 else np.array([0.0, 0.0, 1.0])
        across = np.cross(upright, along)
        across /= np.linalg.norm(across)
        return np.array([along, across, np.cross(along, across)])

    @cached_property
    def length(self) -> float:
        """Distance between the ends."""
        return float(np.linalg.norm(np.subtract(self.end, self.start)))

    def windows(self) -> Iterator[Window]:
        """Yield a box around each metre and a half."""
        count = int(np.ceil(self.length / 1.5))
        knots = np.linspace(self.start, self.end, count + 1)
        reach = (self.width + self.height) / 2
        for a, b in pairwise(knots):
            yield np.minimum(a, b) - reach, np.maximum(a, b) + reach

    def local(self, points: FloatArray) -> FloatArray:
        """Return (k, 3): metres along, across and upright of points (k, 3)."""
        middle = np.add(self.start, self.end) / 2
        return ((points - middle) @ self.axes.T).astype(np.float32)

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the box distance in the bar's own frame."""
        middle = np.add(self.start, self.end) / 2
        spans = []
        for axis, half in zip(self.axes, (self.length / 2, self.width / 2, self.height / 2), strict=True):
            a, b, c = (np.float32(value) for value in axis)
            spans.append(np.abs(a * (x - middle[0]) + b * (y - middle[1]) + c * (z - middle[2])) - np.float32(half))
        values: FloatArray = np.maximum(np.maximum(spans[0], spans[1]), spans[2])
        return values


@dataclass(frozen=True)
class Drum:
    """A cylinder, or a ring when it has an inner radius, along one axis (0 = x, 1 = y, 2 = z)."""

    center: tuple[float, float, float]
    axis: int
    radius: float
    half_length: float
    inner: float = -1.0

    def windows(self) -> Iterator[Window]:
        """Yield the box around it."""
        reach = np.full(3, self.radius)
        reach[self.axis] = self.half_length
        yield np.subtract(self.center, reach), np.add(self.center, reach)

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the largest of wall, bore and cap distances."""
        offsets = [c - m for c, m in zip((x, y, z), self.center, strict=True)]
        cap = np.abs(offsets.pop(self.axis)) - self.half_length
        ring = np.hypot(offsets[0], offsets[1])
        wall = ring - self.radius
        if self.inner >= 0:
            wall = np.maximum(wall, self.inner - ring)
        values: FloatArray = np.maximum(wall, cap)
        return values


@dataclass(frozen=True)
class Gable:
    """A house-shaped prism: a box whose top is two slopes that meet at a ridge along x or z.

    low, high : corners; high[1] is the ridge
    eaves : height at which the slopes start
    ridge : 0 when the ridge runs along x, 2 along z
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    eaves: float
    ridge: int = 0
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        """Keep the enclosing box."""
        object.__setattr__(self, "box", Box(self.low, self.high))

    def windows(self) -> Iterator[Window]:
        """Yield the enclosing box."""
        return self.box.windows()

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the larger of box and slope distance."""
        across = 2 - self.ridge
        half = (self.high[across] - self.low[across]) / 2
        offset = np.abs((z if across == 2 else x) - (self.low[across] + half))
        rise = (self.high[1] - self.eaves) / half
        slope = (y - self.eaves - rise * (half - offset)) / np.float32(np.hypot(1, rise))
        values: FloatArray = np.maximum(self.box.distance(x, y, z), slope)
        return values


@dataclass(frozen=True)
class Arch:
    """A door or window opening with a round or segmental head, driven through a wall along x or z.

    low, high : corners; high[1] is the crown
    spring : height at which the arch starts
    through : axis of the opening, 0 or 2
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    spring: float
    through: int = 2

    def windows(self) -> Iterator[Window]:
        """Yield the enclosing box."""
        yield np.array(self.low), np.array(self.high)

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the box distance, with a circle through crown and springers as its top."""
        across = 2 - self.through
        half, rise = (self.high[across] - self.low[across]) / 2, self.high[1] - self.spring
        radius = (half * half + rise * rise) / (2 * rise)
        offset = (z if across == 2 else x) - (self.low[across] + half)
        head = np.hypot(offset, np.maximum(y - (self.high[1] - radius), 0)) - radius
        return np.maximum(Box(self.low, self.high).distance(x, y, z), np.where(y > self.spring, head, -9))
