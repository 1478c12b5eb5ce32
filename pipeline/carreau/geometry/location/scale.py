"""The likely unit of a scan whose file states none, or an implausible one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import DoubleArray, Mesh
from carreau.base.units import UNITS_M
from carreau.geometry.extent import body_of
from carreau.geometry.location.ground_plane import Motion, moved
from carreau.geometry.location.placement import Placement, source_message
from carreau.geometry.location.up_axis import projected_up
from carreau.geometry.triangles import face_areas, vector_area

LARGEST_M = 500.0
"""Greatest length of an object in metres, as opposed to land; whole pit heads are shorter."""

LARGEST_LAND_M = 50_000.0
"""Greatest length of land in metres, about that of a map sheet or of a whole coalfield."""

SMALLEST_M = 0.02
"""Least length of a scan in metres, the lower end of close-range photogrammetry."""

FLAT = 0.4
"""Greatest height of land, as a share of the shorter side of its footprint: a statue's depth is more of its width."""

ONE_SIDED = 0.3
"""Least share of the area that a surface seen from one side keeps in its vector area; one all round keeps none."""

_TILE_STEP = 100.0
"""Sides of tiles are multiples of it in metres, as agencies and programs cut them."""

_TILE_TOLERANCE = 0.005


@dataclass(frozen=True)
class LikelyUnit:
    """The likely unit of a scan.

    unit : a key of `UNITS_M`, or None if no unit fits
    plausible : whether the unit in the file, if any, is plausible
    reason : a clause for a sentence
    """

    unit: str | None
    plausible: bool
    reason: Message


def likely_unit(
    longest: float,
    unit_m: float | None,
    format_name: str = "",
    projected: bool = False,
    land: tuple[float, float] | None = None,
) -> LikelyUnit:
    """Return the likely unit, from the longest side of the scan in its own unit and the unit in the file.

    It is for messages only: no scan is scaled by a guess.

    land : sides of the footprint of a scan that may be land, see `footprint_of_land`

    >>> likely_unit(2118.9, 1.0, "GLB").unit
    'mm'
    >>> likely_unit(1000.0, None, "OBJ", land=(1000.0, 1000.0)).unit
    'm'
    """
    if projected:
        return LikelyUnit("m", True, message("its coordinates look like eastings and northings, which are in metres"))
    if land is not None and LARGEST_M < longest * (unit_m or 1.0) <= LARGEST_LAND_M:
        return _of_land(longest, unit_m, format_name, land)
    if unit_m is not None:
        return _stated(longest, unit_m, format_name)
    if longest > LARGEST_M:
        unit = "mm" if longest * UNITS_M["mm"] <= LARGEST_M else None
        length = Number(longest, ",.0f")
        return LikelyUnit(
            unit, True, message("its longest side, %(length)s, would be too long in metres", length=length)
        )
    if longest < SMALLEST_M:
        length = Number(longest, ".3g")
        return LikelyUnit(None, True, message("its longest side, %(length)s, fits no common unit", length=length))
    if format_name == "STL" and longest > 10:
        return LikelyUnit("mm", True, message("STL files are usually in millimetres"))
    typical = message(
        "its longest side, %(length)s, is typical in metres, but the scale may differ", length=Number(longest, ".3g")
    )
    return LikelyUnit("m", True, typical)


def guess_unit(mesh: Mesh, unit_m: float | None, format_name: str) -> LikelyUnit:
    """Return the likely unit of a mesh; see `likely_unit`.

    unit_m : metres in the file's unit, None where the file states none
    """
    sides = body_of(mesh).sides
    longest = float(sides.max())
    is_long = longest * (unit_m or 1.0) > LARGEST_M
    projected = (unit_m is None or (unit_m == 1.0 and is_long)) and projected_up(mesh) is not None
    land = footprint_of_land(sides) if is_long and _is_one_sided(mesh) else None
    return likely_unit(longest, unit_m, format_name, projected, land)


