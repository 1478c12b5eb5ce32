"""Messages about the placement of a scan and the sources of its parameters."""

from __future__ import annotations

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.geometry.location.georeference import ELLIPSOID, Grid
from carreau.geometry.location.on_earth import LINEAR_M, OnEarth
from carreau.geometry.location.placement import Placement


def source_message(source: str) -> Message:
    """Return the clause that names a source; for an option without a source, that it was requested."""
    return message("according to %(source)s", source=source) if source else message("as requested")


def unit_message(placement: Placement, unit_m: float | None, grid: Grid) -> Message:
    """Return the message about the unit, with its source.

    unit_m : metres in the file's unit, None for the unit of the coordinate system
    """
    if placement.unit:
        return message(
            "1 unit is 1 %(unit)s: %(reason)s", unit=placement.unit, reason=source_message(placement.sources["unit"])
        )
    if unit_m is not None:
        return message("1 unit is %(size)s m: defined by the format", size=Number(unit_m, "g"))
    if grid.unit_m is None:
        return message("1 unit is 1 degree (1 m for heights): its coordinates are longitudes and latitudes")
    return message("1 unit is %(size)s m: defined by its coordinate system", size=Number(grid.unit_m, "g"))


def placement_messages(placement: Placement, grid: Grid, on_earth: OnEarth) -> tuple[Message, ...]:
    """Return the messages about the coordinate system, the offset, the origin, the corrections and the error."""
    reason = source_message(placement.sources["crs"])
    messages = [message("its coordinate system is %(system)s: %(reason)s", system=grid.title, reason=reason)]
    if placement.offset is not None:
        numbers = tuple(f"{number:.12g}" for number in placement.offset)
        reason = source_message(placement.sources["offset"])
        messages.append(
            message("offset added to its coordinates: %(offset)s (%(reason)s)", offset=numbers, reason=reason)
        )
    messages.append(_origin_words(grid, on_earth))
    if grid.unit_m is not None and not grid.is_geocentric and grid.anchor is None:
        messages.append(
            message(
                "the grid convergence, %(angle)s°, and the projection's scale factor, %(scale)s, are removed",
                angle=Number(float(np.degrees(on_earth.local.convergence)), ".4f"),
                scale=Number(grid.unit_m / on_earth.local.scale, ".6f"),
            )
        )
    messages.append(_error_words(on_earth))
    return tuple(messages)


def _error_words(on_earth: OnEarth) -> Message:
    residual = on_earth.local.residual_m * 1000
    if on_earth.motion.exact is not None:
        return message(
            "each vertex is transformed individually, because one matrix would be off by %(error)s mm",
            error=Number(residual, ",.1f"),
        )
    return message(
        "one matrix transforms all vertices; its error is at most %(error)s mm (limit: %(limit)s mm)",
        error=Number(residual, ".2f"),
        limit=Number(LINEAR_M * 1000, "g"),
    )


def _origin_words(grid: Grid, on_earth: OnEarth) -> Message:
    lat, lon = f"{on_earth.pose.lat:.8f}", f"{on_earth.pose.lon:.8f}"
    height = Number(on_earth.pose.height, ".3f")
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
