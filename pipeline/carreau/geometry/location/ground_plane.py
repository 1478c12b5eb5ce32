"""The plane a scan stands on, the motion that stands it upright there, and its cropping to a box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import Cloud, DoubleArray, FloatArray, IntArray, Mesh
from carreau.formats.location.crs import Triple
from carreau.geometry.location.up_axis import UP_DIRECTIONS
from carreau.geometry.mesh_parts import body_box, compact, find_body, take_faces
from carreau.geometry.topology import BoolArray

LOWEST = 0.25
"""Share of the height, from the lowest point, in which the ground is searched."""

STEEPEST = np.cos(np.radians(30.0))
"""Least cosine between up and the normal of a face of the ground."""

CLOSE = 0.01
"""Final distance of faces from the plane, as a share of the longest side of the scan."""

ENOUGH = 0.05
"""Least share of the footprint that the faces on the plane must cover."""

ROUNDS = 8
NO_GROUND = message(
    "no ground plane was found, because too little of the scan is level near its lowest point; "
    "it stands on its lowest point"
)
_NO_REASON = Message("", {})


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane.

    point : (3,) float64 on it
    normal : (3,) float64, unit, away from the ground
    """

    point: DoubleArray
    normal: DoubleArray


def plane_from_numbers(numbers: tuple[float, ...], up: DoubleArray) -> Plane:
    """Return the plane through a point, through a point with a normal, or through three points; its normal points up.

    up : (3,) approximate up; exact for a single point
    """
    values = np.array(numbers, np.float64).reshape(-1, 3)
    normal = up
    if len(values) == 2:
        normal = values[1]
    elif len(values) == 3:
        normal = np.cross(values[1] - values[0], values[2] - values[0])
    normal = normal / np.linalg.norm(normal)
    return Plane(values[0], -normal if normal @ up < 0 else normal)


def detect_ground_plane(positions: FloatArray, faces: IntArray, up: DoubleArray) -> Plane | None:
    """Return the plane of the level faces near the ground, or None if they are too few.

    They may face up, as the ground around an object, or down, as its closed base. The plane is fitted to the centroids
    of the faces, weighted by area, repeatedly within a narrowing band; about (0, 0, 0) of the positions.
    """
    box = body_box(positions, faces)
    corners = positions[faces].astype(np.float64)
    middles = corners.mean(axis=1)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    sizes = np.linalg.norm(areas, axis=1)
    ends = np.array([box.low, box.high])
    heights = middles @ up
    low, high = np.sort([(ends @ up).min(), (ends @ up).max()])
    # Candidates: nearly level faces in the lowest quarter, of the scan without its strays.
    level = (np.abs(areas @ up) >= STEEPEST * sizes) & (heights <= low + LOWEST * (high - low)) & (heights >= low)
    level &= np.isfinite(sizes) & (sizes > 0) & ((middles >= box.low) & (middles <= box.high)).all(axis=1)
    plan = float(np.prod(np.sort(box.sides)[1:]))
    if sizes[level].sum() <= ENOUGH * plan:
        return None
    return _fit(middles[level], sizes[level], up, float(box.sides.max()), plan)


def _fit(middles: DoubleArray, sizes: DoubleArray, up: DoubleArray, longest: float, plan: float) -> Plane | None:
    point, normal = _fit_plane(middles, sizes, up)
    for turn in range(ROUNDS):
        # Each round fits the faces near the last plane, in a band half as wide: steps and slopes drop
        # out one after the other.
        band = longest * max(LOWEST * 0.5**turn, CLOSE)
        near = np.abs((middles - point) @ normal) <= band
        if sizes[near].sum() <= ENOUGH * plan:
            return None
        point, normal = _fit_plane(middles[near], sizes[near], up)
    return Plane(point, normal) if normal @ up >= STEEPEST else None


