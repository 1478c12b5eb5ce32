"""Conversion of coordinates to metres east, north and up of a position on the Earth.

It works in double precision, by way of geocentric coordinates (EPSG:4978), which removes grid convergence, the scale of
the projection and the curvature of the Earth. Heights are used as given, whatever their vertical datum, since geoid
grids may not be available offline.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from carreau.base.messages import Message, Number, message
from carreau.base.model import DoubleArray, GeoPose, Mesh
from carreau.formats.location.crs import enu_anchor, horizontal, parsed_crs, vertical_part
from carreau.geometry.location.ground_plane import TO_Y_UP, Motion, detect_ground_plane, move_mesh, plane_from_numbers
from carreau.geometry.mesh_parts import Box, bounding_box, find_body

SEMI_MAJOR_M = 6_378_137.0
"""Of the WGS 84 ellipsoid (NGA.STND.0036)."""

FLATTENING = 1 / 298.257223563
"""Of the WGS 84 ellipsoid (NGA.STND.0036)."""

_ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)

GEOCENTRIC = "EPSG:4978"
"""Geocentric WGS 84."""

ELLIPSOID = message("the ellipsoid")

HIGHEST_M = 20_000.0
"""Largest height of a scan above or below the ellipsoid."""

MARGIN_DEG = 1.0
"""Largest distance of a scan outside the area of use of its coordinate system."""


class OutsideError(ValueError):
    """Coordinates outside the area of their coordinate system.

    reason : a clause for a sentence
    """

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class GeoPosition:
    """A position on or near the Earth.

    lon, lat : degrees in WGS 84
    height : metres, above the ellipsoid or as given
    """

    lon: float
    lat: float
    height: float

    @cached_property
    def center(self) -> DoubleArray:
        """Return its (3,) geocentric coordinates, metres."""
        return np.asarray(geocentric(np.array([[self.lon, self.lat, self.height]]))[0])

    @cached_property
    def axes(self) -> DoubleArray:
        """Return the (3, 3) directions east, north and up there, one per row, in geocentric axes."""
        lon, lat = np.radians([self.lon, self.lat])
        east = [-np.sin(lon), np.cos(lon), 0.0]
        north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
        up = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        return np.array([east, north, up])

    def east_north_up(self, geocentric_m: DoubleArray) -> DoubleArray:
        """Return (n, 3) metres east, north and up of here for (n, 3) geocentric coordinates."""
        return np.asarray((geocentric_m - self.center) @ self.axes.T)

    def moved(self, east_north_up: DoubleArray) -> GeoPosition:
        """Return the position at (3,) metres east, north and up of here."""
        return place_at(self.center + east_north_up @ self.axes)


class Grid:
    """A coordinate system, converted to geocentric metres."""

    def __init__(self, name: str) -> None:
        """Parse a name of `carreau.formats.location.crs`. Raises CrsError."""
        self.name = name
        self.anchor: GeoPosition | None = None
        self.crs: CRS | None = None
        if name.startswith("ENU:"):
            anchor = enu_anchor(name)
            self.anchor = GeoPosition(anchor[1], anchor[0], anchor[2] if len(anchor) > 2 else 0.0)
            return
        self.crs = parsed_crs(name)
        self._map = horizontal(self.crs)
        if self._map.is_geocentric:
            self._to_lonlat = Transformer.from_crs(self._map, GEOCENTRIC, always_xy=True)
        else:
            flat = self._map.to_2d() if len(self._map.axis_info) > 2 else self._map
            self._to_lonlat = Transformer.from_crs(flat, "EPSG:4326", always_xy=True)

    @property
    def title(self) -> str:
        """Return its name for a person: code and name, as far as known."""
        if self.crs is None:
            return message("metres east, north and up from %(anchor)s", anchor=self.name.removeprefix("ENU:"))
        code = self.name if len(self.name) <= 40 else ""
        return f"{code} ({self.crs.name})" if code and not code.startswith("+") else self.crs.name

    @property
    def unit_m(self) -> float | None:
        """Return the size of its unit of length, metres; None if it is in degrees."""
        if self.crs is None:
            return 1.0
        return None if self._map.is_geographic else float(self._map.axis_info[0].unit_conversion_factor)

    @property
    def height_unit_m(self) -> float:
        """Return the size of its unit of height, metres, negative for depths."""
        if self.crs is None:
            return 1.0
        vertical = vertical_part(self.crs)
        axes = vertical.axis_info if vertical is not None else self._map.axis_info[2:]
        if axes:
            return float(axes[0].unit_conversion_factor) * (-1.0 if axes[0].direction.lower() == "down" else 1.0)
        return self.unit_m or 1.0

    @property
    def height_above(self) -> str:
        """Return the vertical datum of its heights; `ELLIPSOID` only if that is certain."""
        if self.crs is None:
            return message("the vertical datum of the export")
        vertical = vertical_part(self.crs)
        if vertical is not None:
            return str(vertical.name)
        return ELLIPSOID if len(self._map.axis_info) > 2 else message("the vertical datum of the survey")

    @property
    def is_geocentric(self) -> bool:
        """Tell whether it is geocentric, so that no axis is up."""
        return self.crs is not None and bool(self._map.is_geocentric)

    def to_geocentric(self, places: DoubleArray) -> DoubleArray:
        """Return (n, 3) geocentric metres of (n, 3) coordinates: x or longitude, y or latitude, height.

        Raises OutsideError for coordinates that the system does not have.
        """
        if self.anchor is not None:
            return np.asarray(places @ self.anchor.axes + self.anchor.center)
        try:
            if self.is_geocentric:
                converted = self._to_lonlat.transform(*places.T)
                return self._finite(np.stack(converted, axis=1))
            lon, lat = self._to_lonlat.transform(places[:, 0], places[:, 1])
        except ProjError as error:
            raise self._no_such_coordinates() from error
        if (np.abs(lat) > 90).any() or (np.abs(lon) > 360).any():  # PROJ would wrap them around the Earth
            raise self._no_such_coordinates()
        lonlat = np.column_stack([lon, lat])
        return geocentric(np.column_stack([self._finite(lonlat), places[:, 2] * self.height_unit_m]))

    def _no_such_coordinates(self) -> OutsideError:
        return OutsideError(message("%(system)s has no such coordinates", system=self.title))

    def _finite(self, values: DoubleArray) -> DoubleArray:
        if not np.isfinite(values).all():
            raise self._no_such_coordinates()
        return values

    def check_area(self, place: GeoPosition) -> None:
        """Raise OutsideError for a position outside the area of use of the system, or far from the ground."""
        if abs(place.height) > HIGHEST_M:
            height = Number(abs(place.height) / 1000, ",.0f")
            raise OutsideError(message("the scan would be %(height)s km above or below the ground", height=height))
        area = self._area()
        if area is None:
            return
        west, south, east, north = area
        between = west - MARGIN_DEG <= place.lon <= east + MARGIN_DEG
        around = west > east and (place.lon >= west - MARGIN_DEG or place.lon <= east + MARGIN_DEG)
        if not (south - MARGIN_DEG <= place.lat <= north + MARGIN_DEG and (between or around)):
            raise OutsideError(
                message(
                    "the scan would be at %(lat)s, %(lon)s, outside the area of use of %(system)s",
                    lat=f"{place.lat:.3f}",
                    lon=f"{place.lon:.3f}",
                    system=self.title,
                )
            )

    def _area(self) -> tuple[float, float, float, float] | None:
        """Return west, south, east and north bounds; for a WKT without any, those of the same EPSG system."""
        if self.crs is None:
            return None
        area = self._map.area_of_use
        if area is None and (code := self._map.to_epsg(min_confidence=60)):
            area = CRS.from_epsg(code).area_of_use
        return None if area is None else (area.west, area.south, area.east, area.north)


def geocentric(lonlatheight: DoubleArray) -> DoubleArray:
    """Return (n, 3) geocentric metres of (n, 3) longitude and latitude in degrees, and height in metres."""
    lon, lat = np.radians(lonlatheight[:, 0]), np.radians(lonlatheight[:, 1])
    radius = SEMI_MAJOR_M / np.sqrt(1 - _ECCENTRICITY2 * np.sin(lat) ** 2)
    flat = (radius + lonlatheight[:, 2]) * np.cos(lat)
    up = (radius * (1 - _ECCENTRICITY2) + lonlatheight[:, 2]) * np.sin(lat)
    return np.column_stack([flat * np.cos(lon), flat * np.sin(lon), up])


def looks_geocentric(mesh: Mesh) -> bool:
    """Tell whether a mesh is as far from zero as the ground from the centre of the Earth, and far from z = 0."""
    box = bounding_box(mesh.positions, mesh.faces)
    middle = (box.low + box.high) / 2 + mesh.origin
    return bool(6.33e6 < np.linalg.norm(middle) < 6.40e6 and abs(middle[2]) > 1e5)


def place_at(geocentric_m: DoubleArray) -> GeoPosition:
    """Return the position of (3,) geocentric metres."""
    to_lonlat = Transformer.from_crs(GEOCENTRIC, "EPSG:4979", always_xy=True)
    lon, lat, height = (float(value) for value in to_lonlat.transform(*geocentric_m))
    return GeoPosition(lon, lat, height)


@dataclass(frozen=True, eq=False)
class LocalMap:
    """An affine approximation of the conversion to metres east, north and up of a position.

    matrix : (3, 4) float64; east, north, up = matrix[:, :3] @ (coordinates - about) + matrix[:, 3]
    about : (3,) float64, in the coordinates
    residual_m : largest error within the box it was fitted to
    """

    matrix: DoubleArray
    about: DoubleArray
    residual_m: float

    @property
    def convergence(self) -> float:
        """Return the grid convergence, from true north to grid north, clockwise, radians."""
        return float(np.arctan2(self.matrix[0, 1], self.matrix[1, 1]))

    @property
    def scale(self) -> float:
        """Return the metres on the ground per metre of the grid."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:2, :2]))))


