"""Tips, ponds, embankments, grounds and trees of a reconstruction."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import shapely
from scipy.spatial import Delaunay

from carreau.air.massing.outlines import Point, Ring
from carreau.air.massing.pieces import Face, bar
from carreau.air.massing.reconstructed_shape import ShapeInput
from carreau.base.model import DoubleArray, IntArray

TIP_POINTS = 1400
"""About as many places a tip has: twice as many triangles, and gullies that show on a phone."""
LEAST_ANGLE = 10.0
"""Degrees; a slope that is less is a field."""
GULLIES = 0.05
"""How far gullies cut into a slope, as a share of the tip's height."""


def spoil_tip(own: ShapeInput) -> Iterator[Face]:
    """Yield a tip that rises from its outline to its height: at the angle of repose, or steeper where it must."""
    outline = shapely.Polygon(own.footprint)
    height, slope = own.numbers["height"], math.tan(math.radians(max(own.numbers["angle"], LEAST_ANGLE)))
    spacing = math.sqrt(outline.area / TIP_POINTS)
    places = _places(outline, spacing)
    away: DoubleArray = np.asarray(shapely.distance(outline.exterior, shapely.points(places)))
    shares = _rise(own, outline, places, away, slope)
    random = np.random.default_rng(len(own.footprint) * 1009 + round(height))
    apex = places[shares.argmax()]
    angles = np.arctan2(*(places - apex).T)
    # Rain cuts gullies from the crest down: waves round the tip, deepest half-way up, none at crest and foot.
    waves = sum(np.sin(angles * k + random.uniform(0, 6.28)) / n for n, k in enumerate((9, 17, 29), 1))
    shares = np.clip(shares - GULLIES * waves * 4 * shares * (1 - shares), 0, 1) * (away > 1e-6)
    shares /= shares.max()
    corners = np.column_stack([places, shares * height])
    triangles = _counter_clockwise(places, Delaunay(places).simplices)
    middles = shapely.points(corners[triangles].mean(axis=1)[:, :2])
    # Plants climb in tongues from the foot: a smooth wave over the plan decides, not each face for itself.
    spread = max(math.sqrt(outline.area), 1e-9)
    ways = random.normal(0, 9 / spread, (5, 2))
    phases = random.uniform(0, 6.28, 5)
    for number in np.flatnonzero(shapely.contains(outline, middles)):
        three = corners[triangles[number]]
        level = float(three[:, 2].mean()) / max(height, 1e-9)
        wave = float(np.sin(ways @ (three[:, :2].mean(axis=0) - apex) + phases).mean())
        growth = _GROWTH[own.choices["cover"]] - level + 0.9 * wave
        roles = (("slope", "schist-black"), ("worn", "schist"), ("cover", "tip-grass"))
        role = roles[2 if growth > 0 else 1 if growth > -0.12 else 0]
        yield Face(own.material(*role), tuple(_point(each) for each in three))
    count = {"none": 0, "sparse": 30, "woods": 100}[own.choices["trees"]]
    size = min(0.12 * height + 3, 9.0)
    for at in random.permutation(len(corners))[: 4 * count : 4]:
        if away[at] > size / 2:
            yield from tree_faces(_point(corners[at]), size * random.uniform(0.7, 1.1), "birch")


_GROWTH = {"none": -2.0, "sparse": 0.25, "grass": 0.8}
"""Up to what share of the height plants grow, about."""


def _places(outline: shapely.Polygon, spacing: float) -> DoubleArray:
    """Return (n, 2) places on an outline and within it, about as far apart as the spacing."""
    edge = shapely.segmentize(outline.exterior, spacing)
    west, south, east, north = outline.bounds
    rows = np.arange(south, north, spacing * 0.87)
    grid = np.concatenate(
        [np.column_stack([np.arange(west + spacing / 2 * (n % 2), east, spacing), np.full(1, y).repeat(
            len(np.arange(west + spacing / 2 * (n % 2), east, spacing)))]) for n, y in enumerate(rows)]
    )  # fmt: skip
    inside = shapely.contains(outline.buffer(-0.45 * spacing), shapely.points(grid))
    return np.concatenate([shapely.get_coordinates(edge)[:-1], grid[inside]])