def _fit_plane(middles: DoubleArray, sizes: DoubleArray, up: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return a point and the normal of the least-squares plane of weighted points."""
    point = np.average(middles, axis=0, weights=sizes)
    spread = (middles - point) * np.sqrt(sizes)[:, None]
    normal = np.linalg.eigh(spread.T @ spread)[1][:, 0]
    return point, -normal if normal @ up < 0 else normal


def turn_onto(normal: DoubleArray, up: DoubleArray) -> DoubleArray:
    """Return the smallest (3, 3) rotation from a unit normal to a unit direction."""
    axis = np.cross(normal, up)
    cosine = float(normal @ up)
    # Opposite directions: half a turn about any axis between them.
    if cosine < -1 + 1e-12:
        other = np.eye(3)[int(np.abs(up).argmin())]
        axis = np.cross(up, other)
        axis /= np.linalg.norm(axis)
        return np.asarray(2 * np.outer(axis, axis) - np.eye(3))
    # Rodrigues' formula without angles: sine and cosine are the lengths of cross and dot product.
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))


@dataclass(frozen=True)
class Leveling:
    """The effect of the ground plane.

    up : the nearest axis to up, None if the ground does not tell
    reason : a clause for a sentence
    """

    up: str | None = None
    reason: Message = _NO_REASON
    decisions: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


def stand_upright(mesh: Mesh, up: str, unit_m: float, ground: tuple[float, ...] | None) -> tuple[Motion, Leveling]:
    """Return the motion of a mesh onto y = 0, with the middle of its footprint at x = z = 0, and the plane's effect.

    up : the up axis, unless the normal of the ground implies another
    ground : as in `carreau.formats.location.crs.PlacementMetadata`, in the scan's coordinates
    """
    if ground is None:
        return _set_down(mesh, np.array(TO_Y_UP[up], np.float64) * unit_m), Leveling()
    upward = _direction(up)
    plane = _plane(mesh, ground, upward)
    if plane is None:
        return stand_upright(mesh, up, unit_m, None)[0], Leveling(warnings=(NO_GROUND,))
    axis = max(UP_DIRECTIONS, key=lambda name: float(_direction(name) @ plane.normal))
    turn = turn_onto(np.array(TO_Y_UP[axis]) @ plane.normal, np.array([0.0, 1.0, 0.0])) @ np.array(TO_Y_UP[axis])
    tilt = float(np.degrees(np.arccos(np.clip(plane.normal @ _direction(axis), -1, 1))))
    angle = Number(tilt, ".2f")
    decision = (
        message(
            "the ground plane found in the scan is levelled; it was %(angle)s° off %(axis)s", angle=angle, axis=axis
        )
        if ground == ()
        else message("the given ground plane is levelled; it was %(angle)s° off %(axis)s", angle=angle, axis=axis)
    )
    reason = message("it is closest to the normal of the ground") if axis != up else _NO_REASON
    return _set_down(mesh, turn * unit_m, plane), Leveling(axis, reason, (decision,))


def _direction(up: str) -> DoubleArray:
    axis, sign = UP_DIRECTIONS[up]
    return np.asarray(np.eye(3)[axis] * sign)


def _plane(mesh: Mesh, ground: tuple[float, ...], upward: DoubleArray) -> Plane | None:
    """Return the ground plane in the scan's coordinates."""
    if ground == ():
        plane = detect_ground_plane(mesh.positions, mesh.faces, upward)
        return None if plane is None else Plane(plane.point + mesh.origin, plane.normal)
    if len(ground) == 6:  # a stated normal is up, whatever was guessed
        upward = np.array(ground[3:])
    return plane_from_numbers(ground, upward)


def _set_down(mesh: Mesh, linear: DoubleArray, plane: Plane | None = None) -> Motion:
    about = mesh.origin
    if plane is None:
        box = find_body(mesh)
        ends = np.stack([box.low, box.high]) @ linear.T
        low, high = ends.min(axis=0), ends.max(axis=0)
        return Motion(linear, about, -np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2]))
    box = find_body(move_mesh(mesh, Motion(linear, about, np.zeros(3))))
    middle = (box.low + box.high) / 2
    height = (linear @ (plane.point - about))[1]
    return Motion(linear, about, -np.array([middle[0], height, middle[2]]))


TO_Y_UP: dict[str, tuple[tuple[int, int, int], ...]] = {
    "y": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "z": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "x": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    "-y": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "-z": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "-x": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
}
"""Rotation of each up axis to +Y: a quarter or half turn, which rounds no coordinate."""