def local_map(grid: Grid, place: GeoPosition, low: DoubleArray, high: DoubleArray) -> LocalMap:
    """Return the affine map fitted to the box from low to high, (3,) each in the system's coordinates.

    Raises OutsideError.
    """
    about = (low + high) / 2
    least = np.array([1.0, 1.0, 1.0]) if grid.unit_m else np.array([1e-5, 1e-5, 1.0])
    half = np.maximum((high - low) / 2, least)
    # An affine map fitted to 125 places all over the box; what is left there says whether one matrix will do.
    along = np.linspace(-1, 1, 5)
    steps = np.array(list(itertools.product(along, repeat=3)))
    exact = place.east_north_up(grid.to_geocentric(about + steps * half))
    terms = np.column_stack([steps, np.ones(len(steps))])
    fitted = np.linalg.lstsq(terms, exact, rcond=None)[0]
    matrix = fitted.T / np.append(half, 1.0)
    return LocalMap(matrix, about, float(np.abs(terms @ fitted - exact).max()))


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
    box = find_body(mesh)
    about = (box.low + box.high) / 2 + mesh.origin
    corners = axes.coordinates(np.array([box.low + mesh.origin, box.high + mesh.origin]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    place = place_at(grid.to_geocentric(axes.coordinates(about[None]))[0])
    grid.check_area(place)
    # First about the middle of the scan, to find its ground; then again about the place that becomes the origin.
    first = _motion(local_map(grid, place, low, high), axes, about)
    width = float(np.linalg.norm(first.linear @ box.sides))
    if width > WIDEST_M:
        raise OutsideError(message("the scan would be %(width)s km wide", width=Number(width / 1000, ",.0f")))
    base = _base(mesh, first, ground)
    place = place.moved(TO_EAST_UP_SOUTH.T @ base)
    local = local_map(grid, place, low, high)
    motion = _motion(local, axes, about)
    # The Earth's curve shows: each vertex is converted by itself, and the matrix is only near it.
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
    rough = move_mesh(mesh, motion)
    return np.array([*ground_base(rough, find_body(rough), motion, ground)])


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