def _counter_clockwise(places: DoubleArray, triangles: IntArray) -> IntArray:
    (ax, ay), (bx, by), (cx, cy) = (places[triangles[:, corner]].T for corner in range(3))
    turns_right = (bx - ax) * (cy - ay) < (by - ay) * (cx - ax)
    return np.where(turns_right[:, None], triangles[:, ::-1], triangles)


def _rise(
    own: ShapeInput, outline: shapely.Polygon, places: DoubleArray, away: DoubleArray, slope: float
) -> DoubleArray:
    """Return (n,) the share of the height at places, by how far they are from the outline."""
    height, widest = own.numbers["height"], float(away.max())
    if own.choices["top"] == "cone":
        pole = shapely.get_coordinates(shapely.maximum_inscribed_circle(outline))[0]
        reach = _reach(outline, pole, places)
        far = np.linalg.norm(places - pole, axis=1)
        return np.asarray(np.clip(1 - far / np.maximum(reach, 1e-9), 0, 1))
    run = min(height / slope, (0.97 if own.choices["top"] == "ridge" else 0.6) * widest)
    return np.asarray(np.clip(away / max(run, 1e-9), 0, 1))


def _reach(outline: shapely.Polygon, pole: DoubleArray, places: DoubleArray) -> DoubleArray:
    """Return (n,) how far the outline is from its pole in the direction of each place."""
    ways = places - pole
    lengths = np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
    west, south, east, north = outline.bounds
    ends = pole + ways / lengths * (east - west + north - south)
    rays = shapely.linestrings(np.stack([np.broadcast_to(pole, ends.shape), ends], axis=1))
    hits = shapely.intersection(rays, outline)
    farthest: DoubleArray = np.asarray(shapely.hausdorff_distance(hits, shapely.Point(pole)))
    reach: DoubleArray = np.maximum(farthest, lengths[:, 0])
    return reach


def tree_faces(foot: Point, height: float, kind: str) -> Iterator[Face]:
    """Yield a tree of two dozen faces: a trunk, and a crown of two rings."""
    x, y, z = foot
    trunk, leaf = ("birch-white", "leaf-birch") if kind == "birch" else ("wood-dark", "leaf-green")
    half = height * {"birch": 0.2, "poplar": 0.13}.get(kind, 0.3)
    yield from bar(trunk, (x, y, z - 0.2), (x, y, z + 0.45 * height), 0.05 * height)
    levels = ((0.28, 0.55), (0.55, 1.0), (0.8, 0.6))
    ways = [(math.cos(1.05 * k), math.sin(1.05 * k)) for k in range(6)]
    rings = [[(x + u * half * wide, y + v * half * wide, z + up * height) for u, v in ways] for up, wide in levels]
    for low, high in pairwise(rings):
        for k in range(6):
            yield Face(leaf, (low[k], low[(k + 1) % 6], high[(k + 1) % 6], high[k]))
    for k in range(6):
        yield Face(leaf, (rings[2][k], rings[2][(k + 1) % 6], (x, y, z + height)))
        yield Face(leaf, (rings[0][(k + 1) % 6], rings[0][k], (x, y, z + 0.22 * height)))


def trees(own: ShapeInput) -> Iterator[Face]:
    """Yield trees scattered over an outline, no two closer than a crown while there is room."""
    outline = shapely.Polygon(own.footprint)
    count, height = own.count("count"), own.numbers["height"]
    random = np.random.default_rng(count * 31 + round(10 * height))
    west, south, east, north = outline.bounds
    placed: list[tuple[float, float]] = []
    for spot in random.uniform((west, south), (east, north), (40 * count, 2)):
        if len(placed) == count:
            break
        x, y = float(spot[0]), float(spot[1])
        if all(math.dist((x, y), other) > 0.5 * height for other in placed) and outline.contains(shapely.Point(x, y)):
            placed.append((x, y))
    for x, y in placed:
        yield from tree_faces((x, y, 0.0), height * float(random.uniform(0.75, 1.1)), own.choices["kind"])


