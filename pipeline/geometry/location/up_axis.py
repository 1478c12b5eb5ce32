"""The likely up axis of a scan whose file does not state it.

`trimesh.poses.compute_stable_poses` was measured beside `footings`, with the same centre of gravity. It returns how a
dropped body comes to rest: its most probable pose is upright for one of four scans (a statue, a dinosaur and a column
lie on their sides); `footings` is right for all four. 600,000 triangles take 0.2 s here and 0.8 s there; a rough ball
of 82,000, with 3,459 poses, 0.02 s and 9.9 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from pipeline.geometry.extent import Box, body_box
from pipeline.geometry.selection import compacted, finite_faces, welded
from pipeline.geometry.topology import edges_of
from pipeline.geometry.triangles import vector_area
from pipeline.jit import compiled
from pipeline.messages import Message, Number, message
from pipeline.model import DoubleArray, FloatArray, IntArray, Mesh

UP_DIRECTIONS: dict[str, tuple[int, int]] = {
    "x": (0, 1),
    "y": (1, 1),
    "z": (2, 1),
    "-x": (0, -1),
    "-y": (1, -1),
    "-z": (2, -1),
}
"""Axis and sign of each direction that can be up."""

SOLE = 0.05
"""Share of the height, from the ground, that counts as feet, which differ in length."""

SLAB = 0.02
"""Share of the height, from the ground, of the faces of the base."""

RIM_SLAB = 0.1
"""Share of the height, from the ground, of the rim of an open base, which is never cut quite level."""

LEVEL = 0.95
"""Least cosine between up and the normal of a level face: 18 degrees."""

ENOUGH = 0.2
"""Least share of the footprint that the base must cover: real scans have 0.45 to 0.9, other sides 0.12."""

FOOTING = 0.1
"""Least share of the footprint between the feet: a four-legged toy has 0.16."""

CLEARLY = 3.0
"""Least ratio to all other sides."""

STANDING = 0.4
"""Least height, relative to the longest side, of a scan turned to another axis: it may be a facade on its back."""

PROJECTED = 10_000.0
"""Least easting and northing of projected coordinates, and greatest height, metres."""


def footings(positions: FloatArray, faces: IntArray, box: Box) -> dict[str, float]:
    """Return, for each up axis, the share of the footprint between the feet; 0 where the object would topple.

    It topples unless the centroid of its surface lies over the convex hull of the vertices near the ground.
    """
    inside = ((positions >= box.low) & (positions <= box.high)).all(axis=1)
    places = positions[inside].astype(np.float64)
    middle = _middle(positions, faces)
    return {up: _footing(places, middle, box, axis, sign) for up, (axis, sign) in UP_DIRECTIONS.items()}


def _footing(places: DoubleArray, middle: DoubleArray, box: Box, axis: int, sign: int) -> float:
    heights = places[:, axis] - box.low[axis] if sign > 0 else box.high[axis] - places[:, axis]
    feet = np.delete(places[heights <= SOLE * box.sides[axis]], axis, axis=1)
    plan = float(np.delete(box.sides, axis).prod())
    if len(feet) < 3 or plan <= 0:
        return 0.0
    try:
        hull = ConvexHull(feet)
    except QhullError:
        return 0.0  # the feet lie on one line
    stands = hull.equations[:, :2] @ np.delete(middle, axis) + hull.equations[:, 2] < 0
    return float(hull.volume) / plan if stands.all() else 0.0


@compiled
def _middle(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Return the (3,) centroid of the surface."""
    middle = np.zeros(3, np.float64)
    total = 0.0
    for f in range(len(faces)):
        square = 0.0
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        for d in range(3):
            e = (d + 1) % 3
            ad, ae = np.float64(positions[a, d]), np.float64(positions[a, e])
            cross = (positions[b, d] - ad) * (positions[c, e] - ae) - (positions[b, e] - ae) * (positions[c, d] - ad)
            square += cross * cross
        area = np.sqrt(square)
        total += area
        for d in range(3):
            middle[d] += area * (np.float64(positions[a, d]) + positions[b, d] + positions[c, d]) / 3
    return middle / total if total > 0 else middle


@dataclass(frozen=True)
class LikelyUp:
    """The likely up axis.

    up : a key of `UP_DIRECTIONS`
    confident : whether there is evidence beyond the default
    reason : a clause for a sentence
    """

    up: str
    confident: bool
    reason: Message


