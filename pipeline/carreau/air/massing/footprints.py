"""The outline of a place as a part's footprint, `footprint = "outline.geojson"`, in metres about the file's point."""

from __future__ import annotations

import math
from pathlib import Path

from carreau.air.massing.massing_file import MassingPlace, Point, Ring, outline_mistake, signed_area
from carreau.base.messages import message
from carreau.formats.geodata import OutlineError, read_outlines
from carreau.formats.location.text_files import Key

_AXIS_M, _SQUASH = 6_378_137.0, 0.00669437999014
"""Half the Earth's long axis, and the square of its eccentricity (WGS 84)."""


def read_outline(key: Key, place: MassingPlace) -> Ring:
    """Return a polygon of a GeoJSON file beside the file of measured facts, without its holes, counter-clockwise.

    The value is the name of the file; with "#2" after it, its second largest polygon. Raises FormatError.
    """
    name, _, number = str(key.value).partition("#")
    if "/" in name or "\\" in name or not name.endswith(".geojson") or not (number or "1").isdecimal():
        cause = message("%(value)s is not allowed", value=key.shown)
        cure = message("write the name of a GeoJSON file in the same folder, such as 'outline.geojson'")
        raise key.error(cause, cure)
    try:
        rings = outline_rings(key.parent.path.parent / name, place)
    except OutlineError as error:
        raise key.error(error.cause, error.cure) from error
    at = int(number or "1") - 1
    if not 0 <= at < len(rings):
        cause = message("it has %(count)s polygons", count=len(rings))
        raise key.error(cause, message("write a number that it has after the name, or none for the largest"))
    ring = rings[at]
    mistake = outline_mistake(ring)
    if mistake is not None:
        raise key.error(mistake, message("correct the outline, or write the corners of the part here"))
    return ring


def outline_rings(path: Path, place: MassingPlace) -> tuple[Ring, ...]:
    """Return the polygons of a GeoJSON file in metres, without holes, counter-clockwise, the largest first.

    Raises OutlineError.
    """
    rings = []
    for outline in read_outlines(path):
        for outer, *_ in outline.polygons:
            ring = tuple(to_metres(lon, lat, place) for lon, lat in outer)
            ring = ring[:-1] if ring[0] == ring[-1] else ring
            rings.append(ring if signed_area(ring) > 0 else ring[::-1])
    return tuple(sorted(rings, key=lambda ring: -signed_area(ring)))


def to_metres(lon: float, lat: float, place: MassingPlace) -> Point:
    """Return a point in the axes of a file of measured facts; off by 1 cm at 1 km from its point, where Earth curves.

    lon, lat : degrees in WGS 84
    """
    sine = math.sin(math.radians(place.lat))
    across = _AXIS_M / math.sqrt(1 - _SQUASH * sine**2)
    along = across * (1 - _SQUASH) / (1 - _SQUASH * sine**2)
    east = math.radians(lon - place.lon) * across * math.cos(math.radians(place.lat))
    north = math.radians(lat - place.lat) * along
    turn = math.radians(place.turn_deg)
    return (
        round(east * math.cos(turn) - north * math.sin(turn), 3),
        round(east * math.sin(turn) + north * math.cos(turn), 3),
    )