def pond(own: ShapeInput) -> Iterator[Face]:
    """Yield a sheet of water within its outline, with a bank around it and reeds along its edge."""
    bank, rim = own.numbers["bank"], own.footprint
    level = 0.35 * bank
    yield Face(own.material("water", "water"), tuple((x, y, level) for x, y in rim))
    outer = _outwards(rim, 4 * bank)
    material = own.material("bank", "meadow")
    crest = _outwards(rim, 1.5 * bank)
    for inner, high, lows in ((rim, crest, (level, bank)), (crest, outer, (bank, 0.0))):
        for at, corner in enumerate(inner):
            after = (at + 1) % len(inner)
            face = ((*corner, lows[0]), (*high[at], lows[1]), (*high[after], lows[1]), (*inner[after], lows[0]))
            yield Face(material, face)
    if own.choices["reeds"] == "some":
        yield from _reeds(own, level)


def _reeds(own: ShapeInput, level: float) -> Iterator[Face]:
    edge = shapely.Polygon(own.footprint).exterior
    count = int(min(220, edge.length / 3))
    random = np.random.default_rng(count)
    for at in np.sort(random.uniform(0, edge.length, count)):
        place = shapely.get_coordinates(edge.interpolate(float(at)))[0] + random.normal(0, 1.2, 2)
        x, y, tall = float(place[0]), float(place[1]), float(random.uniform(1.0, 2.2))
        for u, v in ((0.5, 0.0), (0.0, 0.5)):
            yield Face(
                own.material("reed", "reed"),
                (
                    (x - u, y - v, level),
                    (x + u, y + v, level),
                    (x + 0.6 * u, y + 0.6 * v, level + tall),
                    (x - 0.6 * u, y - 0.6 * v, level + tall),
                ),
            )


def _outwards(ring: Ring, distance: float) -> Ring:
    """Return a ring with each corner moved outwards; less than twice the distance where it is sharp."""
    points = np.array(ring, np.float64)
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    normals = [
        np.column_stack([way[:, 1], -way[:, 0]]) / np.linalg.norm(way, axis=1, keepdims=True) for way in (before, after)
    ]
    both = normals[0] + normals[1]
    size = np.maximum((both**2).sum(axis=1, keepdims=True), 1.0)
    return tuple((float(x), float(y)) for x, y in points + both * 2 * distance / size)


def embankment(own: ShapeInput) -> Iterator[Face]:
    """Yield an embankment along a line, with ballast and rails on it, or a path."""
    height, half = own.numbers["height"], own.numbers["width"] / 2
    spread = half + height / math.tan(math.radians(max(own.numbers["angle"], LEAST_ANGLE)))
    low, high = [_strip(own.path, each) for each in (spread, half)]
    side = own.material("side", "meadow")
    for left, right, material, heights in (
        (low[0], high[0], side, (0.0, height)),
        (high[0], high[1], own.material("crown", "ballast"), (height, height)),
        (high[1], low[1], side, (height, 0.0)),
    ):
        for (a, b), (c, d) in zip(pairwise(left), pairwise(right), strict=True):
            yield Face(material, ((*c, heights[1]), (*d, heights[1]), (*b, heights[0]), (*a, heights[0])))
    tracks = {"single": (0.0,), "double": (-0.5 * half, 0.5 * half), "none": ()}[own.choices["track"]]
    for middle in tracks:
        for gauge in (-0.72, 0.72):
            line = _strip(own.path, middle + gauge)[0]
            for (ax, ay), (bx, by) in pairwise(line):
                yield from bar(
                    own.material("rail", "rail"), (ax, ay, height + 0.12), (bx, by, height + 0.12), 0.12, 0.2
                )


