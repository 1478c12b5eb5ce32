"""Heights along a line: from the relief of the territory if it was gathered, else from a height service."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from carreau.aids.routing.json_answers import SEE_CHECK, json_answer
from carreau.air.airborne_files.survey_record import NAME, Role, read
from carreau.air.survey.credits import credit_line
from carreau.air.survey.http_client import RUN_AGAIN
from carreau.air.survey.services import HeightService, Services
from carreau.air.survey.source import Source
from carreau.air.survey.territory import FOLDER
from carreau.base.errors import ScanError, ServiceError
from carreau.base.messages import message
from carreau.catalogue.ground_distance import distance_m
from carreau.formats.geodata import Ring


@dataclass(frozen=True)
class Heights:
    """Heights of points above the sea in metres, and whom they belong to."""

    metres: tuple[float, ...]
    credit: str


def densified(points: Ring, step_m: float) -> Ring:
    """Return a line with further points on its segments, so that no two lie further apart than a step."""
    result = points[:1]
    for one, other in pairwise(points):
        count = max(1, math.ceil(distance_m(one, other) / step_m))
        result += [
            (one[0] + (other[0] - one[0]) * part / count, one[1] + (other[1] - one[1]) * part / count)
            for part in range(1, count)
        ] + [other]
    return result


def heights_along(points: Ring, assets: Path, source: Source, services: Services, day: date) -> Heights:
    """Return the height of each point; raises ServiceError where neither the relief nor the service knows them all."""
    gathered = _gathered(points, assets)
    if gathered is not None:
        return gathered
    service = services.heights
    metres = list[float]()
    for first in range(0, len(points), service.points):
        metres += asked_heights(points[first : first + service.points], source, service)
    return Heights(tuple(metres), credit_line(service.credit, day))


def _gathered(points: Ring, assets: Path) -> Heights | None:
    """Return heights from the relief of the territory; None where it is missing, damaged, or has a void on the line."""
    path = assets / FOLDER / NAME
    if not path.is_file():
        return None
    import numpy as np
    from pyproj import Transformer
    from scipy.ndimage import map_coordinates

    from carreau.air.airborne_files.survey_terrain import read_heights

    try:
        record = read(path)
        values, grid = read_heights(path.parent, record)
    except ScanError:
        return None
    to_plane = Transformer.from_crs("EPSG:4326", f"EPSG:{record.epsg}", always_xy=True)
    east, north = (
        np.asarray(each) for each in to_plane.transform([lon for lon, _ in points], [lat for _, lat in points])
    )
    row = (grid.north - north) / grid.pixel_m - 0.5
    column = (east - grid.west) / grid.pixel_m - 0.5
    metres = map_coordinates(values.astype(np.float64), [row, column], order=1, mode="constant", cval=np.nan)
    if not np.isfinite(metres).all():
        return None
    owners = dict.fromkeys(layer.credit for layer in record.of(Role.TERRAIN) if layer.credit)
    return Heights(tuple(round(float(each), 2) for each in metres), " ; ".join(owners))


def asked_heights(points: Ring, source: Source, service: HeightService) -> list[float]:
    """Return the heights of some points; raises ServiceError."""
    query = {
        "lon": "|".join(f"{lon:.6f}" for lon, _ in points),
        "lat": "|".join(f"{lat:.6f}" for _, lat in points),
        "resource": service.resource,
        "delimiter": "|",
        "zonly": "false",
    }
    address = f"{service.address}?{urlencode(query, safe='|')}"
    return json_answer(source, service, address, lambda data: _metres(data, len(points), service))


def _metres(data: Any, count: int, service: HeightService) -> list[float]:
    try:
        metres = [float(each["z"] if isinstance(each, dict) else each) for each in data["elevations"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ServiceError(service.title, message("the answer holds no heights"), SEE_CHECK) from error
    if len(metres) != count:
        answer = message("%(found)s heights came for %(count)s points", found=len(metres), count=count)
        raise ServiceError(service.title, answer, RUN_AGAIN)
    if not all(service.lowest_m <= each <= service.highest_m for each in metres):
        raise ServiceError(service.title, message("it knows no height for a part of the way"), RUN_AGAIN)
    return metres