def footprint_of_land(sides: DoubleArray) -> tuple[float, float] | None:
    """Return the shorter and the longer side of the footprint of a scan if it is low enough for land, else None.

    sides : (3,) lengths along x, y, z
    """
    height, width, length = sorted(float(side) for side in sides)
    return (width, length) if height <= FLAT * width else None


def _is_one_sided(mesh: Mesh) -> bool:
    """Return whether a mesh was seen from one side, such as land from above."""
    area = float(face_areas(mesh.positions, mesh.faces).sum())
    return float(np.linalg.norm(vector_area(mesh.positions, mesh.faces))) >= ONE_SIDED * area


def _of_land(longest: float, unit_m: float | None, format_name: str, land: tuple[float, float]) -> LikelyUnit:
    """Return the unit of a scan that is too long in metres for an object, but not for land."""
    length = Number(longest, ",.0f")
    if unit_m is not None:
        name = next((name for name, size in UNITS_M.items() if size == unit_m), None)
        return LikelyUnit(name, True, message("according to %(source)s", source=format_name or message("the file")))
    width, depth = land
    tiles = round(depth / _TILE_STEP) * _TILE_STEP
    if abs(width - depth) <= _TILE_TOLERANCE * depth and abs(depth - tiles) <= _TILE_TOLERANCE * depth:
        reason = message("it is a square of land with sides of %(length)s, as tiles in metres have", length=length)
        return LikelyUnit("m", True, reason)
    return LikelyUnit(
        None,
        True,
        message(
            "its longest side is %(length)s, and it is wide and low, as land in metres is, or a relief in millimetres",
            length=length,
        ),
    )


def _stated(longest: float, unit_m: float, format_name: str) -> LikelyUnit:
    length = longest * unit_m
    name = next((name for name, size in UNITS_M.items() if size == unit_m), None)
    if length <= LARGEST_M:
        return LikelyUnit(name, True, message("according to %(source)s", source=format_name or message("the file")))
    smaller = [(unit, UNITS_M[unit]) for unit in ("mm", "cm") if UNITS_M[unit] < unit_m]
    fitting = [unit for unit, size in smaller if SMALLEST_M <= longest * size <= LARGEST_M / 10]
    reason = message(
        "according to %(source)s the unit is %(unit)s, which would make the scan %(length)s m long",
        source=format_name or message("the file"),
        unit=name or message("%(size)s m", size=Number(unit_m, "g")),
        length=Number(length, ",.0f"),
    )
    return LikelyUnit(fitting[0] if fitting else None, False, reason)


def to_real_length(mesh: Mesh, motion: Motion, placement: Placement) -> tuple[Motion, list[Message]]:
    """Return the motion to the size that was measured, and the decision about it.

    Raises ScanError or OptionError when the scan has no length there.
    """
    if placement.height_m is None:
        return motion, []
    if placement.height_between is not None:
        ends = motion.place(np.array(placement.height_between))
        length = float(np.linalg.norm(ends[1] - ends[0]))
    else:
        length = float(body_of(moved(mesh, motion)).sides[1])
    if not (np.isfinite(length) and length > 0):
        cause = message("the corresponding length of the scan is %(length)s", length=Number(length, "g"))
        raise placement.error_about("height_m", cause, message("measure a length greater than zero"))
    factor = placement.height_m / length
    size, times, reason = (
        Number(placement.height_m, "g"),
        Number(factor, ".6g"),
        source_message(placement.sources["height_m"]),
    )
    if placement.height_between is not None:
        decision = message(
            "scaled by %(factor)s to %(size)s m between two points: %(reason)s", factor=times, size=size, reason=reason
        )
    else:
        decision = message(
            "scaled by %(factor)s to %(size)s m high: %(reason)s", factor=times, size=size, reason=reason
        )
    return motion.scaled(factor), [decision]