def _strip(
    path: Sequence[tuple[float, float]], offset: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return the lines to the left and to the right of a path, at a distance, with mitred corners."""
    points = np.array(path, np.float64)
    ways = np.diff(points, axis=0)
    ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
    normals = np.column_stack([-ways[:, 1], ways[:, 0]])
    both = np.concatenate([normals[:1], normals[:-1] + normals[1:], normals[-1:]])
    size = np.maximum((both**2).sum(axis=1, keepdims=True), 0.5)
    shift = both * offset * np.where(np.arange(len(points))[:, None] % (len(points) - 1) == 0, 1.0, 2.0 / size)
    return [(float(x), float(y)) for x, y in points + shift], [(float(x), float(y)) for x, y in points - shift]


def ground(own: ShapeInput) -> Iterator[Face]:
    """Yield a level ground within an outline, with a low edge."""
    material = own.material("ground", "grass")
    top = 0.03
    yield Face(material, tuple((x, y, top) for x, y in own.footprint))
    for a, b in zip(own.footprint, (*own.footprint[1:], own.footprint[0]), strict=True):
        yield Face(material, ((*a, -0.3), (*b, -0.3), (*b, top), (*a, top)))


def fence(own: ShapeInput) -> Iterator[Face]:
    """Yield a hedge, a wall with its coping or a fence of pales along a line."""
    kind, height = own.choices["kind"], own.numbers["height"]
    half = 0.04 if kind == "pales" else own.numbers["width"] / 2
    usual = {"hedge": "hedge", "wall": "brick-red", "pales": "wood-dark"}[kind]
    yield from _bank(own.path, half, height, own.material("fence", usual), own.material("fence", usual))
    if kind == "wall":
        coping = own.material("coping", "limestone")
        yield from _bank(own.path, 1.3 * half, height + 0.12, coping, coping, height)


def _bank(
    path: Sequence[tuple[float, float]], half: float, top: float, side: str, crown: str, foot: float = 0.0
) -> Iterator[Face]:
    """Yield an upright strip along a line: both sides, its crown and its ends."""
    left, right = _strip(path, half)
    for (a, b), (c, d) in zip(pairwise(left), pairwise(right), strict=True):
        yield Face(side, ((*c, foot), (*d, foot), (*d, top), (*c, top)))
        yield Face(side, ((*b, foot), (*a, foot), (*a, top), (*b, top)))
        yield Face(crown, ((*c, top), (*d, top), (*b, top), (*a, top)))
    for one, other in ((left[0], right[0]), (right[-1], left[-1])):
        yield Face(side, ((*one, foot), (*other, foot), (*other, top), (*one, top)))


def street(own: ShapeInput) -> Iterator[Face]:
    """Yield a street along a line between its pavements."""
    half, pavement = own.numbers["width"] / 2, own.numbers["pavement"]
    lines = [_strip(own.path, each) for each in (half + pavement, half)]
    rows = [
        (lines[0][0], lines[1][0], "pavement", 0.14),
        (lines[1][0], lines[1][1], "road", 0.06),
        (lines[1][1], lines[0][1], "pavement", 0.14),
    ]
    usual = {"pavement": "gravel", "road": "cobbles"}
    for left, right, role, height in rows:
        for (a, b), (c, d) in zip(pairwise(left), pairwise(right), strict=True):
            yield Face(own.material(role, usual[role]), ((*c, height), (*d, height), (*b, height), (*a, height)))
    if own.choices["trees"] != "none":
        edge = shapely.LineString(lines[0][0])
        for at in np.arange(5, edge.length, max(own.numbers["spacing"], edge.length / 60)):
            x, y = shapely.get_coordinates(edge.interpolate(float(at)))[0]
            yield from tree_faces((float(x), float(y), 0.0), 8.0, own.choices["trees"])


def _point(place: DoubleArray) -> Point:
    return float(place[0]), float(place[1]), float(place[2])
