"""Outlines in plan: rectangles, regular polygons, and bands between an outer and an inner outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely

ROUND_SIDES = 24
"""Sides of what is round; a multiple of four, so that its width is exact along both axes."""

Ring = Sequence[tuple[float, float]]
"""Corners, counter-clockwise seen from above, in metres."""


def rectangle(length: float, width: float) -> Ring:
    """Return a rectangle about the origin, its length along x; the first edge is the southern one."""
    x, y = length / 2, width / 2
    return ((-x, -y), (x, -y), (x, y), (-x, y))


def regular(sides: int, width: float) -> Ring:
    """Return a regular polygon about the origin; `width` lies between opposite sides.

    sides : 4, 8, 12 …
    """
    angles = (np.arange(sides) - 1) * 2 * np.pi / sides - np.pi / 2 + np.pi / sides
    radius = width / 2 / np.cos(np.pi / sides)
    return tuple((float(x), float(y)) for x, y in zip(radius * np.cos(angles), radius * np.sin(angles), strict=True))


def area(ring: Ring) -> float:
    """Return the area of a ring, positive where it is counter-clockwise."""
    x, y = np.array(ring, np.float64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def inside_by(ring: Ring, distance: float) -> Ring:
    """Return the ring whose sides lie inside those of another, each by a distance; it has as many corners."""
    points = np.array(ring, np.float64)
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    first, second = (way / np.linalg.norm(way, axis=1, keepdims=True) for way in (before, after))
    inwards = np.column_stack([-first[:, 1], first[:, 0]]) + np.column_stack([-second[:, 1], second[:, 0]])
    shift = inwards * distance * 2 / (inwards**2).sum(axis=1, keepdims=True)
    return tuple((float(x), float(y)) for x, y in points + shift)


def beyond(ring: Ring, other: Ring) -> Iterator[Ring]:
    """Yield what a ring covers and another does not, in pieces without holes, counter-clockwise."""
    yield from without_holes(shapely.difference(shapely.Polygon(ring), shapely.Polygon(other)))


def without_holes(shape: shapely.Geometry) -> Iterator[Ring]:
    """Yield the polygons of a shape as rings; one with a hole is parted through the middle of the hole."""
    for polygon in shapely.get_parts(shape):
        if shapely.get_dimensions(polygon) != 2 or polygon.is_empty:
            continue
        if not len(polygon.interiors):
            ring = shapely.get_coordinates(shapely.orient_polygons(polygon).exterior)[:-1]
            yield tuple((float(x), float(y)) for x, y in ring)
            continue
        west, south, east, north = polygon.bounds
        middle = shapely.Polygon(polygon.interiors[0]).representative_point().x
        for low, high in ((west - 1, middle), (middle, east + 1)):
            yield from without_holes(shapely.intersection(polygon, shapely.box(low, south - 1, high, north + 1)))