CHUNK = 1 << 18
"""Positions converted at a time by an exact motion, which bounds the memory in double."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A motion from the scan's coordinates to the model's.

    linear : (3, 3) float64; a position maps to linear @ (position - about) + shift
    about, shift : (3,) float64; `about` near the scan, so that large numbers lose no precision
    exact : maps (n, 3) float64 positions of the scan to those of the model, if a matrix is not exact enough
    """

    linear: DoubleArray
    about: DoubleArray
    shift: DoubleArray
    exact: Callable[[DoubleArray], DoubleArray] | None = None

    @property
    def matrix(self) -> DoubleArray:
        """Return the (4, 4) float64 matrix."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.linear
        matrix[:3, 3] = self.shift - self.linear @ self.about
        return matrix

    def scale(self, factor: float) -> Motion:
        """Return the motion to a model scaled by a factor."""
        exact = self.exact
        bigger = None if exact is None else lambda places: exact(places) * factor
        return Motion(self.linear * factor, self.about, self.shift * factor, bigger)

    def place(self, places: DoubleArray) -> DoubleArray:
        """Return (n, 3) float64 positions in the model of (n, 3) positions in the scan."""
        if self.exact is not None:
            return self.exact(places)
        return np.asarray((places - self.about) @ self.linear.T + self.shift)


def move_mesh(mesh: Mesh, motion: Motion) -> Mesh:
    """Return the mesh in the model's coordinates, rounded to float32 once, at the end."""
    if motion.exact is not None:
        positions = _moved_exactly(mesh, motion.exact)
    else:
        shift = motion.linear @ (mesh.origin - motion.about) + motion.shift
        with np.errstate(invalid="ignore", over="ignore"):  # cleaning drops what is not finite
            positions = (mesh.positions.astype(np.float64) @ motion.linear.T + shift).astype(np.float32)
    normals = None if mesh.normals is None else _moved_normals(mesh.normals, motion.linear)
    return replace(mesh, positions=positions, normals=normals, origin=np.zeros(3))


def _moved_exactly(mesh: Mesh, exact: Callable[[DoubleArray], DoubleArray]) -> FloatArray:
    positions = np.full(mesh.positions.shape, np.nan, np.float32)
    for start in range(0, len(positions), CHUNK):
        block = slice(start, start + CHUNK)
        about = mesh.positions[block].astype(np.float64)
        finite = np.isfinite(about).all(axis=1)
        with np.errstate(over="ignore"):
            positions[block][finite] = exact(about[finite] + mesh.origin)
    return positions


def _moved_normals(normals: FloatArray, linear: DoubleArray) -> FloatArray:
    """Return the transformed normals; a motion that only swaps and negates axes rounds nothing."""
    # A motion that only swaps and negates axes is found first: it changes no bit of a normal.
    axes = np.abs(linear).argmax(axis=1)
    swap = np.zeros((3, 3))
    swap[np.arange(3), axes] = np.sign(linear[np.arange(3), axes])
    if np.array_equal(np.abs(linear) > 0, swap != 0):
        return np.ascontiguousarray(normals[..., axes] * swap[np.arange(3), axes].astype(np.float32))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        turned = normals.astype(np.float64) @ np.linalg.inv(linear)
        lengths = np.linalg.norm(turned, axis=-1, keepdims=True)
        return np.where(lengths > 0, turned / lengths, 0.0).astype(np.float32)


def crop_mesh(mesh: Mesh, crop: tuple[Triple, Triple]) -> Mesh:
    """Return the triangles with a vertex in a box of the scan's own coordinates.

    Triangles across the border stay complete: the rim is ragged by one triangle, and no vertex is invented.
    """
    inside = _inside(mesh.positions, mesh.origin, crop)
    return compact(take_faces(mesh, np.asarray(inside[mesh.faces].any(axis=1))))


def cropped_cloud(cloud: Cloud, crop: tuple[Triple, Triple]) -> Cloud:
    """Return the points that lie in a box of the scan's own coordinates."""
    inside = _inside(cloud.positions, cloud.origin, crop)
    parts = {
        name: None if values is None else values[inside]
        for name in ("colors", "intensity", "normals", "station_of")
        for values in [getattr(cloud, name)]
    }
    return replace(cloud, positions=cloud.positions[inside], **parts)  # type: ignore[arg-type]


def _inside(positions: FloatArray, origin: DoubleArray, crop: tuple[Triple, Triple]) -> BoolArray:
    """Return which (n,) positions lie in the box; compared in double, since an origin may be in the millions."""
    low, high = (np.array(corner) - origin for corner in crop)
    inside = np.ones(len(positions), np.bool_)
    for axis in range(3):
        along = positions[:, axis].astype(np.float64)
        inside &= (along >= low[axis]) & (along <= high[axis])
    return inside
