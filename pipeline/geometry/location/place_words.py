"""Say in sentences where a scan was placed, and by which rule."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.location.georeference import ELLIPSOID, Grid
from pipeline.geometry.location.on_earth import LINEAR_M, OnEarth
from pipeline.geometry.location.placement import Placement
from pipeline.messages import Message, Number, message


def says(source: str) -> Message:
    """Return the clause that names a source; without one, a person asked for it."""
    return message("according to %(source)s", source=source) if source else message("as requested")


def unit_words(asked: Placement, unit_m: float | None, grid: Grid) -> Message:
    """Say what one unit is, and who says so.

    unit_m : metres in the file's unit, None when it counts as its coordinate system does
    """
    if asked.unit:
        return message("1 unit is 1 %(unit)s: %(reason)s", unit=asked.unit, reason=says(asked.sources["unit"]))
    if unit_m is not None:
        return message("1 unit is %(size)s m: defined by the format", size=Number(unit_m, "g"))
    if grid.unit_m is None:
        return message("1 unit is 1 degree (1 m for heights): its coordinates are longitudes and latitudes")
    return message("1 unit is %(size)s m: defined by its coordinate system", size=Number(grid.unit_m, "g"))


def place_words(asked: Placement, grid: Grid, found: OnEarth) -> tuple[Message, ...]:
    """Say the coordinate system, what was added, where the origin is, what was taken out, and what is left of it."""
    reason = says(asked.sources["crs"])
    said = [message("its coordinate system is %(system)s: %(reason)s", system=grid.title, reason=reason)]
    if asked.offset is not None:
        numbers = tuple(f"{number:.12g}" for number in asked.offset)
        reason = says(asked.sources["offset"])
        said.append(message("offset added to its coordinates: %(offset)s (%(reason)s)", offset=numbers, reason=reason))
    said.append(_origin_words(grid, found))
    if grid.unit_m is not None and not grid.is_geocentric and grid.anchor is None:
        said.append(
            message(
                "the grid convergence, %(angle)s°, and the projection's scale factor, %(scale)s, are removed",
                angle=Number(float(np.degrees(found.local.convergence)), ".4f"),
                scale=Number(grid.unit_m / found.local.scale, ".6f"),
            )
        )
    said.append(_error_words(found))
    return tuple(said)


def _error_words(found: OnEarth) -> Message:
    residual = found.local.residual_m * 1000
    if found.motion.exact is not None:
        return message(
            "each vertex is transformed individually, because one matrix would be off by %(error)s mm",
            error=Number(residual, ",.1f"),
        )
    return message(
        "one matrix transforms all vertices; its error is at most %(error)s mm (limit: %(limit)s mm)",
        error=Number(residual, ".2f"),
        limit=Number(LINEAR_M * 1000, "g"),
    )


def _origin_words(grid: Grid, found: OnEarth) -> Message:
    lat, lon = f"{found.pose.lat:.8f}", f"{found.pose.lon:.8f}"
    height = Number(found.pose.height, ".3f")
    if grid.height_above == ELLIPSOID:
        return message(
            "the model's origin is at %(lat)s, %(lon)s (WGS 84 latitude, longitude), %(height)s m above the ellipsoid",
            lat=lat,
            lon=lon,
            height=height,
        )
    return message(
        "the model's origin is at %(lat)s, %(lon)s (WGS 84 latitude, longitude), %(height)s m above %(datum)s, "
        "as given; no geoid model is applied",
        lat=lat,
        lon=lon,
        height=height,
        datum=grid.height_above,
    )
