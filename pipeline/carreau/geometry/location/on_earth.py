"""Placement of a scan on the Earth, in metres east, up and south of its origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.messages import Number, message
from carreau.base.model import DoubleArray, GeoPose, Mesh
from carreau.geometry.extent import Box, body_of
from carreau.geometry.location.georeference import GeoPosition, Grid, LocalMap, OutsideError, local_map, place_at
from carreau.geometry.location.ground_plane import detect_ground_plane, plane_from_numbers
from carreau.geometry.location.transform import TO_Y_UP, Motion, moved

TO_EAST_UP_SOUTH = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From east, north, up to glTF's axes: x is east, y up, -z north."""

MODEL_TO_ENU = (float(np.sqrt(0.5)), 0.0, 0.0, float(np.sqrt(0.5)))
"""Quaternion (x, y, z, w) of the quarter turn that maps y to up and -z to north."""

WIDEST_M = 200_000.0
"""Greatest width of a scan; metres taken for degrees make it wider."""

LINEAR_M = 0.0005
"""Largest error of one matrix anywhere in the scan; beyond it, each vertex is transformed individually.

The surface of the Earth drops by 0.5 mm at 80 m, and by 78 mm at 1 km.
"""


@dataclass(frozen=True, eq=False)
class Axes:
    """The axes of a file in a coordinate system.

    linear : (3, 3) float64, offset : (3,) float64; coordinates = linear @ position + offset
    """

    linear: DoubleArray
    offset: DoubleArray

    def coordinates(self, places: DoubleArray) -> DoubleArray:
        """Return (n, 3) float64 coordinates of (n, 3) positions in the file."""
        return np.asarray(places @ self.linear.T + self.offset)


@dataclass(frozen=True, eq=False)
class OnEarth:
    """The placement of a scan on the Earth.

    motion : from the scan's coordinates to the model's
    pose : of the model's origin
    local : the affine map about it
    """

    motion: Motion
    pose: GeoPose
    local: LocalMap


def file_axes(grid: Grid, up: str, unit_m: float | None, offset: DoubleArray) -> Axes:
    """Return the axes of a file.

    up : the file's axis for heights; z for east, north, height
    unit_m : metres in the file's unit; None for the unit of the coordinate system
    """
    if grid.is_geocentric:
        return Axes(np.eye(3) * (1.0 if unit_m is None else unit_m), offset)
    turn = TO_EAST_UP_SOUTH.T @ np.array(TO_Y_UP[up], np.float64)
    flat = 1.0 if unit_m is None or grid.unit_m is None else unit_m / grid.unit_m
    tall = 1.0 if unit_m is None else unit_m / abs(grid.height_unit_m)
    return Axes(np.diag([flat, flat, tall]) @ turn, offset)


def on_earth(mesh: Mesh, grid: Grid, axes: Axes, ground: tuple[float, ...] | None) -> OnEarth:
    """Return the placement of a mesh: its ground at y = 0, the middle of its footprint at x = z = 0.

    Raises OutsideError for coordinates outside the area of use of the system.
    """
    box = body_of(mesh)
    about = (box.low + box.high) / 2 + mesh.origin
    corners = axes.coordinates(np.array([box.low + mesh.origin, box.high + mesh.origin]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    place = place_at(grid.to_geocentric(axes.coordinates(about[None]))[0])
    grid.check_area(place)
    first = _motion(local_map(grid, place, low, high), axes, about)
    width = float(np.linalg.norm(first.linear @ box.sides))
    if width > WIDEST_M:
        raise OutsideError(message("the scan would be %(width)s km wide", width=Number(width / 1000, ",.0f")))
    base = _base(mesh, first, ground)
    place = place.moved(TO_EAST_UP_SOUTH.T @ base)
    local = local_map(grid, place, low, high)
    motion = _motion(local, axes, about)
    if local.residual_m > LINEAR_M:
        motion = Motion(motion.linear, motion.about, motion.shift, _exactly(grid, axes, place))
    return OnEarth(motion, GeoPose(place.lon, place.lat, place.height, MODEL_TO_ENU), local)


def _motion(local: LocalMap, axes: Axes, about: DoubleArray) -> Motion:
    matrix = TO_EAST_UP_SOUTH @ local.matrix
    return Motion(matrix[:, :3] @ axes.linear, about, matrix[:, 3])


def _exactly(grid: Grid, axes: Axes, place: GeoPosition):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def exact(places: DoubleArray) -> DoubleArray:
        east_north_up = place.east_north_up(grid.to_geocentric(axes.coordinates(places)))
        return np.asarray(east_north_up @ TO_EAST_UP_SOUTH.T)

    return exact


def _base(mesh: Mesh, motion: Motion, ground: tuple[float, ...] | None) -> DoubleArray:
    """Return the position, in the model, that becomes the origin."""
    rough = moved(mesh, motion)
    return np.array([*ground_base(rough, body_of(rough), motion, ground)])


def ground_base(rough: Mesh, box: Box, motion: Motion, ground: tuple[float, ...] | None) -> DoubleArray:
    """Return the middle of the footprint on the ground: the stated or detected plane, else the lowest point."""
    middle = (box.low + box.high) / 2
    up = np.array([0.0, 1.0, 0.0])
    height = box.low[1]
    plane = None
    if ground == ():
        plane = detect_ground_plane(rough.positions, rough.faces, up)
    elif ground is not None:
        plane = plane_from_numbers(_ground_in_model(ground, motion), up)
    if plane is not None and plane.normal[1] > 0.1:
        height = plane.point[1] - (plane.normal[[0, 2]] @ (middle - plane.point)[[0, 2]]) / plane.normal[1]
    return np.array([middle[0], height, middle[2]])


def _ground_in_model(ground: tuple[float, ...], motion: Motion) -> tuple[float, ...]:
    values = np.array(ground, np.float64).reshape(-1, 3)
    if len(values) != 2:
        return tuple(motion.place(values).ravel())
    normal = values[1] @ np.linalg.inv(motion.linear)
    return (*motion.place(values[:1])[0], *normal)