def likely_up(mesh: Mesh) -> LikelyUp:
    """Return the up axis from projected coordinates, else from the base of the scan; Y if neither is clear."""
    horizontal = projected_up(mesh)
    if horizontal is not None:
        reason = message(
            "its coordinates look like eastings and northings, with heights along %(axis)s", axis=horizontal
        )
        return LikelyUp(horizontal, True, reason)
    faces = mesh.faces[finite_faces(mesh)]
    if not len(faces):
        return LikelyUp("y", False, message("it has no surface"))
    box = body_box(mesh.positions, faces)
    base = _clearest(_supports(mesh, faces, box), box, ENOUGH)
    if base is not None:
        share = Number(base[1], ".0%")
        return LikelyUp(
            base[0], True, message("it has a flat or open base that covers %(share)s of its footprint", share=share)
        )
    feet = _clearest(footings(mesh.positions, faces, box), box, FOOTING)
    if feet is not None:
        return LikelyUp(feet[0], True, message("it would topple over on any other side"))
    return LikelyUp("y", False, message("no side is clearly its base, and Y is the default"))


def _clearest(shares: dict[str, float], box: Box, enough: float) -> tuple[str, float] | None:
    """Return the axis with enough, and clearly more than others, unless that would lay a facade on its back."""
    best = max(UP_DIRECTIONS, key=lambda up: shares[up])
    others = max(shares[up] for up in UP_DIRECTIONS if up != best)
    low = box.sides[UP_DIRECTIONS[best][0]] < STANDING * box.sides.max()
    if shares[best] < enough or shares[best] < CLEARLY * others or (low and best != "y"):
        return None
    return best, shares[best]


def projected_up(mesh: Mesh) -> str | None:
    """Return the axis of heights if the other two look like eastings and northings, else None."""
    box = body_box(mesh.positions, mesh.faces)
    place = np.abs((box.low + box.high) / 2 + mesh.origin)
    far = (place >= PROJECTED) & (place >= 2 * float(box.sides.max()))
    if far.sum() != 2 or place[~far][0] >= PROJECTED:
        return None
    return {0: None, 1: "y", 2: "z"}[int(np.flatnonzero(~far)[0])]


def _supports(mesh: Mesh, faces: IntArray, box: Box) -> dict[str, float]:
    """Return the share of the footprint that the base would cover, for each up axis."""
    sides = np.maximum(box.sides, np.finfo(np.float32).tiny)
    level = _level_areas(mesh.positions, faces, box.low, box.high, SLAB, LEVEL)
    opening = _opening(mesh, faces, box)
    supports = {}
    for up, (axis, sign) in UP_DIRECTIONS.items():
        plan = float(np.delete(sides, axis).prod())
        supports[up] = float(level[axis, (sign + 1) // 2] + opening.get(up, 0.0)) / plan
    return supports


@compiled
def _level_areas(
    positions: FloatArray, faces: IntArray, low: DoubleArray, high: DoubleArray, slab: float, level: float
) -> DoubleArray:
    """Return the area of level faces of the base, by axis and by whether up is against or along it."""
    areas = np.zeros((3, 2), np.float64)
    p = np.empty((3, 3), np.float64)
    n = np.empty(3, np.float64)
    for f in range(len(faces)):
        for k in range(3):
            for d in range(3):
                p[k, d] = positions[faces[f, k], d]
        for d in range(3):
            e, g = (d + 1) % 3, (d + 2) % 3
            n[d] = (p[1, e] - p[0, e]) * (p[2, g] - p[0, g]) - (p[1, g] - p[0, g]) * (p[2, e] - p[0, e])
        size = np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
        for d in range(3):
            if abs(n[d]) <= level * size:
                continue
            along = 1 if n[d] < 0 else 0
            reach = slab * (high[d] - low[d])
            highest, lowest = max(p[0, d], p[1, d], p[2, d]), min(p[0, d], p[1, d], p[2, d])
            if (along and highest <= low[d] + reach) or (not along and lowest >= high[d] - reach):
                areas[d, along] += size / 2
    return areas


def _opening(mesh: Mesh, faces: IntArray, box: Box) -> dict[str, float]:
    """Return the area of an open base under the up axis it implies, if there is one.

    The area vectors of a closed surface add up to zero, those of an open one to the area of its opening.
    """
    total = vector_area(mesh.positions, faces)
    axis = int(np.abs(total).argmax())
    size = float(np.linalg.norm(total))
    sides = box.sides
    if abs(total[axis]) <= LEVEL * size or size < ENOUGH * float(np.delete(sides, axis).prod()):
        return {}
    up = next(up for up, (along, sign) in UP_DIRECTIONS.items() if along == axis and sign == np.sign(total[axis]))
    heights = _rim(mesh, faces)[:, axis].astype(np.float64) - box.low[axis]
    if UP_DIRECTIONS[up][1] < 0:
        heights = sides[axis] - heights
    return {up: size} if len(heights) and np.mean(heights <= RIM_SLAB * sides[axis]) >= 0.8 else {}


def _rim(mesh: Mesh, faces: IntArray) -> FloatArray:
    """Return the positions of the vertices on boundary edges."""
    bare = welded(compacted(Mesh(mesh.positions, faces)))
    edges = edges_of(bare.faces, len(bare.positions))
    return bare.positions[np.unique(edges.vertices[edges.boundary])]
